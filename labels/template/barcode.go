package template

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"waybill/labels"
)

// An option is a choice that only some symbologies leave to a template.
type option struct {
	of     []labels.Symbology
	values []string // allowed; nil: whatever the key's reader takes
}

// options lists what may be chosen of which symbology.
func options(key string) []option {
	qr := []labels.Symbology{labels.QR, labels.GS1QR}
	matrix := []labels.Symbology{labels.DataMatrix, labels.GS1DataMatrix}
	stacked := []labels.Symbology{labels.PDF417}
	switch key {
	case "level":
		return []option{
			{qr, []string{"L", "M", "Q", "H"}},
			{stacked, []string{"0", "1", "2", "3", "4", "5", "6", "7", "8"}},
			{[]labels.Symbology{labels.Aztec}, percents(5, 95)},
		}
	case "rows", "columns":
		return []option{{matrix, nil}, {stacked, nil}}
	case "shape":
		return []option{{matrix, nil}}
	case "row_modules":
		return []option{{stacked, nil}}
	case "min_version":
		return []option{{qr, nil}}
	case "mode":
		return []option{{[]labels.Symbology{labels.MaxiCode}, nil}}
	case "bearer":
		return []option{{[]labels.Symbology{labels.ITF14}, nil}}
	case "check":
		return []option{{[]labels.Symbology{labels.Code39, labels.Code39Full, labels.Codabar}, nil}}
	}
	return nil
}

// percents returns the whole numbers from one to another.
func percents(from, to int) []string {
	all := make([]string, 0, to-from+1)
	for n := from; n <= to; n++ {
		all = append(all, strconv.Itoa(n))
	}
	return all
}

// barcodeKeys adds the keys of a barcode and returns those it must have.
func (p *parser) barcodeKeys(e *Element, known map[string]func(*yaml.Node)) []string {
	known["value"], known["text"] = p.value(&e.value), p.literal(&e.value)
	known["symbology"] = func(n *yaml.Node) {
		var s string
		p.oneOf(&s, symbologies()...)(n)
		e.Symbology = labels.Symbology(s)
	}
	known["align"] = p.oneOf(&e.Align, "left", "centre", "right")
	known["rotate"] = p.quarters(&e.Turned)
	known["min_module"], known["max_module"] = p.mm(&e.MinModule), p.mm(&e.MaxModule)
	known["quiet"] = p.count(&e.Quiet, 50)
	known["level"] = p.text(&e.Level)
	known["rows"], known["columns"] = p.count(&e.Rows, 144), p.count(&e.Columns, 144)
	known["shape"] = p.oneOf(&e.Shape, "square", "rectangle")
	known["row_modules"], known["min_version"] = p.count(&e.RowModules, 20), p.count(&e.MinVersion, 40)
	known["mode"] = p.between(&e.Mode, 2, 6)
	known["check"], known["bearer"] = p.yes(&e.Check), p.yes(&e.Bearer)
	known["human"] = p.oneOf(&e.Human, "none", "below", "above")
	known["human_size"], known["human_min_size"] = p.points(&e.HumanSize), p.points(&e.HumanMinSize)
	known["human_value"] = p.expression("human_value", &e.human, func(s string) (*expression, error) { return compileValue(s, p.scope) })
	known["human_bold"] = p.yes(&e.HumanBold)
	return []string{"width", "height", "symbology"}
}

func (p *parser) checkBarcode(n *yaml.Node, e *Element, given map[string]*yaml.Node) {
	p.checkSource(n, given)
	if e.MaxModule > 0 && e.MinModule > e.MaxModule {
		p.fail(n, "min_module: larger than max_module")
	}
	if e.Symbology != "" {
		for _, key := range slices.Sorted(maps.Keys(given)) {
			p.checkOption(given[key], e.Symbology, key)
		}
	}
	p.checkHuman(n, e, given)
}

// checkOption refuses a choice that the symbology does not leave open.
func (p *parser) checkOption(n *yaml.Node, s labels.Symbology, key string) {
	all := options(key)
	if all == nil {
		return
	}
	var have []string
	for _, o := range all {
		if !slices.Contains(o.of, s) {
			for _, name := range o.of {
				have = append(have, string(name))
			}
			continue
		}
		if o.values != nil && !slices.Contains(o.values, n.Value) {
			p.fail(n, "%s: want one of %s for %s, have %q", key, strings.Join(o.values, ", "), s, n.Value)
		}
		return
	}
	p.fail(n, "%s: %s has no such choice (%s have)", key, s, strings.Join(have, ", "))
}

func (p *parser) checkHuman(n *yaml.Node, e *Element, given map[string]*yaml.Node) {
	if e.Human == "" || e.Human == "none" {
		for _, key := range []string{"human_size", "human_min_size", "human_value", "human_bold"} {
			if at := given[key]; at != nil {
				p.fail(at, "%s: there is no text for people to which it applies; say human: below or human: above", key)
			}
		}
		e.Human = ""
		return
	}
	if e.HumanSize == 0 {
		e.HumanSize = 9 * labels.Inch / 72
	}
	if e.HumanMinSize > e.HumanSize {
		p.fail(n, "human_min_size: larger than human_size")
	}
	along := e.Height // of the upright symbol
	if e.Turned%180 != 0 {
		along = e.Width
	}
	if along > 0 && e.HumanRoom() >= along {
		p.fail(n, "human: its text takes %.1f mm, which leaves no room for the bars", float64(e.HumanRoom())/float64(labels.Millimetre))
	}
}

// HumanRoom returns how much of a barcode's height goes to its text for
// people: a line, and the white that divides it from the bars.
func (e *Element) HumanRoom() labels.Length {
	if e.Human == "" {
		return 0
	}
	return e.HumanSize * 5 / 4
}

// HumanText returns what stands beside the barcode for people; preset is the
// custom of its symbology.
func (e *Element) HumanText(b *Binding, preset string) (string, error) {
	if e.human == nil {
		return preset, nil
	}
	return e.human.text(b)
}
