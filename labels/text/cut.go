package text

import (
	"math"

	"golang.org/x/image/math/fixed"
)

// ellipsis ends a text that was cut short.
const ellipsis = '…'

// cut leaves out the last of more paragraphs than the box has room for, and
// puts an ellipsis behind those that stay: a list of contents is cut so. It
// reports false where a paragraph itself would have to be broken or cut, which
// is left to the shaper's wrapper.
func (sc *scratch) cut(a *alphabet, s *sheet, st Style) bool {
	room, most := s.room(st), int32(fixed.I(min(s.toShape(st.Width), math.MaxInt32>>6)))
	dots := a.find(ellipsis)
	if len(sc.spans) <= room || dots.index == end {
		return false
	}
	sc.lines = sc.lines[:0]
	for _, p := range sc.spans[:room] {
		if p.advance > most {
			return false
		}
		sc.lines = append(sc.lines, fitted{p.from, p.to, p.advance})
	}
	last := &sc.lines[room-1]
	if last.from == last.to {
		return false
	}
	if a.letters[sc.letters[last.to-1]].blank {
		last.advance -= sc.advances[last.to-1]
	}
	advance := a.pair(anyScript, dots.index, end)
	if last.advance > most-advance {
		return false
	}
	last.advance += advance
	return sc.fits(s, st)
}
