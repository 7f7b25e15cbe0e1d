package address

import (
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// accents are the characters up to U+1FFF without their accents: 0 where
// nothing is left, the character itself where it has none. A table, because
// decomposing text anew for every comparison is most of what a check costs.
var accents = sync.OnceValue(func() *[0x2000]uint16 {
	var t [0x2000]uint16
	for r := range rune(len(t)) {
		t[r] = uint16(r)
		if unicode.Is(unicode.Mn, r) && !unicode.Is(unicode.Arabic, r) && r < 0x0590 {
			t[r] = 0
			continue
		}
		// The stroke of ł, ø and đ is no mark to Unicode.
		switch r {
		case 'ł':
			t[r] = 'l'
		case 'Ł':
			t[r] = 'L'
		case 'ø':
			t[r] = 'o'
		case 'Ø':
			t[r] = 'O'
		case 'đ', 'ð':
			t[r] = 'd'
		case 'Đ':
			t[r] = 'D'
		case 'ı':
			t[r] = 'i'
		}
		base := []rune(norm.NFD.String(string(r)))
		if len(base) > 1 && !strings.ContainsFunc(string(base[1:]), func(m rune) bool { return m < 0x300 || m > 0x36f }) {
			t[r] = uint16(base[0])
		}
	}
	return &t
})

// unaccented returns r without its accent, 0 where r is nothing but an accent.
func unaccented(r rune) rune {
	if r < 0x80 || r >= 0x2000 {
		return r
	}
	return rune(accents()[r])
}

// foldsAlone reports whether every letter of s folds by itself, so that nothing need be
// joined first: Latin, Greek, Cyrillic and whole East Asian letters. The marks that
// follow the former are dropped one way or the other.
func foldsAlone(s string) bool {
	for _, r := range s {
		if r >= 0x590 && (r < 0x3041 || r == 0x3099 || r == 0x309a || r > 0x9fff && r < 0xac00 || r > 0xd7a3) {
			return false
		}
	}
	return true
}

// foldAccents takes the marks off letters, so that words can be compared as
// people type them.
func foldAccents(s string) string {
	if isASCIIText(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	if !foldsAlone(s) {
		s = norm.NFC.String(s)
	}
	for _, r := range s {
		switch r = unaccented(r); r {
		case 0:
		case 'ß':
			b.WriteString("ss")
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
