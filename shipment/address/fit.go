package address

import (
	"strings"
	"unicode/utf8"

	"waybill/shipment"
)

// A Fitted is an address as a carrier's systems take it. Address is complete
// only where no issue is an error; Changes lists all that differs.
type Fitted struct {
	Address shipment.Address  `json:"address"`
	Issues  []Issue           `json:"issues"`
	Changes []shipment.Change `json:"changes"`
}

// ForCarrier writes an address, as Check returns it, in the letters and within
// the lengths that the carrier takes. Lines are divided between words, the unit
// moves to a line of its own, then words are abbreviated as the post does; what
// then is still too long is an error for a person to decide. No word is ever cut.
func ForCarrier(a shipment.Address, l Limits) Fitted {
	c := &checker{Result: Result{Address: a}}
	if c.overlong() {
		c.lengths()
		return Fitted{Address: a, Issues: c.Issues}
	}
	c.latin(l.Alphabet)
	c.canadianUnits()
	c.fitLines(l)
	for _, f := range []struct {
		name string
		p    *string
		max  int
	}{{"name", &c.Address.Name, l.Name}, {"company", &c.Address.Company, l.Company}, {"city", &c.Address.City, l.City}} {
		if n := utf8.RuneCountInString(*f.p); n > f.max {
			c.issue(f.name, TooLong, Error, "%d characters are more than %s takes (%d); shorten it", n, l.Carrier, f.max)
		}
	}
	return Fitted{Address: c.Address, Issues: c.Issues, Changes: c.Changes}
}

// fitLines writes the street lines anew where one is too long, or where there
// are more than the carrier has.
func (c *checker) fitLines(l Limits) {
	given := lines(c.Address)
	if fits(given, l) {
		return
	}
	const moved = "divided between words to fit the carrier's lines"
	short := c.abbreviated(given)
	const joinedToo, abbreviated = "lines joined and divided between words to fit the carrier's", "abbreviated as the post does and divided anew to fit the carrier's lines"
	for _, try := range []struct {
		lines []string
		why   string
	}{
		{wrapLines(given, l.Street, atSigns), moved},
		{wrapLines(together(given), l.Street, atSigns), joinedToo},
		{wrapLines(together(given), l.Street, betweenAny), joinedToo},
		{wrapLines(short, l.Street, atSigns), abbreviated},
		{wrapLines(together(short), l.Street, atSigns), abbreviated},
		{wrapLines(together(short), l.Street, betweenAny), abbreviated},
	} {
		if !fits(try.lines, l) {
			continue
		}
		for i, p := range []*string{&c.Address.Line1, &c.Address.Line2, &c.Address.Line3} {
			now := ""
			if i < len(try.lines) {
				now = try.lines[i]
			}
			c.change([]string{"line1", "line2", "line3"}[i], p, now, try.why)
		}
		return
	}
	longest := 0
	for i, line := range given {
		if utf8.RuneCountInString(line) > utf8.RuneCountInString(given[longest]) {
			longest = i
		}
	}
	c.issue([]string{"line1", "line2", "line3"}[longest], TooLong, Error,
		"%s takes %d lines of %d characters, and the street does not fit them; shorten it, nothing is cut by itself", l.Carrier, l.StreetLines, l.Street)
}

func lines(a shipment.Address) []string {
	var out []string
	for _, l := range []string{a.Line1, a.Line2, a.Line3} {
		if l != "" {
			out = append(out, l)
		}
	}
	return out
}

func fits(list []string, l Limits) bool {
	if len(list) > l.StreetLines {
		return false
	}
	for _, s := range list {
		if utf8.RuneCountInString(s) > l.Street {
			return false
		}
	}
	return true
}

// A wrapping says where lines are divided.
type wrapping bool

const (
	atSigns    wrapping = true  // before a unit or behind a comma, where there is one
	betweenAny wrapping = false // as far right as words allow
)

func together(lines []string) []string { return []string{strings.Join(lines, ", ")} }

// wrapLines divides lines between words, and never behind a house number.
func wrapLines(given []string, limit int, where wrapping) []string {
	var out []string
	for _, line := range given {
		for utf8.RuneCountInString(line) > limit {
			at := breakAt(line, limit, where)
			if at <= 0 {
				break
			}
			out = append(out, strings.TrimRight(line[:at], " ,"))
			line = strings.TrimLeft(line[at:], " ,")
		}
		out = append(out, line)
	}
	return out
}

// breakAt returns where to divide a line so that the first part is within the
// limit: before its unit, behind a comma, or at the last space that does not
// part a number from its word. 0 says nowhere.
func breakAt(line string, limit int, where wrapping) int {
	end, n := len(line), 0
	for i := range line {
		if n == limit+1 {
			end = i
			break
		}
		n++
	}
	words, at := strings.Split(line, " "), 0
	comma, space, unit := 0, 0, 0
	for i, w := range words {
		if i > 0 && at <= end {
			before := words[i-1]
			switch {
			case strings.HasSuffix(before, ","):
				comma, space = at, at
			case i > 1 && isUnitWord(w) && i+1 < len(words):
				unit, space = at, at
			case hasDigit(before) && (i == 1 || isUnitWord(words[max(0, i-2)]) && i == 2) || isUnitWord(before) || hasDigit(w) && !startsUnit(w):
				// a number stays with the word it belongs to
			default:
				space = at
			}
		}
		at += len(w) + 1
	}
	switch {
	case unit > 0 && where == atSigns:
		return unit
	case comma > 0 && where == atSigns:
		return comma
	}
	return space
}

func startsUnit(w string) bool { return strings.HasPrefix(w, "#") }

// isUnitWord reports whether w announces a flat, floor or room, in the words
// of the countries with most parcels.
func isUnitWord(w string) bool {
	switch strings.ToLower(strings.Trim(w, ".,")) {
	case "apt", "apartment", "suite", "ste", "unit", "flat", "floor", "fl", "room", "rm", "bldg", "building", "#", "level", "lot", "trlr",
		"app", "appt", "etage", "étage", "bat", "bât", "wohnung", "whg", "piso", "depto", "dpto", "puerta", "int", "interno", "apto", "bloco", "kv", "кв", "lgh", "m":
		return true
	}
	return strings.HasPrefix(w, "#") && len(w) > 1
}

// abbreviated returns the lines in their shortest good form: after Publication
// 28 in the United States, elsewhere the words that every post abbreviates.
func (c *checker) abbreviated(given []string) []string {
	if c.Address.Country == "US" {
		d := StandardUS(given...)
		out := append([]string{}, d.Above...)
		if d.Street != "" {
			out = append(out, d.Street)
		}
		if d.Unit != "" {
			out = append(out, d.Unit)
		}
		return out
	}
	out := make([]string, len(given))
	for i, l := range given {
		words := strings.Fields(l)
		for j, w := range words {
			words[j] = shortWord(w)
		}
		out[i] = strings.Join(words, " ")
	}
	return out
}

// shortWord abbreviates the generic words of streets that cannot be mistaken.
func shortWord(w string) string {
	folded := strings.ToLower(w)
	if s, ok := shortWords[folded]; ok {
		return s
	}
	for _, end := range []string{"straße", "strasse"} {
		if head, ok := strings.CutSuffix(w, end); ok && len(head) > 2 {
			return head + "str."
		}
	}
	return w
}

// Common abbreviations of street words, from general knowledge of the posts'
// address pages.
var shortWords = map[string]string{
	"street": "St", "road": "Rd", "avenue": "Ave", "boulevard": "Blvd", "building": "Bldg", "apartment": "Apt", "floor": "Fl", "industrial": "Ind",
	"estate": "Est", "straße": "Str.", "strasse": "Str.", "platz": "Pl.", "calle": "C.", "avenida": "Av.", "carretera": "Ctra.", "edificio": "Edif.",
	"bâtiment": "Bât.", "résidence": "Rés.", "appartement": "App.", "place": "Pl", "piazza": "P.za", "viale": "V.le", "corso": "C.so",
	"rua": "R.", "travessa": "Tv.", "apartamento": "Apto.", "departamento": "Depto.", "colonia": "Col.",
}
