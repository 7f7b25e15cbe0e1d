package verify

import (
	"math"
	"strings"
	"sync"

	"waybill/labels"
)

// code93Widths are the characters of Code 93: code39Chars, the shifts ($), (%),
// (/) and (+), and start and stop (AIM USS Code 93, table 1).
const code93Widths = "131112 111213 111312 111411 121113 121212 121311 111114 131211 141111 211113 211212 211311 221112 221211 231111 112113 112212 112311 122112 " +
	"132111 111123 111222 111321 121122 131121 212112 212211 211122 211221 221121 222111 112122 112221 122121 123111 121131 311112 311211 321111 " +
	"112131 113121 211131 121221 312111 311121 122211 111141"

var code93Table = sync.OnceValue(func() *widths { return newWidths(9, 0, strings.Fields(code93Widths)) })

const code93Stop = 47

// read93 reads the Code 93 that begins with the first edge, by its edges alone
// (AIM USS Code 93): a bar that grows does not matter to it until it meets the
// next.
func read93(e []int32) (r linear, ok bool) {
	if len(e) < 32 { // start, a character, two checks, stop and its bar
		return r, false
	}
	first := e[6] - e[0]
	if !near(9*(e[2]-e[0]), 2*first, first/2) || !near(9*(e[5]-e[3]), 5*first, first/2) {
		return r, false
	}
	t := code93Table()
	r.margin = 1
	var values []int
	for i := 0; i+7 < len(e); i += 6 {
		m, ok := t.read(e[i:], false)
		if !ok || math.Abs(float64(e[i+6]-e[i]-first))*9 > 2*float64(first) || math.Abs(m.excess) > 2.5 || (m.value == code93Stop) != (i == 0) && m.value != code93Stop {
			return r, false
		}
		r.margin = min(r.margin, m.margin)
		if m.value == code93Stop && i > 0 {
			bar := float64(e[i+7]-e[i+6]) * 9 / float64(first)
			r.edges, r.module = i+7, float64(e[i+7]-e[0])/float64(9*len(values)+19)
			return r, math.Abs(bar-1) < 1.2 && r.margin > 0 && r.text93(values)
		}
		if i > 0 {
			values = append(values, m.value)
		}
	}
	return r, false
}

// text93 checks the two check characters and puts the shifts together with what
// they shift.
func (r *linear) text93(values []int) bool {
	n := len(values)
	if n < 3 || !checks93(values[:n-1], 20) || !checks93(values, 15) {
		return false
	}
	var raw strings.Builder
	for _, v := range values[:n-2] {
		if v < 43 {
			raw.WriteByte(code39Chars[v])
		} else {
			raw.WriteByte("\x01\x02\x03\x04"[v-43])
		}
	}
	text, ok := shifts(raw.String(), "\x01\x03\x04\x02")
	r.symbology, r.aim, r.text = labels.Code93, "]G0", text
	return ok
}

// checks93 reports whether the last of values is their check character.
func checks93(values []int, most int) bool {
	n, sum := len(values)-1, 0
	for i, v := range values[:n] {
		sum += v * ((n-1-i)%most + 1)
	}
	return sum%47 == values[n]
}
