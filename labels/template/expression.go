package template

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"
)

// maxNodes bounds an expression, so that a template cannot be a program.
const maxNodes = 500

// An expression is a compiled value or condition, or a constant text.
type expression struct {
	source  string
	program *vm.Program // nil: source is the text itself
}

func literal(s string) *expression { return &expression{source: s} }

// compile checks source against what Data offers. Functions that look at the
// clock are taken away: a label depends on its data only.
func compile(source string, more ...expr.Option) (*expression, error) {
	options := append([]expr.Option{
		expr.Env(environment{}), expr.MaxNodes(maxNodes),
		expr.DisableBuiltin("now"), expr.DisableBuiltin("date"), expr.DisableBuiltin("timezone"), expr.DisableBuiltin("duration"),
		weightFunction("kg", kilograms), weightFunction("lb", pounds),
	}, more...)
	program, err := expr.Compile(source, options...)
	if err != nil {
		return nil, explain(err)
	}
	return &expression{source: source, program: program}, nil
}

// weightFunction lets expressions write a weight in grams as write does.
func weightFunction(name string, write func(grams int) string) expr.Option {
	return expr.Function(name, func(args ...any) (any, error) {
		grams, ok := args[0].(int)
		if !ok {
			return nil, fmt.Errorf("%s: want whole grams, have %v", name, args[0])
		}
		return write(grams), nil
	}, new(func(int) string))
}

// compileValue accepts text, numbers and lists of them.
func compileValue(source string) (*expression, error) {
	e, err := compile(source)
	if err != nil {
		return nil, err
	}
	if t := e.program.Node().Type(); t != nil && !printable(t) {
		return nil, fmt.Errorf("gives %s; an element shows text, a number or a list of texts", t)
	}
	return e, nil
}

func printable(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Int, reflect.Int64, reflect.Interface:
		return true
	case reflect.Slice, reflect.Array:
		return printable(t.Elem())
	default:
		return false
	}
}

func (e *expression) text(env environment) (string, error) {
	if e.program == nil {
		return e.source, nil
	}
	v, err := expr.Run(e.program, env)
	if err != nil {
		return "", fmt.Errorf("value %s: %w", e.source, explain(err))
	}
	s, err := show(v)
	if err != nil {
		return "", fmt.Errorf("value %s: %w", e.source, err)
	}
	return s, nil
}

// show returns a value as text; a list is one entry to a line.
func show(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case int, int64:
		return fmt.Sprint(v), nil
	case []string:
		return strings.Join(v, "\n"), nil
	case []any:
		parts := make([]string, len(v))
		for i, x := range v {
			s, err := show(x)
			if err != nil {
				return "", err
			}
			parts[i] = s
		}
		return strings.Join(parts, "\n"), nil
	}
	return "", fmt.Errorf("gives %T; an element shows text, a number or a list of texts", v)
}

// explain takes the library's error apart: the reason, the nearest name where
// one is misspelt, and no picture of the source.
func explain(err error) error {
	var fe *file.Error
	if !errors.As(err, &fe) {
		return err
	}
	if name, ok := strings.CutPrefix(fe.Message, "unknown name "); ok {
		return fmt.Errorf("unknown name %q%s", name, nearest(name, names()))
	}
	return errors.New(fe.Message)
}

// names lists what an expression may speak of.
func names() []string {
	t := reflect.TypeFor[environment]()
	all := []string{"kg", "lb", "upper", "lower", "trim", "join", "len", "replace", "split"}
	for i := range t.NumField() {
		all = append(all, t.Field(i).Tag.Get("expr"))
	}
	return all
}

func kilograms(g int) string {
	g = (g + 5) / 10 * 10
	return fmt.Sprintf("%d.%02d kg", g/1000, g%1000/10)
}

// pounds returns a weight in pounds and ounces, rounded up as posts do.
func pounds(g int) string {
	ounces := (g*100000 + 2834951) / 2834952
	return fmt.Sprintf("%d lb %d oz", ounces/16, ounces%16)
}

// Shown reports whether the element is drawn for b.
func (e *Element) Shown(b *Binding) (bool, error) {
	if e.when == nil {
		return true, nil
	}
	v, err := expr.Run(e.when.program, b.env)
	if err != nil {
		return false, fmt.Errorf("when %s: %w", e.when.source, explain(err))
	}
	yes, ok := v.(bool)
	if !ok {
		return false, fmt.Errorf("when %s: gives %T, want true or false", e.when.source, v)
	}
	return yes, nil
}

// Content returns what the element says of b; a list is one entry to a line.
func (e *Element) Content(b *Binding) (string, error) {
	if e.value == nil {
		return "", nil
	}
	return e.value.text(b.env)
}
