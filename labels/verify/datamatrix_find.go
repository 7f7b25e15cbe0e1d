package verify

import (
	"slices"

	"waybill/labels"
)

// datamatrixSizes are the sizes of Data Matrix, rows and columns of modules
// (ISO/IEC 16022, table 7).
func datamatrixSize(rows, columns int) bool {
	if rows == columns {
		return slices.Contains([]int{10, 12, 14, 16, 18, 20, 22, 24, 26, 32, 36, 40, 44, 48, 52, 64, 72, 80, 88, 96, 104, 120, 132, 144}, rows)
	}
	return slices.Contains([][2]int{{8, 18}, {8, 32}, {12, 26}, {12, 36}, {16, 36}, {16, 48}}, [2]int{rows, columns})
}

// findDataMatrix returns the Data Matrix symbols that stand upright in a view.
func findDataMatrix(v *view) []Found {
	var found []Found
	for _, g := range locateDataMatrix(v) {
		r, err := readDataMatrixModules(g.sample(v.d))
		if err != nil {
			continue
		}
		found = append(found, v.found(r.symbology, r.aim, r.text, g.area(), g.module()))
	}
	return found
}

// locateDataMatrix returns the grids of what looks like Data Matrix: a black
// row with nothing below, a black column with nothing at its left, which meet,
// and dashes on the two other sides.
func locateDataMatrix(v *view) []grid {
	const least = 8 // dots: a module each
	var grids []grid
	for _, s := range v.strips {
		y := s.last
		for i := 0; i+1 < len(s.edges); i += 2 {
			x0, x1 := int(s.edges[i]), int(s.edges[i+1])
			if x1-x0 < least || v.d.Black(x0, y+1) || v.d.Black((x0+x1)/2, y+1) || v.d.Black(x1-1, y+1) || !v.d.Black(x0, y-least+1) {
				continue
			}
			h := ray(v.d, x0, y, 0, -1, 1, v.d.H+1)[0]
			if g, ok := dashed(v.d, rect{x0, y - h + 1, x1 - x0, h}); ok {
				grids = append(grids, g)
			}
		}
	}
	return grids
}

// dashed returns the grid of the Data Matrix that fills a part of a picture, by
// the dashes on its upper and its right side.
func dashed(d labels.Dots, r rect) (g grid, ok bool) {
	count := func(x, y, dx, dy, n int) (runs int) {
		before := false
		for k := range n {
			now := d.Black(x+dx*k, y+dy*k)
			if now && !before {
				runs++
			}
			before = now
		}
		return runs
	}
	g.w, g.h = 2*count(r.x, r.y, 1, 0, r.w), 2*count(r.x+r.w-1, r.y, 0, 1, r.h)
	if !datamatrixSize(g.h, g.w) {
		return g, false
	}
	px, py := float64(r.w)/float64(g.w), float64(r.h)/float64(g.h)
	if px > 1.35*py+0.5 || py > 1.35*px+0.5 {
		return g, false
	}
	g.origin, g.across, g.down = spot{float64(r.x) + px/2, float64(r.y) + py/2}, spot{px, 0}, spot{0, py}
	m := g.sample(d)
	for x := range g.w {
		if m.Black(x, 0) != (x%2 == 0) || !m.Black(x, g.h-1) {
			return g, false
		}
	}
	for y := range g.h {
		if m.Black(g.w-1, y) != (y%2 == 1) || !m.Black(0, y) {
			return g, false
		}
	}
	return g, true
}
