package carrier

import (
	"fmt"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"

	"waybill/shipment"
	"waybill/shipment/address"
)

// A kind is what a condition's field holds.
type kind int

const (
	number kind = iota
	text
	truth
	list // of texts
)

// conditionFields are what a rule may ask of an order.
var conditionFields = map[string]kind{
	"dest.country":  text,
	"dest.region":   text,
	"dest.pobox":    truth,
	"dest.military": truth,
	"weight":        number, // of the heaviest parcel, g
	"parcels":       number, // how many
	"order.value":   number, // minor units
	"order.channel": text,
	"order.level":   text, // express, standard, economy, or empty
	"items.hs_code": list,
	"items.sku":     list,
}

// facts are an order's values of conditionFields.
type facts struct {
	numbers map[string]int64
	texts   map[string]string
	truths  map[string]bool
	lists   map[string][]string
}

func factsOf(o shipment.Order, level string) facts {
	f := facts{
		numbers: map[string]int64{"weight": int64(heaviest(o)), "parcels": int64(max(1, len(o.Parcels))), "order.value": o.Value().Amount},
		texts: map[string]string{
			"dest.country": o.ShipTo.Country, "dest.region": o.ShipTo.Region, "order.channel": o.Channel, "order.level": level,
		},
		truths: map[string]bool{"dest.pobox": address.IsPOBox(o.ShipTo), "dest.military": address.IsMilitary(o.ShipTo)},
		lists:  map[string][]string{"items.hs_code": {}, "items.sku": {}},
	}
	for _, it := range o.Items {
		f.lists["items.hs_code"] = append(f.lists["items.hs_code"], it.HSCode)
		f.lists["items.sku"] = append(f.lists["items.sku"], it.SKU)
	}
	return f
}

// A condition is what a rule asks of one field: a value, a list of which one
// must be it, or operators that must all hold.
type condition struct{ tests []test }

type test struct {
	op     string
	values []string
}

// UnmarshalYAML reads a scalar, a list or a map of operators.
func (c *condition) UnmarshalYAML(n *yaml.Node) error {
	switch n.Kind {
	case yaml.ScalarNode, yaml.SequenceNode:
		t, err := testOf("is", n)
		c.tests = []test{t}
		return err
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			op := n.Content[i].Value
			if !slices.Contains([]string{"lt", "lte", "gt", "gte", "not", "any", "missing"}, op) {
				return mistake(n.Content[i], "unknown operator %q (have lt, lte, gt, gte, not, any, missing)", op)
			}
			t, err := testOf(op, n.Content[i+1])
			if err != nil {
				return err
			}
			c.tests = append(c.tests, t)
		}
		return nil
	default:
		return mistake(n, "want a value, a list or operators")
	}
}

func testOf(op string, n *yaml.Node) (test, error) {
	t := test{op: op}
	switch n.Kind {
	case yaml.ScalarNode:
		t.values = []string{n.Value}
	case yaml.SequenceNode:
		for _, v := range n.Content {
			if v.Kind != yaml.ScalarNode {
				return t, mistake(v, "want plain values in the list")
			}
			t.values = append(t.values, v.Value)
		}
	default:
		return t, mistake(n, "want a value or a list")
	}
	if len(t.values) == 0 {
		return t, mistake(n, "the list is empty, so the rule never matches")
	}
	return t, nil
}

func mistake(n *yaml.Node, format string, args ...any) error {
	return &yaml.TypeError{Errors: []string{fmt.Sprintf("line %d: %s", n.Line, fmt.Sprintf(format, args...))}}
}

// fits returns what is wrong with the condition for a field of kind k.
func (c condition) fits(k kind) error {
	for _, t := range c.tests {
		ordered := t.op == "lt" || t.op == "lte" || t.op == "gt" || t.op == "gte"
		switch {
		case ordered && (k != number || len(t.values) != 1):
			return fmt.Errorf("%s wants a number, for a field that is one", t.op)
		case t.op == "any" && k != list:
			return fmt.Errorf("any is for fields that are lists")
		case t.op == "missing" && k != list:
			return fmt.Errorf("missing is for fields that are lists")
		}
		for _, v := range t.values {
			if _, err := strconv.ParseInt(v, 10, 64); err != nil && (k == number || t.op == "missing") {
				return fmt.Errorf("%q is no whole number", v)
			}
			if k == truth && v != "true" && v != "false" {
				return fmt.Errorf("%q is neither true nor false", v)
			}
		}
	}
	return nil
}

// holds reports whether the field of an order meets the condition.
func (c condition) holds(field string, f facts) bool {
	for _, t := range c.tests {
		if !t.holds(field, f) {
			return false
		}
	}
	return true
}

func (t test) holds(field string, f facts) bool {
	switch conditionFields[field] {
	case number:
		return t.compare(f.numbers[field])
	case truth:
		return slices.Contains(t.values, strconv.FormatBool(f.truths[field])) != (t.op == "not")
	case list:
		return t.among(f.lists[field])
	default: // text
		return slices.Contains(t.values, f.texts[field]) != (t.op == "not")
	}
}

func (t test) compare(have int64) bool {
	want, _ := strconv.ParseInt(t.values[0], 10, 64) // checked by fits
	switch t.op {
	case "lt":
		return have < want
	case "lte":
		return have <= want
	case "gt":
		return have > want
	case "gte":
		return have >= want
	}
	return slices.Contains(t.values, strconv.FormatInt(have, 10)) != (t.op == "not")
}

func (t test) among(have []string) bool {
	if t.op == "missing" { // some value is shorter than so many characters
		want, _ := strconv.Atoi(t.values[0])
		return slices.ContainsFunc(have, func(v string) bool { return len(v) < want })
	}
	found := slices.ContainsFunc(have, func(v string) bool { return slices.Contains(t.values, v) })
	return found != (t.op == "not")
}
