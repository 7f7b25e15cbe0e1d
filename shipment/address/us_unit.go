package address

import (
	"strings"
	"unicode/utf8"
)

// isUSUnit reports whether a line is a secondary unit and nothing else.
func isUSUnit(words []string) bool {
	if words[0] == "#" && len(words) == 2 || words[0] == "PMB" && len(words) > 1 {
		return true
	}
	street, unit := usUnit(append([]string{"", ""}, words...))
	return unit != "" && strings.TrimSpace(strings.Join(street, "")) == ""
}

// usUnit takes the secondary units off the end of a line and writes them in
// the standard form. What is no unit beyond doubt stays with the street.
func usUnit(words []string) (street []string, unit string) {
	var units []string
	for len(words) > 2 {
		n, u := usLastUnit(words)
		if n == 0 {
			break
		}
		units = append([]string{u}, units...)
		words = words[:len(words)-n]
	}
	return words, strings.Join(units, " ")
}

// usLastUnit returns the unit that words end with and how many words it is.
func usLastUnit(words []string) (int, string) {
	t := usTable()
	last := words[len(words)-1]
	if std := t.unit[last]; std != "" && t.alone[std] && len(words) > 2 {
		return 1, std
	}
	id := []string{last}
	at := len(words) - 2
	if words[at] == "#" {
		if at > 0 && (t.unit[words[at-1]] != "" || words[at-1] == "PMB") {
			at-- // APT # 4
		} else {
			return 2, "# " + last
		}
	} else if at > 0 && usStrongUnit(t.unit[words[at-1]]) && isUnitID(words[at]) && utf8.RuneCountInString(last) == 1 {
		id = []string{words[at], last} // APT 4 B
		at--
	}
	std := t.unit[words[at]]
	switch {
	case words[at] == "PMB" && hasDigit(last):
		std = "PMB"
	case std == "":
		return 0, ""
	case usStrongUnit(std) && t.suffix[last] == "" || isUnitID(last) && hasDigit(last):
	case isUnitID(last) && usStrongUnit(std):
	default:
		return 0, ""
	}
	n := len(words) - at
	return n, std + " " + strings.Join(id, "")
}

// usStrongUnit reports whether the designator is no word of street names, so
// that whatever stands after it is its number.
func usStrongUnit(std string) bool {
	switch std {
	case "APT", "STE", "UNIT", "BLDG", "RM", "TRLR", "DEPT", "HNGR":
		return true
	}
	return false
}

func isUnitID(w string) bool { return hasDigit(w) || utf8.RuneCountInString(w) == 1 }
