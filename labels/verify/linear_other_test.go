package verify_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"waybill/labels"
	"waybill/labels/barcode"
	"waybill/labels/verify"
)

// placed returns a label with the symbol at a module of so many dots.
func placed(r interface{ Fatal(...any) }, s labels.Symbology, payload string, module int, o barcode.Options) labels.Label {
	sym, err := barcode.Encode(s, []byte(payload), o)
	if err != nil {
		r.Fatal(err)
	}
	sym.ModuleDots, sym.HeightDots = module, 60
	sym.At = labels.Point{X: 20 * labels.Millimetre, Y: 10 * labels.Millimetre}
	w := labels.DPI203.Length(sym.Modules.W * module)
	return labels.Label{
		Name: "test", Width: w + 40*labels.Millimetre, Height: 30 * labels.Millimetre, Resolution: labels.DPI203,
		Items: []labels.Item{sym},
	}
}

// TestEveryLinearSymbolIsRead reads what was drawn with gozxing, which shares
// nothing with the encoders, on every row.
func TestEveryLinearSymbolIsRead(t *testing.T) {
	for _, tc := range []struct {
		sym     labels.Symbology
		pattern string
		o       barcode.Options
	}{
		{labels.EAN13, `[0-9]{12}`, barcode.Options{}},
		{labels.EAN8, `[0-9]{7}`, barcode.Options{}},
		{labels.UPCA, `[0-9]{11}`, barcode.Options{}},
		{labels.UPCE, `[01][0-9]{2}[3-9][1-9]{2}[5-9]`, barcode.Options{}},
		{labels.UPCE, `[01][0-9]{5}[0-2]`, barcode.Options{}},
		{labels.ITF14, `[0-9]{13}`, barcode.Options{}},
		{labels.ITF14, `[0-9]{13}`, barcode.Options{Bearer: true}},
		{labels.Code39, `[0-9A-Z$/+%.-]{1,20}`, barcode.Options{}},
		{labels.Code39, `[0-9A-Z$/+%.-]{1,20}`, barcode.Options{Check: true}},
		{labels.Code39Full, `[\x00-\x7f]{1,20}`, barcode.Options{}},
		{labels.Code39Full, `[\x00-\x7f]{1,20}`, barcode.Options{Check: true}},
		{labels.Code93, `[\x00-\x7f]{1,25}`, barcode.Options{}},
		{labels.Codabar, `[A-D][0-9$:/.+-]{2,20}[A-D]`, barcode.Options{}},
		{labels.GS1128, `\(00\)[0-9]{17}\(10\)[A-Z0-9]{1,8}\(37\)[0-9]{1,5}`, barcode.Options{}},
	} {
		t.Run(string(tc.sym), func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) {
				payload := rapid.StringMatching(tc.pattern).Draw(r, "payload")
				l := placed(r, tc.sym, payload, rapid.IntRange(2, 5).Draw(r, "module"), tc.o)
				if err := verify.Label(l, draw(t, l)); err != nil {
					r.Fatal(err)
				}
			})
		})
	}
}

func TestDamageToOtherSymbolsIsFound(t *testing.T) {
	for s, payloads := range map[labels.Symbology][2]string{
		labels.EAN13: {"590123412345", "590123412346"}, labels.EAN8: {"9638507", "9638508"},
		labels.UPCA: {"03600029145", "03600029146"}, labels.UPCE: {"123456", "123457"},
		labels.ITF14: {"1540014128876", "1540014128877"}, labels.Code39: {"WB-1", "WB-2"},
		labels.Code39Full: {"wb-1", "wb-2"}, labels.Code93: {"wb-1", "wb-2"}, labels.Codabar: {"A12B", "A12C"},
	} {
		l := placed(t, s, payloads[0], 3, barcode.Options{})
		if err := verify.Label(l, draw(t, l)); err != nil {
			t.Error(err)
		}
		if err := verify.Label(l, draw(t, placed(t, s, payloads[1], 3, barcode.Options{}))); err == nil {
			t.Errorf("%s: another payload passes", s)
		}
		d := draw(t, l)
		d.FillRect(175, 100, 12, 1)
		if err := verify.Label(l, d); err == nil || !strings.Contains(err.Error(), "row 21") && !strings.Contains(err.Error(), "reads") {
			t.Errorf("%s: a blot on a row gives %v", s, err)
		}
	}
}
