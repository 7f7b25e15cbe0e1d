package barcode

import (
	"errors"
	"fmt"
	"strings"

	gsone "waybill/shipment/gs1"
)

// ElementString returns the element string of application identifiers written
// in brackets, such as (01)09521234543213(10)ABC: the separator GS stands
// behind each value that needs one and is not the last. A bracket within a
// value is written with a backslash before it. Where a value lacks only its
// check digit it is added; a wrong one is an error that names the right one.
func ElementString(bracketed string) ([]byte, error) {
	elements, err := splitBrackets(bracketed)
	if err != nil {
		return nil, fmt.Errorf("gs1 %q: %w", bracketed, err)
	}
	for i, e := range elements {
		if e.Value, err = checked(e); err == nil {
			err = gsone.CheckValue(e.AI, e.Value)
		}
		if err != nil {
			return nil, fmt.Errorf("gs1 %q: %w", bracketed, err)
		}
		elements[i] = e
	}
	out := gsone.ElementString(elements)
	if _, err := gsone.ParseElements(out); err != nil {
		return nil, fmt.Errorf("gs1 %q: %w", bracketed, err)
	}
	return []byte(out), nil
}

func splitBrackets(s string) ([]gsone.Element, error) {
	var out []gsone.Element
	for s != "" {
		ai, rest, ok := strings.Cut(s, ")")
		if !ok || ai[0] != '(' {
			return nil, errors.New("want application identifiers in brackets, as in (00)106141412345678908")
		}
		ai = ai[1:]
		if len(ai) < 2 || len(ai) > 4 || onlyDigits(ai) != nil {
			return nil, fmt.Errorf("(%s) is not an application identifier: they have 2 to 4 digits", ai)
		}
		var value strings.Builder
		i := 0
		for ; i < len(rest) && rest[i] != '('; i++ {
			if rest[i] == '\\' && i+1 < len(rest) && (rest[i+1] == '(' || rest[i+1] == ')') {
				i++
			}
			value.WriteByte(rest[i])
		}
		if strings.IndexByte(value.String(), GS) >= 0 {
			return nil, fmt.Errorf("(%s) has a separator in its value: leave it to the brackets", ai)
		}
		out = append(out, gsone.Element{AI: ai, Value: value.String()})
		s = rest[i:]
	}
	if len(out) == 0 {
		return nil, errors.New("no element")
	}
	return out, nil
}

// checked returns an element's value with its check digit, where its kind has
// one in its last place.
func checked(e gsone.Element) (string, error) {
	n := gsone.CheckedLength(e.AI)
	if n == 0 {
		return e.Value, nil
	}
	v, err := withCheck(e.Value, n)
	if err != nil {
		return "", fmt.Errorf("(%s) %w", e.AI, err)
	}
	return v, nil
}
