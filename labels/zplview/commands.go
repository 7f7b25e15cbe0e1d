package zplview

import (
	"bytes"
	"strconv"
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
		p.barHeight = c.number(2, p.barHeight, 1, maxSide)
	case "^CF":
		p.fontHeight = c.number(1, 9, 1, maxSide)
		p.fontWidth = c.number(2, 0, 0, maxSide)
	case "^CI":
		if n := c.number(0, 0, 0, 255); n != 28 && n != 27 && n != 0 {
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
		if c.letter(0, 'N') == 'Y' {
			p.unknown("^PMY")
		}
	case "^FX", "^MM", "^MN", "^MT", "^MD", "^PR", "^CV", "^JZ", "^PF", "^ST", "^KL", "^XB":
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
		f.baseline = c.name == "^FT"
		if c.letter(2, '0') != '0' {
			p.unknown(c.name + " justified")
		}
	case "^FR":
		f.reverse = true
	case "^FH":
		f.hex = '_'
		if len(c.args) > 0 && c.args[0] > ' ' {
			f.hex = c.args[0]
		}
	case "^FD", "^FV":
		f.data, f.has = c.text(), true
	case "^A":
		p.font(c)
	case "^A@":
		p.upright(c)
		f.font = true
		f.height, f.width = c.number(1, 0, 0, maxSide), c.number(2, 0, 0, maxSide)
	case "^FB":
		f.block = &block{
			width: c.number(0, 0, 0, maxSide), lines: c.number(1, 1, 1, 9999), between: c.number(2, 0, -9999, 9999),
			align: c.letter(3, 'L'), indent: c.number(4, 0, 0, 9999),
		}
	case "^BC":
		p.upright(c)
		f.barcode = &linear{
			height: c.number(1, p.barHeight, 1, maxSide), text: c.letter(2, 'Y') == 'Y', mode: c.letter(5, 'N'),
		}
		if c.letter(3, 'N') == 'Y' {
			p.unknown("^BC with text above")
		}
		if c.letter(4, 'N') == 'Y' {
			p.unknown("^BC with a check digit of the printer's")
		}
	case "^BQ":
		p.upright(c)
		f.matrix = &matrix{module: c.number(2, 3, 1, 100)}
	case "^GB":
		p.rectangle(c)
	case "^GF":
		p.graphic(c)
	case "^FS":
		p.finish()
	default:
		p.unknown(c.name)
	}
}

// upright reports orientations other than the normal one.
func (p *page) upright(c command) {
	if o := c.letter(0, 'N'); o != 'N' {
		p.unknown(c.name + " turned")
	}
}

// font reads ^A0N,h,w, of which only the scalable font has a stand-in.
func (p *page) font(c command) {
	args := c.text()
	if len(args) == 0 || args[0] != '0' {
		p.unknown("^A" + printable(args[:min(1, len(args))]))
	}
	if len(args) > 1 && upper(args[1]) != 'N' && args[1] != ',' {
		p.unknown("^A turned")
	}
	p.field.font = true
	p.field.height, p.field.width = c.number(1, 0, 0, maxSide), c.number(2, 0, 0, maxSide)
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
	if f.has {
		data := f.data
		if f.hex != 0 {
			data = unhex(data, f.hex)
		}
		switch {
		case f.barcode != nil:
			p.barcodes++
			p.code128(*f.barcode, data)
		case f.matrix != nil:
			p.barcodes++
			p.qr(*f.matrix, data)
		default:
			p.text(data)
		}
	}
	p.field = field{}
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
