package carrier

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"waybill/internal/strictyaml"
)

// A clause is a condition: one field's test, or a group of clauses.
type clause struct {
	group  groupKind
	inside [][]clause // of any_of and not: each alternative's clauses, which must all hold
	tests  []test     // of a field: all must hold
	field  field
	name   string
	chart  *chart // of dest.zone.CHART
	areas  bool   // of dest.zone_set
}

type groupKind int

const (
	noGroup groupKind = iota
	anyOf
	noneOf
)

// An op is how a value is compared.
type op int

const (
	opIs op = iota
	opNot
	opLT
	opLTE
	opGT
	opGTE
	opAny
	opAll
	opNone
	opMissing
	opPrefix
	opNotPrefix
	opBetween
)

// operators are the operators of each kind of field, by name.
var operators = map[string]struct {
	op    op
	kinds []kind
}{
	"is":         {opIs, []kind{number, text, truth, list}},
	"not":        {opNot, []kind{number, text, truth, list}},
	"lt":         {opLT, []kind{number}},
	"lte":        {opLTE, []kind{number}},
	"gt":         {opGT, []kind{number}},
	"gte":        {opGTE, []kind{number}},
	"between":    {opBetween, []kind{number, text}},
	"any":        {opAny, []kind{list}},
	"all":        {opAll, []kind{list}},
	"none":       {opNone, []kind{list}},
	"missing":    {opMissing, []kind{number, text, list}},
	"prefix":     {opPrefix, []kind{text, list}},
	"not_prefix": {opNotPrefix, []kind{text, list}},
}

var kindNames = map[kind]string{number: "number", text: "text", truth: "true or false", list: "list of texts"}

// A test is one operator and what it compares with.
type test struct {
	op       op
	numbers  []int64
	words    wordSet
	truth    bool
	absent   bool // of missing: whether the value must be absent
	shortest int  // of missing: a text with fewer characters counts as absent
	lengths  []int
}

// A wordSet answers quickly whether a text is among its words.
type wordSet struct {
	few  []string
	many map[string]bool
}

func wordsOf(words []string) wordSet {
	if len(words) <= 8 {
		return wordSet{few: words}
	}
	s := wordSet{many: make(map[string]bool, len(words))}
	for _, w := range words {
		s.many[w] = true
	}
	return s
}

func (s *wordSet) has(w string) bool {
	if s.many != nil {
		return s.many[w]
	}
	return slices.Contains(s.few, w)
}

func (s *wordSet) all() []string {
	if s.many != nil {
		return slices.Sorted(maps.Keys(s.many))
	}
	return s.few
}

// matches reports whether every clause holds.
func matches(cs []clause, f *facts) bool {
	for i := range cs {
		if !cs[i].holds(f) {
			return false
		}
	}
	return true
}

func (c *clause) holds(f *facts) bool {
	if c.group != noGroup {
		for _, alternative := range c.inside {
			if matches(alternative, f) {
				return c.group == anyOf
			}
		}
		return c.group == noneOf
	}
	for i := range c.tests {
		if !c.test(&c.tests[i], f) {
			return false
		}
	}
	return true
}

func (c *clause) test(t *test, f *facts) bool {
	switch {
	case c.chart != nil:
		return t.text(f.zone(c.chart))
	case c.areas:
		return f.in(t)
	}
	switch c.field.kind {
	case number:
		return t.number(f.numbers[c.field.at], f.known[c.field.at])
	case truth:
		return (f.truths[c.field.at] == t.truth) != (t.op == opNot)
	case list:
		return t.list(f.lists[c.field.at])
	default:
		return t.text(f.texts[c.field.at])
	}
}

func (t *test) number(have int64, known bool) bool {
	if t.op == opMissing {
		return known != t.absent
	}
	if !known {
		return t.op == opNot
	}
	switch t.op {
	case opLT:
		return have < t.numbers[0]
	case opLTE:
		return have <= t.numbers[0]
	case opGT:
		return have > t.numbers[0]
	case opGTE:
		return have >= t.numbers[0]
	case opBetween:
		return t.numbers[0] <= have && have <= t.numbers[1]
	case opIs, opNot, opAny, opAll, opNone, opMissing, opPrefix, opNotPrefix:
	}
	return slices.Contains(t.numbers, have) != (t.op == opNot)
}

func (t *test) text(have string) bool {
	switch t.op {
	case opMissing:
		return (len(have) < t.shortest) == t.absent
	case opPrefix, opNotPrefix:
		return t.prefixed(have) == (t.op == opPrefix)
	case opBetween:
		from, to := t.words.few[0], t.words.few[1]
		return len(have) >= len(from) && from <= have[:len(from)] && have[:len(from)] <= to
	case opIs, opNot, opLT, opLTE, opGT, opGTE, opAny, opAll, opNone:
	}
	return t.words.has(have) != (t.op == opNot)
}

func (t *test) prefixed(have string) bool {
	for _, n := range t.lengths {
		if len(have) >= n && t.words.has(have[:n]) {
			return true
		}
	}
	return false
}

func (t *test) list(have []string) bool {
	switch t.op {
	case opMissing: // some value is absent or too short
		return (len(have) == 0 || slices.ContainsFunc(have, func(v string) bool { return len(v) < t.shortest })) == t.absent
	case opAll:
		return len(have) > 0 && !slices.ContainsFunc(have, func(v string) bool { return !t.words.has(v) })
	case opPrefix, opNotPrefix:
		return slices.ContainsFunc(have, t.prefixed) == (t.op == opPrefix)
	case opIs, opNot, opLT, opLTE, opGT, opGTE, opAny, opNone, opBetween:
	}
	return slices.ContainsFunc(have, t.words.has) != (t.op == opNot || t.op == opNone)
}

// when compiles the conditions under key.
func (r *reading) when(key string, raw map[string]rawCondition) []clause {
	var out []clause
	for _, name := range slices.Sorted(maps.Keys(raw)) {
		at := key + "." + name
		n := raw[name].node
		if n == nil { // written as "field:" and nothing
			r.add(at, "want a value, a list or operators")
			continue
		}
		if c, ok := r.clause(at, name, n); ok {
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b clause) int { return a.cost() - b.cost() })
	return out
}

// cost orders clauses so that what is quick to refuse is asked first.
func (c *clause) cost() int {
	switch {
	case c.group != noGroup:
		return 3
	case c.chart != nil || c.areas:
		return 2
	case c.field.kind == list:
		return 1
	}
	return 0
}

func (r *reading) clause(at, name string, n *yaml.Node) (clause, bool) {
	switch name {
	case "any_of":
		return r.group(at, anyOf, n)
	case "not", "none_of":
		return r.group(at, noneOf, n)
	}
	c := clause{name: name}
	if chartName, ok := strings.CutPrefix(name, "dest.zone."); ok {
		if c.chart = r.rules.charts[chartName]; c.chart == nil {
			r.at(n, at, "unknown zones %q (have %v)", chartName, slices.Sorted(maps.Keys(r.rules.charts)))
			return c, false
		}
		c.field.kind = text
	} else if name == "dest.zone_set" {
		c.areas, c.field.kind = true, list
	} else if c.field, ok = conditionFields[name]; !ok {
		message := fmt.Sprintf("unknown field (have %v)", ConditionFields())
		if near := strictyaml.Nearest(name, ConditionFields()); near != "" {
			message = fmt.Sprintf("unknown field; did you mean %q?", near)
		}
		r.at(n, at, "%s", message)
		return c, false
	}
	before := len(r.mistakes)
	switch n.Kind {
	case yaml.ScalarNode, yaml.SequenceNode:
		c.tests = append(c.tests, r.test(at, &c, "is", n))
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			c.tests = append(c.tests, r.test(at, &c, n.Content[i].Value, resolved(n.Content[i+1])))
		}
	default:
		r.at(n, at, "want a value, a list or operators")
	}
	return c, len(r.mistakes) == before
}

// The most groups that conditions may have in all and in one another. Aliases
// could make endlessly many of a few lines.
const (
	maxGroups = 10_000
	maxDepth  = 8
)

// group compiles any_of, a list of alternatives, and not, one or several.
func (r *reading) group(at string, kind groupKind, n *yaml.Node) (clause, bool) {
	c := clause{group: kind}
	alternatives := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		alternatives = n.Content
	} else if kind == anyOf {
		r.at(n, at, "want a list of conditions, of which one must hold")
		return c, false
	}
	if len(alternatives) == 0 {
		r.at(n, at, "the list is empty")
		return c, false
	}
	if r.groups++; r.groups > maxGroups || r.depth >= maxDepth {
		r.at(n, at, "too many groups, or too deep in one another (at most %d and %d); does an alias hold itself?", maxGroups, maxDepth)
		return c, false
	}
	r.depth++
	defer func() { r.depth-- }()
	before := len(r.mistakes)
	for i, alt := range alternatives {
		alt = resolved(alt)
		inner := fmt.Sprintf("%s[%d]", at, i)
		var raw map[string]rawCondition
		if alt.Kind != yaml.MappingNode || len(alt.Content) == 0 || alt.Decode(&raw) != nil {
			r.at(alt, inner, "want conditions, as in {dest.country: US}")
			continue
		}
		c.inside = append(c.inside, r.when(inner, raw))
	}
	return c, len(r.mistakes) == before
}

// test compiles one operator and its operands for the field of c.
func (r *reading) test(at string, c *clause, name string, n *yaml.Node) test {
	known, ok := operators[name]
	if !ok {
		r.at(n, at, "unknown operator %q (have %v)", name, slices.Sorted(maps.Keys(operators)))
		return test{}
	}
	t := test{op: known.op}
	if !slices.Contains(known.kinds, c.field.kind) {
		r.at(n, at, "%s is not for this field: %s wants a %s, the field is a %s", name, name, kindNames[known.kinds[0]], kindNames[c.field.kind])
		return t
	}
	words, ok := r.operands(at, n)
	if !ok {
		return t
	}
	switch one := len(words) == 1; {
	case t.op == opBetween && (len(words) != 2 || c.field.kind == text && len(words[0]) != len(words[1])):
		r.at(n, at, "between wants two values of one length, the least and the most")
		return t
	case (t.op == opLT || t.op == opLTE || t.op == opGT || t.op == opGTE || t.op == opMissing || c.field.kind == truth) && !one:
		r.at(n, at, "%s wants one value here", name)
		return t
	}
	r.values(at, c, &t, words, n)
	return t
}

// values sets what t compares with.
func (r *reading) values(at string, c *clause, t *test, words []string, n *yaml.Node) {
	switch {
	case t.op == opMissing:
		t.absent, t.shortest = words[0] != "false", 1
		if count, err := strconv.Atoi(words[0]); err == nil && count > 0 && c.field.kind != number {
			t.shortest = count
		} else if words[0] != "true" && words[0] != "false" {
			r.at(n, at, "missing wants true, false or the fewest characters that count, not %q", words[0])
		}
	case c.areas:
		for _, w := range words {
			if r.rules.areas[w] == nil {
				r.at(n, at, "unknown zone set %q (have %v)", w, slices.Sorted(maps.Keys(r.rules.areas)))
			}
		}
		t.words = wordsOf(words)
	case c.field.kind == number:
		for _, w := range words {
			v, err := strconv.ParseInt(w, 10, 64)
			if err != nil {
				r.at(n, at, "%q is no whole number", w)
			}
			t.numbers = append(t.numbers, v)
		}
		if t.op == opBetween && t.numbers[0] > t.numbers[1] {
			r.at(n, at, "between wants the least value first")
		}
	case c.field.kind == truth:
		if words[0] != "true" && words[0] != "false" {
			r.at(n, at, "%q is neither true nor false", words[0])
		}
		t.truth = words[0] == "true"
	default:
		r.texts(at, c, t, words, n)
	}
}

func (r *reading) texts(at string, c *clause, t *test, words []string, n *yaml.Node) {
	if c.name == "dest.postal" || c.name == "from.postal" {
		for i := range words {
			words[i] = postal(words[i])
		}
	}
	for _, w := range words {
		if c.name == "items.hazmat" && !slices.Contains(Hazmats(), w) {
			r.at(n, at, "unknown hazmat %q (have %v)", w, Hazmats())
		}
		if (t.op == opPrefix || t.op == opNotPrefix) && !slices.Contains(t.lengths, len(w)) {
			t.lengths = append(t.lengths, len(w))
		}
	}
	if t.op == opBetween {
		t.words = wordSet{few: words}
		return
	}
	t.words = wordsOf(words)
}

// operands returns the plain values of n. A value "$name" stands for the list
// of that name.
func (r *reading) operands(at string, n *yaml.Node) ([]string, bool) {
	nodes := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		nodes = n.Content
	}
	var words []string
	for _, v := range nodes {
		v = resolved(v)
		if v.Kind != yaml.ScalarNode {
			r.at(v, at, "want plain values")
			return nil, false
		}
		name, named := strings.CutPrefix(v.Value, "$")
		if !named {
			words = append(words, v.Value)
			continue
		}
		values, ok := r.rules.lists[name]
		if !ok {
			r.at(v, at, "unknown list %q (have %v)", v.Value, slices.Sorted(maps.Keys(r.rules.lists)))
			return nil, false
		}
		words = append(words, values...)
	}
	if len(words) == 0 {
		r.at(n, at, "the list is empty, so the rule never matches")
		return nil, false
	}
	return words, true
}

// in reports whether the destination lies in one of the sets that t names.
func (f *facts) in(t *test) bool {
	found := false
	for _, name := range t.words.all() {
		found = found || f.areas[name].holds(f)
	}
	return found != (t.op == opNot || t.op == opNone)
}
