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
			out = append(out, string(e.format.source))
		case gotControl:
			out = append(out, "~"+e.name)
		case gotVariable:
			out = append(out, "getvar "+e.name)
		case gotSetting:
			out = append(out, "setvar "+e.name+"="+e.value)
		case gotAction:
			out = append(out, "do "+e.name)
		case gotDownload:
			out = append(out, "download "+string(e.data))
		case gotText:
			out = append(out, "text "+string(e.data))
		case gotUnknown:
			out = append(out, "unknown "+e.name)
		case gotPrefixes:
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
		{"second start drops the first", "^XA^FDx^XA^FDy^XZ", []string{"unknown ^XA inside a format, of which nothing is printed", "^XA^FDy^XZ"}, false},
		{"end without start", "^XZ^XA^XZ", []string{"^XA^XZ"}, false},
		{"control between", "^XA^XZ~HS^XA^XZ", []string{"^XA^XZ", "~HS", "^XA^XZ"}, false},
		{"control inside is taken out", "^XA^FD~HSx^XZ", []string{"~HS", "^XA^FDx^XZ"}, false},
		{"controls of all lengths", "~HI~HQES~hs~JA~PP~PS", []string{"~HI", "~HQES", "~HS", "~JA", "~PP", "~PS"}, false},
		{"unknown control stays", "^XA^FDa~XYb^XZ", []string{"^XA^FDa~XYb^XZ"}, false},
		{"unknown control outside", "~ZZ^XA^XZ", []string{"unknown ~ZZ", "^XA^XZ"}, false},
		{"query of nothing known", "^XA~HQED^XZ", []string{"~HQED", "^XA^XZ"}, false},
		{"query cut short", "^XA~HQE^XZ~HQSN", []string{"^XA^XZ", "~HQSN"}, false},
		{"download", "~DGR:A.GRF,1,1,00^XA^XZ", []string{"download ~DGR:A.GRF,1,1,00", "^XA^XZ"}, false},
		{"download, whole by its count", "~DGR:A.GRF,2,1,00FF", []string{"download ~DGR:A.GRF,2,1,00FF"}, false},
		{"download, compressed", "~DGR:A.GRF,2,1,:Z64:xx:0000^XA^XZ", []string{"download ~DGR:A.GRF,2,1,:Z64:xx:0000", "^XA^XZ"}, false},
		{"download, binary", "~DYR:A,B,G,4,1,^XA~^XA^XZ", []string{"download ~DYR:A,B,G,4,1,^XA~", "^XA^XZ"}, false},
		{"binary graphic", "^XA^GFB,6,6,2,^XZ~HS^FS^XZ", []string{"^XA^GFB,6,6,2,^XZ~HS^FS^XZ"}, false},
		{"graphic in hexadecimal is looked into", "^XA^GFA,6,6,2,FF~HS^XZ", []string{"~HS", "^XA^GFA,6,6,2,FF^XZ"}, false},
		{"other caret", "^XA^CC/^FDx/XZ/XA/FO1,1/XZ", []string{"^XA^CC/^FDx/XZ", "/XA/FO1,1/XZ"}, false},
		{"other tilde", "~CT+^XA~HS^XZ+HS", []string{"^XA~HS^XZ", "~HS"}, false},
		{"other delimiter", "^XA^CD;^GFB;3;3;1;^XZ^FS^XZ", []string{"^XA^CD;^GFB;3;3;1;^XZ^FS^XZ"}, false},
		{"cancelled while it comes", "^XA^FDx~JX^FS^XZ^XA^XZ", []string{"~JX", "^XA^XZ"}, false},
		{"cancel all", "^XA^FDx~JA^FS^XZ^XA^XZ", []string{"~JA", "^XA^XZ"}, false},
		{
			"line print", "! U1 setvar \"device.languages\" \"line_print\"\r\n~HI\r\n! U1 getvar \"a\"\r\n! U1 setvar \"device.languages\" \"zpl\"\r\n~HI",
			[]string{"setvar device.languages=line_print", "text ~HI\r\n", "getvar a", "setvar device.languages=zpl", "~HI"},
			false,
		},
		{
			"CPCL", "! U1 setvar \"device.languages\" \"cpcl\"\r\n! 0 200 200 210 2\r\nTEXT 4 0 30 40 Hello\r\nPRINT\r\n^XA\r\n",
			[]string{"setvar device.languages=cpcl", "! 0 200 200 210 2\r\nTEXT 4 0 30 40 Hello\r\nPRINT\r\n", "text ^XA\r\n"},
			false,
		},
		{"action", "! U1 do \"device.reset\" \"\"\r\n", []string{"do device.reset"}, false},
		{"lone prefixes", "^XA^^XZ", []string{"^XA^^XZ"}, false},
		{"prefix before a control", "^XA^~HS^XZ", []string{"~HS", "^XA^^XZ"}, false},
		{"variable", "! U1 getvar \"a.b\"\r\n~HS", []string{"getvar a.b", "~HS"}, false},
		{
			"other lines", "! U1 setvar \"a\" \"b\"\r\n! U1\n!\r\n! 0 200 200 210 1\r\n",
			[]string{"setvar a=b", "unknown ! U1", "unknown ! 0 200"},
			false,
		},
		{"exclamation mark in a label", "^XA^FDHi!^FS^XZ", []string{"^XA^FDHi!^FS^XZ"}, false},
		{"label after noise with a bang", "!^XA^XZ", []string{"^XA^XZ"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newParser()
			if diff := cmp.Diff(tt.want, parse(p, tt.in)); diff != "" {
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
		f := format{source: []byte(in), prefixes: standardPrefixes(), language: ZPL}
		if got := f.read(func(string) (Source, bool) { return Source{}, false }).quantity; got != want {
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
		p := newParser()
		var got []string
		for _, found := range parse(p, in.String()) {
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
	f.Add([]byte("^XA^CC/^FDx/XZ~CC^~DGR:A.GRF,1,1,00^XA^GFB,3,3,1,^XZ^FN1^FH^FD_41^FS^HV1,9,a,b,L^XZ"))
	f.Add([]byte("! U1 setvar \"device.languages\" \"cpcl\"\r\n! 0 200 200 210 2\r\nPRINT\r\n"))
	f.Add([]byte("!U1 setvAr \"device.languages\"CpCl"))
	f.Fuzz(func(t *testing.T, in []byte) {
		p := newParser()
		for _, b := range in {
			e, ok := p.feed(b)
			if !ok || e.kind != gotFormat || e.format.language != ZPL {
				continue
			}
			if len(e.format.source) < 6 || e.format.source[0] != e.format.prefixes.Format {
				t.Errorf("format %q", e.format.source)
			}
			if j := e.format.read(func(string) (Source, bool) { return Source{ZPL: e.format.source, Prefixes: e.format.prefixes}, true }); j.quantity < 1 {
				t.Errorf("format %q, quantity %d", e.format.source, j.quantity)
			}
		}
		parse(p, "\r\n") // the line that may be under way still counts to what was asked for
		if p.language != ZPL || p.chars != standardPrefixes() || p.raw > 0 || p.watch == watchPrefix {
			return // what follows is in the hands of whoever asked for that
		}
		parse(p, "^XA")
		if got := parse(p, "^XA^XZ"); len(got) == 0 || !strings.EqualFold(got[len(got)-1], "^XA^XZ") {
			t.Errorf("after %q the parser does not find a label: %q", in, got)
		}
	})
}
