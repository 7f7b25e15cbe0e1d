package zplview

import (
	"bytes"
	"strconv"
	"strings"
)

// Prefixes are the characters that mark commands and divide their parameters.
// The zero Prefixes are those a printer is switched on with: ^, ~ and a comma.
type Prefixes struct{ Format, Control, Delimiter byte }

// standard returns p with its gaps filled.
func (p Prefixes) standard() Prefixes {
	for _, c := range []struct {
		to  *byte
		def byte
	}{{&p.Format, '^'}, {&p.Control, '~'}, {&p.Delimiter, ','}} {
		if *c.to == 0 {
			*c.to = c.def
		}
	}
	return p
}

// A command is its prefix and name, as in ^FO, and what follows up to the next
// command. Prefix and parameters are written as a printer fresh from its box
// takes them.
type command struct {
	name string
	args []byte
}

// oneLetter lists the commands whose second letter is a parameter.
const oneLetter = "A"

// scan splits data into commands. A printer takes ^ and ~ as the beginning of
// a command wherever they stand, and so does scan: that is what makes a text
// which contains them dangerous. Only binary pictures are passed over. Data with
// more than maxCommands is not read to its end.
func scan(data []byte, chars Prefixes) []command {
	chars = chars.standard()
	var all []command
	for i := 0; i < len(data) && len(all) <= maxCommands; {
		next := i + nextPrefix(data[i:], chars)
		if next > i {
			if len(all) == 0 && len(bytes.TrimSpace(data[i:next])) > 0 {
				all = append(all, command{name: "text"})
			}
			i = next
			continue
		}
		c, end := readCommand(data, i, chars)
		if end < len(data) || len(c.args) > 0 {
			chars = chars.after(c)
		}
		if chars.Delimiter != ',' && c.name != "^FD" && c.name != "^FV" && c.name != "^FX" && !isPrefixCommand(c.name) {
			c.args = bytes.ReplaceAll(c.args, []byte{chars.Delimiter}, []byte(","))
		}
		all = append(all, c)
		i = end
	}
	return all
}

// nextPrefix returns how far it is to the next command.
func nextPrefix(data []byte, chars Prefixes) int {
	for i, b := range data {
		if b == chars.Format || b == chars.Control {
			return i
		}
	}
	return len(data)
}

// readCommand reads the command that begins at start, and returns where it
// ends.
func readCommand(data []byte, start int, chars Prefixes) (c command, end int) {
	lead := byte('^')
	if data[start] == chars.Control {
		lead = '~'
	}
	body := data[start+1:]
	n := min(2, nextPrefix(body, chars), len(body))
	if n > 0 && strings.IndexByte(oneLetter, upper(body[0])) >= 0 && lead == '^' && (n < 2 || body[1] != '@') {
		n = 1
	}
	c.name = string(lead) + strings.ToUpper(printable(body[:n]))
	rest := body[n:]
	size := nextPrefix(rest, chars)
	switch {
	case isPrefixCommand(c.name) && len(rest) > 0: // the new one, and behind it the new ones hold
		size = 1
	case c.name == "^GF" || c.name == "~DY":
		size = max(size, binarySize(c.name, rest, chars))
	}
	c.args = rest[:size]
	return c, start + 1 + n + size
}

func isPrefixCommand(name string) bool {
	return name[1:] == "CC" || name[1:] == "CT" || name[1:] == "CD"
}

// after returns the prefixes that hold behind a command.
func (p Prefixes) after(c command) Prefixes {
	if len(c.args) == 0 {
		return p
	}
	switch c.name[1:] {
	case "CC":
		p.Format = c.args[0]
	case "CT":
		p.Control = c.args[0]
	case "CD":
		p.Delimiter = c.args[0]
	}
	return p
}

// binarySize returns how long the parameters of ^GFB, ^GFC or ~DY…,B are with
// their binary data, or 0 where there is none.
func binarySize(name string, rest []byte, chars Prefixes) int {
	parameters, at, count := 5, 0, 1 // of ^GFB,count,…
	if name == "~DY" {
		parameters, at, count = 6, 1, 3
	}
	head := rest[:min(96, len(rest))]
	parts := bytes.SplitN(head, []byte{chars.Delimiter}, parameters)
	if len(parts) < parameters || len(parts[at]) != 1 || upper(parts[at][0]) != 'B' && (name == "~DY" || upper(parts[at][0]) != 'C') {
		return 0
	}
	n, err := strconv.Atoi(string(bytes.TrimSpace(parts[count])))
	if err != nil || n < 0 || n > maxFormat {
		return 0
	}
	return min(len(head)-len(parts[parameters-1])+n, len(rest))
}

func upper(b byte) byte {
	if b >= 'a' && b <= 'z' {
		return b - 'a' + 'A'
	}
	return b
}

// printable keeps reports readable whatever the bytes were.
func printable(b []byte) string {
	var s strings.Builder
	for _, c := range b {
		if c > ' ' && c < 0x7f {
			s.WriteByte(c)
		} else {
			s.WriteString(`\x` + strconv.FormatUint(uint64(c), 16))
		}
	}
	return s.String()
}

// text returns the field data of a command: line breaks in the stream are not
// part of it.
func (c command) text() []byte {
	return bytes.ReplaceAll(bytes.ReplaceAll(c.args, []byte("\r"), nil), []byte("\n"), nil)
}

// list returns the parameters, divided by commas, without line breaks.
func (c command) list() []string {
	return strings.Split(strings.TrimSpace(string(c.text())), ",")
}

// number returns parameter i, or def where it is missing or no number, kept
// between low and high.
func (c command) number(i, def, low, high int) int {
	list := c.list()
	if i >= len(list) {
		return def
	}
	s := strings.TrimSpace(list[i])
	if dot := strings.IndexByte(s, '.'); dot >= 0 {
		s = s[:dot]
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		return def
	}
	return min(max(n, low), high)
}

// letter returns parameter i as one capital letter, or def.
func (c command) letter(i int, def byte) byte {
	list := c.list()
	if i >= len(list) {
		return def
	}
	if s := strings.TrimSpace(list[i]); s != "" {
		return upper(s[0])
	}
	return def
}

// Split divides a stream into formats, each up to and with its ^XZ; what
// follows the last one is a part of its own unless it is white space.
func Split(data []byte) [][]byte {
	var parts [][]byte
	start := 0
	for i := 0; i+2 < len(data); i++ {
		if data[i] == '^' && upper(data[i+1]) == 'X' && upper(data[i+2]) == 'Z' {
			parts = append(parts, data[start:i+3])
			start = i + 3
		}
	}
	data = data[start:]
	if len(bytes.TrimSpace(data)) > 0 {
		parts = append(parts, data)
	}
	return parts
}
