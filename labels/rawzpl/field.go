package rawzpl

import (
	"bytes"
	"fmt"
	"strings"
)

// without returns a copy of b without the bytes of unwanted.
func without(b []byte, unwanted string) []byte {
	out := make([]byte, 0, len(b))
	for _, c := range b {
		if strings.IndexByte(unwanted, c) < 0 {
			out = append(out, c)
		}
	}
	return out
}

// The bytes that are not part of what printers read: line breaks anywhere, and
// blanks between the digits of a picture.
const (
	lineBreaks = "\r\n"
	blanks     = " \t\r\n"
)

// escape notes by which character the field's data spells out bytes. It is
// written with the data.
func (f *filter) escape(c command) {
	args := bytes.TrimSpace(c.args)
	switch {
	case len(args) == 0:
		f.hex = '_'
	case len(args) == 1 && args[0] > ' ' && args[0] < 0x7f && args[0] != '^' && args[0] != '~' && args[0] != '!':
		f.hex = args[0]
	default:
		f.refuse(c.shown(), c.at, "names no usable character", `write ^FH alone, and bytes as _5E`)
	}
}

// fieldData writes what a field says. Bytes that would mean something else under
// the usual prefixes are spelt out.
func (f *filter) fieldData(c command) {
	args := without(c.args, lineBreaks)
	for i, b := range args {
		if b < ' ' || b == 0x7f {
			f.refuse(c.shown(), c.at, fmt.Sprintf("has the control character 0x%02X in its data, which some printers take for a command", b),
				fmt.Sprintf("write it as _%02X, with ^FH before the ^FD", b))
			return
		}
		if command, is := remoteCommand(args[i:]); is {
			f.refuse(command, c.at, "sets the printer up from within a field on some printers", "write the ! as _21, with ^FH before the ^FD")
			return
		}
	}
	hex := f.hex
	switch {
	case hex == 0 && f.sent != 0: // the field has the escape already that other data of it needed
		hex = f.sent
		args = spelt(args, hex, hex)
	case bytes.ContainsAny(args, "^~"):
		if hex == 0 {
			if hex = unused(args); hex == 0 {
				f.refuse(c.shown(), c.at, "has ^ or ~ in its data, and every character that could spell it out", "use ^FH, and write ^ as _5E and ~ as _7E")
				return
			}
		}
		args = spelt(args, hex, '^')
	}
	if hex != 0 {
		f.sent = hex
		f.write("FH", []byte{hex})
	}
	f.write(c.name, args)
	f.marks = true
}

// unused returns a character that may introduce bytes spelt out in data.
func unused(data []byte) byte {
	for _, c := range []byte(`_\%#$@=|`) {
		if bytes.IndexByte(data, c) < 0 {
			return c
		}
	}
	return 0
}

// spelt returns data with ^, ~ and also as hex and two digits.
func spelt(data []byte, hex, also byte) []byte {
	out := make([]byte, 0, len(data)+8)
	for _, b := range data {
		if b == '^' || b == '~' || b == also {
			out = fmt.Appendf(out, "%c%02X", hex, b)
			continue
		}
		out = append(out, b)
	}
	return out
}

// remoteCommand reports whether data begins a line of the printer's other
// language, as ! U1 setvar, in which it is set up.
func remoteCommand(data []byte) (string, bool) {
	if data[0] != '!' {
		return "", false
	}
	rest := bytes.TrimLeft(data[1:], " \t")
	if len(rest) > 0 && (rest[0] == 'U' || rest[0] == 'u') && (len(rest) == 1 || rest[1] >= '0' && rest[1] <= '9' || rest[1] == 'T' || rest[1] == 't' || rest[1] == ' ') {
		return "! U1", true
	}
	return "", false
}

// graphic writes a picture in hexadecimal digits or in base 64. Its other forms
// hold any byte, also such as begin commands.
func (f *filter) graphic(c command) {
	remedy := "send the picture as ^GFA with hexadecimal digits, or with :Z64: or :B64:"
	args := without(c.args, blanks)
	parts := bytes.SplitN(args, []byte{f.lex.comma}, 5)
	if len(parts) < 5 || len(parts[0]) != 1 || upper(parts[0][0]) != 'A' {
		f.refuse(c.shown(), c.at, "is no picture in text form", remedy)
		return
	}
	for _, number := range parts[1:4] {
		if len(number) == 0 || len(number) > 7 || len(bytes.Trim(number, "0123456789")) > 0 {
			f.refuse(c.shown(), c.at, fmt.Sprintf("has %.20q for a size", number), remedy)
			return
		}
	}
	for _, b := range parts[4] {
		if !isDigit(b) && !isLetter(b) && strings.IndexByte(",:!+/=", b) < 0 {
			f.refuse(c.shown(), c.at, fmt.Sprintf("has the byte %q in its data", b), remedy)
			return
		}
	}
	f.write(c.name, bytes.Join(parts, []byte{','}))
	f.marks = true
}

func isDigit(b byte) bool  { return b >= '0' && b <= '9' }
func isLetter(b byte) bool { return upper(b) >= 'A' && upper(b) <= 'Z' }

func upper(b byte) byte {
	if b >= 'a' && b <= 'z' {
		return b - 'a' + 'A'
	}
	return b
}
