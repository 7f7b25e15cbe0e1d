package barcode_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"waybill/labels/barcode"
)

// TestCodewordsSameAsTheReference holds that the quick search finds what the
// plain one does: the same symbol, not only one as short.
func TestCodewordsSameAsTheReference(t *testing.T) {
	char := rapid.OneOf(
		rapid.Map(rapid.IntRange('0', '9'), func(i int) barcode.Char { return barcode.Char(i) }),
		rapid.Map(rapid.IntRange('0', '9'), func(i int) barcode.Char { return barcode.Char(i) }),
		rapid.Map(rapid.IntRange(0, 127), func(i int) barcode.Char { return barcode.Char(i) }),
		rapid.SampledFrom([]barcode.Char{barcode.FNC1, 'A', 'a', '\t', 'Z', 0x1d, 31, 32, 95, 96, 127}),
	)
	rapid.Check(t, func(t *rapid.T) {
		chars := rapid.SliceOfN(char, 1, 60).Draw(t, "chars")
		want, err := referenceCodewords(chars)
		if err != nil {
			t.Fatal(err)
		}
		got, err := barcode.Codewords(chars)
		if err != nil || !slices.Equal(want, got) {
			t.Fatalf("%v (%v)\nwant %v", got, err, want)
		}
	})
}

// A referenceStep is how the shortest symbol goes on from one position in one set: the
// values to write, how many characters they take, and the set afterwards.
type referenceStep struct {
	cost   int
	values []int
	chars  int
	next   int
}

// referenceCodewords returns the shortest symbol for chars: start character, data,
// check character and stop. Of symbols equally short it always takes the same.
func referenceCodewords(chars []barcode.Char) ([]int, error) {
	if len(chars) == 0 {
		return nil, fmt.Errorf("no characters")
	}
	if len(chars) > 256 {
		return nil, fmt.Errorf("%d characters, of which at most %d can be tried", len(chars), 256)
	}
	for i, c := range chars {
		if c != barcode.FNC1 && (c < 0 || c > 127) {
			return nil, fmt.Errorf("character %d (0x%02X) is not ASCII; Code 128 holds ASCII only", i+1, int(c))
		}
	}
	// plan[i][s] is the best way from character i on, being in set s. It is
	// filled from the end, so every way it refers to is known.
	plan := make([][3]referenceStep, len(chars)+1)
	for i := len(chars) - 1; i >= 0; i-- {
		var stay [3]referenceStep
		for s := range 3 {
			stay[s] = referenceInSet(plan, chars, i, s)
		}
		for s := range 3 {
			best := stay[s]
			for to := range 3 {
				if to != s && stay[to].cost > 0 && (best.cost == 0 || stay[to].cost+1 < best.cost) {
					best = referenceStep{cost: stay[to].cost + 1, values: []int{101 - to}, next: to}
				}
			}
			plan[i][s] = best
		}
	}
	set := 0
	for _, s := range []int{2, 1} { // digits start in C, letters in B where it makes no difference
		if plan[0][s].cost < plan[0][set].cost || (plan[0][s].cost == plan[0][set].cost && set == 0) {
			set = s
		}
	}
	words := []int{103 + set}
	for i := 0; i < len(chars); {
		st := plan[i][set]
		words = append(words, st.values...)
		i, set = i+st.chars, st.next
	}
	return append(words, referenceCheck(words), 106), nil
}

// referenceInSet returns the cheapest way on from character i that writes it in set
// s or shifted for one character; cost 0 means that there is none.
func referenceInSet(plan [][3]referenceStep, chars []barcode.Char, i int, s int) referenceStep {
	var best referenceStep
	try := func(values []int, n int) {
		cost := len(values) + plan[i+n][s].cost
		if best.cost == 0 || cost < best.cost {
			best = referenceStep{cost: cost, values: values, chars: n, next: s}
		}
	}
	c := chars[i]
	switch {
	case c == barcode.FNC1:
		try([]int{102}, 1)
	case s == 2:
		if i+1 < len(chars) && referenceDigit(c) && referenceDigit(chars[i+1]) {
			try([]int{int(c-'0')*10 + int(chars[i+1]-'0')}, 2)
		}
	case s == 0 && c < 96:
		try([]int{referenceInA(c)}, 1)
	case s == 1 && c >= 32:
		try([]int{int(c) - 32}, 1)
	case s == 0:
		try([]int{98, int(c) - 32}, 1)
	default:
		try([]int{98, referenceInA(c)}, 1)
	}
	return best
}

func referenceDigit(c barcode.Char) bool { return c >= '0' && c <= '9' }

func referenceInA(c barcode.Char) int {
	if c < 32 {
		return int(c) + 64
	}
	return int(c) - 32
}

func referenceCheck(words []int) int {
	sum := words[0]
	for i, w := range words[1:] {
		sum += (i + 1) * w
	}
	return sum % 103
}
