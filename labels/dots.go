package labels

import (
	"bytes"
	"math/bits"
)

// Size returns the label's width and height in whole dots. Half a dot at the
// edge is dropped, so that nothing is ever placed past the paper.
func (l Label) Size() (w, h int) {
	const d = int64(10 * Inch)
	return int(int64(l.Width) * int64(l.Resolution) / d), int(int64(l.Height) * int64(l.Resolution) / d)
}

// Equal reports whether two pictures have the same size and the same dots. What
// a row's bytes hold past its width are no dots.
func (d Dots) Equal(e Dots) bool {
	if d.W != e.W || d.H != e.H {
		return false
	}
	if d.Stride == e.Stride && bytes.Equal(d.Bits, e.Bits) {
		return true
	}
	whole, spare := d.W/8, d.W%8
	for y := range d.H {
		a, b := d.Bits[y*d.Stride:], e.Bits[y*e.Stride:]
		if !bytes.Equal(a[:whole], b[:whole]) || spare > 0 && (a[whole]^b[whole])>>(8-spare) != 0 {
			return false
		}
	}
	return true
}

// FillRect makes the dots of a rectangle black; what lies outside is left out.
func (d Dots) FillRect(x, y, w, h int) {
	x0, y0, x1, y1 := max(x, 0), max(y, 0), min(x+w, d.W), min(y+h, d.H)
	if x0 >= x1 {
		return
	}
	first, last := x0/8, (x1-1)/8
	head, tail := byte(0xff)>>(x0%8), byte(0xff)<<(7-(x1-1)%8)
	for ; y0 < y1; y0++ {
		row := d.Bits[y0*d.Stride : (y0+1)*d.Stride]
		if first == last {
			row[first] |= head & tail
			continue
		}
		row[first] |= head
		for i := first + 1; i < last; i++ {
			row[i] = 0xff
		}
		row[last] |= tail
	}
}

// Draw adds the black dots of src with its top left corner at x, y; what lies
// outside is left out.
func (d Dots) Draw(src Dots, x, y int) {
	for sy := max(0, -y); sy < src.H && y+sy < d.H; sy++ {
		row := src.Bits[sy*src.Stride : (sy+1)*src.Stride]
		if x >= 0 && x+src.W <= d.W {
			drawRow(d.Bits[(y+sy)*d.Stride+x/8:(y+sy+1)*d.Stride], row, src.W, x%8)
			continue
		}
		for i, b := range row {
			for b != 0 {
				k := bits.LeadingZeros8(b)
				b &^= 0x80 >> k
				if sx := i*8 + k; sx < src.W {
					d.Set(x+sx, y+sy)
				}
			}
		}
	}
}

// drawRow adds the first w dots of row, so many dots further right.
func drawRow(dst, row []byte, w, right int) {
	for i := 0; i*8 < w; i++ {
		b := row[i]
		if rest := w - i*8; rest < 8 {
			b &= 0xff << (8 - rest)
		}
		if b == 0 {
			continue
		}
		dst[i] |= b >> right
		if over := b << (8 - right); over != 0 {
			dst[i+1] |= over
		}
	}
}

// Toggle turns the dots of d over wherever src is black, with src's top left
// corner at x, y. It is how a printer draws a field "in reverse".
func (d Dots) Toggle(src Dots, x, y int) {
	for sy := max(0, -y); sy < src.H && y+sy < d.H; sy++ {
		for sx := max(0, -x); sx < src.W && x+sx < d.W; sx++ {
			if src.Black(sx, sy) {
				dx, dy := x+sx, y+sy
				d.Bits[dy*d.Stride+dx/8] ^= 0x80 >> (dx % 8)
			}
		}
	}
}

// Crop returns a copy of a part of d; what lies outside d is white.
func (d Dots) Crop(x, y, w, h int) Dots {
	c := NewDots(w, h)
	wide := min(w, d.W-x) // that d reaches to
	if wide <= 0 {
		return c
	}
	for cy := max(0, -y); cy < h && y+cy < d.H; cy++ {
		from, to := d.Bits[(y+cy)*d.Stride:(y+cy+1)*d.Stride], c.Bits[cy*c.Stride:(cy+1)*c.Stride]
		for i := 0; i*8 < wide; i++ {
			to[i] = eight(from, x+i*8)
		}
		if spare := wide % 8; spare > 0 {
			to[wide/8] &= 0xff << (8 - spare)
		}
	}
	return c
}

// eight returns the eight dots of a row from x on; what lies outside is white.
func eight(row []byte, x int) (b byte) {
	i, right := x>>3, x&7
	if i >= 0 && i < len(row) {
		b = row[i] << right
	}
	if i++; right > 0 && i >= 0 && i < len(row) {
		b |= row[i] >> (8 - right)
	}
	return b
}

// Enlarge returns d with every dot drawn as w by h dots.
func (d Dots) Enlarge(w, h int) Dots {
	e := NewDots(d.W*w, d.H*h)
	for y := range d.H {
		for x := 0; x < d.W; x++ {
			if !d.Black(x, y) {
				continue
			}
			run := x
			for x+1 < d.W && d.Black(x+1, y) {
				x++
			}
			e.FillRect(run*w, y*h, (x-run+1)*w, h)
		}
	}
	return e
}

// Turn returns d turned clockwise by 0, 90, 180 or 270 degrees.
func (d Dots) Turn(degrees int) Dots {
	switch degrees {
	case 90:
		return d.moved(d.H, d.W, func(x, y int) (int, int) { return d.H - 1 - y, x })
	case 180:
		return d.moved(d.W, d.H, func(x, y int) (int, int) { return d.W - 1 - x, d.H - 1 - y })
	case 270:
		return d.moved(d.H, d.W, func(x, y int) (int, int) { return y, d.W - 1 - x })
	}
	return d
}

// moved returns a picture of w by h dots to which to sends the black dots of d.
func (d Dots) moved(w, h int, to func(x, y int) (int, int)) Dots {
	t := NewDots(w, h)
	for y := range d.H {
		for i, b := range d.Bits[y*d.Stride : (y+1)*d.Stride] {
			for b != 0 {
				k := bits.LeadingZeros8(b)
				b &^= 0x80 >> k
				t.Set(to(i*8+k, y))
			}
		}
	}
	return t
}

// Ink returns the smallest rectangle that holds every black dot. A white
// picture has an empty one.
func (d Dots) Ink() (x, y, w, h int) {
	x0, y0, x1, y1 := d.W, d.H, -1, -1
	for y := range d.H {
		row := d.Bits[y*d.Stride : (y+1)*d.Stride]
		for i, b := range row {
			if b == 0 {
				continue
			}
			x0 = min(x0, i*8+bits.LeadingZeros8(b))
			x1 = max(x1, i*8+7-bits.TrailingZeros8(b))
			y0, y1 = min(y0, y), y
		}
	}
	if x1 < 0 {
		return 0, 0, 0, 0
	}
	return x0, y0, x1 - x0 + 1, y1 - y0 + 1
}

// Drawing returns the symbol as dots: its bars or squares at their size,
// without quiet zone, turned as it stands on the label.
func (s Symbol) Drawing() Dots { return s.upright().Turn(s.Turned) }

func (s Symbol) upright() Dots {
	if s.Drawn.W > 0 || s.BearerModules > 0 {
		return s.special()
	}
	if s.HeightDots > 0 {
		return s.Modules.Enlarge(s.ModuleDots, s.HeightDots)
	}
	return s.Modules.Enlarge(s.ModuleDots, s.ModuleDots)
}

// Quiet returns the modules of white that a reader needs at the left and right
// of the symbol as it stands on the label, and above and below it.
func (s Symbol) Quiet() (sides, ends int) {
	sides, ends = s.Symbology.QuietModules()
	if sides += s.MoreQuiet; ends > 0 { // a laser crosses linear bars whatever stands above them
		ends += s.MoreQuiet
	}
	if s.Turned%180 != 0 {
		return ends, sides
	}
	return sides, ends
}

// QuietModules returns the modules of white that a reader needs at the sides
// of a symbol, and above and below it.
func (s Symbology) QuietModules() (sides, ends int) {
	switch s {
	case QR, GS1QR:
		return 4, 4
	case Code128, GS1128:
		return 10, 0
	case DataMatrix, GS1DataMatrix, Aztec: // an Aztec code needs none; one keeps other print from touching it
		return 1, 1
	case PDF417:
		return 2, 2
	default:
		return s.otherQuietModules()
	}
}
