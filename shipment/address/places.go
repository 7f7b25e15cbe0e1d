package address

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed countries.txt
var countriesTxt string

//go:embed regions.txt
var regionsTxt string

type countryTable struct {
	names map[string]string // by alpha-2 code
	codes map[string]string // by folded code or name
}

var countries = sync.OnceValue(func() countryTable {
	t := countryTable{names: map[string]string{}, codes: map[string]string{}}
	for line := range strings.Lines(countriesTxt) {
		code, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		alpha3, name, _ := strings.Cut(rest, " ")
		t.names[code] = name
		for _, s := range []string{code, alpha3, name} {
			t.codes[foldName(s)] = code
		}
	}
	// Other names that shops write. UK and EL are not ISO's, but the Union's.
	for alias, code := range map[string]string{
		"UK": "GB", "Great Britain": "GB", "England": "GB", "Scotland": "GB", "Wales": "GB", "Northern Ireland": "GB",
		"United States of America": "US", "U.S.A.": "US", "U.S.": "US", "América": "US", "Estados Unidos": "US",
		"Deutschland": "DE", "Österreich": "AT", "Schweiz": "CH", "Suisse": "CH", "España": "ES", "Italia": "IT",
		"Nederland": "NL", "The Netherlands": "NL", "Holland": "NL", "Belgique": "BE", "België": "BE", "Polska": "PL",
		"Sverige": "SE", "Norge": "NO", "Danmark": "DK", "Suomi": "FI", "Brasil": "BR", "México": "MX", "Turkey": "TR",
		"Czech Republic": "CZ", "Republic of Korea": "KR", "Korea": "KR", "Russian Federation": "RU", "EL": "GR",
		"Viet Nam": "VN", "Macau": "MO", "Éire": "IE", "Republic of Ireland": "IE", "UAE": "AE",
		"日本": "JP", "中国": "CN", "台灣": "TW", "香港": "HK", "대한민국": "KR",
	} {
		t.codes[foldName(alias)] = code
	}
	return t
})

// CountryName returns the English name of the country with the ISO 3166-1
// alpha-2 code.
func CountryName(code string) (string, bool) {
	name, ok := countries().names[code]
	return name, ok
}

// CountryCode returns the alpha-2 code of the country that s names: by code,
// by three-letter code, in English, or in its own language where that is
// common.
func CountryCode(s string) (string, bool) {
	code, ok := countries().codes[foldName(s)]
	return code, ok
}

// A place is a state or province as its post writes it.
type place struct {
	code, name string
	prefixes   []string // of its postcodes; none: not known
}

var regions = sync.OnceValue(func() map[string][]place {
	out := map[string][]place{}
	for line := range strings.Lines(regionsTxt) {
		parts := strings.Split(strings.TrimSpace(line), "|")
		if len(parts) != 4 || strings.HasPrefix(line, "#") {
			continue
		}
		p := place{code: parts[1], name: parts[3]}
		if parts[2] != "" {
			p.prefixes = strings.Split(parts[2], ",")
		}
		out[parts[0]] = append(out[parts[0]], p)
	}
	return out
})

func regionByCode(country, code string) (place, bool) {
	for _, p := range regions()[country] {
		if p.code == code {
			return p, true
		}
	}
	return place{}, false
}

// region writes a known region as its post does, and reports one that the
// country does not have.
func (c *checker) region() {
	a := &c.Address
	list := regions()[a.Country]
	if a.Region == "" || list == nil {
		return
	}
	want := foldName(a.Region)
	iso := strings.TrimPrefix(want, foldName(a.Country)+"-")
	for _, p := range list {
		if code := foldName(p.code); code == want || code == iso || foldName(p.name) == want {
			c.change("region", &a.Region, p.code, "the post's code of "+p.name)
			return
		}
	}
	name, _ := CountryName(a.Country)
	c.issue("region", UnknownRegion, Error, "%q is no state or province of %s", a.Region, name)
}

// inRegion reports whether the postcode may lie in the region; where nothing
// is known, it may.
func inRegion(country, region, code string) bool {
	p, ok := regionByCode(country, region)
	if !ok || p.prefixes == nil {
		return ok
	}
	for _, prefix := range p.prefixes {
		if strings.HasPrefix(code, prefix) {
			return true
		}
	}
	return false
}

// regionsOf returns the codes of the regions whose postcodes begin so.
func regionsOf(country, code string) []string {
	var out []string
	for _, p := range regions()[country] {
		if p.prefixes != nil && inRegion(country, p.code, code) {
			out = append(out, p.code)
		}
	}
	return out
}

// foldName makes names comparable: no case, no accents of the Latin letters
// that occur in them, no dots.
func foldName(s string) string {
	return strings.NewReplacer(
		"á", "a", "à", "a", "â", "a", "ã", "a", "ä", "a", "å", "a", "ç", "c", "é", "e", "è", "e", "ê", "e", "ë", "e",
		"í", "i", "ï", "i", "ñ", "n", "ó", "o", "ô", "o", "õ", "o", "ö", "o", "ú", "u", "ü", "u", "’", "'", ".", "",
	).Replace(strings.ToLower(foldSpace(foldWidth(s))))
}
