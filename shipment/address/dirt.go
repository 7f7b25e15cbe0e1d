package address

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// tidyPlaces takes off what spreadsheets and forms leave at the ends of fields:
// a comma that parted fields once, the mark that makes a number a text, the
// fraction of a number that was a postcode, the country behind the postcode.
func (c *checker) tidyPlaces() {
	a := &c.Address
	for _, f := range []field{{"line1", &a.Line1}, {"line2", &a.Line2}, {"line3", &a.Line3}, {"city", &a.City}, {"district", &a.District}, {"region", &a.Region}} {
		if strings.ContainsAny(*f.p, ",;") {
			c.change(f.name, f.p, strings.Trim(*f.p, " ,;"), "a comma that parts nothing")
		}
	}
	switch a.Country {
	case "FM", "MH", "PW":
		if a.Region == "" { // countries to ISO that the post of the United States serves
			c.change("region", &a.Region, a.Country, "to the post a state of the United States")
		}
	}
	c.tidyCode()
}

// tidyCode takes off a postcode what is none of it.
func (c *checker) tidyCode() {
	a := &c.Address
	if digits, ok := strings.CutSuffix(a.PostalCode, ".0"); ok && strings.Trim(digits, "0123456789") == "" {
		c.change("postal_code", &a.PostalCode, digits, "the fraction of a number, as spreadsheets write it, taken off")
	}
	if _, ok := codeOf(a.Country, a.PostalCode); ok || a.PostalCode == "" {
		return
	}
	code := strings.TrimLeft(a.PostalCode, "'`\"=")
	code = strings.TrimRight(code, "'\"")
	if head, last, ok := cutLast(code, " "); ok {
		if country, known := CountryCode(last); known && country == a.Country {
			code = head
		}
	}
	if a.Country == "US" && len(code) > 2 && isDigit(rune(code[2])) { // TX78701
		if given, ok := regionOf("US", a.Region); ok && given == strings.ToUpper(code[:2]) {
			code = code[2:]
		}
	}
	if _, ok := codeOf(a.Country, code); ok {
		c.change("postal_code", &a.PostalCode, code, "what is none of the postcode taken off")
	}
}

// boxFromCode moves a box that stands for the postcode into a line. Where there
// are no postcodes, as in the Emirates, the box is the address.
func (c *checker) boxFromCode() {
	a := &c.Address
	if utf8.RuneCountInString(a.PostalCode) < 4 || !strings.ContainsFunc(a.PostalCode, unicode.IsLetter) || boxOf(a.PostalCode, a.Country, false) != postBox {
		return
	}
	for _, f := range []field{{"line1", &a.Line1}, {"line2", &a.Line2}, {"line3", &a.Line3}} {
		if *f.p == "" || same(*f.p, a.PostalCode) {
			c.change(f.name, f.p, a.PostalCode, "it stood in the postcode's field")
			c.change("postal_code", &a.PostalCode, "", "a box is no postcode")
			return
		}
	}
}

// codeForCity moves a postcode that stands for the city to its field, and the
// city up from the line above.
func (c *checker) codeForCity() {
	a := &c.Address
	if _, ok := codeOf(a.Country, a.City); !ok || a.PostalCode != "" {
		return
	}
	c.change("postal_code", &a.PostalCode, a.City, "it stood in the city's field")
	c.change("city", &a.City, "", "a postcode is no city")
	for _, f := range []field{{"line3", &a.Line3}, {"line2", &a.Line2}} {
		if *f.p == "" {
			continue
		}
		if !hasDigit(*f.p) && boxOf(*f.p, a.Country, false) == noBox {
			c.change("city", &a.City, *f.p, "it stood in a line, above its postcode")
			c.change(f.name, f.p, "", "the city has its own field")
		}
		return
	}
}
