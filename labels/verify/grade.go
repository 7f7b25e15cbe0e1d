package verify

import (
	"math"

	"waybill/labels"
)

// Grades, best first; what is worse is F. The limits of decodability are those
// of ISO/IEC 15416, those of the growth tolerance are ours: modules of four,
// three and two dots, and hardly more than one.
var (
	decodabilityGrades = [4]int{62, 50, 37, 25}
	toleranceGrades    = [4]int{75, 66, 50, 30}
)

func gradeOf(percent int, limits [4]int) string {
	for i, limit := range limits {
		if percent >= limit {
			return "ABCD"[i : i+1]
		}
	}
	return "F"
}

// WorseThan reports whether grade a is worse than grade b.
func WorseThan(a, b string) bool { return a > b }

// grade reckons what growth a symbol can bear.
func (r *Report) grade(p place) {
	if read := linearReader(p.Symbology); read != nil {
		percent, unread := p.decodability(read)
		r.Decodability, r.Grade = &percent, gradeOf(percent, decodabilityGrades)
		if unread > 0 {
			r.Grade = "F"
			r.problem(UnreadRows, "%d rows of dots across it do not read: something is drawn over it", unread)
		}
		return
	}
	percent := p.tolerance()
	r.GrowthTolerance, r.Grade = &percent, gradeOf(percent, toleranceGrades)
}

// decodability returns the decodability of a linear symbol in per cent, and how
// many rows of dots across it do not read.
func (p place) decodability(read func([]int32) (linear, bool)) (percent, unread int) {
	least := 1.0
	for _, s := range stripsOf(p.d.Crop(0, p.area.y, p.d.W, p.area.h)) {
		e := p.edges(s.edges)
		r, ok := read(e)
		if !ok || r.text != p.Text {
			unread += s.last - s.first + 1
			continue
		}
		for _, growth := range [...]int32{0, 1, -1} {
			least = min(least, margin(read, e, growth, p.Text))
		}
	}
	return int(math.Floor(100*least + 1e-9)), unread
}

// edges returns those of a row's edges that lie on the symbol.
func (p place) edges(row []int32) []int32 {
	from, to := 0, len(row)
	for from < to && int(row[from]) < p.area.x {
		from++
	}
	for to > from && int(row[to-1]) > p.area.x+p.area.w {
		to--
	}
	return row[from:to]
}

// margin returns the decodability of edges when every bar is so many dots wider.
func margin(read func([]int32) (linear, bool), e []int32, growth int32, text string) float64 {
	grown := make([]int32, len(e))
	for i, x := range e {
		grown[i] = x
		if i%2 == 1 {
			grown[i] += growth
		}
		if i > 0 && grown[i] <= grown[i-1] { // a bar or a space is gone
			return 0
		}
	}
	r, ok := read(grown)
	if !ok || r.text != text {
		return 0
	}
	return max(r.margin, 0)
}

// tolerance returns the growth tolerance of a symbol in per cent.
func (p place) tolerance() int {
	if p.module <= 1 || !p.reads(spread(p.d, true)) || !p.reads(spread(p.d, false)) {
		return 0
	}
	return int(math.Floor(100*(p.module-1)/p.module + 1e-9))
}

// reads reports whether the symbol is still read on a picture.
func (p place) reads(d labels.Dots) bool {
	find := finder(p.Symbology)
	if find == nil {
		return false
	}
	for _, f := range find(viewOf(d, 0)) {
		if f.Text == p.Text && f.Symbology == p.Symbology {
			return true
		}
	}
	return false
}

func finder(s labels.Symbology) func(*view) []Found {
	switch s {
	case labels.QR, labels.GS1QR:
		return findQR
	case labels.Aztec:
		return findAztec
	case labels.DataMatrix, labels.GS1DataMatrix:
		return findDataMatrix
	case labels.PDF417:
		return findPDF417
	case labels.MaxiCode:
		return findMaxiCode
	case labels.IMb:
		return findIMb
	default:
		return nil
	}
}

// spread returns a picture on which everything black reaches one dot further to
// the right and down, or one dot less far.
func spread(d labels.Dots, grow bool) labels.Dots {
	s := labels.NewDots(d.W+1, d.H+1)
	for y := range s.H {
		for x := range s.W {
			here, left, above, both := d.Black(x, y), d.Black(x-1, y), d.Black(x, y-1), d.Black(x-1, y-1)
			if grow && (here || left || above || both) || here && left && above && both {
				s.Set(x, y)
			}
		}
	}
	return s
}
