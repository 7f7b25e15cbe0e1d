package zplview

import "waybill/labels"

// A piece is something drawn upright, to be turned and put in its place.
type piece struct {
	dots labels.Dots
	x, y int // of its dots in its box
	w, h int // of its box
	base int // from the box's top to the line that ^FT places
	turn byte
}

// place draws a piece where its field stands: ^FO gives the top left corner of
// the turned box, ^FT the beginning of its base line.
func (p *page) place(c piece) {
	f := &p.field
	d := c.dots
	x, y, w, h := c.x, c.y, c.w, c.h
	ax, ay := 0, c.base // of the base line's beginning
	switch c.turn {
	case 'R':
		d = d.Turn(90)
		x, y, w, h = c.h-c.y-c.dots.H, c.x, c.h, c.w
		ax, ay = c.h-c.base, 0
	case 'I':
		d = d.Turn(180)
		x, y = c.w-c.x-c.dots.W, c.h-c.y-c.dots.H
		ax, ay = c.w, c.h-c.base
	case 'B':
		d = d.Turn(270)
		x, y, w, h = c.y, c.w-c.x-c.dots.W, c.h, c.w
		ax, ay = c.base, c.w
	}
	if !f.baseline {
		ax, ay = 0, 0
	}
	if f.right {
		switch {
		case !f.baseline:
			ax = w
		case c.turn == 'R':
			ay += h
		case c.turn == 'I':
			ax -= w
		case c.turn == 'B':
			ay -= h
		default:
			ax += w
		}
	}
	p.put(d, f.x-ax+x, f.y-ay+y)
}

// put draws d at x, y of the label in the field's manner.
func (p *page) put(d labels.Dots, x, y int) {
	x, y = x+p.homeX-p.shift, y+p.homeY+p.top
	if p.field.reverse || p.reverseAll {
		p.canvas().Toggle(d, x, y)
		return
	}
	p.canvas().Draw(d, x, y)
}

// erase makes white what d has black.
func (p *page) erase(d labels.Dots, x, y int) {
	if p.field.reverse || p.reverseAll {
		p.put(d, x, y)
		return
	}
	c := p.canvas()
	x, y = x+p.homeX-p.shift, y+p.homeY+p.top
	c.Draw(d, x, y)
	c.Toggle(d, x, y)
}

// affords reports whether w by h more dots may be drawn; it is asked before
// they take memory.
func (p *page) affords(w, h int) bool {
	if p.work += w * h; p.work > maxWork || w > maxExtent || h > maxExtent {
		p.unknown("more to draw than a label holds")
		return false
	}
	return true
}

// maxExtent is the longest side of anything drawn.
const maxExtent = 1 << 17

// turnOf returns the orientation that the first parameter of a command asks for.
func (p *page) turnOf(c command) byte { return p.turnNamed(c.letter(0, p.turn)) }

func (p *page) turnNamed(o byte) byte {
	switch o {
	case 'N', 'R', 'I', 'B':
		return o
	}
	return p.turn
}

// mirrored returns d with left and right exchanged.
func mirrored(d labels.Dots) labels.Dots {
	m := labels.NewDots(d.W, d.H)
	for y := range d.H {
		for x := range d.W {
			if d.Black(x, y) {
				m.Set(d.W-1-x, y)
			}
		}
	}
	return m
}

// stretched returns d with its width times num/den.
func stretched(d labels.Dots, num, den int) labels.Dots {
	if num == den || num <= 0 || den <= 0 || d.W == 0 {
		return d
	}
	w := max(1, d.W*num/den)
	s := labels.NewDots(w, d.H)
	for y := range d.H {
		for x := range w {
			// Narrowed, a dot is black if any that it stands for is: thin strokes
			// must not vanish.
			from := x * den / num
			to := max(from+1, (x+1)*den/num)
			for ; from < min(to, d.W); from++ {
				if d.Black(from, y) {
					s.Set(x, y)
					break
				}
			}
		}
	}
	return s
}
