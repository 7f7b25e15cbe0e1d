package template

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"

	"waybill/shipment/address"
)

// builtin knows the library's functions that templates use most.
func (c *quickener) builtin(n *ast.BuiltinNode) (quick, bool) {
	if n.Name == "map" {
		return c.each(n)
	}
	args := make([]quick, len(n.Arguments))
	for i, a := range n.Arguments {
		q, ok := c.node(a)
		if !ok {
			return quick{}, false
		}
		args[i] = q
	}
	switch n.Name {
	case "len":
		return length(args)
	case "string":
		return asText(args)
	case "join":
		return join(args)
	}
	texts := make([]func(*seen) string, len(args))
	for i, a := range args {
		if texts[i] = a.whole(); texts[i] == nil {
			return quick{}, false
		}
	}
	return onTexts(n.Name, texts)
}

func onTexts(name string, a []func(*seen) string) (quick, bool) {
	var f func(*seen) string
	switch {
	case name == "lower" && len(a) == 1:
		f = func(s *seen) string { return strings.ToLower(a[0](s)) }
	case name == "trim" && len(a) == 1:
		f = func(s *seen) string { return strings.TrimSpace(a[0](s)) }
	case name == "trimPrefix" && len(a) == 2:
		f = func(s *seen) string { return strings.TrimPrefix(a[0](s), a[1](s)) }
	case name == "trimSuffix" && len(a) == 2:
		f = func(s *seen) string { return strings.TrimSuffix(a[0](s), a[1](s)) }
	case name == "replace" && len(a) == 3:
		f = func(s *seen) string { return strings.ReplaceAll(a[0](s), a[1](s), a[2](s)) }
	}
	return quick{text: f}, f != nil
}

func length(args []quick) (quick, bool) {
	if len(args) != 1 {
		return quick{}, false
	}
	switch x := args[0]; {
	case x.texts != nil:
		return quick{number: func(s *seen) int { return len(x.texts(s)) }}, true
	case x.list != nil:
		return quick{number: func(s *seen) int { return x.list(s).Len() }}, true
	case x.whole() != nil:
		text := x.whole()
		return quick{number: func(s *seen) int { return utf8.RuneCountInString(text(s)) }}, true
	}
	return quick{}, false
}

func asText(args []quick) (quick, bool) {
	if len(args) != 1 {
		return quick{}, false
	}
	if x := args[0]; x.number != nil {
		return quick{write: func(b []byte, s *seen) []byte { return strconv.AppendInt(b, int64(x.number(s)), 10) }}, true
	}
	return args[0], args[0].whole() != nil
}

func join(args []quick) (quick, bool) {
	if len(args) == 0 || len(args) > 2 || args[0].texts == nil {
		return quick{}, false
	}
	list, glue := args[0].texts, func(*seen) string { return "" }
	if len(args) == 2 {
		if glue = args[1].whole(); glue == nil {
			return quick{}, false
		}
	}
	return quick{text: func(s *seen) string { return strings.Join(list(s), glue(s)) }}, true
}

// each is a map whose results are texts.
func (c *quickener) each(n *ast.BuiltinNode) (quick, bool) {
	if len(n.Arguments) != 2 || c.item != nil {
		return quick{}, false
	}
	name, ok1 := n.Arguments[0].(*ast.IdentifierNode)
	predicate, ok2 := n.Arguments[1].(*ast.PredicateNode)
	if !ok1 || !ok2 {
		return quick{}, false
	}
	of, ok := c.node(name)
	if !ok || of.list == nil {
		return quick{}, false
	}
	for i := range c.at.NumField() {
		if f := c.at.Field(i); f.Tag.Get("expr") == name.Value {
			c.item = f.Type.Elem()
		}
	}
	defer func() { c.item = nil }()
	body, ok := c.node(predicate.Node)
	text := body.whole()
	if !ok || text == nil {
		return quick{}, false
	}
	write := body.appended()
	return quick{
		texts: func(s *seen) []string {
			list := of.list(s)
			all := make([]string, list.Len())
			for i := range all {
				s.item = list.Index(i)
				all[i] = text(s)
			}
			return all
		},
		lines: func(b []byte, s *seen) []byte {
			list := of.list(s)
			for i := range list.Len() {
				if i > 0 {
					b = append(b, '\n')
				}
				s.item = list.Index(i)
				b = write(b, s)
			}
			return b
		},
	}, true
}

// call knows the functions of our own that most labels have.
func (c *quickener) call(n *ast.CallNode) (quick, bool) {
	name, ok := n.Callee.(*ast.IdentifierNode)
	if !ok || len(n.Arguments) != 1 {
		return quick{}, false
	}
	x, ok := c.node(n.Arguments[0])
	if !ok {
		return quick{}, false
	}
	if text := x.whole(); name.Value == "upper" && text != nil {
		return quick{text: func(s *seen) string { return address.Upper(text(s)) }}, true
	}
	if x.number == nil {
		return quick{}, false
	}
	switch name.Value {
	case "kg":
		return quick{text: func(s *seen) string { return kilograms(x.number(s)) }}, true
	case "lb":
		return quick{text: func(s *seen) string { return pounds(x.number(s)) }}, true
	}
	return quick{}, false
}
