package text

import (
	"cmp"
	"math"
	"slices"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"

	"waybill/labels"
)

// Outlines are turned into dots in whole numbers, 64 to a dot, on four lines
// to a row of dots. Floating point adds up differently from machine to machine,
// and the same label must be the same bytes everywhere.
const (
	unit     = 64
	subLines = 4
	full     = unit * subLines
)

// A glyph is one drawn character; its dots begin at x, y from its origin on
// the baseline.
type glyph struct {
	dots labels.Dots
	x, y int
}

type edge struct{ x0, y0, x1, y1, wind int }

type outline struct {
	edges          []edge
	sx, sy, px, py int // start of the contour, and the pen
	any            bool
	minX, maxX     int
	minY, maxY     int
}

// drawGlyph returns segments, in font units, at scale dots to a font unit.
func drawGlyph(segments []font.Segment, scale float64) glyph {
	o := outline{minX: math.MaxInt32, minY: math.MaxInt32, maxX: math.MinInt32, maxY: math.MinInt32}
	s := scale * unit
	at := func(p opentype.SegmentPoint) (x, y int) {
		return int(math.Round(float64(p.X) * s)), -int(math.Round(float64(p.Y) * s))
	}
	for _, seg := range segments {
		x1, y1 := at(seg.Args[0])
		x2, y2 := at(seg.Args[1])
		x3, y3 := at(seg.Args[2])
		switch seg.Op {
		case opentype.SegmentOpMoveTo:
			o.close()
			o.sx, o.sy, o.px, o.py = x1, y1, x1, y1
		case opentype.SegmentOpLineTo:
			o.line(x1, y1)
		case opentype.SegmentOpQuadTo:
			o.quad(x1, y1, x2, y2)
		case opentype.SegmentOpCubeTo:
			o.cube(x1, y1, x2, y2, x3, y3)
		}
	}
	o.close()
	if !o.any {
		return glyph{}
	}
	return o.fill()
}

func (o *outline) close() { o.line(o.sx, o.sy) }

func (o *outline) line(x, y int) {
	if x == o.px && y == o.py {
		return
	}
	o.any = true
	o.minX, o.maxX = min(o.minX, x, o.px), max(o.maxX, x, o.px)
	o.minY, o.maxY = min(o.minY, y, o.py), max(o.maxY, y, o.py)
	switch {
	case y > o.py:
		o.edges = append(o.edges, edge{o.px, o.py, x, y, 1})
	case y < o.py:
		o.edges = append(o.edges, edge{x, y, o.px, o.py, -1})
	}
	o.px, o.py = x, y
}

// pieces returns how many straight pieces stand for a curve of about the given
// extent: enough that none is off by a sixteenth of a dot.
func pieces(extent int) int { return min(2+extent/(3*unit), 16) }

func (o *outline) quad(x1, y1, x2, y2 int) {
	x0, y0 := o.px, o.py
	n := pieces(abs(x1-x0) + abs(y1-y0) + abs(x2-x1) + abs(y2-y1))
	for i := 1; i <= n; i++ {
		a, b, c := (n-i)*(n-i), 2*i*(n-i), i*i
		o.line((a*x0+b*x1+c*x2)/(n*n), (a*y0+b*y1+c*y2)/(n*n))
	}
}

func (o *outline) cube(x1, y1, x2, y2, x3, y3 int) {
	x0, y0 := o.px, o.py
	n := 1 + pieces(abs(x1-x0)+abs(y1-y0)+abs(x2-x1)+abs(y2-y1)+abs(x3-x2)+abs(y3-y2))
	for i := 1; i <= n; i++ {
		j := n - i
		a, b, c, d := j*j*j, 3*i*j*j, 3*i*i*j, i*i*i
		o.line((a*x0+b*x1+c*x2+d*x3)/(n*n*n), (a*y0+b*y1+c*y2+d*y3)/(n*n*n))
	}
}

func abs(n int) int { return max(n, -n) }

// A crossing is where an edge meets one line of sampling.
type crossing struct{ line, x, wind int }

// fill blackens the dots of which the outline covers half or more.
func (o *outline) fill() glyph {
	x0, y0 := floorDiv(o.minX, unit), floorDiv(o.minY, unit)
	w, h := floorDiv(o.maxX-1, unit)+1-x0, floorDiv(o.maxY-1, unit)+1-y0
	if w <= 0 || h <= 0 {
		return glyph{}
	}
	g := glyph{dots: labels.NewDots(w, h), x: x0, y: y0}
	cross := o.crossings(x0, y0)
	covered := make([]int, w)
	for row, i := 0, 0; row < h; row++ {
		clear(covered)
		wind := 0
		for ; i < len(cross) && cross[i].line < (row+1)*subLines; i++ {
			if wind != 0 { // contours are closed, so it is 0 where a line begins
				cover(covered, cross[i-1].x, cross[i].x)
			}
			wind += cross[i].wind
		}
		for x, c := range covered {
			if 2*c >= full {
				g.dots.Set(x, row)
			}
		}
	}
	return g
}

// crossings returns where the outline meets the lines of sampling, line by
// line and from left to right, counted from the dot at x0, y0.
func (o *outline) crossings(x0, y0 int) []crossing {
	const step = unit / subLines
	var all []crossing
	for _, e := range o.edges {
		first := floorDiv(e.y0-y0*unit+step/2-1, step) // the first line at or below its head
		for line := max(first, 0); ; line++ {
			y := y0*unit + line*step + step/2
			if y >= e.y1 {
				break
			}
			if y >= e.y0 {
				all = append(all, crossing{line, e.x0 + (y-e.y0)*(e.x1-e.x0)/(e.y1-e.y0) - x0*unit, e.wind})
			}
		}
	}
	slices.SortFunc(all, func(a, b crossing) int { return cmp.Or(a.line-b.line, a.x-b.x) })
	return all
}

// cover adds the span from a to b, in units, to the dots it lies on.
func cover(covered []int, a, b int) {
	a, b = max(a, 0), min(b, len(covered)*unit)
	for a < b {
		dot := a / unit
		end := min(b, (dot+1)*unit)
		covered[dot] += end - a
		a = end
	}
}

func floorDiv(a, b int) int {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
