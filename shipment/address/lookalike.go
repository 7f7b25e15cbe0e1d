package address

import (
	"strings"
	"unicode"
)

// A twin is a letter of another alphabet and the Latin one that fonts draw the
// same.
type twin struct{ other, latin rune }

// The pairs that Latin, Cyrillic and Greek fonts draw alike; they are among
// those of Unicode's list of confusables (UTS #39), from general knowledge. They
// are given by code point because no reader can tell them apart. A word that
// mixes alphabets can be read by people and by no computer.
var (
	cyrillicTwins = []twin{
		{0x0430, 'a'},
		{0x0435, 'e'},
		{0x043e, 'o'},
		{0x0440, 'p'},
		{0x0441, 'c'},
		{0x0443, 'y'},
		{0x0445, 'x'},
		{0x0456, 'i'},
		{0x0458, 'j'},
		{0x0455, 's'},
		{0x04bb, 'h'},
		{0x0410, 'A'},
		{0x0412, 'B'},
		{0x0415, 'E'},
		{0x041a, 'K'},
		{0x041c, 'M'},
		{0x041d, 'H'},
		{0x041e, 'O'},
		{0x0420, 'P'},
		{0x0421, 'C'},
		{0x0422, 'T'},
		{0x0423, 'Y'},
		{0x0425, 'X'},
		{0x0406, 'I'},
		{0x0408, 'J'},
		{0x0405, 'S'},
	}
	greekTwins = []twin{
		{0x03bf, 'o'},
		{0x03bd, 'v'},
		{0x0391, 'A'},
		{0x0392, 'B'},
		{0x0395, 'E'},
		{0x0396, 'Z'},
		{0x0397, 'H'},
		{0x0399, 'I'},
		{0x039a, 'K'},
		{0x039c, 'M'},
		{0x039d, 'N'},
		{0x039f, 'O'},
		{0x03a1, 'P'},
		{0x03a4, 'T'},
		{0x03a5, 'Y'},
		{0x03a7, 'X'},
	}
)

// lookAlikes writes a word that mixes alphabets in one of them, where each
// foreign letter has its twin there, and says so; other mixed words are left
// to a person.
func (c *checker) lookAlikes(f field) {
	var named rune
	mixed := ""
	now := mapWords(*f.p, func(word string) string {
		latin, cyrillic, greek := scriptCount(word)
		other, pairs := cyrillic, cyrillicTwins
		if greek > 0 {
			other, pairs = greek, greekTwins
		}
		if latin == 0 || other == 0 {
			return word
		}
		toLatin := latin >= other
		var b strings.Builder
		for _, r := range word {
			foreign := toLatin != unicode.Is(unicode.Latin, r) && unicode.IsLetter(r)
			same, ok := twinOf(r, pairs, toLatin)
			switch {
			case !foreign:
				same = r
			case !ok:
				mixed = word
				return word
			case named == 0:
				named = r
			}
			b.WriteRune(same)
		}
		return b.String()
	})
	if mixed != "" {
		c.issue(f.name, LookAlike, Warning, "%q mixes letters of two alphabets; check the spelling", mixed)
	}
	if now != *f.p {
		c.issue(f.name, LookAlike, Warning, "%q (%U) is a letter of another alphabet than its word; its twin was put in its place", named, named)
		c.change(f.name, f.p, now, "letters that only look like those of the word's alphabet replaced")
	}
}

func twinOf(r rune, pairs []twin, toLatin bool) (rune, bool) {
	for _, p := range pairs {
		switch {
		case toLatin && p.other == r:
			return p.latin, true
		case !toLatin && p.latin == r:
			return p.other, true
		}
	}
	return 0, false
}

func scriptCount(word string) (latin, cyrillic, greek int) {
	for _, r := range word {
		switch {
		case unicode.Is(unicode.Latin, r) && unicode.IsLetter(r):
			latin++
		case unicode.Is(unicode.Cyrillic, r):
			cyrillic++
		case unicode.Is(unicode.Greek, r):
			greek++
		}
	}
	return latin, cyrillic, greek
}

// mapWords applies f to every run of letters and marks in s.
func mapWords(s string, f func(string) string) string {
	var b strings.Builder
	start := -1
	for i, r := range s {
		if unicode.In(r, unicode.L, unicode.M) {
			if start < 0 {
				start = i
			}
			continue
		}
		if start >= 0 {
			b.WriteString(f(s[start:i]))
			start = -1
		}
		b.WriteRune(r)
	}
	if start >= 0 {
		b.WriteString(f(s[start:]))
	}
	return b.String()
}
