package fonts

import (
	"path"
	"strings"
	"unicode"
)

// Han is where the forms of Chinese characters are those that readers know. One
// code point stands for all of them, 直 and 骨 are drawn otherwise in Japan than
// in China, and a typeface has one of the forms first. The zero Han has no
// preference.
type Han int

// The regions whose forms differ.
const (
	AnyHan Han = iota
	HanJapan
	HanChina // and Singapore: simplified
	HanTaiwan
	HanHongKong // and Macau
	HanKorea
)

// Hans returns every region with forms of its own.
func Hans() []Han { return []Han{HanJapan, HanChina, HanTaiwan, HanHongKong, HanKorea} }

// hans is what is known of each region. The countries are ISO 3166-1, the
// languages BCP 47; that Malaysia writes simplified characters is general
// knowledge. word ends the names of families that come for each region, such as
// Noto Sans CJK JP.
var hans = [...]struct {
	language, word string
	countries      []string
}{
	AnyHan:      {"", "", nil},
	HanJapan:    {"ja", "JP", []string{"JP"}},
	HanChina:    {"zh-Hans", "SC", []string{"CN", "SG", "MY"}},
	HanTaiwan:   {"zh-Hant", "TC", []string{"TW"}},
	HanHongKong: {"zh-HK", "HK", []string{"HK", "MO"}},
	HanKorea:    {"ko", "KR", []string{"KR"}},
}

// HanOf returns the region of a country, by its two letters; AnyHan for one
// that does not write Chinese characters.
func HanOf(country string) Han {
	for _, h := range Hans() {
		for _, c := range hans[h].countries {
			if strings.EqualFold(c, country) {
				return h
			}
		}
	}
	return AnyHan
}

// HanNamed returns the region of a language, such as zh-Hant.
func HanNamed(language string) (Han, bool) {
	for _, h := range Hans() {
		if hans[h].language == language {
			return h, true
		}
	}
	return AnyHan, false
}

// String returns the language whose readers know the region's forms, as in
// BCP 47; of AnyHan, nothing.
func (h Han) String() string { return hans[h].language }

// HanLanguages returns the languages that HanNamed knows.
func HanLanguages() []string {
	all := make([]string, 0, len(hans)-1)
	for _, h := range Hans() {
		all = append(all, h.String())
	}
	return all
}

// Regional reports whether r is drawn otherwise in one region than in another,
// or stands among characters that are: ideographs, kana, Hangul, their
// punctuation and full-width forms.
func Regional(r rune) bool {
	switch {
	case r < 0x1100:
		return false
	case r >= 0x3000 && r <= 0x33FF, r >= 0xFE30 && r <= 0xFE4F, r >= 0xFF00 && r <= 0xFFEF:
		return true
	}
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo, unicode.Hangul)
}

// families lists the families with a region's forms first, by how the names of
// their files begin, in lower case without hyphens and blanks. A collection has
// a face for each of several. The facts are those of the fonts' own file names:
// Noto and Source Han as Google and Adobe publish them, the others as Windows,
// macOS and Debian install them.
var families = []struct {
	begin string
	hans  []Han
}{
	{"notosanscjk", Hans()},
	{"sourcehansans", Hans()},
	{"notosansjp", []Han{HanJapan}},
	{"notosanssc", []Han{HanChina}},
	{"notosanstc", []Han{HanTaiwan}},
	{"notosanshk", []Han{HanHongKong}},
	{"notosanskr", []Han{HanKorea}},
	{"pingfang", []Han{HanChina, HanTaiwan, HanHongKong}},
	{"hiraginosansgb", []Han{HanChina}},
	{"hiragino", []Han{HanJapan}},
	{"ipag", []Han{HanJapan}},
	{"msgothic", []Han{HanJapan}},
	{"yugoth", []Han{HanJapan}},
	{"meiryo", []Han{HanJapan}},
	{"msyh", []Han{HanChina}},
	{"wqymicrohei", []Han{HanChina}},
	{"msjh", []Han{HanTaiwan}},
	{"malgun", []Han{HanKorea}},
	{"nanumgothic", []Han{HanKorea}},
	{"applesdgothicneo", []Han{HanKorea}},
}

// hansOf returns the regions whose forms a font file has, by its name.
func hansOf(name string) []Han {
	name = strings.NewReplacer("-", "", " ", "", "_", "").Replace(strings.ToLower(path.Base(name)))
	for _, f := range families {
		if strings.HasPrefix(name, f.begin) {
			return f.hans
		}
	}
	return nil
}

// hanOf returns the region in a family's name, such as Noto Sans CJK JP.
func hanOf(family string) Han {
	words := strings.Fields(family)
	for _, h := range Hans() {
		if len(words) > 0 && strings.EqualFold(words[len(words)-1], hans[h].word) {
			return h
		}
	}
	return AnyHan
}

// near returns the regions whose forms readers of h know, best first.
func (h Han) near() []Han {
	switch h {
	case AnyHan:
		return nil
	case HanHongKong:
		return []Han{h, HanTaiwan}
	case HanTaiwan:
		return []Han{h, HanHongKong}
	case HanJapan, HanChina, HanKorea:
	}
	return []Han{h}
}
