package pdfview

import (
	"bytes"
	"errors"
	"fmt"
	"math"

	"waybill/labels"
)

// What a page of ours is drawn in.
const (
	unitsPerDot   = 20
	pointsPerInch = 72
	maxWork       = 4       // times a picture's dots: what may be drawn on it
	leastWork     = 4 << 20 // whatever its dots
)

// A drawing is the operators of a page or a form at work.
type drawing struct {
	doc   *document
	form  bool // which has nothing but paths
	dots  labels.Dots
	paths paths
	work  int // that may still be done

	// Of a page: its size in points, and what its operators have set.
	width, height float64
	resolution    labels.Resolution
	depth, inside int  // of q, and where the page's matrix holds
	closed        bool // the page's matrix holds no more
	moved         bool // to where paths has it
	words         bool // are not to be seen
	marked        int  // open BDC
}

// draw makes dots of the page: its outlines are filled by the even-odd rule, a
// dot is black where its middle is.
func (d *document) draw(p page) (View, error) {
	content, err := d.stream(p.content)
	if err != nil {
		return View{}, err
	}
	w := &drawing{doc: d, width: p.width, height: p.height}
	if err := w.run(content.data); err != nil {
		return View{}, err
	}
	if w.dots.Bits == nil {
		return View{}, errors.New("no label on it")
	}
	return View{Resolution: w.resolution, Dots: w.dots}, nil
}

// run does all operators of a stream.
func (d *drawing) run(rest []byte) error {
	var operands [][]byte
	for {
		token, after, err := next(rest)
		if err != nil {
			return err
		}
		if token == nil {
			return nil
		}
		rest = after
		if c := token[0]; c == '(' || c == '/' || c == '<' || c == '-' || c == '.' || (c >= '0' && c <= '9') {
			if operands = append(operands, token); len(operands) > 6 {
				return errors.New("more operands than an operator has")
			}
			continue
		}
		if err := d.operator(string(token), operands); err != nil {
			return err
		}
		operands = operands[:0]
	}
}

// next returns the first word of a content stream, or a text in brackets.
func next(b []byte) (token, rest []byte, err error) {
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\n' || b[0] == '\r' || b[0] == '\t') {
		b = b[1:]
	}
	if len(b) == 0 {
		return nil, nil, nil
	}
	if b[0] != '(' {
		end := bytes.IndexAny(b[:min(len(b), 32)], " \n\r\t(")
		if end < 0 {
			end = bytes.IndexAny(b, " \n\r\t(")
		}
		if end < 0 {
			end = len(b)
		}
		return b[:end], b[end:], nil
	}
	depth := 0
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return b[:i+1], b[i+1:], nil
			}
		}
	}
	return nil, nil, errors.New("a text without end")
}

// operator does one operator, if it is one of ours.
func (d *drawing) operator(name string, operands [][]byte) error {
	var n [6]float64
	for i, o := range operands {
		if c := o[0]; c != '/' && c != '(' && c != '<' {
			n[i] = number(o)
		} else {
			n[i] = math.NaN()
		}
	}
	want := -1
	switch name {
	case "h", "f*":
		want = 0
	case "m", "l":
		want = 2
	case "re":
		want = 4
	}
	if want == len(operands) {
		return d.path(name, n)
	}
	if want < 0 && !d.form {
		want = operandsOfPage(name)
	}
	if want != len(operands) {
		return fmt.Errorf("operator %.20q with %d operands is not one of ours", name, len(operands))
	}
	switch name {
	case "BT", "ET", "Tf", "Td", "Tr", "Tj", "BDC", "EMC":
		return d.text(name, operands, n)
	}
	return d.state(name, operands, n)
}

// operandsOfPage returns how many operands an operator of pages has; -1 if it
// is none of ours.
func operandsOfPage(name string) int {
	switch name {
	case "q", "Q", "BT", "ET", "EMC":
		return 0
	case "J", "j", "w", "g", "G", "Tr", "Tj", "Do":
		return 1
	case "Tf", "Td":
		return 2
	case "BDC":
		return 3
	case "cm":
		return 6
	}
	return -1
}

// path does an operator that draws.
func (d *drawing) path(name string, n [6]float64) error {
	switch name {
	case "m", "l":
		return d.paths.line(n[0], n[1], name == "m")
	case "re":
		d.paths.rectangle(n[0], n[1], n[2], n[3])
	case "f*":
		if d.dots.Bits == nil {
			return errors.New("a drawing before its matrix")
		}
		if d.closed || d.moved != (d.depth > d.inside) {
			return errors.New("a drawing outside its matrix")
		}
		return d.paths.fill(d.dots, &d.work)
	}
	return nil
}

// text does an operator about words, none of which may be seen.
func (d *drawing) text(name string, operands [][]byte, n [6]float64) error {
	switch name {
	case "Tr":
		if n[0] != 3 {
			return errors.New("texts that are seen")
		}
		d.words = true
	case "Tj":
		if !d.words {
			return errors.New("texts that are seen")
		}
	case "BDC":
		if string(operands[0]) != "/Span" || string(operands[1]) != "<</ActualText" {
			return errors.New("a mark that is not ours")
		}
		d.marked++
	case "EMC":
		if d.marked--; d.marked < 0 {
			return errors.New("the end of a mark without its beginning")
		}
	}
	return nil
}

// state does an operator that places or colours.
func (d *drawing) state(name string, operands [][]byte, n [6]float64) error {
	switch name {
	case "g", "G":
		if n[0] != 0 {
			return errors.New("a colour other than black")
		}
	case "q":
		if d.depth++; d.depth > 2 {
			return errors.New("more states than ours have")
		}
	case "Q":
		if d.depth--; d.depth < 0 {
			return errors.New("the end of a state without its beginning")
		}
		d.moved, d.paths.moved = false, point{}
		d.closed = d.closed || d.dots.Bits != nil && d.depth < d.inside
	case "cm":
		if d.dots.Bits == nil {
			return d.matrix(n)
		}
		return d.move(n)
	case "Do":
		return d.place(operands[0])
	}
	return nil
}

// matrix takes the one matrix of a page, which settles resolution and size.
func (d *drawing) matrix(n [6]float64) error {
	if !(n[0] > 0) || n[3] != -n[0] || n[1] != 0 || n[2] != 0 || n[4] != 0 {
		return errors.New("a matrix that is not ours")
	}
	res := math.Round(pointsPerInch / (n[0] * unitsPerDot) * 10)
	if !(res >= 100 && res <= 100000) {
		return errors.New("a resolution that no printer has")
	}
	perPoint := res / 10 / pointsPerInch
	w, h := d.width*perPoint, d.height*perPoint
	bottom := h - n[5]*perPoint
	if !(w > 0.5 && h > 0.5 && w*h < maxArea && math.Abs(bottom) < 1) {
		return errors.New("a page of a size that no label has")
	}
	if err := d.canvas(int(math.Round(w)), int(math.Round(h))); err != nil {
		return err
	}
	d.resolution, d.inside = labels.Resolution(res), d.depth
	d.paths.scale, d.paths.bottom = n[0]*perPoint, bottom
	return nil
}

// canvas begins the picture that is drawn on.
func (d *drawing) canvas(w, h int) error {
	if d.doc.dots -= w * h; d.doc.dots < 0 {
		return errors.New("more dots than can be drawn")
	}
	d.dots, d.work = labels.NewDots(w, h), maxWork*w*h+leastWork
	return nil
}

// move takes the matrix that says where a drawing goes: whole dots.
func (d *drawing) move(n [6]float64) error {
	whole := func(f float64) bool { return math.Abs(f) < 1<<25 && math.Mod(f, unitsPerDot) == 0 }
	if n[0] != 1 || n[1] != 0 || n[2] != 0 || n[3] != 1 || !whole(n[4]) || !whole(n[5]) || d.moved || d.depth != d.inside+1 {
		return errors.New("a matrix that is not ours")
	}
	d.moved, d.paths.moved = true, point{n[4], n[5]}
	return nil
}

// place draws a form.
func (d *drawing) place(name []byte) error {
	if !d.moved {
		return errors.New("a form without a place")
	}
	dots, err := d.doc.formOf(string(name))
	if err != nil {
		return err
	}
	if d.work -= dots.W*dots.H/8 + dots.H; d.work < 0 {
		return errTooMuch
	}
	at := d.paths.at(0, 0)
	x, y := math.Round(at.x), math.Round(at.y)
	// Ours is placed within a twenty-fourth; at a quarter its ink would still
	// have the same dots' middles.
	if math.Abs(at.x-x) > 0.25 || math.Abs(at.y-y) > 0.25 {
		return errors.New("a form between dots")
	}
	d.dots.Draw(dots, int(x), int(y))
	return nil
}
