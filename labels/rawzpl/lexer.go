package rawzpl

import (
	"bytes"
	"fmt"
	"strings"
)

// A lexer cuts a document into commands. A printer takes its two prefixes for the
// beginning of a command wherever they stand, and so does the lexer; which bytes
// they are can change on the way (^CC, ^CT), and so can what divides parameters
// (^CD).
type lexer struct {
	data                []byte
	at                  int
	caret, tilde, comma byte
}

// A command is what stands from one prefix to the next.
type command struct {
	name    string // in capitals; empty for what is no command
	control bool   // it began with the tilde
	at      int    // of the prefix
	args    []byte // what follows the name
}

// shown returns the command as everybody writes it, whatever the prefix was.
func (c command) shown() string {
	if c.control {
		return "~" + c.name
	}
	return "^" + c.name
}

// stray says what is wrong with bytes that are no command, and what to do.
func (l *lexer) stray(c command, open bool) (why, remedy string) {
	remedy = "remove it; only labels belong here, each from ^XA to ^XZ"
	switch b := c.args[0]; {
	case l.isPrefix(b) && open:
		return fmt.Sprintf("begins a command that there is not: %.24q", c.args),
			"write a ^ that is text as _5E and a ~ as _7E, with ^FH before the ^FD"
	case strings.IndexByte("\x02\x03\x0f\x10\x1e\x1f", b) >= 0:
		return fmt.Sprintf("is the control character 0x%02X, which stands for a command or a prefix", b), "write commands with ^ and ~"
	case open:
		return fmt.Sprintf("stands between two commands: %.24q", c.args), remedy
	}
	return fmt.Sprintf("stands outside a label: %.24q", c.args), remedy
}

// next returns the next command, or text that is none. White space between
// commands is skipped.
func (l *lexer) next() (command, bool) {
	for l.at < len(l.data) && strings.IndexByte(blanks, l.data[l.at]) >= 0 {
		l.at++
	}
	if l.at >= len(l.data) {
		return command{}, false
	}
	start := l.at
	if !l.isPrefix(l.data[start]) {
		l.at = l.until(start)
		return command{at: start, args: l.data[start:l.at]}, true
	}
	c := command{at: start, control: l.data[start] == l.tilde}
	rest := l.data[start+1 : min(start+3, len(l.data))]
	n := len(rest)
	for i, b := range rest { // a name may be cut short by the next prefix
		if l.isPrefix(b) {
			n = i
			break
		}
	}
	if n > 0 && upper(rest[0]) == 'A' && !c.control && (n == 1 || rest[1] != '@') {
		n = 1 // the second character of ^A is the font
	}
	if n == 0 || !named(rest[:n]) {
		l.at = l.until(start + 1)
		return command{at: start, args: l.data[start:l.at]}, true
	}
	c.name = string(bytes.ToUpper(rest[:n]))
	body := start + 1 + n
	l.at = l.until(body)
	if changesPrefix(c.name) { // what follows is the new character, whichever it is
		l.at = min(body+1, len(l.data))
	}
	c.args = l.data[body:l.at]
	return c, true
}

// named reports whether b may be the name of a command: two letters or digits,
// of which the first is a letter, or ^A and ^A@.
func named(b []byte) bool {
	switch {
	case !isLetter(b[0]):
		return false
	case len(b) == 1:
		return upper(b[0]) == 'A'
	}
	return isLetter(b[1]) || isDigit(b[1]) || b[1] == '@'
}

func (l *lexer) isPrefix(b byte) bool { return b == l.caret || b == l.tilde }

// until returns where the next prefix stands, from from on.
func (l *lexer) until(from int) int {
	for i := from; i < len(l.data); i++ {
		if l.isPrefix(l.data[i]) {
			return i
		}
	}
	return len(l.data)
}

func changesPrefix(name string) bool { return name == "CC" || name == "CT" || name == "CD" }

// keeps reports whether ^CC, ^CT or ^CD names the character that already is it.
func (l *lexer) keeps(c command) bool {
	now := map[string]byte{"CC": l.caret, "CT": l.tilde, "CD": l.comma}[c.name]
	return len(c.args) == 1 && c.args[0] == now
}

// skipHead passes over what stands for ~CT~ at the beginning of files that
// ZebraDesigner writes, CT~~CD,~CC^~CT~ in all: in the file the first prefix is the
// control character 0x10, and on the way it is often lost.
func (l *lexer) skipHead() {
	at := len(l.data) - len(bytes.TrimLeft(l.data, blanks))
	head := bytes.TrimPrefix(l.data[at:], []byte{0x10})
	if bytes.HasPrefix(head, []byte("CT~~")) {
		l.at = len(l.data) - len(head) + len("CT~")
	}
}

// change does what ^CC, ^CT or ^CD says, for this document alone, and returns
// why it does not.
func (l *lexer) change(c command) (why string) {
	if len(c.args) != 1 {
		return "names no character"
	}
	b := c.args[0]
	if b <= ' ' || b >= 0x7f || isLetter(b) || isDigit(b) || strings.IndexByte(`!@"-.`, b) >= 0 {
		return fmt.Sprintf("makes %q a prefix or delimiter", b)
	}
	next := *l
	switch c.name {
	case "CC":
		next.caret = b
	case "CT":
		next.tilde = b
	case "CD":
		next.comma = b
	}
	if next.caret == next.tilde || next.caret == next.comma || next.tilde == next.comma {
		return fmt.Sprintf("gives %q two meanings", b)
	}
	*l = next
	return ""
}
