package verify

import (
	"strings"

	"waybill/labels"
)

// A twoWidth collects what of a symbol of narrow and wide bars and spaces its
// decodability hangs on: for each character the threshold between narrow and
// wide, and how near its bars and spaces come to it (ISO/IEC 15416: what is
// left, over what an average bar would leave).
type twoWidth struct {
	chars        []nearest
	bars, spaces tally // narrow ones
	wides        tally
	narrows      tally
}

type nearest struct{ threshold, narrow, wide float64 }

type tally struct{ sum, n float64 }

func (t *tally) add(w float64) { t.sum, t.n = t.sum+w, t.n+1 }

func (t tally) mean() float64 { return t.sum / max(t.n, 1) }

// take returns which of the elements between edges are wide, the first in the
// highest bit.
func (t *twoWidth) take(e []int32, threshold float64) uint32 {
	c := nearest{threshold: threshold}
	bits := uint32(0)
	for i := range len(e) - 1 {
		w := float64(e[i+1] - e[i])
		bits <<= 1
		switch {
		case w > threshold:
			bits |= 1
			t.wides.add(w)
			if c.wide == 0 || w < c.wide {
				c.wide = w
			}
		default:
			t.narrows.add(w)
			c.narrow = max(c.narrow, w)
			if i%2 == 0 {
				t.bars.add(w)
			} else {
				t.spaces.add(w)
			}
		}
	}
	t.chars = append(t.chars, c)
	return bits
}

// module returns the width of a narrow element, whether its bars grew or not.
func (t *twoWidth) module() float64 { return (t.bars.mean() + t.spaces.mean()) / 2 }

func (t *twoWidth) margin() float64 {
	m := 1.0
	for _, c := range t.chars {
		if c.narrow > 0 {
			m = min(m, (c.threshold-c.narrow)/(c.threshold-t.narrows.mean()))
		}
		if c.wide > 0 {
			m = min(m, (c.wide-c.threshold)/(t.wides.mean()-c.threshold))
		}
	}
	return max(m, 0)
}

// even reports whether narrow and wide elements have the widths of one symbol
// each: print that looks like bars has all widths.
func (t *twoWidth) even() bool {
	n, w := t.module(), t.wides.mean()
	if n <= 0 || w < 1.7*n || w > 3.6*n {
		return false
	}
	for _, c := range t.chars {
		if c.narrow > 2.1*n+0.5 || c.wide > 0 && c.wide < 0.6*w-0.5 {
			return false
		}
	}
	return true
}

// code39Wide holds the elements of each character of code39Chars that are
// wide, and those of start and stop last (ISO/IEC 16388, table 1).
var code39Wide = [44]uint32{
	0x034, 0x121, 0x061, 0x160, 0x031, 0x130, 0x070, 0x025, 0x124, 0x064, 0x109, 0x049, 0x148, 0x019, 0x118, 0x058, 0x00d, 0x10c, 0x04c, 0x01c, 0x103, 0x043,
	0x142, 0x013, 0x112, 0x052, 0x007, 0x106, 0x046, 0x016, 0x181, 0x0c1, 0x1c0, 0x091, 0x190, 0x0d0, 0x085, 0x184, 0x0c4, 0x0a8, 0x0a2, 0x08a, 0x02a, 0x094,
}

const code39Stop = 43

// read39 reads the Code 39 that begins with the first edge: characters of nine
// elements, of which those wider than an eighth of it are wide (ISO/IEC 16388).
func read39(e []int32) (r linear, ok bool) {
	if len(e) < 30 || e[2]-e[1] <= e[1]-e[0] || e[2]-e[1] <= e[3]-e[2] { // its start begins narrow, wide, narrow
		return r, false
	}
	var t twoWidth
	var text strings.Builder
	first := e[9] - e[0]
	for i := 0; i+9 < len(e); i += 10 {
		p := e[i+9] - e[i]
		if !near(p, first, first/8+2) {
			return r, false
		}
		c := find39(t.take(e[i:i+10], float64(p)/8))
		switch {
		case c < 0 || i == 0 && c != code39Stop:
			return r, false
		case c == code39Stop && i > 10:
			r = linear{symbology: labels.Code39, aim: "]A0", text: text.String(), edges: i + 9, module: t.module(), margin: t.margin()}
			return r, t.even() && r.margin > 0
		case c == code39Stop && i > 0:
			return r, false
		case i > 0:
			text.WriteByte(code39Chars[c])
		}
		if i+10 >= len(e) || float64(e[i+10]-e[i+9]) > 0.5*float64(first) { // the gap
			return r, false
		}
	}
	return r, false
}

func find39(wide uint32) int {
	for i, w := range code39Wide {
		if w == wide {
			return i
		}
	}
	return -1
}

// readITF14 reads the interleaved 2 of 5 of fourteen digits that begins with
// the first edge. Of a pair of digits, what is wider than 7/64 of it is wide
// (ISO/IEC 16390). Shorter and longer ones are not looked for: their bars are
// found in too much else.
func readITF14(e []int32) (r linear, ok bool) {
	const pairs, n = 7, 4 + 7*10 + 3
	if len(e) <= n || !near(e[2]-e[0], e[4]-e[2], 2) || !near(e[2]-e[0], e[3]-e[1], 2) {
		return r, false
	}
	var t twoWidth
	first := e[14] - e[4]
	digits := make([]byte, 0, 2*pairs)
	for i := 4; i < 4+10*pairs; i += 10 {
		p := e[i+10] - e[i]
		if !near(p, first, first/8+2) {
			return r, false
		}
		wide := t.take(e[i:i+11], float64(p)*7/64)
		bar, space := uint32(0), uint32(0)
		for k := 8; k >= 0; k -= 2 {
			bar, space = bar<<1|wide>>(k+1)&1, space<<1|wide>>k&1
		}
		b, s := find2of5(bar), find2of5(space)
		if b < 0 || s < 0 {
			return r, false
		}
		digits = append(digits, byte('0'+b), byte('0'+s))
	}
	rt := float64(first) * 7 / 64
	if t.take(e[:5], rt) != 0 || t.take(e[n-3:n+1], rt) != 4 || !t.even() {
		return r, false
	}
	r = linear{symbology: labels.ITF14, aim: "]I1", text: string(digits), edges: n, module: t.module(), margin: t.margin()}
	return r, r.margin > 0 && rightCheck(r.text)
}

// find2of5 returns the digit of which the wide elements are so (ISO/IEC 16390,
// table 1).
func find2of5(wide uint32) int {
	return strings.IndexByte("\x06\x11\x09\x18\x05\x14\x0c\x03\x12\x0a", byte(wide))
}

const codabarChars = "0123456789-$:/.+ABCD"

// codabarWide holds which elements of each character are wide (EN 798, table 1).
const codabarWide = "\x03\x06\x09\x60\x12\x42\x21\x24\x30\x48\x0c\x18\x45\x51\x54\x15\x1a\x29\x0b\x0e"

// readCodabar reads the Codabar that begins with the first edge: characters of
// seven elements, of which those wider than a sixth of it are taken for wide.
// It has no check character, so one of less than three characters between
// start and stop is not believed.
func readCodabar(e []int32) (r linear, ok bool) {
	if len(e) < 40 || e[3]-e[0] >= e[7]-e[3] { // starts have their wide elements behind the first two
		return r, false
	}
	var t twoWidth
	var text strings.Builder
	module := float64(e[7]-e[0]) / 11
	for i := 0; i+7 < len(e); i += 8 {
		p := float64(e[i+7] - e[i])
		if p < 6.5*module || p > 15*module {
			return r, false
		}
		c := strings.IndexByte(codabarWide, byte(t.take(e[i:i+8], p/6)))
		if c < 0 || (c >= 16) != (i == 0) && (c < 16 || i < 32) {
			return r, false
		}
		text.WriteByte(codabarChars[c])
		if c >= 16 && i > 0 {
			r = linear{symbology: labels.Codabar, aim: "]F0", text: text.String(), edges: i + 7, module: t.module(), margin: t.margin()}
			return r, t.even() && r.margin > 0
		}
		if i+8 >= len(e) || float64(e[i+8]-e[i+7]) > 4*module {
			return r, false
		}
	}
	return r, false
}
