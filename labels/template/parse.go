package template

import (
	"errors"
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"waybill/labels"
)

// limits of what a template may ask for.
const (
	maxSide     = 600 * labels.Millimetre
	maxElements = 200
	maxLines    = 40
	maxBytes    = 1 << 20
)

// Parse reads a template; name is its file name, for messages. The error names
// every mistake: file, line, element and what to write instead.
func Parse(name string, data []byte) (*Template, error) {
	if len(data) > maxBytes {
		return nil, fmt.Errorf("template %s: %d bytes, more than %d", name, len(data), maxBytes)
	}
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, fmt.Errorf("template %s: %w", name, err)
	}
	p := &parser{file: name}
	if len(doc.Content) == 0 {
		return nil, fmt.Errorf("template %s: the file is empty", name)
	}
	t := p.template(doc.Content[0])
	if len(p.errs) > 0 {
		return nil, errors.Join(p.errs...)
	}
	return t, nil
}

type parser struct {
	file    string
	element string
	errs    []error
}

func (p *parser) fail(n *yaml.Node, format string, args ...any) {
	where := fmt.Sprintf("template %s:%d", p.file, n.Line)
	if p.element != "" {
		where += fmt.Sprintf(": element %q", p.element)
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
			read(value)
		}
		given[key.Value] = value
	}
	return given
}

func (p *parser) template(n *yaml.Node) *Template {
	t := &Template{}
	given := p.fields(n, map[string]func(*yaml.Node){
		"name":    p.text(&t.Name),
		"size_mm": p.pair(&t.Width, &t.Height),
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
	})
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
	return t
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
	p.element = e.Name
	defer func() { p.element = "" }()
	known, required := p.known(&e)
	if known == nil {
		p.fail(n, "kind: want text, barcode, line or box, have %q", e.Kind)
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
	if (e.Kind == Text || e.Kind == Barcode) && (given["value"] == nil) == (given["text"] == nil) {
		p.fail(n, "want either value (an expression) or text (as it stands)")
	}
	if e.Kind == Line && (e.Width == 0) == (e.Height == 0) {
		p.fail(n, "want either width (a horizontal line) or height (a vertical one)")
	}
	if e.Invert && e.Height == 0 {
		p.fail(n, "invert: needs a height, for the black box")
	}
	if e.MinSize > e.Size {
		p.fail(n, "min_size: larger than size")
	}
	if e.MaxModule > 0 && e.MinModule > e.MaxModule {
		p.fail(n, "min_module: larger than max_module")
	}
	return e
}

// known returns the keys an element of e's kind has, and which it must have.
func (p *parser) known(e *Element) (known map[string]func(*yaml.Node), required []string) {
	known = map[string]func(*yaml.Node){
		"name": p.text(&e.Name), "kind": func(*yaml.Node) {},
		"at": p.point(&e.At), "when": p.condition(&e.when),
		"width": p.mm(&e.Width), "height": p.mm(&e.Height),
	}
	required = []string{"name", "at"}
	align := p.oneOf(&e.Align, "left", "centre", "right")
	switch e.Kind {
	case Text:
		known["value"], known["text"] = p.value(&e.value), p.literal(&e.value)
		known["size"], known["min_size"] = p.points(&e.Size), p.points(&e.MinSize)
		known["bold"], known["invert"], known["ellipsis"] = p.yes(&e.Bold), p.yes(&e.Invert), p.yes(&e.Cut)
		known["lines"] = p.count(&e.Lines, maxLines)
		known["align"], known["valign"] = align, p.oneOf(&e.VAlign, "top", "middle", "bottom")
		return known, append(required, "width", "size")
	case Barcode:
		known["value"], known["text"] = p.value(&e.value), p.literal(&e.value)
		known["symbology"] = func(n *yaml.Node) {
			var s string
			var names []string
			for _, known := range labels.Symbologies() {
				names = append(names, string(known))
			}
			p.oneOf(&s, names...)(n)
			e.Symbology = labels.Symbology(s)
		}
		known["min_module"], known["max_module"] = p.mm(&e.MinModule), p.mm(&e.MaxModule)
		known["level"], known["align"] = p.oneOf(&e.Level, "L", "M", "Q", "H", "0", "1", "2", "3", "4", "5", "6", "7", "8"), align
		known["rows"], known["columns"] = p.count(&e.Rows, 144), p.count(&e.Columns, 144)
		return known, append(required, "width", "height", "symbology")
	case Line:
		known["thickness"] = p.mm(&e.Thickness)
		return known, append(required, "thickness")
	case Box:
		known["thickness"], known["filled"] = p.mm(&e.Thickness), p.yes(&e.Filled)
		return known, append(required, "width", "height")
	}
	return nil, nil
}
