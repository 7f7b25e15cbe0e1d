package barcode_test

import (
	"testing"

	"pgregory.net/rapid"

	"waybill/labels/barcode"
)

// TestMaxiCodeTakesTheFewestCharacters holds the encoder against a plan that
// goes the other way.
func TestMaxiCodeTakesTheFewestCharacters(t *testing.T) {
	part := rapid.OneOf(
		rapid.StringMatching(`[A-Z0-9 ]{1,6}`), rapid.StringMatching(`[a-z@]{1,6}`), rapid.StringMatching(`[0-9]{8,10}`),
		rapid.StringMatching(`[\x00-\x1f]{1,4}`),
		rapid.Map(rapid.SliceOfN(rapid.ByteRange(0xc0, 0xdf), 1, 5), func(b []byte) string { return string(b) }),
		rapid.Map(rapid.SliceOfN(rapid.ByteRange(0x80, 0xff), 1, 5), func(b []byte) string { return string(b) }),
		rapid.Map(rapid.SliceOfN(rapid.Byte(), 1, 5), func(b []byte) string { return string(b) }),
	)
	rapid.Check(t, func(r *rapid.T) {
		var text []byte
		for _, p := range rapid.SliceOfN(part, 1, 8).Draw(r, "parts") {
			text = append(text, p...)
		}
		words, err := barcode.MaxiWords(text)
		if err != nil {
			r.Fatal(err)
		}
		if best := fewestMaxiWords(text); len(words) != best {
			r.Fatalf("%q: %d symbol characters, the fewest are %d", text, len(words), best)
		}
	})
}

// fewestMaxiWords returns how few symbol characters say a text: after each
// character it knows the fewest that end in each set.
func fewestMaxiWords(text []byte) int {
	const a, b, c, never = 0, 1, 2, 1 << 20
	cost := make([][5]int, len(text)+1)
	for i := range cost {
		cost[i] = [5]int{never, never, never, never, never}
	}
	cost[0][a] = 0
	for i, char := range text {
		now := cost[i]
		for from, n := range cost[i] {
			for to := range now {
				change := 1
				if to >= c {
					change = 2
				}
				if from != to {
					now[to] = min(now[to], n+change)
				}
			}
		}
		for set, n := range now {
			for in := range 5 {
				switch {
				case !barcode.MaxiIn(in, char):
				case in == set:
					cost[i+1][set] = min(cost[i+1][set], n+1)
				case in >= c || set <= b:
					cost[i+1][set] = min(cost[i+1][set], n+2)
				}
			}
			for k := 2; k <= 3 && set == b && i+k <= len(text); k++ {
				all := true
				for _, char := range text[i : i+k] {
					all = all && barcode.MaxiIn(a, char)
				}
				if all {
					cost[i+k][set] = min(cost[i+k][set], n+1+k)
				}
			}
			digits := i+9 <= len(text)
			for k := i; digits && k < i+9; k++ {
				digits = text[k] >= '0' && text[k] <= '9'
			}
			if digits {
				cost[i+9][set] = min(cost[i+9][set], n+6)
			}
		}
	}
	best := never
	for _, n := range cost[len(text)] {
		best = min(best, n)
	}
	return best
}
