package zplview

import "waybill/labels"

// rectangle draws ^GB: a frame, or a solid where the frame meets itself.
func (p *page) rectangle(c command) {
	t := c.number(2, 1, 1, 32000)
	w, h := max(c.number(0, t, t, 32000), t), max(c.number(1, t, t, 32000), t)
	white := c.letter(3, 'B') == 'W'
	x, y := p.field.x, p.field.y
	if p.field.baseline {
		y -= h
	}
	if p.field.right {
		x -= w
	}
	if round := c.number(4, 0, 0, 8); round > 0 {
		// The corner's radius is so many eighths of half the shorter side.
		r := round * min(w, h) / 16
		p.curve(w, h, white, func(px, py int) bool {
			return inRounded(px, py, 0, 0, w, h, r) && !inRounded(px, py, t, t, w-2*t, h-2*t, r-t)
		})
		return
	}
	if 2*t >= min(w, h) {
		p.solid(x, y, w, h, white)
		return
	}
	p.solid(x, y, w, t, white)
	p.solid(x, y+h-t, w, t, white)
	p.solid(x, y+t, t, h-2*t, white)
	p.solid(x+w-t, y+t, t, h-2*t, white)
}

// solid draws a rectangle, cut off at the label's edge. A white one turns what
// is black there white.
func (p *page) solid(x, y, w, h int, white bool) {
	c := p.canvas()
	dx, dy := p.homeX-p.shift, p.homeY+p.top
	x0, y0 := max(x+dx, 0), max(y+dy, 0)
	w, h = min(x+dx+w, c.W)-x0, min(y+dy+h, c.H)-y0
	if w <= 0 || h <= 0 || !p.affords(w, h) {
		return
	}
	if white && !p.field.reverse && !p.reverseAll {
		c.Toggle(c.Crop(x0, y0, w, h), x0, y0)
		return
	}
	d := labels.NewDots(w, h)
	d.FillRect(0, 0, w, h)
	p.put(d, x0-dx, y0-dy)
}

// curve draws what in says of a w by h box, as far as it is on the label.
func (p *page) curve(w, h int, white bool, in func(x, y int) bool) {
	canvas := p.canvas()
	x, y := p.field.x, p.field.y
	if p.field.baseline {
		y -= h
	}
	if p.field.right {
		x -= w
	}
	dx, dy := p.homeX-p.shift, p.homeY+p.top
	x0, y0 := max(x+dx, 0), max(y+dy, 0)
	seenW, seenH := min(x+dx+w, canvas.W)-x0, min(y+dy+h, canvas.H)-y0
	if seenW <= 0 || seenH <= 0 || !p.affords(seenW, 8*seenH) { // a dot of a curve takes longer than others
		return
	}
	d := labels.NewDots(seenW, seenH)
	for sy := range seenH {
		for sx := range seenW {
			if in(x0-x-dx+sx, y0-y-dy+sy) {
				d.Set(sx, sy)
			}
		}
	}
	if white {
		p.erase(d, x0-dx, y0-dy)
		return
	}
	p.put(d, x0-dx, y0-dy)
}

// inRounded reports whether a dot lies in a rectangle with rounded corners.
func inRounded(px, py, x, y, w, h, r int) bool {
	if w <= 0 || h <= 0 || px < x || py < y || px >= x+w || py >= y+h {
		return false
	}
	if r <= 0 {
		return true
	}
	// Twice the distance of the dot's middle to the corner's, in whole numbers.
	dx, dy := 0, 0
	switch {
	case px < x+r:
		dx = 2*(x+r) - 2*px - 1
	case px >= x+w-r:
		dx = 2*px + 1 - 2*(x+w-r)
	}
	switch {
	case py < y+r:
		dy = 2*(y+r) - 2*py - 1
	case py >= y+h-r:
		dy = 2*py + 1 - 2*(y+h-r)
	}
	return dx*dx+dy*dy <= 4*r*r
}

// ellipse draws ^GE and ^GC: a ring as thick as t.
func (p *page) ellipse(w, h, t int, white bool) {
	inside := func(px, py, w, h int) bool {
		if w <= 0 || h <= 0 {
			return false
		}
		dx, dy := int64(2*px+1-w)*int64(h), int64(2*py+1-h)*int64(w)
		return dx*dx+dy*dy <= int64(w)*int64(h)*int64(w)*int64(h)
	}
	p.curve(w, h, white, func(x, y int) bool {
		return inside(x, y, w, h) && !inside(x-t, y-t, w-2*t, h-2*t)
	})
}

// diagonal draws ^GD: a band of a box's diagonal, as wide as t along its rows.
func (p *page) diagonal(w, h, t int, white, falling bool) {
	p.curve(w+t, h, white, func(x, y int) bool {
		at := y * w / max(h, 1)
		if !falling {
			at = (h - 1 - y) * w / max(h, 1)
		}
		return x >= at && x < at+t
	})
}

// shape carries out ^GC, ^GD and ^GE.
func (p *page) shape(c command) {
	switch c.name {
	case "^GC":
		d := c.number(0, 3, 3, 4095)
		p.ellipse(d, d, c.number(1, 1, 1, 4095), c.letter(2, 'B') == 'W')
	case "^GE":
		t := c.number(2, 1, 1, 4095)
		p.ellipse(c.number(0, max(t, 3), 3, 4095), c.number(1, max(t, 3), 3, 4095), t, c.letter(3, 'B') == 'W')
	case "^GD":
		t := c.number(2, 1, 1, 32000)
		o := c.letter(4, 'R')
		p.diagonal(c.number(0, max(t, 3), 3, 32000), c.number(1, max(t, 3), 3, 32000), t, c.letter(3, 'B') == 'W', o == 'L' || o == '\\')
	}
}
