package scan_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"waybill/shipment/carrier"
	"waybill/shipment/gs1"
	"waybill/shipment/scan"
)

// pieces are what scans are made of, and what breaks them.
var pieces = []string{
	"]C1", "]C0", "]d2", "]Q1", "]Q3", "]e0", "]E0", "]E4", "|]e0", "|", "|^", "^", "\x1d", "\x1e", "\x04", "\x00", "{GS}", "~", "(", ")", `\(`, `\`, `\000026`,
	"(01)", "(10)", "(00)", "(8110)", "01", "00", "02", "10", "17", "21", "37", "91", "99", "420", "423", "8003", "8008", "8030", "8110", "8112", "3103", "3922",
	"09521234543213", "4006381333931", "96385074", "036000291452", "106141412345678908", "271231", "271301", "270200", "LOT-7", "9101026837331000039521",
	"https://", "HTTP://", "example.com", "/", "/01/", "/10/", "/21/", "/00/", "/8020/", "?", "&", "=", "17=", "99=", "#", "%", "%2", "%00", "%2F", "%FF", "+",
	"GB82WEST12345698765432", "1987654Ad4X4bL5ttr2310c2K", "012345612345611110123", "é", "\xff", " ", "_", "[)>\x1e01\x1d", "WB1/", "WBC:NEXT", "1Z999AA10123456784",
}

// right are scans with nothing wrong, in every form that GS1 data has.
var right = []string{
	"]C1", "]C142022153\x1d9101026837331000039521", "]C100106141412345678908", "]d20109521234543213\x1d10LOT-7", "]e001095212345432131727123110LOT\x1d21S",
	"]E04006381333931|]e010LOT\x1d99X", "]E496385074", "(01)09521234543213(10)LOT\\(7)", "^0109521234543213^10LOT|^17271231", "4006381333931|^10LOT",
	"]Q1https://example.com/a/01/09521234543213/10/L%2F1/21/7?17=271231&99=A+B&x=y#z", "https://id.gs1.org/00/106141412345678908?99=A",
	"\x1d99BOX-7", "010952123454321310LOT~17271231", "]Q3253952123454321312\x1d8030YWJj", "]J18110012345612345611110123", "(8003)09521234543213S(99)A",
}

// hostile draws a scan: a right one with a piece put in, or of pieces only, cut
// and run together at random.
func hostile(t *rapid.T) string {
	if rapid.Bool().Draw(t, "begin with a right one") {
		raw := rapid.SampledFrom(right).Draw(t, "right")
		from := rapid.IntRange(0, len(raw)).Draw(t, "from")
		to := rapid.IntRange(from, min(len(raw), from+3)).Draw(t, "to")
		return raw[:from] + rapid.SampledFrom(append(pieces, "", "A", "7")).Draw(t, "put in") + raw[to:]
	}
	var b strings.Builder
	for range rapid.IntRange(0, 14).Draw(t, "pieces") {
		p := rapid.SampledFrom(pieces).Draw(t, "piece")
		switch rapid.IntRange(0, 9).Draw(t, "how") {
		case 0:
			p = p[:rapid.IntRange(0, len(p)).Draw(t, "cut")]
		case 1:
			p = strings.Repeat(p, rapid.IntRange(1, 80).Draw(t, "times"))
		}
		b.WriteString(p)
	}
	return b.String()
}

// TestHostileScans holds of any scan that it is GS1 data or says why not, that
// the place of what is wrong is in it, that nothing of what was sent is lost, and
// that GS1 data, written down and read again, is the same.
func TestHostileScans(t *testing.T) {
	table := carrier.Default()
	taken := 0
	holds := func(t rapid.TB, raw string) {
		t.Helper()
		s := scan.Parse(table, []byte(raw))
		if s.Raw != raw || !strings.HasPrefix(raw, s.AIM) {
			t.Fatalf("%q: raw %q, aim %q", raw, s.Raw, s.AIM)
		}
		if s.Error != nil {
			if len(s.GS1) > 0 || s.Error.Code == "" || s.Error.Message == "" || s.Error.Position < 0 || s.Error.Position > len(s.Data)+1 {
				t.Fatalf("%q: %+v with %v", raw, s.Error, s.GS1)
			}
			return
		}
		if gs1.IsGS1(s.AIM) && len(s.GS1) == 0 {
			t.Fatalf("%q: neither taken nor refused: %+v", raw, s)
		}
		if len(s.GS1) == 0 {
			return
		}
		taken++
		for _, form := range []string{"]C1" + gs1.ElementString(s.GS1), gs1.FormatBracketed(s.GS1)} {
			again := scan.Parse(table, []byte(form))
			if gs1.FormatBracketed(again.GS1) != gs1.FormatBracketed(s.GS1) {
				t.Fatalf("%q: %v, written as %q, read as %v: %+v", raw, s.GS1, form, again.GS1, again.Error)
			}
		}
	}
	for _, raw := range right {
		holds(t, raw)
	}
	if taken == 0 {
		t.Fatal("no scan was GS1 data: that holds nothing")
	}
	rapid.Check(t, func(t *rapid.T) { holds(t, hostile(t)) })
}
