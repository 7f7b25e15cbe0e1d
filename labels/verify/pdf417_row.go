package verify

import (
	"math"
	"sync"

	"waybill/labels/barcode"
)

// pdfTable holds every symbol character: its cluster, times 929, and its value.
var pdfTable = sync.OnceValue(func() *widths {
	patterns := make([]string, 0, 3*pdfField)
	for cluster := range 3 {
		for value := range pdfField {
			patterns = append(patterns, runLengths(barcode.PDF417Character(cluster, value)))
		}
	}
	return newWidths(pdfCharacter, 0, patterns)
})

// runLengths returns the widths of the bars and spaces of seventeen modules.
func runLengths(modules uint32) string {
	var widths []byte
	for bit := pdfCharacter - 1; bit >= 0; bit-- {
		if bit == pdfCharacter-1 || modules>>bit&1 != modules>>(bit+1)&1 {
			widths = append(widths, '0')
		}
		widths[len(widths)-1]++
	}
	return string(widths)
}

// A pdfRow is what one strip shows of a symbol.
type pdfRow struct {
	first, last int
	from, to    int   // dots
	characters  []int // cluster times 929 and value; -1 where nothing is read; the left row indicator first
	stops       bool  // the stop pattern stands behind them
}

// pdfStarts reports whether a row of a symbol begins with the first edge: with
// a start pattern of widths 8, 1, 1, 1, 1, 1, 1 and 3 (5.3.3, table 6).
func pdfStarts(e []int32) bool {
	p := e[8] - e[0]
	if !near(34*(e[2]-e[0]), 18*p, p) {
		return false
	}
	for i := 1; i < 6; i++ {
		if !near(34*(e[i+2]-e[i]), 4*p, p) {
			return false
		}
	}
	return true
}

// pdfStops reports whether a stop pattern begins with the first edge: 7, 1, 1,
// 3, 1, 1, 1, 2 and 1.
func pdfStops(e []int32) bool {
	if len(e) < 10 {
		return false
	}
	p := e[8] - e[0]
	for i, n := range [...]int32{8, 2, 4, 4, 2, 2} {
		if !near(34*(e[i+2]-e[i]), 2*n*p, p) {
			return false
		}
	}
	return true
}

// readPDFRow reads the row that begins with edge i. What is too damaged to be
// read is passed over by its width.
func readPDFRow(s strip, i int) pdfRow {
	e := s.edges[i:]
	wide := float64(e[8] - e[0]) // of a character
	row := pdfRow{first: s.first, last: s.last, from: int(e[0])}
	t := pdfTable()
	k, x := 8, float64(e[8])
	for {
		if k >= 0 && pdfStops(e[k:]) {
			row.stops, row.to = true, int(e[k+9])
			return row
		}
		if len(row.characters) == pdfMaxColumns+2 {
			return row
		}
		value := -1
		if k >= 0 && k+8 < len(e) && math.Abs(float64(e[k+8]-e[k])-wide) < wide/17+0.5 {
			m, ok := t.read(e[k:], false)
			if !ok || math.Abs(m.excess) > 3 {
				m, ok = t.read(e[k:], true)
			}
			if ok {
				value = m.value
			}
		}
		if row.characters = append(row.characters, value); value >= 0 {
			x, k = float64(e[k+8]), k+8
			wide = (3*wide + float64(e[k]-e[k-8])) / 4
			continue
		}
		if x += wide; x > float64(e[len(e)-1]) {
			return row
		}
		k = barNear(e, x, wide/34+0.5)
	}
}

// barNear returns the number of the edge at which a bar begins near x, or -1.
func barNear(e []int32, x, off float64) int {
	for k := 0; k < len(e); k += 2 {
		if math.Abs(float64(e[k])-x) <= off {
			return k
		}
	}
	return -1
}
