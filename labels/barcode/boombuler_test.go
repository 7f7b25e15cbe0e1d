package barcode_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/boombuler/barcode/utils"

	"waybill/labels"
	"waybill/labels/barcode"
)

// TestLinearAsWas holds one symbol of each linear symbology to what zint 2.11.1
// drew, in hexadecimal, so that another version of the library cannot change
// them unseen where zint is missing. Between our three modules to a wide bar and
// zint's two there is no difference here.
func TestLinearAsWas(t *testing.T) {
	for _, tc := range []struct {
		sym     labels.Symbology
		payload string
		o       barcode.Options
		want    string
	}{
		{labels.EAN13, "5901234123457", barcode.Options{}, "A2D3B326F4EAB36C8572744A"},
		{labels.EAN8, "96385074", barcode.Options{}, "A2D7BD6EA9DCA25CA"},
		{labels.UPCA, "036000291452", barcode.Options{}, "A35EAF1A346AB674CD7276CA"},
		{labels.UPCE, "01234565", barcode.Options{}, "ACC9BD3AE57AA"},
		{labels.UPCE, "12345670", barcode.Options{}, "A4DEA372148AA"},
		{labels.ITF14, "15400141288763", barcode.Options{}, "AE28BAB88E8BBA22EB88EA3BAB888E3ABA"},
		{labels.Code39, "Z-9.$", barcode.Options{}, "96D4DAA56D65ACAD492A5B4"},
		{labels.Code39, "CODE39", barcode.Options{Check: true}, "96D6D2B5A5596D656CAACB59AA96D"},
		{labels.Code39Full, "aZ$%/+*", barcode.Options{}, "96D4A4B52D36A929565A4A5ACA9296B4A4A5AA6929566A5B4"},
		{labels.Code93, "aZ$%/+*", barcode.Options{}, "AF4CB513AE56BADD76EB4D2592EAF4"},
		{labels.Codabar, "A40$:/.+-B", barcode.Options{}, "B256954D656B6DADB6ADB535258"},
		{labels.Codabar, "A40156B", barcode.Options{Check: true}, "B256954D596A52B5B692C"},
	} {
		var want strings.Builder
		for _, digit := range tc.want {
			fmt.Fprintf(&want, "%04b", strings.IndexRune("0123456789ABCDEF", digit))
		}
		got, theirs := modules(encode(t, tc.sym, tc.payload, tc.o).Modules)[0], strings.TrimRight(want.String(), "0")
		if tc.sym == labels.Code39 || tc.sym == labels.Code39Full || tc.sym == labels.Codabar {
			if strings.Contains(got, "1001") || strings.Contains(got, "0110") {
				t.Errorf("%s of %q: %s has a bar or space of two modules, want one and three", tc.sym, tc.payload, got)
			}
			got, theirs = widths(got), widths(theirs)
		}
		if got != theirs {
			t.Errorf("%s of %q:\n%s, want\n%s", tc.sym, tc.payload, got, theirs)
		}
	}
}

// TestNoTextBecomesAFunction holds that the characters the library takes for
// Code 93's shifts and Code 128's functions, and those it takes for start and
// stop, are none when they come in a payload.
func TestNoTextBecomesAFunction(t *testing.T) {
	for _, s := range []labels.Symbology{
		labels.Code39, labels.Code39Full, labels.Code93, labels.Codabar,
		labels.EAN13, labels.EAN8, labels.UPCA, labels.ITF14,
	} {
		for _, payload := range []string{"ñA", "òA", "óA", "ôA", "Aó1B", "59012341234ô", "\xf1A", "\x80A", "!"} {
			_, err := barcode.Encode(s, []byte(payload), barcode.Options{})
			if err == nil && (payload != "!" || s != labels.Code39Full && s != labels.Code93) {
				t.Errorf("%s of %q is drawn, want it refused", s, payload)
			}
		}
	}
	for s, want := range map[labels.Symbology]string{labels.Code39: "'*'", labels.Codabar: "'*'"} {
		if _, err := barcode.Encode(s, []byte("A*B"), barcode.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s of an asterisk: error %v, want one that names %s", s, err, want)
		}
	}
}

// TestDoorRefuses holds that what is no row of bars does not become a symbol.
func TestDoorRefuses(t *testing.T) {
	for in, want := range map[string]string{
		"1011": "", "1": "", "11110000101": "",
		"": "no row", "011": "no row", "110": "no row", "1011111": "5 modules alike up to module 7", "10000001": "6 modules alike",
	} {
		bits := utils.NewBitList(0)
		for _, c := range in {
			bits.AddBit(c == '1')
		}
		widths, err := barcode.Runs(utils.New1DCode("test", in, bits))
		switch {
		case want == "" && err != nil, want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: %q, error %v; want %q", in, widths, err, want)
		}
	}
}
