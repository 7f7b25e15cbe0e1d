package barcode

import (
	"fmt"
	"math/big"
	"strconv"
	"unicode/utf8"

	"waybill/labels"
)

// Limits of PDF417 (ISO/IEC 15438:2015, 4.1 and 5.2).
const (
	pdfPrime     = 929 // codewords are numbers below it
	pdfMostWords = 928
	pdfMostBytes = 2710 // digits, which take the least room
	pdfLeastRows = 3
	pdfMostRows  = 90
	pdfMostCols  = 30
	pdfRowHeight = 3 // modules, the least recommended (5.8.2)
)

// Codewords with a meaning of their own (5.4.1).
const (
	pdfTextLatch    = 900 // and padding
	pdfByteLatch    = 901
	pdfNumericLatch = 902
	pdfByteShift    = 913
	pdfByteLatch6   = 924 // bytes in whole groups of six
	pdfECI          = 927
)

// Start and stop pattern, and the widths of a row (5.3).
const (
	pdfStart      = 0x1fea8
	pdfStop       = 0x3fa29
	pdfStartWidth = 17
	pdfStopWidth  = 18
	pdfCharWidth  = 17
)

// pdf417 returns the PDF417 of payload. Text beyond ASCII is announced as
// UTF-8 by ECI 26.
func pdf417(payload []byte, o Options) (labels.Symbol, error) {
	if len(payload) > pdfMostBytes {
		return labels.Symbol{}, fmt.Errorf("pdf417 of %d bytes: holds at most %d", len(payload), pdfMostBytes)
	}
	words := make([]int, 1, pdfMostWords) // the first tells the length
	for _, b := range payload {
		if b < utf8.RuneSelf {
			continue
		}
		if !utf8.Valid(payload) {
			return labels.Symbol{}, fmt.Errorf("pdf417 of %q: the payload is not UTF-8", payload)
		}
		words = append(words, pdfECI, 26) // 5.5.2
		break
	}
	words = pdfCompact(words, payload)
	z, err := pdfSizeOf(len(words), o)
	if err != nil {
		return labels.Symbol{}, fmt.Errorf("pdf417 of %d bytes: %w", len(payload), err)
	}
	for len(words) < z.rows*z.columns-z.check() {
		words = append(words, pdfTextLatch)
	}
	words[0] = len(words)
	words = append(words, pdfCheckWords(words, z.check())...)
	return labels.Symbol{Symbology: labels.PDF417, Payload: payload, Modules: z.draw(words)}, nil
}

// A pdfSize is a symbol's shape and error correction.
type pdfSize struct {
	rows, columns, level int
	height               int // of a row, in modules
}

// check returns how many check words the level has.
func (z pdfSize) check() int { return 2 << z.level }

// pdfSizeOf returns the size for so many codewords, where the designer left it
// open: the level that the standard recommends (annex E), and about three times
// as wide as high, which suits a label and a scanner's line.
func pdfSizeOf(words int, o Options) (pdfSize, error) {
	z := pdfSize{level: pdfLevelOf(words), height: o.RowModules}
	if z.height == 0 {
		z.height = pdfRowHeight
	}
	if o.Level != "" {
		level, err := strconv.Atoi(o.Level)
		if err != nil || level < 0 || level > 8 || len(o.Level) > 1 {
			return z, fmt.Errorf("level %q: not known (have 0 to 8)", o.Level)
		}
		z.level = level
	}
	switch {
	case z.height < 1 || z.height > 100:
		return z, fmt.Errorf("rows of %d modules: want 1 to 100", z.height)
	case o.Rows != 0 && (o.Rows < pdfLeastRows || o.Rows > pdfMostRows):
		return z, fmt.Errorf("%d rows: want %d to %d", o.Rows, pdfLeastRows, pdfMostRows)
	case o.Columns < 0 || o.Columns > pdfMostCols:
		return z, fmt.Errorf("%d columns: want 1 to %d", o.Columns, pdfMostCols)
	}
	need := words + z.check()
	best := -1
	for columns := 1; columns <= pdfMostCols; columns++ {
		rows := max((need+columns-1)/columns, pdfLeastRows)
		if o.Rows != 0 && rows <= o.Rows {
			rows = o.Rows
		}
		if o.Columns != 0 && columns != o.Columns || o.Rows != 0 && rows != o.Rows || rows > pdfMostRows || rows*columns > pdfMostWords {
			continue
		}
		wide, high := pdfWidth(columns), rows*z.height
		off := wide - 3*high
		if o.Rows != 0 {
			off = columns // as narrow as the rows allow
		}
		if off = max(off, -off); best < 0 || off < best {
			best, z.rows, z.columns = off, rows, columns
		}
	}
	if best < 0 {
		return z, fmt.Errorf("%d codewords at level %d fit no symbol of the rows and columns allowed", need, z.level)
	}
	return z, nil
}

// pdfLevelOf returns the recommended level (annex E); where that does not fit,
// the greatest that does.
func pdfLevelOf(words int) int {
	level := 5
	switch n := words - 1; {
	case n <= 40:
		level = 2
	case n <= 160:
		level = 3
	case n <= 320:
		level = 4
	}
	for level > 0 && words+2<<level > pdfMostWords {
		level--
	}
	return level
}

// pdfWidth returns the modules of a row.
func pdfWidth(columns int) int {
	return pdfStartWidth + (columns+2)*pdfCharWidth + pdfStopWidth
}

// pdfCheckWords returns the check words (5.10 and annex F): the negated
// remainder of the data by the generator with the roots 3^1 to 3^n.
func pdfCheckWords(words []int, n int) []int {
	generator := make([]int, n+1) // lowest power first
	generator[0] = 1
	root := 1
	for k := 1; k <= n; k++ {
		root = root * 3 % pdfPrime
		for i := k; i >= 0; i-- {
			below := 0
			if i > 0 {
				below = generator[i-1]
			}
			generator[i] = (below + (pdfPrime-root)*generator[i]) % pdfPrime
		}
	}
	rest := make([]int, n) // highest power first
	for _, w := range words {
		k := (w + rest[0]) % pdfPrime
		copy(rest, rest[1:])
		rest[n-1] = 0
		for i := range n {
			rest[i] = (rest[i] + (pdfPrime-k)*generator[n-1-i]) % pdfPrime
		}
	}
	for i, r := range rest {
		rest[i] = (pdfPrime - r) % pdfPrime
	}
	return rest
}

// draw returns the rows of the symbol, each as many modules high as it should
// be (5.11).
func (z pdfSize) draw(words []int) labels.Dots {
	m := labels.NewDots(pdfWidth(z.columns), z.rows*z.height)
	for row := range z.rows {
		all := m.Bits[row*z.height*m.Stride:][:z.height*m.Stride]
		line, x := all[:m.Stride], 0
		put := func(bits uint32, width int) {
			for i := range width {
				line[(x+i)/8] |= byte(bits>>(width-1-i)&1) << (7 - (x+i)%8)
			}
			x += width
		}
		left, right := z.indicators(row)
		put(pdfStart, pdfStartWidth)
		put(PDF417Character(row%3, left), pdfCharWidth)
		for _, w := range words[row*z.columns : (row+1)*z.columns] {
			put(PDF417Character(row%3, w), pdfCharWidth)
		}
		put(PDF417Character(row%3, right), pdfCharWidth)
		put(pdfStop, pdfStopWidth)
		for i := m.Stride; i < len(all); i += m.Stride {
			copy(all[i:], line)
		}
	}
	return m
}

// indicators returns the values of a row's indicators (5.11.3.1): they tell
// the row and, over three rows, how many rows and columns there are and the
// level.
func (z pdfSize) indicators(row int) (left, right int) {
	rows, level, columns := (z.rows-1)/3, z.level*3+(z.rows-1)%3, z.columns-1
	base := row / 3 * 30
	switch row % 3 {
	case 0:
		return base + rows, base + columns
	case 1:
		return base + level, base + rows
	}
	return base + columns, base + level
}

// pdfNumber returns the codewords of at most 44 digits: with a 1 before them,
// one number in base 900 (5.4.4.2).
func pdfNumber(digits []byte) []int {
	n, _ := new(big.Int).SetString("1"+string(digits), 10)
	out := make([]int, len(digits)/3+1)
	base, rest := big.NewInt(900), new(big.Int)
	for i := len(out) - 1; i >= 0; i-- {
		n.DivMod(n, base, rest)
		out[i] = int(rest.Int64())
	}
	return out
}
