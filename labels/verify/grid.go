package verify

import (
	"github.com/makiuchi-d/gozxing"

	"waybill/labels"
)

// A spot is a place on a picture, in dots; its middle is at half of one.
type spot struct{ x, y float64 }

func (p spot) plus(d spot, times float64) spot { return spot{p.x + d.x*times, p.y + d.y*times} }

// toward returns the step of which n lead from p to q.
func (p spot) toward(q spot, n int) spot {
	return spot{(q.x - p.x) / float64(n), (q.y - p.y) / float64(n)}
}

// A grid is where the modules of a matrix lie.
type grid struct {
	origin spot // middle of the module at the upper left
	across spot // from a module to the next on its row
	down   spot // and to the next on its column
	w, h   int
}

// sample returns the colours in the middles of the modules.
func (g grid) sample(d labels.Dots) labels.Dots {
	m := labels.NewDots(g.w, g.h)
	for y := range g.h {
		at := g.origin.plus(g.down, float64(y))
		for x := range g.w {
			p := at.plus(g.across, float64(x))
			if p.x >= 0 && p.y >= 0 && d.Black(int(p.x), int(p.y)) {
				m.Set(x, y)
			}
		}
	}
	return m
}

// matrix returns modules as the decoders want them.
func matrix(m labels.Dots) (*gozxing.BitMatrix, error) {
	b, err := gozxing.NewBitMatrix(m.W, m.H)
	if err != nil {
		return nil, err
	}
	for y := range m.H {
		for x := range m.W {
			if m.Black(x, y) {
				b.Set(x, y)
			}
		}
	}
	return b, nil
}
