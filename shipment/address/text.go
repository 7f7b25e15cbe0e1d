package address

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// text cleans every field of what has no place on a label, and reports what
// it may not decide by itself.
func (c *checker) text() {
	for _, f := range fields(&c.Address) {
		s := *f.p
		if !utf8.ValidString(s) {
			c.issue(f.name, Unprintable, Error, "the text is not UTF-8; export it again as UTF-8")
			continue
		}
		inner := strings.TrimSpace(s)
		if strings.ContainsAny(inner, "\t\n\r") {
			c.issue(f.name, ControlCharacter, Warning, "a line break or tab inside the field became a space")
		}
		c.change(f.name, f.p, foldSpace(s), "white space trimmed and folded")
		c.change(f.name, f.p, strings.TrimSpace(strings.Map(dropInvisible, *f.p)), "invisible characters removed")
		c.characters(f)
	}
}

// characters reports what cannot be printed and takes out pictographs, which
// buyers put into their names and no label font has.
func (c *checker) characters(f field) {
	var control, direction, unprintable, pictograph []rune
	for _, r := range *f.p {
		switch {
		case unicode.Is(unicode.Bidi_Control, r):
			direction = append(direction, r)
		case unicode.IsControl(r) || r == 0x2028 || r == 0x2029:
			control = append(control, r)
		case isPictograph(r):
			pictograph = append(pictograph, r)
		case r == utf8.RuneError || unicode.Is(unicode.Co, r) || !unicode.IsGraphic(r) && !unicode.Is(unicode.Cf, r):
			unprintable = append(unprintable, r)
		}
	}
	if len(control) > 0 {
		c.issue(f.name, ControlCharacter, Error, "contains the control character %U; remove it", control[0])
	}
	if len(direction) > 0 {
		c.issue(f.name, ControlCharacter, Error, "contains %U, which turns the reading direction of text; remove it", direction[0])
	}
	if len(unprintable) > 0 {
		c.issue(f.name, Unprintable, Error, "contains %U, which cannot be printed; type the text anew", unprintable[0])
	}
	if len(pictograph) > 0 {
		c.issue(f.name, Unprintable, Warning, "contains the symbol %q, which a label cannot show", pictograph[0])
		kept := strings.Map(func(r rune) rune {
			if isPictograph(r) || r == zeroWidthJoiner {
				return -1
			}
			return r
		}, *f.p)
		c.change(f.name, f.p, foldSpace(kept), "symbols that a label cannot show removed")
	}
}

const zeroWidthJoiner = 0x200d

// dropInvisible drops characters that show nothing and mean nothing in an
// address. The zero-width joiners stay: Persian and Indic spelling needs them.
func dropInvisible(r rune) rune {
	switch r {
	case 0x00ad, 0x200b, 0x2060, 0xfeff: // soft hyphen, zero-width space, word joiner, byte order mark
		return -1
	}
	return r
}

func isPictograph(r rune) bool {
	return r >= 0x1f000 && r <= 0x1faff || r >= 0x2600 && r <= 0x27bf || r == 0xfe0f || r >= 0xe0020 && r <= 0xe007f
}

// foldSpace trims s and makes one space of every run of white space.
func foldSpace(s string) string { return strings.Join(strings.Fields(s), " ") }

// foldWidth turns full-width letters, digits and signs into plain ones.
func foldWidth(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 0xff01 && r <= 0xff5e:
			return r - 0xfee0
		case r == 0x3000:
			return ' '
		case r == 'ー' || r == '−' || r == '‐' || r == '–' || r == '—':
			return '-'
		}
		return r
	}, s)
}

// nativeDigits turns the digits of other scripts into 0 to 9.
func nativeDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x80 || !unicode.Is(unicode.Nd, r) {
			return r
		}
		// Decimal digits come in runs of ten, in order, that begin at a zero.
		zero := r
		for unicode.Is(unicode.Nd, zero-1) && r-zero < 9 {
			zero--
		}
		return '0' + (r - zero)
	}, s)
}
