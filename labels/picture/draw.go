package picture

import "waybill/labels"

// A Dither is how greys become black and white.
type Dither string

// The ways to dither.
const (
	Auto      Dither = ""          // Threshold for a picture that is black and white, else Floyd
	Floyd     Dither = "floyd"     // Floyd and Steinberg: what a dot is off by goes to its neighbours
	Ordered   Dither = "ordered"   // a fixed screen of eight by eight dots
	Threshold Dither = "threshold" // what is more than half black is black
)

// A Style is how a picture is drawn.
type Style struct {
	W, H    int // of the box, in dots
	Stretch bool
	Dither  Dither
	Invert  bool // black is white
}

// maxDrawn bounds how many drawings are kept: a template is drawn for a few
// printers again and again.
const maxDrawn = 4

// Draw returns the picture as large as the box allows, keeping its proportions
// unless it may be stretched. The dots are shared: they are not to be changed.
func (p *Picture) Draw(st Style) labels.Dots {
	p.mu.Lock()
	defer p.mu.Unlock()
	if d, ok := p.drawn[st]; ok {
		return d
	}
	d := p.draw(st)
	if len(p.drawn) >= maxDrawn {
		clear(p.drawn)
	}
	p.drawn[st] = d
	return d
}

func (p *Picture) draw(st Style) labels.Dots {
	w, h := max(st.W, 1), max(st.H, 1)
	if !st.Stretch {
		if w*p.h <= h*p.w {
			h = max((2*p.h*w+p.w)/(2*p.w), 1)
		} else {
			w = max((2*p.w*h+p.h)/(2*p.h), 1)
		}
	}
	kind := st.Dither
	if kind == Auto {
		kind = Floyd
		if p.bilevel {
			kind = Threshold
		}
	}
	var values [256]int64
	for i := range values {
		g := i
		if st.Invert {
			g = 255 - i
		}
		values[i] = int64(light[g])
		if kind == Threshold { // soft edges say how much of a pixel is black by their grey
			values[i] = int64(g) * 257
		}
	}
	s := newScaler(p, w, h, &values)
	d := labels.NewDots(w, h)
	switch kind {
	case Floyd:
		floyd(s, d)
	case Ordered:
		screen(s, d, func(x, y int) int32 { return bayer(x, y) })
	default:
		screen(s, d, func(int, int) int32 { return half })
	}
	return d
}

// White is full light, and half is what lies between black and white.
const (
	white = 65535
	half  = 32768
)

// screen makes every dot black that is darker than its threshold.
func screen(s *scaler, d labels.Dots, threshold func(x, y int) int32) {
	for y := range d.H {
		for x, v := range s.row(y) {
			if v < threshold(x, y) {
				d.Set(x, y)
			}
		}
	}
}

// bayer returns the threshold of a dot in a screen in which neighbours differ
// as much as they can: the bits of x and of x^y, interleaved backwards.
func bayer(x, y int) int32 {
	n := 0
	for bit := range 3 {
		n = n<<2 | (x^y)>>bit&1<<1 | y>>bit&1
	}
	return int32(2*n+1) * 512
}

// floyd hands what a dot is lighter or darker than asked for on to the dots
// that follow, row by row in turns to the right and to the left.
func floyd(s *scaler, d labels.Dots) {
	next := make([]int32, d.W+2) // one more at either side
	this := make([]int32, d.W+2)
	for y := range d.H {
		row := s.row(y)
		x, step := 0, 1
		if y%2 == 1 {
			x, step = d.W-1, -1
		}
		for ; x >= 0 && x < d.W; x += step {
			v := row[x] + this[x+1]
			off := v
			if v >= half {
				off = v - white
			} else {
				d.Set(x, y)
			}
			ahead, behind, below := off*7/16, off*3/16, off*5/16
			this[x+1+step] += ahead
			next[x+1-step] += behind
			next[x+1] += below
			next[x+1+step] += off - ahead - behind - below
		}
		this, next = next, this
		clear(next)
	}
}
