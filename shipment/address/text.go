package address

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// text cleans every field of what has no place on a label, and reports what
// it may not decide by itself.
func (c *checker) text() {
	for _, f := range fields(&c.Address) {
		if quietText(*f.p) {
			continue
		}
		c.clean(f)
	}
}

// clean takes a field through every step; what it finds is listed.
func (c *checker) clean(f field) {
	c.encoding(f)
	inner := strings.TrimSpace(*f.p)
	if strings.ContainsAny(inner, "\t\n\r") {
		c.issue(f.name, ControlCharacter, Warning, "a line break or tab inside the field became a space")
	}
	c.change(f.name, f.p, foldSpace(*f.p), "white space trimmed and folded")
	c.change(f.name, f.p, norm.NFC.String(*f.p), "letters and their accents joined (Unicode NFC)")
	c.change(f.name, f.p, foldSpace(narrow(*f.p)), "full-width letters and digits written plainly")
	c.change(f.name, f.p, foldSpace(dropInvisible(*f.p, f.name == "phone")), "invisible characters removed")
	c.characters(f)
	c.lookAlikes(f)
}

// plainText reports whether s is printable ASCII with single spaces inside and
// no sign that text can hide behind, as nearly every field is.
func plainText(s string) bool {
	for i := range len(s) {
		b := s[i]
		switch {
		case b < ' ' || b > '~' || b == '&' || b == '?':
			return false
		case b == ' ' && (i == 0 || i == len(s)-1 || s[i-1] == ' '):
			return false
		}
	}
	return true
}

// quietText reports whether s holds nothing but letters of one family and plain
// ASCII, so that nothing of it can need cleaning. It is a short cut past the
// steps of text, which find nothing in such a field; it may say no to be safe.
func quietText(s string) bool {
	latin, other := false, false
	last := ' '
	for _, r := range s {
		switch {
		case r == ' ' && last == ' ', r == '&', r == '?', r < ' ', r == 0x7f:
			return false
		case r < 0x7f:
			latin = latin || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
		case r >= 0x4e00 && r <= 0x9fff, r >= 0x3041 && r <= 0x3096, r >= 0x30a1 && r <= 0x30fa, r >= 0xac00 && r <= 0xd7a3,
			r == 'ー' && !isDigit(last):
		case r >= 0xc0 && r <= 0x17f && r != 0xd7 && r != 0xf7 && !strings.ContainsRune("ŠŒŽšœžŸ", r): // no half of what was read as Windows-1252
			latin = true
		case r >= 0x410 && r <= 0x44f, r >= 0x391 && r <= 0x3c9:
			other = true
		default:
			return false
		}
		last = r
	}
	return last != ' ' && !(latin && other) || s == ""
}

// characters takes out what must not or cannot be printed and names each by
// its code point. What is left is safe to print even where a person has to say
// what was meant.
func (c *checker) characters(f field) {
	var control, direction, unprintable, pictograph []rune
	marks := 0
	kept := strings.Map(func(r rune) rune {
		into := (*[]rune)(nil)
		switch {
		case turnsText(r):
			into = &direction
		case unicode.IsControl(r) || r == 0x2028 || r == 0x2029 || unicode.Is(unicode.Zl, r):
			into = &control
		case isPictograph(r):
			into = &pictograph
		case r == utf8.RuneError || !unicode.IsGraphic(r) && !isJoiner(r):
			into = &unprintable
		}
		if unicode.In(r, unicode.Mn, unicode.Me) {
			if marks++; marks > maxMarks {
				into = &unprintable
			}
		} else {
			marks = 0
		}
		if into == nil {
			return r
		}
		*into = append(*into, r)
		return -1
	}, *f.p)
	if len(pictograph) > 0 {
		kept = strings.ReplaceAll(kept, string(zeroWidthJoiner), "")
	}
	if len(control) > 0 {
		c.issue(f.name, ControlCharacter, Error, "contains the control character %U, which was taken out; check what is left", control[0])
		c.change(f.name, f.p, foldSpace(kept), "control characters removed")
	}
	if len(direction) > 0 {
		c.issue(f.name, ControlCharacter, Error, "contains %U, which turns the reading direction of text and was taken out; check what is left", direction[0])
		c.change(f.name, f.p, foldSpace(kept), "signs that turn the reading direction removed")
	}
	if len(unprintable) > 0 {
		c.issue(f.name, Unprintable, Error, "contains %U, which cannot be printed; type the text anew", unprintable[0])
		c.change(f.name, f.p, foldSpace(kept), "characters that cannot be printed removed")
	}
	if len(pictograph) > 0 {
		c.issue(f.name, Unprintable, Warning, "contains the symbol %q (%U), which a label cannot show", pictograph[0], pictograph[0])
		c.change(f.name, f.p, foldSpace(kept), "symbols that a label cannot show removed")
	}
}

const (
	zeroWidthNonJoiner = '\u200c'
	zeroWidthJoiner    = '\u200d'

	// maxMarks is how many marks one letter may carry. Hebrew and Thai stack
	// three; piles of them are decoration that covers the lines around.
	maxMarks = 4
)

func isJoiner(r rune) bool { return r == zeroWidthJoiner || r == zeroWidthNonJoiner }

// turnsText reports whether r overrides, embeds or isolates a direction. The
// plain marks of direction do not: they only help at borders of scripts.
func turnsText(r rune) bool { return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x206f }

// dropInvisible drops characters that show nothing and mean nothing in an
// address. The zero-width joiners stay where Persian and Indic spelling needs
// them. Telephone numbers copied out of address books come wrapped in signs of
// direction, which mean nothing among digits.
func dropInvisible(s string, phone bool) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r > 0x7f }) {
		return s
	}
	var last rune
	return strings.Map(func(r rune) rune {
		switch {
		case r == 0x00ad, r == 0x034f, r == 0x061c, r == 0x180e, r == 0x200b, r == 0x200e, r == 0x200f, r >= 0x2060 && r <= 0x2064, r == 0xfeff,
			r >= 0xfe00 && r <= 0xfe0e, // variation selectors, but for that of pictographs
			phone && turnsText(r),
			isJoiner(r) && !joins(last) && !isPictograph(last):
			return -1
		}
		last = r
		return r
	}, s)
}

// joins reports whether a joiner after r can change how words are spelled.
func joins(r rune) bool {
	return unicode.In(r, unicode.Arabic, unicode.Syriac, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya,
		unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Khmer, unicode.Myanmar, unicode.Mongolian)
}

func isPictograph(r rune) bool {
	return r >= 0x1f000 && r <= 0x1faff || r >= 0x2600 && r <= 0x27bf || r == 0xfe0f || r >= 0xe0020 && r <= 0xe007f ||
		r == 0x2b50 || r == 0x2b55 || r == 0x20e3
}

// foldSpace trims s and makes one space of every run of white space.
func foldSpace(s string) string {
	if plainText(s) {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}

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

// narrow turns full-width Latin letters and digits into plain ones, and
// half-width Katakana into whole. Signs of East Asian text stay, save where
// they stand between digits, as in 1－2－3, or where there is no such text.
func narrow(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x2010 }) {
		return s
	}
	eastAsian := isEastAsian(s)
	in := []rune(s)
	for i, r := range in {
		letter := r >= 0xff10 && r <= 0xff19 || r >= 0xff21 && r <= 0xff3a || r >= 0xff41 && r <= 0xff5a
		switch {
		case letter, r >= 0xff01 && r <= 0xff5e && !eastAsian:
			in[i] = r - 0xfee0
		case strings.ContainsRune("－−‐‑‒–—ー―", r) && i > 0 && i+1 < len(in) && isDigit(in[i-1]) && isWideDigit(in[i+1]):
			in[i] = '-'
		case r == '‑': // the hyphen that forbids a line break
			in[i] = '-'
		}
	}
	out := string(in)
	if strings.ContainsFunc(out, func(r rune) bool { return r >= 0xff61 && r <= 0xff9f }) {
		out = norm.NFKC.String(out)
	}
	return out
}

func isDigit(r rune) bool { return r >= '0' && r <= '9' }

func isWideDigit(r rune) bool { return isDigit(r) || r >= 0xff10 && r <= 0xff19 }

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
