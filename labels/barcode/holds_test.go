package barcode_test

import (
	"strings"
	"testing"

	"waybill/labels"
	"waybill/labels/barcode"
)

// TestRefusalsSayWhatIsHeld: data that a symbology cannot hold is refused with
// the data, what is wrong with it, and what the symbology can hold.
func TestRefusalsSayWhatIsHeld(t *testing.T) {
	for _, tc := range []struct {
		sym           labels.Symbology
		payload, want string
	}{
		{labels.Code128, "李", `code128 of "李": character 1`},
		{labels.GS1128, "(01)09521234543212", "the right one is 3"},
		{labels.GS1128, "(99999)1", "(99999) is not an application identifier"},
		{labels.QR, "\xff", "convert it to UTF-8"},
		{labels.GS1QR, "é", "is not ASCII"},
		{labels.GS1QR, "(00)1", "(00) has 1 digits"},
		{labels.Aztec, "\xff", "neither ASCII nor UTF-8"},
		{labels.DataMatrix, "\xff", "the payload is not UTF-8"},
		{labels.GS1DataMatrix, "é", "GS1 data is ASCII only"},
		{labels.PDF417, "\xff", "the payload is not UTF-8"},
		{labels.EAN13, "5901234123458", "the right one is 7"},
		{labels.EAN8, "1", "has 1 digits"},
		{labels.UPCA, "0360002914X", `character 11 ('X') is not a digit`},
		{labels.UPCE, "2123456", "number system 2 has no UPC-E"},
		{labels.ITF14, "A", `itf14 of "A": character 1`},
		{labels.Code39, "wb-1", "code39_full holds all of ASCII"},
		{labels.Code39Full, "é", "character 1 (0xC3) is not ASCII"},
		{labels.Code93, "é", "character 1 (0xC3) is not ASCII"},
		{labels.Codabar, "12", "must begin and end with one of A, B, C, D"},
		{labels.IMb, "12", "has 2 digits"},
		{labels.MaxiCode, "\xff", "neither ASCII nor UTF-8"},
	} {
		_, err := barcode.Encode(tc.sym, []byte(tc.payload), barcode.Options{})
		if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.HasSuffix(err.Error(), "("+string(tc.sym)+" holds "+barcode.Holds(tc.sym)+")") {
			t.Errorf("%s of %q: error %v\nwant one that says %q and what it holds", tc.sym, tc.payload, err, tc.want)
		}
	}
	for _, s := range labels.Symbologies() {
		if barcode.Holds(s) == "nothing" {
			t.Errorf("%s: nobody knows what it holds", s)
		}
		long := []byte("A" + strings.Repeat("1", 7089))
		if _, err := barcode.Encode(s, long, barcode.Options{}); err == nil || len(err.Error()) > 400 {
			t.Errorf("%s of %d bytes: error %.500v, want a short one", s, len(long), err)
		}
	}
}

// TestHoldsWhatItSays: the most that Holds names fits.
func TestHoldsWhatItSays(t *testing.T) {
	repeat := func(s string, n int) string { return strings.Repeat(s, n) }
	for _, tc := range []struct {
		sym     labels.Symbology
		payload string
		level   string
	}{
		{labels.Code128, repeat("1", 256), ""},
		{labels.QR, repeat("1", 7089), "L"},
		{labels.QR, repeat("a", 2953), "L"},
		{labels.Aztec, repeat("1", 3832), ""},
		{labels.Aztec, repeat("A", 3067), ""},
		{labels.Aztec, repeat("Ж", 955), ""},
		{labels.DataMatrix, repeat("1", 3116), ""},
		{labels.DataMatrix, repeat("\x01", 1555), ""},
		{labels.PDF417, repeat("1", 2710), "0"},
		{labels.PDF417, repeat("\x01", 1108), "0"},
		{labels.MaxiCode, repeat("A", 93), ""},
		{labels.MaxiCode, repeat("1", 138), ""},
		{labels.Code39, repeat("A", 256), ""},
		{labels.Code93, repeat("A", 256), ""},
		{labels.Codabar, "A" + repeat("1", 254) + "B", ""},
	} {
		if _, err := barcode.Encode(tc.sym, []byte(tc.payload), barcode.Options{Level: tc.level}); err != nil {
			t.Errorf("%s of %d characters: %.300v", tc.sym, len(tc.payload), err)
		}
	}
}

func TestGS1QRTakesBrackets(t *testing.T) {
	s, err := barcode.Encode(labels.GS1QR, []byte("(10)AB(21)1"), barcode.Options{})
	if err != nil || string(s.Payload) != "10AB\x1d211" || barcode.HumanText(s.Symbology, s.Payload) != "(10)AB(21)1" {
		t.Errorf("payload %q, text %q (%v)", s.Payload, barcode.HumanText(s.Symbology, s.Payload), err)
	}
}
