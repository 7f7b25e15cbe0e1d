package barcode_test

import (
	"strings"
	"testing"

	"waybill/labels"
	"waybill/labels/barcode"
)

func encode(t testing.TB, s labels.Symbology, payload string, o barcode.Options) labels.Symbol {
	t.Helper()
	sym, err := barcode.Encode(s, []byte(payload), o)
	if err != nil {
		t.Fatal(err)
	}
	return sym
}

// modules returns the rows of a symbol in ones and zeros.
func modules(d labels.Dots) []string {
	rows := make([]string, d.H)
	for y := range rows {
		var b strings.Builder
		for x := range d.W {
			b.WriteByte("01"[map[bool]int{true: 1}[d.Black(x, y)]])
		}
		rows[y] = b.String()
	}
	return rows
}

func TestCheckDigits(t *testing.T) {
	for _, tc := range []struct {
		sym                labels.Symbology
		payload, want, err string
	}{
		{labels.EAN13, "590123412345", "5901234123457", ""},
		{labels.EAN13, "5901234123457", "5901234123457", ""},
		{labels.EAN13, "5901234123456", "", "the right one is 7"},
		{labels.EAN13, "59012341234", "", "11 digits, want 12 and a check digit"},
		{labels.EAN13, "59012341234X", "", "not a digit"},
		{labels.EAN8, "9638507", "96385074", ""},
		{labels.EAN8, "96385075", "", "the right one is 4"},
		{labels.UPCA, "03600029145", "036000291452", ""},
		{labels.UPCA, "036000291453", "", "the right one is 2"},
		{labels.UPCE, "123456", "01234565", ""},
		{labels.UPCE, "0425261", "04252614", ""},
		{labels.UPCE, "04252615", "", "the right one is 4"},
		{labels.UPCE, "1234567", "12345670", ""},
		{labels.UPCE, "2123456", "", "number system 2"},
		{labels.UPCE, "0120003", "", "not how UPC-A"},
		{labels.ITF14, "1540014128876", "15400141288763", ""},
		{labels.ITF14, "15400141288760", "", "the right one is 3"},
		{labels.GS1128, "(00)10614141234567890", "00106141412345678908", ""},
		{labels.GS1128, "(00)106141412345678907", "", "the right one is 8"},
		{labels.Code39, "CODE-39 A", "CODE-39 A", ""},
		{labels.Code39, "code", "", "not in Code 39"},
		{labels.Code39Full, "Zo\xeb", "", "not ASCII"},
		{labels.Code93, "Zo\xeb", "", "not ASCII"},
		{labels.Codabar, "A40156B", "A40156B", ""},
		{labels.Codabar, "40156", "", "as in A40156B"},
		{labels.Codabar, "A40X56B", "", "not one of"},
		{labels.Codabar, "A40B56B", "", "not one of"},
		{labels.IMb, "0123456709498765432101234567891", "0123456709498765432101234567891", ""},
		{labels.IMb, "01234567094987654321012345", "", "has 26 digits"},
		{labels.IMb, "05234567094987654321", "", "want 0 to 4"},
	} {
		sym, err := barcode.Encode(tc.sym, []byte(tc.payload), barcode.Options{})
		switch {
		case tc.err != "" && (err == nil || !strings.Contains(err.Error(), tc.err)):
			t.Errorf("%s %q: error %v, want %q", tc.sym, tc.payload, err, tc.err)
		case tc.err == "" && (err != nil || string(sym.Payload) != tc.want):
			t.Errorf("%s %q: %q, %v; want %q", tc.sym, tc.payload, sym.Payload, err, tc.want)
		}
	}
}

// TestOptions holds a check character reckoned by hand (CODE39 sums to 75, 32 over
// 43, which is W) and the bearer bars.
func TestOptions(t *testing.T) {
	if got := string(encode(t, labels.Code39, "CODE39", barcode.Options{Check: true}).Payload); got != "CODE39W" {
		t.Errorf("Code 39 with check character: %q", got)
	}
	s := encode(t, labels.ITF14, "15400141288763", barcode.Options{Bearer: true})
	s.ModuleDots, s.HeightDots = 4, 100
	d := s.Drawing()
	_, _, w, h := d.Ink()
	x, y, iw, ih := d.Crop(16, 0, 4, 100).Ink() // the second space: black only in the bearer bars
	if w != 135*4 || h != 100 || !d.Black(4, 7) || d.Black(4, 8) || d.Black(4, 91) || !d.Black(4, 92) || iw == 0 {
		t.Errorf("bearer bars: drawing %d by %d; %d %d %d %d", w, h, x, y, iw, ih)
	}
}

func TestElementString(t *testing.T) {
	for in, want := range map[string]string{
		"(01)09521234543213(10)ABC(21)1":  "010952123454321310ABC\x1d211",
		"(10)ABC(01)09521234543213":       "10ABC\x1d0109521234543213",
		"(01)0952123454321(17)251231":     "010952123454321317251231",
		"(420)94107(94)00111899223100001": "42094107\x1d9400111899223100001",
		"(422)840(3102)000750(11)250101":  "422840\x1d310200075011250101", // fixed length, and yet a separator
		"(410)9521234543213(37)5":         "4109521234543213375",
		`(10)A\(B\)C(21)7`:                "10A(B)C\x1d217",
		"(00)106141412345678908":          "00106141412345678908",
	} {
		got, err := barcode.ElementString(in)
		if err != nil || string(got) != want {
			t.Errorf("%s: %q, %v; want %q", in, got, err, want)
		}
	}
	for in, want := range map[string]string{
		"": "no element", "00123": "brackets", "(01": "brackets", "()1": "2 to 4 digits", "(0A)1": "2 to 4 digits",
		"(05)12": "not an application identifier", "(01)09521234543214": "the right one is 3", "(10)": "0 characters",
		"(10)A\x1dB": "separator", "(17)251301": "is no date", "(10)A(10)B": "twice", "(310)2000750": "application identifier",
	} {
		if got, err := barcode.ElementString(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %q, error %v, want %q", in, got, err, want)
		}
	}
}

func TestHumanText(t *testing.T) {
	for _, tc := range []struct {
		sym        labels.Symbology
		data, want string
	}{
		{labels.EAN13, "5901234123457", "5 901234 123457"},
		{labels.EAN8, "96385074", "9638 5074"},
		{labels.UPCA, "036000291452", "0 36000 29145 2"},
		{labels.UPCE, "01234565", "0 123456 5"},
		{labels.ITF14, "15400141288763", "1 54 00141 28876 3"},
		{labels.Codabar, "A40156B", "40156"},
		{labels.GS1128, "010952123454321310ABC\x1d211", "(01)09521234543213(10)ABC(21)1"},
		{labels.IMb, "0123456709498765432101234567891", "01 234 567094 987654321 01234 5678 91"},
		{labels.IMb, "00310912345678654321", "00 310 912345678 654321"},
		{labels.Code128, "1Z999", "1Z999"},
		{labels.EAN13, "x", "x"},
	} {
		if got := barcode.HumanText(tc.sym, []byte(tc.data)); got != tc.want {
			t.Errorf("%s %q: %q, want %q", tc.sym, tc.data, got, tc.want)
		}
	}
}

// TestIMbOfTheStandard holds the examples of USPS-B-3200, appendix F: bars are
// told by T(racker), A(scender), D(escender) and F(ull).
func TestIMbOfTheStandard(t *testing.T) {
	for in, want := range map[string]string{
		"01234567094987654321":            "ATTFATTDTTADTAATTDTDTATTDAFDDFADFDFTFFFFFTATFAAAATDFFTDAADFTFDTDT",
		"0123456709498765432101234":       "DTTAFADDTTFTDTFTFDTDDADADAFADFATDDFTAAAFDTTADFAAATDFDTDFADDDTDFFT",
		"01234567094987654321012345678":   "ADFTTAFDTTTTFATTADTAAATFTFTATDAAAFDDADATATDTDTTDFDTDATADADTDFFTFA",
		"0123456709498765432101234567891": "AADTFFDFTDADTAADAATFDTDDAAADDTDTTDAFADADDDTFFFDDTTTADFAAADFTDAADA",
	} {
		d := encode(t, labels.IMb, in, barcode.Options{}).Modules
		var b strings.Builder
		for x := 0; x < d.W; x += 2 {
			b.WriteByte("TADF"[map[bool]int{true: 1}[d.Black(x, 0)]+map[bool]int{true: 2}[d.Black(x, d.H-1)]])
		}
		if b.String() != want {
			t.Errorf("%s:\n%s, want\n%s", in, b.String(), want)
		}
	}
}
