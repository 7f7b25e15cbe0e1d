package zplview

import (
	"bytes"
	"strconv"
	"strings"
)

// A command is its prefix and name, as in ^FO, and what follows up to the next
// command.
type command struct {
	name string
	args []byte
}

// oneLetter lists the commands whose second letter is a parameter.
const oneLetter = "A"

// scan splits data into commands. A printer takes ^ and ~ as the beginning of
// a command wherever they stand, and so does scan: that is what makes a text
// which contains them dangerous.
func scan(data []byte) []command {
	var all []command
	for i := 0; i < len(data); {
		if data[i] != '^' && data[i] != '~' {
			next := bytes.IndexAny(data[i:], "^~")
			if next < 0 {
				next = len(data) - i
			}
			if len(bytes.TrimSpace(data[i:i+next])) > 0 && len(all) == 0 {
				all = append(all, command{name: "text"})
			}
			i += next
			continue
		}
		end := i + 1
		for end < len(data) && data[end] != '^' && data[end] != '~' {
			end++
		}
		body := data[i+1 : end]
		n := min(2, len(body))
		if n > 0 && strings.IndexByte(oneLetter, upper(body[0])) >= 0 && (n < 2 || body[1] != '@') {
			n = 1
		}
		all = append(all, command{
			name: string(data[i]) + strings.ToUpper(printable(body[:n])),
			args: body[n:],
		})
		i = end
	}
	return all
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
