package template

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/expr-lang/expr"
	"go.yaml.in/yaml/v3"

	"waybill/labels"
)

// MaxRows bounds what a table or repeat draws.
const MaxRows = 10_000

// A Repeated is what a table or repeat draws for each entry of a list. A table
// is a repeat of one column with a header and rules.
type Repeated struct {
	list *expression

	Cells  []Element     // of an entry, placed from its top left corner
	Header []Element     // once a page, placed from the element's top left corner
	Head   labels.Length // height of the header
	Pitch  labels.Point  // from one entry to the next
	Rule   labels.Length // thickness of the lines of a table; 0: none
	Down   bool          // fills columns rather than rows

	Next Area          // where it stands on pages after the first; zero: where it always does
	Foot labels.Length // how much of its height stays free on the last page
}

// An Area is a place and a height.
type Area struct {
	At     labels.Point
	Height labels.Length
}

// GoesOn reports whether the element continues on following pages, where its
// template has many.
func (e *Element) GoesOn() bool { return e.Repeated != nil && e.On == "" }

// Area returns where e stands on a page.
func (e *Element) Area(page int, last bool) Area {
	a := Area{e.At, e.Height}
	if r := e.Repeated; r != nil {
		if page > 1 && r.Next.Height > 0 {
			a = r.Next
		}
		if last {
			a.Height -= r.Foot
		}
	}
	return a
}

// Grid returns how many entries stand side by side, and how many one below
// the other in an area of the given height.
func (e *Element) Grid(height labels.Length) (across, down int) {
	r := e.Repeated
	if e.Kind == Table {
		return 1, int((height - r.Head) / r.Pitch.Y)
	}
	return int(e.Width / r.Pitch.X), int((height - r.Head) / r.Pitch.Y)
}

// repeatKeys adds the keys of a table or repeat and returns those it must
// have.
func (p *parser) repeatKeys(e *Element, known map[string]func(*yaml.Node)) []string {
	r := &Repeated{}
	e.Repeated = r
	var inner scope
	given := false
	known["rows"] = func(n *yaml.Node) { inner, given = p.rows(n, &r.list), true }
	cells := func(n *yaml.Node) {
		if inner == nil {
			if !given {
				p.fail(n, "rows: give it before what is drawn for each of them")
			}
			return
		}
		r.Cells = p.inner(n, inner)
	}
	known["header"] = func(n *yaml.Node) { r.Header = p.inner(n, p.scope) }
	known["header_height"], known["last_free"] = p.mm(&r.Head), p.mm(&r.Foot)
	known["next"] = func(n *yaml.Node) {
		given := p.fields(n, map[string]func(*yaml.Node){"at": p.point(&r.Next.At), "height": p.mm(&r.Next.Height)})
		if given["at"] == nil || given["height"] == nil {
			p.fail(n, "next: want at and height, of the pages after the first")
		}
	}
	if e.Kind == Table {
		known["columns"], known["row_height"], known["rule"] = cells, p.mm(&r.Pitch.Y), p.mm(&r.Rule)
		return []string{"width", "height", "rows", "row_height", "columns"}
	}
	known["elements"], known["pitch"] = cells, p.point(&r.Pitch)
	known["direction"] = func(n *yaml.Node) {
		var s string
		p.oneOf(&s, "across", "down")(n)
		r.Down = s == "down"
	}
	return []string{"width", "height", "rows", "pitch", "elements"}
}

// rows reads the list of a table and returns what the expressions of its cells
// see: the same, row and n.
func (p *parser) rows(n *yaml.Node, to **expression) scope {
	p.expression("rows", to, func(s string) (*expression, error) { return compile(s, p.scope) })(n)
	if *to == nil {
		return nil
	}
	entry, err := entryOf(n.Value, p.scope)
	if err != nil {
		p.fail(n, "rows: %w", err)
		return nil
	}
	return p.scope.with("row", entry).with("n", 0)
}

// entryOf returns a value of the type of a list's entries.
func entryOf(list string, in scope) (any, error) {
	not := errors.New("want a list of entries of one kind, as items or parcels")
	e, err := compile(list, in)
	if err != nil {
		return nil, err
	}
	if t := e.program.Node().Type(); t == nil || t.Kind() != reflect.Slice && t.Kind() != reflect.Array {
		return nil, not
	}
	first, err := compile("("+list+")[0]", in)
	if err != nil {
		return nil, not
	}
	t := first.program.Node().Type()
	if t == nil || t.Kind() == reflect.Interface {
		return nil, not
	}
	return reflect.Zero(t).Interface(), nil
}

// inner reads the elements of a row or header.
func (p *parser) inner(n *yaml.Node, in scope) []Element {
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 || len(n.Content) > maxElements {
		p.fail(n, "want a list of at most %d elements, have %s", maxElements, kindName(n))
		return nil
	}
	outer, name, within := p.scope, p.element, p.within
	p.scope, p.within = in, name+": "
	defer func() { p.scope, p.element, p.within = outer, name, within }()
	var all []Element
	for _, child := range n.Content {
		e := p.readElement(child, all)
		p.element = p.within + e.Name
		if e.Repeated != nil {
			p.fail(child, "a table in a table is not understood; draw texts, barcodes, lines, boxes and images")
		}
		if e.On != "" {
			p.fail(child, "on: belongs to the table, not to what is in it")
		}
		all = append(all, e)
	}
	return all
}

// checkRepeat finds what is wrong with the keys of a table or repeat taken
// together.
func (p *parser) checkRepeat(n *yaml.Node, e *Element, _ map[string]*yaml.Node) {
	r := e.Repeated
	if (len(r.Header) > 0) != (r.Head > 0) {
		p.fail(n, "header and header_height: give both or neither")
	}
	wide := r.Pitch.X
	if e.Kind == Table {
		wide = e.Width
	}
	if wide <= 0 || r.Pitch.Y <= 0 || e.Width <= 0 || e.Height <= 0 {
		if e.Kind == Repeat {
			p.fail(n, "pitch: want two numbers of millimetres greater than 0: how far apart the entries are, across and down")
		}
		return // the rest has been said
	}
	p.holdsInner(e, r.Cells, wide, r.Pitch.Y, "row")
	p.holdsInner(e, r.Header, e.Width, r.Head, "header")
	for _, height := range []labels.Length{e.Height, r.Next.Height} {
		if across, down := e.Grid(height - r.Foot); height > 0 && (across < 1 || down < 1) {
			p.fail(n, "a height of %g mm holds no row", float64(height-r.Foot)/float64(labels.Millimetre))
		}
	}
}

// holdsInner holds that the elements of a row lie inside it.
func (p *parser) holdsInner(e *Element, inner []Element, w, h labels.Length, what string) {
	for _, c := range inner {
		if c.At.X+c.Width > w || c.At.Y+c.Height > h {
			p.element = e.Name + ": " + c.Name
			p.fail(&yaml.Node{Line: c.Line}, "reaches past its %s of %g by %g mm", what,
				float64(w)/float64(labels.Millimetre), float64(h)/float64(labels.Millimetre))
		}
	}
	p.element = e.Name
}

// Entries is the list of a table or repeat, evaluated.
type Entries struct {
	list reflect.Value
	b    *Binding
}

// Entries evaluates the list that e draws.
func (e *Element) Entries(b *Binding) (*Entries, error) {
	r := e.Repeated
	v, err := expr.Run(r.list.program, b.sight())
	if err != nil {
		return nil, fmt.Errorf("rows %s: %w", r.list.source, explain(err))
	}
	list := reflect.ValueOf(v)
	if v != nil && list.Kind() != reflect.Slice && list.Kind() != reflect.Array {
		return nil, fmt.Errorf("rows %s: gives %T, want a list", r.list.source, v)
	}
	all := &Entries{list: list, b: b}
	if all.Len() > MaxRows {
		return nil, fmt.Errorf("rows %s: %d entries, more than %d", r.list.source, all.Len(), MaxRows)
	}
	return all, nil
}

// Len returns how many entries there are.
func (e *Entries) Len() int {
	if !e.list.IsValid() {
		return 0
	}
	return e.list.Len()
}

// Each calls f for the entries from, counted from 0, until before to, with
// what their cells' expressions see; page is the binding of the page they
// stand on. The binding is valid until f returns.
func (e *Entries) Each(page *Binding, from, to int, f func(i int, row *Binding) error) error {
	row := page.widened()
	for i := from; i < to; i++ {
		row.scope["row"], row.scope["n"] = e.list.Index(i).Interface(), i+1
		if err := f(i, row); err != nil {
			return err
		}
	}
	return nil
}
