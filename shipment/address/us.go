package address

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A USDelivery is the address lines of an address in the United States as USPS
// Publication 28 writes them: upper case, standard abbreviations, no
// punctuation but that of numbers.
type USDelivery struct {
	Above  []string // lines that stand above: C/O, ATTN, URB, buildings by name
	Street string   // number and street, or box
	Unit   string   // APT 4, STE 200, PMB 12
}

// Line returns the delivery address line: street and unit.
func (d USDelivery) Line() string {
	return strings.TrimSpace(d.Street + " " + d.Unit)
}

// StandardUS standardises address lines of the United States after USPS
// Publication 28. It abbreviates what stands around a street's name and never
// the name: 12 North Ave stays 12 NORTH AVE, Avenue N stays AVENUE N. It is for
// carriers that want the form and for lines that are too long; an address that
// is checked keeps the words of whoever wrote it.
func StandardUS(lines ...string) USDelivery {
	var d USDelivery
	for _, l := range lines {
		if len(l) > mostBytes { // no line of an address
			d.Above = append(d.Above, l)
			continue
		}
		words := usCut(l)
		if len(words) == 0 {
			continue
		}
		if box, ok := usBox(words); ok {
			d.setStreet(box)
			continue
		}
		switch first := words[0]; {
		case first == "C/O" || first == "CO" && len(words) > 2 && !hasDigit(words[1]) && d.Street == "" && len(lines) > 1 || first == "ATTN" || first == "ATTENTION":
			words[0] = map[bool]string{true: "ATTN", false: "C/O"}[strings.HasPrefix(first, "ATT")]
			d.Above = append(d.Above, strings.Join(words, " "))
		case first == "URB" || first == "URBANIZACION" || first == "URBANIZATION":
			words[0] = "URB"
			d.Above = append(d.Above, strings.Join(words, " "))
		case isUSUnit(words):
			_, unit := usUnit(append([]string{"", ""}, words...))
			d.Unit = strings.TrimSpace(d.Unit + " " + unit)
		case d.Street != "" && !startsWithNumber(words):
			d.Above = append(d.Above, strings.Join(words, " "))
		default:
			street, unit := usUnit(words)
			d.setStreet(strings.Join(usStreet(street), " "))
			d.Unit = strings.TrimSpace(unit + " " + d.Unit)
		}
	}
	return d
}

// setStreet puts street in the place of one that has no number, which is then
// the name of a building, and otherwise above.
func (d *USDelivery) setStreet(street string) {
	switch {
	case d.Street == "":
		d.Street = street
	case hasDigit(d.Street):
		d.Above = append(d.Above, street)
	default:
		d.Above = append(d.Above, d.Street)
		d.Street = street
	}
}

// usCut cuts a line into upper-case words without punctuation. Full stops and
// hyphens stay inside numbers (39.2 RD, 112-10 QUEENS BLVD), obliques in
// fractions and C/O.
func usCut(line string) []string {
	in := []rune(strings.ToUpper(foldAccents(line)))
	var b strings.Builder
	for i, r := range in {
		inNumber := i > 0 && i+1 < len(in) && isDigit(in[i-1]) && isDigit(in[i+1])
		switch {
		case r == '.' && inNumber, r == '-', r == '/', r == '&', unicode.IsLetter(r), unicode.IsDigit(r):
			b.WriteRune(r)
		case r == '#':
			b.WriteString(" # ")
		case r == '\'' || r == '’' || r == '.':
			if r == '.' && i+1 < len(in) && i > 1 && unicode.IsLetter(in[i+1]) && unicode.IsLetter(in[i-1]) && unicode.IsLetter(in[i-2]) {
				b.WriteByte(' ') // St.Louis, but not P.O. or U.S.
			}
		default:
			b.WriteByte(' ')
		}
	}
	words := strings.Fields(b.String())
	out := words[:0]
	for _, w := range words {
		if w = strings.Trim(w, "-/"); w != "" {
			out = append(out, w)
		}
	}
	return out
}

func hasDigit(s string) bool {
	for _, r := range s {
		if isDigit(r) || r >= utf8.RuneSelf && unicode.IsDigit(r) {
			return true
		}
	}
	return false
}

// startsWithNumber reports whether a line begins with a house number, be it
// N6W23001 or 112-10.
func startsWithNumber(words []string) bool { return hasDigit(words[0]) }

// usStreet writes number, directionals and suffix of a street.
func usStreet(words []string) []string {
	t := usTable()
	out, rest := usNumber(words)
	name := rest
	var pre, suffix, post string
	if d, n := usDirection(name); n > 0 && len(name) > n && !(len(name) == n+1 && t.suffix[name[n]] != "") {
		pre, name = d, name[n:]
	}
	if d, n := usDirectionAtEnd(name); n > 0 {
		before := name[:len(name)-n]
		last := before[len(before)-1]
		named := t.suffix[last] != "" && len(before) > 1 || hasDigit(last) && len(out) > 0
		if named {
			post, name = d, before
		}
	}
	if s := t.suffix[name[max(0, len(name)-1)]]; s != "" && len(name) > 1 {
		suffix, name = s, name[:len(name)-1]
	}
	for _, w := range append([]string{pre}, name...) {
		if w != "" {
			out = append(out, w)
		}
	}
	for _, w := range []string{suffix, post} {
		if w != "" {
			out = append(out, w)
		}
	}
	return out
}

// usNumber takes the house number and its fraction off, unless nothing is left.
func usNumber(words []string) (number, rest []string) {
	n := 0
	if len(words) > 1 && startsWithNumber(words) {
		n = 1
		if strings.Contains(words[0], ".") && len(words) == 2 {
			return nil, words // a street of a grid, such as 39.2 RD
		}
		if len(words) > 2 && strings.Contains(words[1], "/") && hasDigit(words[1]) {
			n = 2
		}
	}
	return words[:n:n], words[n:]
}

// usDirection returns the directional that words begin with, in one word or
// in two, and how many words it is.
func usDirection(words []string) (string, int) {
	t := usTable().direction
	if len(words) == 0 || t[words[0]] == "" {
		return "", 0
	}
	if len(words) > 2 {
		if d := t[words[0]] + t[words[1]]; len(t[words[1]]) == 1 && len(d) == 2 && t[d] == d {
			return d, 2
		}
	}
	return t[words[0]], 1
}

func usDirectionAtEnd(words []string) (string, int) {
	t := usTable().direction
	n := len(words)
	if n < 2 || t[words[n-1]] == "" {
		return "", 0
	}
	if n > 3 {
		if d := t[words[n-2]] + t[words[n-1]]; len(t[words[n-1]]) == 1 && len(d) == 2 && t[d] == d {
			return d, 2
		}
	}
	return t[words[n-1]], 1
}
