package barcode

import (
	"fmt"
	"unicode/utf8"
)

// highest is the last character of ISO/IEC 8859-1, which is what Code 128 holds
// (ISO/IEC 15417): its upper half by the function character FNC4.
const highest Char = 0xff

// A wideState is a code set, and whether two FNC4 have made the upper half of
// ISO/IEC 8859-1 the one that characters are read in: twice the set, and one.
type wideState uint8

const wideStates = 6

func stateOf(set codeSet, upper bool) wideState {
	s := wideState(2 * set)
	if upper {
		s++
	}
	return s
}

func (s wideState) set() codeSet { return codeSet(s / 2) }
func (s wideState) upper() bool  { return s%2 == 1 }

// wideWords returns the start and the data of the shortest symbol for chars,
// of which some are beyond ASCII. Of symbols equally short it always takes the
// same.
func wideWords(chars []Char) []int {
	choices := make([][wideStates]uint8, len(chars))
	costs := widePlan(chars, choices)
	state := stateOf(setA, false)
	for _, set := range []codeSet{setC, setB} { // as where all is ASCII
		if s := stateOf(set, false); costs[s] < costs[state] || (costs[s] == costs[state] && state.set() == setA) {
			state = s
		}
	}
	words := make([]int, 1, costs[state]+3)
	words[0] = valueStartA + int(state.set())
	for i := 0; i < len(chars); {
		if next := choices[i][state]; next != stay {
			to := wideState(next - 1)
			if to.set() != state.set() {
				words = append(words, latch(to.set()))
			} else {
				words = append(words, fnc4(to.set()), fnc4(to.set()))
			}
			state = to
			continue
		}
		c := chars[i]
		if c != FNC1 && state.set() != setC {
			if (c > 127) != state.upper() {
				words = append(words, fnc4(state.set()))
			}
			c &= 127 // which FNC4, before a shift, has said the half of
		}
		var after Char
		if i+1 < len(chars) {
			after = chars[i+1]
		}
		words, i = appendChar(words, state.set(), c, after), i+1
		if state.set() == setC && c != FNC1 {
			i++
		}
	}
	return words
}

// widePlan is plan for characters beyond ASCII. Digits in pairs are digits,
// whatever half of the characters is in force: set C has no other.
func widePlan(chars []Char, choices [][wideStates]uint8) (costs [wideStates]int) {
	var behind [wideStates]int // the costs from the character after the next
	for i := len(chars) - 1; i >= 0; i-- {
		c := chars[i]
		var here [wideStates]int
		for s := range wideState(wideStates) {
			here[s] = 1 + costs[s]
			switch {
			case c == FNC1:
			case s.set() != setC:
				if (c > 127) != s.upper() {
					here[s]++ // FNC4
				}
				if low := c & 127; s.set() == setA && low >= 96 || s.set() == setB && low < 32 {
					here[s]++ // shifted
				}
			case digit(c) && i+1 < len(chars) && digit(chars[i+1]):
				here[s] = 1 + behind[s]
			default:
				here[s] = far
			}
		}
		behind, costs = costs, here
		for range 3 { // set, half and set again: more changes at one place are never shorter
			for s := range wideState(wideStates) {
				for to := range wideState(wideStates) {
					if change := wideChange(s, to); costs[to]+change < costs[s] {
						costs[s], choices[i][s] = costs[to]+change, uint8(to+1)
					}
				}
			}
		}
	}
	return costs
}

// wideChange returns what it costs to go from one state to another at once.
func wideChange(from, to wideState) int {
	switch {
	case from.upper() == to.upper():
		return 1
	case from.set() == to.set() && from.set() != setC:
		return 2
	}
	return far
}

// fnc4 returns the value of FNC4, which is that of the change to the set one is
// in.
func fnc4(set codeSet) int {
	if set == setA {
		return valueCodeA
	}
	return valueCodeB
}

// appendLatin1 appends the characters of a text in UTF-8 to dst. What ISO/IEC
// 8859-1 has not is refused, never replaced by something like it.
func appendLatin1(dst []Char, text []byte) ([]Char, error) {
	for i := 0; i < len(text); {
		if b := text[i]; b < utf8.RuneSelf {
			dst, i = append(dst, Char(b)), i+1
			continue
		}
		r, n := utf8.DecodeRune(text[i:])
		switch {
		case r == utf8.RuneError && n <= 1:
			return nil, fmt.Errorf("byte %d (0x%02X) is neither ASCII nor UTF-8, so no reader could know what it says; convert the text to UTF-8", i+1, text[i])
		case r > rune(highest):
			return nil, fmt.Errorf("character %d is %q (U+%04X), and Code 128 holds ISO 8859-1, up to U+00FF; write it in Latin letters, or take a QR code, which holds every character",
				len(dst)+1, r, r)
		}
		dst, i = append(dst, Char(r)), i+n
	}
	return dst, nil
}
