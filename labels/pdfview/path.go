package pdfview

import (
	"errors"
	"math"
	"slices"

	"waybill/labels"
)

var errTooMuch = errors.New("more than a label draws")

// paths are outlines that are not filled yet. Their points are those of the
// finished picture, in dots.
type paths struct {
	scale  float64 // dots to a unit of the coordinates
	bottom float64 // of the coordinates' beginning, in dots from the picture's top
	moved  point   // by so many units
	loops  []loop
	points []point
	cross  []crossing
}

// A loop is the points of one outline, up to the next one's.
type loop struct {
	first     int
	rectangle bool
}

type point struct{ x, y float64 }

// A crossing is where an upright edge passes a row of dots.
type crossing struct {
	row int
	x   float64
}

func (p *paths) at(x, y float64) point {
	return point{(p.moved.x + x) * p.scale, p.bottom + (p.moved.y+y)*p.scale}
}

func (p *paths) line(x, y float64, begin bool) error {
	if begin {
		p.loops = append(p.loops, loop{first: len(p.points)})
	}
	if len(p.loops) == 0 || p.loops[len(p.loops)-1].rectangle {
		return errors.New("a line from nowhere")
	}
	p.points = append(p.points, p.at(x, y))
	return nil
}

func (p *paths) rectangle(x, y, w, h float64) {
	p.loops = append(p.loops, loop{len(p.points), true})
	p.points = append(p.points, p.at(x, y), p.at(x+w, y), p.at(x+w, y+h), p.at(x, y+h))
}

// fill blackens the dots whose middle lies inside the outlines.
func (p *paths) fill(dots labels.Dots, work *int) error {
	defer func() { p.loops, p.points, p.cross = p.loops[:0], p.points[:0], p.cross[:0] }()
	if len(p.loops) == 1 && p.loops[0].rectangle && !slices.ContainsFunc(p.points, point.nowhere) {
		a, b := p.points[0], p.points[2]
		x0, x1 := middles(a.x, b.x, dots.W)
		y0, y1 := middles(a.y, b.y, dots.H)
		if *work -= (y1 - y0) * ((x1-x0)/8 + 1); *work < 0 {
			return errTooMuch
		}
		dots.FillRect(x0, y0, x1-x0, y1-y0)
		return nil
	}
	for i, l := range p.loops {
		end := len(p.points)
		if i+1 < len(p.loops) {
			end = p.loops[i+1].first
		}
		if err := p.crossings(p.points[l.first:end], dots.H, work); err != nil {
			return err
		}
	}
	slices.SortFunc(p.cross, func(a, b crossing) int {
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
	for i := 0; i+1 < len(p.cross); i += 2 { // each row has an even number, since outlines close
		a, b := p.cross[i], p.cross[i+1]
		from, to := middles(a.x, b.x, dots.W)
		if *work -= (to-from)/8 + 1; *work < 0 {
			return errTooMuch
		}
		dots.FillRect(from, a.row, to-from, 1)
	}
	return nil
}

// nowhere reports whether the point is not a number or without end.
func (p point) nowhere() bool { return p.x-p.x != 0 || p.y-p.y != 0 }

// crossings finds the rows that the upright edges of an outline pass.
func (p *paths) crossings(loop []point, rows int, work *int) error {
	for i, a := range loop {
		b := loop[(i+1)%len(loop)]
		if a.x != b.x && a.y != b.y || a.nowhere() {
			return errors.New("a slanted edge")
		}
		if a.y == b.y {
			continue
		}
		first, last := middles(a.y, b.y, rows)
		if *work -= last - first; *work < 0 {
			return errTooMuch
		}
		for y := first; y < last; y++ {
			p.cross = append(p.cross, crossing{y, a.x})
		}
	}
	return nil
}

// middles returns the dots of n whose middles lie between two places: from the
// first to before the last.
func middles(a, b float64, n int) (first, last int) {
	clamp := func(f float64) int { return int(math.Ceil(min(max(f-0.5, 0), float64(n)))) }
	return clamp(min(a, b)), clamp(max(a, b))
}
