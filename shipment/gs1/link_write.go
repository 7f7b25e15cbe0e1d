package gs1

import (
	"fmt"
	"strings"
)

// canonicalStem is where links without a domain of their own point.
const canonicalStem = "https://id.gs1.org"

// BuildLink returns the Digital Link URI of the elements, which are right by
// themselves: the first key and as many of its qualifiers as are there in the
// path, the others behind the question mark, those that end by their length
// first. An empty stem is GS1's own. An element that may not be an attribute is
// an error, as are elements without a key.
func BuildLink(stem string, elements []Element) (string, error) {
	if stem == "" {
		stem = canonicalStem
	}
	if !IsWebAddress(stem) {
		return "", fmt.Errorf("link: the stem %q is no web address; want https://…", stem)
	}
	t := identifiers()
	var key *rule
	for _, e := range elements {
		r := t.named(e.AI)
		if r == nil {
			return "", &Error{Code: UnknownAI, Message: fmt.Sprintf("(%s) is not an application identifier", e.AI)}
		}
		if key == nil && r.key {
			key = r
		}
	}
	if key == nil {
		return "", &Error{Code: LinkNoKey, Message: "none of the elements is a key that a link can begin with"}
	}
	path := append([]string{key.ai}, key.best(elements)...)
	var b strings.Builder
	b.WriteString(strings.TrimRight(stem, "/"))
	written := map[string]bool{}
	for _, ai := range path {
		written[ai] = true
		b.WriteString("/" + ai + "/" + percentEncoded(valueOf(elements, ai), "%20"))
	}
	mark := byte('?')
	for _, fixed := range []bool{true, false} {
		for _, e := range elements {
			r := t.named(e.AI)
			if r.fixed != fixed || written[e.AI] {
				continue
			}
			if !r.attribute {
				return "", &Error{Code: LinkAttribute, AI: e.AI, Message: fmt.Sprintf("cannot stand in a link of (%s)", key.ai)}
			}
			written[e.AI] = true
			b.WriteByte(mark)
			b.WriteString(e.AI + "=" + percentEncoded(e.Value, "+"))
			mark = '&'
		}
	}
	return b.String(), nil
}

// best returns the qualifiers that are there, of the sequence of which most are.
func (r *rule) best(elements []Element) []string {
	var best []string
	for _, sequence := range r.sequences {
		var there []string
		for _, ai := range sequence {
			if valueOf(elements, ai) != "" {
				there = append(there, ai)
			}
		}
		if len(there) > len(best) {
			best = there
		}
	}
	return best
}

// valueOf returns the value of ai; empty: it is not there.
func valueOf(elements []Element, ai string) string {
	for _, e := range elements {
		if e.AI == ai {
			return e.Value
		}
	}
	return ""
}

// percentEncoded returns s with all but unreserved characters encoded, and a
// space as space.
func percentEncoded(s, space string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case isDigit(c) || isLetter(c) || strings.IndexByte("-._~", c) >= 0:
			b.WriteByte(c)
		case c == ' ':
			b.WriteString(space)
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}
