package gs1

import (
	"fmt"
	"strings"
)

// CheckTogether checks what the elements of one item must and must not have
// beside them: all of its barcodes' elements belong together. It also finds the
// same identifier with unlike values, which happens where elements of several
// barcodes are put together. The error's offset is that of the element.
func CheckTogether(elements []Element) error {
	t := identifiers()
	for i, e := range elements {
		r := t.named(e.AI)
		if r == nil {
			return &Error{Code: UnknownAI, Offset: i, Message: fmt.Sprintf("(%s) is not an application identifier", e.AI)}
		}
		for _, p := range r.excludes {
			if other := beside(elements, p, e.AI); other != "" {
				return r.wrong(ExclusiveAIs, i, fmt.Sprintf("must not stand beside (%s)", other))
			}
		}
	}
	for i, e := range elements {
		r := t.named(e.AI)
		for _, oneOf := range r.needs {
			if !anyThere(elements, oneOf, e.AI) {
				return r.wrong(RequiredAI, i, "must not stand without "+words(oneOf))
			}
		}
	}
	for i, e := range elements {
		for _, other := range elements[i+1:] {
			if other.AI == e.AI && other.Value != e.Value {
				return &Error{Code: DuplicateAI, AI: e.AI, Offset: i, Message: "occurs twice with different values", Remedy: remedy(DuplicateAI)}
			}
		}
	}
	return checkSigned(elements)
}

// checkSigned checks that a digital signature (8030) goes with one thing, not
// with a kind of things: a key that may have a serial has it.
func checkSigned(elements []Element) error {
	if beside(elements, pattern{"8030", 4}, "") == "" {
		return nil
	}
	for i, e := range elements {
		if e.AI != "253" && e.AI != "255" && e.AI != "8003" {
			continue
		}
		if r := identifiers().named(e.AI); len(e.Value) == r.min {
			return r.wrong(SerialMissing, i, "needs its serial number beside a digital signature (8030)")
		}
	}
	return nil
}

// beside returns an identifier of the elements that p matches, other than self.
func beside(elements []Element, p pattern, self string) string {
	for _, e := range elements {
		if p.matches(e.AI) && e.AI != self {
			return e.AI
		}
	}
	return ""
}

func anyThere(elements []Element, oneOf []companions, self string) bool {
	for _, c := range oneOf {
		all := true
		for _, p := range c {
			if beside(elements, p, self) == "" {
				all = false
				break
			}
		}
		if all {
			return true
		}
	}
	return false
}

// words returns the companies as people read them: (00), (01) with (21), or (03).
func words(oneOf []companions) string {
	list := make([]string, len(oneOf))
	for i, c := range oneOf {
		names := make([]string, len(c))
		for j, p := range c {
			names[j] = "(" + p.String() + ")"
		}
		list[i] = strings.Join(names, " with ")
	}
	if n := len(list); n > 1 {
		return strings.Join(list[:n-1], ", ") + " or " + list[n-1]
	}
	return list[0]
}
