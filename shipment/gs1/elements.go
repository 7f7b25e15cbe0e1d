package gs1

import (
	"bytes"
	"fmt"
)

// An Element is one application identifier with its value.
type Element struct {
	AI    string `json:"ai"`
	Value string `json:"value"`
}

// An Error says what is wrong with an element string, and where.
type Error struct {
	Code    string // stable: empty, unknown_ai, too_short, too_long, bad_character, check_digit, date, duplicate_ai
	AI      string // the application identifier, where it is known
	Offset  int    // of the byte in the data
	Message string
}

// Error returns the message and its place.
func (e *Error) Error() string {
	if e.AI == "" {
		return fmt.Sprintf("%s (at byte %d)", e.Message, e.Offset+1)
	}
	return fmt.Sprintf("(%s) %s (at byte %d)", e.AI, e.Message, e.Offset+1)
}

// ParseElements splits an element string, without its AIM identifier, into its
// elements. A leading, trailing or needless GS is tolerated, as scanners differ
// in them; an element of variable length runs to the next GS. On an error the
// elements before it are returned too.
func ParseElements(data []byte) ([]Element, error) {
	var out []Element
	seen := map[string]string{}
	for i := 0; i < len(data); {
		if data[i] == GS {
			i++
			continue
		}
		ai, rule, ok := lookup(data[i:])
		if !ok {
			head := data[i:min(i+4, len(data))]
			return out, &Error{Code: "unknown_ai", Offset: i, Message: fmt.Sprintf("%q does not begin with a known application identifier", head)}
		}
		start := i + len(ai)
		rest := data[start:]
		stop := bytes.IndexByte(rest, GS)
		if stop < 0 {
			stop = len(rest)
		}
		end := start + stop
		if rule.fixed() {
			end = start + min(rule.max, stop)
		}
		value := string(data[start:end])
		if err := rule.check(value); err != nil {
			err.AI, err.Offset = ai, start
			return out, err
		}
		if old, again := seen[ai]; again && old != value {
			return out, &Error{Code: "duplicate_ai", AI: ai, Offset: start, Message: "occurs twice with different values"}
		}
		seen[ai] = value
		out = append(out, Element{AI: ai, Value: value})
		i = end
	}
	if len(out) == 0 {
		return nil, &Error{Code: "empty", Message: "no element"}
	}
	return out, nil
}

// A rule is what an application identifier's value must be.
type rule struct {
	digits   int  // this many leading characters are digits; -1: all
	min, max int  // length
	checked  bool // the last digit is a GS1 check digit
	date     bool // YYMMDD
}

func (r rule) fixed() bool { return r.min == r.max }

func (r rule) check(v string) *Error {
	switch {
	case len(v) < r.min:
		return &Error{Code: "too_short", Message: fmt.Sprintf("has %d characters, want %s", len(v), r.lengths())}
	case len(v) > r.max:
		return &Error{Code: "too_long", Message: fmt.Sprintf("has %d characters, want %s; the scanner may have dropped the separator FNC1 (have it send GS)", len(v), r.lengths())}
	}
	for i := range len(v) {
		digit := v[i] >= '0' && v[i] <= '9'
		if (r.digits < 0 || i < r.digits) && !digit {
			return &Error{Code: "bad_character", Message: fmt.Sprintf("has %q where a digit must be", v[i])}
		}
		if !digit && !cset82(v[i]) {
			return &Error{Code: "bad_character", Message: fmt.Sprintf("has the character %q, which GS1 does not allow", v[i])}
		}
	}
	if r.checked && !CheckMod10(v) {
		return &Error{Code: "check_digit", Message: v + " has a wrong check digit"}
	}
	if r.date && !plausibleDate(v) {
		return &Error{Code: "date", Message: v + " is not a date (YYMMDD)"}
	}
	return nil
}

func (r rule) lengths() string {
	if r.fixed() {
		return fmt.Sprint(r.max)
	}
	return fmt.Sprintf("%d to %d", r.min, r.max)
}

// plausibleDate allows day 00, which GS1 reads as the end of the month.
func plausibleDate(v string) bool {
	month, day := v[2:4], v[4:6]
	if month < "01" || month > "12" {
		return false
	}
	last := "31"
	switch month {
	case "04", "06", "09", "11":
		last = "30"
	case "02":
		last = "29"
	}
	return day <= last
}

// cset82 reports whether c is in the 82-character set of GS1.
func cset82(c byte) bool {
	if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' {
		return true
	}
	return bytes.IndexByte([]byte(`!"%&'()*+,-./:;<=>?_`), c) >= 0
}
