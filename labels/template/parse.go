package template

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"waybill/internal/strictyaml"
	"waybill/labels"
	"waybill/labels/picture"
)

// limits of what a template may ask for.
const (
	maxSide     = 600 * labels.Millimetre
	maxElements = 200
	maxLines    = 40
	maxBytes    = 1 << 20
)

// Parse reads a template that has no pictures in files; name is its own file's,
// for messages. The error names every mistake: file, line, element and what to
// write instead.
func Parse(name string, data []byte) (*Template, error) { return ParseIn(nil, name, data) }

// ParseIn is Parse for a template in a directory, from which it takes its
// pictures. They are read here and now: a template that parses draws them,
// whatever becomes of the files.
func ParseIn(dir fs.FS, name string, data []byte) (*Template, error) {
	if len(data) > maxBytes {
		return nil, fmt.Errorf("template %s: %d bytes, more than %d", name, len(data), maxBytes)
	}
	root, err := strictyaml.Root(name, data)
	if err != nil {
		return nil, fmt.Errorf("template %w", err)
	}
	p := &parser{file: name, pictures: pictures{dir: dir, files: map[string]*picture.Picture{}}}
	if root == nil {
		return nil, fmt.Errorf("template %s: the file is empty", name)
	}
	t := p.template(root)
	if len(p.errs) > 0 {
		return nil, errors.Join(p.errs...)
	}
	return t, nil
}

type parser struct {
	file    string
	element string
	within  string     // names of the elements around the one being read
	scope   scope      // what expressions see; nil: a parcel
	key     string     // being read
	reading *yaml.Node // its value
	errs    []error

	pictures pictures
}

func (p *parser) fail(n *yaml.Node, format string, args ...any) {
	where := fmt.Sprintf("template %s:%d", p.file, n.Line)
	if p.element != "" {
		where += fmt.Sprintf(": element %q", p.element)
	}
	if n == p.reading && !strings.HasPrefix(format, p.key+":") && !strings.HasPrefix(format, "%s: ") {
		where += ": " + p.key
	}
	p.errs = append(p.errs, fmt.Errorf("%s: "+format, append([]any{where}, args...)...))
}

// fields walks a mapping. Every key must be known and given once.
func (p *parser) fields(n *yaml.Node, known map[string]func(*yaml.Node)) map[string]*yaml.Node {
	given := map[string]*yaml.Node{}
	if n.Kind != yaml.MappingNode {
		p.fail(n, "want keys and values, have %s", kindName(n))
		return given
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		read, ok := known[key.Value]
		switch {
		case !ok:
			p.fail(key, "unknown key %q%s", key.Value, nearest(key.Value, keys(known)))
		case given[key.Value] != nil:
			p.fail(key, "key %q is given twice", key.Value)
		default:
			outer, reading := p.key, p.reading
			p.key, p.reading = key.Value, value
			read(value)
			p.key, p.reading = outer, reading
		}
		given[key.Value] = value
	}
	return given
}

func (p *parser) template(n *yaml.Node) *Template {
	t := &Template{}
	p.subject(n, t)
	given := p.fields(n, p.templateKeys(t))
	for _, key := range []string{"name", "size_mm", "elements"} {
		if given[key] == nil {
			p.fail(n, "%s: required", key)
		}
	}
	if given["size_mm"] != nil && (t.Width < 10*labels.Millimetre || t.Height < 10*labels.Millimetre || t.Width > maxSide || t.Height > maxSide) {
		p.fail(given["size_mm"], "size_mm: both sides must be between 10 and %d mm", maxSide/labels.Millimetre)
	}
	for _, e := range t.Elements {
		p.element = e.Name
		if e.At.X < 0 || e.At.Y < 0 || e.At.X+e.Width > t.Width || e.At.Y+e.Height > t.Height {
			p.fail(&yaml.Node{Line: e.Line}, "reaches past the label's edge")
		}
	}
	p.element = ""
	p.checkPages(n, t)
	return t
}

func (p *parser) templateKeys(t *Template) map[string]func(*yaml.Node) {
	return map[string]func(*yaml.Node){
		"name":     p.text(&t.Name),
		"size_mm":  p.pair(&t.Width, &t.Height),
		"about":    p.text(&t.About),
		"for":      func(*yaml.Node) {}, // subject has read them
		"pages":    func(*yaml.Node) {},
		"language": p.oneOf(&t.Language, Languages()...),
		"require":  p.requirements(&t.require),
		"elements": func(n *yaml.Node) {
			if n.Kind != yaml.SequenceNode {
				p.fail(n, "elements: want a list, have %s", kindName(n))
				return
			}
			if len(n.Content) > maxElements {
				p.fail(n, "elements: %d, more than %d", len(n.Content), maxElements)
				return
			}
			for _, e := range n.Content {
				t.Elements = append(t.Elements, p.readElement(e, t.Elements))
			}
		},
	}
}

func (p *parser) readElement(n *yaml.Node, before []Element) Element {
	e := Element{Line: n.Line, Lines: 1}
	for i := 0; n.Kind == yaml.MappingNode && i+1 < len(n.Content); i += 2 {
		switch n.Content[i].Value { // both are needed to read and to report the rest
		case "name":
			e.Name = n.Content[i+1].Value
		case "kind":
			e.Kind = Kind(n.Content[i+1].Value)
		}
	}
	p.element = p.within + e.Name
	defer func() { p.element = "" }()
	known, required := p.known(&e)
	if known == nil {
		p.fail(n, "kind: want one of %s, have %q", strings.Join(kinds(), ", "), e.Kind)
		return e
	}
	given := p.fields(n, known)
	for _, key := range required {
		if given[key] == nil {
			p.fail(n, "%s: required for a %s", key, e.Kind)
		}
	}
	if e.Name != "" && slices.ContainsFunc(before, func(b Element) bool { return b.Name == e.Name }) {
		p.fail(n, "there is another element of this name")
	}
	p.check(n, &e, given)
	return e
}

// known returns the keys an element of e's kind has, and which it must have.
func (p *parser) known(e *Element) (known map[string]func(*yaml.Node), required []string) {
	known = map[string]func(*yaml.Node){
		"name": p.text(&e.Name), "kind": func(*yaml.Node) {},
		"at": p.point(&e.At), "when": p.condition(&e.when), "on": p.oneOf(&e.On, "every", "first", "last"),
		"width": p.mm(&e.Width), "height": p.mm(&e.Height),
	}
	required = []string{"name", "at"}
	switch e.Kind {
	case Text:
		return known, append(required, p.textKeys(e, known)...)
	case Barcode:
		return known, append(required, p.barcodeKeys(e, known)...)
	case Line:
		known["thickness"] = p.mm(&e.Thickness)
		return known, append(required, "thickness")
	case Box:
		known["thickness"], known["filled"] = p.mm(&e.Thickness), p.yes(&e.Filled)
		return known, append(required, "width", "height")
	case Image:
		return known, append(required, p.imageKeys(e, known)...)
	case Table, Repeat:
		return known, append(required, p.repeatKeys(e, known)...)
	}
	return nil, nil
}
