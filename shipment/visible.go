package shipment

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxQuoted is how many characters of what was read a sentence has room for.
const maxQuoted = 40

// Quoted returns what was read for a sentence to a person: as Visible shows it, in
// quotation marks, and of a long one the beginning.
func Quoted(read string) string {
	if utf8.RuneCountInString(read) > maxQuoted {
		runes := []rune(read)
		read = string(runes[:maxQuoted]) + "…"
	}
	return `"` + Visible(read) + `"`
}

// Visible returns what was read as a person can read it: control characters as the
// pictures that Unicode has for them, such as ␝ for GS and ␀ for NUL, and � for what
// is no text and for what cannot be seen, which might change how the rest looks.
func Visible(read string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c < ' ':
			return c + '\u2400'
		case c == 0x7f:
			return '\u2421'
		case !unicode.IsGraphic(c):
			return utf8.RuneError
		}
		return c
	}, read)
}
