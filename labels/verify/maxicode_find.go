package verify

import (
	"math"
	"slices"

	"waybill/labels"
)

// maxiEdges are where the colour changes along a line through the middle of the
// finder, in micrometres from where the outermost ring ends: what lies outside
// may touch that.
var maxiEdges = [10]float64{0, 670, 1340, 2020, 2690, 3710, 4380, 5060, 5730, 6400}

// maxiInner is the radius of the outermost ring's inner edge.
const maxiInner = 3200

// findMaxiCode returns the MaxiCodes of a picture, whichever way they are
// turned. A picture does not say how large a micrometre is on it; the rings do,
// to a dot, and what they leave open is tried out.
func findMaxiCode(v *view) []Found {
	var found []Found
	var tried []corner
	for _, s := range v.strips {
		for i := 0; i+11 < len(s.edges); i += 2 {
			p, ok := rings(v.d, s, i)
			if !ok {
				continue
			}
			c := corner{p.middle, maxiModule * p.along}
			if known(tried, c) {
				continue
			}
			if tried = append(tried, c); len(tried) > maxCorners {
				return found
			}
			if f, ok := v.readMaxi(p); ok {
				found = append(found, f)
			}
		}
	}
	return found
}

// rings returns where the rings lie of which edge i begins the outermost.
func rings(d labels.Dots, s strip, i int) (p maxiPlace, ok bool) {
	e := s.edges[i+1 : i+11]
	wide := float64(e[9] - e[0])
	if wide < 20 {
		return p, false
	}
	off := wide*0.02 + 0.8
	for k, um := range maxiEdges {
		if math.Abs(float64(e[k]-e[0])-um*wide/(2*maxiInner)) > off {
			return p, false
		}
	}
	x, y := int(e[4]+e[5])/2, (s.first+s.last)/2
	up, down := ray(d, x, y, 0, -1, 5, int(wide)), ray(d, x, y, 0, 1, 5, int(wide))
	if len(up) < 5 || len(down) < 5 {
		return p, false
	}
	high := float64(up[4] + down[4] - 1)
	if math.Abs(high-wide) > off {
		return p, false
	}
	p.middle = spot{float64(e[0]+e[9]) / 2, float64(y) + 0.5 + float64(down[4]-up[4])/2}
	p.along, p.across = wide/(2*maxiInner), high/(2*maxiInner)
	return p, p.ringed(d)
}

// maxiSpread is by how many hundredths, along the rows and across them, the
// modules may be larger or smaller than the rings say.
const maxiSpread = 6

// readMaxi reads the MaxiCode around its rings: as the rings say, then with
// modules a little larger or smaller; then all that again, mending what is
// damaged.
func (v *view) readMaxi(p maxiPlace) (Found, bool) {
	for spread := range maxiSpread + 1 {
		for i := -spread; i <= spread; i++ {
			step := max(1, 2*spread)
			if max(i, -i) == spread {
				step = 1
			}
			for j := -spread; j <= spread; j += step {
				q := p
				q.along, q.across = p.along*(1+float64(i)/100), p.across*(1+float64(j)/100)
				if f, ok := v.readMaxiAt(q, false); ok {
					return f, true
				}
			}
		}
	}
	for i := range 2*maxiSpread + 1 {
		q, scale := p, 1+float64((i+1)/2*(1-i%2*2))/100
		q.along, q.across = p.along*scale, p.across*scale
		if f, ok := v.readMaxiAt(q, true); ok {
			return f, true
		}
	}
	return Found{}, false
}

func (v *view) readMaxiAt(p maxiPlace, mend bool) (Found, bool) {
	for p.turned = 0; p.turned < 360; p.turned += 90 {
		if !p.marked(v.d) {
			continue
		}
		m, err := p.read(v.d, mend)
		if err != nil {
			continue
		}
		area := p.area(v.d)
		f := v.found(labels.MaxiCode, m.aim(), m.text, area, float64(max(area.w, area.h))/30)
		f.Turned, f.unannounced = p.turned, m.unannounced()
		return f, true
	}
	return Found{}, false
}

// marked reports whether the six marks that tell which way is up are there
// (ISO/IEC 16023): the three modules at some of them are black.
func (p maxiPlace) marked(d labels.Dots) bool {
	black := 0
	for _, m := range [...][2]int{{28, 0}, {29, 0}, {10, 9}, {11, 9}, {11, 10}, {7, 15}, {8, 16}, {20, 16}, {20, 17}, {10, 22}, {10, 23}, {17, 22}, {17, 23}} {
		if d.Black(p.dot(m[0], m[1])) {
			black++
		}
	}
	return black >= 11
}

// area returns the dots that the symbol takes up: its outermost black modules
// tell, since the rings leave a few dots open.
func (p maxiPlace) area(d labels.Dots) rect {
	columns := func(x int) (m [][2]int) {
		for y := 0; y < 33; y += 2 {
			m = append(m, [2]int{x, y})
		}
		return m
	}
	row := func(y int) (m [][2]int) {
		for x := range 28 {
			m = append(m, [2]int{x, y})
		}
		return m
	}
	var sides [4]int // upper, right, lower and left on the picture
	for i, modules := range [4][][2]int{row(0), columns(29), row(32), columns(0)} {
		side := (i + p.turned/90) % 4
		sides[side] = p.reach(d, modules, side)
	}
	return rect{sides[3], sides[0], sides[1] - sides[3], sides[2] - sides[0]}
}

// reach returns how far most of those modules that are black reach to a side
// of the picture. A hexagon ends in a point, which may lie beside where
// its middle is taken to be.
func (p maxiPlace) reach(d labels.Dots, modules [][2]int, side int) int {
	step := [4][2]int{{0, -1}, {1, 0}, {0, 1}, {-1, 0}}[side]
	far := int(maxiModule * p.along)
	var ends []int
	for _, m := range modules {
		x, y := p.dot(m[0], m[1])
		if !d.Black(x, y) {
			continue
		}
		farthest := 0
		for beside := -max(1, far/4); beside <= max(1, far/4); beside++ {
			bx, by := x+beside*step[1], y+beside*step[0]
			if out := ray(d, bx, by, step[0], step[1], 1, far); d.Black(bx, by) && len(out) == 1 {
				farthest = max(farthest, out[0])
			}
		}
		if farthest > 0 {
			ends = append(ends, (x*step[0]+y*step[1]+farthest)*(step[0]+step[1])+max(0, -step[0]-step[1]))
		}
	}
	if len(ends) == 0 {
		return 0
	}
	slices.Sort(ends)
	most := ends[len(ends)/2]
	if one := most + step[0] + step[1]; slices.Contains(ends, one) {
		return one // the points of a few may be rounded to a dot more
	}
	return most
}
