package template

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
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
	quick   quick       // says the same where isQuick
	isQuick bool
}

func literal(s string) *expression { return &expression{source: s} }

// compile checks source against what in offers. Functions that look at the
// clock are taken away: a label depends on its data only.
func compile(source string, in scope, more ...expr.Option) (*expression, error) {
	options := append([]expr.Option{
		in.env(), expr.MaxNodes(maxNodes),
		expr.DisableBuiltin("now"), expr.DisableBuiltin("date"), expr.DisableBuiltin("timezone"), expr.DisableBuiltin("duration"),
	}, append(functions(), more...)...)
	program, err := expr.Compile(source, options...)
	if err != nil {
		return nil, explainIn(err, in.names())
	}
	e := &expression{source: source, program: program}
	if in == nil {
		e.quick, e.isQuick = quicken(program.Node())
	}
	return e, nil
}

// run evaluates the expression with the library's machine.
func (e *expression) run(b *Binding) (any, error) { return b.machine.Run(e.program, b.sight()) }

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
func compileValue(source string, in scope) (*expression, error) {
	e, err := compile(source, in)
	if err != nil {
		return nil, err
	}
	if t := e.program.Node().Type(); t != nil && !printable(t) {
		return nil, fmt.Errorf("gives %s; an element shows text, a number or a list of texts", called(t))
	}
	return e, nil
}

// called returns what people call a value that no element shows.
func called(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Struct:
		return "a whole entry, not one of its parts"
	case reflect.Slice, reflect.Array:
		return "a list whose entries are no texts"
	default:
		return t.String()
	}
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

func (e *expression) text(b *Binding) (string, error) {
	if e.program == nil {
		return e.source, nil
	}
	if e.isQuick && b.seen.root.IsValid() {
		if s, ok := e.quick.say(&b.seen); ok {
			return s, nil
		}
	}
	v, err := e.run(b)
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
	case int:
		return strconv.Itoa(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
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
func explain(err error) error { return explainIn(err, names()) }

// explainIn is explain where known are the names that may be spoken of.
func explainIn(err error, known []string) error {
	var fe *file.Error
	if !errors.As(err, &fe) {
		return err
	}
	if name, ok := strings.CutPrefix(fe.Message, "unknown name "); ok {
		return fmt.Errorf("unknown name %q%s", name, nearest(name, known))
	}
	return plainly(fe.Message)
}

// names lists what an expression may speak of.
func names() []string {
	t := reflect.TypeFor[environment]()
	all := functionNames()
	for i := range t.NumField() {
		all = append(all, t.Field(i).Tag.Get("expr"))
	}
	return all
}

func kilograms(g int) string {
	g = (g + 5) / 10 * 10
	if g < 0 {
		return fmt.Sprintf("%d.%02d kg", g/1000, g%1000/10)
	}
	var room [32]byte
	b := strconv.AppendInt(room[:0], int64(g/1000), 10)
	b = append(b, '.', byte('0'+g/100%10), byte('0'+g/10%10))
	return string(append(b, " kg"...))
}

// pounds returns a weight in pounds and ounces, rounded up as posts do.
func pounds(g int) string {
	ounces := (g*100000 + 2834951) / 2834952
	var room [48]byte
	b := strconv.AppendInt(room[:0], int64(ounces/16), 10)
	b = strconv.AppendInt(append(b, " lb "...), int64(ounces%16), 10)
	return string(append(b, " oz"...))
}

// Shown reports whether the element is drawn for b.
func (e *Element) Shown(b *Binding) (bool, error) {
	if e.when == nil {
		return true, nil
	}
	if w := e.when; w.isQuick && w.quick.yes != nil && b.seen.root.IsValid() {
		return w.quick.yes(&b.seen), nil
	}
	v, err := e.when.run(b)
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
	return e.value.text(b)
}
