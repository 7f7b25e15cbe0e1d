package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// labelLanguages are the languages in which a label can name a country.
func labelLanguages() []string {
	return []string{"en", "fr", "de", "es", "it", "nl", "pt", "ja", "zh"}
}

// shopLanguages are further languages whose names of all countries are known
// when an order gives one. A country's own languages are known beside these.
func shopLanguages() []string {
	return strings.Fields("sv da nb fi pl cs sk hu ro bg el tr ru uk ko ar he vi th id hi zh-Hant")
}

// addNames gives each country its three-letter code and its names.
func addNames(countries map[string]*country, files map[string][]byte) error {
	var codes struct {
		Supplemental struct {
			CodeMappings map[string]struct {
				Alpha3 string `json:"_alpha3"`
			} `json:"codeMappings"`
		} `json:"supplemental"`
	}
	if err := json.Unmarshal(files["cldr-core/supplemental/codeMappings.json"], &codes); err != nil {
		return fmt.Errorf("codeMappings.json: %w", err)
	}
	own, err := ownLanguages(files)
	if err != nil {
		return err
	}
	byLanguage := map[string]map[string]string{}
	names := func(lang string) (map[string]string, error) {
		if n, ok := byLanguage[lang]; ok {
			return n, nil
		}
		n, err := territories(files, lang)
		byLanguage[lang] = n
		return n, err
	}
	for code, c := range countries {
		c.fields["alpha3"] = codes.Supplemental.CodeMappings[code].Alpha3
		for _, lang := range slices.Concat(labelLanguages(), shopLanguages(), own[code]) {
			n, err := names(lang)
			if err != nil {
				return err
			}
			if slices.Contains(labelLanguages(), lang) {
				c.fields[lang] = cmp.Or(n[code+"-alt-short"], n[code])
				if code == "GB" || code == "US" || code == "BA" {
					c.fields[lang] = n[code] // their short names are abbreviations
				}
			}
			for _, alt := range []string{"", "-alt-short", "-alt-variant"} {
				if n[code+alt] != "" {
					c.also = append(c.also, n[code+alt])
				}
			}
		}
	}
	return nil
}

// ownLanguages returns the official languages by country.
func ownLanguages(files map[string][]byte) (map[string][]string, error) {
	var info struct {
		Supplemental struct {
			TerritoryInfo map[string]struct {
				LanguagePopulation map[string]struct {
					OfficialStatus string `json:"_officialStatus"`
				} `json:"languagePopulation"`
			} `json:"territoryInfo"`
		} `json:"supplemental"`
	}
	if err := json.Unmarshal(files["cldr-core/supplemental/territoryInfo.json"], &info); err != nil {
		return nil, fmt.Errorf("territoryInfo.json: %w", err)
	}
	own := map[string][]string{}
	for code, t := range info.Supplemental.TerritoryInfo {
		for _, lang := range slices.Sorted(maps.Keys(t.LanguagePopulation)) {
			if strings.HasPrefix(t.LanguagePopulation[lang].OfficialStatus, "official") || t.LanguagePopulation[lang].OfficialStatus == "de_facto_official" {
				own[code] = append(own[code], strings.ReplaceAll(lang, "_", "-"))
			}
		}
	}
	return own, nil
}

func territories(files map[string][]byte, lang string) (map[string]string, error) {
	raw, ok := files["cldr-localenames-full/main/"+lang+"/territories.json"]
	if !ok {
		return nil, nil // CLDR has no names in that language
	}
	var doc struct {
		Main map[string]struct {
			LocaleDisplayNames struct {
				Territories map[string]string `json:"territories"`
			} `json:"localeDisplayNames"`
		} `json:"main"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		return nil, fmt.Errorf("territories in %s: %w", lang, err)
	}
	return doc.Main[lang].LocaleDisplayNames.Territories, nil
}

// dropAmbiguous leaves every name to one country. English names win over
// others; a name that two countries have otherwise is nobody's.
func dropAmbiguous(countries map[string]*country) {
	english, owners := map[string]string{}, map[string]map[string]bool{}
	for code, c := range countries {
		english[fold(c.fields["en"])] = code
		for _, n := range c.also {
			if owners[fold(n)] == nil {
				owners[fold(n)] = map[string]bool{}
			}
			owners[fold(n)][code] = true
		}
	}
	for code, c := range countries {
		seen := map[string]bool{fold(c.fields["en"]): true}
		for _, lang := range labelLanguages() {
			seen[fold(c.fields[lang])] = true
		}
		var kept []string
		for _, n := range c.also {
			f := fold(n)
			other := english[f] != "" && english[f] != code
			if seen[f] || other || len(owners[f]) > 1 && english[f] == "" {
				continue
			}
			seen[f] = true
			kept = append(kept, n)
		}
		c.also = kept
	}
}

// fold makes spellings of a name comparable.
func fold(s string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(strings.ToLower(s)) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(r)
		}
	}
	return b.String()
}
