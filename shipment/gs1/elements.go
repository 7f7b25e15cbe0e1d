package gs1

import (
	"fmt"
	"strings"

	"waybill/shipment"
)

// An Element is one application identifier with its value.
type Element struct {
	AI    string `json:"ai"`
	Value string `json:"value"`
}

// maxElements is more than any symbol holds.
const maxElements = 64

// ParseElements splits an element string, without its AIM identifier, into its
// elements, and checks each value by the rules of its identifier. An element of
// variable length runs to the next GS. One needless GS behind an element is
// tolerated, as is one at the end. On an error the elements before it are
// returned too. What must or must not stand together CheckTogether tells.
func ParseElements(data string) ([]Element, error) {
	if data == "" {
		return nil, &Error{Code: Empty, Message: "no element", Remedy: remedy(Empty)}
	}
	t := identifiers()
	out := make([]Element, 0, 4)
	for i := 0; i < len(data); {
		r := t.find(data[i:])
		if r == nil {
			return out, unknownAI(data, i, out)
		}
		start := i + len(r.ai)
		end := len(data)
		if r.fixed {
			end = min(end, start+r.max)
		}
		if n := strings.IndexByte(data[start:end], GS); n >= 0 {
			end = start + n
		}
		value := data[start:end]
		if err := r.check(value); err != nil {
			err.Offset += start
			return out, err
		}
		if len(out) == maxElements {
			return out, &Error{Code: TooMany, AI: r.ai, Offset: i, Message: fmt.Sprintf("is one element too many; at most %d", maxElements)}
		}
		for _, e := range out {
			if e.AI == r.ai && e.Value != value {
				return out, &Error{Code: DuplicateAI, AI: r.ai, Offset: start, Message: "occurs twice with different values", Remedy: remedy(DuplicateAI)}
			}
		}
		out = append(out, Element{AI: r.ai, Value: value})
		i = end
		if i < len(data) && data[i] == GS {
			i++
		}
	}
	return out, nil
}

// unknownAI says why no identifier begins at i of data.
func unknownAI(data string, i int, before []Element) *Error {
	if data[i] == GS {
		return &Error{Code: StraySeparator, Offset: i, Message: "a separator stands where an application identifier must begin", Remedy: remedy(StraySeparator)}
	}
	e := &Error{Code: UnknownAI, Offset: i, Message: fmt.Sprintf("%s does not begin with an application identifier", shipment.Quoted(data[i:min(i+4, len(data))])), Remedy: remedy(UnknownAI)}
	if len(before) == 0 {
		e.Remedy = "it is no GS1 data; if the scanner's AIM identifiers are right, the code was made wrongly"
	}
	return e
}

// check holds value against the rule. The error's offset counts from the value.
func (r *rule) check(value string) *Error {
	switch {
	case len(value) < r.min:
		return r.wrong(TooShort, 0, fmt.Sprintf("has %d characters, want %s", len(value), r.lengths()))
	case len(value) > r.max:
		return r.wrong(TooLong, 0, fmt.Sprintf("has %d characters, want %s", len(value), r.lengths()))
	}
	at := 0
	for i := range r.parts {
		p := &r.parts[i]
		piece := value[at:min(at+p.max, len(value))]
		if piece == "" && p.optional {
			continue
		}
		if len(piece) < p.min {
			return r.wrong(WrongLength, at, fmt.Sprintf("ends within its part %d of %d, which has %d characters", i+1, len(r.parts), p.min))
		}
		for j := range len(piece) {
			if !p.set.has[piece[j]] {
				return r.wrong(BadCharacter, at+j, fmt.Sprintf("has %s where %s must be", quoted(piece[j]), p.set.name))
			}
		}
		for _, c := range p.checks {
			if f := c(piece); f != nil {
				return r.wrong(f.code, at+f.at, f.message)
			}
		}
		at += len(piece)
	}
	return nil
}

func (r *rule) wrong(code Code, at int, message string) *Error {
	return &Error{Code: code, AI: r.ai, Offset: at, Message: message, Remedy: remedy(code)}
}

func (r *rule) lengths() string {
	if r.min == r.max {
		return fmt.Sprint(r.max)
	}
	return fmt.Sprintf("%d to %d", r.min, r.max)
}

// CheckValue checks one value by the rules of its identifier.
func CheckValue(ai, value string) error {
	r := identifiers().named(ai)
	if r == nil {
		return &Error{Code: UnknownAI, Message: fmt.Sprintf("(%s) is not an application identifier", ai)}
	}
	if err := r.check(value); err != nil {
		return err
	}
	return nil
}

// ElementString returns the elements as scanners send them: the separator GS
// stands behind each that needs one and is not the last. Nothing is checked.
func ElementString(elements []Element) string {
	var b strings.Builder
	for i, e := range elements {
		b.WriteString(e.AI)
		b.WriteString(e.Value)
		if i < len(elements)-1 && !EndsByLength(e.AI) {
			b.WriteByte(GS)
		}
	}
	return b.String()
}
