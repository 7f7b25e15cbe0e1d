package gs1_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/shipment/gs1"
)

func TestParseAIM(t *testing.T) {
	for _, tt := range []struct{ raw, aim, data, symbology string }{
		{"]C1420900589400", "]C1", "420900589400", "gs1_128"},
		{"]C0ABC", "]C0", "ABC", "code128"},
		{"]C4ABC", "]C4", "ABC", "code128"},
		{"]E04006381333931", "]E0", "4006381333931", "ean_13"},
		{"]E112", "]E1", "12", "ean_add_on"},
		{"]E3400638133393112", "]E3", "400638133393112", "ean_13_add_on"},
		{"]E496385074", "]E4", "96385074", "ean_8"},
		{"]E9x", "]E9", "x", "ean_upc"},
		{"]e001", "]e0", "01", "gs1_databar"},
		{"]e1x", "]e1", "x", "gs1_composite"},
		{"]d1x", "]d1", "x", "data_matrix"},
		{"]d201", "]d2", "01", "gs1_data_matrix"},
		{"]d501", "]d5", "01", "gs1_data_matrix"},
		{"]Q1WB1/1/2", "]Q1", "WB1/1/2", "qr"},
		{"]Q3x", "]Q3", "x", "gs1_qr"},
		{"]J1x", "]J1", "x", "gs1_dotcode"},
		{"]L3x", "]L3", "x", "gs1_composite"},
		{"]U1x", "]U1", "x", "maxicode"},
		{"]A7x", "]A7", "x", "code39"},
		{"]zCx", "]zC", "x", "aztec"},
		{"]Z0typed", "]Z0", "typed", "no_barcode"},
		{"1Z999AA10123456784", "", "1Z999AA10123456784", ""},
		{"]C", "", "]C", ""},
		{"]C1", "]C1", "", "gs1_128"},
		{"", "", "", ""},
		{"]?1x", "", "]?1x", ""},
		{"]C\x1dx", "", "]C\x1dx", ""},
	} {
		aim, data := gs1.ParseAIM([]byte(tt.raw))
		got := []string{aim, string(data), gs1.Symbology(aim)}
		if diff := cmp.Diff([]string{tt.aim, tt.data, tt.symbology}, got); diff != "" {
			t.Errorf("%q (-want +got)\n%s", tt.raw, diff)
		}
		if aim2, data2 := gs1.CutAIM(tt.raw); aim2 != aim || data2 != string(data) {
			t.Errorf("%q as text: %q %q", tt.raw, aim2, data2)
		}
	}
	for _, aim := range []string{"", "]", "]C", "C1", "]?0", "]C1x"} {
		if got := gs1.Symbology(aim); got != "" {
			t.Errorf("symbology of %q: %s", aim, got)
		}
	}
}

// TestModifiers holds that what an identifier means, it means of a symbology.
func TestModifiers(t *testing.T) {
	for code := byte('A'); code <= 'z'; code++ {
		for _, m := range "0123456789ABCDEF" {
			aim := string([]byte{']', code, byte(m)})
			if (gs1.IsGS1(aim) || gs1.HasECI(aim) || gs1.IsTradeItem(aim)) && gs1.Symbology(aim) == "" {
				t.Errorf("%s means something and has no symbology", aim)
			}
		}
	}
}

func TestDecodeECI(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                    "plain",
		`\000026Z` + "\xc3\xbc":    "Zü",
		`\000003Z` + "\xfc":        "Zü",
		"Z\xfc":                    "Zü", // Latin 1 is the symbols' own
		`a\\b`:                     `a\b`,
		`\000026A\000003` + "\xe9": "Aé",
		`\000020ASCII only`:        "ASCII only",
		`\\000026x`:                `\000026x`,
	} {
		if got, err := gs1.DecodeECI(in); got != want || err != nil {
			t.Errorf("%q: %q, %v; want %q", in, got, err, want)
		}
	}
	for in, want := range map[string]string{
		`\000020` + "\x83\x41": "ECI 000020",
		`\000026` + "\xff":     "not",
		`\000027` + "\xff":     "not",
		`\00002`:               "names no character set",
		`a\`:                   "names no character set",
	} {
		if got, err := gs1.DecodeECI(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestCutCodeID(t *testing.T) {
	for _, tt := range []struct {
		ids            gs1.CodeIDs
		raw, aim, data string
	}{
		{gs1.Zebra, "D1Z999", "]C0", "1Z999"},
		{gs1.Zebra, "P0Q01", "]Q3", "01"},
		{gs1.Zebra, "P0", "", "P0"},
		{gs1.Zebra, "A4006381333931", "]E0", "4006381333931"},
		{gs1.Zebra, "A12345", "", "A12345"},
		{gs1.Honeywell, "D96385074", "]E4", "96385074"},
		{gs1.DatalogicUS, "F4006381333931", "]E0", "4006381333931"},
		{gs1.DatalogicUS, "FF96385074", "]E4", "96385074"},
		{gs1.DatalogicEU, "B4006381333931", "]E0", "4006381333931"},
		{gs1.NoCodeIDs, "D1Z999", "", "D1Z999"},
		{gs1.Zebra, "", "", ""},
	} {
		if aim, data := gs1.CutCodeID(tt.ids, tt.raw); aim != tt.aim || data != tt.data {
			t.Errorf("%s %q: %q %q", tt.ids, tt.raw, aim, data)
		}
	}
}
