package address

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// foldAccents takes the marks off letters, so that words can be compared as
// people type them. The stroke of ł, ø and đ is no mark to Unicode.
func foldAccents(s string) string {
	if isASCIIText(s) {
		return s
	}
	var b strings.Builder
	for _, r := range norm.NFD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r) && !unicode.Is(unicode.Arabic, r) && r < 0x0590:
			continue
		case r == 'ł':
			r = 'l'
		case r == 'ø':
			r = 'o'
		case r == 'đ' || r == 'ð':
			r = 'd'
		case r == 'ı':
			r = 'i'
		case r == 'ß':
			b.WriteByte('s')
			r = 's'
		}
		b.WriteRune(r)
	}
	return b.String()
}
