package zplview

import (
	"fmt"
	"unicode"

	"waybill/labels"
	"waybill/labels/barcode"
	"waybill/labels/text"
)

// The symbol values with a meaning of their own.
const (
	shift  = 98
	codeC  = 99
	codeB  = 100
	codeA  = 101
	fnc1   = 102
	startA = 103
	startB = 104
	startC = 105
	stop   = 106
)

// maxData is the most field data a barcode takes.
const maxData = 3072

// code128 draws ^BC.
func (p *page) code128(b linear, data []byte) {
	if len(data) > maxData {
		p.unknown("^FD of more than 3072 bytes in ^BC")
		return
	}
	var words []int
	var err error
	switch b.mode {
	case 'N':
		words, err = invoked(data)
	case 'A':
		words, err = automatic(data)
	default:
		p.unknown("^BC mode " + printable([]byte{b.mode}))
		return
	}
	if err != nil {
		p.unknown("^BC: " + err.Error())
		return
	}
	bars, err := barcode.Bars(words)
	if err != nil {
		p.unknown("^BC: " + err.Error())
		return
	}
	if !p.affords(bars.W*p.module, b.height) {
		return
	}
	y := p.field.y
	if p.field.baseline {
		y -= b.height
	}
	p.put(bars.Enlarge(p.module, b.height), p.field.x, y)
	if b.text {
		p.interpretation(words, bars.W*p.module, y+b.height)
	}
}

// invoked reads mode N: characters, and codes behind '>' that start a set or
// stand for a symbol value. Without a start it is set B.
func invoked(data []byte) ([]int, error) {
	set := startB
	if len(data) > 1 && data[0] == '>' {
		switch data[1] {
		case '9':
			set, data = startA, data[2:]
		case ':':
			data = data[2:]
		case ';':
			set, data = startC, data[2:]
		}
	}
	words := []int{set}
	for i := 0; i < len(data); {
		if data[i] == '>' && i+1 < len(data) {
			value, ok := invocation(data[i+1], set)
			if !ok {
				return nil, fmt.Errorf("invocation code >%s", printable(data[i+1:i+2]))
			}
			words, i = append(words, value), i+2
			switch {
			case value == codeC && set != startC:
				set = startC
			case value == codeB && set != startB: // in set B the value is FNC4
				set = startB
			case value == codeA && set != startA:
				set = startA
			}
			continue
		}
		if set != startB {
			// Sets A and C are written as pairs of digits: the symbol's value.
			if i+1 >= len(data) || !digit(data[i]) || !digit(data[i+1]) {
				return nil, fmt.Errorf("set %c wants pairs of digits", 'A'+set-startA)
			}
			words, i = append(words, int(data[i]-'0')*10+int(data[i+1]-'0')), i+2
			continue
		}
		if data[i] < ' ' || data[i] > 0x7e {
			return nil, fmt.Errorf("byte 0x%02X in set B", data[i])
		}
		words, i = append(words, int(data[i]-' ')), i+1
	}
	return finished(words)
}

// invocation returns the symbol value that a code stands for.
func invocation(code byte, set int) (value int, ok bool) {
	switch code {
	case '8':
		return fnc1, true
	case '7':
		return codeA, true
	case '6':
		return codeB, true
	case '5':
		return codeC, set != startC
	case '4':
		return shift, set != startC
	case '3', '2':
		return 97 - int(code-'2'), set != startC // FNC2 is 97, FNC3 is 96
	}
	if set != startB {
		return 0, false
	}
	switch code {
	case '<':
		return '^' - ' ', true
	case '0':
		return '>' - ' ', true
	case '=':
		return '~' - ' ', true
	case '1':
		return 95, true
	}
	return 0, false
}

// automatic reads mode A: plain characters, and the printer picks sets. Ours
// writes digits in set C from four on, as the guide says, and all else in B.
func automatic(data []byte) ([]int, error) {
	var words []int
	set := 0
	enter := func(to, latch int) {
		switch {
		case set == 0:
			words = append(words, to)
		case set != to:
			words = append(words, latch)
		}
		set = to
	}
	for i := 0; i < len(data); {
		run := 0
		for i+run < len(data) && digit(data[i+run]) {
			run++
		}
		if run >= 4 || run == len(data) && run == 2 {
			enter(startC, codeC)
			for ; run >= 2; run -= 2 {
				words, i = append(words, int(data[i]-'0')*10+int(data[i+1]-'0')), i+2
			}
			continue
		}
		c := data[i]
		if c < ' ' || c > 0x7e {
			return nil, fmt.Errorf("byte 0x%02X in automatic mode", c)
		}
		enter(startB, codeB)
		words, i = append(words, int(c-' ')), i+1
	}
	return finished(words)
}

func finished(words []int) ([]int, error) {
	if len(words) < 2 {
		return nil, fmt.Errorf("no data")
	}
	c, err := barcode.CheckCharacter(words)
	if err != nil {
		return nil, err
	}
	return append(words, c, stop), nil
}

func digit(b byte) bool { return b >= '0' && b <= '9' }

// interpretation draws the line of text below the bars.
func (p *page) interpretation(words []int, width, y int) {
	size := p.res.Length(10 * p.module)
	block, err := text.Draw(p.fonts, p.res, readable(words), text.Style{
		Size: size, MinSize: size / 4, Width: max(width, 1), Align: text.Centre, Cut: true,
	})
	if err != nil {
		p.unknown("text of ^BC: " + err.Error())
		return
	}
	p.put(block.Dots, p.field.x+block.X, y+2+block.Y)
}

// readable returns the characters of a symbol that can be shown.
func readable(words []int) string {
	var s []rune
	set, next := words[0], 0 // the set of the next character alone, if it is another
	upper, latched := false, false
	for _, w := range words[1 : len(words)-2] {
		in := set
		if next != 0 {
			in, next = next, 0
		}
		switch {
		case in == startC && w < 100:
			s = append(s, rune('0'+w/10), rune('0'+w%10))
		case w == codeC && in != startC:
			set = startC
		case w == codeA+startA-in: // FNC4: once for a character, twice for all that follow
			latched, upper = latched != upper, !upper
		case w == codeB:
			set = startB
		case w == codeA:
			set = startA
		case w == shift:
			next = startA + startB - in
		case w < 96:
			c := rune(w + ' ')
			if in == startA && w >= 64 {
				c = rune(w - 64)
			}
			if upper != latched {
				c += 128
			}
			upper = false
			if unicode.IsPrint(c) {
				s = append(s, c)
			}
		}
	}
	return string(s)
}

// qr draws ^BQ with the symbol our encoder makes. A printer may choose another
// mask; what it says is the same.
func (p *page) qr(m matrix, data []byte) {
	// The data begins with the error correction level, the input mode and a
	// comma, as in "MA,text".
	if len(data) < 3 || data[2] != ',' || upper(data[1]) != 'A' {
		p.unknown("^BQ with field data other than automatic")
		return
	}
	s, err := barcode.Encode(labels.QR, data[3:], barcode.Options{Level: string(upper(data[0]))})
	if err != nil {
		p.unknown("^BQ: " + err.Error())
		return
	}
	y := p.field.y
	if p.field.baseline {
		y -= s.Modules.H * m.module
	}
	if !p.affords(s.Modules.W*m.module, s.Modules.H*m.module) {
		return
	}
	p.put(s.Modules.Enlarge(m.module, m.module), p.field.x, y)
}
