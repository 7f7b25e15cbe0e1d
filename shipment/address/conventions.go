package address

import (
	"strings"
	"unicode"
)

// numbered are the countries whose houses have numbers wherever shops deliver
// to. Britain, Ireland and much of Asia, Africa and the Gulf name houses, or
// describe the way; there a line without a number is nothing to wonder at.
const numbered = "AT AU BE BR CA CH CZ DE DK EE ES FI FR HR HU IT LI LT LU LV MX NL NO NZ PL PT SE SI SK US"

// noNumber are the ways to say that a house has none.
var noNumber = []string{"s/n", "s/nº", "sn", "snc", "b/n", "bb", "lieu", "lieudit", "hameau", "sin numero", "sem numero", "sans numero", "farm", "gard", "ranch"}

// conventions warns of lines that are written otherwise than the country
// writes them. It changes nothing: only the buyer knows the house.
func (c *checker) conventions() {
	a := &c.Address
	if a.Line1 == "" || isEastAsian(a.Line1) {
		return
	}
	if c.box != noBox || IsMilitary(*a) {
		return
	}
	c.numberFirst()
	if !strings.Contains(numbered, a.Country) || a.Country == "US" && isOverseas(a.Region) {
		return
	}
	for _, l := range []string{a.Line1, a.Line2, a.Line3} {
		if strings.ContainsFunc(l, unicode.IsNumber) {
			return
		}
		// One Microsoft Way
		for _, w := range placeWords(l) {
			if numberWords[w] {
				return
			}
		}
		folded := " " + strings.Join(strings.FieldsFunc(foldAccents(strings.ToLower(l)), func(r rune) bool { return r == ' ' || r == ',' || r == '-' || r == '.' }), " ") + " "
		for _, s := range noNumber {
			if strings.Contains(folded, " "+s+" ") {
				return
			}
		}
	}
	c.issue("line1", HouseNumber, Warning, "%q has no house number; ask the buyer if there is one", a.Line1)
}

var numberWords = map[string]bool{
	"one": true, "two": true, "three": true, "four": true, "five": true, "six": true, "seven": true, "eight": true, "nine": true, "ten": true,
	"eleven": true, "twelve": true, "km": true, "kilometro": true,
}

// isOverseas reports whether a state of the United States' post is one of the
// islands, where many streets have no numbers.
func isOverseas(region string) bool {
	switch region {
	case "AS", "FM", "GU", "MH", "MP", "PR", "PW", "VI":
		return true
	}
	return false
}

// numberFirst warns of a house number before a German street: there it stands
// after the street, and a first number may be something else.
func (c *checker) numberFirst() {
	a := &c.Address
	switch a.Country {
	case "DE", "AT", "CH", "LI":
	default:
		return
	}
	number, street, ok := strings.Cut(a.Line1, " ")
	if !ok || !isHouseNumber(number) || hasDigit(street) {
		return
	}
	folded := strings.TrimRight(foldAccents(strings.ToLower(street)), ".")
	for _, end := range []string{"strasse", "str", "weg", "platz", "gasse", "allee", "ring", "damm", "ufer", "steig", "chaussee", "promenade", "hof", "markt"} {
		if strings.HasSuffix(folded, end) {
			c.issue("line1", HouseNumberOrder, Warning, "%q: the house number stands after the street in %s; perhaps \"%s %s\" is meant", a.Line1, a.Country, street, number)
			return
		}
	}
}

// isHouseNumber reports whether w is digits and at most a letter.
func isHouseNumber(w string) bool {
	digits := strings.TrimRightFunc(strings.TrimRight(w, ","), unicode.IsLetter)
	return digits != "" && len(w)-len(digits) <= 1 && !strings.ContainsFunc(digits, func(r rune) bool { return !isDigit(r) })
}
