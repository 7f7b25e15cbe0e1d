package gs1_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/shipment/gs1"
)

func TestParseLink(t *testing.T) {
	const key = "https://example.com/01/09521234543213"
	for _, tt := range []struct {
		uri      string
		stem     string
		elements []gs1.Element
		ignored  []string
	}{
		{key, "https://example.com", elements("01", "09521234543213"), nil},
		{"HTTP://a/00/106141412345678908", "HTTP://a", elements("00", "106141412345678908"), nil},
		{"https://a/shop/de/01/09521234543213", "https://a/shop/de", elements("01", "09521234543213"), nil},
		{"https://a/00/x/00/106141412345678908", "https://a/00/x", elements("00", "106141412345678908"), nil},
		{key + "/22/V/10/A/21/7", "https://example.com", elements("01", "09521234543213", "22", "V", "10", "A", "21", "7"), nil},
		{key + "/10/A/21/7", "https://example.com", elements("01", "09521234543213", "10", "A", "21", "7"), nil},
		{key + "/235/T", "https://example.com", elements("01", "09521234543213", "235", "T"), nil},
		{key + "/235/T?10=A", "https://example.com", elements("01", "09521234543213", "235", "T", "10", "A"), nil},
		{key + "?17=271231&3103=000195", "https://example.com", elements("01", "09521234543213", "17", "271231", "3103", "000195"), nil},
		{key + "?&&99=A+B&", "", nil, nil},
		{key + "?linkType=gs1:pip&99=A%2fB&once#17=x", "https://example.com", elements("01", "09521234543213", "99", "A/B"), []string{"linkType=gs1:pip", "once"}},
		{key + "/21/7?8030=YWJj", "https://example.com", elements("01", "09521234543213", "21", "7", "8030", "YWJj"), nil},
		{key + "/10/A+B%2B", "https://example.com", elements("01", "09521234543213", "10", "A+B+"), nil},
		{"https://a/414/9521234543213/254/X?01=4006381333931", "https://a", elements("414", "9521234543213", "254", "X", "01", "04006381333931"), nil},
	} {
		l, err := gs1.ParseLink(tt.uri)
		if tt.elements == nil {
			if err == nil {
				t.Errorf("%s: %v", tt.uri, l)
			}
			continue
		}
		want := gs1.Link{Stem: tt.stem, Elements: tt.elements, Ignored: tt.ignored}
		if diff := cmp.Diff(want, l); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got)\n%s", tt.uri, err, diff)
		}
	}
	for uri, want := range map[string]gs1.Code{
		"":                                     gs1.LinkNoKey,
		"ftp://a/01/09521234543213":            gs1.LinkNoKey,
		"HtTpS://a/01/09521234543213":          gs1.LinkNoKey,
		"https://a":                            gs1.LinkNoKey,
		"https:///01/09521234543213":           gs1.LinkNoKey,
		"https://a/":                           gs1.LinkNoKey,
		"https://a/gtin/09521234543213":        gs1.LinkNoKey,
		"https://a/10/LOT":                     gs1.LinkNoKey, // no key
		"https://a b/01/09521234543213":        gs1.LinkCharacter,
		"https://a_b/01/09521234543213":        gs1.LinkCharacter,
		"https://a/01/09521234543213/10/\"":    gs1.LinkCharacter,
		"https://a/AQnYUc1gmiCNV4JGYgYNyg2":    gs1.LinkCompressed,
		"https://a/01/":                        gs1.LinkEmpty,
		"https://a/01/9521234543213":           gs1.TooShort,
		"https://a/01/09521234543214":          gs1.BadCheckDigit,
		key + "/10/":                           gs1.LinkEmpty,
		key + "/21/7/10/A":                     gs1.LinkQualifiers,
		key + "/22/V/235/T":                    gs1.LinkQualifiers,
		key + "/17/271231":                     gs1.LinkQualifiers,
		key + "?10=A":                          gs1.LinkAttribute,
		key + "?8200=x":                        gs1.LinkAttribute,
		key + "?99=":                           gs1.LinkEmpty,
		key + "?999=x":                         gs1.UnknownAI,
		key + "?=x":                            gs1.UnknownAI,
		key + "?a=x&=":                         gs1.UnknownAI,
		key + "?99=A&99=A":                     gs1.LinkRepeated,
		key + "/10/A%00":                       gs1.BadCharacter,
		key + "/10/A%20B":                      gs1.BadCharacter,
		key + "?17=271301":                     gs1.BadDate,
		key + "?91=" + string(make([]byte, 1)): gs1.LinkCharacter,
	} {
		if _, err := gs1.ParseLink(uri); codeOf(err) != want {
			t.Errorf("%q: %v, want code %q", uri, err, want)
		}
	}
}

// TestInLinks has the identifiers that may not be attributes, and the keys with
// their qualifiers, counted out from GS1 Digital Link: URI Syntax and the
// dictionary once more, apart from the table.
func TestInLinks(t *testing.T) {
	never := strings.Fields("03 21 22 235 254 7040 7041 8011 8014 8019 8020 8040 8041 8042 8043 8200")
	keys := map[string]string{
		"00": "", "01": "22,10,21/235", "253": "", "255": "", "401": "", "402": "", "414": "254/7040", "415": "8020", "417": "7040", "8003": "", "8004": "7040",
		"8006": "22,10,21", "8010": "8011", "8013": "", "8017": "8019", "8018": "8019",
	}
	for _, ai := range gs1.AIs() {
		attribute, sequences := gs1.InLinks(ai)
		if attribute == slices.Contains(never, ai) {
			t.Errorf("(%s): attribute %v", ai, attribute)
		}
		var written []string
		for _, s := range sequences {
			written = append(written, strings.Join(s, ","))
		}
		if want, isKey := keys[ai]; isKey != (sequences != nil) || strings.Join(written, "/") != want {
			t.Errorf("(%s): qualifiers %q, want %q", ai, written, want)
		}
		delete(keys, ai)
	}
	if len(keys) > 0 {
		t.Errorf("not in the table: %v", keys)
	}
}

func TestBuildLink(t *testing.T) {
	for in, want := range map[string]string{
		"(01)09521234543213(21)abc":                 "https://id.gs1.org/01/09521234543213/21/abc",
		"(21)7(10)A(01)09521234543213(22)V":         "https://id.gs1.org/01/09521234543213/22/V/10/A/21/7",
		"(01)09521234543213(99)A(17)271231":         "https://id.gs1.org/01/09521234543213?17=271231&99=A",
		"(01)09521234543213(10)A/B+(99)C+D":         "https://id.gs1.org/01/09521234543213/10/A%2FB%2B?99=C%2BD",
		"(01)09521234543213(235)T(10)A":             "", // 10 goes into the path, and 235 is no attribute
		"(98)X(414)9521234543213(01)09521234543213": "https://id.gs1.org/414/9521234543213?01=09521234543213&98=X",
		"(99)A":                          "",
		"(01)09521234543213(8200)http:x": "",
	} {
		els, err := gs1.ParseBracketed(in)
		if err != nil {
			t.Fatal(err)
		}
		got, err := gs1.BuildLink("", els)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%s: %s, %v; want %s", in, got, err, want)
		}
	}
	if got, err := gs1.BuildLink("https://a/b/", elements("00", "106141412345678908")); got != "https://a/b/00/106141412345678908" || err != nil {
		t.Errorf("stem: %s, %v", got, err)
	}
	for _, bad := range []string{"a", "ftp://a"} {
		if got, err := gs1.BuildLink(bad, elements("00", "106141412345678908")); err == nil {
			t.Errorf("stem %s: %s", bad, got)
		}
	}
	if _, err := gs1.BuildLink("", elements("05", "1")); codeOf(err) != gs1.UnknownAI {
		t.Errorf("unknown: %v", err)
	}
}

func FuzzParseLink(f *testing.F) {
	f.Add("https://id.gs1.org/01/09521234543213/10/A%2FB?17=271231&99=x+y#z")
	f.Add("HTTPS://a/414/9521234543213/254/X?01=4006381333931")
	f.Add("https://a/AQnYUc1gmiCNV4JGYgYNyg2")
	f.Fuzz(func(t *testing.T, uri string) {
		l, err := gs1.ParseLink(uri)
		if err != nil {
			if codeOf(err) == "" {
				t.Errorf("%q: %v", uri, err)
			}
			return
		}
		// What was read, written and read again is the same, but for the order of
		// the attributes.
		again, err := gs1.BuildLink(l.Stem, l.Elements)
		if err != nil {
			t.Fatalf("%q: %v", uri, err)
		}
		l2, err := gs1.ParseLink(again)
		if err != nil || len(l2.Elements) != len(l.Elements) || l2.Elements[0] != l.Elements[0] {
			t.Errorf("%q: written as %q, read as %v, %v", uri, again, l2, err)
		}
		if third, err := gs1.BuildLink(l2.Stem, l2.Elements); third != again || err != nil {
			t.Errorf("%q: written as %q, then as %q, %v", uri, again, third, err)
		}
	})
}
