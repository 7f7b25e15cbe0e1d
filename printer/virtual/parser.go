package virtual

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// Prefixes are the characters that mark commands and divide their parameters:
// ^, ~ and a comma, until ^CC, ^CT or ^CD change them.
type Prefixes struct{ Format, Control, Delimiter byte }

func standardPrefixes() Prefixes { return Prefixes{'^', '~', ','} }

// An event is what the parser found in the stream.
type event struct {
	kind   eventKind
	name   string // of a control or a variable
	value  string // of a variable that is set
	data   []byte // of a download, or a line of text
	format format
}

type eventKind int

const (
	gotFormat   eventKind = iota // a whole format
	gotControl                   // an immediate ~ command
	gotDownload                  // ~DG, ~DY and the like, whole
	gotPrefixes                  // ^CC, ^CT or ^CD: the parser has the new ones
	gotVariable                  // getvar
	gotSetting                   // setvar
	gotAction                    // do
	gotText                      // a line, in a language that prints lines
	gotUnknown                   // what stands outside formats and means nothing
)

const (
	maxFormat   = 8 << 20 // a longer format is dropped: no label is that large
	maxVariable = 256
	maxLine     = 4096
)

// A parser finds formats and questions in a stream that may be cut into pieces
// anywhere.
type parser struct {
	chars    Prefixes
	language Language

	inFormat bool
	began    Prefixes // as they were where the open format begins
	body     []byte   // of the open format

	lead byte   // '^', '~' or '!' while a command's name is read
	name []byte // with the prefix that was sent

	watch watch
	seen  []byte // parameters of the command that is watched
	marks []int  // where the first delimiters of a download stand in seen
	whole int    // how long seen is with all hexadecimal data that a download announces; 0 where that is not known
	raw   int    // bytes of binary data still to come, in which nothing is a command

	cpcl []byte // the open CPCL session

	lost string // what was dropped for its length and not told of yet
}

// A watch is why the parser looks at a command's parameters.
type watch int

const (
	watchNothing  watch = iota
	watchPrefix         // ^CC and the like: the next byte
	watchHost           // ~HQ: the next two
	watchGraphic        // ^GF: up to the data, which may be binary
	watchDownload       // ~DG and the like: all of it
)

func newParser() *parser { return &parser{chars: standardPrefixes(), language: ZPL} }

// partial reports whether a format has begun and not ended.
func (p *parser) partial() bool { return p.inFormat || p.cpcl != nil }

// feed takes one byte and returns the event that it completes, if any.
func (p *parser) feed(b byte) (event, bool) {
	e, ok := p.read(b)
	if !ok && p.lost != "" {
		e, ok = event{kind: gotUnknown, name: fmt.Sprintf("%s of more than %d MiB, of which nothing is printed", p.lost, maxFormat>>20)}, true
		p.lost = ""
	}
	return e, ok
}

// read is feed, but for what is too long.
func (p *parser) read(b byte) (event, bool) {
	if p.language != ZPL {
		return p.textual(b)
	}
	if p.raw > 0 {
		return p.binary(b)
	}
	switch p.lead {
	case '^':
		return p.caret(b)
	case '~':
		return p.tilde(b)
	case '!':
		return p.bang(b)
	}
	switch p.watch {
	case watchPrefix:
		return p.newPrefix(b)
	case watchHost:
		return p.hostQuery(b)
	case watchDownload:
		return p.download(b)
	case watchGraphic:
		p.graphic(b)
	case watchNothing:
	}
	p.plain(b)
	return event{}, false
}

// plain takes a byte outside a command's name.
func (p *parser) plain(b byte) {
	switch {
	case b == p.chars.Format:
		p.begin('^', b)
	case b == p.chars.Control:
		p.begin('~', b)
	case b == '!' && !p.inFormat:
		p.begin('!', b)
	case p.inFormat:
		p.keep(b)
	}
}

func (p *parser) begin(lead byte, sent ...byte) {
	p.lead, p.watch, p.seen = lead, watchNothing, nil
	p.name = append(p.name[:0], sent...)
}

// keep puts bytes into the open format, and drops a format without end.
func (p *parser) keep(b ...byte) {
	p.body = append(p.body, b...)
	if len(p.body) > maxFormat {
		p.lost = "a format"
		p.drop()
	}
}

// drop forgets the open format.
func (p *parser) drop() { p.inFormat, p.body = false, nil }

// giveBack returns a command that means nothing here to the format it stands in.
func (p *parser) giveBack() {
	if p.inFormat {
		p.keep(p.name...)
	}
	p.lead, p.name = 0, p.name[:0]
}

// caret takes a byte of a ^ command's two-letter name.
func (p *parser) caret(b byte) (event, bool) {
	if b == p.chars.Format || b == p.chars.Control { // the name was cut short: garbage, or a lone prefix
		p.giveBack()
		p.plain(b)
		return event{}, false
	}
	if p.name = append(p.name, b); len(p.name) < 3 {
		return event{}, false
	}
	switch name := strings.ToUpper(string(p.name[1:])); {
	case name == "XA": // also inside a format: the end of that one was lost
		lost := p.inFormat
		p.inFormat, p.body, p.began, p.lead = true, bytes.Clone(p.name), p.chars, 0
		if lost {
			return event{kind: gotUnknown, name: "^XA inside a format, of which nothing is printed"}, true
		}
	case name == "XZ" && p.inFormat:
		p.giveBack()
		source := p.body
		whole := p.inFormat // unless it grew too long
		p.drop()
		if whole {
			return event{kind: gotFormat, format: format{source: source, prefixes: p.began, language: ZPL}}, true
		}
	case name == "CC" || name == "CT" || name == "CD":
		p.seen, p.watch = []byte(name), watchPrefix
		p.giveBack()
	case name == "GF" && p.inFormat:
		p.giveBack()
		p.watch = watchGraphic
	default:
		p.giveBack()
	}
	return event{}, false
}

// controls are the immediate commands that do something here. Every other ~
// command is left where it stands.
func controls() string {
	return "HS HI HM JA JP JR JX PH PP PR PS WC EG"
}

// tilde takes a byte of a ~ command's two-letter name.
func (p *parser) tilde(b byte) (event, bool) {
	if b == p.chars.Format || b == p.chars.Control {
		p.giveBack()
		p.plain(b)
		return event{}, false
	}
	if p.name = append(p.name, b); len(p.name) < 3 {
		return event{}, false
	}
	switch name := strings.ToUpper(string(p.name[1:])); {
	case name == "HQ":
		p.lead, p.watch = 0, watchHost
	case name == "CC" || name == "CT" || name == "CD":
		p.lead, p.seen, p.watch = 0, []byte(name), watchPrefix
	case name == "DG" || name == "DY" || name == "DB" || name == "DE" || name == "DN" || name == "DS" || name == "DT" || name == "DU":
		p.lead, p.seen, p.watch = 0, []byte("~"+name), watchDownload
		p.marks, p.whole = nil, 0
	case strings.Contains(controls(), name) && !strings.Contains(name, " "):
		p.lead = 0
		if name == "JA" || name == "JR" || name == "JX" {
			p.drop()
		}
		return event{kind: gotControl, name: name}, true
	default:
		p.giveBack()
		if !p.inFormat {
			return event{kind: gotUnknown, name: "~" + readable(name)}, true
		}
	}
	return event{}, false
}

// readable keeps names readable whatever the bytes were.
func readable(s string) string {
	q := strconv.QuoteToASCII(s)
	return q[1 : len(q)-1]
}

// newPrefix takes the new prefix of ^CC, ^CT, ^CD or one of their ~ twins.
func (p *parser) newPrefix(b byte) (event, bool) {
	switch string(p.seen) {
	case "CC":
		p.chars.Format = b
	case "CT":
		p.chars.Control = b
	case "CD":
		p.chars.Delimiter = b
	}
	if p.inFormat && len(p.body) > 0 {
		p.keep(b)
	}
	p.watch, p.seen = watchNothing, nil
	return event{kind: gotPrefixes}, true
}

// hostQuery takes the two letters of what ~HQ asks for.
func (p *parser) hostQuery(b byte) (event, bool) {
	if b == p.chars.Format || b == p.chars.Control {
		p.watch, p.seen = watchNothing, nil
		p.plain(b)
		return event{}, false
	}
	if p.seen = append(p.seen, b); len(p.seen) < 2 {
		return event{}, false
	}
	name := "HQ" + strings.ToUpper(string(p.seen))
	p.watch, p.seen = watchNothing, nil
	return event{kind: gotControl, name: name}, true
}

// graphic looks at the parameters of ^GF. The data of compression B and C is
// binary, and as long as its second parameter says.
func (p *parser) graphic(b byte) {
	p.seen = append(p.seen, b)
	parts := bytes.Split(p.seen, []byte{p.chars.Delimiter})
	if len(parts) == 2 && (len(parts[0]) != 1 || upper(parts[0][0]) == 'A') || len(p.seen) > 64 {
		p.watch, p.seen = watchNothing, nil
		return
	}
	if len(parts) == 5 {
		if n, err := strconv.Atoi(string(bytes.TrimSpace(parts[1]))); err == nil && n > 0 && n <= maxFormat {
			p.raw = n
		}
		p.watch, p.seen = watchNothing, nil
	}
}

// binary takes a byte in which nothing is a command.
func (p *parser) binary(b byte) (event, bool) {
	p.raw--
	if p.watch != watchDownload {
		if p.inFormat {
			p.keep(b)
		}
		return event{}, false
	}
	if p.seen = append(p.seen, b); p.raw == 0 {
		return p.downloaded()
	}
	return event{}, false
}

// download takes a byte of ~DG and the like. They end where the next command
// begins, or where all bytes that they announce are there.
func (p *parser) download(b byte) (event, bool) {
	if b == p.chars.Format || b == p.chars.Control {
		e, ok := p.downloaded()
		p.plain(b)
		return e, ok
	}
	p.seen = append(p.seen, b)
	if len(p.seen) > maxFormat {
		p.lost = "a download"
		p.watch, p.seen = watchNothing, nil
		return event{}, false
	}
	if b == p.chars.Delimiter && len(p.marks) < 5 {
		p.marks = append(p.marks, len(p.seen)-1)
		p.announced()
	}
	if len(p.seen) == p.whole && onlyHex(p.seen[p.marks[2]+1:]) {
		return p.downloaded()
	}
	return event{}, false
}

// announced reads how much data a download announces, once its delimiters are
// there. The data itself is gone through only once: there may be megabytes.
func (p *parser) announced() {
	size := func(i int) int { // of parameter i; 0 where it is none
		n, err := strconv.Atoi(string(bytes.TrimSpace(p.seen[p.marks[i-1]+1 : p.marks[i]])))
		if err != nil || n < 1 || n > maxFormat {
			return 0
		}
		return n
	}
	switch {
	case len(p.marks) == 3 && bytes.HasPrefix(p.seen, []byte("~DG")):
		if n := size(1); n > 0 {
			p.whole = len(p.seen) + 2*n
		}
	case len(p.marks) == 5 && bytes.HasPrefix(p.seen, []byte("~DY")):
		if kind := p.seen[p.marks[0]+1 : p.marks[1]]; len(kind) == 1 && upper(kind[0]) == 'B' {
			p.raw = size(3)
		}
	}
}

func (p *parser) downloaded() (event, bool) {
	data := p.seen
	p.watch, p.seen, p.raw = watchNothing, nil, 0
	if d := p.chars.Delimiter; d != ',' {
		for i, n := 0, 0; i < len(data) && n < 5; i++ {
			if data[i] == d {
				data[i] = ','
				n++
			}
		}
	}
	return event{kind: gotDownload, data: data}, true
}

func onlyHex(b []byte) bool {
	for _, c := range b {
		if !(c >= '0' && c <= '9' || upper(c) >= 'A' && upper(c) <= 'F') {
			return false
		}
	}
	return true
}

func upper(b byte) byte {
	if b >= 'a' && b <= 'z' {
		return b - 'a' + 'A'
	}
	return b
}
