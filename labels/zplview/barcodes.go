package zplview

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"waybill/labels"
	"waybill/labels/barcode"
	"waybill/labels/text"
)

// bars is ^BY as it stood when the barcode was asked for, and what the barcode
// commands have in common.
type bars struct {
	module, ratio int // dots; ratio in tenths
	height        int
	turn          byte
	text, above   bool
}

func (p *page) barsOf(c command, height, shown, above int) bars {
	return bars{
		module: p.module, ratio: p.ratio, height: c.number(height, p.barHeight, 1, maxSide), turn: p.turnOf(c),
		text: c.letter(shown, 'Y') == 'Y', above: above > 0 && c.letter(above, 'N') == 'Y',
	}
}

// A symbolField is what a ^B command makes of the data of its field.
type symbolField func(p *page, data []byte)

// symbolOf returns what a ^B command asks for, or nil for one that is not
// known.
func (p *page) symbolOf(c command) symbolField {
	switch c.name {
	case "^BC":
		b := p.barsOf(c, 1, 2, 3)
		check, mode := c.letter(4, 'N') == 'Y', c.letter(5, 'N')
		return func(p *page, data []byte) { p.code128(b, mode, check, data) }
	case "^B3":
		b := p.barsOf(c, 2, 3, 4)
		o := barcode.Options{Check: c.letter(1, 'N') == 'Y'}
		return func(p *page, data []byte) {
			data = bytes.ToUpper(data)
			p.linear(c.name, b, labels.Code39, data, o, "*"+string(data)+"*")
		}
	case "^BA":
		b := p.barsOf(c, 1, 2, 3)
		return func(p *page, data []byte) { p.linear(c.name, b, labels.Code93, data, barcode.Options{}, string(data)) }
	case "^BK":
		b := p.barsOf(c, 2, 3, 4)
		from, to := c.letter(5, 'A'), c.letter(6, 'A')
		return func(p *page, data []byte) {
			p.linear(c.name, b, labels.Codabar, []byte(string(from)+string(data)+string(to)), barcode.Options{}, string(data))
		}
	case "^B2":
		b := p.barsOf(c, 1, 2, 3)
		check := c.letter(4, 'N') == 'Y'
		return func(p *page, data []byte) { p.interleaved(b, check, data) }
	case "^BE", "^B8", "^BU", "^B9":
		return p.retailOf(c)
	default:
		return p.matrixOf(c)
	}
}

// linear draws a symbol of bars that the encoder makes.
func (p *page) linear(name string, b bars, s labels.Symbology, data []byte, o barcode.Options, caption string) {
	symbol, err := barcode.Encode(s, data, o)
	if err != nil {
		p.unknown(name + ": " + err.Error())
		return
	}
	p.draw(b, p.widened(symbol.Modules, b), caption)
}

// widened returns one row of modules in dots: a narrow bar or space is a
// module, a wide one, which the encoders give three modules, as many as the
// ratio of ^BY says.
func (p *page) widened(row labels.Dots, b bars) labels.Dots {
	wide := b.module * b.ratio / 10
	var widths []int
	total := 0
	for x := 0; x < row.W; {
		n := 1
		for x+n < row.W && row.Black(x+n, 0) == row.Black(x, 0) {
			n++
		}
		w := n * b.module
		if n == 3 {
			w = wide
		}
		widths = append(widths, w)
		total += w
		x += n
	}
	d := labels.NewDots(total, 1)
	x := 0
	for i, w := range widths {
		if i%2 == 0 {
			d.FillRect(x, 0, w, 1)
		}
		x += w
	}
	return d
}

// draw puts a row of dots in place, as high as asked, with its line of text.
func (p *page) draw(b bars, row labels.Dots, caption string) {
	w := row.W
	if !p.affords(w, b.height) {
		return
	}
	tall := row.Enlarge(1, b.height)
	if !b.text || caption == "" {
		p.place(piece{dots: tall, w: w, h: b.height, base: b.height, turn: b.turn})
		return
	}
	words, ok := p.caption(caption, b.module, w)
	if !ok {
		p.place(piece{dots: tall, w: w, h: b.height, base: b.height, turn: b.turn})
		return
	}
	// The box is the bars alone: what is read by people hangs below or above it.
	room := words.Y + words.Dots.H + 2
	left := max(0, -words.X)
	right := max(0, words.X+words.Dots.W-w)
	all := labels.NewDots(w+left+right, b.height+room)
	dy, at := 0, b.height+2+words.Y
	if b.above {
		dy, at = room, words.Y
	}
	all.Draw(tall, left, dy)
	all.Draw(words.Dots, left+words.X, at)
	p.place(piece{dots: all, x: -left, y: -dy, w: w, h: b.height, base: b.height, turn: b.turn})
}

// caption sets the line that people read, in letters that grow with the
// modules.
func (p *page) caption(s string, module, width int) (text.Block, bool) {
	size := p.res.Length(10 * module)
	block, err := text.Draw(p.fonts, p.res, s, text.Style{
		Size: size, MinSize: size / 4, Width: max(width, 1), Align: text.Centre, Cut: true,
	})
	if err != nil {
		p.unknown("text of a barcode: " + err.Error())
		return block, false
	}
	return block, true
}

// interleaved draws ^B2, of any even number of digits; a printer puts a zero
// before an odd one.
func (p *page) interleaved(b bars, check bool, data []byte) {
	if len(data) > maxData {
		p.unknown(fmt.Sprintf("^FD of more than %d bytes in ^B2", maxData))
		return
	}
	for _, c := range data {
		if !digit(c) {
			p.unknown("^B2 of other characters than digits")
			return
		}
	}
	if check {
		data = append(bytes.Clone(data), mod10(data))
	}
	if len(data)%2 == 1 {
		data = append([]byte{'0'}, data...)
	}
	if len(data) == 0 {
		p.unknown("^B2 without data")
		return
	}
	wide := b.module * b.ratio / 10
	var widths []int
	add := func(pattern string) {
		for _, c := range pattern {
			w := b.module
			if c == 'w' {
				w = wide
			}
			widths = append(widths, w)
		}
	}
	add("nnnn")
	for i := 0; i < len(data); i += 2 {
		// Bars of one digit, spaces of the next (ISO/IEC 16390, table 1).
		black, white := twoOfFive(data[i]), twoOfFive(data[i+1])
		for k := range 5 {
			add(black[k:k+1] + white[k:k+1])
		}
	}
	add("wnn")
	total := 0
	for _, w := range widths {
		total += w
	}
	row := labels.NewDots(total, 1)
	x := 0
	for i, w := range widths {
		if i%2 == 0 {
			row.FillRect(x, 0, w, 1)
		}
		x += w
	}
	p.draw(b, row, string(data))
}

// twoOfFive returns which elements of a digit are wide.
func twoOfFive(d byte) string {
	return [10]string{"nnwwn", "wnnnw", "nwnnw", "wwnnn", "nnwnw", "wnwnn", "nwwnn", "nnnww", "wnnwn", "nwnwn"}[d-'0']
}

// mod10 returns the GS1 check digit.
func mod10(digits []byte) byte {
	sum := 0
	for i := range digits {
		n := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			n *= 3
		}
		sum += n
	}
	return '0' + byte((10-sum%10)%10)
}

// retailOf returns ^BE, ^B8, ^BU or ^B9. A printer fills up with zeros on the
// left and cuts off what is too long.
func (p *page) retailOf(c command) symbolField {
	b := p.barsOf(c, 1, 2, 3)
	s, n := labels.EAN13, 12
	switch c.name {
	case "^B8":
		s, n = labels.EAN8, 7
	case "^BU":
		s, n = labels.UPCA, 11
	case "^B9":
		s, n = labels.UPCE, 0
	}
	return func(p *page, data []byte) {
		digits := strings.TrimSpace(string(data))
		if n > 0 {
			digits = strings.Repeat("0", max(0, n-len(digits))) + digits
			digits = digits[:n]
		} else if len(digits) == 10 { // ten digits of a UPC-A
			p.unknown("^B9 with ten digits")
			return
		}
		symbol, err := barcode.Encode(s, []byte(digits), barcode.Options{})
		if err != nil {
			p.unknown(c.name + ": " + err.Error())
			return
		}
		p.draw(b, symbol.Modules.Enlarge(b.module, 1), barcode.HumanText(s, symbol.Payload))
	}
}

// matrixOf returns a symbol of two dimensions, or nil.
func (p *page) matrixOf(c command) symbolField {
	turn, module, barHeight := p.turnOf(c), p.module, p.barHeight
	switch c.name {
	case "^BQ":
		size := c.number(2, 3, 1, 100)
		if c.number(1, 2, 1, 2) == 1 {
			p.unknown("^BQ of model 1")
		}
		return func(p *page, data []byte) {
			if !p.field.baseline {
				// Printers put it lower by the height of ^BY, as their users found out;
				// the guide does not say so.
				p.field.y += barHeight
			}
			p.qr(turn, size, data)
		}
	case "^BX":
		size := c.number(1, 0, 0, maxSide)
		o := barcode.Options{Columns: c.number(3, 0, 0, 144), Rows: c.number(4, 0, 0, 144)}
		if c.number(7, 1, 1, 2) == 2 || o.Rows > 0 && o.Columns > o.Rows {
			o.Shape = "rectangle"
		}
		if c.number(2, 0, 0, 200) != 200 {
			p.unknown("^BX of a quality other than 200")
		}
		escape := byte('_')
		if list := c.list(); len(list) > 6 && list[6] != "" {
			escape = list[6][0]
		}
		return func(p *page, data []byte) { p.dataMatrix(turn, size, barHeight, o, escape, data) }
	case "^B7":
		row := c.number(1, 0, 0, maxSide)
		o := barcode.Options{Level: strconv.Itoa(c.number(2, 0, 0, 8)), Columns: c.number(3, 0, 0, 30), Rows: c.number(4, 0, 0, 90)}
		if c.letter(5, 'N') == 'Y' {
			p.unknown("^B7 cut short")
		}
		return func(p *page, data []byte) { p.pdf417(turn, module, row, barHeight, o, data) }
	case "^BD":
		mode := c.number(0, 2, 2, 6)
		if c.number(2, 1, 1, 8) != 1 {
			p.unknown("^BD of several symbols")
		}
		return func(p *page, data []byte) { p.maxiCode(mode, data) }
	case "^BO", "^B0":
		size := c.number(1, 0, 1, 10)
		return func(p *page, data []byte) { p.aztec(turn, size, data) }
	}
	return nil
}

// matrix draws squares.
func (p *page) matrix(modules labels.Dots, w, h int, turn byte) {
	if !p.affords(modules.W*w, modules.H*h) {
		return
	}
	d := modules.Enlarge(w, h)
	p.place(piece{dots: d, w: d.W, h: d.H, base: d.H, turn: turn})
}

// encoded draws a matrix of the encoder's, or reports why there is none.
func (p *page) encoded(name string, s labels.Symbology, data []byte, o barcode.Options) (labels.Symbol, bool) {
	symbol, err := barcode.Encode(s, data, o)
	if err != nil {
		p.unknown(name + ": " + err.Error())
	}
	return symbol, err == nil
}

// qr draws ^BQ with the symbol our encoder makes. A printer may choose another
// mask; what it says is the same.
func (p *page) qr(turn byte, module int, data []byte) {
	// The data begins with the error correction level, the input mode and a
	// comma, as in "MA,text"; by hand the kind of the characters follows.
	if len(data) < 3 || data[2] != ',' || upper(data[1]) != 'A' && upper(data[1]) != 'M' {
		p.unknown("^BQ with field data other than automatic or one run by hand")
		return
	}
	level, text := string(upper(data[0])), data[3:]
	if upper(data[1]) == 'M' {
		var ok bool
		if text, ok = byHand(text); !ok {
			p.unknown("^BQ with field data other than automatic or one run by hand")
			return
		}
	}
	if s, ok := p.encoded("^BQ", labels.QR, text, barcode.Options{Level: level}); ok {
		p.matrix(s.Modules, module, module, turn)
	}
}

// byHand takes the kind of characters away: N, A, K, or B and four digits.
func byHand(data []byte) ([]byte, bool) {
	if len(data) == 0 {
		return nil, false
	}
	switch upper(data[0]) {
	case 'N', 'A', 'K':
		return data[1:], true
	case 'B':
		if len(data) < 5 {
			return nil, false
		}
		n, err := strconv.Atoi(string(data[1:5]))
		if err != nil || n != len(data)-5 {
			return nil, false
		}
		return data[5:], true
	}
	return nil, false
}

// dataMatrix draws ^BX. Without a size the symbol is as high as ^BY says.
func (p *page) dataMatrix(turn byte, size, height int, o barcode.Options, escape byte, data []byte) {
	data, gs1, err := unescape(data, escape)
	if err != nil {
		p.unknown("^BX: " + err.Error())
		return
	}
	symbology := labels.DataMatrix
	if gs1 {
		symbology = labels.GS1DataMatrix
	}
	if o.Rows == 0 || o.Columns == 0 {
		o.Rows, o.Columns = 0, 0
	}
	s, ok := p.encoded("^BX", symbology, data, o)
	if !ok {
		return
	}
	if size == 0 {
		size = max(1, height/s.Modules.H)
	}
	p.matrix(s.Modules, size, size, turn)
}

// unescape undoes the escapes of ^BX: _1 is FNC1, _d and three digits a byte,
// _ and a letter from @ to _ a control character, two escapes one.
func unescape(data []byte, escape byte) (out []byte, gs1 bool, err error) {
	for i := 0; i < len(data); i++ {
		if data[i] != escape || i+1 == len(data) {
			out = append(out, data[i])
			continue
		}
		next := data[i+1]
		switch {
		case next == escape:
			out = append(out, escape)
		case next == '1' && len(out) == 0:
			gs1 = true
		case next == '1':
			out = append(out, barcode.GS)
		case next == 'd' && i+4 < len(data):
			n, err := strconv.Atoi(string(data[i+2 : i+5]))
			if err != nil || n < 0 || n > 255 {
				return nil, false, fmt.Errorf("escape %s", printable(data[i:i+5]))
			}
			out = append(out, byte(n))
			i += 3
		case next >= '@' && next <= '_':
			out = append(out, next-'@')
		default:
			return nil, false, fmt.Errorf("escape %s", printable(data[i:i+2]))
		}
		i++
	}
	return out, gs1, nil
}

// pdf417 draws ^B7. Without a height of rows the symbol is as high as ^BY says.
// The guide calls the height one in dots and one that is multiplied by the
// module; carriers' labels have their proportions with dots.
func (p *page) pdf417(turn byte, module, row, height int, o barcode.Options, data []byte) {
	o.RowModules = 1
	s, ok := p.encoded("^B7", labels.PDF417, data, o)
	if !ok {
		return
	}
	if row == 0 {
		row = max(1, height/s.Modules.H)
	}
	p.matrix(s.Modules, module, row, turn)
}

// aztec draws ^BO and ^B0.
func (p *page) aztec(turn byte, size int, data []byte) {
	if size == 0 {
		size = max(1, (int(p.res)+500)/1000)
	}
	if s, ok := p.encoded("^BO", labels.Aztec, data, barcode.Options{}); ok {
		p.matrix(s.Modules, size, size, turn)
	}
}

// maxiCode draws ^BD. In modes 2 and 3 the data begins with class, country and
// postcode, which the symbol carries apart.
func (p *page) maxiCode(mode int, data []byte) {
	if mode == 2 || mode == 3 {
		message, ok := carrierMessage(mode, string(data))
		if !ok {
			p.unknown("^BD: its data does not begin with class, country and postcode")
			return
		}
		data = message
	}
	s, ok := p.encoded("^BD", labels.MaxiCode, data, barcode.Options{Mode: mode})
	if !ok {
		return
	}
	d := barcode.Hexagons(s.Modules, p.res)
	if p.affords(d.W, d.H) {
		p.place(piece{dots: d, w: d.W, h: d.H, base: d.H, turn: 'N'})
	}
}

// carrierMessage puts class, country and postcode, three, three and five to
// nine digits or six characters, where ANSI MH10.8.3 has them.
func carrierMessage(mode int, data string) ([]byte, bool) {
	const envelope = "[)>\x1e01\x1d"
	at := strings.Index(data, envelope)
	if at < 6 || len(data) < at+len(envelope)+2 {
		return nil, false
	}
	class, country, postcode := data[:3], data[3:6], data[6:at]
	rest := data[at+len(envelope):]
	if mode == 2 {
		postcode = strings.TrimSpace(postcode)
		if len(postcode) == 9 && strings.HasSuffix(postcode, "0000") {
			postcode = postcode[:5] + "0000"
		}
	} else if len(postcode) < 6 {
		postcode += strings.Repeat(" ", 6-len(postcode))
	}
	return []byte(envelope + rest[:2] + postcode + "\x1d" + country + "\x1d" + class + "\x1d" + rest[2:]), true
}
