package virtual

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// parse returns what the parser finds in s, as short words.
func parse(p *parser, s string) []string {
	var out []string
	for _, b := range []byte(s) {
		e, ok := p.feed(b)
		if !ok {
			continue
		}
		switch e.kind {
		case gotFormat:
			out = append(out, string(e.bytes))
		case gotControl:
			out = append(out, "~"+e.name)
		case gotVariable:
			out = append(out, "getvar "+e.name)
		}
	}
	return out
}

func TestParser(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		want     []string
		partial  bool
	}{
		{"one format", "^XA^FDx^FS^XZ", []string{"^XA^FDx^FS^XZ"}, false},
		{"two formats and noise", "noise\r\n^XA^XZ\r\n\x00^xa^xz!", []string{"^XA^XZ", "^xa^xz"}, false},
		{"open format", "^XA^FDx", nil, true},
		{"second start drops the first", "^XA^FDx^XA^FDy^XZ", []string{"^XA^FDy^XZ"}, false},
		{"end without start", "^XZ^XA^XZ", []string{"^XA^XZ"}, false},
		{"control between", "^XA^XZ~HS^XA^XZ", []string{"^XA^XZ", "~HS", "^XA^XZ"}, false},
		{"control inside is taken out", "^XA^FD~HSx^XZ", []string{"~HS", "^XA^FDx^XZ"}, false},
		{"controls of all lengths", "~HI~HQES~hs~JA~PP~PS", []string{"~HI", "~HQES", "~HS", "~JA", "~PP", "~PS"}, false},
		{"unknown control stays", "^XA^FDa~XYb^XZ", []string{"^XA^FDa~XYb^XZ"}, false},
		{"unknown control outside goes", "~DGR:A.GRF,1,1,00^XA^XZ", []string{"^XA^XZ"}, false},
		{"almost a control", "^XA~HQED^XZ", []string{"^XA~HQED^XZ"}, false},
		{"lone prefixes", "^XA^^XZ", []string{"^XA^^XZ"}, false},
		{"prefix before a control", "^XA^~HS^XZ", []string{"~HS", "^XA^^XZ"}, false},
		{"variable", "! U1 getvar \"a.b\"\r\n~HS", []string{"getvar a.b", "~HS"}, false},
		{"other lines", "! U1 setvar \"a\" \"b\"\r\n! U1\n!\r\n", nil, false},
		{"exclamation mark in a label", "^XA^FDHi!^FS^XZ", []string{"^XA^FDHi!^FS^XZ"}, false},
		{"label after noise with a bang", "!^XA^XZ", []string{"^XA^XZ"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var p parser
			if diff := cmp.Diff(tt.want, parse(&p, tt.in)); diff != "" {
				t.Errorf("found (-want +got):\n%s", diff)
			}
			if p.partial() != tt.partial {
				t.Errorf("partial is %v, want %v", p.partial(), tt.partial)
			}
		})
	}
}

func TestQuantity(t *testing.T) {
	for in, want := range map[string]int{
		"^XA^XZ": 1, "^XA^PQ3^XZ": 3, "^XA^pq12,0,1,Y^XZ": 12, "^XA^PQ^XZ": 1, "^XA^PQ0^XZ": 1,
		"^XA^PQ2^PQ5^XZ": 5, "^XA^PQ999999999^XZ": 1,
	} {
		if got := quantity([]byte(in)); got != want {
			t.Errorf("%s asks for %d, want %d", in, got, want)
		}
	}
}

// Whatever labels go in come out, each once and in order, with questions put
// between and inside them.
func TestParserKeepsEveryFormat(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		questions := rapid.SampledFrom([]string{"", "", "~HS", "~HQES\r\n", "~HI", "\r\n"})
		var in strings.Builder
		var want []string
		for range rapid.IntRange(0, 4).Draw(t, "formats") {
			text := rapid.StringMatching(`[a-zA-Z0-9 ,.!"%]{0,12}`).Draw(t, "text")
			in.WriteString(questions.Draw(t, "before"))
			in.WriteString("^XA^FO10,10^FD" + text)
			in.WriteString(strings.TrimSpace(questions.Draw(t, "inside")))
			in.WriteString("^FS^XZ")
			want = append(want, "^XA^FO10,10^FD"+text+"^FS^XZ")
		}
		var p parser
		var got []string
		for _, found := range parse(&p, in.String()) {
			if strings.HasPrefix(found, "^") {
				got = append(got, found)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("formats in %q (-want +got):\n%s", in.String(), diff)
		}
	})
}

func FuzzParser(f *testing.F) {
	f.Add([]byte("^XA^FDx^FS^PQ2^XZ~HS! U1 getvar \"a\"\r\n"))
	f.Add([]byte("^XA~HQE^XZ^^~~!^XA"))
	f.Fuzz(func(t *testing.T, in []byte) {
		var p parser
		for _, b := range in {
			e, ok := p.feed(b)
			if !ok || e.kind != gotFormat {
				continue
			}
			s := strings.ToUpper(string(e.bytes))
			if !strings.HasPrefix(s, "^XA") || !strings.HasSuffix(s, "^XZ") || e.quantity < 1 {
				t.Errorf("format %q, quantity %d", e.bytes, e.quantity)
			}
		}
		parse(&p, "\r\n^XA")
		if got := parse(&p, "^XA^XZ"); len(got) == 0 || !strings.EqualFold(got[len(got)-1], "^XA^XZ") {
			t.Errorf("after %q the parser does not find a label: %q", in, got)
		}
	})
}
