package barcode

import "math/bits"

const (
	qrMasks  = 8
	qrPeriod = 12 // after which every mask repeats, along rows and columns
)

// What the standard charges for what readers stumble over (ISO/IEC 18004,
// table 11).
const (
	qrRunPenalty    = 3  // a run of five alike; one more for each more
	qrBlockPenalty  = 3  // a square of two by two alike
	qrFinderPenalty = 40 // what looks like a finder pattern
	qrShadePenalty  = 10 // for each 5 % away from half black
)

// qrMaskLines holds a row, and a column, of each mask (ISO/IEC 18004, table
// 10), by mask and by the row's or column's number in the period.
var qrMaskLines = func() (lines struct{ rows, columns [qrMasks][qrPeriod]qrLine }) {
	for mask := range qrMasks {
		for i := range qrPeriod {
			for j := range qrMaxSize {
				if qrMasked(mask, j, i) {
					lines.rows[mask][i].set(j)
				}
				if qrMasked(mask, i, j) {
					lines.columns[mask][i].set(j)
				}
			}
		}
	}
	return lines
}()

func qrMasked(mask, x, y int) bool {
	switch mask {
	case 0:
		return (x+y)%2 == 0
	case 1:
		return y%2 == 0
	case 2:
		return x%3 == 0
	case 3:
		return (x+y)%3 == 0
	case 4:
		return (y/2+x/3)%2 == 0
	case 5:
		return x*y%2+x*y%3 == 0
	case 6:
		return (x*y%2+x*y%3)%2 == 0
	}
	return ((x+y)%2+x*y%3)%2 == 0
}

// mask masks the data with the mask that is charged least, the first of them
// where several are (ISO/IEC 18004, 7.8).
func (m *qrMatrix) mask(level qrLevel) {
	var tried qrGrid
	best, least := 0, -1
	for mask := range qrMasks {
		m.masked(&tried, level, mask)
		if p := tried.penalty(m.size); least < 0 || p < least {
			best, least = mask, p
		}
	}
	m.masked(&tried, level, best)
	m.black = tried
}

// masked draws m into g with a mask and the format information that names it.
func (m *qrMatrix) masked(g *qrGrid, level qrLevel, mask int) {
	m.format(level, mask)
	words := (m.size + 63) / 64
	within := qrFirst(m.size)
	for i := range m.size {
		rows, columns := &qrMaskLines.rows[mask][i%qrPeriod], &qrMaskLines.columns[mask][i%qrPeriod]
		for j := range words {
			g.rows[i][j] = m.black.rows[i][j] ^ rows[j]&within[j]&^m.fixed.rows[i][j]
			g.columns[i][j] = m.black.columns[i][j] ^ columns[j]&within[j]&^m.fixed.columns[i][j]
		}
	}
}

// qrFirst returns a line with its first n modules set.
func qrFirst(n int) qrLine {
	var l qrLine
	for j := range n / 64 {
		l[j] = ^uint64(0)
	}
	l[n/64] = 1<<(n%64) - 1
	return l
}

// penalty returns what the standard charges for a symbol of so many modules to
// a side.
func (g *qrGrid) penalty(size int) int {
	words := (size + 63) / 64
	pairs := qrFirst(size - 1) // the modules that have a next one
	sum, dark := 0, 0
	for i := range size {
		for j := range words {
			dark += bits.OnesCount64(g.rows[i][j])
		}
		sum += g.rows[i].runs(&pairs, words) + g.columns[i].runs(&pairs, words)
		sum += g.rows[i].finders(words) + g.columns[i].finders(words)
		if i+1 < size {
			sum += g.rows[i].squares(&g.rows[i+1], &pairs, words)
		}
	}
	all := size * size
	return sum + max(20*dark-10*all, 10*all-20*dark)/all*qrShadePenalty
}

// on returns the modules of word j of the line k places on.
func (l *qrLine) on(j, k int) uint64 { return l[j]>>k | l[j+1]<<(64-k) }

// runs charges the runs of five or more alike.
func (l *qrLine) runs(pairs *qrLine, words int) int {
	var same qrLine // as the next one
	for j := range words {
		same[j] = ^(l[j] ^ l.on(j, 1)) & pairs[j]
	}
	sum, carry := 0, uint64(0)
	for j := range words {
		five := same[j] & same.on(j, 1) & same.on(j, 2) & same.on(j, 3) // alike from here on
		if five == 0 {
			carry = 0
			continue
		}
		// A run of n holds n-4 fives, of which one is its first.
		first := five &^ (five<<1 | carry)
		carry = five >> 63
		sum += bits.OnesCount64(five) + (qrRunPenalty-1)*bits.OnesCount64(first)
	}
	return sum
}

// squares charges the squares of two by two alike, on this row and the next.
func (l *qrLine) squares(next, pairs *qrLine, words int) int {
	n := 0
	for j := range words {
		alike := ^(l[j] ^ l.on(j, 1)) & ^(next[j] ^ next.on(j, 1)) & ^(l[j] ^ next[j])
		n += bits.OnesCount64(alike & pairs[j])
	}
	return n * qrBlockPenalty
}

// finders charges what runs 1:1:3:1:1, black and white by turns, with four
// white modules on either side, or both; the quiet zone counts as white.
func (l *qrLine) finders(words int) int {
	n, before := 0, uint64(0)
	for j := range words {
		here := l[j]
		like := here &^ l.on(j, 1) & l.on(j, 2) & l.on(j, 3) & l.on(j, 4) &^ l.on(j, 5) & l.on(j, 6)
		if like != 0 {
			behind := l.on(j, 7) | l.on(j, 8) | l.on(j, 9) | l.on(j, 10)
			front := here<<1 | before>>63 | here<<2 | before>>62 | here<<3 | before>>61 | here<<4 | before>>60
			n += bits.OnesCount64(like &^ (behind & front))
		}
		before = here
	}
	return n * qrFinderPenalty
}
