package gs1

import (
	"errors"
	"strings"
)

// IsCaret reports whether s begins as what ParseCaret reads.
func IsCaret(s string) bool {
	if len(s) > 1 && s[0] == '^' {
		return isDigit(s[1])
	}
	product, _, ok := strings.Cut(s, "|^")
	return ok && isProduct(product)
}

// ParseCaret reads an element string as programs write it down: ^ for FNC1, in
// front too, as in ^10ABC^0109521234543213. A | joins the two parts of a
// composite symbol, each with its own ^ in front; a linear part that is a
// product's barcode is its digits. Values are checked as ParseElements checks
// them.
func ParseCaret(s string) ([]Element, error) {
	linear, composite, joined := strings.Cut(s, "|")
	var out []Element
	var err error
	if joined && isProduct(linear) {
		out = []Element{{AI: "01", Value: strings.Repeat("0", 14-len(linear)) + linear}}
	} else {
		out, err = parseCaret(linear, 0)
	}
	if err != nil || !joined {
		return out, err
	}
	more, err := parseCaret(composite, len(linear)+1)
	return append(out, more...), err
}

// parseCaret reads one part, which begins at offset of the whole.
func parseCaret(s string, offset int) ([]Element, error) {
	data, ok := strings.CutPrefix(s, "^")
	if !ok {
		return nil, &Error{Code: Brackets, Offset: offset, Message: "want ^ for FNC1 in front of the elements", Remedy: remedy(Brackets)}
	}
	out, err := ParseElements(WithSeparator(data, "^"))
	var e *Error
	if errors.As(err, &e) {
		e.Offset += offset + 1
	}
	return out, err
}

// isProduct reports whether s is the digits of a product's barcode: EAN-8,
// UPC-A, EAN-13 or ITF-14.
func isProduct(s string) bool {
	switch len(s) {
	case 8, 12, 13, 14:
		return CheckMod10(s)
	}
	return false
}
