package address

import "unicode/utf8"

// What the tables of countries say to those who look for postcodes and regions
// in other fields.

// codeOf returns s written as a postcode of the country, if it is one.
func codeOf(country, s string) (string, bool) {
	if !hasDigit(s) || utf8.RuneCountInString(s) > 12 {
		return "", false
	}
	land := formatOf(country)
	if land.noZip || len(land.shapes) == 0 {
		return "", false
	}
	return land.write(s)
}

// regionOf returns the key of the region of the country that s names.
func regionOf(country, s string) (string, bool) {
	if s == "" || hasDigit(s) {
		return "", false
	}
	r, ok := formatOf(country).findOne(s, "")
	return r.key, ok
}

// liesIn reports whether the postcode may lie in the region with the key;
// where nothing is known of the region's postcodes, it may.
func liesIn(country, key, code string) bool {
	r, ok := formatOf(country).findOne(key, code)
	return ok && (len(r.prefixes) == 0 || r.has(code))
}
