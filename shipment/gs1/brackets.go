package gs1

import (
	"fmt"
	"strings"
)

// ParseBracketed reads elements whose identifiers stand in brackets, as people
// write them: (01)09521234543213(10)ABC. A bracket that opens within a value has
// a backslash before it. A | joins the linear and the two-dimensional part of a
// composite symbol. Values are checked as ParseElements checks them.
func ParseBracketed(s string) ([]Element, error) {
	linear, composite, joined := strings.Cut(s, "|")
	out, err := parseBracketed(nil, linear, 0)
	if err == nil && joined {
		out, err = parseBracketed(out, composite, len(linear)+1)
	}
	return out, err
}

// parseBracketed appends the elements of s, which begins at offset of the whole.
func parseBracketed(out []Element, s string, offset int) ([]Element, error) {
	bad := func(at int, message string) ([]Element, error) {
		return out, &Error{Code: Brackets, Offset: offset + at, Message: message, Remedy: remedy(Brackets)}
	}
	if s == "" {
		return out, &Error{Code: Empty, Offset: offset, Message: "no element", Remedy: remedy(Brackets)}
	}
	for i := 0; i < len(s); {
		if s[i] != '(' {
			return bad(i, "want an application identifier in brackets")
		}
		ai, _, closed := strings.Cut(s[i+1:], ")")
		if !closed {
			return bad(i, "the bracket is not closed")
		}
		r := identifiers().named(ai)
		if r == nil {
			return out, &Error{Code: UnknownAI, Offset: offset + i, Message: fmt.Sprintf("(%.8s) is not an application identifier", ai), Remedy: remedy(Brackets)}
		}
		start := i + len(ai) + 2
		value, end := bracketedValue(s, start)
		if err := r.check(value); err != nil {
			err.Offset += offset + start
			return out, err
		}
		if len(out) == maxElements {
			return out, &Error{Code: TooMany, AI: ai, Offset: offset + i, Message: fmt.Sprintf("is one element too many; at most %d", maxElements)}
		}
		out = append(out, Element{AI: ai, Value: value})
		i = end
	}
	return out, nil
}

// bracketedValue returns the value that begins at start, without its
// backslashes, and where it ends.
func bracketedValue(s string, start int) (string, int) {
	end, escaped := start, false
	for ; end < len(s); end++ {
		if s[end] == '(' {
			if s[end-1] != '\\' {
				break
			}
			escaped = true
		}
	}
	if !escaped {
		return s[start:end], end
	}
	return strings.ReplaceAll(s[start:end], `\(`, "("), end
}

// FormatBracketed returns the elements as people write them, in the form that
// ParseBracketed reads.
func FormatBracketed(elements []Element) string {
	var b strings.Builder
	for _, e := range elements {
		b.WriteString("(" + e.AI + ")" + strings.ReplaceAll(e.Value, "(", `\(`))
	}
	return b.String()
}
