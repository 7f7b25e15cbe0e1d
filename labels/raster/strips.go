package raster

import (
	"fmt"

	"waybill/labels"
)

// Parts is a label for printers that draw boxes and uncompressed pictures.
// Pictures are to be drawn before boxes, and none overlaps another, since
// printers differ in whether the white of a picture covers what is there.
type Parts struct {
	W, H     int // of the label
	Pictures []Strip
	Boxes    []Box
}

// Limits of Parts. The printers' languages set none for a picture, but a
// printer takes its data through a small buffer, and a picture that stops
// half-way costs its strip only.
const (
	maxSide    = 32000
	maxPicture = 8192 // bytes
)

// Take takes a label apart; a box costs so many bytes to say.
func Take(l labels.Label, boxCost int) (Parts, error) {
	w, h := l.Size()
	if w <= 0 || h <= 0 || w > maxSide || h > maxSide {
		return Parts{}, fmt.Errorf("label %q: %d by %d dots; a side has between 1 and %d", l.Name, w, h, maxSide)
	}
	boxes, rest, err := Split(l, boxCost)
	if err != nil {
		return Parts{}, err
	}
	return Parts{w, h, Strips(rest, maxPicture), boxes}, nil
}

// A Strip is a part of a picture, whose left edge lies on a whole byte.
type Strip struct {
	X, Y int
	Dots labels.Dots
}

// How much white ends a strip: less costs no more than a new strip.
const (
	gap       = 8  // rows
	gapColumn = 24 // bytes in white columns
)

// Strips returns the inked parts of d, none of which overlap, each of most
// bytes at the most; a row that is wider is a strip all the same.
func Strips(d labels.Dots, most int) []Strip {
	c := cutter{d: d, most: most}
	c.rows(area{0, d.Stride, 0, d.H})
	return c.strips
}

// A cutter cuts a picture along its white rows, what is left along its white
// columns, and that again along its rows, until nothing is left to cut.
type cutter struct {
	d      labels.Dots
	most   int
	strips []Strip
}

// An area is some bytes of some rows.
type area struct{ left, right, top, bottom int }

// rows cuts along white rows.
func (c *cutter) rows(a area) {
	for y := a.top; y < a.bottom; {
		if c.white(a.left, a.right, y) {
			y++
			continue
		}
		end, blank := y+1, 0
		for end+blank < a.bottom && blank < gap {
			if c.white(a.left, a.right, end+blank) {
				blank++
				continue
			}
			end, blank = end+blank+1, 0
		}
		c.columns(area{a.left, a.right, y, end}, a)
		y = end
	}
}

// columns cuts along white columns, unless the area is all of what was cut
// along its rows and has none.
func (c *cutter) columns(a, whole area) {
	inked := make([]bool, a.right-a.left)
	for y := a.top; y < a.bottom; y++ {
		for i, b := range c.d.Bits[y*c.d.Stride+a.left : y*c.d.Stride+a.right] {
			inked[i] = inked[i] || b != 0
		}
	}
	most := max(gapColumn/(a.bottom-a.top), 1)
	for x := 0; x < len(inked); {
		if !inked[x] {
			x++
			continue
		}
		end, blank := x+1, 0
		for end+blank < len(inked) && blank <= most {
			if !inked[end+blank] {
				blank++
				continue
			}
			end, blank = end+blank+1, 0
		}
		part := area{a.left + x, a.left + end, a.top, a.bottom}
		if part.left == whole.left && part.right == whole.right {
			c.cut(part) // its white rows are known to be few
		} else {
			c.rows(part)
		}
		x = end
	}
}

// cut makes strips of an area.
func (c *cutter) cut(a area) {
	rows := max(c.most/(a.right-a.left), 1)
	for y := a.top; y < a.bottom; y += rows {
		s := labels.NewDots((a.right-a.left)*8, min(rows, a.bottom-y))
		for i := range s.H {
			copy(s.Bits[i*s.Stride:(i+1)*s.Stride], c.d.Bits[(y+i)*c.d.Stride+a.left:(y+i)*c.d.Stride+a.right])
		}
		c.strips = append(c.strips, Strip{a.left * 8, y, s})
	}
}

func (c *cutter) white(left, right, y int) bool {
	for _, b := range c.d.Bits[y*c.d.Stride+left : y*c.d.Stride+right] {
		if b != 0 {
			return false
		}
	}
	return true
}
