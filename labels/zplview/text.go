package zplview

import (
	"errors"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/text"
)

// A typeface is ^A or ^CF: a font by its letter, and the size of its cells. A
// width of 0 is in proportion to the height.
type typeface struct {
	letter        byte
	height, width int
	turn          byte
}

// cell returns the cell of a bitmap font at its least magnification at 8 dots
// per millimetre, and the space between two cells (Zebra, ZPL II Programming
// Guide, "Fonts and Bar Codes": font matrices), or zeros for a scalable one.
func cell(letter byte) (h, w, gap int) {
	switch letter {
	case 'A':
		return 9, 5, 1
	case 'B':
		return 11, 7, 2
	case 'C', 'D':
		return 18, 10, 2
	case 'E':
		return 28, 15, 5
	case 'F':
		return 26, 13, 3
	case 'G':
		return 60, 40, 8
	case 'H':
		return 21, 13, 6
	}
	return 0, 0, 0
}

// knownFont reports whether a font is one that printers have from the factory.
func knownFont(letter byte) bool {
	return letter == '0' || letter >= 'A' && letter <= 'H' || letter >= 'P' && letter <= 'V' || letter == '@'
}

// sized returns the typeface with its size settled: bitmap fonts come in whole
// multiples of their cell.
func (f typeface) sized() typeface {
	h, w, _ := cell(f.letter)
	if h == 0 {
		if f.height == 0 {
			f.height = 9
		}
		return f
	}
	switch {
	case f.height == 0 && f.width == 0:
		f.height, f.width = h, w
	case f.height == 0:
		f.height = max(1, (f.width+w/2)/w) * h
	}
	if f.width == 0 {
		f.width = max(1, (f.height+h/2)/h) * w
	}
	f.height, f.width = max(1, (f.height+h/2)/h)*h, max(1, (f.width+w/2)/w)*w
	return f
}

// A block is ^FB or ^TB.
type block struct {
	width, lines, between, indent int
	align                         byte
	high                          int // of ^TB; 0 for ^FB
}

// text draws field data in a font that stands in for the printer's: places and
// sizes are right, the letters' shapes are our own.
func (p *page) text(data []byte) {
	f := &p.field
	face := p.font
	if f.font != nil {
		face = *f.font
	}
	face = face.sized()
	if face.turn == 0 {
		face.turn = p.turn
	}
	longest := p.h
	if face.turn == 'R' || face.turn == 'B' {
		longest = max(p.w, p.h)
	}
	if len(data) > maxData || face.height > longest {
		p.unknown("text longer than 3072 bytes or higher than the label")
		return
	}
	s := p.decoded(data)
	if f.block != nil && f.block.width > 0 {
		p.textBlock(s, face, *f.block)
		return
	}
	l, ok := p.letters(s, face)
	if !ok {
		return
	}
	p.place(piece{dots: l.dots, x: l.x, y: l.y, w: l.x + l.dots.W, h: face.height, base: baseLine(face), turn: face.turn})
}

// decoded returns field data as text. What is no UTF-8 is in the code page of
// ^CI: 850, or 1252 for 27.
func (p *page) decoded(data []byte) string {
	if utf8.Valid(data) {
		return string(data)
	}
	page := charmap.CodePage850
	if p.characters == 27 {
		page = charmap.Windows1252
	}
	if p.characters != 28 {
		if s, err := page.NewDecoder().Bytes(data); err == nil {
			return string(s)
		}
	}
	return strings.ToValidUTF8(string(data), "\ufffd")
}

// baseLine is how far below the top of a font's cell its letters stand.
func baseLine(face typeface) int { return face.height * 3 / 4 }

// A lettering is a text as drawn, and where its dots are in its box.
type lettering struct {
	dots labels.Dots
	x, y int
}

// setWork is how many dots could be drawn in the time that it takes to set one
// byte of text.
const setWork = 100

// letters draws a text at the height and the width of a typeface. What runs
// far past the edge is cut off before it takes memory.
func (p *page) letters(s string, face typeface) (lettering, bool) {
	if strings.TrimSpace(s) == "" {
		return lettering{}, true
	}
	// Setting takes time before it is known how many dots come of it, and none
	// may: it is charged for by the letter.
	if !p.affords(setWork, len(s)) {
		return lettering{}, false
	}
	block, ok := p.set(s, face)
	if !ok {
		return lettering{}, false
	}
	feet, ok := p.set("H", face) // the stand-in's line is lower in its cell than a printer's
	if !ok {
		return lettering{}, false
	}
	num, den := face.height, face.height
	if face.width > 0 {
		num = face.width
	}
	if h, w, gap := cell(face.letter); h > 0 {
		// Its letters are all alike in width; those of the stand-in are not, but
		// the text is as long.
		num, den = utf8.RuneCountInString(s)*(w+gap)*face.width/w, max(block.X+block.Dots.W, 1)
	}
	d := block.Dots
	if most := 4 * max(p.w, p.h) * den / max(num, 1); d.W > most {
		d = d.Crop(0, 0, max(most, 1), d.H)
	}
	if !p.affords(feet.Dots.W, feet.Dots.H) || !p.affords(4*d.W, d.H) || !p.affords(4*d.W*num/den, d.H) {
		return lettering{}, false
	}
	y := block.Y + baseLine(face) - feet.Y - feet.Dots.H
	return lettering{dots: stretched(d, num, den), x: block.X * num / den, y: y}, true
}

// set sets one text in a face, at its height.
func (p *page) set(s string, face typeface) (text.Block, bool) {
	block, err := text.Draw(p.fonts, p.res, s, text.Style{Size: p.res.Length(face.height), Bold: true, Width: 1 << 16})
	if err == nil {
		return block, true
	}
	var missing *fonts.MissingError
	switch {
	case errors.As(err, &missing):
		p.unknown("text with " + missing.Error())
	default:
		p.unknown("text that does not fit")
	}
	return text.Block{}, false
}

// textBlock draws ^FB and ^TB.
func (p *page) textBlock(s string, face typeface, b block) {
	s = strings.ReplaceAll(s, `\&`, "\n")
	wide := min(b.width, 4*max(p.w, p.h))
	if b.high > 0 {
		b.lines = max(1, b.high/max(face.height, 1))
	}
	lines := min(b.lines, 100)
	p.linesOf(s, face, b, wide, lines)
}

// linesOf draws a block line by line, as far apart as the font is high and the
// block says. What is beyond the last line is printed over it, as printers do.
func (p *page) linesOf(s string, face typeface, b block, wide, most int) {
	pitch := max(1, face.height+b.between)
	high := pitch*most + 2*face.height
	if !p.affords(wide, high) {
		return
	}
	all := labels.NewDots(wide, high)
	n := 0
	for _, paragraph := range strings.Split(s, "\n") {
		words, ok := p.words(paragraph, face)
		if !ok {
			return
		}
		for first := true; first || len(words) > 0; first = false {
			indent := 0
			if !first {
				indent = min(b.indent, wide-1)
			}
			k := fits(words, wide-indent)
			if !p.line(all, words[:k], face, b.align, indent, min(n, most-1)*pitch, wide-indent, k == len(words)) {
				return
			}
			words = words[k:]
			n++
		}
	}
	// Of ^FT the last line that the block has room for stands on the line.
	p.place(piece{
		dots: all, y: -face.height, w: wide, h: pitch*(most-1) + face.height,
		base: pitch*(most-1) + baseLine(face), turn: face.turn,
	})
}

// A word is one of a block, with its width and that of the space before it.
type word struct {
	text         string
	width, space int
}

// words divides a line at its spaces and measures.
func (p *page) words(line string, face typeface) ([]word, bool) {
	apart, ok := p.letters("n n", face)
	close, ok2 := p.letters("nn", face)
	if !ok || !ok2 {
		return nil, false
	}
	space := max(1, apart.dots.W-close.dots.W)
	var all []word
	for _, s := range strings.Fields(line) {
		l, ok := p.letters(s, face)
		if !ok {
			return nil, false
		}
		all = append(all, word{text: s, width: l.x + l.dots.W, space: space})
	}
	return all, true
}

// fits returns how many of words fit into a line, at least one.
func fits(words []word, wide int) int {
	used := 0
	for i, w := range words {
		if i > 0 {
			used += w.space
		}
		if used += w.width; used > wide && i > 0 {
			return i
		}
	}
	return len(words)
}

// line draws one line of a block onto all.
func (p *page) line(all labels.Dots, words []word, face typeface, align byte, x, y, wide int, last bool) bool {
	draw := func(l lettering, x int) {
		if l.dots.W > 0 {
			all.Draw(l.dots, x+l.x, y+l.y+face.height) // a line's room above the first, for accents
		}
	}
	if align == 'J' && !last && len(words) > 1 {
		used := 0
		for _, w := range words {
			used += w.width
		}
		at := 0
		for i, w := range words {
			l, ok := p.letters(w.text, face)
			if !ok {
				return false
			}
			draw(l, x+at+(wide-used)*i/(len(words)-1))
			at += w.width
		}
		return true
	}
	var texts []string
	for _, w := range words {
		texts = append(texts, w.text)
	}
	l, ok := p.letters(strings.Join(texts, " "), face)
	switch align {
	case 'C':
		x += (wide - l.x - l.dots.W) / 2
	case 'R':
		x += wide - l.x - l.dots.W
	}
	draw(l, x)
	return ok
}
