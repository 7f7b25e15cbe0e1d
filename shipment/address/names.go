package address

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// CountryName returns the English name of the country with the ISO 3166-1
// alpha-2 code.
func CountryName(code string) (string, bool) {
	if !known(code) {
		return "", false
	}
	return formatOf(code).name(), true
}

// countryNames finds countries by three-letter code and by name, both folded.
var countryNames = sync.OnceValue(func() map[string]string {
	names := make(map[string]string, 6000)
	blocks := index()
	for _, code := range slices.Sorted(maps.Keys(blocks)) {
		for line := range strings.Lines(blocks[code].fields) {
			what, v, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
			switch what {
			case "alpha3":
				names["="+v] = code // apart from names: Andorra's is a word that names are freed of
			case "en":
				names[foldCountry(v)] = code
			case "also", "fr", "de", "es", "it", "nl", "pt", "ja", "zh":
				for n := range strings.SplitSeq(v, "|") {
					if f := foldCountry(n); f != "" && names[f] == "" {
						names[f] = code
					}
				}
			}
		}
	}
	return names
})

// CountryCode returns the alpha-2 code of the country that s names: by code,
// by three-letter code, in English, in its own languages, and in those that
// shops are kept in.
func CountryCode(s string) (string, bool) {
	if known(s) {
		return s, true
	}
	if up := strings.ToUpper(strings.TrimSpace(s)); len(up) == 2 && known(up) {
		return up, true
	}
	if code, ok := countryNames()["="+strings.ToUpper(strings.TrimSpace(s))]; ok {
		return code, true
	}
	code, ok := countryNames()[foldCountry(s)]
	return code, ok
}

// foldCountry makes spellings of a country's name comparable: letters and
// digits only, and none of the words that come and go.
func foldCountry(s string) string {
	f := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			return r
		case r == '.' || r == '\'':
			return -1
		}
		return ' '
	}, foldName(s))
	var b strings.Builder
	for w := range strings.FieldsSeq(f) {
		switch w {
		case "the", "and", "of":
		case "st":
			b.WriteString("saint")
		default:
			b.WriteString(w)
		}
	}
	return b.String()
}

// foldName makes names comparable: small letters without accents, dots or
// double spaces.
func foldName(s string) string {
	if isPlain(s) {
		return s
	}
	s = foldSpace(foldWidth(s))
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range norm.NFC.String(s) {
		switch r = unaccented(r); {
		case r == 0 || r == '.':
		case 'A' <= r && r <= 'Z':
			b.WriteByte(byte(r) + 'a' - 'A')
		case r < 0x80:
			b.WriteByte(byte(r))
		default:
			foldLetter(&b, unaccented(unicode.ToLower(r)))
		}
	}
	return strings.TrimSpace(b.String())
}

// foldLetter writes letters that are others elsewhere, and signs in their
// plain form.
func foldLetter(b *strings.Builder, r rune) {
	switch r {
	case 'ß':
		b.WriteString("ss")
	case 'æ':
		b.WriteString("ae")
	case 'œ':
		b.WriteString("oe")
	case 'þ':
		b.WriteString("th")
	case '’', '‘', 'ʼ', 'ʻ':
		b.WriteByte('\'')
	case '–', '—':
		b.WriteByte('-')
	case '臺':
		b.WriteRune('台')
	default:
		b.WriteRune(r)
	}
}

// isPlain reports whether folding would change nothing.
func isPlain(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c >= 0x80 || c >= 'A' && c <= 'Z' || c == '.' || c < ' ' || c == ' ' && (i == 0 || i == len(s)-1 || s[i-1] == ' ') {
			return false
		}
	}
	return true
}

// withoutKind takes from a folded name the word that says what kind of region
// it is: Guangdong Sheng is Guangdong, 東京都 is 東京, Co. Cork is Cork.
func withoutKind(name string) string {
	for _, kind := range kindsBefore() {
		if rest, ok := strings.CutPrefix(name, kind); ok && rest != "" {
			return rest
		}
	}
	for _, kind := range kindsAfter() {
		if rest, ok := strings.CutSuffix(name, kind); ok && len(rest) > 1 && rest != "北海" {
			return rest
		}
	}
	return name
}

func kindsBefore() []string {
	return []string{
		"co ", "county ", "state of ", "republic of ", "respublika ", "республика ", "province of ", "provincia de ", "provincia di ", "estado de ", "departamento de ",
		"emirate of ", "governorate of ", "region of ", "prefecture of ", "city of ", "إمارة ", "استان ", "місто ", "г ", "город ",
	}
}

func kindsAfter() []string {
	return []string{
		" province", " sheng", " shi", " zizhiqu", " city", " state", " prefecture", " governorate", " region", " oblast",
		" oblast'", " kray", " krai", " county", " district", " emirate", " autonomous region", " island", " islands", "-ken", " ken", "-fu", "-to", " to", "-do", "-si",
		"壮族自治区", "回族自治区", "维吾尔自治区", "特别行政区", "自治区", "特別自治道", "특별자치도", "특별자치시", "특별시", "광역시", "도", "시",
		"省", "市", "縣", "县", "県", "府", "都", "道",
		" область", " край", " вілаят", " обл",
	}
}
