package barcode_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/boombuler/barcode/aztec"
	"github.com/makiuchi-d/gozxing/aztec/decoder"
	"pgregory.net/rapid"

	"waybill/internal/raced"
	"waybill/labels"
	"waybill/labels/barcode"
)

// aztecTexts are texts that make modes change.
func aztecTexts() *rapid.Generator[string] {
	part := rapid.OneOf(
		rapid.StringMatching(`[A-Z ]{1,6}`), rapid.StringMatching(`[a-z ]{1,6}`), rapid.StringMatching(`[0-9,.]{1,6}`),
		rapid.StringMatching(`(\r\n|\. |, |: |[!-/:-?\[\]{}]){1,4}`), rapid.StringMatching(`[\x01-\x1f@\\^_|~\x7f]{1,4}`),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 1, 40), func(b []byte) string { return string(b) }),
	)
	return rapid.Map(rapid.SliceOfN(part, 1, 8), func(parts []string) string { return strings.Join(parts, "") })
}

// TestAztecTakesTheFewestBits holds the encoder against a plan that goes the
// other way and tries every run of bytes, and has gozxing read what it wrote.
func TestAztecTakesTheFewestBits(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		text := aztecTexts().Draw(r, "text")
		bits := barcode.AztecBits([]byte(text))
		if best := fewestAztecBits(text); len(bits) != best {
			r.Fatalf("%q: %d bits, the fewest are %d", text, len(bits), best)
		}
		flags := make([]bool, len(bits))
		for i, b := range bits {
			flags[i] = b != 0
		}
		got, err := decoder.NewDecoder().HighLevelDecode(flags)
		if err != nil {
			r.Fatal(err)
		}
		var want []rune
		for i := range len(text) {
			want = append(want, rune(text[i]))
		}
		if got != string(want) {
			r.Fatalf("%q reads %q", text, got)
		}
	})
}

// fewestAztecBits returns how few bits say a text. It is written to be plainly
// right: after each character it knows the fewest bits that end in each mode.
func fewestAztecBits(text string) int {
	const upper, lower, mixed, punct, digit, never = 0, 1, 2, 3, 4, 1 << 20
	in := [5]string{
		" ABCDEFGHIJKLMNOPQRSTUVWXYZ", " abcdefghijklmnopqrstuvwxyz",
		" \x01\x02\x03\x04\x05\x06\a\b\t\n\v\f\r\x1b\x1c\x1d\x1e\x1f@\\^_`|~\x7f", "\r!\"#$%&'()*+,-./:;<=>?[]{}", " 0123456789,.",
	}
	width := [5]int{5, 5, 5, 5, 4}
	// latch is what a change costs, with the modes between.
	latch := [5][5]int{
		upper: {0, 5, 5, 10, 5}, lower: {9, 0, 5, 10, 5}, mixed: {5, 5, 0, 5, 10}, punct: {5, 10, 10, 0, 10}, digit: {4, 9, 9, 14, 0},
	}
	cost := make([][5]int, len(text)+1)
	for i := range cost {
		cost[i] = [5]int{never, never, never, never, never}
	}
	cost[0] = [5]int{0: 0, 1: never, 2: never, 3: never, 4: never}
	reach := func(i, m, n int) { cost[i][m] = min(cost[i][m], n) }
	for i := range text {
		now := cost[i]
		for from := range now {
			for to := range now {
				now[to] = min(now[to], cost[i][from]+latch[from][to])
			}
		}
		pair := i+1 < len(text) && slices.Contains([]string{"\r\n", ". ", ", ", ": "}, text[i:i+2])
		for m, n := range now {
			if strings.IndexByte(in[m], text[i]) >= 0 {
				reach(i+1, m, n+width[m])
			}
			shift := width[m] + 5
			if m == punct {
				shift = 5
			}
			if pair {
				reach(i+2, m, n+shift)
			}
			if m != punct && strings.IndexByte(in[punct], text[i]) >= 0 {
				reach(i+1, m, n+shift)
			}
			if (m == lower || m == digit) && strings.IndexByte(in[upper], text[i]) >= 0 {
				reach(i+1, m, n+shift)
			}
			for k := 1; m <= mixed && k <= len(text)-i; k++ {
				head := 10
				if k > 31 {
					head = 21
				}
				reach(i+k, m, n+head+8*k)
			}
		}
	}
	best := never
	for _, n := range cost[len(text)] {
		best = min(best, n)
	}
	return best
}

// TestAztecDrawsAsBoombulerDoes holds the drawing against another encoder's,
// for texts that both write in the same bits: letters of one case.
func TestAztecDrawsAsBoombulerDoes(t *testing.T) {
	raced.Skip(t)
	same := 0
	for n := 1; n < 2900; n += 1 + n/20 {
		payload := []byte(strings.Repeat("PACKING DESK ", n/13+1)[:n])
		s, err := barcode.Encode(labels.Aztec, payload, barcode.Options{})
		if err != nil {
			t.Fatal(err)
		}
		// It takes the part that is error correction of the text, not of the
		// symbol; where the sizes are the same, all else must be.
		theirs, err := aztec.Encode(payload, 33, aztec.DEFAULT_LAYERS)
		if err != nil {
			t.Fatal(err)
		}
		if theirs.Bounds().Dx() != s.Modules.W || s.Modules.W == 67 || s.Modules.W == 131 {
			continue // in these two sizes it leaves out the outermost lines of the reference grid; zint does not
		}
		same++
		for y := range s.Modules.H {
			for x := range s.Modules.W {
				if dark, _, _, _ := theirs.At(x, y).RGBA(); (dark == 0) != s.Modules.Black(x, y) {
					t.Fatalf("%d letters: module %d,%d is another than boombuler's", n, x, y)
				}
			}
		}
	}
	if same < 60 {
		t.Errorf("%d symbols of the same size: too few to say anything", same)
	}
}

// TestAztecLikeZint compares every module with zint's, in all sizes, for texts
// that both write in the same bits.
func TestAztecLikeZint(t *testing.T) {
	raced.Skip(t)
	needZint(t)
	sizes := map[int]bool{}
	for n := 1; n < 3000; n += 1 + n/30 {
		payload := strings.Repeat("PACKINGDESK", n/11+1)[:n]
		s := encode(t, labels.Aztec, payload, barcode.Options{})
		want := fromZint(t, "-b", "92", "-d", payload)
		if len(want) != s.Modules.H {
			// In its smallest symbol zint has 6 words of 17 for correction, where 23 per cent and three are 7.
			if len(want) != 15 || s.Modules.H != 19 {
				t.Errorf("%d letters: %d modules, zint has %d", n, s.Modules.H, len(want))
			}
			continue
		}
		sizes[s.Modules.H] = true
		for y, row := range modules(s.Modules) {
			if row != want[y][:len(row)] {
				t.Fatalf("%d letters, row %d:\n%s, zint has\n%s", n, y, row, want[y])
			}
		}
	}
	if len(sizes) < 30 {
		t.Errorf("%d sizes of 33 were compared", len(sizes))
	}
}

func TestAztecSizes(t *testing.T) {
	for _, tc := range []struct {
		payload, level string
		want           int
	}{
		// The most that the symbols of 15, 19, 23 and 27 modules hold, and one more (ISO/IEC 24778, table 1).
		{strings.Repeat("1", 13), "", 15},
		{strings.Repeat("1", 14), "", 19},
		{strings.Repeat("A", 12), "", 15},
		{strings.Repeat("A", 13), "", 19},
		{strings.Repeat("1", 40), "", 19},
		{strings.Repeat("1", 41), "", 23},
		{strings.Repeat("1", 70), "", 23},
		{strings.Repeat("1", 71), "", 27},
		{strings.Repeat("1", 110), "", 27},
		{strings.Repeat("1", 111), "", 31},
		{strings.Repeat("1", 3832), "", 151},
		{"1234567890123", "50", 19},
		{"1234567890123", "90", 37},
		{"é", "", 15},
	} {
		s := encode(t, labels.Aztec, tc.payload, barcode.Options{Level: tc.level})
		if s.Modules.W != tc.want || s.Modules.H != tc.want {
			t.Errorf("%.20q of %d, level %q: %d modules, want %d", tc.payload, len(tc.payload), tc.level, s.Modules.W, tc.want)
		}
	}
}

func TestAztecRefused(t *testing.T) {
	for _, tc := range []struct{ payload, level, want string }{
		{"Zo\xeb", "", "byte 3 (0xEB) is neither ASCII nor UTF-8"},
		{strings.Repeat("1", 3833), "", "more than the largest holds with 23 per cent"},
		{strings.Repeat("李", 2300), "", "takes 55242 bits"},
		{"x", "M", "in per cent, 5 to 95"},
		{"x", "4", "in per cent, 5 to 95"},
	} {
		_, err := barcode.Encode(labels.Aztec, []byte(tc.payload), barcode.Options{Level: tc.level})
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%.20q, level %q: error %.200v, want %q", tc.payload, tc.level, err, tc.want)
		}
	}
}

// FuzzAztec holds that every text is refused, or is read as it is.
func FuzzAztec(f *testing.F) {
	f.Add([]byte("Hello, World. Zoë 12\r\n"))
	f.Add([]byte("東京 1-1-1"))
	f.Fuzz(func(t *testing.T, payload []byte) {
		s, err := barcode.Encode(labels.Aztec, payload, barcode.Options{})
		if err == nil && (s.Modules.W < 15 || s.Modules.W != s.Modules.H) {
			t.Errorf("%q: %d by %d modules", payload, s.Modules.W, s.Modules.H)
		}
	})
}

func BenchmarkAztec(b *testing.B) {
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			encode(b, labels.Aztec, sixty, barcode.Options{})
		}
	})
	b.Run("boombuler", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := aztec.Encode([]byte(sixty), 23, aztec.DEFAULT_LAYERS); err != nil {
				b.Fatal(err)
			}
		}
	})
}
