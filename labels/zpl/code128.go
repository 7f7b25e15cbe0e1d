package zpl

import "fmt"

// The symbol values with a meaning of their own.
const (
	codeC  = 99
	codeB  = 100
	fnc1   = 102
	startB = 104
	startC = 105
	stop   = 106
)

// fieldData spells a Code 128 symbol in the invocation codes of ^BC mode N, so
// that the printer draws exactly these codewords.
//
// ok is false for symbols with set A or SHIFT: there printers differ in how
// they read field data, and dots are what everyone draws alike.
func fieldData(words []int) (data []byte, ok bool) {
	if len(words) < 4 || words[len(words)-1] != stop {
		return nil, false
	}
	set := words[0]
	switch set {
	case startB:
		data = append(data, ">:"...)
	case startC:
		data = append(data, ">;"...)
	default:
		return nil, false
	}
	for _, w := range words[1 : len(words)-2] { // the printer adds check and stop
		switch {
		case w == fnc1:
			data = append(data, ">8"...)
		case set == startC && w < 100:
			data = fmt.Appendf(data, "%02d", w)
		case set == startC && w == codeB:
			data, set = append(data, ">6"...), startB
		case set == startB && w == codeC:
			data, set = append(data, ">5"...), startC
		case set == startB && w < 96:
			data = append(data, character(byte(w)+' ')...)
		default:
			return nil, false
		}
	}
	return data, true
}

// character spells one character of set B. What ZPL reads as a command, an
// invocation or an escape is spelt in the way it has for that.
func character(c byte) string {
	switch c {
	case '>':
		return ">0"
	case '^':
		return "><"
	case '~':
		return ">="
	case 0x7f:
		return ">1"
	case '_', '\\', ',', '"', '\'', ';', ':', '`': // escape, and what some firmware treats specially
		return fmt.Sprintf("_%02X", c)
	}
	return string(rune(c))
}
