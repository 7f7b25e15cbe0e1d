package wire

import (
	"encoding/json"
	"strconv"
)

// encode returns env as json.Marshal writes it, to the byte, without looking at the
// type of each field anew: a station does it for every event, one after the other,
// while all others wait. What is out of the ordinary is left to json.Marshal, and so
// is saying what is wrong.
func (env *Envelope) encode() ([]byte, error) {
	if env.Purged != "" || len(env.Data) > 0 && !compact(env.Data) {
		return json.Marshal(env)
	}
	const names = 320 // what the names, the numbers and the fixed texts take at most
	b := make([]byte, 0, names+len(env.ID)+len(env.Source)+len(env.Type)+len(env.Subject)+len(env.PrevHash)+len(env.BootID)+len(env.Data))
	b = AppendText(append(b, `{"specversion":`...), env.SpecVersion)
	b = AppendText(append(b, `,"id":`...), env.ID)
	b = AppendText(append(b, `,"source":`...), env.Source)
	b = AppendText(append(b, `,"type":`...), env.Type)
	if env.Subject != "" {
		b = AppendText(append(b, `,"subject":`...), env.Subject)
	}
	b = append(env.Time.appendTo(append(b, `,"time":"`...)), '"')
	if env.DataContentType != "" {
		b = AppendText(append(b, `,"datacontenttype":`...), env.DataContentType)
	}
	b = strconv.AppendInt(append(b, `,"epoch":`...), env.Epoch, 10)
	b = strconv.AppendInt(append(b, `,"sequence":`...), env.Sequence, 10)
	b = AppendText(append(b, `,"prevhash":`...), env.PrevHash)
	b = AppendText(append(b, `,"tzoffset":`...), env.TZOffset)
	if env.Monotonic != 0 {
		b = strconv.AppendInt(append(b, `,"monotonic":"`...), env.Monotonic, 10)
		b = append(b, '"')
	}
	if env.BootID != "" {
		b = AppendText(append(b, `,"bootid":`...), env.BootID)
	}
	if len(env.Data) > 0 {
		b = append(append(b, `,"data":`...), env.Data...)
	}
	return append(b, '}'), nil
}

// AppendText appends s as a JSON string, as json.Marshal writes it.
func AppendText(b []byte, s string) []byte {
	for i := range len(s) {
		if !plain(s[i]) || s[i] > '~' {
			quoted, _ := json.Marshal(s) // of a string it never fails
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// plain reports whether json.Marshal writes c as it is, within a string.
func plain(c byte) bool {
	return c >= ' ' && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&'
}

// compact reports whether b is JSON that json.Marshal writes as it is: with no space
// between its parts, and nothing in it that means something in HTML. It may say no of
// what is.
func compact(b []byte) bool { return value(b, 0, 0) == len(b) }

// maxDepth is how deep the values lie in one another that are looked at here.
const maxDepth = 32

// none is where no value ends.
const none = -1

// value returns where the value ends that begins at b[i].
func value(b []byte, i, depth int) int {
	if i >= len(b) || depth > maxDepth {
		return none
	}
	switch c := b[i]; {
	case c == '"':
		return text(b, i+1)
	case c == '{':
		return members(b, i+1, '}', depth+1)
	case c == '[':
		return members(b, i+1, ']', depth+1)
	case c == 't':
		return word(b, i, "true")
	case c == 'f':
		return word(b, i, "false")
	case c == 'n':
		return word(b, i, "null")
	default:
		return number(b, i)
	}
}

// members returns where the object or array ends whose first member is at b[i].
func members(b []byte, i int, end byte, depth int) int {
	if i < len(b) && b[i] == end {
		return i + 1
	}
	for i < len(b) {
		if end == '}' {
			if b[i] != '"' {
				return none
			}
			if i = text(b, i+1); i < 0 || i >= len(b) || b[i] != ':' {
				return none
			}
			i++
		}
		switch i = value(b, i, depth); {
		case i < 0 || i >= len(b):
			return none
		case b[i] == end:
			return i + 1
		case b[i] != ',':
			return none
		}
		i++
	}
	return none
}

// text returns where the string ends whose first character is at b[i].
func text(b []byte, i int) int {
	for ; i < len(b); i++ {
		c := b[i]
		switch {
		case c == '"':
			return i + 1
		case c == '\\':
			i++
			switch {
			case i >= len(b):
				return none
			case b[i] == '"', b[i] == '\\', b[i] == '/', b[i] == 'b', b[i] == 'f', b[i] == 'n', b[i] == 'r', b[i] == 't':
			default: // \u among them
				return none
			}
		case !plain(c), c == 0xE2 && i+1 < len(b) && b[i+1] == 0x80: // the ends of lines that JavaScript knew and JSON does not begin so
			return none
		}
	}
	return none
}

func word(b []byte, i int, want string) int {
	if end := i + len(want); end <= len(b) && string(b[i:end]) == want {
		return end
	}
	return none
}

// number returns where the number ends that begins at b[i].
func number(b []byte, i int) int {
	if i < len(b) && b[i] == '-' {
		i++
	}
	switch whole := digits(b, i); {
	case whole == i, whole > i+1 && b[i] == '0':
		return none
	default:
		i = whole
	}
	if i < len(b) && b[i] == '.' {
		part := digits(b, i+1)
		if part == i+1 {
			return none
		}
		i = part
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		power := digits(b, i)
		if power == i {
			return none
		}
		i = power
	}
	return i
}

// digits returns where the digits end that begin at b[i].
func digits(b []byte, i int) int {
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		i++
	}
	return i
}
