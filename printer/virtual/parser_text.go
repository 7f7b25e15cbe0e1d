package virtual

import (
	"bytes"
	"strconv"
	"strings"
)

// A Language is what a printer takes for commands.
type Language string

// The languages. In CPCL and Line a printer prints the letters of every ZPL
// command, which is why a host must know the language before it asks.
const (
	ZPL  Language = "zpl"
	CPCL Language = "cpcl"
	Line Language = "line"
)

// languageOf reads the value of device.languages.
func languageOf(s string) (Language, bool) {
	s = strings.ToLower(s)
	switch {
	case strings.Contains(s, "zpl"): // also epl_zpl and hybrid_xml_zpl
		return ZPL, true
	case strings.Contains(s, "cpcl"):
		return CPCL, true
	case strings.HasPrefix(s, "line"):
		return Line, true
	}
	return "", false
}

// bang takes a byte of a line such as ! U1 getvar "odometer.total_label_count".
func (p *parser) bang(b byte) (event, bool) {
	switch {
	case b == p.chars.Format, b == p.chars.Control: // a label follows noise
		p.lead = 0
		p.plain(b)
		return event{}, false
	case b != '\r' && b != '\n':
		if p.name = append(p.name, b); len(p.name) > maxVariable {
			p.lead = 0
		}
		return event{}, false
	}
	line := string(p.name[1:])
	p.lead, p.name = 0, p.name[:0]
	return p.variable(line)
}

// variable reads the line behind an exclamation mark.
func (p *parser) variable(line string) (event, bool) {
	words := quoted(line)
	if len(words) < 3 || !strings.EqualFold(words[0], "U1") {
		if len(words) > 0 {
			return event{kind: gotUnknown, name: "! " + readable(strings.Join(words[:min(2, len(words))], " "))}, true
		}
		return event{}, false
	}
	e := event{name: words[2]}
	if len(words) > 3 {
		e.value = words[3]
	}
	switch verb := strings.ToLower(words[1]); {
	case verb == "getvar" && len(words) == 3:
		e.kind = gotVariable
	case verb == "setvar" && len(words) == 4:
		e.kind = gotSetting
		if l, ok := languageOf(e.value); ok && e.name == "device.languages" {
			p.language = l
		}
	case verb == "do":
		e.kind = gotAction
	default:
		e = event{kind: gotUnknown, name: "! U1 " + readable(words[1])}
	}
	return e, true
}

// quoted divides a line at its spaces, but for those in quotation marks.
func quoted(line string) []string {
	var words []string
	for {
		line = strings.TrimLeft(line, " \t\x00")
		if line == "" {
			return words
		}
		var word string
		if rest, ok := strings.CutPrefix(line, `"`); ok {
			word, line, _ = strings.Cut(rest, `"`)
		} else {
			word, line, _ = strings.Cut(line, " ")
		}
		words = append(words, word)
	}
}

// textual takes a byte where the language is not ZPL: lines.
func (p *parser) textual(b byte) (event, bool) {
	if p.name = append(p.name, b); b != '\n' && len(p.name) < maxLine {
		return event{}, false
	}
	line := bytes.Clone(p.name)
	p.name = p.name[:0]
	words := strings.Fields(string(line))
	switch {
	case p.cpcl == nil && len(words) == 0: // no ink
		return event{}, false
	case p.cpcl != nil:
		p.cpcl = append(p.cpcl, line...)
		if len(words) == 1 && strings.EqualFold(words[0], "PRINT") {
			source := p.cpcl
			p.cpcl = nil
			return event{kind: gotFormat, format: format{source: source, language: CPCL}}, true
		}
		if len(p.cpcl) > maxFormat {
			p.lost = "a format"
			p.cpcl = nil
		}
		return event{}, false
	case len(words) > 2 && words[0] == "!" && strings.EqualFold(words[1], "U1"):
		return p.variable(strings.TrimSpace(strings.TrimPrefix(string(line), "!")))
	case len(words) > 4 && words[0] == "!" && p.language == CPCL:
		p.cpcl = line
		return event{}, false
	}
	return event{kind: gotText, data: line}, true
}

// cpclQuantity returns the labels that a CPCL session asks for: the fifth
// number of its first line.
func cpclQuantity(source []byte) int {
	line, _, _ := bytes.Cut(source, []byte("\n"))
	words := strings.Fields(string(line))
	if len(words) < 6 {
		return 1
	}
	n, err := strconv.Atoi(words[5])
	if err != nil || n < 1 || n > maxQuantity {
		return 1
	}
	return n
}
