package labelproof_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"waybill/labels"
	"waybill/labels/barcode"
	"waybill/labels/png"
	"waybill/labels/raster"
)

// alone returns a label with nothing on it but a symbol.
func alone(t *testing.T, symbology labels.Symbology, payload string, o barcode.Options) labels.Label {
	t.Helper()
	const res, white = labels.DPI203, 80
	s, err := barcode.Encode(symbology, []byte(payload), o)
	if err != nil {
		t.Fatal(err)
	}
	s.ModuleDots = 4
	if s.Modules.H == 1 {
		s.HeightDots = 80
	}
	if symbology == labels.MaxiCode {
		s.ModuleDots, s.Drawn = res.Dots(barcode.MaxiModule), barcode.Hexagons(s.Modules, res)
	}
	s.At = labels.Point{X: res.Length(white), Y: res.Length(white)}
	w, h := s.Size()
	return labels.Label{Name: string(symbology), Width: res.Length(w + 2*white), Height: res.Length(h + 2*white), Resolution: res, Items: []labels.Item{s}}
}

// TestWhoReadsWhat holds that the decoders read every symbology but those of
// which they are said not to, and that those they do not.
func TestWhoReadsWhat(t *testing.T) {
	b := newBench(t, t.Context())
	seen := map[labels.Symbology]bool{}
	for _, tc := range []struct {
		symbology labels.Symbology
		payload   string
		o         barcode.Options
	}{
		{labels.Code128, "1Z999AA10123456784", barcode.Options{}},
		{labels.Code128, "a\tB\x00\x1d~^", barcode.Options{}},
		{labels.Code128, "Zoë 12345678 Åse", barcode.Options{}},
		{labels.Code128, "éèê1234éè\tà\u0085", barcode.Options{}},
		{labels.GS1128, "(00)106141411234567897(10)AB(37)12", barcode.Options{}},
		{labels.QR, "WB1/123/456", barcode.Options{}},
		{labels.QR, "Zoë Пётр 東京 ñ", barcode.Options{}},
		{labels.GS1QR, "0109521234543213", barcode.Options{}},
		{labels.Aztec, "Hello 123", barcode.Options{}},
		{labels.Aztec, "Zoë Ã©±²³", barcode.Options{}},
		{labels.Aztec, "Zoë Пётр 東京 ｱｲｳ", barcode.Options{}},
		{labels.QR, "Ã©±²³ ｱｲｳ ケース", barcode.Options{}},
		{labels.DataMatrix, "HELLO 123", barcode.Options{}},
		{labels.DataMatrix, "Ã©±²³ ｱｲｳ ケース", barcode.Options{}},
		{labels.DataMatrix, "Zoë Пётр", barcode.Options{}},
		{labels.DataMatrix, "HELLO 123", barcode.Options{Shape: "rectangle"}},
		{labels.GS1DataMatrix, "(01)09521234543213(10)ABC(21)x", barcode.Options{}},
		{labels.EAN13, "590123412345", barcode.Options{}},
		{labels.EAN13, "003600029145", barcode.Options{}},
		{labels.EAN8, "9638507", barcode.Options{}},
		{labels.UPCA, "03600029145", barcode.Options{}},
		{labels.UPCE, "123456", barcode.Options{}},
		{labels.UPCE, "0425261", barcode.Options{}},
		{labels.UPCE, "0234533", barcode.Options{}}, // zbar reads none of number system 1, zint's neither
		{labels.ITF14, "1540014128876", barcode.Options{}},
		{labels.ITF14, "1540014128876", barcode.Options{Bearer: true}},
		{labels.Code39, "WB-1", barcode.Options{}},
		{labels.Code39, "WB-1", barcode.Options{Check: true}},
		{labels.Code39Full, "wb-1", barcode.Options{}},
		{labels.Code39Full, "wb-1", barcode.Options{Check: true}},
		{labels.Code93, "wb-1\n", barcode.Options{}},
		{labels.Codabar, "A1234B", barcode.Options{}},
		{labels.PDF417, "Hello PDF417 \x1d 1234567890123", barcode.Options{}},
		{labels.PDF417, "Zoë Пётр", barcode.Options{Columns: 14, Level: "5"}},
		{labels.PDF417, "Ã©±²³ ｱｲｳ ケース", barcode.Options{}},
		{labels.MaxiCode, "Hello", barcode.Options{}},
		{labels.MaxiCode, string(barcode.CarrierMessage{Postcode: "841706672", Country: "840", Class: "001", Fields: []string{"1Z12345675", "UPSN"}}.Payload()), barcode.Options{}},
		{labels.MaxiCode, "Zoë Ã©±²³ ÀÉ\u0085\u0092\u009d¢ x", barcode.Options{}},
		{labels.MaxiCode, "Zoë Łódź 東京 ｱｲｳ", barcode.Options{Mode: 5}},
		{labels.MaxiCode, string(barcode.CarrierMessage{Postcode: "04109", Country: "276", Class: "001", Fields: []string{"1Z12345675", "UPSN", "KÖLN", "Łódź"}}.Payload()), barcode.Options{}},
		{labels.IMb, "01234567094987654321", barcode.Options{}},
	} {
		seen[tc.symbology] = true
		l := alone(t, tc.symbology, tc.payload, tc.o)
		d, err := raster.Draw(l)
		if err != nil {
			t.Fatal(err)
		}
		file, err := png.Picture(d, l.Resolution)
		if err != nil {
			t.Fatal(err)
		}
		reads, err := b.read(t.Context(), l, d, file)
		if err != nil {
			t.Fatal(err)
		}
		for i, decoder := range b.decoders {
			verdicts, extra := decoder.Match(l, reads[i])
			cannot := decoder.CannotRead[tc.symbology]
			if cannot == "" && strings.ContainsFunc(tc.payload, func(r rune) bool { return r > 127 }) {
				cannot = decoder.ASCIIOnly[tc.symbology]
			}
			switch v := verdicts[0]; {
			case !v.OK && v.Exempt == "":
				t.Errorf("%s: %s %q reads %s %v", decoder.Name, tc.symbology, v.Symbol.Payload, v.Got, extra)
			case v.OK && cannot != "":
				t.Errorf("%s reads %s, and is said not to: %s", decoder.Name, tc.symbology, cannot)
			}
		}
	}
	for _, s := range labels.Symbologies() {
		if !seen[s] {
			t.Errorf("%s: nobody was asked", s)
		}
	}
}

// TestAFaultIsSeen holds that the proof can fail: a picture with another
// barcode, or with none, is not taken for the label's.
func TestAFaultIsSeen(t *testing.T) {
	b := newBench(t, t.Context())
	l := alone(t, labels.Code128, "1Z999AA10123456784", barcode.Options{})
	other := alone(t, labels.Code128, "1Z999AA10123456793", barcode.Options{})
	for name, drawn := range map[string]labels.Label{"another": other, "none": {Name: "white", Width: l.Width, Height: l.Height, Resolution: l.Resolution}} {
		d, err := raster.Draw(drawn)
		if err != nil {
			t.Fatal(err)
		}
		file, err := png.Picture(d, l.Resolution)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "label.png")
		if err := os.WriteFile(path, file, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, decoder := range b.decoders {
			reads, err := decoder.Read(t.Context(), d, path)
			if err != nil {
				t.Fatal(err)
			}
			if verdicts, _ := decoder.Match(l, reads); verdicts[0].OK || verdicts[0].Exempt != "" {
				t.Errorf("%s: %s: %+v", decoder.Name, name, verdicts[0])
			}
		}
	}
}
