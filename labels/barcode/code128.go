package barcode

import (
	"fmt"

	"waybill/labels"
)

// A Char is what one position of a Code 128 payload holds: a byte of ASCII or
// FNC1. FNC1 has a value of its own, so that no letter of a text can become
// one.
type Char int16

// FNC1 is the function character that marks and separates GS1 data.
const FNC1 Char = 0x100

// The symbol values with a meaning of their own.
const (
	valueShift  = 98
	valueCodeC  = 99
	valueCodeB  = 100
	valueCodeA  = 101
	valueFNC1   = 102
	valueStartA = 103
	valueStop   = 106
)

// A codeSet is one of the three readings of a symbol value.
type codeSet int

const (
	setA codeSet = iota
	setB
	setC
)

// maxChars keeps the search for the shortest symbol small; no label has room
// for a longer one.
const maxChars = 256

// A step is how the shortest symbol goes on from one position in one set: the
// values to write, how many characters they take, and the set afterwards.
type step struct {
	cost   int
	values []int
	chars  int
	next   codeSet
}

// Codewords returns the shortest symbol for chars: start character, data,
// check character and stop. Of symbols equally short it always takes the same.
func Codewords(chars []Char) ([]int, error) {
	if len(chars) == 0 {
		return nil, fmt.Errorf("no characters")
	}
	if len(chars) > maxChars {
		return nil, fmt.Errorf("%d characters, of which at most %d can be tried", len(chars), maxChars)
	}
	for i, c := range chars {
		if c != FNC1 && (c < 0 || c > 127) {
			return nil, fmt.Errorf("character %d (0x%02X) is not ASCII; Code 128 holds ASCII only", i+1, int(c))
		}
	}
	// plan[i][s] is the best way from character i on, being in set s. It is
	// filled from the end, so every way it refers to is known.
	plan := make([][3]step, len(chars)+1)
	for i := len(chars) - 1; i >= 0; i-- {
		var stay [3]step
		for s := setA; s <= setC; s++ {
			stay[s] = bestInSet(plan, chars, i, s)
		}
		for s := setA; s <= setC; s++ {
			best := stay[s]
			for to := setA; to <= setC; to++ {
				if to != s && stay[to].cost > 0 && (best.cost == 0 || stay[to].cost+1 < best.cost) {
					best = step{cost: stay[to].cost + 1, values: []int{latch(to)}, next: to}
				}
			}
			plan[i][s] = best
		}
	}
	set := setA
	for _, s := range []codeSet{setC, setB} { // digits start in C, letters in B where it makes no difference
		if plan[0][s].cost < plan[0][set].cost || (plan[0][s].cost == plan[0][set].cost && set == setA) {
			set = s
		}
	}
	words := []int{valueStartA + int(set)}
	for i := 0; i < len(chars); {
		st := plan[i][set]
		words = append(words, st.values...)
		i, set = i+st.chars, st.next
	}
	return append(words, check(words), valueStop), nil
}

// bestInSet returns the cheapest way on from character i that writes it in set
// s or shifted for one character; cost 0 means that there is none.
func bestInSet(plan [][3]step, chars []Char, i int, s codeSet) step {
	var best step
	try := func(values []int, n int) {
		cost := len(values) + plan[i+n][s].cost
		if best.cost == 0 || cost < best.cost {
			best = step{cost: cost, values: values, chars: n, next: s}
		}
	}
	c := chars[i]
	switch {
	case c == FNC1:
		try([]int{valueFNC1}, 1)
	case s == setC:
		if i+1 < len(chars) && digit(c) && digit(chars[i+1]) {
			try([]int{int(c-'0')*10 + int(chars[i+1]-'0')}, 2)
		}
	case s == setA && c < 96:
		try([]int{valueInA(c)}, 1)
	case s == setB && c >= 32:
		try([]int{int(c) - 32}, 1)
	case s == setA:
		try([]int{valueShift, int(c) - 32}, 1)
	default:
		try([]int{valueShift, valueInA(c)}, 1)
	}
	return best
}

func digit(c Char) bool { return c >= '0' && c <= '9' }

func latch(to codeSet) int {
	switch to {
	case setA:
		return valueCodeA
	case setB:
		return valueCodeB
	case setC:
	}
	return valueCodeC
}

func valueInA(c Char) int {
	if c < 32 {
		return int(c) + 64
	}
	return int(c) - 32
}

// check returns the check character of a symbol's start and data.
func check(words []int) int {
	sum := words[0]
	for i, w := range words[1:] {
		sum += (i + 1) * w
	}
	return sum % 103
}

// CheckCharacter returns the check character of a symbol's start character and
// data.
func CheckCharacter(words []int) (int, error) {
	if len(words) == 0 {
		return 0, fmt.Errorf("check character of an empty symbol")
	}
	return check(words), nil
}

// Bars returns the bars of a symbol, start to stop, as one row of modules.
func Bars(words []int) (labels.Dots, error) {
	width := 0
	for _, w := range words {
		if w < 0 || w > valueStop {
			return labels.Dots{}, fmt.Errorf("symbol character %d is outside 0 to %d", w, valueStop)
		}
		width += 11
	}
	if len(words) > 0 && words[len(words)-1] == valueStop {
		width += 2
	}
	bars := labels.NewDots(width, 1)
	x := 0
	for _, w := range words {
		for i, n := range patterns[w] {
			if i%2 == 0 {
				bars.FillRect(x, 0, int(n-'0'), 1)
			}
			x += int(n - '0')
		}
	}
	return bars, nil
}

// patterns holds the widths of bars and spaces of each symbol value, beginning
// with a bar (ISO/IEC 15417, table 1).
var patterns = [...]string{
	"212222", "222122", "222221", "121223", "121322", "131222", "122213", "122312", "132212", "221213",
	"221312", "231212", "112232", "122132", "122231", "113222", "123122", "123221", "223211", "221132",
	"221231", "213212", "223112", "312131", "311222", "321122", "321221", "312212", "322112", "322211",
	"212123", "212321", "232121", "111323", "131123", "131321", "112313", "132113", "132311", "211313",
	"231113", "231311", "112133", "112331", "132131", "113123", "113321", "133121", "313121", "211331",
	"231131", "213113", "213311", "213131", "311123", "311321", "331121", "312113", "312311", "332111",
	"314111", "221411", "431111", "111224", "111422", "121124", "121421", "141122", "141221", "112214",
	"112412", "122114", "122411", "142112", "142211", "241211", "221114", "413111", "241112", "134111",
	"111242", "121142", "121241", "114212", "124112", "124211", "411212", "421112", "421211", "212141",
	"214121", "412121", "111143", "111341", "131141", "114113", "114311", "411113", "411311", "113141",
	"114131", "311141", "411131", "211412", "211214", "211232", "2331112",
}
