package address_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"waybill/shipment/address"
)

func TestCountryCode(t *testing.T) {
	for want, names := range map[string]string{
		"US": "US|us|USA|usa|U.S.A.|U.S.|United States|United States of America|The United States|UNITED STATES|Estados Unidos|EE. UU.|États-Unis|Vereinigte Staaten|アメリカ合衆国|美国|США",
		"GB": "GB|GBR|UK|U.K.|United Kingdom|Great Britain|England|Scotland|Wales|Northern Ireland|Royaume-Uni|Vereinigtes Königreich|Reino Unido|英国|イギリス",
		"DE": "DE|DEU|Germany|Deutschland|Allemagne|Alemania|Germania|Duitsland|Alemanha|ドイツ|德国|Niemcy|Tyskland|Německo|Almanya|Германия",
		"NL": "NL|NLD|Netherlands|The Netherlands|Holland|Nederland|Pays-Bas|Países Bajos|荷兰",
		"KR": "KR|KOR|South Korea|Korea|Republic of Korea|Korea, Republic of|대한민국|韩国|韓国|Corea del Sur",
		"KP": "KP|PRK|North Korea|Korea, Democratic People's Republic of",
		"TR": "TR|TUR|Turkey|Türkiye|Turkiye|Turquie|Türkei",
		"CZ": "CZ|CZE|Czechia|Czech Republic|Česko|Tschechien",
		"CH": "CH|CHE|Switzerland|Schweiz|Suisse|Svizzera",
		"AT": "AT|AUT|Austria|Österreich|Oesterreich|Autriche",
		"JP": "JP|JPN|Japan|日本|Nippon|Japon",
		"CN": "CN|CHN|China|P.R. China|PR China|PRC|People's Republic of China|中国|中國",
		"TW": "TW|TWN|Taiwan|台灣|臺灣|Taiwan, Province of China",
		"HK": "HK|HKG|Hong Kong|Hong Kong SAR|香港|HongKong",
		"CI": "CI|CIV|Côte d'Ivoire|Cote d'Ivoire|Côte d’Ivoire|Ivory Coast|Elfenbeinküste",
		"CD": "CD|COD|DR Congo|Democratic Republic of the Congo|Congo, The Democratic Republic of the",
		"CG": "CG|COG|Congo|Republic of the Congo",
		"MM": "MM|Myanmar|Burma",
		"SZ": "SZ|Eswatini|Swaziland",
		"MK": "MK|North Macedonia|Macedonia",
		"BA": "BA|Bosnia and Herzegovina|Bosnia & Herzegovina|Bosnia-Herzegovina",
		"LC": "LC|St. Lucia|Saint Lucia|St Lucia",
		"GR": "GR|Greece|Hellas|Ελλάδα|EL|Griechenland",
		"RU": "RU|Russia|Russian Federation|Россия",
		"ES": "ES|Spain|España|Espana|Espagne|Spanien",
		"BR": "BR|Brazil|Brasil",
		"MX": "MX|Mexico|México|Messico",
		"AE": "AE|UAE|U.A.E.|United Arab Emirates|الإمارات العربية المتحدة",
		"SA": "SA|KSA|Saudi Arabia|المملكة العربية السعودية",
		"IE": "IE|Ireland|Éire|Republic of Ireland|Irland",
		"GE": "GE|Georgia|საქართველო",
		"PR": "PR|Puerto Rico",
		"VA": "VA|Vatican City|Holy See|Holy See (Vatican City State)",
		"XK": "XK|XKX|Kosovo",
		"IN": "IN|India|भारत|Indien",
		"SE": "SE|Sweden|Sverige|Schweden|Suède",
		"AC": "AC|Ascension Island",
	} {
		for name := range strings.SplitSeq(names, "|") {
			if got, ok := address.CountryCode(name); !ok || got != want {
				t.Errorf("CountryCode(%q) = %q, %v, want %s", name, got, ok, want)
			}
		}
	}
	for _, name := range []string{"", " ", "ZZ", "XX", "Atlantis", "Europe", "CA 94043", "California", "N/A"} {
		if got, ok := address.CountryCode(name); ok {
			t.Errorf("CountryCode(%q) = %q, want none", name, got)
		}
	}
}

// TestCountryCodeForgives holds that capitals, accents' absence and space around do not
// hide a country.
func TestCountryCodeForgives(t *testing.T) {
	names := []string{"Germany", "Côte d'Ivoire", "Österreich", "United Kingdom", "Россия", "Åland Islands", "São Tomé & Príncipe", "Türkiye"}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(names).Draw(t, "name")
		want, ok := address.CountryCode(name)
		change := rapid.SampledFrom([]func(string) string{strings.ToLower, strings.ToUpper, func(s string) string { return " " + s + "  " }}).Draw(t, "change")
		if got, _ := address.CountryCode(change(name)); got != want || !ok {
			t.Errorf("CountryCode(%q) = %q, want %q", change(name), got, want)
		}
	})
}

func FuzzCountryCode(f *testing.F) {
	for _, s := range []string{"US", "Deutschland", "日本", "\xff", "Côte d’Ivoire", "ﬁ", "İ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		code, ok := address.CountryCode(s)
		if name, known := address.CountryName(code); ok != known || ok && name == "" {
			t.Errorf("CountryCode(%q) = %q, %v, which is %q, %v", s, code, ok, name, known)
		}
	})
}
