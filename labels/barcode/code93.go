package barcode

import (
	"fmt"
	"strings"

	"waybill/labels"
)

// code93 returns a Code 93 of any ASCII text, with its two check characters.
func code93(payload []byte) (labels.Symbol, error) {
	if len(payload) > maxChars {
		return labels.Symbol{}, fmt.Errorf("%s of %d characters: at most %d", labels.Code93, len(payload), maxChars)
	}
	if err := onlyASCII(payload); err != nil {
		return labels.Symbol{}, fmt.Errorf("%s of %q: %w", labels.Code93, payload, err)
	}
	var text strings.Builder
	for _, c := range payload {
		shift, char := shifted93(c)
		if shift != 0 {
			text.WriteRune(shift)
		}
		text.WriteByte(char)
	}
	return draw93(payload, text.String())
}

// shifted93 returns how Code 93 writes c: a character of its own, or a shift
// and a letter (AIM USS Code 93, table 2). The library's own table has shifts
// for $, %, / and + too, which makes a symbol longer than it need be.
func shifted93(c byte) (shift rune, char byte) {
	switch {
	case c == 0:
		return shiftPercent, 'U'
	case c <= 26:
		return shiftDollar, 'A' + c - 1
	case c < ' ':
		return shiftPercent, 'A' + c - 27
	case strings.IndexByte(code39Chars, c) >= 0:
		return 0, c
	case c < ':':
		return shiftSlash, 'A' + c - '!'
	case c == ':':
		return shiftSlash, 'Z'
	case c < '@':
		return shiftPercent, 'F' + c - ';'
	case c == '@':
		return shiftPercent, 'V'
	case c < '`':
		return shiftPercent, 'K' + c - '['
	case c == '`':
		return shiftPercent, 'W'
	case c <= 'z':
		return shiftPlus, 'A' + c - 'a'
	}
	return shiftPercent, 'P' + c - '{'
}
