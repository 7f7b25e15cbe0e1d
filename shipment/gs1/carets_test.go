package gs1_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"waybill/shipment/gs1"
)

func TestParseCaret(t *testing.T) {
	for _, tt := range []struct {
		name, data string
		want       []gs1.Element
		code       gs1.Code
		at         int
	}{
		{"OK", "^0109521234543213", elements("01", "09521234543213"), "", 0},
		{"OK ^ between", "^10LOT^0109521234543213", elements("10", "LOT", "01", "09521234543213"), "", 0},
		{"OK ^ at the end", "^10LOT^", elements("10", "LOT"), "", 0},
		{"OK brackets are characters", "^10A(B)", elements("10", "A(B)"), "", 0},
		{"OK composite", "^0109521234543213|^10LOT^21S", elements("01", "09521234543213", "10", "LOT", "21", "S"), "", 0},
		{"OK composite, ^ behind its linear part", "^10LOT^|^21S", elements("10", "LOT", "21", "S"), "", 0},
		{"OK composite of EAN-13", "4006381333931|^10LOT", elements("01", "04006381333931", "10", "LOT"), "", 0},
		{"OK composite of EAN-8", "96385074|^10LOT", elements("01", "00000096385074", "10", "LOT"), "", 0},
		{"OK composite of UPC-A", "036000291452|^17271231", elements("01", "00036000291452", "17", "271231"), "", 0},
		{"OK composite of DataBar", "10614141000415|^17271231", elements("01", "10614141000415", "17", "271231"), "", 0},
		{"bad without ^", "0109521234543213", nil, gs1.Brackets, 0},
		{"bad only ^", "^", nil, gs1.Empty, 1},
		{"bad ^ twice in front", "^^10LOT", nil, gs1.StraySeparator, 1},
		{"bad ^ twice between", "^10LOT^^21S", elements("10", "LOT"), gs1.StraySeparator, 7},
		{"bad value", "^17271301", nil, gs1.BadDate, 5},
		{"bad composite without an end", "^10LOT|", elements("10", "LOT"), gs1.Brackets, 7},
		{"bad composite with nothing behind ^", "^10LOT|^", elements("10", "LOT"), gs1.Empty, 8},
		{"bad composite without its ^", "^0109521234543213|10LOT", elements("01", "09521234543213"), gs1.Brackets, 18},
		{"bad value in the second part", "^10LOT|^17271301", elements("10", "LOT"), gs1.BadDate, 12},
		{"bad three parts", "^10A|^10A|^10A", elements("10", "A"), gs1.BadCharacter, 9},
		{"bad check digit of a product", "4006381333932|^10LOT", nil, gs1.Brackets, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := gs1.ParseCaret(tt.data)
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("elements (-want +got)\n%s", diff)
			}
			if code := codeOf(err); code != tt.code {
				t.Fatalf("error %v, want code %q", err, tt.code)
			}
			if e := (*gs1.Error)(nil); errors.As(err, &e) && e.Offset != tt.at {
				t.Errorf("error at %d, want %d: %v", e.Offset, tt.at, err)
			}
		})
	}
	for s, want := range map[string]bool{
		"": false, "^": false, "^A": false, "^1": true, "10LOT": false, "4006381333931": false, "4006381333931|^1": true, "4006381333932|^1": false,
		"|^10A": false, "12345|^1": false,
	} {
		if got := gs1.IsCaret(s); got != want {
			t.Errorf("IsCaret(%q) = %v", s, got)
		}
	}
}

// TestCaretIsTheElementString holds that ^ and GS say the same, and that cutting
// the elements into two parts of a composite symbol loses none.
func TestCaretIsTheElementString(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		els := []gs1.Element{right(t)}
		for range rapid.IntRange(0, 4).Draw(t, "more") {
			if e := right(t); !strings.Contains(gs1.FormatBracketed(els), "("+e.AI+")") {
				els = append(els, e)
			}
		}
		caret := func(els []gs1.Element) string { return "^" + strings.ReplaceAll(gs1.ElementString(els), "\x1d", "^") }
		got, err := gs1.ParseCaret(caret(els))
		if diff := cmp.Diff(els, got); diff != "" || err != nil {
			t.Fatalf("%s: %v (-want +got)\n%s", caret(els), err, diff)
		}
		if len(els) == 1 {
			return
		}
		cut := rapid.IntRange(1, len(els)-1).Draw(t, "cut")
		joined := caret(els[:cut]) + "|" + caret(els[cut:])
		got, err = gs1.ParseCaret(joined)
		if diff := cmp.Diff(els, got); diff != "" || err != nil {
			t.Fatalf("%s: %v (-want +got)\n%s", joined, err, diff)
		}
	})
}

func FuzzParseCaret(f *testing.F) {
	f.Add("^0109521234543213|^10LOT^21S")
	f.Add("4006381333931|^10LOT")
	f.Add("^8110012345612345611110123|^")
	f.Fuzz(func(t *testing.T, s string) {
		els, err := gs1.ParseCaret(s)
		if e := (*gs1.Error)(nil); err != nil && (!errors.As(err, &e) || e.Code == "" || e.Offset < 0 || e.Offset > len(s)) {
			t.Errorf("error %#v of %d bytes", err, len(s))
		}
		if err == nil && len(els) == 0 {
			t.Errorf("%q: no element and no error", s)
		}
	})
}
