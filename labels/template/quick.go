package template

import (
	"reflect"
	"strconv"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// A quick is an expression without a machine: a function that says the same.
// Expressions are names, texts put together, and comparisons, most of them; for
// those the library's machine costs more than all the drawing. A quick knows a
// part of the language in which nothing can fail; everything else is left to
// the machine.
//
// One of its functions is set, which says what it is.
type quick struct {
	text   func(*seen) string
	write  func([]byte, *seen) []byte // a text, appended
	number func(*seen) int
	yes    func(*seen) bool
	texts  func(*seen) []string
	lines  func([]byte, *seen) []byte // texts as well, appended one to a line; may be nil
	list   func(*seen) reflect.Value
}

// A seen is what a quick expression is evaluated on.
type seen struct {
	root reflect.Value // the environment
	item reflect.Value // what a map is at
	room []byte        // in which texts are put together
}

// quicken returns the quick expression of a parcel's environment that node is,
// if it is one.
func quicken(node ast.Node) (quick, bool) {
	c := &quickener{at: reflect.TypeFor[environment]()}
	q, ok := c.node(node)
	return q, ok && q.list == nil
}

// say returns the text of an expression, as show does.
func (q quick) say(s *seen) (string, bool) {
	switch {
	case q.text != nil:
		return q.text(s), true
	case q.write != nil:
		s.room = q.write(s.room[:0], s)
		return string(s.room), true
	case q.number != nil:
		return strconv.Itoa(q.number(s)), true
	case q.lines != nil:
		s.room = q.lines(s.room[:0], s)
		return string(s.room), true
	case q.texts != nil:
		return strings.Join(q.texts(s), "\n"), true
	}
	return "", false
}

// appended returns the function that appends a text, or nil.
func (q quick) appended() func([]byte, *seen) []byte {
	if q.text != nil {
		return func(b []byte, s *seen) []byte { return append(b, q.text(s)...) }
	}
	return q.write
}

// whole returns the function that returns a text, or nil.
func (q quick) whole() func(*seen) string {
	if q.write != nil {
		return func(s *seen) string { return string(q.write(nil, s)) }
	}
	return q.text
}

// A quickener makes quick expressions.
type quickener struct {
	at   reflect.Type // of the environment
	item reflect.Type // inside of a map; nil outside
}

func (c *quickener) node(node ast.Node) (quick, bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return quick{text: func(*seen) string { return n.Value }}, true
	case *ast.IntegerNode:
		return quick{number: func(*seen) int { return n.Value }}, true
	case *ast.BoolNode:
		return quick{yes: func(*seen) bool { return n.Value }}, true
	case *ast.ConstantNode:
		return constant(n.Value)
	case *ast.IdentifierNode:
		return field(c.at, n.Value, func(s *seen) reflect.Value { return s.root })
	case *ast.MemberNode:
		return c.member(n)
	case *ast.UnaryNode:
		return c.unary(n)
	case *ast.BinaryNode:
		return c.binary(n)
	case *ast.ConditionalNode:
		return c.conditional(n)
	case *ast.BuiltinNode:
		return c.builtin(n)
	case *ast.CallNode:
		return c.call(n)
	}
	return quick{}, false
}

func constant(v any) (quick, bool) {
	switch v := v.(type) {
	case string:
		return quick{text: func(*seen) string { return v }}, true
	case int:
		return quick{number: func(*seen) int { return v }}, true
	case bool:
		return quick{yes: func(*seen) bool { return v }}, true
	}
	return quick{}, false
}

// field returns the value of the field that the expression calls name, of the
// structure of type t that of returns.
func field(t reflect.Type, name string, of func(*seen) reflect.Value) (quick, bool) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Tag.Get("expr") != name {
			continue
		}
		switch {
		case f.Type.Kind() == reflect.String:
			return quick{text: func(s *seen) string { return of(s).Field(i).String() }}, true
		case f.Type.Kind() == reflect.Int:
			return quick{number: func(s *seen) int { return int(of(s).Field(i).Int()) }}, true
		case f.Type.Kind() == reflect.Bool:
			return quick{yes: func(s *seen) bool { return of(s).Field(i).Bool() }}, true
		case f.Type == reflect.TypeFor[[]string]():
			return quick{texts: func(s *seen) []string { return pointed[[]string](of(s).Field(i)) }}, true
		case f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct:
			return quick{list: func(s *seen) reflect.Value { return of(s).Field(i) }}, true
		}
		return quick{}, false
	}
	return quick{}, false
}

// pointed returns the value of a field, without putting it into an interface.
func pointed[T any](v reflect.Value) T {
	if p, ok := v.Addr().Interface().(*T); ok {
		return *p
	}
	var none T
	return none
}

// member reads ship_to.name, fields.name, and .name of a list's item.
func (c *quickener) member(n *ast.MemberNode) (quick, bool) {
	name, ok := n.Property.(*ast.StringNode)
	if !ok || n.Optional || n.Method {
		return quick{}, false
	}
	switch of := n.Node.(type) {
	case *ast.PointerNode:
		if of.Name != "" || c.item == nil {
			return quick{}, false
		}
		return field(c.item, name.Value, func(s *seen) reflect.Value { return s.item })
	case *ast.IdentifierNode:
		for i := range c.at.NumField() {
			f := c.at.Field(i)
			switch {
			case f.Tag.Get("expr") != of.Value:
			case f.Type.Kind() == reflect.Struct:
				return field(f.Type, name.Value, func(s *seen) reflect.Value { return s.root.Field(i) })
			case f.Type == reflect.TypeFor[map[string]string]():
				return quick{text: func(s *seen) string {
					return pointed[map[string]string](s.root.Field(i))[name.Value]
				}}, true
			}
		}
	}
	return quick{}, false
}

func (c *quickener) unary(n *ast.UnaryNode) (quick, bool) {
	x, ok := c.node(n.Node)
	if ok && x.yes != nil && (n.Operator == "!" || n.Operator == "not") {
		return quick{yes: func(s *seen) bool { return !x.yes(s) }}, true
	}
	return quick{}, false
}

func (c *quickener) conditional(n *ast.ConditionalNode) (quick, bool) {
	test, ok1 := c.node(n.Cond)
	a, ok2 := c.node(n.Exp1)
	b, ok3 := c.node(n.Exp2)
	if !ok1 || !ok2 || !ok3 || test.yes == nil {
		return quick{}, false
	}
	if a, b := a.whole(), b.whole(); a != nil && b != nil {
		return quick{text: func(s *seen) string {
			if test.yes(s) {
				return a(s)
			}
			return b(s)
		}}, true
	}
	return quick{}, false
}
