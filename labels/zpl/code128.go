package zpl

// The symbol values with a meaning of their own.
const (
	codeC  = 99
	codeB  = 100 // which is FNC4 in set B
	fnc1   = 102
	startB = 104
	startC = 105
	stop   = 106
)

// fieldData spells a Code 128 symbol in the invocation codes of ^BC mode N, so
// that the printer draws exactly these codewords.
//
// ok is false for symbols with set A or SHIFT: there printers differ in how
// they read field data, and dots are what everyone draws alike. Characters of
// ISO/IEC 8859-1 need neither: FNC4 has its code in set B.
func fieldData(words []int) (data []byte, ok bool) {
	if len(words) < 4 || words[len(words)-1] != stop {
		return nil, false
	}
	set := words[0]
	start := ">:"
	switch set {
	case startB:
	case startC:
		start = ">;"
	default:
		return nil, false
	}
	data = append(make([]byte, 0, 3*len(words)), start...)
	for _, w := range words[1 : len(words)-2] { // the printer adds check and stop
		switch {
		case w == fnc1:
			data = append(data, ">8"...)
		case set == startC && w < 100:
			data = append(data, byte('0'+w/10), byte('0'+w%10))
		case set == startC && w == codeB:
			data, set = append(data, ">6"...), startB
		case set == startB && w == codeB: // FNC4 in its own set
			data = append(data, ">6"...)
		case set == startB && w == codeC:
			data, set = append(data, ">5"...), startC
		case set == startB && w < 96:
			data = appendCharacter(data, byte(w)+' ')
		default:
			return nil, false
		}
	}
	return data, true
}

// appendCharacter spells one character of set B. What ZPL reads as a command,
// an invocation or an escape is spelt in the way it has for that.
func appendCharacter(data []byte, c byte) []byte {
	switch c {
	case '>':
		return append(data, ">0"...)
	case '^':
		return append(data, "><"...)
	case '~':
		return append(data, ">="...)
	case 0x7f:
		return append(data, ">1"...)
	case '_', '\\', ',', '"', '\'', ';', ':', '`': // escape, and what some firmware treats specially
		return append(data, '_', hexDigits[c>>4], hexDigits[c&15])
	}
	return append(data, c)
}

const hexDigits = "0123456789ABCDEF"
