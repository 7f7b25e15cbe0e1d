package barcode

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Symbol characters of MaxiCode with a meaning of their own (ISO/IEC
// 16023). Sets A and B share all but the shifts to each other.
const (
	maxiNumeric = 31 // nine digits follow in five symbol characters
	maxiPad     = 33
	maxiShift   = 59 // from A to B, from B to A, for one character
	maxiShift2  = 56 // from B to A for two
	maxiShift3  = 57 // from B to A for three
	maxiShiftE  = 62
	maxiLatch   = 63 // to the other of the two
)

// maxiA returns the value of c in code set A.
func maxiA(c byte) (int, bool) {
	switch {
	case c == '\r':
		return 0, true
	case c >= 'A' && c <= 'Z':
		return int(c - 'A' + 1), true
	case c >= 0x1c && c <= 0x1e, c == ' ', c >= '"' && c <= ':':
		return int(c), true
	}
	return 0, false
}

// maxiPunctuation are the characters of code set B from 34 on.
const maxiPunctuation = "}~\x7f;<=>?[\\]^_ ,./:@!|"

// maxiB returns the value of c in code set B.
func maxiB(c byte) (int, bool) {
	switch {
	case c == '`':
		return 0, true
	case c >= 'a' && c <= 'z':
		return int(c - 'a' + 1), true
	case c >= 0x1c && c <= 0x1e:
		return int(c), true
	case c == '{':
		return 32, true
	}
	if i := strings.IndexByte(maxiPunctuation, c); i >= 0 {
		return 34 + i, true
	}
	return 0, false
}

// maxiE returns the value of c in code set E, where the control characters are.
func maxiE(c byte) (int, bool) {
	switch {
	case c <= 26:
		return int(c), true
	case c == 0x1b:
		return 30, true
	case c == 0x1f:
		return 35, true
	}
	return 0, false
}

// errNotASCII says which payloads wait for the other code sets.
var errNotASCII = errors.New("characters beyond ASCII in a MaxiCode")

// maxiStep is how the shortest text goes on: what to write for how many bytes,
// and the set afterwards.
type maxiStep struct {
	cost  int
	words []int
	bytes int
	set   int
}

// maxiText returns the fewest symbol characters for text, beginning in set A.
func maxiText(text []byte) ([]int, error) {
	const most = 93 / 6 * 9 * 2 // more cannot fit
	if len(text) > most {
		return nil, fmt.Errorf("%d characters are more than any MaxiCode holds", len(text))
	}
	for i, c := range text {
		if c > 127 {
			return nil, fmt.Errorf("%w (byte %d): %w", errNotASCII, i+1, ErrNotBuilt)
		}
	}
	plan := make([][2]maxiStep, len(text)+1)
	for i := len(text) - 1; i >= 0; i-- {
		a, b := maxiStay(plan, text, i, 0), maxiStay(plan, text, i, 1)
		plan[i] = [2]maxiStep{a, b}
		if b.cost+1 < a.cost {
			plan[i][0] = maxiStep{cost: b.cost + 1, words: []int{maxiLatch}, set: 1}
		}
		if a.cost+1 < b.cost {
			plan[i][1] = maxiStep{cost: a.cost + 1, words: []int{maxiLatch}, set: 0}
		}
	}
	var words []int
	for i, set := 0, 0; i < len(text); {
		s := plan[i][set]
		words = append(words, s.words...)
		i, set = i+s.bytes, s.set
	}
	return words, nil
}

// maxiStay returns the cheapest way on from byte i that writes it and is in the
// same set after it.
func maxiStay(plan [][2]maxiStep, text []byte, i, set int) maxiStep {
	var best maxiStep
	try := func(words []int, n int) {
		cost := len(words) + plan[i+n][set].cost
		if best.words == nil || cost < best.cost {
			best = maxiStep{cost: cost, words: words, bytes: n, set: set}
		}
	}
	a, inA := maxiA(text[i])
	b, inB := maxiB(text[i])
	e, inE := maxiE(text[i])
	switch {
	case set == 0 && inA:
		try([]int{a}, 1)
	case set == 1 && inB:
		try([]int{b}, 1)
	case set == 0 && inB:
		try([]int{maxiShift, b}, 1)
	case set == 1 && inA:
		try([]int{maxiShift, a}, 1)
	}
	if inE {
		try([]int{maxiShiftE, e}, 1)
	}
	if set == 1 {
		for n, shift := range []int{2: maxiShift2, 3: maxiShift3} {
			if words, ok := maxiAll(text, i, n); ok && n >= 2 {
				try(append([]int{shift}, words...), n)
			}
		}
	}
	if i+9 <= len(text) && onlyDigits(string(text[i:i+9])) == nil {
		v := number(string(text[i : i+9]))
		try([]int{maxiNumeric, v >> 24, v >> 18 & 63, v >> 12 & 63, v >> 6 & 63, v & 63}, 9)
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
		v, ok := maxiA(c)
		if !ok {
			return nil, false
		}
		words = append(words, v)
	}
	return slices.Clip(words), true
}
