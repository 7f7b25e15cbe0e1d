package barcode

import (
	"math/bits"

	"waybill/labels"
)

const (
	qrMaxSize = 17 + 4*qrVersions
	qrFinder  = 7 // modules to a side of a finder pattern
	qrTiming  = 6 // the row and the column of the timing patterns
)

// A qrLine is a row or a column of modules, the first in the lowest bit. Its
// last word is always zero, so that the module some places on can be looked at in
// every place.
type qrLine [(qrMaxSize+63)/64 + 1]uint64

func (l *qrLine) set(i int)        { l[i>>6] |= 1 << (i & 63) }
func (l *qrLine) unset(i int)      { l[i>>6] &^= 1 << (i & 63) }
func (l *qrLine) black(i int) bool { return l[i>>6]>>(i&63)&1 != 0 }

// A qrGrid is a square of modules, held by rows and by columns: what is judged
// along both is then judged alike, 64 modules at a time.
type qrGrid struct {
	rows, columns [qrMaxSize]qrLine
}

func (g *qrGrid) set(x, y int) {
	g.rows[y].set(x)
	g.columns[x].set(y)
}

func (g *qrGrid) put(x, y int, black bool) {
	if black {
		g.set(x, y)
		return
	}
	g.rows[y].unset(x)
	g.columns[x].unset(y)
}

// A qrMatrix is a symbol in the making.
type qrMatrix struct {
	version, size int
	black         qrGrid
	fixed         qrGrid // the modules that hold no data and are never masked
}

// newQRMatrix returns a symbol with its function patterns (ISO/IEC 18004, 6.3)
// and version information; format information is kept free.
func newQRMatrix(version int) *qrMatrix {
	m := &qrMatrix{version: version, size: 17 + 4*version}
	far := m.size - qrFinder
	for i := range m.size {
		m.function(qrTiming, i, i%2 == 0)
		m.function(i, qrTiming, i%2 == 0)
	}
	m.finder(0, 0)
	m.finder(far, 0)
	m.finder(0, far)
	at := qrAlignment(version)
	for i, y := range at {
		for j, x := range at {
			if (i == 0 && (j == 0 || j == len(at)-1)) || (i == len(at)-1 && j == 0) {
				continue // a finder pattern is there
			}
			m.rings(x-2, y-2, 5)
		}
	}
	for i := range 9 {
		m.keep(i, 8)
		m.keep(8, i)
	}
	for i := range 8 {
		m.keep(m.size-1-i, 8)
		m.keep(8, m.size-1-i)
	}
	m.function(8, m.size-8, true) // always dark (7.9.1)
	m.versionInformation()
	return m
}

func (m *qrMatrix) keep(x, y int) { m.fixed.set(x, y) }

func (m *qrMatrix) function(x, y int, black bool) {
	m.keep(x, y)
	m.black.put(x, y, black)
}

// finder draws a finder pattern with its separator.
func (m *qrMatrix) finder(x, y int) {
	for dy := -1; dy <= qrFinder; dy++ {
		for dx := -1; dx <= qrFinder; dx++ {
			if x+dx >= 0 && y+dy >= 0 && x+dx < m.size && y+dy < m.size {
				m.function(x+dx, y+dy, false)
			}
		}
	}
	m.rings(x, y, qrFinder)
}

// rings draws a black square, in it a white one and in that a black one.
func (m *qrMatrix) rings(x, y, side int) {
	for dy := range side {
		for dx := range side {
			edge := min(dx, dy, side-1-dx, side-1-dy)
			m.function(x+dx, y+dy, edge != 1)
		}
	}
}

// versionInformation draws the version, twice, in a code that forgives three
// wrong modules (ISO/IEC 18004, 7.10 and annex D).
func (m *qrMatrix) versionInformation() {
	if m.version < 7 {
		return
	}
	code := m.version<<12 | qrBCH(m.version<<12, 0x1f25)
	for i := range 18 {
		a, b := m.size-11+i%3, i/3
		m.function(a, b, code>>i&1 != 0)
		m.function(b, a, code>>i&1 != 0)
	}
}

// qrBCH returns the remainder of v by a generator polynomial.
func qrBCH(v, generator int) int {
	for bits.Len(uint(v)) >= bits.Len(uint(generator)) {
		v ^= generator << (bits.Len(uint(v)) - bits.Len(uint(generator)))
	}
	return v
}

// format draws level and mask, twice (ISO/IEC 18004, 7.9 and annex C).
func (m *qrMatrix) format(level qrLevel, mask int) {
	data := [4]int{1, 0, 3, 2}[level]<<3 | mask
	code := (data<<10 | qrBCH(data<<10, 0x537)) ^ 0x5412
	for i := range 15 {
		black := code>>i&1 != 0
		switch { // down the column beside the upper left corner, then along the row under it
		case i < 6:
			m.black.put(8, i, black)
		case i < 8:
			m.black.put(8, i+1, black)
		case i == 8:
			m.black.put(7, 8, black)
		default:
			m.black.put(14-i, 8, black)
		}
		if i < 8 {
			m.black.put(m.size-1-i, 8, black)
		} else {
			m.black.put(8, m.size-15+i, black)
		}
	}
}

// place writes the codewords.
func (m *qrMatrix) place(words []byte) {
	m.walk(8*len(words), func(bit, x, y int) {
		if words[bit>>3]&(0x80>>(bit&7)) != 0 {
			m.black.set(x, y)
		}
	})
}

// walk visits the modules of so many bits in the order in which they are
// placed: in strips two modules wide, from the right, upwards and downwards by
// turns (ISO/IEC 18004, 7.7.3). The few modules that are left over stay white.
func (m *qrMatrix) walk(end int, visit func(bit, x, y int)) {
	bit := 0
	up := true
	for right := m.size - 1; right > 0; right -= 2 {
		if right == qrTiming {
			right-- // the timing pattern's column is left out
		}
		for i := range m.size {
			y := i
			if up {
				y = m.size - 1 - i
			}
			fixed := &m.fixed.rows[y]
			for x := right; x >= right-1; x-- {
				if fixed.black(x) || bit == end {
					continue
				}
				visit(bit, x, y)
				bit++
			}
		}
		up = !up
	}
}

// dots returns the symbol as a picture.
func (m *qrMatrix) dots() labels.Dots {
	d := labels.NewDots(m.size, m.size)
	for y := range m.size {
		row := d.Bits[y*d.Stride : (y+1)*d.Stride]
		for i := range row {
			row[i] = bits.Reverse8(byte(m.black.rows[y][i>>3] >> (i & 7 * 8)))
		}
	}
	return d
}
