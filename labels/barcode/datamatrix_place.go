package barcode

import "waybill/labels"

// dmGalois is the field over x⁸+x⁵+x³+x²+1 (ISO/IEC 16022:2006, annex E).
var dmGalois = newGalois(0x12d)

// dmProtect returns data followed by its check words. Blocks are interleaved;
// those of the largest symbol end unevenly, and its check words go on where
// the data stopped (annex A.3).
func dmProtect(data []byte, size dmSize) []byte {
	all := make([]byte, size.data+size.check)
	copy(all, data)
	each := size.check / size.blocks
	generator := dmGalois.generator(each, 1)
	check, block := make([]byte, each), make([]byte, 0, size.data/size.blocks+1)
	for b := range size.blocks {
		block = block[:0]
		for i := b; i < size.data; i += size.blocks {
			block = append(block, data[i])
		}
		first := (b + size.blocks - size.data%size.blocks) % size.blocks
		dmGalois.remainder(check, block, generator)
		for i, c := range check {
			all[size.data+first+i*size.blocks] = c
		}
	}
	return all
}

// A dmGrid is the mapping matrix while it is filled (annex F).
type dmGrid struct {
	rows, columns int
	words         []byte
	cells         []byte // 0 not placed, 1 white, 2 black
}

// dmPlace returns the mapping matrix of words, row by row.
func dmPlace(words []byte, rows, columns int) []byte {
	g := &dmGrid{rows: rows, columns: columns, words: words, cells: make([]byte, rows*columns)}
	word, row, column := 0, 4, 0
	next := func(place func(int, int, int), r, c int) {
		place(word, r, c)
		word++
	}
	for row < rows || column < columns {
		g.corners(next, row, column)
		for { // upwards to the right
			if row < rows && column >= 0 && g.cells[row*columns+column] == 0 {
				next(g.utah, row, column)
			}
			row, column = row-2, column+2
			if row < 0 || column >= columns {
				break
			}
		}
		row, column = row+1, column+3
		for { // downwards to the left
			if row >= 0 && column < columns && g.cells[row*columns+column] == 0 {
				next(g.utah, row, column)
			}
			row, column = row+2, column-2
			if row >= rows || column < 0 {
				break
			}
		}
		row, column = row+3, column+1
	}
	if g.cells[rows*columns-1] == 0 { // the corner that no word reaches
		g.cells[rows*columns-1], g.cells[rows*columns-columns-2] = 2, 2
	}
	return g.cells
}

// module places one bit, the first being the highest.
func (g *dmGrid) module(row, column, word, bit int) {
	if row < 0 {
		row, column = row+g.rows, column+4-(g.rows+4)%8
	}
	if column < 0 {
		column, row = column+g.columns, row+4-(g.columns+4)%8
	}
	g.cells[row*g.columns+column] = 1 + g.words[word]>>(8-bit)&1
}

// utah places a word in its usual shape, with its last bit at row, column.
func (g *dmGrid) utah(word, row, column int) {
	for bit, at := range [8][2]int{{-2, -2}, {-2, -1}, {-1, -2}, {-1, -1}, {-1, 0}, {0, -2}, {0, -1}, {0, 0}} {
		g.module(row+at[0], column+at[1], word, bit+1)
	}
}

// dmCorners are the four shapes of a word at the corners; a negative place
// counts from the far side.
var dmCorners = [4][8][2]int{
	{{-1, 0}, {-1, 1}, {-1, 2}, {0, -2}, {0, -1}, {1, -1}, {2, -1}, {3, -1}},
	{{-3, 0}, {-2, 0}, {-1, 0}, {0, -4}, {0, -3}, {0, -2}, {0, -1}, {1, -1}},
	{{-3, 0}, {-2, 0}, {-1, 0}, {0, -2}, {0, -1}, {1, -1}, {2, -1}, {3, -1}},
	{{-1, 0}, {-1, -1}, {0, -3}, {0, -2}, {0, -1}, {1, -3}, {1, -2}, {1, -1}},
}

// corners places the word of a corner where the path passes its trigger.
func (g *dmGrid) corners(next func(func(int, int, int), int, int), row, column int) {
	rows, columns := g.rows, g.columns
	shape := -1
	switch {
	case row == rows && column == 0:
		shape = 0
	case row == rows-2 && column == 0 && columns%8 == 4:
		shape = 2
	case row == rows-2 && column == 0 && columns%4 != 0:
		shape = 1
	case row == rows+4 && column == 2 && columns%8 == 0:
		shape = 3
	}
	if shape < 0 {
		return
	}
	next(func(word, _, _ int) {
		for bit, at := range dmCorners[shape] {
			g.module((at[0]+rows)%rows, (at[1]+columns)%columns, word, bit+1)
		}
	}, 0, 0)
}

// dmDraw returns the symbol: the mapping matrix cut into regions, each with its
// solid and its broken border (5.1 and table 7).
func dmDraw(cells []byte, size dmSize) labels.Dots {
	m := labels.NewDots(size.columns, size.rows)
	high, wide := size.rows/size.down, size.columns/size.across // of a region with its border
	for y := range size.rows {
		for x := range size.columns {
			ry, rx := y%high, x%wide
			var black bool
			switch {
			case rx == 0 || ry == high-1:
				black = true
			case ry == 0:
				black = rx%2 == 0
			case rx == wide-1:
				black = ry%2 == 1
			default:
				my, mx := y/high*(high-2)+ry-1, x/wide*(wide-2)+rx-1
				black = cells[my*(size.columns-2*size.across)+mx] == 2
			}
			if black {
				m.Set(x, y)
			}
		}
	}
	return m
}
