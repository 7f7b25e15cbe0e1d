package verify

import (
	"math"
	"strings"
	"sync"

	"waybill/labels"
)

// A linear is a linear symbol read from the edges of one row.
type linear struct {
	symbology labels.Symbology
	aim       string // symbology identifier (ISO/IEC 15424)
	text      string
	edges     int     // the number of the edge at its end
	module    float64 // dots
	margin    float64 // decodability, 0 to 1
}

// code128Widths are the symbol characters of Code 128 by their value (ISO/IEC
// 15417, table 1), without the last bar of the stop character.
const code128Widths = "212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 123122 123221 " +
	"223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 232121 111323 131123 131321 " +
	"112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131 213113 213311 213131 " +
	"311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422 121124 121421 141122 141221 112214 112412 122114 " +
	"122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 " +
	"214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 211214 211232 233111"

var code128Table = sync.OnceValue(func() *widths { return newWidths(11, 0, strings.Fields(code128Widths)) })

// starts128 is a quick look at whether a Code 128 may begin here: all three
// start characters begin with the widths 2, 1, 1.
func starts128(e []int32) bool {
	if len(e) < 26 { // start, one character, check and stop
		return false
	}
	p := e[6] - e[0]
	return near(22*(e[2]-e[0]), 6*p, p) && near(22*(e[3]-e[1]), 4*p, p)
}

func near(a, b, off int32) bool { return a-b <= off && b-a <= off }

// read128 reads the Code 128 that begins with the first edge, by the reference
// algorithm of ISO/IEC 15417. Its decodability is the least of what the edges
// of any character leave of half a module, and the sum of its bars of 1.75
// modules. What that does not read is read by what its bars look most like,
// with nothing left: better told as a bad symbol than as none.
func read128(e []int32) (r linear, ok bool) {
	if !starts128(e) {
		return r, false
	}
	if r, ok = bars128(e, false); ok && r.margin > 0 {
		return r, true
	}
	return bars128(e, true)
}

func bars128(e []int32, loose bool) (r linear, ok bool) {
	t := code128Table()
	first := float64(e[6] - e[0])
	r.margin = 1
	var words []int
	for i := 0; ; i += 6 {
		if i+7 >= len(e) {
			return r, false
		}
		m, ok := t.read(e[i:], loose)
		if !ok || math.Abs(float64(e[i+6]-e[i])-first)*11 > 2*first {
			return r, false
		}
		r.margin = max(0, min(r.margin, m.margin, 1-math.Abs(m.excess)/1.75))
		words = append(words, m.value)
		if m.value == 106 {
			last := float64(e[i+7]-e[i+6]) * 11 / first
			if math.Abs(last-2) > 1.3 {
				return r, false
			}
			r.edges = i + 7
			break
		}
		if (m.value >= 103) != (i == 0) {
			return r, false
		}
	}
	return r, r.text128(words, float64(e[r.edges]-e[0]))
}

// text128 reads the symbol characters, from the start to the stop.
func (r *linear) text128(words []int, width float64) bool {
	n := len(words)
	if n < 4 {
		return false
	}
	sum := words[0]
	for i, w := range words[1 : n-2] {
		sum += (i + 1) * w
	}
	if sum%103 != words[n-2] {
		return false
	}
	r.module = width / float64(11*n+2)
	x := reader128{set: words[0] - 103}
	for _, w := range words[1 : n-2] {
		if !x.take(w) {
			return false
		}
	}
	r.text, r.aim, r.symbology = string(x.out), "]C"+string(x.modifier()), labels.Code128
	if r.aim == "]C1" {
		r.symbology = labels.GS1128
	}
	return true
}

// A reader128 turns symbol characters into text.
type reader128 struct {
	set      int // A, B or C: 0, 1, 2
	shifted  bool
	upper    bool // the next character is from the upper half of ISO/IEC 8859-1
	latched  bool // and so are all that follow
	count    int  // characters before the next one
	fnc1     int  // 1: it begins with FNC1; 2: it has FNC1 behind the first letter or pair of digits
	appended bool // FNC2: it is one of several
	out      []rune
}

func (x *reader128) modifier() rune {
	switch {
	case x.fnc1 > 0:
		return rune('0' + x.fnc1)
	case x.appended:
		return '4'
	}
	return '0'
}

func (x *reader128) take(w int) bool {
	set := x.set
	if x.shifted {
		set, x.shifted = 1-set, false
	}
	switch {
	case w == 102:
		x.function1()
	case set == 2 && w < 100:
		x.out = append(x.out, rune('0'+w/10), rune('0'+w%10))
		x.count++
	case w < 96:
		x.letter(w, set)
	case w == 96: // FNC3 is for the reader
	case w == 97:
		x.appended = true
	case w == 98:
		x.shifted = true
	case w == 99:
		x.set = 2
	case w == 101-set && set < 2:
		if x.upper { // twice
			x.latched = !x.latched
		}
		x.upper = !x.upper
	case w == 100 || w == 101:
		x.set = 101 - w
	default:
		return false
	}
	return true
}

// function1 tells the places of FNC1 apart: in the first it makes a GS1-128,
// in the second another application's, elsewhere it is a separator.
func (x *reader128) function1() {
	switch {
	case x.count == 0 && x.fnc1 == 0 && len(x.out) == 0:
		x.fnc1 = 1
	case x.count == 1 && x.fnc1 == 0:
		x.fnc1 = 2
	default:
		x.out = append(x.out, '\x1d')
	}
}

func (x *reader128) letter(w, set int) {
	c := rune(w + 32)
	if set == 0 && w >= 64 {
		c = rune(w - 64)
	}
	if x.upper != x.latched {
		c += 128
	}
	x.upper = false
	x.out = append(x.out, c)
	x.count++
}
