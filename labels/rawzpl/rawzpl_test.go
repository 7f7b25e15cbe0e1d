package rawzpl_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/labels"
	"waybill/labels/rawzpl"
	"waybill/labels/zplview"
)

func TestRead(t *testing.T) {
	type label = rawzpl.Label
	one := func(content string, copies int) []label {
		return []label{{Content: []byte(content), Copies: copies}}
	}
	for name, tt := range map[string]struct {
		in    string
		want  []label
		notes []string
	}{
		"a text":          {"^XA^FO20,20^A0N,30,30^FDhello^FS^XZ", one("^XA^FO20,20^A0N,30,30^FDhello^FS^XZ", 1), nil},
		"line breaks":     {"\r\n^XA\r\n^FO20,20\r\n^FDhel\nlo^FS\r\n^XZ\r\n", one("^XA^FO20,20^FDhello^FS^XZ", 1), nil},
		"small letters":   {"^xa^fo20,20^a0n,30^fdhello^fs^xz", one("^XA^FO20,20^A0n,30^FDhello^FS^XZ", 1), nil},
		"copies":          {"^XA^FDa^FS^PQ3^XZ", one("^XA^FDa^FS^XZ", 3), nil},
		"copies, pauses":  {"^XA^FDa^FS^PQ6,2,0,N^XZ", one("^XA^FDa^FS^XZ", 6), []string{"^PQ 10"}},
		"no copies named": {"^XA^FDa^FS^PQ,0,1,Y^XZ", one("^XA^FDa^FS^XZ", 1), nil},
		"two labels": {
			"^XA^FDa^FS^XZ\n^XA^FDb^FS^PQ2^XZ",
			[]label{{[]byte("^XA^FDa^FS^XZ"), 1}, {[]byte("^XA^FDb^FS^XZ"), 2}},
			nil,
		},
		"settings are left out": {
			"^XA^MMT^PR4,4^MD10~SD15~TA000^LT-5^JZN^GB5,5,5^FS^XZ", one("^XA^GB5,5,5^FS^XZ", 1),
			[]string{"^MM 3", "^PR 7", "^MD 13", "~SD 18", "~TA 23", "^LT 29", "^JZ 34"},
		},
		"settings after the label": {"^XA^FDa^FS^XZ^XA^PW800^XZ", one("^XA^FDa^FS^XZ", 1), []string{"^XA 13"}},
		"stored settings":          {"^XA^JUS^FDa^FS^XZ", one("^XA^FDa^FS^XZ", 1), []string{"^JU 3"}},
		"the usual prefixes":       {"~CC^~CT~~CD,^XA^FDa^FS^XZ~CT~", one("^XA^FDa^FS^XZ", 1), nil},
		"units":                    {"^XA^MUm^FDa^FS^MUD,300,300^XZ", one("^XA^MUm^FDa^FS^MUD^XZ", 1), nil},
		"a remark":                 {"^XA^FXshipper's logo ^FDa^FS^XZ", one("^XA^FDa^FS^XZ", 1), nil},
		"lasting is undone":        {"^XA^FWR,1^PA1,1,1,1^FDa^FS^XZ", one("^XA^FWR,1^PA1,1,1,1^FDa^FS^FWN,0^PA0,0,0,0^XZ", 1), nil},
		"undone once":              {"^XA^FWR^FDa^FS^FWI^FDb^FS^XZ", one("^XA^FWR^FDa^FS^FWI^FDb^FS^FWN,0^XZ", 1), nil},
		"undone by the label":      {"^XA^FWR^FDa^FS^FWN,0^XZ", one("^XA^FWR^FDa^FS^FWN,0^XZ", 1), nil},
		"hexadecimal data":         {"^XA^FH^FD_5EXA_7EJR^FS^XZ", one("^XA^FH_^FD_5EXA_7EJR^FS^XZ", 1), nil},
		"own escape":               {`^XA^FH\^FD\5E^FS^XZ`, one(`^XA^FH\^FD\5E^FS^XZ`, 1), nil},
		"a picture":                {"^XA^GFA,8,8,1,FF\n00,:!\n gH^FS^XZ", one("^XA^GFA,8,8,1,FF00,:!gH^FS^XZ", 1), nil},
		"a packed picture":         {"^XA^GFA,8,8,1,:Z64:eJz7/+/=:1A2B^FS^XZ", one("^XA^GFA,8,8,1,:Z64:eJz7/+/=:1A2B^FS^XZ", 1), nil},
		"a stored logo":            {"^XA^XGR:LOGO.GRF,1,1^FS^XZ", one("^XA^XGR:LOGO.GRF,1,1^FS^XZ", 1), nil},
		"other caret":              {"^XA^CC/ /FO1,2/FDa^b~JRc/FS/XZ", nil, nil}, // ~ still begins a command
		"other caret, text":        {"^XA^CC/ /FO1,2/FDa^XZb/FS/XZ", one("^XA^FO1,2^FH_^FDa_5EXZb^FS^XZ", 1), nil},
		"other caret goes on": {
			"^XA^CC+^\n+FDa+FS+XZ\n+XA+FDb+FS+XZ", nil, nil,
		},
		"other caret in the next label": {
			"^XA^CC++FDa+FS+XZ\n+XA+FDb+FS+CC^^XZ^XA^FDc^FS^XZ",
			[]label{{[]byte("^XA^FDa^FS^XZ"), 1}, {[]byte("^XA^FDb^FS^XZ"), 1}, {[]byte("^XA^FDc^FS^XZ"), 1}},
			nil,
		},
		"other tilde":             {"^XA^CT+^FD~JR^FS^XZ", one("^XA^FH_^FD_7EJR^FS^XZ", 1), nil},
		"other delimiter":         {"^XA^CD;^FO1;2^GFA;1;1;1;F,^FDa,b;c^FS^XZ", one("^XA^FO1,2^GFA,1,1,1,F,^FDa,b;c^FS^XZ", 1), nil},
		"other escape is chosen":  {"^XA^CC/ /FDa_b^c/FS/XZ", one(`^XA^FH\^FDa_b\5Ec^FS^XZ`, 1), nil},
		"escape holds to the end": {"^XA^FH^FDa^FS^FDb_5E^FS^XZ", one("^XA^FH_^FDa^FS^FDb_5E^FS^XZ", 1), nil},
		"two texts in a field":    {"^XA^CC/ /FDa^/FDb_41/FS/FDc_/FS/XZ", one("^XA^FH_^FDa_5E^FH_^FDb_5F41^FS^FDc_^FS^XZ", 1), nil},
		"a stored font":           {"^XA^A@N,30,30,E:A.TTF^FDa^FS^XZ", one("^XA^A@N,30,30,E:A.TTF^FDa^FS^XZ", 1), nil},
		"each label by itself": {
			"^XA^FWR^FH^FDa^PQ2^XZ^XA^FDb_41^FS^XZ",
			[]label{{[]byte("^XA^FWR^FH_^FDa^FWN,0^XZ"), 2}, {[]byte("^XA^FDb_41^FS^XZ"), 1}},
			nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, notes, err := rawzpl.Read([]byte(tt.in))
			if (err == nil) != (tt.want != nil) {
				t.Fatalf("error %v, want labels %v", err, tt.want)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("labels (-want +got):\n%s", diff)
			}
			var told []string
			for _, n := range notes {
				told = append(told, fmt.Sprintf("%s %d", n.Command, n.Offset))
			}
			if diff := cmp.Diff(tt.notes, told); diff != "" {
				t.Errorf("notes (-want +got):\n%s", diff)
			}
		})
	}
}

// Each refusal names the command and its place, and what to do.
func TestRefusals(t *testing.T) {
	for in, want := range map[string][]string{
		"^XA^JUF^FDa^FS^XZ":                        {"^JU 3"},
		"^XA^FDa^FS^JUF~JR^XZ":                     {"^JU 10", "~JR 14"},
		"~JR^XA^FDa^FS^XZ":                         {"~JR 0"},
		"^XA^DFR:A.ZPL^FDa^FS^XZ":                  {"^DF 3"},
		"^XA^IDR:*.*^FDa^FS^XZ":                    {"^ID 3"},
		"^XA^SXO,D,Y,Y,10.0.0.9,80^FDa^FS^XZ":      {"^SX 3"},
		"~DYR:A,A,T,4,,0000^XA^FDa^FS^XZ":          {"~DY 0"},
		"^XA^FDa~WQES^FS^XZ":                       {"~WQ 7"},
		"^XA^FDa^FS^SN1,1,Y^FS^XZ":                 {"^SN 10"},
		"^XA^FDa^FS^QQ^XZ":                         {"^QQ 10"},
		"^XA^FDa^FS~QQ^XZ":                         {"~QQ 10"},
		"! U1 setvar \"a\" \"b\"\r\n^XA^FDa^FS^XZ": {"text 0"},
		"^XA^FD\n! U1 do \"device.reset\" \"\"\n^FS^XZ": {
			"! U1 3",
		},
		"^XA^FDa^FS^XZ hello":                    {"text 14"},
		"^XA hello ^FDa^FS^XZ":                   {"text 4"},
		"^XA^FDa^FS rest ^XZ":                    {"text 11"},
		"^XA^FDa^FS^XA^FDb^FS^XZ":                {"^XA 10"},
		"^XA^FDa^FS":                             {"^XA 0"},
		"^FDa^FS^XZ":                             {"^FD 0", "^FS 4", "^XZ 7"},
		"^XA^PW800^LH0,0^XZ":                     {"^XA 0"},
		"":                                       {"text 0"},
		" \n":                                    {"text 0"},
		"^XA^PQ0^FDa^FS^XZ":                      {"^PQ 3"},
		"^XA^PQ99999999^FDa^FS^XZ":               {"^PQ 3"},
		"^XA^PQ600^FDa^FS^XZ^XA^PQ600^FDa^FS^XZ": {"^XZ 35"},
		"^XA^GFB,4,4,1,\x00^JU^FS^XZ":            {"^GF 3", "^JU 15"},
		"^XA^GFA,4,4,1,?^FS^XZ":                  {"^GF 3"},
		"^XA^GFA,x,4,1,0^FS^XZ":                  {"^GF 3"},
		"^XA^FDa\x1eJUS^FS^XZ":                   {"^FD 3"},
		"^XA\x10JR^FDa^FS^XZ":                    {"text 3"},
		"\x02^FDa^FS\x03":                        {"text 0", "^FD 1", "^FS 5"},
		"^XA^FO1,2\x1eJUS^FDa^FS^XZ":             {"^FO 3"},
		"^XA^FO1,2!^FDa^FS^XZ":                   {"^FO 3"},
		"^XA^FD~5 kg^FS^XZ":                      {"text 6"},
		"^XA^J\nUS^FDa^FS^XZ":                    {"text 3"},
		"^XA^CC/ /JUF/FDa/FS/XZ":                 {"^JU 8"},
		"^XA^CT+ +JR^FDa^FS^XZ":                  {"~JR 8"},
		"^XA^CC/ /FO1,2^JUS/FDa/FS/XZ":           {"^FO 8"},
		"^XA^CT+ ^FO1,2~JR^FDa^FS^XZ":            {"^FO 8"},
		"^XA^CC/ /GFA,1,1,1,F^JUS/FS/XZ":         {"^GF 8"},
		"^XA^CC/ /FH^/FDa^JUS/FS/XZ":             {"^FH 8"},
		"^XA^CC~ ~JUS^FDa^FS^XZ":                 {"^CC 3", "~JU 8"},
		"^XA^CCX^FDa^FS^XZ":                      {"^CC 3"},
		"^XA^CC\x1e^FDa^FS^XZ":                   {"^CC 3"},
		"~CC/ /XA/FDa/FS/XZ":                     {"~CC 0", "text 5"},
		"^XA^CC//FDa/FS/XZ~CC^":                  {"~CC 17"},
		"CT~^XA^FDa^FS^XZ":                       {"text 0", "text 2"},
		"^XA^FDa^FS^XZCT~~CD,^XA^FDb^FS^XZ":      {"text 13", "text 15"},
		"\x10JR^XA^FDa^FS^XZ":                    {"text 0"},
		"~JUS^XA^FDa^FS^XZ":                      {"~JU 0"},
		"^JUS^XA^FDa^FS^XZ":                      {"^JU 0"},
		"^XA^JUS,F^FDa^FS^XZ":                    {"^JU 3"},
		"^XA^CD;^FO1,2^FDa^FS^XZ":                {"^FO 7"},
		"^XA^CC^FO1,2^FDa^FS^XZ":                 {"text 7"},
		"^XA^CC":                                 {"^CC 3"},
		"^XA^FHab^FDa^FS^XZ":                     {"^FH 3"},
		"^XA^MUD,150,300^FDa^FS^XZ":              {"^MU 3"},
		"^XA^CD;^MUM;200;600^FDa^FS^XZ":          {"^MU 7"},
		"^XA^MU,,300^FDa^FS^XZ":                  {"^MU 3"},
	} {
		labels, notes, err := rawzpl.Read([]byte(in))
		var rs rawzpl.Refusals
		if !errors.As(err, &rs) || labels != nil || notes != nil {
			t.Errorf("%q: error %v with labels %v and notes %v, want refusals alone", in, err, labels, notes)
			continue
		}
		var got []string
		for _, r := range rs {
			got = append(got, fmt.Sprintf("%s %d", r.Command, r.Offset))
			if r.Why == "" || r.Remedy == "" || !strings.Contains(rs.Error(), r.String()) {
				t.Errorf("%q: %+v says too little", in, r)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s\n%v", in, diff, rs)
		}
	}
}

func TestReadIsBounded(t *testing.T) {
	var rs rawzpl.Refusals
	if _, _, err := rawzpl.Read([]byte("^XA^FD" + strings.Repeat("a", rawzpl.MaxBytes) + "^FS^XZ")); !errors.As(err, &rs) {
		t.Errorf("a document of more than %d bytes: %v", rawzpl.MaxBytes, err)
	}
	if _, _, err := rawzpl.Read([]byte(strings.Repeat("^QQ", 10_000))); !errors.As(err, &rs) || len(rs) > 20 {
		t.Errorf("%d refusals of ten thousand", len(rs))
	}
	if _, _, err := rawzpl.Read([]byte(strings.Repeat("^XA^FDa^FS^XZ", rawzpl.MaxLabels+1))); !errors.As(err, &rs) {
		t.Errorf("more than %d labels: %v", rawzpl.MaxLabels, err)
	}
}

// What holds for the labels after it is written into each of them: a little of it,
// so that a document does not become a thousand times as long.
func TestSettingsForAllAreBounded(t *testing.T) {
	labels := strings.Repeat("^XA^FDa^FS^XZ", rawzpl.MaxLabels)
	for name, head := range map[string]string{
		"in one format":   "^XA" + strings.Repeat("^LH0,0", 1000) + "^XZ",
		"in many formats": strings.Repeat("^XA^LH0,0^XZ", 1000),
	} {
		read, _, err := rawzpl.Read([]byte(head + labels))
		size := 0
		for _, l := range read {
			size += len(l.Content)
		}
		if refusals := rawzpl.Refusals(nil); !errors.As(err, &refusals) || refusals[0].Command != "^XA" {
			t.Errorf("%s: %d bytes became %d, error %v", name, len(head+labels), size, err)
		}
	}
}

// Files as ZebraDesigner writes them: the usual prefixes named, a format that sets
// the printer up and stores that, then the label. What the first format says of
// the label's place and writing holds for the labels after it, as on a printer.
func TestDesignerFile(t *testing.T) {
	const body = "^XA\r\n~TA000\r\n~JSN\r\n^LT0\r\n^MNW\r\n^MTT\r\n^PON\r\n^PMN\r\n^LH0,0\r\n^JMA\r\n^PR5,5\r\n~SD15\r\n^JUS\r\n^LRN\r\n^CI27\r\n^PA0,1,1,0\r\n^XZ\r\n" +
		"^XA\r\n^MMT\r\n^PW812\r\n^LL1218\r\n^LS0\r\n^FT60,90^A0N,45,46^FH\\^CI28^FDGoods^FS^CI27\r\n^PQ2,0,1,Y\r\n^XZ\r\n"
	want := []rawzpl.Label{{Content: []byte(`^XA^PON^PMN^LH0,0^JMA^LRN^CI27^PA0,1,1,0^PW812^LL1218^LS0^FT60,90^A0N,45,46^CI28^FH\^FDGoods^FS^CI27^PA0,0,0,0^XZ`), Copies: 2}}
	for name, head := range map[string]string{"as written": "\x10CT~~CD,~CC^~CT~\r\n", "as pasted": "CT~~CD,~CC^~CT~\r\n", "without": ""} {
		got, notes, err := rawzpl.Read([]byte(head + body))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		var left []string
		for _, n := range notes {
			left = append(left, n.Command)
		}
		if diff := cmp.Diff(strings.Fields("~TA ~JS ^LT ^MN ^MT ^PR ~SD ^JU ^XA ^MM"), left); diff != "" {
			t.Errorf("%s, left out (-want +got):\n%s", name, diff)
		}
	}
}

// dangers are commands that must never reach a printer, with what an attacker
// would write behind them.
var dangers = []string{
	"^JUR", "^JUF", "~JR", "^ND2,P,10.0.0.9", "^NS", "^KP1234", "~DYR:A.TTF,B,T,4,,0000", "^DYR:A,A,G,4,,0", "^DFR:A.ZPL", "^IDR:*.*", "^HFR:A.ZPL",
	"^HGR:A.GRF", "^HYR:A.GRF", "^HV0,8", "^HH", "~HS", "~HI", "^SXO,D,Y,Y,10.0.0.9,80", "^SQO,D", "^JBE,A", "~JBE", "~WQES", "~WC", "~JA", "~PP", "~PS", "~PH",
	"^PP", "^PH", "~JC", "~JD", "~DGR:A.GRF,4,1,00", "~EG", "^EF", "^RO1", "^KN", "^ST01,01,26", "^SC9600", "^XFR:A.ZPL", "^SN1,1,Y", "^ZZ10,Y", "~JX", "^MPE", "^FLA,B,1",
}

// A danger at any place between commands, under any prefixes, is refused; and
// without it the same document is the same label as without the disguise.
func TestNoDisguiseHelps(t *testing.T) {
	parts := []string{"^XA", "^FO20,20", "^A0N,30,30", "^FDhello, world^FS", "^FO5,5", "^GB9,9,9^FS", "^GFA,1,1,1,F^FS", "^PQ2", "^XZ"}
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.IntRange(1, len(parts)-1).Draw(t, "disguised from")
		danger := rapid.SampledFrom(dangers).Draw(t, "danger")
		place := rapid.IntRange(0, len(parts)).Draw(t, "place")
		signs := rapid.Permutation([]byte(`#$%&*'(+;<=>?[]{|}`)).Draw(t, "signs")
		caret, tilde, comma := signs[0], signs[1], signs[2]
		disguise := func(s string) string {
			out := []byte(s)
			for i, b := range out {
				switch b {
				case '^':
					out[i] = caret
				case '~':
					out[i] = tilde
				case ',':
					if !strings.HasPrefix(s, "^FD") {
						out[i] = comma
					}
				}
			}
			return string(out)
		}
		change := fmt.Sprintf("^CC%c%cCT%c%cCD%c", caret, caret, tilde, rapid.SampledFrom([]byte{caret, tilde}).Draw(t, "by"), comma)
		build := func(with string) string {
			var b strings.Builder
			for i := range len(parts) + 1 {
				shown := func(s string) string { return s }
				if i >= at {
					shown = disguise
				}
				if i == at {
					b.WriteString(change)
				}
				if with != "" && i == place {
					b.WriteString(shown(with))
				}
				if i < len(parts) {
					b.WriteString(shown(parts[i]))
				}
			}
			return b.String()
		}
		plain, _, err := rawzpl.Read([]byte(strings.Join(parts, "")))
		if err != nil {
			t.Fatal(err)
		}
		hidden, _, err := rawzpl.Read([]byte(build("")))
		if err != nil {
			t.Fatalf("%q: %v", build(""), err)
		}
		if diff := cmp.Diff(plain, hidden); diff != "" {
			t.Fatalf("%q is another label (-plain +disguised):\n%s", build(""), diff)
		}
		bad := build(danger)
		var rs rawzpl.Refusals
		if _, _, err := rawzpl.Read([]byte(bad)); !errors.As(err, &rs) || rs[0].Command[1:] != danger[1:3] {
			t.Fatalf("%q: %v, want %s refused by name", bad, err, danger)
		}
	})
}

// safe is the whole of what may reach a printer, looked for in the simplest way:
// no tilde, no control character, and each caret before one of these.
func safe(t interface{ Fatalf(string, ...any) }, content string) {
	const may = " XA XZ FS FH FD FV GF GB GC GD GE XG IM B0 B1 B2 B3 B4 B5 B7 B8 B9 BA BB BC BD BE BF BI BJ BK BL BM BO BP BQ BR BS BT BU BX BY BZ " +
		"CF CI CV FB FC FM FO FP FR FT FW GS JM LH LL LR LS MU PA PM PO PW TB "
	if !strings.HasPrefix(content, "^XA") || !strings.HasSuffix(content, "^XZ") || strings.Count(content, "^XA") != 1 || strings.Count(content, "^XZ") != 1 {
		t.Fatalf("no single format: %q", content)
	}
	for i := range len(content) {
		switch b := content[i]; {
		case b == '~' || b < ' ' || b == 0x7f:
			t.Fatalf("byte %q in %q", b, content)
		case b == '^' && content[i+1] != 'A' && !strings.Contains(may, " "+content[i+1:i+3]+" "):
			t.Fatalf("command %q in %q", content[i:i+3], content)
		}
	}
	if lower := strings.ToLower(strings.ReplaceAll(content, " ", "")); strings.Contains(lower, "!u1") {
		t.Fatalf("the other language in %q", content)
	}
}

func FuzzRead(f *testing.F) {
	for _, d := range dangers {
		f.Add("^XA" + d + "^FDa^FS^XZ")
		f.Add("^XA^CC/^CT+^CD;" + strings.NewReplacer("^", "/", "~", "+").Replace(d) + "/FDa/FS/XZ")
	}
	f.Add("^XA^FH\\^FDa\\5Eb^FS^GFA,8,8,1,FF,:!gH^FS^PQ3^XZ\n^XA^CC/ /FDa^b/FS/XZ")
	f.Add("^XA^CC/ /FO1,2^JUS/GFA,1,1,1,F^JUS/FS/FH^/FDa^JUS/FS/XZ")
	f.Add("^XA^CC//FD^/FD/XZ")
	f.Add("^XA^CT+^FD~JR! U1^FS^XZ")
	f.Add("^XA^FD^FW^PA^XZ")
	f.Fuzz(func(t *testing.T, in string) {
		read, _, err := rawzpl.Read([]byte(in))
		if (err == nil) == (len(read) == 0) {
			t.Fatalf("%d labels, error %v", len(read), err)
		}
		for _, l := range read {
			safe(t, string(l.Content))
			again, notes, err := rawzpl.Read(l.Content)
			if err != nil || len(notes) > 0 || len(again) != 1 || again[0].Copies != 1 || string(again[0].Content) != string(l.Content) {
				t.Fatalf("%q read again is %v, notes %v, error %v", l.Content, again, notes, err)
			}
		}
	})
}

// What is written anew looks as it did.
func TestReadDrawsTheSame(t *testing.T) {
	for _, in := range []string{
		"^XA^PW400^LL200^FO20,20^A0N,30,30^FDHello, world^FS^FO10,60^BY2^BCN,60,N,N,N^FH^FD>;12_33456^FS^XZ",
		"^XA^PW400^LL200^LH10,10^FO0,0^GB50,50,25^FS^FO100,10^GFA,8,8,1,FF818181\n818181FF^FS^XZ",
	} {
		read, _, err := rawzpl.Read([]byte(in))
		if err != nil {
			t.Fatal(err)
		}
		want, err := zplview.Render([]byte(in), labels.DPI203)
		if err != nil || len(want.Unknown) > 0 {
			t.Fatalf("%v, unknown %v", err, want.Unknown)
		}
		got, err := zplview.Render(read[0].Content, labels.DPI203)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-as sent +written anew):\n%s", in, diff)
		}
	}
}
