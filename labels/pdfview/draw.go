package pdfview

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"

	"waybill/labels"
)

// A drawing is a page's operators at work. Points are those of the finished
// picture, in dots.
type drawing struct {
	page
	view   View
	scale  float64 // dots to a unit of the page's coordinates
	left   float64
	bottom float64 // of the coordinates' beginning, in dots from the page's top
	loops  [][]point
	words  bool // between BT and ET
}

type point struct{ x, y float64 }

// draw makes dots of the page: its outlines are filled by the even-odd rule, a
// dot is black where its middle is.
func (p page) draw() (View, error) {
	d := &drawing{page: p}
	var operands [][]byte
	rest := p.content
	for {
		token, after, err := next(rest)
		if err != nil {
			return View{}, err
		}
		if token == nil {
			break
		}
		rest = after
		if c := token[0]; c == '(' || c == '/' || c == '-' || c == '.' || (c >= '0' && c <= '9') {
			if operands = append(operands, token); len(operands) > 6 {
				return View{}, errors.New("more operands than an operator has")
			}
			continue
		}
		if err := d.operator(string(token), operands); err != nil {
			return View{}, err
		}
		operands = operands[:0]
	}
	if d.view.Dots.Bits == nil {
		return View{}, errors.New("no label on it")
	}
	return d.view, nil
}

// next returns the first word of a content stream, or a text in brackets.
func next(b []byte) (token, rest []byte, err error) {
	b = bytes.TrimLeft(b, " \n\r\t")
	if len(b) == 0 {
		return nil, nil, nil
	}
	if b[0] != '(' {
		end := bytes.IndexAny(b, " \n\r\t(")
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
	n := make([]float64, len(operands))
	for i, o := range operands {
		n[i] = number(o)
	}
	want, known := map[string]int{
		"q": 0, "Q": 0, "J": 1, "j": 1, "w": 1, "g": 1, "G": 1, "cm": 6, // state
		"m": 2, "l": 2, "h": 0, "re": 4, "f*": 0, // paths
		"BT": 0, "ET": 0, "Tf": 2, "Td": 2, "Tr": 1, "Tj": 1, // texts
	}[name]
	if !known || len(n) != want {
		return fmt.Errorf("operator %.20q with %d operands is not one of ours", name, len(n))
	}
	switch name {
	case "g", "G":
		if n[0] != 0 {
			return errors.New("a colour other than black")
		}
	case "Tr":
		if n[0] != 3 {
			return errors.New("texts that are seen")
		}
		d.words = true
	case "Tj":
		if !d.words {
			return errors.New("texts that are seen")
		}
	case "cm":
		return d.matrix(n)
	case "m":
		d.loops = append(d.loops, nil)
		fallthrough
	case "l":
		if len(d.loops) == 0 || len(d.loops) > maxContent {
			return errors.New("a line from nowhere")
		}
		last := &d.loops[len(d.loops)-1]
		*last = append(*last, d.at(n[0], n[1]))
	case "re":
		x, y, w, h := n[0], n[1], n[2], n[3]
		d.loops = append(d.loops, []point{d.at(x, y), d.at(x+w, y), d.at(x+w, y+h), d.at(x, y+h)})
	case "f*":
		return d.fill()
	}
	return nil
}

// matrix takes the one matrix of a page, which settles resolution and size.
func (d *drawing) matrix(n []float64) error {
	const unitsPerDot, pointsPerInch = 20, 72
	if d.scale != 0 || !(n[0] > 0) || n[3] != -n[0] || n[1] != 0 || n[2] != 0 || n[4] != 0 {
		return errors.New("a matrix that is not ours")
	}
	res := math.Round(pointsPerInch / (n[0] * unitsPerDot) * 10)
	if !(res >= 100 && res <= 100000) {
		return errors.New("a resolution that no printer has")
	}
	perPoint := res / 10 / pointsPerInch
	w, h := d.width*perPoint, d.height*perPoint
	if !(w > 0.5 && h > 0.5 && w*h < maxArea) {
		return errors.New("a page of a size that no label has")
	}
	d.scale, d.bottom = n[0]*perPoint, h-n[5]*perPoint
	d.view = View{Resolution: labels.Resolution(res), Dots: labels.NewDots(int(math.Round(w)), int(math.Round(h)))}
	return nil
}

func (d *drawing) at(x, y float64) point { return point{d.left + x*d.scale, d.bottom + y*d.scale} }

// A crossing is where an upright edge passes a row of dots.
type crossing struct {
	row int
	x   float64
}

// fill blackens the dots whose middle lies inside the outlines.
func (d *drawing) fill() error {
	if d.scale == 0 {
		return errors.New("a drawing before its matrix")
	}
	const most = 64 << 20
	var crossings []crossing
	for _, loop := range d.loops {
		for i, a := range loop {
			b := loop[(i+1)%len(loop)]
			if a.x != b.x && a.y != b.y || a.x != a.x || a.y != a.y {
				return errors.New("a slanted edge")
			}
			first, last := rows(a.y, b.y, d.view.Dots.H)
			for y := first; y < last; y++ {
				crossings = append(crossings, crossing{y, a.x})
			}
			if len(crossings) > most {
				return errors.New("more edges than a label has")
			}
		}
	}
	d.loops = d.loops[:0]
	slices.SortFunc(crossings, func(a, b crossing) int {
		if a.row != b.row {
			return a.row - b.row
		}
		switch {
		case a.x < b.x:
			return -1
		case a.x > b.x:
			return 1
		}
		return 0
	})
	for i := 0; i+1 < len(crossings); i += 2 { // each row has an even number, since outlines close
		a, b := crossings[i], crossings[i+1]
		from, to := rows(a.x, b.x, d.view.Dots.W)
		d.view.Dots.FillRect(from, a.row, to-from, 1)
	}
	return nil
}

// rows returns the dots of n whose middles lie between two places: from the
// first to before the last.
func rows(a, b float64, n int) (first, last int) {
	clamp := func(f float64) int { return int(math.Ceil(min(max(f-0.5, 0), float64(n)))) }
	return clamp(min(a, b)), clamp(max(a, b))
}
