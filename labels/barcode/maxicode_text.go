package barcode

import (
	"fmt"
	"slices"
)

// Symbol characters of MaxiCode with a meaning of their own (ISO/IEC
// 16023).
const (
	maxiECI     = 27 // a character set follows
	maxiNumeric = 31 // nine digits follow in five symbol characters
	maxiPad     = 33 // in sets A and B
	maxiTwoA    = 56 // from B to A for two
	maxiThreeA  = 57 // from B to A for three
	maxiToA     = 58 // from C, D and E to A for good
	maxiShiftAB = 59 // from A to B, from B to A, for one character
	maxiShiftC  = 60 // for one character; twice for good; those to D and E follow
	maxiLatchB  = 63 // to B for good, from B to A
)

// A maxiSet is one of the five code sets.
type maxiSet uint8

const (
	maxiSetA maxiSet = iota
	maxiSetB
	maxiSetC
	maxiSetD
	maxiSetE
	maxiSets
)

// maxiChars holds the characters of ISO/IEC 8859-1 in each set (ISO/IEC 16023,
// table of code sets), one for each value from 0 on.
var maxiChars = [maxiSets]string{
	maxiSetA: "\rABCDEFGHIJKLMNOPQRSTUVWXYZ" + maxiNone + "\x1c\x1d\x1e" + maxiNone + " " + maxiNone + "\"#$%&'()*+,-./0123456789:",
	maxiSetB: "`abcdefghijklmnopqrstuvwxyz" + maxiNone + "\x1c\x1d\x1e" + maxiNone + "{" + maxiNone + "}~\x7f;<=>?[\\]^_ ,./:@!|",
	maxiSetC: "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚ" + maxiNone + "\x1c\x1d\x1e" + maxiNone + "ÛÜÝÞßª¬±²³µ¹º¼½¾" +
		"\u0080\u0081\u0082\u0083\u0084\u0085\u0086\u0087\u0088\u0089" + maxiNone + " ",
	maxiSetD: "àáâãäåæçèéêëìíîïðñòóôõö÷øùú" + maxiNone + "\x1c\x1d\x1e" + maxiNone + "ûüýþÿ¡¨«¯°´·¸»¿" +
		"\u008a\u008b\u008c\u008d\u008e\u008f\u0090\u0091\u0092\u0093\u0094" + maxiNone + " ",
	maxiSetE: "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a" +
		maxiNone + maxiNone + maxiNone + "\x1b" + maxiNone + "\x1c\x1d\x1e\x1f\u009f\u00a0¢£¤¥¦§©\u00ad®¶" +
		"\u0095\u0096\u0097\u0098\u0099\u009a\u009b\u009c\u009d\u009e" + maxiNone + " ",
}

// maxiNone stands in maxiChars where a value is no character.
const maxiNone = "\ufffd"

// maxiValues holds the value of each character in each set and one; 0 where it
// has none.
var maxiValues = func() (values [maxiSets][256]uint8) {
	for set, chars := range maxiChars {
		for v, c := range []rune(chars) {
			if c <= rune(highest) {
				values[set][c] = uint8(v + 1)
			}
		}
	}
	return values
}()

// value returns the symbol character of c in a set.
func (s maxiSet) value(c byte) (int, bool) {
	v := int(maxiValues[s][c])
	return v - 1, v != 0
}

// shift returns the symbol character that gives the next one to another set;
// there is none from C, D and E to A and B.
func (s maxiSet) shift(to maxiSet) (int, bool) {
	switch {
	case s == to:
	case to >= maxiSetC:
		return maxiShiftC + int(to-maxiSetC), true
	case s <= maxiSetB:
		return maxiShiftAB, true
	}
	return 0, false
}

// latch returns what changes to another set for good.
func (s maxiSet) latch(to maxiSet) []int {
	switch {
	case to >= maxiSetC:
		shift := maxiShiftC + int(to-maxiSetC)
		return []int{shift, shift}
	case to == maxiSetA && s != maxiSetB:
		return []int{maxiToA}
	}
	return []int{maxiLatchB}
}

// maxiStep is how the shortest text goes on: what to write for how many bytes,
// and the set afterwards.
type maxiStep struct {
	cost  int
	words []int
	bytes int
	set   maxiSet
}

// maxiText returns the fewest symbol characters for text, beginning in set A,
// and the set it ends in. Before the first byte beyond ASCII the character set
// is announced, unless it is 0.
func maxiText(text []byte, eci int) ([]int, maxiSet, error) {
	const most = 93 / 6 * 9 * 2 // more cannot fit
	if len(text) > most {
		return nil, 0, fmt.Errorf("%d bytes are more than any MaxiCode holds", len(text))
	}
	plan := make([][maxiSets]maxiStep, len(text)+1)
	for i := len(text) - 1; i >= 0; i-- {
		var here [maxiSets]maxiStep
		for s := range maxiSets {
			here[s] = maxiStay(plan, text, i, s)
		}
		for s := range maxiSets {
			plan[i][s] = here[s]
			for to := range maxiSets {
				words := s.latch(to)
				if cost := here[to].cost + len(words); to != s && here[to].words != nil && (plan[i][s].words == nil || cost < plan[i][s].cost) {
					plan[i][s] = maxiStep{cost: cost, words: words, set: to}
				}
			}
		}
	}
	var words []int
	set := maxiSetA
	for i := 0; i < len(text); {
		if eci != 0 && text[i] > 127 {
			words, eci = append(words, maxiECI, eci), 0
		}
		s := plan[i][set]
		words = append(words, s.words...)
		i, set = i+s.bytes, s.set
	}
	return words, set, nil
}

// maxiStay returns the cheapest way on from byte i that writes it and is in the
// same set after it.
func maxiStay(plan [][maxiSets]maxiStep, text []byte, i int, set maxiSet) maxiStep {
	var best maxiStep
	try := func(n int, words ...int) {
		cost := len(words) + plan[i+n][set].cost
		if best.words == nil || cost < best.cost {
			best = maxiStep{cost: cost, words: words, bytes: n, set: set}
		}
	}
	if v, ok := set.value(text[i]); ok {
		try(1, v)
	} else {
		for to := range maxiSets {
			shift, ok := set.shift(to)
			if v, has := to.value(text[i]); ok && has {
				try(1, shift, v)
			}
		}
	}
	if set == maxiSetB {
		for n, shift := range []int{2: maxiTwoA, 3: maxiThreeA} {
			if words, ok := maxiAll(text, i, n); ok && n >= 2 {
				try(n, append([]int{shift}, words...)...)
			}
		}
	}
	if i+9 <= len(text) && onlyDigits(string(text[i:i+9])) == nil {
		v := number(string(text[i : i+9]))
		try(9, maxiNumeric, v>>24, v>>18&63, v>>12&63, v>>6&63, v&63)
	}
	return best
}

// maxiAll returns the values of n characters from i on in code set A.
func maxiAll(text []byte, i, n int) ([]int, bool) {
	if i+n > len(text) {
		return nil, false
	}
	words := make([]int, 0, n+1)
	for _, c := range text[i : i+n] {
		v, ok := maxiSetA.value(c)
		if !ok {
			return nil, false
		}
		words = append(words, v)
	}
	return slices.Clip(words), true
}
