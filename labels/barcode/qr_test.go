package barcode_test

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/internal/raced"
	"waybill/labels"
	"waybill/labels/barcode"
)

// picture returns modules as lines of text, # for black.
func picture(d labels.Dots) []string {
	lines := make([]string, d.H)
	for y := range d.H {
		line := []byte(strings.Repeat(".", d.W))
		for x := range d.W {
			if d.Black(x, y) {
				line[x] = '#'
			}
		}
		lines[y] = string(line)
	}
	return lines
}

// TestQRExampleOfTheStandard holds the symbol of ISO/IEC 18004, annex I. Zint
// 2.11.1 draws the same, and zxing-cpp reads it.
func TestQRExampleOfTheStandard(t *testing.T) {
	s, err := barcode.Encode(labels.QR, []byte("01234567"), barcode.Options{Level: "M"})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"#######..#.##.#######",
		"#.....#..####.#.....#",
		"#.###.#.#.....#.###.#",
		"#.###.#.##....#.###.#",
		"#.###.#.#.###.#.###.#",
		"#.....#.#...#.#.....#",
		"#######.#.#.#.#######",
		"........#..##........",
		"#.#####..#..#.#####..",
		"...#.#.##.#.#..#.##..",
		"..#...##.#.#.#..#####",
		"....#....#.....####..",
		"...######..#.#..#....",
		"........#.#####..##..",
		"#######..##.#.##.....",
		"#.....#.#.#####...#.#",
		"#.###.#.#...#..#.##..",
		"#.###.#.##..#..#.....",
		"#.###.#.#.##.#..#.#..",
		"#.....#........##.##.",
		"#######.####.#..#.#..",
	}
	if diff := cmp.Diff(want, picture(s.Modules)); diff != "" {
		t.Errorf("symbol (-want +got):\n%s", diff)
	}
}

// exhaustive returns the fewest bits for payload, by trying every mode for
// every character.
func exhaustive(payload string, class int, gs1 bool) int {
	count := [][]int{{10, 9, 8}, {12, 11, 16}, {14, 13, 16}}[class]
	const alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
	least := 1 << 30
	var try func(i, mode, run, bits int) // run: characters in the segment so far
	end := func(mode, run int) int {
		switch mode {
		case 0:
			return (10*run + 2) / 3
		case 1:
			return (11*run + 1) / 2
		}
		return 8 * run
	}
	try = func(i, mode, run, bits int) {
		if i == len(payload) {
			least = min(least, bits+end(mode, run))
			return
		}
		c := payload[i]
		for next := range 3 {
			n := 1
			switch {
			case next == 0 && (c < '0' || c > '9'):
				continue
			case next == 1 && gs1 && c == '%':
				n = 2
			case next == 1 && gs1 && c == '\x1d':
				if i+1 < len(payload) && strings.IndexByte("%\x1d", payload[i+1]) >= 0 {
					continue
				}
			case next == 1 && strings.IndexByte(alphanumeric, c) < 0:
				continue
			}
			if next == mode {
				try(i+1, next, run+n, bits)
				continue
			}
			before := bits
			if mode >= 0 {
				before += end(mode, run)
			}
			try(i+1, next, n, before+4+count[next])
		}
	}
	try(0, -1, 0, 0)
	return least
}

func TestQRSegmentsAreShortest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		class, gs1 := rapid.IntRange(0, 2).Draw(t, "class"), rapid.Bool().Draw(t, "gs1")
		// Runs of one kind, so that a change of mode may pay; lengths that the
		// exhaustive search can bear.
		payload := ""
		for len(payload) < 9 {
			payload += strings.Repeat(rapid.SampledFrom([]string{"1", "7", "A", "%", "\x1d", "b"}).Draw(t, "kind"), rapid.IntRange(1, 7).Draw(t, "run"))
		}
		payload = payload[:min(len(payload), 13)]
		if got, want := barcode.QRBits([]byte(payload), class, gs1), exhaustive(payload, class, gs1); got != want {
			t.Fatalf("%q takes %d bits, want %d", payload, got, want)
		}
	})
}

// penalty is ISO/IEC 18004, 7.8.3.1, module by module.
func penalty(lines []string) int {
	size, sum := len(lines), 0
	columns := make([]string, size)
	for x := range size {
		for y := range size {
			columns[x] += lines[y][x : x+1]
		}
	}
	for _, line := range slices.Concat(lines, columns) {
		for i := 0; i < size; {
			n := 1
			for i+n < size && line[i+n] == line[i] {
				n++
			}
			if n >= 5 {
				sum += 3 + n - 5
			}
			i += n
		}
		wide := "...." + line + "...."
		for i := range size - 6 {
			if wide[i+4:i+11] == "#.###.#" && (wide[i:i+4] == "...." || wide[i+11:i+15] == "....") {
				sum += 40
			}
		}
	}
	for y := range size - 1 {
		for x := range size - 1 {
			if square := lines[y][x:x+2] + lines[y+1][x:x+2]; square == "...." || square == "####" {
				sum += 3
			}
		}
	}
	dark := strings.Count(strings.Join(lines, ""), "#")
	for away := 5; ; away += 5 { // per cent from one half
		if 100*dark > (50-away)*size*size && 100*dark < (50+away)*size*size {
			return sum
		}
		sum += 10
	}
}

func TestQRPenaltyIsTheStandards(t *testing.T) {
	raced.Skip(t)
	rapid.Check(t, func(t *rapid.T) {
		size := 17 + 4*rapid.SampledFrom([]int{1, 2, 10, 11, 12, 20, 27, 28, 40}).Draw(t, "version")
		// What is charged for, strung together across the words' edges.
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{"#.###.#", "....#.###.#....", "#", ".", "#####", "......", "#.", "##..", strings.Repeat("#", 70)}), 5, 60).Draw(t, "parts")
		text := strings.Join(parts, "")
		d := labels.NewDots(size, size)
		for i := range size * size {
			if text[(i+i/size*3)%len(text)] == '#' {
				if y, x := i/size, i%size; y%2 == 0 {
					d.Set(x, y)
				} else {
					d.Set(y, x)
				}
			}
		}
		if got, want := barcode.QRPenalty(d), penalty(picture(d)); got != want {
			t.Fatalf("charged %d, want %d", got, want)
		}
	})
}

// TestQRAsZintDrawsIt compares whole symbols with another encoder's: segments,
// character sets, error correction and masks. Which of several segmentations
// equally short an encoder takes is its own affair; for these payloads there
// is but one.
func TestQRAsZintDrawsIt(t *testing.T) {
	raced.Skip(t)
	zint, err := exec.LookPath("zint")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("zint is not installed; tools/install.sh does it")
		}
		t.Skip("zint is not installed: apt-get install zint")
	}
	for _, payload := range []string{
		"WB1/576461413038785752/1Z999AA10123456784", "01234567890123456789", "HELLO WORLD", "https://example.com/t/1Z999AA10123456784?lang=en",
		"Zoë Núñez", "Łukasz Żółć 00-950 WARSZAWA", "李小龍 94043", "Дмитро", "aB1", "A", strings.Repeat("3.14159 and so on; ", 30), strings.Repeat("9", 3000),
	} {
		for i, level := range []string{"L", "M", "Q", "H"} {
			for _, version := range []int{1, 7, 30} {
				o := barcode.Options{Level: level, MinVersion: version}
				s, err := barcode.Encode(labels.QR, []byte(payload), o)
				if err != nil {
					t.Fatal(err)
				}
				args := []string{"-b", "58", "--dump", "--secure=" + strconv.Itoa(i+1), "--vers=" + strconv.Itoa((s.Modules.W-17)/4), "-d", payload}
				if strings.ContainsFunc(payload, func(r rune) bool { return r > 127 }) {
					args = append(args, "--eci=26")
				}
				out, err := exec.Command(zint, args...).Output()
				if err != nil {
					t.Fatalf("zint %q: %v", args, err)
				}
				if diff := cmp.Diff(dumped(string(out), s.Modules.W), picture(s.Modules)); diff != "" {
					t.Errorf("%.30q at %+v (-zint +ours):\n%s", payload, o, diff)
				}
			}
		}
	}
}

// dumped reads zint's hexadecimal rows.
func dumped(out string, size int) []string {
	var lines []string
	for row := range strings.Lines(out) {
		line := ""
		for _, digit := range strings.ReplaceAll(strings.TrimSpace(row), " ", "") {
			v, err := strconv.ParseUint(string(digit), 16, 8)
			if err != nil {
				return []string{row}
			}
			line += strings.NewReplacer("0", ".", "1", "#").Replace(fmt.Sprintf("%04b", v))
		}
		lines = append(lines, line[:min(size, len(line))])
	}
	return lines
}

func TestQRRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		payload string
		o       barcode.Options
		want    string
	}{
		"level":                {"x", barcode.Options{Level: "X"}, `qr level "X": not known (have L, M, Q, H)`},
		"version":              {"x", barcode.Options{MinVersion: 41}, "qr version 41: want 1 to 40"},
		"one too many":         {strings.Repeat("x", 1274), barcode.Options{Level: "H"}, "shorten it or take a lower level"},
		"more than any holds":  {strings.Repeat("1", 7090), barcode.Options{Level: "L"}, "the largest holds 7089 digits"},
		"cut inside a letter":  {"Zo\xc3", barcode.Options{}, "convert it to UTF-8"},
		"GS1 beyond its ASCII": {"10ä", barcode.Options{GS1: true}, "byte 3 is not ASCII"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := barcode.Encode(labels.QR, []byte(tc.payload), tc.o)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want one that says %q", err, tc.want)
			}
		})
	}
	for payload, level := range map[string]string{strings.Repeat("x", 1273): "H", strings.Repeat("1", 7089): "L", strings.Repeat("A", 4296): "L"} {
		if _, err := barcode.Encode(labels.QR, []byte(payload), barcode.Options{Level: level}); err != nil {
			t.Errorf("%d bytes at %s: %v", len(payload), level, err)
		}
	}
}

// TestSmallAsLarge holds that the short way draws what the long one does, at
// every version it is for.
func TestSmallAsLarge(t *testing.T) {
	for _, level := range []string{"L", "M", "Q", "H"} {
		for n := 1; n < 330; n += 3 {
			payload := make([]byte, n)
			for i := range payload {
				payload[i] = byte('a' + (i*i*7+n*13+i*n)%26)
			}
			want, err := barcode.QRLarge(payload, level)
			if err != nil {
				t.Fatal(err)
			}
			got, err := barcode.Encode(labels.QR, payload, barcode.Options{Level: level})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got.Modules); diff != "" {
				t.Fatalf("%d bytes at %s, %d modules: (-want +got)\n%s", n, level, want.W, diff)
			}
		}
	}
}
