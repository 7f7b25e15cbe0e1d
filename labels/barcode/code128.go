package barcode

import (
	"fmt"

	"waybill/labels"
)

// A Char is what one position of a Code 128 payload holds: a character of
// ISO/IEC 8859-1 or FNC1. FNC1 has a value of its own, so that no letter of a
// text can become one.
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

// far is more than any symbol costs.
const far = 1 << 20

// stay says that the next character is written in the set one is in, or
// shifted; every other choice is the set to change to, and one.
const stay = 0

// Codewords returns the shortest symbol for chars: start character, data,
// check character and stop. Of symbols equally short it always takes the same.
func Codewords(chars []Char) ([]int, error) {
	if len(chars) == 0 {
		return nil, fmt.Errorf("no characters")
	}
	if len(chars) > maxChars {
		return nil, fmt.Errorf("%d characters, of which at most %d can be tried", len(chars), maxChars)
	}
	wide := false
	for i, c := range chars {
		if c != FNC1 && (c < 0 || c > highest) {
			return nil, fmt.Errorf("character %d (U+%04X) is not of ISO 8859-1, which is what Code 128 holds", i+1, int(c))
		}
		wide = wide || c > 127 && c != FNC1
	}
	var words []int
	if wide {
		words = wideWords(chars)
	} else {
		words = asciiWords(chars)
	}
	return append(words, check(words), valueStop), nil
}

// asciiWords returns the start and the data of the shortest symbol for chars,
// all of ASCII or FNC1: the quick way for what nearly every symbol is.
func asciiWords(chars []Char) []int {
	var choices [maxChars][3]uint8
	costs := plan(chars, choices[:len(chars)])
	set := setA
	for _, s := range []codeSet{setC, setB} { // digits start in C, letters in B where it makes no difference
		if costs[s] < costs[set] || (costs[s] == costs[set] && set == setA) {
			set = s
		}
	}
	words := make([]int, 1, costs[set]+3)
	words[0] = valueStartA + int(set)
	for i := 0; i < len(chars); {
		if next := choices[i][set]; next != stay {
			set = codeSet(next - 1)
			words = append(words, latch(set))
			continue
		}
		var after Char
		if i+1 < len(chars) {
			after = chars[i+1]
		}
		c := chars[i]
		words, i = appendChar(words, set, c, after), i+1
		if set == setC && c != FNC1 {
			i++
		}
	}
	return words
}

// appendChar appends what writes c, of ASCII or FNC1, in a set or shifted out
// of it; in set C it writes two digits at once.
func appendChar(words []int, set codeSet, c, after Char) []int {
	switch {
	case c == FNC1:
		return append(words, valueFNC1)
	case set == setC:
		return append(words, int(c-'0')*10+int(after-'0'))
	case set == setA && c < 96:
		return append(words, valueInA(c))
	case set == setA:
		return append(words, valueShift, int(c)-32)
	case c >= 32:
		return append(words, int(c)-32)
	}
	return append(words, valueShift, valueInA(c))
}

// plan fills in the best choice from each character on, in each set, and
// returns what the whole costs from each set. It goes from the end, so that
// everything it builds on is known.
func plan(chars []Char, choices [][3]uint8) (costs [3]int) {
	var behind [3]int // the costs from the character after the next
	for i := len(chars) - 1; i >= 0; i-- {
		c := chars[i]
		here := [3]int{1 + costs[setA], 1 + costs[setB], far}
		switch {
		case c == FNC1:
			here[setC] = 1 + costs[setC]
		case c >= 96:
			here[setA]++ // shifted
		case c < 32:
			here[setB]++
		case digit(c) && i+1 < len(chars) && digit(chars[i+1]):
			here[setC] = 1 + behind[setC]
		}
		behind, costs = costs, here
		for s := range costs {
			for to, cost := range here {
				if cost+1 < costs[s] {
					costs[s], choices[i][s] = cost+1, uint8(to+1)
				}
			}
		}
	}
	return costs
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
	const wide = 11 // modules of a character; a stop has two more
	width := wide * len(words)
	for _, w := range words {
		if w < 0 || w > valueStop {
			return labels.Dots{}, fmt.Errorf("symbol character %d is outside 0 to %d", w, valueStop)
		}
	}
	if len(words) > 0 && words[len(words)-1] == valueStop {
		width += 2
	}
	bars := labels.NewDots(width, 1)
	pending, n, at := uint32(0), 0, 0
	for _, w := range words {
		pending, n = pending<<wide|uint32(characterBars[w]), n+wide
		for ; n >= 8; n -= 8 {
			bars.Bits[at] = byte(pending >> (n - 8))
			at++
		}
	}
	if width > wide*len(words) {
		pending, n = pending<<2|3, n+2 // a stop ends with a bar
	}
	for ; n > 0; n -= 8 {
		bars.Bits[at] = byte(pending << 8 >> n)
		at++
	}
	return bars, nil
}

// characterBars holds the first eleven modules of each symbol value, the
// leftmost highest.
var characterBars = func() (all [valueStop + 1]uint16) {
	for w, widths := range patterns {
		n := 0
		for i, d := range widths {
			for range d - '0' {
				if n++; n <= 11 {
					all[w] = all[w]<<1 | uint16(1-i%2)
				}
			}
		}
	}
	return all
}()

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
