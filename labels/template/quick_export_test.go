package template

import "github.com/expr-lang/expr"

// Ways evaluates an expression in both ways: without the machine, where quick
// is true, and with it.
func Ways(source string, d Data) (without, with any, quick bool, err error) {
	e, err := compile(source, nil)
	if err != nil {
		return nil, nil, false, err
	}
	b := Bind(d)
	if with, err = expr.Run(e.program, b.sight()); err != nil {
		return nil, nil, e.isQuick, err
	}
	if yes, ok := with.(bool); ok {
		if e.isQuick {
			return e.quick.yes(&b.seen), yes, true, nil
		}
		return nil, yes, false, nil
	}
	if with, err = show(with); err != nil || !e.isQuick {
		return nil, with, e.isQuick, err
	}
	said, _ := e.quick.say(&b.seen)
	return said, with, true, nil
}
