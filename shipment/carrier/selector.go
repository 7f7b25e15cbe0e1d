package carrier

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"waybill/shipment"
)

const all shipment.ServiceID = "all"

// A selector picks services: by ID, carrier, tag or level, or by what they can
// do.
type selector struct {
	all    bool
	picked []bool // by the service's place
	order  []int  // places in the order they were named
	hazmat bool   // takes all of the order's hazardous items
	takes  bool   // hazmat: yes; otherwise it picks those that do not
}

// picks reports whether s is one of the services meant.
func (sel *selector) picks(s *Service, f *facts) bool {
	if sel.all {
		return true
	}
	if sel.hazmat && f != nil {
		able := true
		for _, h := range f.lists[itemHazmat] {
			able = able && slices.Contains(s.hazmat, h)
		}
		if able != sel.takes {
			return false
		}
	}
	return sel.picked[s.index]
}

// selector compiles a list of service IDs, carrier:ID, tag:WORD, level:WORD or
// all, or a map of properties, which must all fit.
func (r *reading) selector(at string, n *yaml.Node) *selector {
	sel := &selector{picked: make([]bool, len(r.rules.services))}
	switch n.Kind {
	case yaml.ScalarNode:
		r.pick(at, sel, n)
	case yaml.SequenceNode:
		for _, v := range n.Content {
			r.pick(at, sel, resolved(v))
		}
		if len(n.Content) == 0 {
			r.at(n, at, "the list is empty; name services, or all")
		}
	case yaml.MappingNode:
		r.properties(at, sel, n)
	default:
		r.at(n, at, "want services")
	}
	return sel
}

func (r *reading) pick(at string, sel *selector, n *yaml.Node) {
	if n.Kind != yaml.ScalarNode {
		r.at(n, at, "want the ID of a service, carrier:ID, tag:WORD, level:WORD or all")
		return
	}
	if n.Value == string(all) {
		sel.all = true
		return
	}
	property, value, ok := strings.Cut(n.Value, ":")
	if !ok {
		property, value = "service", n.Value
	}
	found := false
	for _, s := range r.rules.services {
		if s.is(property, value) {
			found = true
			if !sel.picked[s.index] {
				sel.picked[s.index], sel.order = true, append(sel.order, s.index)
			}
		}
	}
	if !found {
		r.at(n, at, "unknown %s %q (have %v)", property, value, r.valuesOf(property))
	}
}

// is reports whether the service has a property.
func (s *Service) is(property, value string) bool {
	switch property {
	case "service", "id":
		return string(s.ID) == value
	case "carrier":
		return string(s.Carrier) == value
	case "tag":
		return slices.Contains(s.Tags, value)
	case "level":
		return slices.Contains(s.Level, value)
	}
	return false
}

// valuesOf returns the values that services have of a property.
func (r *reading) valuesOf(property string) []string {
	values := map[string]bool{}
	for _, s := range r.rules.services {
		switch property {
		case "carrier":
			values[string(s.Carrier)] = true
		case "tag":
			for _, t := range s.Tags {
				values[t] = true
			}
		case "level":
			for _, l := range s.Level {
				values[l] = true
			}
		default:
			values[string(s.ID)] = true
		}
	}
	return slices.Sorted(maps.Keys(values))
}

// properties compiles a map of properties.
func (r *reading) properties(at string, sel *selector, n *yaml.Node) {
	for i := range sel.picked {
		sel.picked[i] = true
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, v := n.Content[i].Value, resolved(n.Content[i+1])
		var fits func(s *Service) bool
		switch key {
		case "service", "id", "carrier", "tag", "level":
			words, ok := r.operands(at+"."+key, v)
			if !ok {
				return
			}
			for _, w := range words {
				if !slices.Contains(r.valuesOf(key), w) {
					r.at(v, at+"."+key, "unknown %s %q (have %v)", key, w, r.valuesOf(key))
				}
			}
			fits = func(s *Service) bool {
				return slices.ContainsFunc(words, func(w string) bool { return s.is(key, w) })
			}
		case "pobox":
			fits = func(s *Service) bool { return fmt.Sprint(s.pobox) == v.Value }
		case "military":
			fits = func(s *Service) bool { return fmt.Sprint(s.military) == v.Value }
		case "hazmat":
			if v.Value != "$items.hazmat" && v.Value != "!$items.hazmat" {
				r.at(v, at+".hazmat", `want "$items.hazmat": services that take what the order holds`)
			}
			sel.hazmat, sel.takes = true, !strings.HasPrefix(v.Value, "!")
			continue
		default:
			r.at(n.Content[i], at+"."+key, "no such property (have carrier, hazmat, level, military, pobox, service, tag)")
			return
		}
		if (key == "pobox" || key == "military") && v.Value != "true" && v.Value != "false" {
			r.at(v, at+"."+key, "%q is neither true nor false", v.Value)
		}
		for _, s := range r.rules.services {
			sel.picked[s.index] = sel.picked[s.index] && fits(s)
		}
	}
	for i, yes := range sel.picked {
		if yes {
			sel.order = append(sel.order, i)
		}
	}
}
