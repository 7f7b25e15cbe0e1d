package fonts

import (
	"fmt"
	"unicode"

	"waybill/labels"
)

// A MissingError says which character no font has, and what to do about it. It
// wraps labels.ErrUnprintable.
type MissingError struct{ Rune rune }

// Error names the character by itself and by its code point.
func (e *MissingError) Error() string {
	shown := ""
	if unicode.IsGraphic(e.Rune) && e.Rune != unicode.ReplacementChar {
		shown = " " + string(e.Rune)
	}
	return fmt.Sprintf("%v: U+%04X%s (%s)", labels.ErrUnprintable, e.Rune, shown, remedy(e.Rune))
}

// Unwrap returns labels.ErrUnprintable.
func (e *MissingError) Unwrap() error { return labels.ErrUnprintable }

// remedy returns what to do about a character nobody can draw.
func remedy(r rune) string {
	switch {
	case r == unicode.ReplacementChar:
		return "the text was damaged before it came here; correct it in the order"
	case unicode.IsControl(r):
		return "it is a control character; remove it from the order"
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo):
		return "install a font with Chinese, Japanese and Korean, such as Noto Sans CJK: apt install fonts-noto-cjk"
	case r >= 0x1F000 || unicode.In(r, unicode.So):
		return "label printers print black outlines only; take the symbol out of the order, or install a font that draws it, such as Noto Emoji without colour"
	}
	for _, s := range []struct {
		table *unicode.RangeTable
		name  string
	}{
		{unicode.Arabic, "Arabic"},
		{unicode.Hebrew, "Hebrew"},
		{unicode.Thai, "Thai"},
		{unicode.Devanagari, "Devanagari"},
		{unicode.Bengali, "Bengali"},
		{unicode.Tamil, "Tamil"},
		{unicode.Armenian, "Armenian"},
		{unicode.Georgian, "Georgian"},
		{unicode.Khmer, "Khmer"},
		{unicode.Lao, "Lao"},
		{unicode.Myanmar, "Burmese"},
		{unicode.Sinhala, "Sinhala"},
		{unicode.Ethiopic, "Ethiopic"},
	} {
		if unicode.Is(s.table, r) {
			return "install a font with " + s.name + ", such as Noto Sans: apt install fonts-noto-core"
		}
	}
	return "install a font that has it, such as Noto Sans: apt install fonts-noto-core"
}

func blank(r rune) bool { return unicode.IsSpace(r) || r == '\u2800' || unicode.Is(unicode.Cf, r) }
