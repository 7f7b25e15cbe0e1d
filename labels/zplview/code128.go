package zplview

import (
	"bytes"
	"fmt"
	"unicode"

	"waybill/labels"
	"waybill/labels/barcode"
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
func (p *page) code128(b bars, mode byte, check bool, data []byte) {
	if len(data) > maxData {
		p.unknown("^FD of more than 3072 bytes in ^BC")
		return
	}
	var words []int
	var err error
	switch mode {
	case 'N':
		if check {
			data, err = withCheckDigit(data)
		}
		if err == nil {
			words, err = invoked(data)
		}
	case 'A':
		words, err = automatic(data)
	case 'U':
		words, err = caseCode(data)
	case 'D':
		words, err = elements(data)
	default:
		p.unknown("^BC mode " + printable([]byte{mode}))
		return
	}
	if err != nil {
		p.unknown("^BC: " + err.Error())
		return
	}
	row, err := barcode.Bars(words)
	if err != nil {
		p.unknown("^BC: " + err.Error())
		return
	}
	if !p.affords(row.W*b.module, b.height) {
		return
	}
	caption := readable(words)
	if mode == 'D' {
		caption = string(data)
	}
	p.draw(b, row.Enlarge(b.module, 1), caption)
}

// withCheckDigit puts the GS1 check digit behind data, of which only digits
// count; invocation codes stay out of it.
func withCheckDigit(data []byte) ([]byte, error) {
	var digits []byte
	for i := 0; i < len(data); i++ {
		switch {
		case data[i] == '>' && i+1 < len(data):
			i++
		case digit(data[i]):
			digits = append(digits, data[i])
		default:
			return nil, fmt.Errorf("a check digit of the printer's wants digits")
		}
	}
	return append(append([]byte(nil), data...), mod10(digits)), nil
}

// caseCode is mode U: nineteen digits, filled up with zeros, and their check
// digit behind FNC1.
func caseCode(data []byte) ([]int, error) {
	for _, c := range data {
		if !digit(c) {
			return nil, fmt.Errorf("mode U wants digits")
		}
	}
	digits := append([]byte(nil), data[:min(19, len(data))]...)
	for len(digits) < 19 {
		digits = append(digits, '0')
	}
	return encodedWords(labels.GS1128, append(digits, mod10(digits)))
}

// elements is mode D: application identifiers in brackets, with spaces that do
// not count; or an element string with >8 for FNC1. A printer checks nothing of
// what they say.
func elements(data []byte) ([]int, error) {
	plain := bytes.ReplaceAll(data, []byte(" "), nil)
	if !bytes.HasPrefix(plain, []byte("(")) {
		plain = bytes.TrimPrefix(plain, []byte(">8"))
		return encodedWords(labels.GS1128, bytes.ReplaceAll(plain, []byte(">8"), []byte{barcode.GS}))
	}
	var out []byte
	parts := bytes.Split(plain[1:], []byte("("))
	for i, part := range parts {
		ai, value, ok := bytes.Cut(part, []byte(")"))
		if !ok {
			return nil, fmt.Errorf("mode D wants brackets in pairs")
		}
		out = append(append(out, ai...), value...)
		if i+1 < len(parts) && !fixedLength(ai) {
			out = append(out, barcode.GS)
		}
	}
	return encodedWords(labels.GS1128, out)
}

// fixedLength reports whether values of an application identifier have a length
// of their own, so that no FNC1 follows (GS1 General Specifications, figure
// 7.8.5-2: predefined lengths).
func fixedLength(ai []byte) bool {
	if len(ai) < 2 {
		return false
	}
	switch string(ai[:2]) {
	case "00", "01", "02", "03", "04", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20", "31", "32", "33", "34", "35", "36", "41":
		return true
	}
	return false
}

func encodedWords(s labels.Symbology, data []byte) ([]int, error) {
	symbol, err := barcode.Encode(s, data, barcode.Options{})
	return symbol.Codewords, err
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
