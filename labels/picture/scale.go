package picture

// A scaler gives a picture's rows in another size. Each dot is the mean of
// the area it covers, parts of pixels counted as such.
type scaler struct {
	p      *Picture
	w, h   int
	values *[256]int64
	across []int64 // sums of the pixels of row from, each dot's
	from   int     // row of the picture that across holds; -1 for none
	sums   []int64
	out    []int32
}

func newScaler(p *Picture, w, h int, values *[256]int64) *scaler {
	return &scaler{p: p, w: w, h: h, values: values, from: -1, across: make([]int64, w), sums: make([]int64, w), out: make([]int32, w)}
}

// row returns row y, whose values are good until the next call.
func (s *scaler) row(y int) []int32 {
	clear(s.sums)
	// A row of dots is p.h units high, a row of pixels is h.
	first, end := y*s.p.h, (y+1)*s.p.h
	for i := first / s.h; i*s.h < end; i++ {
		part := int64(min(end, (i+1)*s.h) - max(first, i*s.h))
		s.read(i)
		for x, v := range s.across {
			s.sums[x] += v * part
		}
	}
	area := int64(s.p.w) * int64(s.p.h)
	for x, v := range s.sums {
		s.out[x] = int32((v + area/2) / area)
	}
	return s.out
}

// read sums row i of the picture up for each dot.
func (s *scaler) read(i int) {
	if s.from == i {
		return
	}
	s.from = i
	pixels := s.p.greys[i*s.p.w : (i+1)*s.p.w]
	for x := range s.across {
		first, end := x*s.p.w, (x+1)*s.p.w
		sum := int64(0)
		for k := first / s.w; k*s.w < end; k++ {
			sum += s.values[pixels[k]] * int64(min(end, (k+1)*s.w)-max(first, k*s.w))
		}
		s.across[x] = sum
	}
}
