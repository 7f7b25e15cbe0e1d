package template

import (
	"math"
	"slices"
	"strings"

	"github.com/expr-lang/expr"
	"go.yaml.in/yaml/v3"

	"waybill/labels"
)

func (p *parser) condition(to **expression) func(*yaml.Node) {
	return p.expression("when", to, func(s string) (*expression, error) { return compile(s, p.scope, expr.AsBool()) })
}

func (p *parser) value(to **expression) func(*yaml.Node) {
	return p.expression("value", to, func(s string) (*expression, error) { return compileValue(s, p.scope) })
}

func (p *parser) expression(key string, to **expression, compile func(string) (*expression, error)) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.ScalarNode || strings.TrimSpace(n.Value) == "" {
			p.fail(n, "%s: want an expression", key)
			return
		}
		e, err := compile(n.Value)
		if err != nil {
			p.fail(n, "%s: %w", key, err)
			return
		}
		*to = e
	}
}

func (p *parser) literal(to **expression) func(*yaml.Node) {
	return func(n *yaml.Node) {
		var s string
		p.text(&s)(n)
		if *to == nil {
			*to = literal(s)
		}
	}
}

func (p *parser) text(to *string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.ScalarNode || n.Value == "" {
			p.fail(n, "want text, have %s", kindName(n))
			return
		}
		*to = n.Value
	}
}

func (p *parser) yes(to *bool) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Tag != "!!bool" || n.Decode(to) != nil {
			p.fail(n, "want true or false, have %q", n.Value)
		}
	}
}

func (p *parser) count(to *int, most int) func(*yaml.Node) { return p.between(to, 1, most) }

func (p *parser) between(to *int, least, most int) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Tag != "!!int" || n.Decode(to) != nil || *to < least || *to > most {
			p.fail(n, "want a whole number between %d and %d, have %q", least, most, n.Value)
		}
	}
}

func (p *parser) oneOf(to *string, allowed ...string) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.ScalarNode || !slices.Contains(allowed, n.Value) {
			p.fail(n, "want one of %s, have %q", strings.Join(allowed, ", "), n.Value)
			return
		}
		*to = n.Value
	}
}

func (p *parser) mm(to *labels.Length) func(*yaml.Node) {
	return p.measure(to, "millimetres", float64(labels.Millimetre), float64(maxSide))
}

func (p *parser) points(to *labels.Length) func(*yaml.Node) {
	return p.measure(to, "points", float64(labels.Inch)/72, float64(10*labels.Inch))
}

// measure reads a number greater than zero in units of one micrometres.
func (p *parser) measure(to *labels.Length, unit string, one, most float64) func(*yaml.Node) {
	return func(n *yaml.Node) {
		v, ok := number(n)
		if l := math.Round(v * one); ok && l >= 1 && l <= most {
			*to = labels.Length(l)
			return
		}
		p.fail(n, "want a number of %s greater than 0, have %q", unit, n.Value)
	}
}

func number(n *yaml.Node) (float64, bool) {
	var v float64
	if n.Kind != yaml.ScalarNode || (n.Tag != "!!int" && n.Tag != "!!float") || n.Decode(&v) != nil {
		return 0, false
	}
	return v, !math.IsNaN(v) && math.Abs(v) < 1e6
}

func (p *parser) point(to *labels.Point) func(*yaml.Node) { return p.pair(&to.X, &to.Y) }

func (p *parser) pair(a, b *labels.Length) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind == yaml.SequenceNode && len(n.Content) == 2 {
			x, okX := number(n.Content[0])
			y, okY := number(n.Content[1])
			if okX && okY && x >= 0 && y >= 0 {
				*a = labels.Length(math.Round(x * float64(labels.Millimetre)))
				*b = labels.Length(math.Round(y * float64(labels.Millimetre)))
				return
			}
		}
		p.fail(n, "want two numbers of millimetres, as in [10, 20.5]")
	}
}
