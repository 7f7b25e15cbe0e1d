package address

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// placeholders empties fields in which a form was satisfied with nothing.
func (c *checker) placeholders() {
	for _, f := range fields(&c.Address) {
		if *f.p == "" || len(*f.p) > 24 {
			continue
		}
		switch f.name {
		case "line2", "line3", "company", "district":
			if isPlaceholder(*f.p, true) {
				c.change(f.name, f.p, "", "a placeholder that says nothing")
			}
		case "phone":
			if isPlaceholder(*f.p, true) || isOneDigit(*f.p) {
				c.change(f.name, f.p, "", "no telephone number")
			}
		default:
			if isPlaceholder(*f.p, false) {
				c.change(f.name, f.p, "", "a placeholder that says nothing")
			}
		}
	}
}

// isPlaceholder reports whether s says nothing. Short words may mean something
// in a field that matters: NA is Naples, None a town near Turin.
func isPlaceholder(s string, short bool) bool {
	if strings.IndexFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) < 0 {
		return true
	}
	s = strings.Trim(s, " .-()[]<>")
	if !strings.ContainsRune("nNuUtTsSxX", rune(s[0])) {
		return false
	}
	switch strings.ToLower(s) {
	case "n/a", "n.a", "null", "(null)", "undefined", "not applicable", "not available", "not provided", "unknown", "tbd":
		return true
	case "na", "none", "nil", "no", "nope", "same", "same as above", "x", "xx", "xxx", "nan":
		return short
	}
	return false
}

// isOneDigit reports whether s repeats one digit, as 0000000000 does.
func isOneDigit(s string) bool {
	digits := strings.Map(func(r rune) rune {
		if isDigit(r) {
			return r
		}
		return -1
	}, s)
	return len(digits) >= 5 && strings.Trim(digits, digits[:1]) == ""
}

// repeated empties fields that say again what another says.
func (c *checker) repeated() {
	a := &c.Address
	if a.Company != "" && a.Name != "" && same(a.Company, a.Name) {
		c.change("company", &a.Company, "", "the name says it already")
	}
	if a.Line2 != "" && (a.Name != "" && same(a.Line1, a.Name) || a.Company != "" && same(a.Line1, a.Company)) && hasDigit(a.Line2) && !hasDigit(a.Line1) {
		c.change("line1", &a.Line1, "", "says the name again")
	}
	for _, f := range []field{{"line2", &a.Line2}, {"line3", &a.Line3}} {
		if *f.p == "" {
			continue
		}
		switch {
		case same(*f.p, a.Line1), f.name == "line3" && same(*f.p, a.Line2):
			c.change(f.name, f.p, "", "says a line above again")
		case c.saysCountry(*f.p):
			c.change(f.name, f.p, "", "says the country again")
		case c.saysPlace(*f.p):
			c.change(f.name, f.p, "", "says city, region or postcode again")
		}
	}
}

// saysCountry reports whether a line is the country's name and no town is
// called so.
func (c *checker) saysCountry(line string) bool {
	code, ok := CountryCode(line)
	return ok && code == c.Address.Country && c.Address.City != "" && !same(line, c.Address.City) && utf8.RuneCountInString(line) > 2
}

// saysPlace reports whether a line holds nothing but what city, region,
// postcode and country say.
func (c *checker) saysPlace(line string) bool {
	a := c.Address
	if a.City == "" || a.Line1 == "" || !hasDigit(a.Line1) {
		return false
	}
	words, city := placeWords(line), placeWords(a.City)
	return len(words) > 0 && len(city) > 0 && slices.Contains(words, city[0]) && c.tailOfPlace(words) == len(words)
}

// tailOfPlace returns how many of the last words say city, region, postcode or
// country, each once.
func (c *checker) tailOfPlace(words []string) int {
	a := c.Address
	name, _ := CountryName(a.Country)
	parts := [][]string{placeWords(a.City), placeWords(a.Region), placeWords(a.PostalCode), placeWords(name), placeWords(a.Country)}
	if r, ok := formatOf(a.Country).findOne(a.Region, a.PostalCode); ok {
		parts = append(parts, placeWords(r.key), placeWords(r.name), placeWords(r.latin))
	}
	if code, ok := codeOf(a.Country, a.PostalCode); ok {
		parts = append(parts, placeWords(code))
	}
	used := make([]bool, len(parts))
	n := 0
	for again := true; again; {
		again = false
		for i, p := range parts {
			left := words[:len(words)-n]
			if len(p) == 0 || used[i] || len(left) < len(p) || !slices.Equal(left[len(left)-len(p):], p) {
				continue
			}
			used[i], again = true, true
			n += len(p)
		}
	}
	return n
}

func placeWords(s string) []string {
	return strings.FieldsFunc(foldAccents(strings.ToLower(s)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.M, r) })
}

func same(a, b string) bool {
	return strings.EqualFold(a, b) || slices.Equal(placeWords(a), placeWords(b)) && len(placeWords(a)) > 0
}
