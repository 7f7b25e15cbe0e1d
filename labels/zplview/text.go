package zplview

import (
	"errors"
	"strings"

	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/text"
)

// text draws field data in a font that stands in for the printer's: places and
// sizes are right, the letters' shapes are our own.
func (p *page) text(data []byte) {
	f := p.field
	height := f.height
	if height == 0 {
		height = p.fontHeight
	}
	if len(data) > maxData || height > p.h {
		p.unknown("text longer than 3072 bytes or higher than the label")
		return
	}
	s := strings.ToValidUTF8(string(data), "\ufffd")
	// What runs past the edge is cut off by the paper, not refused.
	style := text.Style{Size: p.res.Length(height), Bold: true, Width: 4 * p.w}
	x, y := f.x, f.y
	if b := f.block; b != nil && b.width > 0 {
		s = strings.ReplaceAll(s, `\&`, "\n")
		style.Width, style.Lines, style.Cut = min(b.width, 4*p.w), min(b.lines, 100), true
		switch b.align {
		case 'C':
			style.Align = text.Centre
		case 'R':
			style.Align = text.Right
		case 'J':
			p.unknown("^FB justified")
		}
		if b.between != 0 || b.indent != 0 {
			p.unknown("^FB with line distance or indent")
		}
	}
	block, err := text.Draw(p.fonts, p.res, s, style)
	if err != nil {
		var missing *fonts.MissingError
		switch {
		case errors.As(err, &missing):
			p.unknown("text with " + missing.Error())
		default:
			p.unknown("text that does not fit")
		}
		return
	}
	if f.baseline {
		y -= height * 3 / 4
	}
	p.put(block.Dots, x+block.X, y+block.Y)
}

// rectangle draws ^GB: a frame, or a solid where the frame meets itself.
func (p *page) rectangle(c command) {
	t := c.number(2, 1, 1, 32000)
	w, h := max(c.number(0, t, t, 32000), t), max(c.number(1, t, t, 32000), t)
	if c.letter(4, '0') != '0' {
		p.unknown("^GB with round corners")
	}
	white := c.letter(3, 'B') == 'W'
	x, y := p.field.x, p.field.y
	if p.field.baseline {
		y -= h
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
