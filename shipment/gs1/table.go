package gs1

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

//go:embed identifiers.txt
var identifiersText string

// identifiers is the compiled table of application identifiers.
var identifiers = sync.OnceValue(func() *table {
	t, err := compile(identifiersText)
	if err != nil {
		panic(err) // the text is the program's own; a test compiles it
	}
	return t
})

// A table finds application identifiers. All that begin with the same two
// digits have the same length, so that two digits say how many follow.
type table struct {
	families [100]family
	rules    []*rule // in the order of the text
}

type family struct {
	length int     // of the identifiers, 2 to 4; 0: there are none
	rules  []*rule // by the digits behind the first two
}

// A rule is what is known about one application identifier.
type rule struct {
	ai        string
	title     string
	fixed     bool // ends by its length, no separator behind it
	checked   bool // digits that end in a check digit
	attribute bool // may stand behind the question mark of a Digital Link
	parts     []part
	min, max  int            // length of the value
	needs     [][]companions // one of each must be there
	excludes  []pattern      // none of these may be there
	key       bool           // may begin a Digital Link
	sequences [][]string     // the key's qualifiers, in order
}

// Companions are identifiers that must be there together.
type companions []pattern

// A pattern stands for the identifiers that have its length and begin with its
// digits: 31nn is "31" with length 4.
type pattern struct {
	digits string
	length int
}

func (p pattern) matches(ai string) bool {
	return len(ai) == p.length && ai[:len(p.digits)] == p.digits
}

// String returns the pattern as it stands in the table.
func (p pattern) String() string { return p.digits + strings.Repeat("n", p.length-len(p.digits)) }

// A part is one stretch of a value.
type part struct {
	set      *charset
	min, max int
	optional bool
	checks   []check
}

// find returns the rule of the identifier at the front of s; nil: none is there.
func (t *table) find(s string) *rule {
	if len(s) < 2 || !isDigit(s[0]) || !isDigit(s[1]) {
		return nil
	}
	f := &t.families[int(s[0]-'0')*10+int(s[1]-'0')]
	if f.length == 0 || len(s) < f.length {
		return nil
	}
	i := 0
	for _, c := range []byte(s[2:f.length]) {
		if !isDigit(c) {
			return nil
		}
		i = i*10 + int(c-'0')
	}
	return f.rules[i]
}

// named returns the rule of the identifier ai, which is all of it.
func (t *table) named(ai string) *rule {
	if r := t.find(ai); r != nil && len(r.ai) == len(ai) {
		return r
	}
	return nil
}

// Known reports whether ai is an application identifier.
func Known(ai string) bool { return identifiers().named(ai) != nil }

// Title returns the short name of an application identifier, such as SSCC; it
// is empty for one that is not known or has none.
func Title(ai string) string {
	if r := identifiers().named(ai); r != nil {
		return r.title
	}
	return ""
}

// EndsByLength reports whether an element of ai ends by its length alone, so
// that no separator stands behind it.
func EndsByLength(ai string) bool {
	r := identifiers().named(ai)
	return r != nil && r.fixed
}

// CheckedLength returns how long the values of ai are, where they are digits
// that end in a check digit and nothing follows it; 0: they are not.
func CheckedLength(ai string) int {
	r := identifiers().named(ai)
	if r == nil || !r.checked {
		return 0
	}
	return r.max
}

// compile reads the table's text.
func compile(text string) (*table, error) {
	t := &table{}
	kinds := checks()
	for n, line := range strings.Split(text, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		fields := strings.Split(line, "|")
		if len(fields) < 3 {
			return nil, fmt.Errorf("identifiers line %d: want identifiers | value | rules | title", n+1)
		}
		for i := range fields {
			fields[i] = strings.TrimSpace(fields[i])
		}
		r, err := compileRule(fields, kinds)
		if err != nil {
			return nil, fmt.Errorf("identifiers line %d: %w", n+1, err)
		}
		if err := t.add(fields[0], r); err != nil {
			return nil, fmt.Errorf("identifiers line %d: %w", n+1, err)
		}
	}
	return t, nil
}

// add enters r under ais, which is one identifier or a range of them.
func (t *table) add(ais string, r rule) error {
	first, last, isRange := strings.Cut(ais, "-")
	if !isRange {
		last = first
	}
	from, err1 := strconv.Atoi(first)
	to, err2 := strconv.Atoi(last)
	if err1 != nil || err2 != nil || len(first) != len(last) || len(first) < 2 || len(first) > 4 || from > to {
		return fmt.Errorf("%q is no identifier and no range", ais)
	}
	for n := from; n <= to; n++ {
		one := r
		one.ai = fmt.Sprintf("%0*d", len(first), n)
		f := &t.families[int(one.ai[0]-'0')*10+int(one.ai[1]-'0')]
		if f.length == 0 {
			f.length = len(one.ai)
			f.rules = make([]*rule, [5]int{2: 1, 3: 10, 4: 100}[f.length])
		}
		if f.length != len(one.ai) {
			return fmt.Errorf("%s has another length than those that begin like it", one.ai)
		}
		i, _ := strconv.Atoi("0" + one.ai[2:])
		if f.rules[i] != nil {
			return fmt.Errorf("%s is there twice", one.ai)
		}
		f.rules[i] = &one
		t.rules = append(t.rules, &one)
	}
	return nil
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}
