package address

import (
	"strings"
	"unicode"

	"waybill/shipment"
)

// Lines returns the address as its destination's post wants to read it, top to
// bottom. The country's name in English stands last unless the parcel starts
// in that country, origin. The phone is no part of it, nor is a region where the
// post never writes one.
func Lines(a shipment.Address, origin string) []string {
	f := formatOf(a.Country)
	layout := f.layout
	values := map[rune]string{
		'N': a.Name, 'O': a.Company, 'D': a.District, 'C': a.City, 'S': a.Region, 'Z': a.PostalCode,
	}
	if f.local != "" && isEastAsian(a.Line1+a.City+a.Region) {
		layout = f.local
		dropRepeated(values, a.Line1)
	}
	for _, r := range f.upper {
		values[r] = strings.ToUpper(values[r])
	}
	var out []string
	for part := range strings.SplitSeq(layout, "|") {
		if part == "A" {
			for _, l := range []string{a.Line1, a.Line2, a.Line3} {
				if strings.Contains(f.upper, "A") {
					l = strings.ToUpper(l)
				}
				out = appendLine(out, l)
			}
			continue
		}
		out = appendLine(out, line(part, values))
	}
	if a.Country != origin {
		name, _ := CountryName(a.Country)
		out = appendLine(out, strings.ToUpper(name))
	}
	return out
}

func appendLine(lines []string, l string) []string {
	if l == "" {
		return lines
	}
	return append(lines, l)
}

func line(layout string, values map[rune]string) string {
	var b strings.Builder
	for w := range strings.FieldsSeq(layout) {
		s := word(w, values)
		if s == "" {
			continue
		}
		if tight := s[0] == ',' || s[0] == '/'; b.Len() == 0 && tight {
			s = s[1:]
		} else if b.Len() > 0 && !tight {
			b.WriteByte(' ')
		}
		b.WriteString(s)
	}
	return strings.TrimSpace(b.String())
}

// word writes one word of a layout. Its signs appear only with the field they
// stand at: before the first, after the last, between two that are both there.
func word(w string, values map[rune]string) string {
	var b strings.Builder
	pending, fields, last := "", 0, false
	for _, r := range w {
		v, isField := values[r]
		if !isField {
			pending += strings.ReplaceAll(string(r), "_", " ")
			continue
		}
		last = v != ""
		if last {
			if fields == 0 || b.Len() > 0 {
				b.WriteString(pending)
			}
			b.WriteString(v)
		}
		fields++
		pending = ""
	}
	if last {
		b.WriteString(pending)
	}
	return b.String()
}

// dropRepeated takes out of an address in local order what its street line
// says again, as exports from these countries often do.
func dropRepeated(values map[rune]string, street string) {
	region, city := values['S'], values['C']
	switch {
	case region != "" && strings.HasPrefix(street, region):
		values['S'], values['C'] = "", ""
		if !strings.HasPrefix(street, region+city) {
			values['C'] = city
		}
	case city != "" && strings.HasPrefix(street, city):
		values['C'] = ""
	}
}

func isEastAsian(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul)
	})
}
