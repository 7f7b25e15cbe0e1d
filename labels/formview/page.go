package formview

import (
	"bytes"
	"slices"

	"waybill/labels"
)

// A page is what a form has drawn of a label, and the settings as they stand.
type page struct {
	res   labels.Resolution
	w, h  int // h is 0 where the form does not say it
	least int // of h then
	x, y  int // of the beginning, on the paper
	turn  int // degrees that the label comes out turned by

	centred, moved bool // EPL2's q puts a label into the middle of the print head, and R behind it takes it out

	begun    bool // something is drawn that is not printed yet
	cleared  bool
	marks    []mark
	work     int
	unknowns []string
	show     func(View)
	shown    int // labels
}

// A mark is a box or, where it has dots, a picture.
type mark struct {
	x, y, w, h int
	dots       labels.Dots
}

func (p *page) unknown(what string) {
	if len(p.unknowns) < maxUnknown && !slices.Contains(p.unknowns, what) {
		p.unknowns = append(p.unknowns, what)
	}
}

// clear begins a label.
func (p *page) clear() { p.marks, p.cleared, p.begun = nil, true, true }

// settle refuses a setting of the label once something is drawn: printers
// differ in what they make of that.
func (p *page) settle(what string) {
	if len(p.marks) > 0 {
		p.unknown(what + " after something was drawn")
	}
}

// add adds a mark at its place.
func (p *page) add(m mark) {
	if p.begun = true; !p.cleared {
		p.unknown("something is drawn before the label is cleared, on what the printer still holds")
	}
	m.x, m.y = m.x+p.x, m.y+p.y
	p.work += m.w * m.h
	p.marks = append(p.marks, m)
}

// picture adds one of rows of so many bytes, in which 1 is white, from data, and
// returns what follows it.
func (p *page) picture(x, y, stride, rows int, data []byte) ([]byte, error) {
	if stride*rows > len(data) {
		return nil, ErrNoForm
	}
	d := labels.Dots{W: 8 * stride, H: rows, Stride: stride, Bits: make([]byte, stride*rows)}
	for i, b := range data[:stride*rows] {
		d.Bits[i] = ^b
	}
	p.add(mark{x, y, d.W, d.H, d})
	rest := data[stride*rows:]
	rest = bytes.TrimPrefix(rest, []byte("\r"))
	rest, ok := bytes.CutPrefix(rest, []byte("\n"))
	if !ok {
		return nil, ErrNoForm
	}
	return rest, nil
}

// print ends the label.
func (p *page) print(copies int) {
	if !p.cleared {
		p.unknown("a label is printed that was not cleared, with what the printer still holds")
	}
	h := p.h
	if h == 0 {
		h = p.least
		for _, m := range p.marks {
			h = max(h, min(m.y+m.h, maxSide))
		}
	}
	if p.w*h > maxArea {
		p.unknown("a label of more dots than any has")
		h = maxArea / p.w
	}
	if p.work += p.w * h; p.work > maxWork {
		return
	}
	d := labels.NewDots(p.w, h)
	for _, m := range p.marks {
		if p.draw(d, m) {
			p.unknown("ink past the label's edge")
		}
	}
	p.show(View{Dots: d.Turn(p.turn), Sensed: p.h == 0, Copies: copies, Unknown: p.unknowns})
	p.shown++
	p.unknowns, p.marks, p.begun, p.cleared = nil, nil, false, false
}

// draw draws a mark, and reports whether ink of it lies past the edge.
func (p *page) draw(d labels.Dots, m mark) (past bool) {
	if m.dots.Bits == nil {
		d.FillRect(m.x, m.y, m.w, m.h)
		return m.x+m.w > d.W || m.y+m.h > d.H
	}
	there := d.Crop(m.x, m.y, m.w, m.h)
	for i, b := range there.Bits {
		if b&^m.dots.Bits[i] != 0 {
			p.unknown("white of a picture over what is black: printers differ in whether it covers that")
			break
		}
	}
	d.Draw(m.dots, m.x, m.y)
	x, y, w, h := m.dots.Ink()
	return w > 0 && (m.x+x+w > d.W || m.y+y+h > d.H)
}
