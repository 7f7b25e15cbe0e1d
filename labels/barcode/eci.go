package barcode

import (
	"fmt"
	"unicode/utf8"
)

// Assignment numbers of character sets, as symbols announce them (AIM Inc.,
// Extended Channel Interpretations).
const (
	eciLatin1 = 3 // ISO/IEC 8859-1
	eciUTF8   = 26
)

// encoded returns a text in the character set that it is written in, and the
// number of the set: none for ASCII, ISO/IEC 8859-1 where that will do, as a
// byte to a character, else UTF-8.
func encoded(payload []byte) (text []byte, eci int, err error) {
	for i := 0; i < len(payload); {
		r, n := utf8.DecodeRune(payload[i:])
		switch {
		case r == utf8.RuneError && n <= 1:
			return nil, 0, fmt.Errorf("byte %d (0x%02X) is neither ASCII nor UTF-8, so no reader could know what it says; convert the text to UTF-8", i+1, payload[i])
		case r > rune(highest):
			eci = eciUTF8
		case r >= utf8.RuneSelf && eci == 0:
			eci = eciLatin1
		}
		text, i = append(text, byte(r)), i+n
	}
	if eci != eciLatin1 {
		return payload, eci, nil
	}
	return text, eci, nil
}
