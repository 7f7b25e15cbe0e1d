package address

import (
	"cmp"
	"slices"
	"strings"
)

// misplaced puts postcode and region where they belong when they stand with
// the city or with one another, as in "Austin, TX 78701". It moves only what
// the country's own lists know, and never against a field that says otherwise.
func (c *checker) misplaced() {
	a := &c.Address
	c.tidyPlaces()
	if strings.ContainsRune(a.City, ',') { // Toronto, Canada
		head, last, _ := cutLast(a.City, ",")
		if code, ok := CountryCode(last); ok && code == a.Country && head != "" && !same(last, head) {
			c.change("city", &a.City, head, "the country has its own field")
		}
	}
	if _, isCode := codeOf(a.Country, a.City); isCode && a.PostalCode != "" && !hasDigit(a.PostalCode) {
		city, code := a.PostalCode, a.City
		c.change("city", &a.City, city, "city and postcode were exchanged")
		c.change("postal_code", &a.PostalCode, code, "city and postcode were exchanged")
	}
	c.codeForCity()
	c.codeWith("region", &a.Region)
	c.codeWith("city", &a.City)
	c.regionWithCode()
	c.regionWithCity()
}

// codeWith moves a postcode that stands before or after the words of a field.
func (c *checker) codeWith(name string, p *string) {
	a := &c.Address
	if !hasDigit(*p) || !strings.Contains(strings.TrimSpace(*p), " ") {
		return
	}
	words := strings.Fields(strings.ReplaceAll(*p, ",", " , "))
	for n := min(2, len(words)-1); n >= 1; n-- {
		for _, cut := range []struct{ code, rest []string }{{words[len(words)-n:], words[:len(words)-n]}, {words[:n], words[n:]}} {
			text := strings.Join(cut.code, " ")
			code, ok := codeOf(a.Country, text)
			if !ok || len(code) < 3 || !strings.ContainsFunc(strings.Join(cut.rest, ""), isWordRune) {
				continue
			}
			given, known := codeOf(a.Country, a.PostalCode)
			if a.PostalCode != "" && (!known || given != code && !strings.HasPrefix(given, code)) {
				continue
			}
			rest := strings.TrimSpace(strings.Trim(strings.ReplaceAll(strings.Join(cut.rest, " "), " ,", ","), " ,"))
			c.change(name, p, rest, "the postcode has its own field")
			if a.PostalCode == "" {
				c.change("postal_code", &a.PostalCode, text, "it stood with the "+name)
			}
			return
		}
	}
}

func isWordRune(r rune) bool { return r > 0x7f || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' }

// regionWithCode takes a state off the front of its postcode: NY 10001.
func (c *checker) regionWithCode() {
	a := &c.Address
	if a.Country != "US" && a.Country != "AU" {
		return
	}
	head, code, ok := strings.Cut(a.PostalCode, " ")
	if !ok || len(head) < 2 || len(head) > 3 || hasDigit(head) || head == a.Country || head == "USA" {
		return
	}
	region, isRegion := regionOf(a.Country, head)
	if _, isCode := codeOf(a.Country, code); !isCode || !isRegion {
		return
	}
	if given, _ := regionOf(a.Country, a.Region); a.Region == "" || given == region {
		c.change("postal_code", &a.PostalCode, code, "the region has its own field")
		c.change("region", &a.Region, region, "it stood with the postcode")
	}
}

// regionWithCity takes a region off the end of the city: Austin, TX; Milano (MI).
func (c *checker) regionWithCity() {
	a := &c.Address
	if !slices.Contains([]string{"US", "CA", "AU", "MX", "BR", "IT", "IN"}, a.Country) {
		return
	}
	city, region := splitRegion(a.City)
	if city == "" {
		return
	}
	code, ok := regionOf(a.Country, region)
	if !ok {
		return
	}
	given, known := regionOf(a.Country, a.Region)
	if a.Region == "" {
		if zip, ok := codeOf(a.Country, a.PostalCode); ok && !liesIn(a.Country, code, zip) {
			return
		}
	} else if !known || given != code {
		return
	}
	c.change("city", &a.City, city, "the region has its own field")
	if a.Region == "" {
		c.change("region", &a.Region, code, "it stood with the city")
	}
}

// splitRegion divides "Austin, TX", "São Paulo - SP", "Milano (MI)" and "Austin
// TX". Without a sign between them only capitals can be a region.
func splitRegion(city string) (head, region string) {
	if before, after, ok := strings.Cut(city, "("); ok && strings.HasSuffix(after, ")") {
		return strings.TrimSpace(before), strings.TrimSuffix(after, ")")
	}
	for _, sep := range []string{",", " - ", "/"} {
		if h, r, ok := cutLast(city, sep); ok {
			return h, r
		}
	}
	h, r, ok := cutLast(city, " ")
	if ok && len(r) >= 2 && len(r) <= 3 && strings.ToUpper(r) == r {
		return h, r
	}
	return "", ""
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return "", "", false
	}
	return strings.TrimSpace(s[:i]), strings.TrimSpace(s[i+len(sep):]), true
}

// placeInLine takes city, region and postcode off the end of the last address
// line where their own fields say the same.
func (c *checker) placeInLine() {
	a := &c.Address
	if a.City == "" || a.PostalCode == "" {
		return
	}
	p, name := &a.Line1, "line1"
	switch {
	case a.Line3 != "":
		p, name = &a.Line3, "line3"
	case a.Line2 != "":
		p, name = &a.Line2, "line2"
	}
	if len(*p) > 4*labelLimit || !strings.ContainsRune(*p, ',') {
		return
	}
	city := placeWords(a.City)
	for i := strings.IndexByte(*p, ','); i > 0; {
		words := placeWords((*p)[i:])
		if len(words) >= 2 && len(city) > 0 && slices.Contains(words, city[0]) && hasDigit((*p)[:i]) && c.tailOfPlace(words) == len(words) {
			c.change(name, p, strings.TrimSpace((*p)[:i]), "city, region and postcode have their own fields")
			return
		}
		next := strings.IndexByte((*p)[i+1:], ',')
		if next < 0 {
			return
		}
		i += 1 + next
	}
}

// placeFromLine finds city, region and postcode at the end of the only address
// line where no field has them: 1 Main St, Austin, TX 78701.
func (c *checker) placeFromLine() {
	a := &c.Address
	if a.City != "" || a.PostalCode != "" || a.Line2 != "" || len(a.Line1) > 4*labelLimit || a.Country != "US" && a.Country != "CA" && a.Country != "AU" {
		return
	}
	parts := strings.Split(a.Line1, ",")
	if len(parts) < 3 {
		return
	}
	last := strings.Fields(parts[len(parts)-1])
	if len(last) < 2 {
		return
	}
	region, isRegion := regionOf(a.Country, last[0])
	code, isCode := codeOf(a.Country, strings.Join(last[1:], " "))
	city := strings.TrimSpace(parts[len(parts)-2])
	if !isRegion || !isCode || !liesIn(a.Country, region, code) || hasDigit(city) || city == "" || a.Region != "" && a.Region != region {
		return
	}
	const why = "it stood in the street line"
	c.change("line1", &a.Line1, strings.TrimSpace(strings.Join(parts[:len(parts)-2], ",")), "city, region and postcode have their own fields")
	c.change("city", &a.City, city, why)
	c.change("region", &a.Region, region, why)
	c.change("postal_code", &a.PostalCode, code, why)
}

// military writes the country of addresses of the United States' forces: with
// the name of the country they serve in, mail leaves the military's hands.
func (c *checker) military() {
	a := &c.Address
	if place := cmp.Or(a.City, a.Region); a.Country == "US" || len(place) < 3 || !isMilitaryCity(place[:3]) {
		return
	}
	words := strings.FieldsFunc(strings.ToUpper(a.City+" "+a.Region), func(r rune) bool { return r == ' ' || r == ',' })
	if len(words) > 1 && isMilitaryCity(words[0]) && isMilitaryRegion(words[1]) {
		c.change("country", &a.Country, "US", "military mail is mail of the United States wherever the unit serves")
	}
}
