package verify

import (
	"bytes"
	"encoding/binary"
	"math/bits"

	"waybill/labels"
)

// A strip is neighbouring rows of dots that look the same, told by the places
// where the colour changes: black begins at even ones and ends at odd ones.
type strip struct {
	first, last int
	edges       []int32
}

// A view is a picture turned so that what is looked for may stand upright.
type view struct {
	d      labels.Dots
	strips []strip
	turned int // how many degrees clockwise what stands upright here is turned on the picture
	w, h   int // of the picture
}

// viewOf returns a picture turned back by so many degrees.
func viewOf(d labels.Dots, turned int) *view {
	v := &view{d: turn(d, (360-turned)%360), turned: turned, w: d.W, h: d.H}
	v.strips = stripsOf(v.d)
	return v
}

// stripsOf returns the rows of a picture that show anything.
func stripsOf(d labels.Dots) []strip {
	var strips []strip
	arena := make([]int32, 0, 1<<12)
	var last []byte
	blank := false
	for y := range d.H {
		row := d.Bits[y*d.Stride : (y+1)*d.Stride]
		if last != nil && bytes.Equal(row, last) {
			if !blank {
				strips[len(strips)-1].last = y
			}
			continue
		}
		last = row
		from := len(arena)
		if cap(arena)-from < d.W+2 {
			arena, from = make([]int32, 0, max(1<<12, 4*(d.W+2))), 0
		}
		arena = appendEdges(arena, row, d.W)
		if blank = len(arena) == from; !blank {
			strips = append(strips, strip{first: y, last: y, edges: arena[from:len(arena):len(arena)]})
		}
	}
	return strips
}

// appendEdges adds the places where the colour of a row changes, an even number
// of them.
func appendEdges(edges []int32, row []byte, w int) []int32 {
	black := uint64(0) // the last dot
	for x := 0; len(row) > 0; x += 64 {
		var word uint64
		if len(row) >= 8 {
			word, row = binary.BigEndian.Uint64(row), row[8:]
		} else {
			var rest [8]byte
			copy(rest[:], row)
			word, row = binary.BigEndian.Uint64(rest[:]), nil
		}
		for changes := word ^ (word>>1 | black<<63); changes != 0; {
			k := bits.LeadingZeros64(changes)
			changes &^= 1 << (63 - k)
			if x+k >= w {
				break
			}
			edges = append(edges, int32(x+k))
		}
		black = word & 1
	}
	if len(edges)%2 == 1 {
		edges = append(edges, int32(w))
	}
	return edges
}

// A rect is a part of a picture in dots.
type rect struct{ x, y, w, h int }

// holds reports whether the middle of s lies in r.
func (r rect) holds(s rect) bool {
	x, y := s.x+s.w/2, s.y+s.h/2
	return x >= r.x && y >= r.y && x < r.x+r.w && y < r.y+r.h
}

// back returns where a part of the view lies in the picture.
func (v *view) back(r rect) rect {
	switch v.turned {
	case 90:
		return rect{v.w - r.y - r.h, r.x, r.h, r.w}
	case 180:
		return rect{v.w - r.x - r.w, v.h - r.y - r.h, r.w, r.h}
	case 270:
		return rect{r.y, v.h - r.x - r.w, r.h, r.w}
	}
	return r
}
