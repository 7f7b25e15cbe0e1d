package template

import (
	"cmp"

	"github.com/expr-lang/expr/ast"
)

func (c *quickener) binary(n *ast.BinaryNode) (quick, bool) {
	a, ok := c.node(n.Left)
	if !ok {
		return quick{}, false
	}
	b, ok := c.node(n.Right)
	if !ok {
		return quick{}, false
	}
	switch {
	case a.yes != nil && b.yes != nil:
		return logic(n.Operator, a.yes, b.yes)
	case a.number != nil && b.number != nil:
		return compare(n.Operator, a.number, b.number)
	case n.Operator == "+" && a.whole() != nil && b.whole() != nil:
		first, second := a.appended(), b.appended()
		return quick{write: func(to []byte, s *seen) []byte { return second(first(to, s), s) }}, true
	case a.whole() != nil && b.whole() != nil:
		return compare(n.Operator, a.whole(), b.whole())
	}
	return quick{}, false
}

func logic(operator string, a, b func(*seen) bool) (quick, bool) {
	switch operator {
	case "&&", "and":
		return quick{yes: func(s *seen) bool { return a(s) && b(s) }}, true
	case "||", "or":
		return quick{yes: func(s *seen) bool { return a(s) || b(s) }}, true
	case "==":
		return quick{yes: func(s *seen) bool { return a(s) == b(s) }}, true
	case "!=":
		return quick{yes: func(s *seen) bool { return a(s) != b(s) }}, true
	}
	return quick{}, false
}

func compare[T cmp.Ordered](operator string, a, b func(*seen) T) (quick, bool) {
	switch operator {
	case "==":
		return quick{yes: func(s *seen) bool { return a(s) == b(s) }}, true
	case "!=":
		return quick{yes: func(s *seen) bool { return a(s) != b(s) }}, true
	case "<":
		return quick{yes: func(s *seen) bool { return a(s) < b(s) }}, true
	case "<=":
		return quick{yes: func(s *seen) bool { return a(s) <= b(s) }}, true
	case ">":
		return quick{yes: func(s *seen) bool { return a(s) > b(s) }}, true
	case ">=":
		return quick{yes: func(s *seen) bool { return a(s) >= b(s) }}, true
	}
	return quick{}, false
}
