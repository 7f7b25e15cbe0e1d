package template

import (
	"maps"
	"reflect"
	"slices"

	"github.com/expr-lang/expr"
)

// A scope is what expressions see where that is more or other than a parcel:
// names with a value of the type that stands behind each. The nil scope is a
// parcel's environment.
type scope map[string]any

// scopeOf returns the names in v's tags, with v's values.
func scopeOf(v any) scope {
	s := scope{}
	r := reflect.Indirect(reflect.ValueOf(v))
	for i := range r.NumField() {
		if name := r.Type().Field(i).Tag.Get("expr"); name != "" {
			s[name] = r.Field(i).Interface()
		}
	}
	return s
}

// with returns s with one more name.
func (s scope) with(name string, v any) scope {
	if s == nil {
		s = scopeOf(environment{})
	} else {
		s = maps.Clone(s)
	}
	s[name] = v
	return s
}

// env returns the option that has a compiler check names and types against s.
func (s scope) env() expr.Option {
	if s == nil {
		return expr.Env(environment{})
	}
	return expr.Env(map[string]any(s))
}

// names lists what an expression in s may speak of.
func (s scope) names() []string {
	if s == nil {
		return names()
	}
	return append(functionNames(), slices.Sorted(maps.Keys(s))...)
}

// functionNames lists the functions people reach for.
func functionNames() []string {
	return append(ownFunctions(), usualFunctions()...)
}

// scoped is the part of a Binding that tables, pages and other subjects than a
// parcel need. It is left empty where a template has none of them.
type scoped struct {
	subject Subject
	name    string // of the subject, for messages
	scope   scope  // nil: the parcel's environment

	to, from string // the countries of a parcel's way
}

// sight returns what an expression is evaluated on.
func (b *Binding) sight() any {
	if b.scope != nil {
		return map[string]any(b.scope)
	}
	return &b.env
}

// widened returns b with a scope of its own, to which names can be added.
func (b *Binding) widened() *Binding {
	w := &Binding{scoped: b.scoped}
	if b.scope == nil {
		w.scope = scopeOf(b.env)
	} else {
		w.scope = maps.Clone(b.scope)
	}
	return w
}

// OnPage returns b with the variables page and pages.
func (b *Binding) OnPage(page, pages int) *Binding {
	w := b.widened()
	w.scope["page"], w.scope["pages"] = page, pages
	return w
}

// Subject returns what b is the data of.
func (b *Binding) Subject() Subject { return b.subject }

// Name returns which subject it is, for messages: a parcel, a hand-off.
func (b *Binding) Name() string { return b.name }
