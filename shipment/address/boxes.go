package address

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"waybill/shipment"
)

// A boxKind is a place at a post or carrier that is no door.
type boxKind uint8

const (
	noBox     boxKind = iota
	postBox           // a box at a post office
	keptThere         // kept at a post office until it is called for
	aLocker           // a locker or shop of one carrier
)

// IsPOBox reports whether the address is at a post office, in a box or to be
// called for, where only the post delivers.
func IsPOBox(a shipment.Address) bool {
	_, kind := boxField(a)
	return kind == postBox || kind == keptThere
}

// IsMilitary reports whether the address is of the United States' forces or
// diplomats abroad.
func IsMilitary(a shipment.Address) bool {
	return a.Country == "US" && (isMilitaryRegion(a.Region) || isMilitaryCity(a.City))
}

func isMilitaryRegion(r string) bool { return r == "AA" || r == "AE" || r == "AP" }

func isMilitaryCity(city string) bool {
	switch strings.ToUpper(city) {
	case "APO", "FPO", "DPO":
		return true
	}
	return false
}

// boxField returns where the address names a box, and which: a post's before
// a carrier's.
func boxField(a shipment.Address) (string, boxKind) {
	field, kind := "", noBox
	for _, f := range []struct{ name, text string }{{"line1", a.Line1}, {"line2", a.Line2}, {"line3", a.Line3}, {"company", a.Company}, {"city", a.City}} {
		if f.text == "" || len(f.text) > mostBytes {
			continue
		}
		switch k := boxOf(f.text, a.Country, f.name == "city"); {
		case k == noBox:
		case k != aLocker:
			return f.name, k
		case kind == noBox:
			field, kind = f.name, k
		}
	}
	return field, kind
}

func (c *checker) boxes() {
	a := c.Address
	switch f := c.boxIn; c.box {
	case postBox:
		c.issue(f, POBox, Warning, "a post office box: only the post delivers there")
	case keptThere:
		c.issue(f, GeneralDelivery, Warning, "kept at a post office until it is called for: only the post delivers there")
	case aLocker:
		c.issue(f, ParcelLocker, Warning, "a parcel locker or shop: only the carrier who runs it delivers there%s", c.noCustomerNumber())
	case noBox:
	}
	if a.Country == "US" && isMilitaryRegion(a.Region) && !isMilitaryCity(a.City) && a.City != "" {
		c.issue("city", MilitaryCity, Warning, "military mail to %s goes to APO, FPO or DPO, not to %q", a.Region, a.City)
	}
}

// noCustomerNumber says that a Packstation stands without the buyer's Postnummer,
// by which it opens: six to ten digits, in any line. The station's own number has
// three.
func (c *checker) noCustomerNumber() string {
	a := c.Address
	lines := []string{a.Line1, a.Line2, a.Line3, a.Company, a.Name}
	isPackstation := func(s string) bool { return strings.Contains(strings.ToLower(s), "packstation") }
	isCustomer := func(s string) bool {
		return slices.ContainsFunc(boxWords(nil, s), func(w string) bool { return len(w) >= 6 && len(w) <= 10 && isNumberWord(w) })
	}
	if a.Country != "DE" || !slices.ContainsFunc(lines, isPackstation) || slices.ContainsFunc(lines, isCustomer) {
		return ""
	}
	return "; the buyer's Postnummer (6 to 10 digits) is missing, without which it comes back: ask for it"
}

// boxOf returns what kind of box a line names.
func boxOf(line, country string, city bool) boxKind {
	var room [24]string
	words := boxWords(room[:0], line)
	for i, w := range words {
		for _, p := range boxPhrases()[w] {
			if p.applies(words, i, country, city) {
				return p.kind
			}
		}
	}
	if !city && isASCIIText(line) {
		return noBox
	}
	for _, s := range boxSigns {
		if i := strings.Index(line, s.text); i >= 0 && s.applies(line, i) {
			return s.kind
		}
	}
	return noBox
}

func isASCIIText(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// boxWords cuts a line into lower-case words: runs of letters and runs of
// digits. Signs divide; a letter before a full stop is a word of its own. An
// oblique stands for itself, as in а/я.
func boxWords(out []string, line string) []string {
	line = foldAccents(strings.ToLower(line))
	start, kind := -1, 0
	for i, r := range line {
		k := 0
		switch {
		case unicode.IsLetter(r) || unicode.Is(unicode.M, r):
			k = 1
		case unicode.IsDigit(r):
			k = 2
		case r == '/':
			k = 3
		}
		if k == kind && k != 0 {
			continue
		}
		if start >= 0 {
			out = append(out, line[start:i])
			start = -1
		}
		if kind = k; k != 0 {
			start = i
		}
	}
	if start >= 0 {
		out = append(out, line[start:])
	}
	return out
}

// A boxPhrase is how a language says that a line is a box. What must stand
// around it keeps streets and houses of that name out.
type boxPhrase struct {
	rest    []string // the words after the first
	kind    boxKind
	needs   need
	in      string // countries, divided by spaces; empty: all
	inCity  bool   // stands with the city
	onlyTop bool   // only where the line begins with it
}

// A need is what must follow a phrase.
type need uint8

const (
	nothing    need = iota
	number          // a number, or a letter and a number
	numberOnly      // a number, and then nothing or a comma's worth of other things
)

func (p boxPhrase) applies(words []string, i int, country string, city bool) bool {
	if p.inCity != city || p.onlyTop && i > 0 || p.in != "" && (country == "" || !strings.Contains(p.in, country)) {
		return false
	}
	rest := words[i+1:]
	if len(rest) < len(p.rest) {
		return false
	}
	for j, w := range p.rest {
		if rest[j] != w {
			return false
		}
	}
	rest = rest[len(p.rest):]
	for len(rest) > 0 && (rest[0] == "no" || rest[0] == "nr" || rest[0] == "num" || rest[0] == "numero" || rest[0] == "n" && len(rest) > 1 || rest[0] == "nº" || rest[0] == "nro") {
		rest = rest[1:]
	}
	switch p.needs {
	case number:
		return len(rest) > 0 && (isNumberWord(rest[0]) || utf8.RuneCountInString(rest[0]) == 1 && (len(rest) == 1 || isNumberWord(rest[1])))
	case numberOnly:
		return len(rest) == 1 && isNumberWord(rest[0])
	case nothing:
	}
	return true
}

func isNumberWord(w string) bool {
	r, _ := utf8.DecodeRuneInString(w)
	return unicode.IsDigit(r)
}
