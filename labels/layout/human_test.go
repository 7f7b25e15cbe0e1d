package layout_test

import (
	"fmt"
	"strings"
	"testing"

	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/layout"
)

// TestTextForPeople: it says what the symbology's custom is or the template
// asks for, and shares the box with the bars.
func TestTextForPeople(t *testing.T) {
	for name, tc := range map[string]struct{ element, want string }{
		"as is":    {"symbology: code128, value: tracking_number, human: below", "1Z999AA10123456784"},
		"grouped":  {"symbology: ean13, text: '590123412345', human: below", "5 901234 123457"},
		"brackets": {"symbology: gs1_128, text: (00)00340434161094042, human: above", "(00)003404341610940427"},
		"given":    {"symbology: code128, value: tracking_number, human: below, human_value: tracking_text", "1Z 999 AA1 01 2345 6784"},
		"none":     {"symbology: code128, value: tracking_number, human: none", ""},
	} {
		t.Run(name, func(t *testing.T) {
			tm := elements(t, "- {name: a, kind: barcode, at: [5, 5], width: 90, height: 25, align: right, "+tc.element+"}")
			l := lay(t, tm, data(t, settled()), labels.DPI203, fonts.New())
			prove(t, l)
			var said string
			var sym labels.Symbol
			for _, item := range l.Items {
				switch item := item.(type) {
				case labels.Symbol:
					sym = item
				case labels.Bitmap:
					said = item.Text
				case labels.Text:
					said = item.Text
				}
			}
			if said != tc.want {
				t.Errorf("says %q, want %q", said, tc.want)
			}
			full := labels.DPI203.Dots(25 * labels.Millimetre)
			if shared := sym.HeightDots < full; shared != (tc.want != "") {
				t.Errorf("bars of %d dots in a box of %d", sym.HeightDots, full)
			}
			_, y, _, h := drawn(t, l).Ink()
			if top, end := labels.DPI203.Dots(5*labels.Millimetre), labels.DPI203.Dots(30*labels.Millimetre); y < top || y+h > end {
				t.Errorf("ink from %d to %d leaves the box from %d to %d", y, y+h, top, end)
			}
			sx, _, sw, _ := l.Resolution.Dots(sym.At.X), 0, sym.Modules.W*sym.ModuleDots, 0
			if tc.want == "" {
				return
			}
			bars := drawn(t, labels.Label{Width: l.Width, Height: l.Height, Resolution: l.Resolution, Items: []labels.Item{sym}})
			words := drawn(t, l)
			words.Toggle(bars, 0, 0)
			wx, _, ww, _ := words.Ink()
			if off := (wx + ww/2) - (sx + sw/2); off < -3 || off > 3 {
				t.Errorf("the text stands %d dots beside the middle of the bars", off)
			}
		})
	}
}

func TestTextForPeopleIsRefused(t *testing.T) {
	for name, tc := range map[string]struct{ element, want string }{
		"too long":  {"symbology: datamatrix, value: qr, human: below, width: 20, height: 30, at: [5, 5]", "its text for people: "},
		"two lines": {"symbology: qr, value: to, human: below, width: 40, height: 40, at: [5, 5]", "its text for people: "},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := layout.Lay(elements(t, "- {name: a, kind: barcode, "+tc.element+"}"), data(t, settled()), labels.DPI203, fonts.New())
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v\nwant one that says %q", err, tc.want)
			}
		})
	}
}

// TestMoreQuiet: the white that a template asks for is kept like the
// symbology's own.
func TestMoreQuiet(t *testing.T) {
	for _, quiet := range []int{1, 12} {
		tm := elements(t, fmt.Sprintf("- {name: a, kind: barcode, symbology: code128, at: [0, 5], width: 100, height: 10, quiet: %d, max_module: 0.26, value: tracking_number}", quiet))
		s, ok := lay(t, tm, data(t, settled()), labels.DPI203, fonts.New()).Items[0].(labels.Symbol)
		if !ok {
			t.Fatal("not a symbol")
		}
		if got, want := labels.DPI203.Dots(s.At.X), (10+quiet)*s.ModuleDots; got != want {
			t.Errorf("quiet %d: begins at dot %d, want %d", quiet, got, want)
		}
	}
	_, err := layout.Lay(elements(t, "- {name: a, kind: barcode, symbology: code128, at: [0, 5], width: 100, height: 10, quiet: 12, max_module: 0.26, value: tracking_number}\n"+
		"- {name: b, kind: line, at: [4, 1], height: 20, thickness: 0.5}"), data(t, settled()), labels.DPI203, fonts.New())
	if err == nil || !strings.Contains(err.Error(), `element "b": lies in the white`) {
		t.Errorf("error %v, want one about the rule in the white", err)
	}
}
