package address

import "strings"

// canadianUnits writes units as Canada Post wants them: no number sign, the
// unit before the house number with a hyphen between (Addressing Guidelines,
// "Civic address"; general knowledge). Words such as Apt or app. may stand.
func (c *checker) canadianUnits() {
	a := &c.Address
	if a.Country != "CA" {
		return
	}
	for _, f := range []field{{"line1", &a.Line1}, {"line2", &a.Line2}, {"line3", &a.Line3}} {
		if strings.ContainsRune(*f.p, '#') {
			c.change(f.name, f.p, withoutSign(*f.p), "Canada Post reads no number sign")
		}
	}
}

// withoutSign moves a unit that has a number sign in front of the house number
// where the line begins with one: 123 Main St #10 is 10-123 Main St. Elsewhere
// the sign becomes the word.
func withoutSign(line string) string {
	head, after, _ := strings.Cut(line, "#")
	unit, rest, _ := strings.Cut(strings.TrimSpace(after), " ")
	unit = strings.Trim(unit, ",")
	head = strings.TrimRight(head, " ,")
	number, _, _ := strings.Cut(head, " ")
	words := strings.Fields(head)
	if len(words) > 0 && isUnitWord(words[len(words)-1]) { // Apt #10
		return strings.TrimSpace(head + " " + unit + " " + withoutSigns(rest))
	}
	if unit != "" && rest == "" && len(words) > 1 && isHouseNumber(number) {
		return unit + "-" + head
	}
	if head != "" {
		head += ", "
	}
	return strings.TrimSpace(head + "Unit " + unit + " " + withoutSigns(rest))
}

func withoutSigns(s string) string { return foldSpace(strings.ReplaceAll(s, "#", " ")) }
