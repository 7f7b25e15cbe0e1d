package barcode

import "waybill/labels"

// An aztecDrawing is a symbol being drawn.
type aztecDrawing struct {
	size   aztecSize
	m      labels.Dots
	middle int
	places []int // of each row and column of the layers, between the lines of the reference grid
}

// draw draws words of data, with what corrects them.
func (z aztecSize) draw(data []int) labels.Dots {
	side := z.side()
	d := aztecDrawing{size: z, places: make([]int, side)}
	if z.compact {
		d.m = labels.NewDots(side, side)
		d.middle = side / 2
		for i := range d.places {
			d.places[i] = i
		}
	} else {
		// A line of the grid in the middle, and one behind every fifteen on
		// either side.
		half := side / 2
		d.middle = half + (half-1)/15
		d.m = labels.NewDots(2*d.middle+1, 2*d.middle+1)
		for i := range half {
			off := 1 + i + i/15
			d.places[half-1-i], d.places[half+i] = d.middle-off, d.middle+off
		}
		d.grid()
	}
	d.bullseye()
	d.mode(len(data))
	d.layers(data)
	return d.m
}

// grid draws the reference grid: every second module of the lines.
func (d *aztecDrawing) grid() {
	for y := range d.m.H {
		for x := range d.m.W {
			dx, dy := x-d.middle, y-d.middle
			if dx%16 == 0 && dy%2 == 0 || dy%16 == 0 && dx%2 == 0 {
				d.m.Set(x, y)
			}
		}
	}
}

// reach returns how far from the middle the mode message lies.
func (d *aztecDrawing) reach() int {
	if d.size.compact {
		return 5
	}
	return 7
}

// bullseye draws the rings, and the marks that tell how the symbol is turned.
func (d *aztecDrawing) bullseye() {
	r := d.reach()
	for y := -r; y <= r; y++ {
		for x := -r; x <= r; x++ {
			if ring := max(x, -x, y, -y); ring < r && ring%2 == 0 {
				d.m.Set(d.middle+x, d.middle+y)
			}
		}
	}
	for _, mark := range [...][2]int{{-r, -r}, {-r + 1, -r}, {-r, -r + 1}, {r, -r}, {r, -r + 1}, {r, r - 1}} {
		d.m.Set(d.middle+mark[0], d.middle+mark[1])
	}
}

// mode draws the mode message: how many layers there are, and words of data,
// clockwise from the upper left.
func (d *aztecDrawing) mode(data int) {
	v, nibbles, check := (d.size.layers-1)<<11|(data-1), 4, 6
	if d.size.compact {
		v, nibbles, check = (d.size.layers-1)<<6|(data-1), 2, 5
	}
	var words []int
	for i := nibbles - 1; i >= 0; i-- {
		words = append(words, v>>(4*i)&15)
	}
	var bits aztecBits
	for _, w := range append(words, aztecField4().parity(words, check)...) {
		bits.put(w, 4)
	}
	r := d.reach()
	for side := range 4 {
		for k := -r + 2; k <= r-2; k++ {
			if !d.size.compact && k == 0 {
				continue // the reference grid
			}
			at := [4][2]int{{k, -r}, {r, k}, {-k, r}, {-r, -k}}[side]
			if bits[0] != 0 {
				d.m.Set(d.middle+at[0], d.middle+at[1])
			}
			bits = bits[1:]
		}
	}
}

// layers draws the words from the outside inwards, anticlockwise from the
// upper left, two modules deep. Bits that make no word come first, and are
// white.
func (d *aztecDrawing) layers(data []int) {
	width, f := d.size.wordBits()
	all := d.size.bits()
	bits := make(aztecBits, all%width, all)
	for _, w := range append(data[:len(data):len(data)], f.parity(data, all/width-len(data))...) {
		bits.put(w, width)
	}
	for layer := range d.size.layers {
		low := 2 * layer
		high := len(d.places) - 1 - low
		for side := range 4 {
			for along := range high - low - 1 { // the last two belong to the next side
				for deep := range 2 {
					at := [4][2]int{
						{low + deep, low + along}, {low + along, high - deep}, {high - deep, high - along}, {high - along, low + deep},
					}[side]
					if bits[0] != 0 {
						d.m.Set(d.places[at[0]], d.places[at[1]])
					}
					bits = bits[1:]
				}
			}
		}
	}
}
