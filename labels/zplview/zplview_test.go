package zplview_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/labels"
	"waybill/labels/barcode"
	"waybill/labels/verify"
	"waybill/labels/zplview"
)

func render(t *testing.T, format string) zplview.View {
	t.Helper()
	v, err := zplview.Render([]byte(format), labels.DPI203)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// ink returns the black rectangle, and refuses views with unknown commands.
func ink(t *testing.T, v zplview.View) [4]int {
	t.Helper()
	if len(v.Unknown) > 0 {
		t.Errorf("unknown: %q", v.Unknown)
	}
	x, y, w, h := v.Dots.Ink()
	return [4]int{x, y, w, h}
}

func TestWhereThingsLand(t *testing.T) {
	for name, tc := range map[string]struct {
		in   string
		want [4]int
	}{
		"blank":              {"", [4]int{}},
		"solid":              {"^FO10,20^GB30,40,30^FS", [4]int{10, 20, 30, 40}},
		"line":               {"^FO10,20^GB30,0,3^FS", [4]int{10, 20, 30, 3}},
		"frame":              {"^FO10,20^GB30,40,2^FS", [4]int{10, 20, 30, 40}},
		"home":               {"^LH5,6^FO10,20^GB3,4,3^FS", [4]int{15, 26, 3, 4}},
		"shift":              {"^LS5^FO10,20^GB3,4,3^FS", [4]int{5, 20, 3, 4}},
		"by its foot":        {"^FT10,20^GB3,4,3^FS", [4]int{10, 16, 3, 4}},
		"upside down":        {"^POI^FO0,0^GB3,4,3^FS", [4]int{97, 96, 3, 4}},
		"hex":                {"^FO1,1^GFA,4,4,2,C0030003^FS", [4]int{1, 1, 16, 2}},
		"run lengths":        {"^FO0,0^GFA,8,8,2,!:H0HF,^FS", [4]int{0, 0, 16, 3}},
		"base64":             {"^FO0,0^GFA,2,2,1,:B64:/4E=:EF02^FS", [4]int{0, 0, 8, 2}},
		"white on black":     {"^FO0,0^GB20,20,20^FS^FO0,0^GB20,10,10,W^FS", [4]int{0, 10, 20, 10}},
		"reversed":           {"^FO0,0^GB20,20,20^FS^FO0,0^FR^GB20,10,10^FS", [4]int{0, 10, 20, 10}},
		"comment":            {"^FXhello, world^FS^FO1,1^GB2,2,2^FS", [4]int{1, 1, 2, 2}},
		"lower case":         {"^fo10,20^gb30,40,30^fs", [4]int{10, 20, 30, 40}},
		"broken over lines":  {"^FO10,\r\n20^GB30,\n40,30^FS", [4]int{10, 20, 30, 40}},
		"past the edge":      {"^FO90,40^GB500,500,500^FS", [4]int{90, 40, 10, 60}},
		"printer's settings": {"^JMA^MUD^PMN^LRN^MMT^MNW^PR4^MD5^CI28^FO1,1^GB2,2,2^FS", [4]int{1, 1, 2, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			v := render(t, "^XA^PW100^LL100"+tc.in+"^XZ")
			if diff := cmp.Diff(tc.want, ink(t, v)); diff != "" {
				t.Errorf("ink (-want +got):\n%s", diff)
			}
		})
	}
}

// TestBarsSayWhatTheyShould reads ^BC in its two common modes with a decoder
// that is not ours.
func TestBarsSayWhatTheyShould(t *testing.T) {
	for name, tc := range map[string]struct {
		in, want  string
		symbology labels.Symbology
	}{
		"plain":          {"^BCN,80,N,N,N^FDABC123", "ABC123", labels.Code128},
		"start C":        {"^BCN,80,N,N,N,N^FD>;123456", "123456", labels.Code128},
		"B to C":         {"^BCN,80,N,N,N,N^FD>:AB>5123456", "AB123456", labels.Code128},
		"C to B":         {"^BCN,80,N,N,N,N^FD>;1234>6ab", "1234ab", labels.Code128},
		"UPS":            {"^BCN,80,N,N,N,N^FD>:1Z999AA1>50123456784", "1Z999AA10123456784", labels.Code128},
		"set A":          {"^BCN,80,N,N,N,N^FD>9333435", "ABC", labels.Code128},
		"specials":       {"^BCN,80,N,N,N,N^FD>:a>0b><c>=d", "a>b^c~d", labels.Code128},
		"hex":            {"^BCN,80,N,N,N,N^FH_^FD>:a_5Fb", "a_b", labels.Code128},
		"no escape":      {"^BCN,80,N,N,N,N^FD>:a_5Fb", "a_5Fb", labels.Code128},
		"GS1":            {"^BCN,80,N,N,N,N^FD>;>8420941079400111899223100001234", "420941079400111899223100001234", labels.GS1128},
		"separator":      {"^BCN,80,N,N,N,N^FD>;>842094107>89400111899223100001234", "42094107\x1d9400111899223100001234", labels.GS1128},
		"automatic":      {"^BCN,80,N,N,N,A^FD1Z999AA10123456784", "1Z999AA10123456784", labels.Code128},
		"automatic odd":  {"^BCN,80,N,N,N,A^FD12345AB", "12345AB", labels.Code128},
		"height by ^BY":  {"^BY3,3,80^BCN,,N,N,N,N^FD>;123456", "123456", labels.Code128},
		"with the text":  {"^BCN,80,Y,N,N,N^FD>;123456", "123456", labels.Code128},
		"FNC4 in B":      {"^BCN,80,Y,N,N,N^FD>:Zo>6k!", "Zoë!", labels.Code128},
		"FNC4 twice":     {"^BCN,80,Y,N,N,N^FD>:>6>6ekd>6!>6>6x>512", "åëä!x12", labels.Code128},
		"FNC4 in A":      {"^BCN,80,Y,N,N,N^FD>933>7333473", "A\u00c1B\t", labels.Code128},
		"FNC4 and shift": {"^BCN,80,Y,N,N,N^FD>:>6>4Aa", "\u00c1a", labels.Code128},
		"QR":             {"^BQN,2,4^FDMA,hello world", "hello world", labels.QR},
		"QR, high level": {"^BQN,2,4^FDHA,WB1/1/2", "WB1/1/2", labels.QR},
	} {
		t.Run(name, func(t *testing.T) {
			v := render(t, "^XA^PW812^LL300^BY2^FO60,60"+tc.in+"^FS^XZ")
			if len(v.Unknown) > 0 {
				t.Errorf("unknown: %q", v.Unknown)
			}
			if v.Barcodes != 1 {
				t.Errorf("%d barcodes, want 1", v.Barcodes)
			}
			found, err := verify.Decode(v.Dots)
			if err != nil || len(found) != 1 {
				t.Fatalf("found %v (%v), want one symbol", found, err)
			}
			if found[0].Text != tc.want || found[0].Symbology != tc.symbology {
				t.Errorf("read %s %q, want %s %q", found[0].Symbology, found[0].Text, tc.symbology, tc.want)
			}
		})
	}
}

// TestWhatIsNotKnownIsReported holds that nothing is passed over in silence.
func TestWhatIsNotKnownIsReported(t *testing.T) {
	for _, tc := range [][2]string{
		{"^XA^ZZ^XZ", "^ZZ"},
		{"^XA~JA^XZ", "~JA"},
		{"~HS^XA^XZ", "~HS before ^XA"},
		{"hello ^XA^XZ", "text before ^XA"},
		{"^XA^XA^XZ", "^XA inside a format"},
		{"^XA^BCN,80^FD>;1x^FS^XZ", "^BC: set C wants pairs of digits"},
		{"^XA^FO0,0^GFA,2,2,1,:Z64:xx:0000^FS^XZ", "^GF: checksum"},
		{"^XA^FO0,0^GFA,2,2,1,:Q64:xx:0000^FS^XZ", "^GF"},
		{"^XA^FO0,0^GFA,2,200000,1,FF^FS^XZ", "^GF with sizes"},
		{"^XA^FO0,0^GB5,5,1^FS^PW99^XZ", "^PW after a field"},
		{"^XA^A1N,20^FO0,0^FDx^FS^XZ", "^A1"},
		{"^XA^FO0,0^FD\u4e2d^FS^XZ", "U+4E2D"},
		{"^XA^DFR:X.ZPL^FS^XZ", "^DF"},
		{"^XA^PW15000^LL15000^FO0,0^GB5,5,5^FS^XZ", "more dots than any"},
		{"^XA^FO0,0^A0N,9000^FDx^FS^XZ", "higher than the label"},
		{"^XA^CI5^XZ", "^CI5"},
		{"^XA^BCN,80,N,N,N,N^FD>:\u00e9^FS^XZ", "^BC: byte 0xC3"},
		{"^XA^BY2^BCN,80,N,N,N,A^FH_^FD_0D^FS^XZ", "^BC: byte 0x0D"},
		{"^XA^JMB^FO0,0^GB2,2,2^FS^XZ", "^JM"},
		{"^XA^MUI^FO0,0^GB2,2,2^FS^XZ", "^MU"},
		{"^XA^MUD,150,300^FO0,0^GB2,2,2^FS^XZ", "^MU"},
		{"^XA^BCN,80,N,N,N,V^FDx^FS^XZ", "^BC mode V"},
		{"^XA^BCN,80,N,N,N,U^FDx^FS^XZ", "^BC: mode U wants digits"},
		{"^XA^BCN,80,N,N,Y,N^FDab^FS^XZ", "wants digits"},
		{"^XA^FO0,0^GFC,2,2,1,xx^FS^XZ", "^GFC"},
		{"^XA^FO0,0,2^GB2,2,2^FS^XZ", "justified by the script"},
		{"^XA^FO0,0^XGR:A.GRF^FS^XZ", "not stored"},
		{"^XA^XFR:A.ZPL^FS^XZ", "not stored"},
		{"^XA^BXN,5,140^FDx^FS^XZ", "quality"},
		{"^XA^BXN,5,200^FD_9^FS^XZ", "escape"},
		{"^XA^BEN,80^FDabc^FS^XZ", "^BE"},
		{"^XA^B3N,N,80^FD\u00e9^FS^XZ", "^B3"},
		{"^XA^B2N,80^FDx^FS^XZ", "^B2"},
		{"^XA^BD2^FDx^FS^XZ", "^BD"},
		{"^XA^BD4,1,2^FDx^FS^XZ", "several"},
		{"^XA^BTN^FDx^FS^XZ", "^BT"},
		{"^XA^GSN,20,20^FDE^FS^XZ", "^GS E"},
		{"^XA^BQN,1,4^FDMA,x^FS^XZ", "model 1"},
		{"^XA^BQN,2,4^FDMM,B0009x^FS^XZ", "^BQ with field data"},
		{"^XA^CWT,E:X.TTF^XZ", "^CW"},
		{"^XA^LF^XZ", "^LF"}, // prints a list of fonts
		{"^XA^FO0,0^A0N,30^FDx^XZ", "without ^FS"},
		{"^XA^FO0,0^A0N,30^FDx^FO5,5^GB2,2,2^FS^XZ", "without ^FS"},
		{"^XA^BQN,2,100^FDHA," + strings.Repeat("x", 99999) + "^FS^XZ", "^BQ"},
	} {
		in, want := tc[0], tc[1]
		v := render(t, in)
		if !slices.ContainsFunc(v.Unknown, func(s string) bool { return strings.Contains(s, want) }) {
			t.Errorf("%.60s: unknown %q, want one that says %q", in, v.Unknown, want)
		}
	}
}

func TestCopies(t *testing.T) {
	for in, want := range map[string]int{"^XA^XZ": 1, "^XA^PQ3^XZ": 3, "^XA^PQ0^XZ": 1, "^XA^PQ2,0,1,Y^XZ": 2} {
		if got := render(t, in).Copies; got != want {
			t.Errorf("%s: %d copies, want %d", in, got, want)
		}
	}
}

func TestSplit(t *testing.T) {
	var got []string
	for _, part := range zplview.Split([]byte("^XA^PQ2^XZ\n^xa^xz ^XA")) {
		got = append(got, string(part))
	}
	if diff := cmp.Diff([]string{"^XA^PQ2^XZ", "\n^xa^xz", " ^XA"}, got); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
}

func TestNoFormat(t *testing.T) {
	for _, in := range []string{"", "hello", "^XA^FO1,1", "^XZ", "~HS"} {
		if _, err := zplview.Render([]byte(in), labels.DPI203); !errors.Is(err, zplview.ErrNoFormat) {
			t.Errorf("%q: error %v, want ErrNoFormat", in, err)
		}
	}
}

func TestTextIsDrawn(t *testing.T) {
	v := render(t, "^XA^PW400^LL200^CI28^CF0,40^FO20,30^FH_^FDZo_C3_AB^FS^FO20,90^A0N,30^FB300,2,0,C^FDone\\&two^FS^XZ")
	got := ink(t, v)
	if got[1] < 20 || got[1] > 60 || got[3] < 60 || got[2] < 60 {
		t.Errorf("ink %v, want two texts", got)
	}
}

// TestSymbolsOfTheTwoReadersAgree holds our own bars against the reader's for
// every symbol value in set C.
func TestSymbolsOfTheTwoReadersAgree(t *testing.T) {
	for n := range 100 {
		want := string([]byte{'0' + byte(n/10), '0' + byte(n%10)}) + "00"
		s, err := barcode.Encode(labels.Code128, []byte(want), barcode.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s.ModuleDots, s.HeightDots = 2, 20
		page := labels.NewDots(300, 40)
		page.Draw(s.Drawing(), 40, 10)
		found, err := verify.Decode(page)
		if err != nil || len(found) != 1 || found[0].Text != want {
			t.Errorf("%s: found %v (%v)", want, found, err)
		}
	}
}

func FuzzRender(f *testing.F) {
	for _, s := range []string{
		"^XA^PW100^LL50^FO10,20^GB30,40,30^FS^XZ", "^XA^FO60,60^BCN,80,Y,N,N,N^FD>:AB>5123456^FS^XZ",
		"^XA^FO1,1^GFA,4,4,2,C0030003^FS^XZ", "^XA^FO0,0^GFA,8,8,2,!:K0F,^FS^XZ", "^XA^FO0,0^GFA,2,2,1,:B64:/4E=:EF02^FS^XZ",
		"^XA^CF0,40^FO20,30^FH_^FDZo_C3_AB^FS^XZ", "^XA^A0N,30^FB300,2,0,C^FDone\\&two^FS^PQ3^XZ", "^XA^BQN,2,4^FDMA,hi^FS^XZ",
		"^XA^CC/^FWR/A0I,30,9/FT9,9,1/FB99,3,-4,J,5/FDa b c/FS/GE9,9,2/FS/GD9,8,1/FS/PMY/BD2/FDx/FS/XZ", "~DGR:A.GRF,2,1,FF00^XA^DFR:F^FN1^FS^XZ",
		"^XA^XFR:F^FN1^FDx^FS^XGR:A,9,9^FS^SN1,1,Y^FS^GFB,2,2,1,^~^FS^TBN,9,9^FDx^FS^GB9,9,1,B,8^FS^B7N,1^FDx^FS^BY9^B2B,9^FD1^FS^XZ",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, format []byte) {
		if len(format) > 4096 {
			return
		}
		var m zplview.Memory
		_ = m.Load(format, zplview.Prefixes{}) // what it could not store is not there
		v, err := zplview.RenderAs(format, labels.DPI203, zplview.Options{Memory: &m, Copy: len(format)})
		if err == nil && (v.Copies < 1 || v.Dots.W < 1 || v.Dots.H < 1 || len(v.Unknown) > 100) {
			t.Errorf("%d copies, %d by %d dots, %d unknown", v.Copies, v.Dots.W, v.Dots.H, len(v.Unknown))
		}
	})
}
