package verify

import "math"

// A widths is a table of symbol characters of a symbology in which each has so
// many modules and so many bars and spaces. They are told apart as the
// standards' reference algorithms do it, by the distances from edges to the
// next edges of their kind, which do not change when every bar grows; and by
// the sum of the bars where that is not enough.
type widths struct {
	modules  int
	elements int
	firstBar int // 0 where characters begin with a bar, 1 where with a space
	byKey    map[uint32][]character
	patterns []string
}

type character struct{ value, bars int } // bars: the modules of its bars together

// newWidths returns the table of patterns, each its widths in digits.
func newWidths(modules, firstBar int, patterns []string) *widths {
	t := &widths{modules: modules, elements: len(patterns[0]), firstBar: firstBar, byKey: make(map[uint32][]character, len(patterns)), patterns: patterns}
	for value, p := range patterns {
		key, bars := uint32(0), 0
		for i := range len(p) {
			if i < len(p)-2 {
				key = key<<4 | uint32(p[i]-'0'+p[i+1]-'0')
			}
			if i%2 == firstBar {
				bars += int(p[i] - '0')
			}
		}
		t.byKey[key] = append(t.byKey[key], character{value, bars})
	}
	return t
}

// A measured is a character read from edges.
type measured struct {
	value  int
	margin float64 // what is left of the tolerance of its edges, 0 to 1
	excess float64 // by how many modules its bars are wider, all together, than they should be
	ratio  int     // how many characters share its edge distances
}

// read returns the character whose elements lie between the first edges of e;
// where loose, the one that looks most like them, of which no tolerance is left.
func (t *widths) read(e []int32, loose bool) (m measured, ok bool) {
	if len(e) <= t.elements {
		return m, false
	}
	if loose {
		return t.closest(e)
	}
	p := float64(e[t.elements] - e[0])
	scale := float64(t.modules) / p
	key := uint32(0)
	m.margin = 1
	for i := range t.elements - 2 {
		d := float64(e[i+2]-e[i]) * scale
		n := math.Round(d)
		if n < 2 || n > 15 {
			return m, false
		}
		m.margin = min(m.margin, 1-2*math.Abs(d-n))
		key = key<<4 | uint32(n)
	}
	bars := int32(0)
	for i := t.firstBar; i < t.elements; i += 2 {
		bars += e[i+1] - e[i]
	}
	m.excess = math.Inf(1)
	same := t.byKey[key]
	for _, c := range same {
		if x := float64(bars)*scale - float64(c.bars); math.Abs(x) < math.Abs(m.excess) {
			m.excess, m.value = x, c.value
		}
	}
	m.ratio = len(same)
	return m, len(same) > 0
}

// unlike is how far one bar or space of a character may be off, in modules, for
// it to be taken for one: less than a whole one, as those are that were not
// drawn in whole dots.
const unlike = 0.7

// closest returns the character whose bars and spaces are most like those
// between the first edges of e.
func (t *widths) closest(e []int32) (m measured, ok bool) {
	scale := float64(t.modules) / float64(e[t.elements]-e[0])
	best := float64(t.modules) / 5
	for value, p := range t.patterns {
		off := 0.0
		for i := 0; i < t.elements && off < best; i++ {
			one := math.Abs(float64(e[i+1]-e[i])*scale - float64(p[i]-'0'))
			if off += one; one > unlike {
				off = best
			}
		}
		if off < best {
			best, m.value, ok = off, value, true
		}
	}
	return m, ok
}
