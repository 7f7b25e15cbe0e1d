package pdf

import (
	"bytes"
	"math/bits"
	"strconv"

	"waybill/labels"
	"waybill/labels/raster"
)

// unit is how many steps of the page's coordinates make a dot, and inset how
// many the black stays inside its dots: a twentieth. Less, and rasterisers
// that blacken every dot that is touched at all add a dot; much more, and
// those that blend draw grey.
const (
	unit  = 20
	inset = 1
)

// An outliner turns dots into the outlines of their black areas. The plane is
// swept row by row; each row's top and bottom edges are joined by the upright
// edges that are open between them.
type outliner struct {
	d     labels.Dots
	blank []byte // a white row
	out   []byte
	loop  []corner
	ends  []corner // two to an edge, its left and its right
	done  []bool   // per edge
	open  []int32  // per column: the corner whose upright edge goes on downwards, plus one
	alive int      // upright edges that are open
}

// A corner is where a level edge ends. Its upright neighbour is the corner at
// the other end of the upright edge.
type corner struct {
	x, y    int32 // in units
	upright int32
}

// outlines returns the paths that fill the black of d, with its top left corner
// one dot from the coordinates' beginning, by the even-odd rule. Areas that
// touch at a corner only are apart, so that the inset is right. They are valid
// until the next call.
func (o *outliner) outlines(d labels.Dots) []byte {
	o.d, o.out = d, o.out[:0]
	o.open = append(o.open[:0], make([]int32, d.W+1)...)
	o.blank = append(o.blank[:0], make([]byte, d.Stride)...)
	for y := 0; y <= d.H; y++ {
		above, below := o.row(y-1), o.row(y)
		if bytes.Equal(above, below) {
			continue
		}
		o.edges(y, above, below, false) // closes upright edges, before others open at the same corner
		o.edges(y, below, above, true)
		if o.alive == 0 && len(o.ends) > 0 {
			o.flush()
		}
	}
	return o.out
}

func (o *outliner) row(y int) []byte {
	if y < 0 || y >= o.d.H {
		return o.blank
	}
	return o.d.Bits[y*o.d.Stride : (y+1)*o.d.Stride]
}

// edges finds the level edges of a row between black and white, where black
// lies below or above.
func (o *outliner) edges(y int, black, white []byte, below bool) {
	for x := next(black, white, 0, o.d.W, true); x < o.d.W; {
		end := next(black, white, x, o.d.W, false)
		o.edge(y, x, end, black, below)
		x = next(black, white, end, o.d.W, true)
	}
}

// next returns the first x from which black is black and white is white, or
// is not, as wanted; w where there is none.
func next(black, white []byte, x, w int, want bool) int {
	flip := byte(0xff)
	if want {
		flip = 0
	}
	mask := byte(0xff) >> (x % 8)
	for i := x / 8; i*8 < w; i++ {
		if b := (black[i]&^white[i] ^ flip) & mask; b != 0 {
			return min(i*8+bits.LeadingZeros8(b), w)
		}
		mask = 0xff
	}
	return w
}

// edge adds a level edge. At either end the outline goes towards the black,
// along its side, unless black goes on beside it: then it turns away.
func (o *outliner) edge(y, x0, x1 int, black []byte, below bool) {
	id := int32(len(o.ends))
	dy := int32(inset)
	if !below {
		dy = -inset
	}
	left := x0 > 0 && black[(x0-1)/8]&(0x80>>((x0-1)%8)) != 0
	right := x1 < o.d.W && black[x1/8]&(0x80>>(x1%8)) != 0
	lx, rx := int32(inset), int32(-inset)
	if left {
		lx = -lx
	}
	if right {
		rx = -rx
	}
	o.ends = append(o.ends,
		corner{x: int32(x0+1)*unit + lx, y: int32(y+1)*unit + dy},
		corner{x: int32(x1+1)*unit + rx, y: int32(y+1)*unit + dy})
	o.done = append(o.done, false)
	o.join(x0, id, below != left)
	o.join(x1, id+1, below != right)
}

// join begins an upright edge at column x, or ends the one that is open there.
func (o *outliner) join(x int, id int32, down bool) {
	if down {
		o.open[x] = id + 1
		o.alive++
		return
	}
	other := o.open[x] - 1
	o.ends[id].upright, o.ends[other].upright = other, id
	o.open[x] = 0
	o.alive--
}

// flush writes the outlines that are whole.
func (o *outliner) flush() {
	loop := o.loop
	for first := range o.done {
		if o.done[first] {
			continue
		}
		start := int32(2 * first)
		loop = loop[:0]
		for at := start; ; {
			o.done[at/2] = true
			loop = append(loop, o.ends[at], o.ends[at^1])
			if at = o.ends[at^1].upright; at == start {
				break
			}
		}
		o.write(loop)
	}
	o.loop = loop
	o.out = append(o.out, "f*\n"...)
	o.ends, o.done = o.ends[:0], o.done[:0]
}

func (o *outliner) write(loop []corner) {
	if len(loop) == 4 {
		x0, x1 := min(loop[0].x, loop[1].x), max(loop[0].x, loop[1].x)
		y0, y1 := min(loop[0].y, loop[2].y), max(loop[0].y, loop[2].y)
		o.out = append(numbers(o.out, x0, y0, x1-x0, y1-y0), "re\n"...)
		return
	}
	for i, c := range loop {
		o.out = numbers(o.out, c.x, c.y)
		if i == 0 {
			o.out = append(o.out, "m\n"...)
		} else {
			o.out = append(o.out, "l\n"...)
		}
	}
	o.out = append(o.out, "h\n"...)
}

// rectangle appends the path of a box in dots, filled by itself, for it may
// overlap others.
func rectangle(out []byte, b raster.Box) []byte {
	x, y, w, h := int32(b.X), int32(b.Y), int32(b.W), int32(b.H)
	out = numbers(out, x*unit+inset, y*unit+inset, w*unit-2*inset, h*unit-2*inset)
	return append(out, "re f*\n"...)
}

func numbers(out []byte, n ...int32) []byte {
	for _, v := range n {
		out = strconv.AppendInt(out, int64(v), 10)
		out = append(out, ' ')
	}
	return out
}
