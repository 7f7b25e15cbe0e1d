package barcode

// The characters of Data Matrix ECC 200 and the sets they are written in
// (ISO/IEC 16022:2006, 5.2 and annex C). A character is a byte, or dmFNC1.
const dmFNC1 = 256

// Codewords with a meaning of their own in ASCII encodation (5.2.3, table 2).
const (
	dmPad        = 129
	dmDigits     = 130 // and up: the pairs 00 to 99
	dmLatchC40   = 230
	dmLatch256   = 231
	dmFunction1  = 232
	dmUpperShift = 235
	dmLatchX12   = 238
	dmLatchText  = 239
	dmLatchEDI   = 240
	dmECI        = 241
	dmUnlatch    = 254 // in C40, Text and X12
	dmUnlatchEDI = 31  // the six bits
)

// Values of C40 and Text.
const (
	dmShift1, dmShift2, dmShift3 = 0, 1, 2
	dmShiftFNC1, dmShiftUpper    = 27, 30 // behind shift 2
)

// A dmState is an encodation and how much of its group is begun: values of
// three in C40, Text and X12, characters of four in EDIFACT.
type dmState uint8

const (
	dmASCII dmState = 0
	dmC40   dmState = 1  // 1, 2, 3: none, one, two values begun
	dmText  dmState = 4  // 4, 5, 6
	dmX12   dmState = 7  // 7, 8, 9
	dmEDI   dmState = 10 // 10 to 13
	dmCount         = 14
)

// set returns the first state of s's encodation and what of a group is begun.
func (s dmState) set() (base dmState, begun int) {
	switch {
	case s >= dmEDI:
		return dmEDI, int(s - dmEDI)
	case s >= dmX12:
		return dmX12, int(s - dmX12)
	case s >= dmText:
		return dmText, int(s - dmText)
	case s >= dmC40:
		return dmC40, int(s - dmC40)
	}
	return dmASCII, 0
}

// latch returns the codeword that leads from ASCII into an encodation.
func (s dmState) latch() byte {
	switch base, _ := s.set(); base {
	case dmC40:
		return dmLatchC40
	case dmText:
		return dmLatchText
	case dmX12:
		return dmLatchX12
	default:
		return dmLatchEDI
	}
}

// dmValues returns the values of character c in C40, Text or X12; n is 0 where
// the encodation has none.
func dmValues(base dmState, c int) (v [4]byte, n int) {
	if base == dmX12 {
		return dmValueX12(c)
	}
	if c == dmFNC1 {
		return [4]byte{dmShift2, dmShiftFNC1}, 2
	}
	if c > 127 {
		v[0], v[1], n = dmShift2, dmShiftUpper, 2
		c -= 128
	}
	put := func(shift int, value int) {
		if shift >= 0 {
			v[n] = byte(shift)
			n++
		}
		v[n] = byte(value)
		n++
	}
	if base == dmText { // Text is C40 with the cases of the letters changed
		switch {
		case c >= 'a' && c <= 'z':
			c -= 'a' - 'A'
		case c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		}
	}
	switch {
	case c < 32:
		put(dmShift1, c)
	case c == ' ':
		put(-1, 3)
	case c < '0':
		put(dmShift2, c-'!')
	case c <= '9':
		put(-1, c-'0'+4)
	case c < 'A':
		put(dmShift2, c-':'+15)
	case c <= 'Z':
		put(-1, c-'A'+14)
	case c < '`':
		put(dmShift2, c-'['+22)
	default:
		put(dmShift3, c-'`')
	}
	return v, n
}

func dmValueX12(c int) (v [4]byte, n int) {
	switch {
	case c == '\r':
		return [4]byte{0}, 1
	case c == '*':
		return [4]byte{1}, 1
	case c == '>':
		return [4]byte{2}, 1
	case c == ' ':
		return [4]byte{3}, 1
	case c >= '0' && c <= '9':
		return [4]byte{byte(c - '0' + 4)}, 1
	case c >= 'A' && c <= 'Z':
		return [4]byte{byte(c - 'A' + 14)}, 1
	}
	return v, 0
}

// dmInEDI reports whether EDIFACT has character c.
func dmInEDI(c int) bool { return c >= ' ' && c <= '^' }

// dmCostASCII returns the codewords of one character in ASCII.
func dmCostASCII(c int) int {
	if c > 127 && c != dmFNC1 {
		return 2
	}
	return 1
}

func dmDigit(c int) bool { return c >= '0' && c <= '9' }

// dmPair reports whether two digits stand at i, which ASCII writes as one
// codeword.
func dmPair(chars []int, i int) bool {
	return i+1 < len(chars) && dmDigit(chars[i]) && dmDigit(chars[i+1])
}
