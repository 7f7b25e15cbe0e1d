package barcode

import (
	"fmt"
	"strings"

	"waybill/labels"
)

// code39Chars are the characters of Code 39 and Code 93, in the order of their
// values.
const code39Chars = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"

// code39Wide holds which of a character's nine bars and spaces are wide, the
// first in the highest bit; the last entry is start and stop (ISO/IEC 16388,
// table 1).
var code39Wide = [44]uint16{
	0x034, 0x121, 0x061, 0x160, 0x031, 0x130, 0x070, 0x025, 0x124, 0x064, 0x109, 0x049, 0x148, 0x019, 0x118,
	0x058, 0x00d, 0x10c, 0x04c, 0x01c, 0x103, 0x043, 0x142, 0x013, 0x112, 0x052, 0x007, 0x106, 0x046, 0x016,
	0x181, 0x0c1, 0x1c0, 0x091, 0x190, 0x0d0, 0x085, 0x184, 0x0c4, 0x0a8, 0x0a2, 0x08a, 0x02a, 0x094,
}

// code39 returns a Code 39; full says that every ASCII character may occur,
// written as pairs (ISO/IEC 16388, annex A).
func code39(s labels.Symbology, payload []byte, full bool, o Options) (labels.Symbol, error) {
	if len(payload) > maxChars {
		return labels.Symbol{}, fmt.Errorf("%s of %d characters: at most %d", s, len(payload), maxChars)
	}
	text := string(payload)
	if full {
		var err error
		if text, err = pairs(payload, fullASCII39); err != nil {
			return labels.Symbol{}, fmt.Errorf("%s of %q: %w", s, payload, err)
		}
	}
	sum := 0
	for i := range len(text) {
		v := strings.IndexByte(code39Chars, text[i])
		if v < 0 {
			return labels.Symbol{}, fmt.Errorf("%s of %q: character %d (%q) is not in Code 39; %s holds all of ASCII",
				s, payload, i+1, text[i], labels.Code39Full)
		}
		sum += v
	}
	read := payload
	if o.Check {
		// A scanner that does not know of the check character reports it with
		// the data. Where it may be half of a pair, only one that knows reads it.
		text += code39Chars[sum%43 : sum%43+1]
		if !full {
			read = []byte(text)
		}
	}
	var b strings.Builder
	element39(&b, 43)
	for i := range len(text) {
		b.WriteByte('1')
		element39(&b, strings.IndexByte(code39Chars, text[i]))
	}
	b.WriteByte('1')
	element39(&b, 43)
	return labels.Symbol{Symbology: s, Payload: read, Modules: bars(b.String())}, nil
}

// element39 writes one character; wide is three modules.
func element39(b *strings.Builder, value int) {
	for bit := uint16(0x100); bit > 0; bit >>= 1 {
		if code39Wide[value]&bit != 0 {
			b.WriteByte('3')
		} else {
			b.WriteByte('1')
		}
	}
}

// pairs writes payload with the characters that are not in code39Chars as
// pairs.
func pairs(payload []byte, pair func(byte) string) (string, error) {
	var b strings.Builder
	for i, c := range payload {
		if c > 127 {
			return "", fmt.Errorf("character %d (0x%02X) is not ASCII", i+1, c)
		}
		b.WriteString(pair(c))
	}
	return b.String(), nil
}

// fullASCII39 returns how full ASCII Code 39 writes c.
func fullASCII39(c byte) string {
	if c == '/' {
		return "/O"
	}
	if c == '$' || c == '%' || c == '+' {
		return "/" + string('A'+c-'!')
	}
	return fullASCII93(c)
}

// fullASCII93 returns how Code 93 writes c. Where Code 39 has $, %, / and + as
// first characters, Code 93 has characters of their own, put in by the caller.
func fullASCII93(c byte) string {
	switch {
	case c == 0:
		return "%U"
	case c <= 26:
		return "$" + string('A'+c-1)
	case c < ' ':
		return "%" + string('A'+c-27)
	case strings.IndexByte(code39Chars, c) >= 0:
		return string(c)
	case c < ':':
		return "/" + string('A'+c-'!')
	case c == ':':
		return "/Z"
	case c < '@':
		return "%" + string('F'+c-';')
	case c == '@':
		return "%V"
	case c < '`':
		return "%" + string('K'+c-'[')
	case c == '`':
		return "%W"
	case c <= 'z':
		return "+" + string('A'+c-'a')
	}
	return "%" + string('P'+c-'{')
}
