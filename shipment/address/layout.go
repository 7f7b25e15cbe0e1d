package address

import (
	"strings"
	"unicode"
)

// A layout is the lines of an address, top to bottom.
type layout []layoutLine

type layoutLine []part

// A part is a field, or what stands between fields.
type part struct {
	field  byte   // N O A D C S Z; 0: text
	text   string // punctuation, a name or a prefix
	always bool   // the text is a name, which stands there whatever else does
	prefix bool   // the text is before the postcode when it crosses the border
}

// parseLayout reads a format of the address data, in which %N is the name, %O
// the organisation, %A the street lines, %D the district, %C the city, %S the
// region, %Z the postcode and %n a new line. The sorting code, %X, has no
// field here. Fields that the format leaves out are put where they do no harm,
// so that nothing that a customer gave is lost.
func parseLayout(format string, c *country) layout {
	var out layout
	for l := range strings.SplitSeq(format, "%n") {
		var line layoutLine
		for i, piece := range strings.Split(l, "%") {
			text := piece
			if i > 0 && piece != "" {
				if piece[0] != 'X' {
					line = append(line, part{field: piece[0]})
				}
				text = piece[1:]
			}
			if text != "" {
				line = append(line, c.textPart(text))
			}
		}
		if len(line) > 0 {
			out = append(out, line)
		}
	}
	return c.complete(out)
}

func (c *country) textPart(text string) part {
	bare := strings.Trim(text, " -")
	switch {
	case c.prefix != "" && bare == strings.Trim(c.prefix, " -"):
		return part{text: text, prefix: true}
	case len(bare) > 3 && strings.ContainsFunc(bare, unicode.IsLetter):
		return part{text: text, always: true}
	}
	return part{text: text}
}

// complete gives district, city, region and postcode a place. An address that
// runs from big to small has them before the street, one from small to big after it;
// the region comes last of them.
func (c *country) complete(l layout) layout {
	street, city := -1, -1
	has := map[byte]bool{}
	for i, line := range l {
		for _, p := range line {
			has[p.field] = true
			switch p.field {
			case 'A':
				street = i
			case 'C':
				city = i
			}
		}
	}
	insert := func(at int, field byte) {
		l = append(l[:at], append(layout{{{field: field}}}, l[at:]...)...)
	}
	before := city >= 0 && city < street || city < 0 && street == 0
	at := street + 1
	if before {
		at = street
	}
	if !has['Z'] && !c.noZip {
		insert(at, 'Z')
	}
	if !has['S'] && !c.noRegion {
		if city > street {
			insert(city+1, 'S')
		} else {
			insert(at, 'S')
		}
	}
	if !has['C'] {
		insert(at, 'C')
	}
	if !has['D'] {
		insert(at, 'D')
	}
	return l
}
