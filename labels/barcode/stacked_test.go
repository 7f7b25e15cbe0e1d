package barcode_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/internal/raced"
	"waybill/labels"
	"waybill/labels/barcode"
)

// pixels returns the modules of a symbol, a string of 0 and 1 a row, taking
// every so many rows one.
func pixels(m labels.Dots, every int) []string {
	var rows []string
	for y := 0; y < m.H; y += every {
		row := make([]byte, m.W)
		for x := range row {
			row[x] = '0'
			if m.Black(x, y) {
				row[x] = '1'
			}
		}
		rows = append(rows, string(row))
	}
	return rows
}

// dump returns rows of modules as zint dumps them, without blanks.
func dump(rows []string) string {
	var b strings.Builder
	for i, row := range rows {
		if i > 0 {
			b.WriteByte(' ')
		}
		for ; row != ""; row = row[min(4, len(row)):] {
			v, err := strconv.ParseUint((row + "000")[:4], 2, 4)
			if err != nil {
				return err.Error()
			}
			b.WriteString(strconv.FormatUint(v, 16))
		}
	}
	return b.String()
}

// TestGoldenStacked holds symbols that Debian's zint 2.11.1 draws module for
// module the same, and that npm's zxing-wasm 3.1.4 reads back.
func TestGoldenStacked(t *testing.T) {
	for _, tc := range []struct {
		name    string
		sym     labels.Symbology
		payload string
		o       barcode.Options
		want    string
	}{
		{
			"Data Matrix", labels.DataMatrix, "ABCDEF",
			barcode.Options{},
			"aaa a6f b2c 987 890 bc5 ade daf b52 fdd d4a fff",
		},
		{
			"GS1 Data Matrix", labels.GS1DataMatrix, "(01)09521234543213",
			barcode.Options{},
			"aaaa cf63 8b10 b359 ec9e a6df a724 f3e1 80ae c64f 9144 fab3 cec4 9c7d c192 ffff",
		},
		{
			"PDF417", labels.PDF417, "WAYBILL ONE",
			barcode.Options{Columns: 2, Level: "2", RowModules: 1},
			"ff547d5f350c1ce88f5787f452 ff547ea3a37c9cbcef5207f452 ff54757e374e1309cea3f7f452 ff546bcfb28c10c64af3c7f452 " +
				"ff5475c323bf5e632f5ce7f452 ff547af42edc13d98ebe87f452 ff5474efa11418446d3bc7f452 ff547d2c22f05f762afdc7f452",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, err := barcode.Encode(tc.sym, []byte(tc.payload), tc.o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, dump(pixels(s.Modules, 1))); diff != "" {
				t.Errorf("modules (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDataMatrixSizes holds the smallest squares and rectangles for payloads
// that want each of the encodations.
func TestDataMatrixSizes(t *testing.T) {
	for _, tc := range []struct {
		payload       string
		shape         string
		rows, columns int
	}{
		{"123456", "", 10, 10},
		{"WAYBILL 1234", "", 16, 16},
		{"the quick brown fox jumps over the lazy dog 0123456789", "", 26, 26},
		{"1600 AMPHITHEATRE PKWY*MOUNTAIN VIEW*CA*94043", "", 24, 24},
		{"!\"#$%&'()*+,-./:;<=>", "", 18, 18},
		{strings.Repeat("é", 20), "", 26, 26},
		{strings.Repeat("0", 3116), "", 144, 144},
		{"123456", "rectangle", 8, 18},
		{"WAYBILL 1234", "rectangle", 8, 32},
	} {
		s, err := barcode.Encode(labels.DataMatrix, []byte(tc.payload), barcode.Options{Shape: tc.shape})
		if err != nil {
			t.Errorf("%.20q: %v", tc.payload, err)
			continue
		}
		if s.Modules.H != tc.rows || s.Modules.W != tc.columns {
			t.Errorf("%.20q: %d by %d, want %d by %d", tc.payload, s.Modules.H, s.Modules.W, tc.rows, tc.columns)
		}
	}
}

// ascii are payloads of runs that want different compactions and encodations.
func ascii() *rapid.Generator[string] {
	return rapid.Map(rapid.SliceOfN(rapid.OneOf(
		rapid.StringMatching(`[0-9]{1,50}`), rapid.StringMatching(`[A-Z0-9 ]{1,12}`), rapid.StringMatching(`[a-z ]{1,12}`),
		rapid.StringMatching(`[ -^]{1,9}`), rapid.StringMatching(`[\x01-\x7f]{1,7}`), rapid.StringMatching(`[A-Z0-9*>\r]{1,12}`),
	), 1, 6), func(parts []string) string { return strings.Join(parts, "") })
}

// TestStackedNeverLargerThanZint holds our sizes against those of zint, which
// shares nothing with us.
func TestStackedNeverLargerThanZint(t *testing.T) {
	raced.Skip(t)
	needZint(t)
	rapid.Check(t, func(r *rapid.T) {
		payload, columns := ascii().Draw(r, "payload"), rapid.IntRange(6, 30).Draw(r, "columns")
		data := strings.NewReplacer(`\`, `\\`).Replace(payload)
		for _, tc := range []struct {
			sym   labels.Symbology
			o     barcode.Options
			every int
			args  []string
		}{
			{labels.DataMatrix, barcode.Options{}, 1, []string{"-b", "DATAMATRIX", "--square"}},
			{labels.PDF417, barcode.Options{Columns: columns, Level: "3"}, 3, []string{"-b", "PDF417", "--secure=3", "--cols=" + strconv.Itoa(columns)}},
		} {
			ours, err := barcode.Encode(tc.sym, []byte(payload), tc.o)
			if err != nil {
				r.Fatal(err)
			}
			theirs := fromZint(t, append(tc.args, "--binary", "--esc", "-d", data)...)
			if ours.Modules.H/tc.every > len(theirs) {
				r.Fatalf("%s: %d rows, zint %d", tc.sym, ours.Modules.H/tc.every, len(theirs))
			}
		}
	})
}

// TestPDF417LikeZint compares module for module, and so codeword for codeword,
// where there is one shortest way: digits, and capitals.
func TestPDF417LikeZint(t *testing.T) {
	needZint(t)
	rapid.Check(t, func(r *rapid.T) {
		payload := rapid.OneOf(rapid.StringMatching(`[0-9]{30,90}`), rapid.StringMatching(`[A-Z ]{1,90}`)).Draw(r, "payload")
		columns, level := rapid.IntRange(4, 30).Draw(r, "columns"), rapid.IntRange(0, 5).Draw(r, "level")
		s, err := barcode.Encode(labels.PDF417, []byte(payload), barcode.Options{Columns: columns, Level: strconv.Itoa(level)})
		if err != nil {
			r.Fatal(err)
		}
		want := fromZint(t, "-b", "PDF417", "--cols="+strconv.Itoa(columns), "--secure="+strconv.Itoa(level), "-d", payload)
		if diff := cmp.Diff(bare(want), bare(pixels(s.Modules, 3))); diff != "" {
			r.Fatalf("modules (-zint +ours):\n%s", diff)
		}
	})
}

// bare returns rows without the white behind them, which zint fills up with.
func bare(rows []string) string {
	for i, row := range rows {
		rows[i] = strings.TrimRight(row, "0")
	}
	return strings.Join(rows, "\n")
}

func TestStackedRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		sym     labels.Symbology
		payload string
		o       barcode.Options
		want    string
	}{
		"too much":            {labels.DataMatrix, strings.Repeat("x", 3000), barcode.Options{}, "too much"},
		"far too much":        {labels.DataMatrix, strings.Repeat("1", 4000), barcode.Options{}, "at most 3116"},
		"no such size":        {labels.DataMatrix, "x", barcode.Options{Rows: 11, Columns: 11}, "no such size"},
		"no such shape":       {labels.DataMatrix, "x", barcode.Options{Shape: "round"}, "no such size"},
		"too much for a size": {labels.DataMatrix, "too much", barcode.Options{Rows: 10, Columns: 10}, "too much"},
		"not UTF-8":           {labels.DataMatrix, "\xff", barcode.Options{}, "not UTF-8"},
		"a name in GS1":       {labels.GS1DataMatrix, "10Zoë", barcode.Options{}, "ASCII only"},
		"PDF not UTF-8":       {labels.PDF417, "\xff", barcode.Options{}, "not UTF-8"},
		"PDF too much":        {labels.PDF417, strings.Repeat("x", 2000), barcode.Options{}, "fit no symbol"},
		"PDF far too much":    {labels.PDF417, strings.Repeat("1", 3000), barcode.Options{}, "at most 2710"},
		"PDF level":           {labels.PDF417, "x", barcode.Options{Level: "9"}, "0 to 8"},
		"PDF level of QR":     {labels.PDF417, "x", barcode.Options{Level: "M"}, "0 to 8"},
		"PDF rows":            {labels.PDF417, "x", barcode.Options{Rows: 91}, "3 to 90"},
		"PDF columns":         {labels.PDF417, "x", barcode.Options{Columns: 31}, "1 to 30"},
		"PDF row height":      {labels.PDF417, "x", barcode.Options{RowModules: -1}, "1 to 100"},
		"PDF shape":           {labels.PDF417, strings.Repeat("x", 90), barcode.Options{Rows: 3, Columns: 3}, "fit no symbol"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := barcode.Encode(tc.sym, []byte(tc.payload), tc.o); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want one that says %q", err, tc.want)
			}
		})
	}
}

// TestPDF417CharactersAreOfTheirCluster holds the rule that the table was made
// by: four bars and four spaces of one to six modules, whose bars tell the
// cluster (ISO/IEC 15438:2015, 5.3.1), each there once.
func TestPDF417CharactersAreOfTheirCluster(t *testing.T) {
	seen := map[uint32]bool{}
	for cluster := range 3 {
		for value := range 929 {
			bits := barcode.PDF417Character(cluster, value)
			var runs []int
			for i, last := 16, uint32(9); i >= 0; i-- {
				if bit := bits >> i & 1; bit != last {
					runs, last = append(runs, 0), bit
				}
				runs[len(runs)-1]++
			}
			if len(runs) != 8 || (runs[0]-runs[2]+runs[4]-runs[6]+9)%9 != 3*cluster || seen[bits] {
				t.Errorf("cluster %d, value %d: %v", 3*cluster, value, runs)
			}
			seen[bits] = true
		}
	}
	if barcode.PDF417Character(3, 0) != 0 || barcode.PDF417Character(0, 929) != 0 {
		t.Error("there are characters past the table's end")
	}
}

func BenchmarkDataMatrix(b *testing.B) {
	for b.Loop() {
		if _, err := barcode.Encode(labels.DataMatrix, []byte("https://example.com/track/1Z999AA10123456784?o=5764614130387"), barcode.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPDF417(b *testing.B) {
	payload := []byte(strings.Repeat("Waybill 12345678901234567890. ", 7)[:200])
	for b.Loop() {
		if _, err := barcode.Encode(labels.PDF417, payload, barcode.Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
