package barcode

import (
	"math/bits"
	"sync"

	"waybill/labels"
)

// qrSmall is the largest version of which a line of modules fits one word.
// What labels carry is smaller; drawing it a word at a time takes a third.
const qrSmall = 11

// A qrLines is a square of at most 64 modules to a side: its rows, or its
// columns, the first module in the lowest bit.
type qrLines [64]uint64

// A qrPattern is what all symbols of a version have in common.
type qrPattern struct {
	size          int
	rows, columns qrLines // black modules of the function patterns
	free          qrLines // rows of the modules that hold data or nothing
	freeColumns   qrLines
	order         []uint16 // y*64+x of each bit of the codewords, in their order
	formats       [4][qrMasks]struct{ rows, columns qrLines }
}

// qrPatterns holds the patterns of the small versions, each made when it is
// first needed.
var qrPatterns = func() (all [qrSmall + 1]func() *qrPattern) {
	for version := range all {
		all[version] = sync.OnceValue(func() *qrPattern { return newQRPattern(version) })
	}
	return all
}()

func newQRPattern(version int) *qrPattern {
	m := newQRMatrix(version)
	p := &qrPattern{size: m.size}
	for i := range m.size {
		p.rows[i], p.columns[i] = m.black.rows[i][0], m.black.columns[i][0]
		p.free[i], p.freeColumns[i] = ^m.fixed.rows[i][0]&(1<<m.size-1), ^m.fixed.columns[i][0]&(1<<m.size-1)
	}
	m.walk(8*qrAllWords(version), func(_, x, y int) { p.order = append(p.order, uint16(y<<6|x)) })
	for level := range p.formats {
		for mask := range qrMasks {
			m := qrMatrix{version: version, size: m.size}
			m.format(qrLevel(level), mask)
			f := &p.formats[level][mask]
			for i := range m.size {
				f.rows[i], f.columns[i] = m.black.rows[i][0], m.black.columns[i][0]
			}
		}
	}
	return p
}

// symbol draws codewords, with the mask that is charged least.
func (p *qrPattern) symbol(words []byte, level qrLevel) labels.Dots {
	rows := p.rows
	i := 0
	for _, w := range words {
		for range 8 {
			at := p.order[i]
			rows[at>>6] |= uint64(w>>7) << (at & 63)
			w <<= 1
			i++
		}
	}
	columns := rows
	transpose(&columns)
	best, least := 0, 1<<30
	for mask := range qrMasks {
		if n := p.penalty(&rows, &columns, level, mask, least); n < least {
			best, least = mask, n
		}
	}
	d := labels.NewDots(p.size, p.size)
	format := &p.formats[level][best]
	for y := range p.size {
		line := bits.Reverse64(rows[y] ^ qrMaskLines.rows[best][y%qrPeriod][0]&p.free[y] | format.rows[y])
		for x := range d.Stride {
			d.Bits[y*d.Stride+x] = byte(line >> (56 - 8*x))
		}
	}
	return d
}

// penalty is qrGrid.penalty for a mask. It may stop as soon as the sum has
// reached most.
func (p *qrPattern) penalty(rows, columns *qrLines, level qrLevel, mask, most int) int {
	format := &p.formats[level][mask]
	maskRows, maskColumns := &qrMaskLines.rows[mask], &qrMaskLines.columns[mask]
	pairs := uint64(1)<<(p.size-1) - 1
	sum, dark, k := 0, 0, 0
	var above uint64
	for i := 0; i < p.size && sum < most; i++ {
		row := rows[i] ^ maskRows[k][0]&p.free[i] | format.rows[i]
		column := columns[i] ^ maskColumns[k][0]&p.freeColumns[i] | format.columns[i]
		if k++; k == qrPeriod {
			k = 0
		}
		dark += bits.OnesCount64(row)
		sum += qrLinePenalty(row, pairs) + qrLinePenalty(column, pairs)
		if i > 0 {
			alike := ^(row ^ row>>1) & ^(above ^ above>>1) & ^(row ^ above) & pairs
			sum += qrBlockPenalty * bits.OnesCount64(alike)
		}
		above = row
	}
	all := p.size * p.size
	return sum + max(20*dark-10*all, 10*all-20*dark)/all*qrShadePenalty
}

// qrLinePenalty charges a line's runs and what looks like a finder pattern.
func qrLinePenalty(l, pairs uint64) int {
	same := ^(l ^ l>>1) & pairs
	same &= same >> 1
	five := same & (same >> 2)
	sum := bits.OnesCount64(five) + (qrRunPenalty-1)*bits.OnesCount64(five&^(five<<1))
	if like := l & (l >> 2) & (l >> 3) & (l >> 4) & (l >> 6) &^ (l >> 1) &^ (l >> 5); like != 0 {
		behind := l>>7 | l>>8 | l>>9 | l>>10
		front := l<<1 | l<<2 | l<<3 | l<<4
		sum += qrFinderPenalty * bits.OnesCount64(like&^(behind&front))
	}
	return sum
}

// transpose makes rows columns.
func transpose(m *qrLines) {
	mask := uint64(1)<<32 - 1
	for j := 32; j != 0; j, mask = j>>1, mask^mask<<(j>>1) {
		for k := 0; k < 64; k = (k + j + 1) &^ j {
			t := (m[k]>>j ^ m[k+j]) & mask
			m[k] ^= t << j
			m[k+j] ^= t
		}
	}
}
