package template

import (
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// A Subject is what a template is filled with.
type Subject string

// The subjects.
const (
	ForParcel   Subject = "parcel"
	ForManifest Subject = "manifest"
	ForTote     Subject = "tote"
	ForCommands Subject = "commands"
)

// Subjects returns every subject.
func Subjects() []Subject { return []Subject{ForParcel, ForManifest, ForTote, ForCommands} }

// scope returns the names that expressions of a subject see.
func (s Subject) scope() scope {
	switch s {
	case ForManifest:
		return scopeOf(manifestFields{})
	case ForTote:
		return scopeOf(toteFields{})
	case ForCommands:
		return scopeOf(commandsFields{})
	case ForParcel:
	}
	return nil
}

// subject reads the keys that say what expressions see, before anything else
// is read.
func (p *parser) subject(n *yaml.Node, t *Template) {
	t.For = ForParcel
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		value := n.Content[i+1]
		switch n.Content[i].Value {
		case "for":
			var all []string
			for _, s := range Subjects() {
				all = append(all, string(s))
			}
			p.oneOf((*string)(&t.For), all...)(value)
		case "pages":
			var pages string
			p.oneOf(&pages, "one", "many")(value)
			t.Many = pages == "many"
		}
	}
	p.scope = t.For.scope()
	if t.Many {
		p.scope = p.scope.with("page", 0).with("pages", 0)
	}
}

// checkPages finds what is wrong with a template's pages taken together.
func (p *parser) checkPages(n *yaml.Node, t *Template) {
	var going []string
	for i := range t.Elements {
		e := &t.Elements[i]
		if !t.Many && e.On != "" {
			p.element = e.Name
			p.fail(&yaml.Node{Line: e.Line}, "on: the template has one page; say pages: many at its top")
		}
		if t.Many && e.GoesOn() {
			going = append(going, e.Name)
		}
	}
	p.element = ""
	if len(going) > 1 {
		p.fail(n, "%s go on over the pages, of which only one can; say on: first (or every, or last) in the others", strings.Join(going, " and "))
	}
	if t.Many && len(going) == 0 {
		p.fail(n, "pages: many, but no table goes on over them; have a table without on")
	}
}

// minute returns t as people write it, in t's own time zone; the zero time is
// empty.
func minute(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format("2006-01-02 15:04")
}

// Way returns the countries a parcel goes to and comes from, by their two
// letters; both are empty where the data is no parcel's.
func (b *Binding) Way() (to, from string) { return b.to, b.from }
