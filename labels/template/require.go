package template

import (
	"errors"
	"fmt"

	"go.yaml.in/yaml/v3"
)

// maxRequirements bounds what a template may ask of its data.
const maxRequirements = 60

// A requirement is what must hold before a label is laid out: a carrier's
// label without its routing code is none, however well it would print.
type requirement struct {
	that *expression
	say  string // what is missing, and where to write it
}

// A RequireError says in the template's own words what it requires and does not
// have. No other template is taken in its place.
type RequireError struct{ Template, Say string }

// Error names the template, and what it requires.
func (e *RequireError) Error() string { return fmt.Sprintf("template %q: %s", e.Template, e.Say) }

// Check holds b against what the template requires. The error says all that is
// missing. A condition that cannot be judged counts only where nothing else is
// wrong: it mostly fails because an earlier one does.
func (t *Template) Check(b *Binding) error {
	var missing, broken []error
	for _, r := range t.require {
		holds, err := (&Element{when: r.that}).Shown(b)
		switch {
		case err != nil:
			broken = append(broken, fmt.Errorf("template %q: require: %w", t.Name, err))
		case !holds:
			missing = append(missing, &RequireError{Template: t.Name, Say: r.say})
		}
	}
	if len(missing) > 0 {
		return errors.Join(missing...)
	}
	return errors.Join(broken...)
}

// requirements reads the list under require.
func (p *parser) requirements(to *[]requirement) func(*yaml.Node) {
	return func(n *yaml.Node) {
		if n.Kind != yaml.SequenceNode {
			p.fail(n, "require: want a list of conditions, have %s", kindName(n))
			return
		}
		if len(n.Content) > maxRequirements {
			p.fail(n, "require: %d conditions, more than %d", len(n.Content), maxRequirements)
			return
		}
		for _, item := range n.Content {
			var r requirement
			given := p.fields(item, map[string]func(*yaml.Node){
				"that": p.condition(&r.that),
				"say":  p.text(&r.say),
			})
			for _, key := range []string{"that", "say"} {
				if given[key] == nil {
					p.fail(item, "%s: required for a condition under require", key)
				}
			}
			*to = append(*to, r)
		}
	}
}
