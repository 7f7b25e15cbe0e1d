package address

import (
	"strings"
	"unicode/utf8"

	"waybill/shipment"
)

// What the tables of countries say to those who look for postcodes and regions
// in other fields.

// codeOf returns s written as a postcode of the country, if it is one.
func codeOf(country, s string) (string, bool) {
	if !hasDigit(s) || utf8.RuneCountInString(s) > 12 {
		return "", false
	}
	c := &checker{Result: Result{Address: shipment.Address{Country: country, PostalCode: s}}}
	c.postalCode()
	return c.Address.PostalCode, len(c.Issues) == 0 && c.Address.PostalCode != ""
}

// regionOf returns s written as a region of the country, if it is one.
func regionOf(country, s string) (string, bool) {
	if s == "" || hasDigit(s) {
		return "", false
	}
	c := &checker{Result: Result{Address: shipment.Address{Country: country, Region: s}}}
	c.region()
	return c.Address.Region, len(c.Issues) == 0
}

// liesIn reports whether the postcode may lie in the region.
func liesIn(country, region, code string) bool { return inRegion(country, region, code) }

// missingRegion fills a region in that the post cannot do without where the
// postcode lies in one region only.
func (c *checker) missingRegion() {
	a := &c.Address
	if a.Region != "" || a.PostalCode == "" || !strings.Contains(formatOf(a.Country).require, "S") {
		return
	}
	code, ok := codeOf(a.Country, a.PostalCode)
	if !ok {
		return
	}
	if in := regionsOf(a.Country, code); len(in) == 1 {
		c.change("region", &a.Region, in[0], "the postcode "+code+" lies there")
	}
}
