package verify

import (
	"math"

	"waybill/labels"
)

// A corner is a finder pattern: the square in three corners of a QR code.
type corner struct {
	at     spot // its middle
	module float64
}

// maxCorners bounds how many finder patterns are put together to codes.
const maxCorners = 200

// findCorners returns the finder patterns of a view: along the row and the
// column through its middle, black and white run 1, 1, 3, 1, 1 modules. Edges
// are held against the next ones of their kind, which are right even where
// every bar has grown.
func findCorners(v *view) []corner {
	var corners []corner
	for _, s := range v.strips {
		for i := 0; i+5 < len(s.edges); i += 2 {
			e := s.edges[i:]
			module, ok := cornerRuns(e[2]-e[0], e[3]-e[1], e[4]-e[2], e[5]-e[3])
			if !ok {
				continue
			}
			c := corner{spot{float64(e[2]+e[3]) / 2, float64(s.first+s.last+1) / 2}, module}
			if known(corners, c) || !c.column(v.d) {
				continue
			}
			if corners = append(corners, c); len(corners) == maxCorners {
				return corners
			}
		}
	}
	return corners
}

// cornerRuns returns the module of a finder pattern with these distances of
// edges.
func cornerRuns(a, b, c, d int32) (float64, bool) {
	sum := a + b + c + d // 12 modules
	off := sum * 6 / 10
	return float64(sum) / 12, near(12*a, 2*sum, off) && near(12*b, 4*sum, off) && near(12*c, 4*sum, off) && near(12*d, 2*sum, off)
}

func known(corners []corner, c corner) bool {
	for _, k := range corners {
		if math.Abs(k.at.x-c.at.x) < 2*c.module && math.Abs(k.at.y-c.at.y) < 2*c.module {
			return true
		}
	}
	return false
}

// column reports whether the column through c looks as its row does, and moves
// c to the middle of it.
func (c *corner) column(d labels.Dots) bool {
	x, y := int(c.at.x), int(c.at.y)
	far := int(5 * c.module)
	up, down := ray(d, x, y, 0, -1, 3, far), ray(d, x, y, 0, 1, 3, far)
	if len(up) < 3 || len(down) < 3 {
		return false
	}
	module, ok := cornerRuns(int32(up[2]-up[0]), int32(up[1]+down[0]-1), int32(up[0]+down[1]-1), int32(down[2]-down[0]))
	if !ok || math.Abs(module-c.module) > 0.3*c.module {
		return false
	}
	c.at.y = float64(y) + 0.5 + float64(down[0]-up[0])/2
	return true
}

// ray returns how far it is from a dot to where the colour changes for the
// first, second … nth time, at most far.
func ray(d labels.Dots, x, y, dx, dy, n, far int) []int {
	var changes []int
	black := d.Black(x, y)
	for i := 1; i <= far && len(changes) < n; i++ {
		if now := d.Black(x+dx*i, y+dy*i); now != black {
			changes, black = append(changes, i), now
		}
	}
	return changes
}

// codes returns the grids of QR codes that have their finder patterns in
// corners, and how they are turned.
func codes(corners []corner) (grids []grid, turned []int) {
	for _, a := range corners { // where the two others meet
		for _, b := range corners { // on the same row
			wide := b.at.x - a.at.x
			if math.Abs(wide) < 10*a.module || math.Abs(b.at.y-a.at.y) > a.module || math.Abs(b.module-a.module) > 0.3*a.module {
				continue
			}
			for _, c := range corners { // in the same column
				high := c.at.y - a.at.y
				if math.Abs(c.at.x-a.at.x) > a.module || math.Abs(math.Abs(high)-math.Abs(wide)) > 2*a.module {
					continue
				}
				g, degrees, ok := codeGrid(a, b, c)
				if ok {
					grids, turned = append(grids, g), append(turned, degrees)
				}
			}
		}
	}
	return grids, turned
}

// codeGrid returns the grid of the code of which the finder patterns a and b
// lie on a row, a and c in a column.
func codeGrid(a, b, c corner) (g grid, degrees int, ok bool) {
	leg := (math.Abs(b.at.x-a.at.x) + math.Abs(c.at.y-a.at.y)) / 2
	side := 17 + 4*int(math.Round((leg/a.module+7-17)/4)) // modules: versions 1 to 40
	if side < 21 || side > 177 {
		return g, 0, false
	}
	g = grid{w: side, h: side, across: a.at.toward(b.at, side-7), down: a.at.toward(c.at, side-7)}
	right, below := b.at.x > a.at.x, c.at.y > a.at.y
	switch {
	case right && below:
	case below:
		degrees = 90
	case !right:
		degrees = 180
	default:
		degrees = 270
	}
	if degrees%180 != 0 {
		g.across, g.down = g.down, g.across
	}
	g.origin = a.at.plus(g.across, -3).plus(g.down, -3)
	return g, degrees, true
}

// area returns the dots that the modules of a grid take up.
func (g grid) area() rect {
	end := g.origin.plus(g.across, float64(g.w-1)).plus(g.down, float64(g.h-1))
	half := g.module() / 2
	x0, y0 := math.Round(min(g.origin.x, end.x)-half), math.Round(min(g.origin.y, end.y)-half)
	x1, y1 := math.Round(max(g.origin.x, end.x)+half), math.Round(max(g.origin.y, end.y)+half)
	return rect{int(x0), int(y0), int(x1 - x0), int(y1 - y0)}
}

func (g grid) module() float64 {
	return (math.Hypot(g.across.x, g.across.y) + math.Hypot(g.down.x, g.down.y)) / 2
}

func abs(n int) int { return max(n, -n) }
