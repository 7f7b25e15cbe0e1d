package raster

import (
	"math/bits"

	"waybill/labels"
)

// A Box is a black rectangle, in dots.
type Box struct{ X, Y, W, H int }

// Boxes returns rectangles that cover the black dots of d, each dot once: the
// runs of a row, and as many rows as have the same run.
func Boxes(d labels.Dots) []Box {
	var boxes []Box
	var above, row []int // indices of the boxes that reach down to the row above, and to this one
	for y := range d.H {
		above, row = row, above[:0]
		k := 0
		for x := run(d, y, 0, true); x < d.W; {
			end := run(d, y, x, false)
			for k < len(above) && boxes[above[k]].X < x {
				k++
			}
			if k < len(above) && boxes[above[k]].X == x && boxes[above[k]].W == end-x {
				boxes[above[k]].H++
				row = append(row, above[k])
			} else {
				boxes = append(boxes, Box{x, y, end - x, 1})
				row = append(row, len(boxes)-1)
			}
			x = run(d, y, end, true)
		}
	}
	return boxes
}

// run returns the first dot of row y from x on that is black, or is not; d.W
// where there is none.
func run(d labels.Dots, y, x int, black bool) int {
	row := d.Bits[y*d.Stride : (y+1)*d.Stride]
	for x < d.W {
		b := row[x/8]
		if !black {
			b = ^b
		}
		if b &= 0xff >> (x % 8); b != 0 {
			return min(x/8*8+bits.LeadingZeros8(b), d.W)
		}
		x = x/8*8 + 8
	}
	return d.W
}

// Split takes a label apart for languages that draw boxes and pictures: what
// boxes say in no more bytes than a picture of it, at cost bytes to a box, is boxes,
// everything else is in rest. Drawing both, in whichever order, is the label.
func Split(l labels.Label, cost int) (boxes []Box, rest labels.Dots, err error) {
	w, h := l.Size()
	picture := l
	picture.Items = nil
	for _, item := range l.Items {
		var at labels.Point
		var own []Box
		switch item := item.(type) {
		case labels.Fill:
			x, y, w, h := Area(l.Resolution, item.Rect)
			own = []Box{{x, y, w, h}}
		case labels.Symbol:
			w, h := item.Size()
			if own = SymbolBoxes(item); len(own)*cost > (w+7)/8*h {
				own = nil
			}
			at = item.At
		}
		if len(own) == 0 {
			picture.Items = append(picture.Items, item)
			continue
		}
		dx, dy := l.Resolution.Dots(at.X), l.Resolution.Dots(at.Y)
		for _, b := range own {
			x0, y0 := max(b.X+dx, 0), max(b.Y+dy, 0)
			x1, y1 := min(b.X+dx+b.W, w), min(b.Y+dy+b.H, h)
			if x0 < x1 && y0 < y1 {
				boxes = append(boxes, Box{x0, y0, x1 - x0, y1 - y0})
			}
		}
	}
	rest, err = Draw(picture)
	return boxes, rest, err
}
