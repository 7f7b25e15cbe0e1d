package virtual

import (
	"bytes"
	"strconv"
	"strings"
)

// An event is what the parser found in the stream.
type event struct {
	kind eventKind
	name string // of a control or a variable
	format
}

type eventKind int

const (
	gotFormat   eventKind = iota // a whole format
	gotControl                   // an immediate ~ command
	gotVariable                  // getvar
)

// controls are the immediate commands that do something here. Every other ~
// command is left where it stands.
func controls() []string { return []string{"HS", "HI", "HQES", "JA", "PP", "PS"} }

const (
	maxFormat   = 8 << 20 // a longer format is dropped: no label is that large
	maxVariable = 256
)

// A parser finds formats and questions in a stream that may be cut into pieces
// anywhere. The zero parser is ready.
type parser struct {
	inFormat bool
	body     []byte // of the open format
	prefix   byte   // '^', '~' or '!' while a command's name is read
	name     []byte
}

// partial reports whether a format has begun and not ended.
func (p *parser) partial() bool { return p.inFormat }

// feed takes one byte and returns the event that it completes, if any.
func (p *parser) feed(b byte) (event, bool) {
	switch p.prefix {
	case '^':
		return p.caret(b)
	case '~':
		return p.tilde(b)
	case '!':
		return p.bang(b)
	}
	p.plain(b)
	return event{}, false
}

// plain takes a byte outside a command's name.
func (p *parser) plain(b byte) {
	switch {
	case b == '^', b == '~', b == '!' && !p.inFormat:
		p.prefix, p.name = b, p.name[:0]
	case p.inFormat:
		p.keep(b)
	}
}

// keep puts bytes into the open format, and drops a format without end.
func (p *parser) keep(b ...byte) {
	p.body = append(p.body, b...)
	if len(p.body) > maxFormat {
		p.inFormat, p.body = false, nil
	}
}

// caret takes a byte of a ^ command's two-letter name.
func (p *parser) caret(b byte) (event, bool) {
	if b == '^' || b == '~' { // the name was cut short: garbage, or a lone prefix
		p.giveBack('^')
		p.prefix = b
		return event{}, false
	}
	if p.name = append(p.name, b); len(p.name) < 2 {
		return event{}, false
	}
	name := strings.ToUpper(string(p.name))
	switch {
	case name == "XA": // also inside a format: the end of that one was lost
		p.inFormat, p.body = true, append([]byte(nil), '^', p.name[0], p.name[1])
		p.prefix = 0
	case name == "XZ" && p.inFormat:
		p.keep('^', p.name[0], p.name[1])
		f := format{bytes: p.body, quantity: quantity(p.body)}
		p.inFormat, p.body, p.prefix = false, nil, 0
		if f.bytes != nil {
			return event{kind: gotFormat, format: f}, true
		}
	default:
		p.giveBack('^')
	}
	return event{}, false
}

// tilde takes a byte of a ~ command's name, which is as long as its longest
// match among the controls.
func (p *parser) tilde(b byte) (event, bool) {
	if b == '^' || b == '~' {
		p.giveBack('~')
		p.prefix = b
		return event{}, false
	}
	p.name = append(p.name, b)
	name := strings.ToUpper(string(p.name))
	for _, c := range controls() {
		if c == name {
			p.prefix = 0
			return event{kind: gotControl, name: name}, true
		}
		if strings.HasPrefix(c, name) {
			return event{}, false
		}
	}
	p.giveBack('~')
	return event{}, false
}

// bang takes a byte of a line such as ! U1 getvar "odometer.total_label_count".
func (p *parser) bang(b byte) (event, bool) {
	switch {
	case b == '^', b == '~': // a label follows noise
		p.prefix, p.name = b, p.name[:0]
		return event{}, false
	case b != '\r' && b != '\n':
		if p.name = append(p.name, b); len(p.name) > maxVariable {
			p.prefix = 0
		}
		return event{}, false
	}
	p.prefix = 0
	words := strings.Fields(string(p.name))
	if len(words) == 3 && strings.EqualFold(words[0], "U1") && strings.EqualFold(words[1], "getvar") {
		return event{kind: gotVariable, name: strings.Trim(words[2], `"`)}, true
	}
	return event{}, false
}

// giveBack returns a command that means nothing here to the format it stands in.
func (p *parser) giveBack(prefix byte) {
	if p.inFormat {
		p.keep(prefix)
		p.keep(p.name...)
	}
	p.prefix, p.name = 0, p.name[:0]
}

// quantity returns the labels a format asks for: the first number of its last
// ^PQ.
func quantity(body []byte) int {
	i := bytes.LastIndex(bytes.ToUpper(body), []byte("^PQ"))
	if i < 0 {
		return 1
	}
	rest := body[i+3:]
	end := 0
	for end < len(rest) && rest[end] >= '0' && rest[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(string(rest[:end]))
	if err != nil || n < 1 || n > 99_999_999 {
		return 1
	}
	return n
}
