package intake

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"waybill/shipment"
)

// A reader turns one JSON object into an order and collects everything that is
// wrong with it on the way.
type reader struct {
	t          *text
	root       *node
	o          Options
	e          Entry
	extra      map[string]json.RawMessage
	extraOrder []string
}

// parseJSON reads one document, which holds one order or several.
func parseJSON(data []byte, line int, o Options) []Entry {
	t := newText(data, line)
	tree, err := t.parse(o.MaxDepth)
	if err != nil {
		return []Entry{t.syntaxEntry(err, o.MaxDepth)}
	}
	var entries []Entry
	for _, n := range orderNodes(tree) {
		if len(entries) > o.MaxOrders {
			break
		}
		entries = append(entries, readOrder(t, n, o))
	}
	return entries
}

// orderNodes returns the objects of the document that are orders, whichever
// wrapping its source puts around them.
func orderNodes(tree *node) []*node {
	switch {
	case tree.kind == '[':
		return tree.vals
	case tree.get("data").has("orders") && tree.get("data").get("orders").kind == '[':
		return tree.get("data").get("orders").vals
	case tree.has("orders") && tree.get("orders").kind == '[':
		return tree.get("orders").vals
	case tree.has("order") && tree.get("order").kind == '{':
		return []*node{tree.get("order")}
	case looksTikTok(tree.get("data")):
		return []*node{tree.get("data")}
	}
	return []*node{tree}
}

func readOrder(t *text, n *node, o Options) Entry {
	r := &reader{t: t, root: n, o: o, extra: map[string]json.RawMessage{}}
	r.e = Entry{Line: t.lineOf(n.at), lines: map[string]int{}}
	if n.kind != '{' {
		r.problem("", n.at, "wrong_type", "an order must be an object, not %s", kindWord(n))
		return r.e
	}
	r.repeats(n, "")
	switch {
	case looksTikTok(n):
		r.tiktok()
	case looksShopify(n):
		r.shopify()
	default:
		r.bind(n, reflect.ValueOf(&r.e.Order).Elem(), "")
	}
	r.finish()
	return r.e
}

// finish makes the ID of an order that has none, keeps what had no name, and
// adds what is wrong with the order itself.
func (r *reader) finish() {
	if r.e.Order.ID == "" && !r.e.unreadable {
		var flat bytes.Buffer
		if err := json.Compact(&flat, r.t.raw(r.root)); err == nil { // it was parsed, so it is
			r.e.Order.ID = shipment.MakeOrderID(flat.Bytes())
		}
		r.note("order_id", r.root.at, "made", "the order had no ID; %s was made from its content", r.e.Order.ID)
	}
	r.e.Order.Extra = r.extraJSON()
	r.e.check()
}

// check adds the problems that the order itself has, each with its line. Where a
// field has a problem already, that is the nearer reason, and enough.
func (e *Entry) check() {
	known := map[string]bool{}
	for _, p := range e.Problems {
		known[p.Field] = true
		list, _, _ := strings.Cut(p.Field, "[")
		known[list] = true
	}
	for _, p := range e.Order.Check() {
		p.Line = e.LineOf(p.Field)
		if e.unreadable && p.Field == "order_id" && p.Code == "missing" {
			continue // one would have been made, had the order been read
		}
		if !known[p.Field] {
			e.add(p)
		}
	}
}

// maxProblems is how many problems of one order are told: whoever mends them
// mends the rest too.
const maxProblems = 100

func (e *Entry) add(p shipment.Problem) {
	switch {
	case len(e.Problems) < maxProblems:
		e.Problems = append(e.Problems, p)
	case len(e.Problems) == maxProblems:
		e.Problems = append(e.Problems, shipment.Problem{Line: p.Line, Code: "more", Message: "there are more problems than these"})
	}
}

// refuse adds a problem of the document itself.
func (e *Entry) refuse(line int, field, code, format string, args ...any) {
	e.unreadable = true
	e.add(shipment.Problem{Field: field, Line: line, Code: code, Message: fmt.Sprintf(format, args...)})
}

// remark adds a note, up to as many as problems.
func (e *Entry) remark(line int, field, code, format string, args ...any) {
	if len(e.Notes) < maxProblems {
		e.Notes = append(e.Notes, shipment.Problem{Field: field, Line: line, Code: code, Message: fmt.Sprintf(format, args...)})
	}
}

func (r *reader) line(at int) int { return r.t.lineOf(at) }

func (r *reader) problem(field string, at int, code, format string, args ...any) {
	r.e.refuse(r.line(at), field, code, format, args...)
}

func (r *reader) note(field string, at int, code, format string, args ...any) {
	r.e.remark(r.line(at), field, code, format, args...)
}

// keep stores an input field that has no name here.
func (r *reader) keep(path string, n *node) {
	if _, had := r.extra[path]; !had {
		r.extraOrder = append(r.extraOrder, path)
	}
	r.extra[path] = r.t.raw(n)
}

func (r *reader) extraJSON() json.RawMessage { return objectOf(r.extraOrder, r.extra) }

// objectOf returns a compact JSON object of the members in the given order.
func objectOf(order []string, members map[string]json.RawMessage) json.RawMessage {
	if len(order) == 0 {
		return nil
	}
	var b bytes.Buffer
	b.WriteByte('{')
	for i, k := range order {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(k)
		if err != nil {
			continue // a string always can
		}
		b.Write(name)
		b.WriteByte(':')
		if err := json.Compact(&b, members[k]); err != nil {
			b.WriteString("null") // it was parsed, so it can
		}
	}
	b.WriteByte('}')
	return b.Bytes()
}

// repeats reports keys that stand twice in one object: which of the two is meant
// nobody can say.
func (r *reader) repeats(n *node, path string) {
	for _, i := range n.repeat {
		r.problem(join(path, n.keys[i]), n.keyAt[i], "duplicate_key", "%q stands twice in one object", n.keys[i])
	}
	for i, v := range n.vals {
		switch {
		case v.kind != '{' && v.kind != '[':
		case n.kind == '[':
			r.repeats(v, fmt.Sprintf("%s[%d]", path, i))
		default:
			r.repeats(v, join(path, n.keys[i]))
		}
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// refusal is an entry that is a problem and nothing else.
func refusal(line int, code, format string, args ...any) Entry {
	return Entry{Line: line, unreadable: true, Problems: shipment.Problems{{Line: line, Code: code, Message: fmt.Sprintf(format, args...)}}}
}
