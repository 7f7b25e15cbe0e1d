package address

import (
	"fmt"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Transliterate writes text in the letters of an alphabet, as the country it is
// of does in passports and on maps. It refuses scripts that cannot be written
// by letter: the reading of Han depends on the language, Kana and Hangul have
// several systems, Arabic, Hebrew and Thai leave vowels out or to the reader.
func Transliterate(s, country string, to Alphabet) (string, error) {
	if to == Any || isASCIIText(s) {
		return s, nil
	}
	in := []rune(norm.NFC.String(s))
	var b strings.Builder
	for i, r := range in {
		if takes(to, r) {
			b.WriteRune(r)
			continue
		}
		t, ok := latinOf(r, country, wordStart(in, i))
		if !ok {
			return "", fmt.Errorf("%q (%U) is of a script that cannot be written in Latin letters by rule; ask for the address in Latin letters", r, r)
		}
		if amongCapitals(in, i) {
			t = strings.ToUpper(t)
		}
		if t = within(to, t); t == "" && unicode.IsLetter(r) && !silent(r) {
			return "", fmt.Errorf("%q (%U) has no form in the carrier's letters; ask for another spelling", r, r)
		}
		b.WriteString(t)
	}
	return foldSpace(b.String()), nil
}

// takes reports whether the alphabet has the character.
func takes(to Alphabet, r rune) bool {
	switch to {
	case ASCII:
		return r < 0x80
	case Latin1:
		return r <= 0xff
	case Latin:
		return r < 0x80 || unicode.Is(unicode.Latin, r) || r <= 0xff
	case Any:
	}
	return true
}

// within takes the accents off where the alphabet lacks them.
func within(to Alphabet, s string) string {
	var b strings.Builder
	for _, r := range s {
		if takes(to, r) {
			b.WriteRune(r)
			continue
		}
		for _, d := range norm.NFD.String(string(r)) {
			if takes(to, d) {
				b.WriteRune(d)
			}
		}
	}
	return b.String()
}

// amongCapitals reports whether the letter at i stands among capitals, so that what is
// written with two letters takes two capitals: ÄRZTE, but Ärzte.
func amongCapitals(in []rune, i int) bool {
	if !unicode.IsUpper(in[i]) {
		return in[i] == 'ß' && i > 0 && unicode.IsUpper(in[i-1])
	}
	if i+1 < len(in) && unicode.IsLetter(in[i+1]) {
		return unicode.IsUpper(in[i+1])
	}
	return i > 0 && unicode.IsUpper(in[i-1])
}

func wordStart(in []rune, i int) bool { return i == 0 || !unicode.IsLetter(in[i-1]) }

func silent(r rune) bool { return strings.ContainsRune("ьЬъЪ'’", r) }

// latinOf returns the Latin letters of one character, in lower case or with
// one capital.
func latinOf(r rune, country string, start bool) (string, bool) {
	lower := unicode.ToLower(r)
	t, ok := tableLetter(lower, country, start)
	if !ok {
		if s, ok := signs[r]; ok {
			return s, true
		}
		if unicode.In(r, unicode.Latin, unicode.Mn) {
			d := foldAccents(string(r))
			if unicode.Is(unicode.Mn, r) {
				return "", true
			}
			return d, isASCIIText(d)
		}
		return "", !unicode.IsLetter(r) && !unicode.IsNumber(r) && unicode.In(r, unicode.P, unicode.S)
	}
	if r != lower && t != "" {
		first, n := utf8.DecodeRuneInString(t)
		t = string(unicode.ToUpper(first)) + t[n:]
	}
	return t, true
}

func tableLetter(r rune, country string, start bool) (string, bool) {
	t := letters()
	if start {
		if s, ok := t[country+"^"][r]; ok {
			return s, true
		}
	}
	for _, key := range []string{country, ""} {
		if s, ok := t[key][r]; ok {
			return s, true
		}
	}
	return "", false
}

// signs are characters that are no letters.
var signs = map[rune]string{
	'‘': "'", '’': "'", '‚': "'", '“': `"`, '”': `"`, '„': `"`, '«': `"`, '»': `"`, '–': "-", '—': "-", '‐': "-", '−': "-", '…': "...", '№': "No ", 'º': "o", 'ª': "a", '°': " ", '·': "-", '½': " 1/2", '¼': " 1/4", '¾': " 3/4", '×': "x", '´': "'", '¿': "", '¡': "", '€': "EUR", '²': "2", '³': "3",
	'、': ",", '。': ".", '・': "-", '〒': "",
}

// letterTable is who writes which letter how: a country or - for all, a colon,
// then pairs. A country with ^ holds at the start of a word.
//
// German: ae oe ue ss, DIN 5007-2 and ICAO Doc 9303. Danish, Norwegian and
// Swedish: ae oe aa, ICAO Doc 9303. Icelandic th d ae o: ICAO Doc 9303. Russian:
// ICAO Doc 9303, as in passports since 2013. Ukrainian: Cabinet Resolution 55 of
// 2010, simplified as there for passports. Bulgarian: Transliteration Act of 2009.
// Serbian and Macedonian: their own Latin alphabets. Greek: ELOT 743. All from
// general knowledge of those rules.
const letterTable = `
- ä a ö o ü u ß ss æ ae ø o å a œ oe ð d þ th đ d ł l ħ h ı i ĳ ij ŋ ng ŧ t ſ s ƶ z ơ o ư u ə a ŉ n
DE ä ae ö oe ü ue
AT ä ae ö oe ü ue
CH ä ae ö oe ü ue
LI ä ae ö oe ü ue
DK æ ae ø oe å aa ä ae ö oe ü y
NO æ ae ø oe å aa ä ae ö oe ü y
FO æ ae ø oe å aa
GL æ ae ø oe å aa
SE å aa ä ae ö oe
FI å aa ä ae ö oe
AX å aa ä ae ö oe
EE ä ae ö oe ü ue õ o
IS ð d þ th æ ae ö o
- а a б b в v г g д d е e ё e ж zh з z и i й i к k л l м m н n о o п p р r с s т t у u ф f х kh ц ts ч ch ш sh щ shch ъ ie ы y ь ' э e ю iu я ia
- і i ї i є ie ґ g ў u ј j љ lj њ nj ћ c ђ dj џ dz ѓ g ќ k ѕ dz
RU ь ' ъ ie
UA и y г h х kh й i є ie ї i ю iu я ia ь ' щ shch і i ґ g
UA^ є ye ї yi й y ю yu я ya
BG х h ц ts ч ch ш sh щ sht ъ a ь y ю yu я ya й y ж zh
RS а a ж ž љ lj њ nj х h ц c ч č џ dž ш š ј j ћ ć ђ đ й j
ME ж ž љ lj њ nj х h ц c ч č џ dž ш š ј j ћ ć ђ đ
BA ж ž љ lj њ nj х h ц c ч č џ dž ш š ј j ћ ć ђ đ
MK ж zh љ lj њ nj х h ц c ч ch џ dj ш sh ј j ѓ gj ќ kj ѕ dz
BY г h и i ў u ь ' ё io ю iu я ia х kh
KZ ә a ғ gh қ q ң ng ө o ұ u ү u һ h і i
- α a β v γ g δ d ε e ζ z η i θ th ι i κ k λ l μ m ν n ξ x ο o π p ρ r σ s ς s τ t υ y φ f χ ch ψ ps ω o
- ά a έ e ή i ί i ό o ύ y ώ o ϊ i ϋ y ΐ i ΰ y
`

var letters = sync.OnceValue(func() map[string]map[rune]string {
	out := map[string]map[rune]string{}
	for line := range strings.Lines(letterTable) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		country := strings.TrimSuffix(f[0], "-")
		if out[country] == nil {
			out[country] = map[rune]string{}
		}
		for i := 1; i+1 < len(f); i += 2 {
			to := f[i+1]
			if to == "'" {
				to = "" // the soft sign is left out, as in passports
			}
			for _, r := range f[i] {
				out[country][r] = to
			}
		}
	}
	return out
})

// latin writes every field in the carrier's letters.
func (c *checker) latin(to Alphabet) {
	for _, f := range fields(&c.Address) {
		if isASCIIText(*f.p) || to == Any {
			continue
		}
		s := greekPairs(*f.p)
		t, err := Transliterate(s, c.Address.Country, to)
		if err != nil {
			c.issue(f.name, NotLatin, Error, "%s", err)
			continue
		}
		c.change(f.name, f.p, t, fmt.Sprintf("the carrier takes %s letters only", map[Alphabet]string{ASCII: "English", Latin1: "western European", Latin: "Latin"}[to]))
	}
}

// greekPairs writes the pairs of Greek letters that are one sound as ELOT 743
// does: ου ou, and αυ, ευ, ηυ with v or f by what follows.
func greekPairs(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Greek, r) }) {
		return s
	}
	in := []rune(norm.NFC.String(s))
	var b strings.Builder
	for i, r := range in {
		if (r == 'υ' || r == 'ύ' || r == 'Υ') && i > 0 {
			switch foldAccents(string(unicode.ToLower(in[i-1]))) {
			case "ο":
				b.WriteString(map[bool]string{true: "U", false: "u"}[r == 'Υ'])
				continue
			case "α", "ε", "η":
				t := "v"
				if i+1 == len(in) || strings.ContainsRune("θκξπστφχψς ", unicode.ToLower(in[i+1])) {
					t = "f"
				}
				b.WriteString(map[bool]string{true: strings.ToUpper(t), false: t}[r == 'Υ'])
				continue
			}
		}
		b.WriteRune(r)
	}
	return b.String()
}
