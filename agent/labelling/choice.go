package labelling

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"waybill/agent"
	"waybill/labels/template"
	"waybill/shipment/carrier"
)

// A Choice is what a station's configuration says of the labels of a service,
// or of all services of a carrier: the keys are their IDs. Where both are named,
// the service counts. The zero value says nothing.
type Choice struct {
	Template map[string]string            // service or carrier → template
	Fields   map[string]map[string]string // service or carrier → label field → text
}

// template returns the name of the template for an order: the one it asks for,
// else its service's, else its carrier's. The empty name is the preset's. A
// template that then refuses the order is not replaced by another one.
func (c Choice) template(s agent.State) string {
	return cmp.Or(s.Order.Label.Template, c.Template[string(s.Service)], c.Template[string(s.Carrier)])
}

// fields returns the label fields that the station gives: its service's before
// its carrier's.
func (c Choice) fields(s agent.State) map[string]string {
	general, special := c.Fields[string(s.Carrier)], c.Fields[string(s.Service)]
	switch {
	case len(special) == 0:
		return general
	case len(general) == 0:
		return special
	}
	all := maps.Clone(general)
	maps.Copy(all, special)
	return all
}

// Check returns what is wrong with the names in c, each with its key and those
// there are: a service or carrier that no rule and no table knows would never be
// chosen, and a template that is not there, or is not for parcels, would stop
// the first order instead of the station. Without rules only templates are looked at.
func (c Choice) Check(t *Templates, rules *carrier.Rules, carriers *carrier.Table) error {
	var services, known []string
	if rules != nil {
		services, known = namesOf(rules, carriers)
	}
	var mistakes []error
	unknown := func(key, id string) {
		if rules != nil && !slices.Contains(services, id) && !slices.Contains(known, id) {
			mistakes = append(mistakes, fmt.Errorf("%s.%s: there is no service or carrier %q (services: %s; carriers: %s)",
				key, id, id, strings.Join(services, ", "), strings.Join(known, ", ")))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(c.Template)) {
		unknown("template_by", id)
		found, err := t.Get(c.Template[id])
		switch {
		case c.Template[id] == "":
			err = errors.New("no template is named (remove the line for the preset)")
		case err == nil:
			err = forParcels(found)
		}
		if err != nil {
			mistakes = append(mistakes, fmt.Errorf("template_by.%s: %w", id, err))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(c.Fields)) {
		unknown("label_fields", id)
	}
	return errors.Join(mistakes...)
}

// namesOf returns the IDs of the services that the rules know, and of the
// carriers.
func namesOf(rules *carrier.Rules, carriers *carrier.Table) (services, known []string) {
	for _, s := range rules.Services() {
		services = append(services, string(s.ID))
	}
	slices.Sort(services)
	for _, id := range carriers.IDs() {
		known = append(known, string(id))
	}
	return services, known
}

// forParcels returns why a template cannot be a parcel's label, or nil.
func forParcels(t *template.Template) error {
	if t.For != template.ForParcel {
		return fmt.Errorf("label template %q is filled with a %s, not a parcel (name one for parcels; waybill label templates lists them)", t.Name, t.For)
	}
	return nil
}
