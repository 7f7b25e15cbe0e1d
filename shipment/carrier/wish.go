package carrier

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"waybill/shipment"
)

// wish narrows to what the order asks for.
func (r *Rules) wish(a *assignment) {
	o := a.order
	if len(a.left) == 0 {
		a.hold(limitsRule, "no service can take the parcel: "+reasons(a.decision.Rejected))
		return
	}
	level := a.facts.texts[orderLevel]
	if o.Carrier != "" {
		a.named = true
		a.keep(func(s *Service) string {
			if s.Carrier != o.Carrier {
				return fmt.Sprintf("the order names the carrier %s", o.Carrier)
			}
			return ""
		})
		if len(a.left) == 0 {
			a.hold(orderRule, fmt.Sprintf("the order names the carrier %s: %s", o.Carrier, r.whyNot(a, func(s *Service) bool { return s.Carrier == o.Carrier })))
			return
		}
	}
	switch {
	case o.Service == "":
	case slices.ContainsFunc(r.services, func(s *Service) bool { return s.named(o) }):
		a.named = true
		a.keep(func(s *Service) string {
			if !s.named(o) {
				return fmt.Sprintf("the order names the service %s", o.Service)
			}
			return ""
		})
		if len(a.left) == 0 {
			a.hold(orderRule, fmt.Sprintf("the order names the service %s: %s", o.Service, r.whyNot(a, func(s *Service) bool { return s.named(o) })))
		}
	case level != "":
		a.keep(func(s *Service) string {
			if !slices.Contains(s.Level, level) {
				return fmt.Sprintf("the order asks for %s, this service is %s", level, cmp.Or(strings.Join(s.Level, " or "), "of no level"))
			}
			return ""
		})
		if len(a.left) == 0 {
			a.hold(orderRule, fmt.Sprintf("the order asks for %s, and no service of that level can take it; change the order's service or ask the buyer", level))
		}
	default:
		a.hold(orderRule, fmt.Sprintf("the order names the service %q, which is neither a service nor a level (%s)", o.Service, strings.Join(Levels(), ", ")))
	}
}

// named reports whether the order names this service: by ID, or by carrier and
// the rest of the ID, as in ups and ground.
func (s *Service) named(o *shipment.Order) bool {
	want := strings.ToLower(string(o.Service))
	return want != "" && (want == string(s.ID) || o.Carrier == s.Carrier && string(s.Carrier)+"_"+want == string(s.ID))
}

// levelOf returns the level that a wish means, such as standard for "Standard
// shipping", or nothing.
func levelOf(wish shipment.ServiceID) string {
	for w := range strings.FieldsSeq(strings.ToLower(string(wish))) {
		if slices.Contains(Levels(), w) {
			return w
		}
	}
	return ""
}

// whyNot joins the reasons against the services that f picks.
func (r *Rules) whyNot(a *assignment, f func(*Service) bool) string {
	var why []string
	for _, s := range r.services {
		for _, rej := range a.decision.Rejected {
			if rej.Service == s.ID && f(s) {
				why = append(why, fmt.Sprintf("%s: %s", s.ID, rej.Reason))
			}
		}
	}
	if len(why) == 0 {
		return "the rules know no service of it"
	}
	return strings.Join(why, "; ")
}

func reasons(rejected []Rejection) string {
	why := make([]string, len(rejected))
	for i, rej := range rejected {
		why[i] = fmt.Sprintf("%s: %s", rej.Service, rej.Reason)
	}
	return strings.Join(why, "; ")
}
