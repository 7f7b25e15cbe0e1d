package zplview

import (
	"bytes"
	"strconv"
	"strings"
)

// do carries out one command inside a format.
func (p *page) do(c command) {
	switch c.name {
	case "^PW":
		p.w = p.size(c, p.w)
	case "^LL":
		p.h = p.size(c, p.h)
	case "^LH":
		p.homeX, p.homeY = c.number(0, p.homeX, 0, maxSide), c.number(1, p.homeY, 0, maxSide)
	case "^LS":
		p.shift = c.number(0, 0, -9999, 9999)
	case "^LT":
		p.top = c.number(0, 0, -120, 120)
	case "^PO":
		p.inverted = c.letter(0, 'N') == 'I'
	case "^LR":
		p.reverseAll = c.letter(0, 'N') == 'Y'
	case "^PQ":
		p.copies = c.number(0, 1, 1, maxCopies)
	case "^BY":
		p.module = c.number(0, p.module, 1, 10)
		p.ratio = c.tenths(1, p.ratio, 20, 30)
		p.barHeight = c.number(2, p.barHeight, 1, maxSide)
	case "^CF":
		p.font = p.typeface(c.letter(0, p.font.letter), c.number(1, 0, 0, maxSide), c.number(2, 0, 0, maxSide))
	case "^FW":
		p.turn = p.turnOf(c)
		p.right = c.letter(1, '0') == '1'
	case "^CI":
		p.characters = c.number(0, 0, 0, 255)
		if n := p.characters; n != 28 && n != 27 && n != 13 && n != 0 {
			p.unknown("^CI" + strconv.Itoa(n))
		}
	case "^JM":
		if c.letter(0, 'A') != 'A' {
			p.unknown("^JM other than A")
		}
	case "^MU":
		if list := c.list(); c.letter(0, 'D') != 'D' || len(list) > 1 {
			p.unknown("^MU other than D")
		}
	case "^PM":
		p.mirror = c.letter(0, 'N') == 'Y'
	case "^XF":
		p.recall(c)
	case "^FX", "^MM", "^MN", "^MT", "^MD", "^PR", "^CV", "^JZ", "^PF", "^ST", "^KL", "^XB",
		"^CC", "^CT", "^CD", "~CC", "~CT", "~CD", "~SD", "~TA", "^PP", "^PH", "^SX", "^SQ", "^HV", "^ML", "^SZ", "^JT", "^SS", "~JS", "^JS":
		// They do not change what is drawn.
	default:
		p.doField(c)
	}
}

func (p *page) size(c command, now int) int {
	if p.dots.Bits != nil {
		p.unknown(c.name + " after a field")
		return now
	}
	return c.number(0, now, 1, maxSide)
}

// doField carries out what belongs to one field.
func (p *page) doField(c command) {
	f := &p.field
	switch c.name {
	case "^FO", "^FT":
		p.unfinished()
		f.x, f.y = c.number(0, 0, 0, maxSide), c.number(1, 0, 0, maxSide)
		f.baseline, f.right = c.name == "^FT", p.right
		switch c.letter(2, ' ') {
		case '0':
			f.right = false
		case '1':
			f.right = true
		case '2':
			p.unknown(c.name + " justified by the script")
		}
	case "^FR":
		f.reverse = true
	case "^FN":
		f.number = fieldNumber(c.args)
	case "^FH":
		f.hex = '_'
		if len(c.args) > 0 && c.args[0] > ' ' {
			f.hex = c.args[0]
		}
	case "^FD", "^FV":
		f.data, f.has = c.text(), true
	case "^SN":
		list := bytes.SplitN(c.text(), []byte(","), 3)
		f.data, f.has = list[0], true
		f.serial = &serial{step: c.number(1, 1, -999999999999, 999999999999), zeros: c.letter(2, 'N') == 'Y'}
	case "^SF":
		list := bytes.SplitN(c.text(), []byte(","), 2)
		f.serial = &serial{mask: string(list[0]), step: 1, zeros: true}
		if len(list) > 1 {
			f.serial.increment = string(list[1])
		}
	case "^A", "^A@":
		p.face(c)
	case "^FB":
		f.block = &block{
			width: c.number(0, 0, 0, maxSide), lines: c.number(1, 1, 1, 9999), between: c.number(2, 0, -9999, 9999),
			align: c.letter(3, 'L'), indent: c.number(4, 0, 0, 9999),
		}
	case "^TB":
		f.block = &block{width: c.number(1, 1, 1, maxSide), high: c.number(2, 1, 1, maxSide), align: 'L'}
		turned := p.font
		if f.font != nil {
			turned = *f.font
		}
		turned.turn = p.turnOf(c)
		f.font = &turned
	case "^GB":
		p.rectangle(c)
	case "^GC", "^GD", "^GE":
		p.shape(c)
	case "^GS":
		f.shape = &c
	case "^GF":
		p.graphic(c)
	case "^XG", "^IM":
		p.recallGraphic(c)
	case "^FS":
		p.finish()
	default:
		if f.symbol = p.symbolOf(c); f.symbol == nil {
			p.unknown(c.name)
		}
	}
}

// fieldNumber reads the number of ^FN, behind which a prompt may stand.
func fieldNumber(args []byte) int {
	n := 0
	for n < len(args) && n < 4 && digit(args[n]) {
		n++
	}
	number, err := strconv.Atoi(string(args[:n]))
	if err != nil {
		return 0
	}
	return number
}

// face reads ^A0N,h,w and ^A@N,h,w,d:f.x. A font that was downloaded has a
// stand-in too, as every one has.
func (p *page) face(c command) {
	f := typeface{letter: '@', height: c.number(1, 0, 0, maxSide), width: c.number(2, 0, 0, maxSide)}
	if c.name == "^A@" {
		f.turn = p.turnOf(c)
		p.field.font = &f
		return
	}
	args := c.text()
	letter, turn := byte('0'), byte(0)
	if len(args) > 0 {
		letter = upper(args[0])
	}
	if len(args) > 1 {
		turn = upper(args[1])
	}
	f = p.typeface(letter, f.height, f.width)
	f.turn = p.turnNamed(turn)
	p.field.font = &f
}

// typeface returns a font by its letter. A height alone sets the width in
// proportion, and the other way round.
func (p *page) typeface(letter byte, height, width int) typeface {
	if !knownFont(letter) {
		p.unknown("^A" + printable([]byte{letter}))
	}
	if h, _, _ := cell(letter); h == 0 && height == 0 {
		height = width
	}
	if height == 0 && width == 0 && letter == p.font.letter {
		height, width = p.font.height, p.font.width
	}
	return typeface{letter: letter, height: height, width: width}
}

// tenths returns parameter i, a number with one digit behind its point, in
// tenths.
func (c command) tenths(i, def, low, high int) int {
	list := c.list()
	if i >= len(list) {
		return def
	}
	whole, part, _ := strings.Cut(strings.TrimSpace(list[i]), ".")
	n, err := strconv.Atoi(whole)
	if err != nil {
		return def
	}
	n *= 10
	if part != "" && digit(part[0]) {
		n += int(part[0] - '0')
	}
	return min(max(n, low), high)
}

// unfinished reports a field that has data and no end: printers differ in
// whether they print it.
func (p *page) unfinished() {
	if p.field.has {
		p.unknown("field data without ^FS")
	}
}

// finish draws the field and begins a new one.
func (p *page) finish() {
	f := p.field
	if f.number > 0 && !p.numbered(f) {
		p.field = field{}
		return
	}
	p.drawField()
	p.field = field{}
}

// drawField draws the field as it stands.
func (p *page) drawField() {
	f := p.field
	if !f.has {
		return
	}
	data := f.data
	if f.hex != 0 {
		data = unhex(data, f.hex)
	}
	if f.serial != nil {
		data = f.serial.advance(data, p.copy)
	}
	switch {
	case f.symbol != nil:
		p.barcodes++
		f.symbol(p, data)
	case f.shape != nil:
		p.sign(*f.shape, data)
	default:
		p.text(data)
	}
}

// sign draws ^GS: registered, copyright and trade mark. The marks of UL and CSA
// are theirs to draw.
func (p *page) sign(c command, data []byte) {
	marks := map[byte]string{'A': "®", 'B': "©", 'C': "™"}
	if len(data) == 0 || marks[upper(data[0])] == "" {
		p.unknown("^GS " + printable(data[:min(1, len(data))]))
		return
	}
	f := typeface{letter: '0', height: c.number(1, 24, 1, maxSide), width: c.number(2, 0, 0, maxSide), turn: p.turnOf(c)}
	p.field.font = &f
	p.text([]byte(marks[upper(data[0])]))
}

// unhex undoes ^FH: the escape and two hexadecimal digits are one byte.
func unhex(data []byte, escape byte) []byte {
	var out bytes.Buffer
	for i := 0; i < len(data); i++ {
		if data[i] == escape && i+2 < len(data) {
			if n, err := strconv.ParseUint(string(data[i+1:i+3]), 16, 8); err == nil {
				out.WriteByte(byte(n))
				i += 2
				continue
			}
		}
		out.WriteByte(data[i])
	}
	return out.Bytes()
}
