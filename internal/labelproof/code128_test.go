package labelproof_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"waybill/internal/labelproof"
	"waybill/internal/raced"
	"waybill/labels/barcode"
)

// A code128Class is a kind of text whose best symbol is hard to find.
type code128Class struct {
	name string
	make func(r *rand.Rand) []barcode.Char
}

func code128Classes() []code128Class {
	chars := func(dst []barcode.Char, r *rand.Rand, n int, from string) []barcode.Char {
		for range n {
			dst = append(dst, barcode.Char(from[r.IntN(len(from))]))
		}
		return dst
	}
	const digits, letters = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	control := "abcxyz"
	for c := range 0x20 {
		control += string(rune(c))
	}
	return []code128Class{
		{"digits and letters in runs", func(r *rand.Rand) (s []barcode.Char) {
			for range 1 + r.IntN(5) {
				s = chars(s, r, r.IntN(5), letters)
				s = chars(s, r, r.IntN(9), digits)
			}
			return chars(s, r, 1, digits)
		}},
		{"GS1 with FNC1", func(r *rand.Rand) (s []barcode.Char) {
			for range 1 + r.IntN(4) {
				s = chars(append(s, barcode.FNC1), r, 2+r.IntN(3), digits)
				s = chars(s, r, r.IntN(8), digits)
				s = chars(s, r, r.IntN(4), digits+letters)
			}
			return s
		}},
		{"control and lower case", func(r *rand.Rand) []barcode.Char { return chars(nil, r, 1+r.IntN(20), control) }},
		{"digits", func(r *rand.Rand) []barcode.Char { return chars(nil, r, 1+r.IntN(40), digits) }},
		{"letters and digits", func(r *rand.Rand) []barcode.Char { return chars(nil, r, 1+r.IntN(30), digits+letters) }},
		{"Latin-1", func(r *rand.Rand) (s []barcode.Char) {
			for range 1 + r.IntN(16) {
				switch c := barcode.Char(r.IntN(256)); r.IntN(3) {
				case 0:
					s = append(s, c)
				case 1:
					s = append(s, 0xe0+c%0x20)
				default:
					s = append(s, '0'+c%0x4a)
				}
			}
			return s
		}},
	}
}

// TestCode128IsTheShortest holds our symbols against a plan that looks at
// every way there is, and against bwip-js's newer encoder.
func TestCode128IsTheShortest(t *testing.T) {
	raced.Skip(t)
	n := count(t, "STRINGS", 2000)
	node, err := labelproof.StartNode(t.Context(), root, "code128.mjs")
	missing(t, err)
	defer node.Close()
	for i, class := range code128Classes() {
		t.Run(class.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, uint64(i)))
			sum, wrong := 0, 0
			for done := 0; done < n && wrong < 10; done += 500 {
				texts := make([][]barcode.Char, min(500, n-done))
				for k := range texts {
					texts[k] = class.make(r)
				}
				theirs := bwip(t, node, texts)
				for k, text := range texts {
					words, err := barcode.Codewords(text)
					if err != nil {
						t.Fatalf("%v: %v", text, err)
					}
					sum += len(words)
					if best := shortest(text); len(words) != best || len(words) != theirs[k] {
						wrong++
						t.Errorf("%v: %d characters, the shortest has %d, bwip-js %d", text, len(words), best, theirs[k])
					}
				}
			}
			t.Logf("seed %d,%d: %d strings, %d symbol characters: as many as the shortest plan and as bwip-js, each", seed, i, n, sum)
		})
	}
}

func bwip(t *testing.T, node *labelproof.Node, texts [][]barcode.Char) []int {
	t.Helper()
	spelt := make([]string, len(texts))
	for i, text := range texts {
		for _, c := range text {
			spelt[i] += string(rune(c))
		}
	}
	var answer struct {
		Lengths []int `json:"lengths"`
	}
	if err := node.Ask(map[string]any{"texts": spelt}, &answer); err != nil {
		t.Fatal(err)
	}
	if len(answer.Lengths) != len(texts) {
		t.Fatal(fmt.Errorf("%d lengths for %d texts", len(answer.Lengths), len(texts)))
	}
	return answer.Lengths
}

// shortest returns how many characters the shortest Code 128 of a text has. It
// is written to be plainly right: after each character it knows the least
// number of symbol characters that end in each of the three sets, with the
// upper half of Latin-1 switched on or not.
func shortest(text []barcode.Char) int {
	const a, b, c, never = 0, 1, 2, 1 << 20
	type state [3][2]int
	all := func(n int) (s state) {
		for set := range s {
			s[set] = [2]int{n, n}
		}
		return s
	}
	// settle lets each state be reached from the others: a change of set takes
	// one character, one of halves two.
	settle := func(s state) state {
		for range 4 {
			for set := range s {
				for half := range 2 {
					for other := range s {
						s[set][half] = min(s[set][half], s[other][half]+1)
					}
					if set != c {
						s[set][half] = min(s[set][half], s[set][1-half]+2)
					}
				}
			}
		}
		return s
	}
	cost := make([]state, len(text)+2)
	for i := range cost {
		cost[i] = all(never)
	}
	cost[0] = state{{1, never}, {1, never}, {1, never}}
	for i, char := range text {
		now := settle(cost[i])
		if char == barcode.FNC1 {
			for set := range now {
				for half := range 2 {
					cost[i+1][set][half] = min(cost[i+1][set][half], now[set][half]+1)
				}
			}
			continue
		}
		for half := range 2 {
			if i+1 < len(text) && isDigit(char) && isDigit(text[i+1]) {
				cost[i+2][c][half] = min(cost[i+2][c][half], now[c][half]+1)
			}
			for _, set := range []int{a, b} {
				n := now[set][half] + 1
				if !inSet(set, char&0x7f) {
					n++ // SHIFT
				}
				if (char >= 0x80) != (half == 1) {
					n++ // FNC4
				}
				cost[i+1][set][half] = min(cost[i+1][set][half], n)
			}
		}
	}
	best := never
	for _, halves := range cost[len(text)] {
		best = min(best, halves[0], halves[1])
	}
	return best + 2 // check and stop
}

func isDigit(c barcode.Char) bool { return c >= '0' && c <= '9' }

func inSet(set int, c barcode.Char) bool {
	if set == 0 {
		return c < 0x60
	}
	return c >= 0x20
}
