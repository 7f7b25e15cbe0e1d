package template

import (
	"go.yaml.in/yaml/v3"

	"waybill/labels"
)

// kinds names the kinds of elements, for messages.
func kinds() []string {
	return []string{string(Text), string(Barcode), string(Line), string(Box), string(Image), string(Table), string(Repeat)}
}

// textKeys adds the keys of a text and returns those it must have.
func (p *parser) textKeys(e *Element, known map[string]func(*yaml.Node)) []string {
	known["value"], known["text"] = p.value(&e.value), p.literal(&e.value)
	known["size"], known["min_size"] = p.points(&e.Size), p.points(&e.MinSize)
	known["bold"], known["invert"], known["ellipsis"] = p.yes(&e.Bold), p.yes(&e.Invert), p.yes(&e.Cut)
	known["lines"] = p.count(&e.Lines, maxLines)
	known["align"] = p.oneOf(&e.Align, "left", "centre", "right")
	known["valign"] = p.oneOf(&e.VAlign, "top", "middle", "bottom")
	known["language"] = p.oneOf(&e.Language, append(Languages(), Sender)...)
	known["rotate"] = p.quarters(&e.Turned)
	return []string{"width", "size"}
}

// check finds what is wrong with an element's keys taken together.
func (p *parser) check(n *yaml.Node, e *Element, given map[string]*yaml.Node) {
	switch e.Kind {
	case Text:
		p.checkText(n, e, given)
	case Barcode:
		p.checkBarcode(n, e, given)
	case Line:
		if (e.Width == 0) == (e.Height == 0) {
			p.fail(n, "want either width (a horizontal line) or height (a vertical one)")
		}
	case Image:
		p.checkImage(n, given)
	case Table, Repeat:
		p.checkRepeat(n, e, given)
	case Box:
	}
}

func (p *parser) checkText(n *yaml.Node, e *Element, given map[string]*yaml.Node) {
	p.checkSource(n, given)
	if e.Invert && e.Height == 0 {
		p.fail(n, "invert: needs a height, for the black box")
	}
	if e.MinSize > e.Size {
		p.fail(n, "min_size: larger than size")
	}
	if e.Turned != 0 && e.Height == 0 {
		p.fail(n, "rotate: needs a height: width and height are those of the turned text's area on the label")
	}
}

// checkSource holds that an element says something in exactly one way.
func (p *parser) checkSource(n *yaml.Node, given map[string]*yaml.Node) {
	if (given["value"] == nil) == (given["text"] == nil) {
		p.fail(n, "want either value (an expression) or text (as it stands)")
	}
}

// quarters reads a turn by 90, 180 or 270 degrees.
func (p *parser) quarters(to *int) func(*yaml.Node) {
	return func(n *yaml.Node) {
		var v int
		if n.Tag != "!!int" || n.Decode(&v) != nil || v != 90 && v != 180 && v != 270 {
			p.fail(n, "rotate: want 90, 180 or 270 (degrees clockwise), have %q", n.Value)
			return
		}
		*to = v
	}
}

// symbologies names every symbology.
func symbologies() []string {
	var names []string
	for _, s := range labels.Symbologies() {
		names = append(names, string(s))
	}
	return names
}
