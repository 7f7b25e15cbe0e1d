package barcode

import "strings"

// An aztecMode is one of the five readings of a code in an Aztec symbol
// (ISO/IEC 24778, table 2).
type aztecMode uint8

const (
	aztecUpper aztecMode = iota
	aztecLower
	aztecMixed
	aztecPunct
	aztecDigit
	aztecModes
)

// Codes with a meaning of their own. A shift to punctuation is 0 in all modes
// but punctuation, where 0 is FLG(n).
const (
	aztecPunctShift  = 0
	aztecFlag        = 0
	aztecBinaryShift = 31
)

// The characters of each mode; \x80 takes the place of what has another
// meaning.
var aztecChars = [aztecModes]string{
	aztecUpper: "\x80 ABCDEFGHIJKLMNOPQRSTUVWXYZ",
	aztecLower: "\x80 abcdefghijklmnopqrstuvwxyz",
	aztecMixed: "\x80 \x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x1b\x1c\x1d\x1e\x1f@\\^_`|~\x7f",
	aztecPunct: "\x80\r\x80\x80\x80\x80!\"#$%&'()*+,-./:;<=>?[]{}",
	aztecDigit: "\x80 0123456789,.",
}

// aztecPairs are the pairs of characters that punctuation writes as one, from
// code 2 on.
const aztecPairs = "\r\n. , : "

// aztecLatches are the codes that change from one mode to another for good; a
// change that has none goes by way of others.
var aztecLatches = [aztecModes][aztecModes]int{
	aztecUpper: {aztecLower: 28, aztecMixed: 29, aztecDigit: 30},
	aztecLower: {aztecMixed: 29, aztecDigit: 30},
	aztecMixed: {aztecLower: 28, aztecUpper: 29, aztecPunct: 30},
	aztecPunct: {aztecUpper: 31},
	aztecDigit: {aztecUpper: 14},
}

// aztecUpperShifts are the codes for one capital letter.
var aztecUpperShifts = [aztecModes]int{aztecLower: 28, aztecDigit: 15}

// aztecCodes holds the code of each character in each mode and one; 0 where it
// has none.
var aztecCodes = func() (codes [aztecModes][256]uint8) {
	for m, chars := range aztecChars {
		for code, c := range []byte(chars) {
			if c != 0x80 {
				codes[m][c] = uint8(code + 1)
			}
		}
	}
	return codes
}()

// width returns how many bits a code of a mode has.
func (m aztecMode) width() int {
	if m == aztecDigit {
		return 4
	}
	return 5
}

// What may be done at a character.
const (
	aztecWrite      = iota // it, in the mode
	aztecWritePair         // it and the next, in punctuation
	aztecShift             // it, shifted to punctuation
	aztecShiftPair         // it and the next, shifted to punctuation
	aztecCapital           // it, shifted to upper case
	aztecShort             // so many bytes as they are, at most 31
	aztecLong              // bytes as they are, from here on: 32 at least
	aztecByte              // one of those
	aztecEndOfBytes        // no more of them
	aztecLatch             // to another mode
)

// What shifts to bytes cost before the bytes.
const (
	aztecShortHead = 5 + 5
	aztecLongHead  = 5 + 5 + 11
	aztecShortMost = 31
)

// aztecBinary are the states of being among many bytes, from upper, lower or
// mixed, to which the text returns; punctuation and digits have no such shift.
const (
	aztecBinary = int(aztecModes)
	aztecStates = aztecBinary + 3
)

// An aztecStep is what to do at a character in a state, and what the whole
// rest costs then, in bits.
type aztecStep struct {
	cost int32
	do   uint8
	arg  uint8
}

// aztecPlan finds, for each character and each state, the way on that takes
// the fewest bits. It goes from the end, so that everything it builds on is
// known. Of ways equally short it always takes the same.
func aztecPlan(text []byte) [][aztecStates]aztecStep {
	plan := make([][aztecStates]aztecStep, len(text)+1)
	for i := len(text) - 1; i >= 0; i-- {
		here := &plan[i]
		for s := range here {
			here[s].cost = far
		}
		for m := range aztecModes {
			aztecInMode(plan, text, i, m)
		}
		for range aztecModes - 1 {
			for from := range aztecModes {
				for to, code := range aztecLatches[from] {
					if code != 0 {
						here[from].take(here[to].cost+int32(from.width()), aztecLatch, uint8(to))
					}
				}
			}
		}
		for m := aztecUpper; m <= aztecMixed; m++ {
			b := &here[aztecBinary+int(m)]
			b.take(plan[i+1][aztecBinary+int(m)].cost+8, aztecByte, 0)
			b.take(here[m].cost, aztecEndOfBytes, 0)
		}
	}
	return plan
}

func (s *aztecStep) take(cost int32, do, arg uint8) {
	if cost < s.cost {
		*s = aztecStep{cost, do, arg}
	}
}

// aztecInMode finds the best way on from character i that writes it and is in
// mode m then.
func aztecInMode(plan [][aztecStates]aztecStep, text []byte, i int, m aztecMode) {
	here, c := &plan[i][m], text[i]
	width := int32(m.width())
	pair := 0
	if i+1 < len(text) {
		pair = aztecPair(c, text[i+1])
	}
	if aztecCodes[m][c] != 0 {
		here.take(plan[i+1][m].cost+width, aztecWrite, 0)
	}
	switch {
	case m == aztecPunct && pair != 0:
		here.take(plan[i+2][m].cost+5, aztecWritePair, uint8(pair))
	case m == aztecPunct:
	case pair != 0:
		here.take(plan[i+2][m].cost+width+5, aztecShiftPair, uint8(pair))
		fallthrough
	default:
		if aztecCodes[aztecPunct][c] != 0 {
			here.take(plan[i+1][m].cost+width+5, aztecShift, 0)
		}
	}
	if aztecUpperShifts[m] != 0 && aztecCodes[aztecUpper][c] != 0 {
		here.take(plan[i+1][m].cost+width+5, aztecCapital, 0)
	}
	if m > aztecMixed {
		return
	}
	for n := 1; n <= min(aztecShortMost, len(text)-i); n++ {
		here.take(plan[i+n][m].cost+int32(aztecShortHead+8*n), aztecShort, uint8(n))
	}
	// Fewer than 32 bytes are never cheaper this way, so it is never taken for them.
	here.take(plan[i+1][aztecBinary+int(m)].cost+aztecLongHead+8, aztecLong, 0)
}

// aztecPair returns the code of two characters, or 0.
func aztecPair(a, b byte) int {
	if i := strings.Index(aztecPairs, string([]byte{a, b})); i >= 0 && i%2 == 0 {
		return 2 + i/2
	}
	return 0
}

// aztecBits are bits, one to a byte.
type aztecBits []byte

func (b *aztecBits) put(v, n int) {
	for n--; n >= 0; n-- {
		*b = append(*b, byte(v>>n&1))
	}
}

// aztecText appends the fewest bits that say text, beginning in upper case.
func (b *aztecBits) text(text []byte) {
	plan := aztecPlan(text)
	m, bytes := aztecUpper, 0 // bytes is 1 among them, and 0 elsewhere
	for i := 0; i < len(text); {
		s := plan[i][int(m)+aztecBinary*bytes]
		switch width := m.width(); s.do {
		case aztecWrite:
			b.put(int(aztecCodes[m][text[i]])-1, width)
			i++
		case aztecWritePair:
			b.put(int(s.arg), 5)
			i += 2
		case aztecShift:
			b.put(aztecPunctShift, width)
			b.put(int(aztecCodes[aztecPunct][text[i]])-1, 5)
			i++
		case aztecShiftPair:
			b.put(aztecPunctShift, width)
			b.put(int(s.arg), 5)
			i += 2
		case aztecCapital:
			b.put(aztecUpperShifts[m], width)
			b.put(int(aztecCodes[aztecUpper][text[i]])-1, 5)
			i++
		case aztecShort:
			b.put(aztecBinaryShift, 5)
			b.put(int(s.arg), 5)
			for _, c := range text[i : i+int(s.arg)] {
				b.put(int(c), 8)
			}
			i += int(s.arg)
		case aztecLong:
			n := 1
			for plan[i+n][int(m)+aztecBinary].do == aztecByte && i+n < len(text) {
				n++
			}
			b.put(aztecBinaryShift, 5)
			b.put(0, 5)
			b.put(n-aztecShortMost, 11)
			b.put(int(text[i]), 8)
			i, bytes = i+1, 1
		case aztecByte:
			b.put(int(text[i]), 8)
			i++
		case aztecEndOfBytes:
			bytes = 0
		case aztecLatch:
			b.put(aztecLatches[m][s.arg], width)
			m = aztecMode(s.arg)
		}
	}
}
