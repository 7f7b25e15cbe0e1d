package layout_test

import (
	"testing"

	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/layout"
)

// TestSpecialSymbolsAreLaid: what is no row and no square matrix of modules
// keeps its measures at every resolution.
func TestSpecialSymbolsAreLaid(t *testing.T) {
	for _, tc := range []struct {
		sym       labels.Symbology
		payload   string
		low, high labels.Length // of the height
		wide      labels.Length // at most
	}{
		{labels.IMb, "0123456709498765432101234567891", 3175, 4191, 82550}, // USPS-B-3200, 2.3: 0.125 to 0.165 inch, to 3.25 inch long
		{labels.MaxiCode, "1Z12345675", 24820, 25900, 27000},               // ISO/IEC 16023, 4.11: 25.4 mm
	} {
		tm := elements(t, "- {name: a, kind: barcode, at: [2,5], width: 96, height: 40, symbology: code128, text: \""+tc.payload+"\"}")
		tm.Elements[0].Symbology = tc.sym
		for _, res := range []labels.Resolution{labels.DPI203, labels.DPI300, labels.DPI305, labels.DPI600} {
			l := lay(t, tm, data(t, settled()), res, fonts.New())
			s, ok := l.Items[0].(labels.Symbol)
			if !ok {
				t.Fatal("not a symbol")
			}
			if tc.sym == labels.MaxiCode { // there is no decoder of IMb
				prove(t, l)
			}
			w, h := s.Size()
			d := s.Drawing()
			_, _, inkW, inkH := d.Ink()
			if d.W != w || d.H != h || inkW < w-1 || inkH < h-1 {
				t.Errorf("%s at %d: drawn %d by %d with ink %d by %d, laid out as %d by %d", tc.sym, res, d.W, d.H, inkW, inkH, w, h)
			}
			if high := res.Length(h); high < tc.low || high > tc.high || res.Length(w) > tc.wide {
				t.Errorf("%s at %d: %d by %d micrometres, want %d to %d high", tc.sym, res, res.Length(w), high, tc.low, tc.high)
			}
		}
		tm.Elements[0].Width, tm.Elements[0].Height = 20*labels.Millimetre, 20*labels.Millimetre
		if _, err := layout.Lay(tm, data(t, settled()), labels.DPI203, fonts.New()); err == nil {
			t.Errorf("%s: fits on 20 by 20 mm", tc.sym)
		}
	}
}
