package address

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"waybill/shipment"
)

// Lines returns the address as its destination's post wants to read it, top to
// bottom. The country stands last, in the language of origin, the country that the parcel
// starts in, unless that is the destination; where origin is not known, in English.
// The phone is no part of the address, nor is a region where the post never
// writes one.
func Lines(a shipment.Address, origin string) []string {
	land := formatOf(a.Country)
	local := isLocal(a)
	l := land.latin
	if local {
		l = land.layout
	}
	w := writer{land: land, crosses: a.Country != origin, lines: make([]string, 0, 8)}
	w.street = [3]string{a.Line1, a.Line2, a.Line3}
	w.values = [256]string{'N': a.Name, 'O': a.Company, 'D': a.District, 'C': a.City, 'S': land.labelRegion(a), 'Z': a.PostalCode}
	switch {
	case local && usesEastAsian(a):
		w.dropRepeated()
	case a.Line2 != "" && strings.Contains(frenchPost, a.Country):
		w.frenchOrder()
	}
	w.sayOnce(l)
	for _, r := range []byte(land.upper) {
		if r == 'A' {
			for i, s := range w.street {
				w.street[i] = Upper(s)
			}
			continue
		}
		w.values[r] = Upper(w.values[r])
	}
	for _, line := range l {
		w.line(line)
	}
	switch {
	case a.Country == "ZZ": // nobody knows where
	case !known(a.Country):
		w.add(Upper(a.Country)) // as it was given: the issue says that it is none
	case w.crosses && !isForces(a):
		w.add(Upper(land.nameFor(origin, a)))
	}
	return w.lines
}

// SenderLines returns the address that a parcel comes from as it stands on its
// label: as the sender's own post writes it, and, where destination is another
// country, with the sender's last. That is in English, which a post anywhere can
// read when it sends the parcel back.
func SenderLines(a shipment.Address, destination string) []string {
	lines := Lines(a, a.Country)
	name, known := CountryName(a.Country)
	if len(lines) == 0 || !known || destination == "" || destination == a.Country || isForces(a) {
		return lines
	}
	return append(lines, Upper(name))
}

// Upper writes s in capitals, as labels have them. A ß stays: its capital is in few label fonts, and SS
// is another spelling. Greek capitals have no accents: Αθήνα is ΑΘΗΝΑ.
func Upper(s string) string {
	s = strings.ToUpper(s)
	if strings.IndexByte(s, greekAccented[0]) < 0 { // they all begin with it
		return s
	}
	var b strings.Builder
	apart := false // the vowel before had an accent, which kept it apart from Ι or Υ
	for _, r := range s {
		switch {
		case apart && r == 'Ι':
			r = 'Ϊ'
		case apart && r == 'Υ':
			r = 'Ϋ'
		}
		i := strings.IndexRune(greekAccented, r)
		apart = i >= 0 && r != 'ΐ' && r != 'ΰ'
		if i >= 0 {
			r, _ = utf8.DecodeRuneInString(greekPlain[i:])
		}
		b.WriteRune(r)
	}
	return b.String()
}

// greekAccented are the Greek letters with an accent that strings.ToUpper may
// leave, and greekPlain the capitals they stand for, at the same bytes.
const (
	greekAccented = "ΆΈΉΊΌΎΏΐΰ"
	greekPlain    = "ΑΕΗΙΟΥΩΪΫ"
)

// isForces reports whether the address is of the British forces' post, which goes
// to Britain from anywhere and must name no place abroad.
func isForces(a shipment.Address) bool {
	return a.Country == "GB" && strings.HasPrefix(a.PostalCode, "BFPO")
}

// labelRegion returns the region as a label shows it.
func (c *country) labelRegion(a shipment.Address) string {
	switch {
	case a.Region == "" || c.code != "ES":
		return a.Region
	}
	r, ok := c.findOne(a.Region, a.PostalCode)
	if !ok {
		return a.Region
	}
	if c.sameName(a.City, r) {
		return "" // 28013 MADRID is in the province of Madrid
	}
	return r.name
}

// nameFor returns the country's name in the language of origin. A name in
// Japanese or Chinese letters is written only beside an address in such
// letters; elsewhere it would ask for a font that the label does without, and
// English is known to every post.
func (c *country) nameFor(origin string, a shipment.Address) string {
	lang := language(origin)
	if (lang == "ja" || lang == "zh") && !usesEastAsian(a) {
		lang = "en"
	}
	if n := c.names[lang]; n != "" {
		return n
	}
	return c.name()
}

// language returns the language in which a country's post reads the names of
// others. Belgium, Luxembourg and Switzerland have several; French is among
// them and is the language of the Universal Postal Union.
func language(origin string) string {
	switch origin {
	case "FR", "MC", "BE", "LU", "CH", "GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "NC", "PF", "WF", "TF",
		"SN", "CI", "ML", "BF", "NE", "TG", "BJ", "GN", "GA", "CG", "CD", "CF", "TD", "CM", "MG", "HT", "DJ", "KM":
		return "fr"
	case "DE", "AT", "LI":
		return "de"
	case "ES", "MX", "AR", "CO", "CL", "PE", "EC", "BO", "PY", "UY", "VE", "CR", "GT", "HN", "NI", "PA", "SV", "CU", "DO", "GQ":
		return "es"
	case "IT", "SM", "VA":
		return "it"
	case "NL", "SR", "AW", "CW", "SX", "BQ":
		return "nl"
	case "PT", "BR", "AO", "MZ", "CV", "GW", "ST":
		return "pt"
	case "JP":
		return "ja"
	case "CN", "TW", "HK", "MO":
		return "zh"
	}
	return "en"
}

// A writer puts the fields of an address into a layout.
type writer struct {
	land    *country
	crosses bool // the parcel crosses the border
	values  [256]string
	street  [3]string
	lines   []string
}

func (w *writer) add(line string) {
	if line = strings.TrimSpace(line); line != "" {
		w.lines = append(w.lines, line)
	}
}

// line writes one line. What stands before a field is written with it; a sign
// that joins two fields, only between two.
func (w *writer) line(parts layoutLine) {
	if len(parts) == 1 && parts[0].field == 'A' {
		for _, s := range w.street {
			w.add(s)
		}
		return
	}
	if len(parts) == 1 && parts[0].field != 0 {
		w.single(parts[0].field)
		return
	}
	var b strings.Builder
	before, last := "", true // last: the field before is there
	for i, p := range parts {
		switch {
		case p.field != 0:
			v := w.values[p.field]
			if v != "" {
				switch sign := strings.ContainsAny(before, ",/-"); {
				case !sign, b.Len() > 0 && last, i == 1:
					b.WriteString(before)
				case b.Len() > 0:
					b.WriteByte(' ')
				}
				b.WriteString(v)
			}
			before, last = "", v != ""
		case p.always:
			b.WriteString(p.text)
		case p.prefix && !w.crosses:
		case i == len(parts)-1:
			if w.values[parts[i-1].field] != "" {
				b.WriteString(p.text)
			}
		default:
			before += p.text
		}
	}
	w.add(b.String())
}

// single writes a line of one field, unless it says again what another has said.
func (w *writer) single(field byte) {
	v := w.values[field]
	if field == 'C' && (w.land.namesItself(v) || v == w.values['Z']) {
		return
	}
	w.add(v)
}

// namesItself reports whether a city is said by the layout anyhow, as
// Singapore's is.
func (c *country) namesItself(city string) bool {
	for _, line := range c.latin {
		for _, p := range line {
			if p.always && foldName(strings.TrimSpace(p.text)) == foldName(city) {
				return true
			}
		}
	}
	return false
}

// sayOnce drops the region, or the city, where both have the same name, as in
// Dubai, Moscow and Beijing: the one that has a line of its own, if any has.
func (w *writer) sayOnce(l layout) {
	city, region := w.values['C'], w.values['S']
	if city == "" || region == "" || city != region && withoutKind(foldName(city)) != withoutKind(foldName(region)) {
		return
	}
	for _, field := range []byte{'S', 'C'} {
		for _, line := range l {
			if len(line) == 1 && line[0].field == field {
				w.values[field] = ""
				return
			}
		}
	}
	w.values['S'] = ""
}

// dropRepeated takes out of an address in local order what its street line
// says again, as exports from these countries often do.
func (w *writer) dropRepeated() {
	region, city, street := w.values['S'], w.values['C'], w.street[0]
	if region != "" && strings.HasPrefix(city, region) {
		w.values['S'] = ""
		region, city = city, ""
	}
	switch {
	case region != "" && strings.HasPrefix(street, region):
		w.values['S'] = ""
		if city == "" || strings.HasPrefix(street, region+city) {
			w.values['C'] = ""
		}
	case city != "" && strings.HasPrefix(street, city):
		w.values['C'] = ""
	}
}

func usesEastAsian(a shipment.Address) bool {
	return isEastAsian(a.Line1) || isEastAsian(a.City) || isEastAsian(a.Region)
}

func isEastAsian(s string) bool {
	for _, r := range s {
		if r >= 0x1100 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) {
			return true
		}
	}
	return false
}
