package address

import (
	"regexp"
	"strings"
	"sync"
)

// postalCode normalises the postcode, checks its format and holds it against
// the region.
func (c *checker) postalCode() {
	a := &c.Address
	f := formatOf(a.Country)
	name, _ := CountryName(a.Country)
	if f.noZip {
		c.change("postal_code", &a.PostalCode, "", name+" has no postcodes")
		return
	}
	if a.PostalCode == "" {
		return
	}
	c.change("postal_code", &a.PostalCode, strings.ToUpper(nativeDigits(foldWidth(a.PostalCode))), "postcodes are written in plain capitals and digits")
	if f.zip == "" {
		return
	}
	compact := compactCode(a.PostalCode)
	written, ok := shape(f.zip, compact)
	if !ok && len(compact) > 2 {
		for _, prefix := range []string{a.Country, a.Country[:1]} {
			if rest, cut := strings.CutPrefix(compact, prefix); cut && !ok {
				written, ok = shape(f.zip, rest)
			}
		}
	}
	if !ok && a.Country == "US" {
		// Spreadsheets take leading zeros off; the state proves that it was so.
		padded := strings.Repeat("0", max(0, 5-len(compact))) + compact
		if w, fits := shape(f.zip, padded); fits && len(compact) >= 3 && inRegion("US", a.Region, w) {
			c.change("postal_code", &a.PostalCode, w, "leading zero restored: "+w+" lies in "+a.Region)
			return
		}
	}
	if ok {
		c.change("postal_code", &a.PostalCode, written, "written as the post of "+name+" does")
	}
	if !ok || f.zipRE != "" && !zipRE(f.zipRE).MatchString(a.PostalCode) {
		c.issue("postal_code", PostalCodeFormat, Error, "%q is no postcode of %s, which look like %s", a.PostalCode, name, example(f.zip))
		return
	}
	c.postalCodeRegion()
}

func (c *checker) postalCodeRegion() {
	a := &c.Address
	if a.Region == "" || inRegion(a.Country, a.Region, a.PostalCode) {
		return
	}
	if _, known := regionByCode(a.Country, a.Region); !known {
		return // said already
	}
	where := strings.Join(regionsOf(a.Country, a.PostalCode), " or ")
	severity := Error
	if a.Country == "AU" {
		severity = Warning // many postcodes straddle the borders of states
	}
	if where == "" {
		c.issue("postal_code", PostalCodeRegion, severity, "%s is not in use in %s or anywhere else; check the postcode", a.PostalCode, a.Region)
		return
	}
	c.issue("postal_code", PostalCodeRegion, severity, "%s lies in %s, not in %s; check which of the two is wrong", a.PostalCode, where, a.Region)
}

// compactCode drops what people put between the characters of a postcode.
func compactCode(code string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" -._〒\u00a0", r) {
			return -1
		}
		return r
	}, code)
}

// shape writes compact the way the first fitting shape does.
func shape(shapes, compact string) (string, bool) {
	for s := range strings.FieldsSeq(shapes) {
		if out, ok := shapeOne(s, compact); ok {
			return out, true
		}
	}
	return "", false
}

func shapeOne(shape, compact string) (string, bool) {
	var out strings.Builder
	for i := range len(shape) {
		s := shape[i]
		if s == '_' || s == '-' {
			out.WriteByte(strings.ReplaceAll(string(s), "_", " ")[0])
			continue
		}
		if compact == "" {
			return "", false
		}
		c := compact[0]
		digit, letter := c >= '0' && c <= '9', c >= 'A' && c <= 'Z'
		if !(s == '9' && digit || s == 'A' && letter || s == '*' && (digit || letter) || s == c && letter) {
			return "", false
		}
		out.WriteByte(c)
		compact = compact[1:]
	}
	return out.String(), compact == ""
}

// example turns the first shapes into words for a person.
func example(shapes string) string {
	list := strings.Fields(shapes)
	if len(list) > 2 {
		list = list[:2]
	}
	return strings.NewReplacer("_", " ", "9", "0", "*", "0").Replace(strings.Join(list, " or "))
}

// zipRE compiles each pattern once; the patterns are those of the table.
func zipRE(pattern string) *regexp.Regexp { return zipREs()[pattern] }

var zipREs = sync.OnceValue(func() map[string]*regexp.Regexp {
	out := map[string]*regexp.Regexp{}
	for _, f := range formats {
		if f.zipRE != "" {
			out[f.zipRE] = regexp.MustCompile(`^(?:` + f.zipRE + `)$`)
		}
	}
	return out
})
