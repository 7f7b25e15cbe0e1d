package verify

import "waybill/labels"

// A corner is a finder pattern: the square in three corners of a QR code.
type corner struct {
	x, y   int // of its top left dot
	module int // dots to a module
}

// locateQR returns the upright QR codes of a drawn picture, by their three
// corners. A drawn corner is exact to the dot, so this finds what the decoder's
// own search, made for photographs, misses about once in a hundred codes.
func locateQR(d labels.Dots) []area {
	corners := findCorners(d)
	at := make(map[corner]bool, len(corners))
	for _, c := range corners {
		at[c] = true
	}
	var found []area
	for _, c := range corners {
		for side := 21; side <= 177; side += 4 { // modules: versions 1 to 40
			leg := (side - 7) * c.module
			if at[corner{c.x + leg, c.y, c.module}] && at[corner{c.x, c.y + leg, c.module}] {
				found = append(found, area{c.x, c.y, side * c.module})
			}
		}
	}
	return found
}

// An area is a square of a picture.
type area struct{ x, y, side int }

// findCorners returns the finder patterns of a picture: along the row and the
// column through its middle, black and white run 1, 1, 3, 1, 1 modules.
func findCorners(d labels.Dots) []corner {
	var corners []corner
	for y := range d.H {
		runs := make([]int, 0, 5) // lengths of the last five runs, the last one still growing
		for x := 0; x <= d.W; x++ {
			black := d.Black(x, y)
			if x > 0 && black == d.Black(x-1, y) && len(runs) > 0 {
				runs[len(runs)-1]++
				continue
			}
			if k := module(runs); k > 0 && d.Black(x-1, y) {
				c := corner{x - 7*k, y - 3*k, k}
				if c.y >= 0 && column(d, c) {
					corners = append(corners, c)
				}
			}
			if len(runs) == 5 {
				runs = append(runs[:0], runs[1:]...)
			}
			runs = append(runs, 1)
		}
	}
	return corners
}

// module returns the dots to a module where runs are those of a finder pattern,
// else 0.
func module(runs []int) int {
	if len(runs) != 5 {
		return 0
	}
	k := runs[0]
	if runs[1] != k || runs[2] != 3*k || runs[3] != k || runs[4] != k {
		return 0
	}
	return k
}

// column reports whether the column through c's middle looks like its middle
// row, which is the row c was found on: the first dot row of the middle.
func column(d labels.Dots, c corner) bool {
	x := c.x + 3*c.module
	for i := range 7 * c.module {
		m := i / c.module
		if d.Black(x, c.y+i) != (m != 1 && m != 5) {
			return false
		}
	}
	return true
}
