package barcode_test

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"waybill/labels"
	"waybill/labels/barcode"
)

// parcel is a message of the form that UPS asks for.
var parcel = barcode.CarrierMessage{
	Postcode: "841706672", Country: "840", Class: "002",
	Fields: []string{"1Z12345675", "UPSN", "12345E", "089", "", "1/1", "10", "Y", "", "SALT LAKE CITY", "UT"},
}

// TestMaxiCodeStaysAsItIs holds symbols that zint 2.11.1 draws the same, module
// for module, and that zxing-cpp (by zxing-wasm 3.1.4) read from their drawing
// at 203, 300 and 600 dpi.
func TestMaxiCodeStaysAsItIs(t *testing.T) {
	foreign := parcel
	foreign.Postcode, foreign.Country = "M5V3L9", "124"
	for _, tc := range []struct {
		payload string
		mode    int
		want    string
	}{
		{string(parcel.Payload()), 0, "1657d06a58961e6e"},
		{string(foreign.Payload()), 0, "2865858fae8312d8"},
		{"1Z12345675", 4, "8492c4dda8ccb281"},
		{"1Z12345675", 5, "30611bb8440b9265"},
		{"1Z12345675", 6, "5c1d21b925a0edfb"},
	} {
		s := encode(t, labels.MaxiCode, tc.payload, barcode.Options{Mode: tc.mode})
		sum := sha256.Sum256([]byte(strings.Join(modules(s.Modules), "\n")))
		if got := hex.EncodeToString(sum[:8]); got != tc.want {
			t.Errorf("%q in mode %d: modules %s, want %s", tc.payload, tc.mode, got, tc.want)
		}
	}
}

func TestMaxiCodeRefused(t *testing.T) {
	ask := func(postcode, country, class string) string {
		return string(barcode.CarrierMessage{Postcode: postcode, Country: country, Class: class, Fields: []string{"1Z"}}.Payload())
	}
	for _, tc := range []struct {
		payload string
		mode    int
		want    string
	}{
		{"Zo\xeb", 4, "byte 3 (0xEB) is neither ASCII nor UTF-8"},
		{strings.Repeat("李", 40), 4, "mode 4 has room for 93"},
		{strings.Repeat("é", 92), 4, "takes 96 symbol characters"},
		{strings.Repeat("x", 94), 4, "mode 4 has room for 93"},
		{strings.Repeat("X", 78), 5, "mode 5 has room for 77"},
		{strings.Repeat("x", 5000), 4, "more than any MaxiCode holds"},
		{"X", 1, "have 2 to 6"},
		{"X", 2, "want [)>"},
		{ask("84170-6672", "840", "002"), 2, "one to nine digits"},
		{ask("M5V 3L", "124", "0"), 3, `class is "0"`},
		{ask("M5V", "124", "002"), 3, "six characters"},
		{ask("m5v3l9", "124", "002"), 3, "capital letters"},
	} {
		_, err := barcode.Encode(labels.MaxiCode, []byte(tc.payload), barcode.Options{Mode: tc.mode})
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%.20q in mode %d: error %v, want %q", tc.payload, tc.mode, err, tc.want)
		}
	}
}

// FuzzLinear holds that no payload brings an encoder down, and that what it
// takes comes back as a symbol with a payload.
func FuzzLinear(f *testing.F) {
	f.Add([]byte("5901234123457"), 0)
	f.Add([]byte("(01)09521234543213(10)ABC"), 1)
	f.Add([]byte("A40156B"), 2)
	f.Add(parcel.Payload(), 0)
	f.Fuzz(func(t *testing.T, payload []byte, mode int) {
		for _, s := range []labels.Symbology{
			labels.GS1128, labels.EAN13, labels.EAN8, labels.UPCA, labels.UPCE, labels.ITF14, labels.Code39,
			labels.Code39Full, labels.Code93, labels.Codabar, labels.IMb, labels.MaxiCode,
		} {
			sym, err := barcode.Encode(s, payload, barcode.Options{Check: mode%2 == 1, Bearer: mode%2 == 1, Mode: mode})
			if err == nil && (len(sym.Payload) == 0 || sym.Modules.W == 0) {
				t.Errorf("%s of %q: no symbol and no error", s, payload)
			}
			barcode.HumanText(s, payload)
		}
	})
}

func BenchmarkLinear(b *testing.B) {
	for s, payload := range map[labels.Symbology]string{
		labels.EAN13: "590123412345", labels.ITF14: "1540014128876", labels.Code39: "WB-123456", labels.Code93: "WB-123456",
		labels.Codabar: "A40156B", labels.IMb: "0123456709498765432101234567891", labels.MaxiCode: string(parcel.Payload()),
		labels.GS1128: "(00)106141412345678908(10)ABC",
	} {
		b.Run(string(s), func(b *testing.B) {
			for b.Loop() {
				encode(b, s, payload, barcode.Options{})
			}
		})
	}
}

func BenchmarkHexagons(b *testing.B) {
	m := encode(b, labels.MaxiCode, string(parcel.Payload()), barcode.Options{}).Modules
	for b.Loop() {
		barcode.Hexagons(m, labels.DPI203)
	}
}
