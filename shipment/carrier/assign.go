package carrier

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"waybill/shipment"
)

// A Decision is which service an order goes by, and why by no other. Either
// Service or Hold is set.
type Decision struct {
	OrderID     shipment.OrderID   `json:"order_id"`
	Carrier     shipment.CarrierID `json:"carrier,omitempty"`
	Service     shipment.ServiceID `json:"service,omitempty"`
	ServiceName string             `json:"service_name,omitempty"`
	Rule        string             `json:"rule"`
	CostMinor   int64              `json:"cost_minor"`
	Currency    string             `json:"currency,omitempty"`
	Promise     shipment.Promise   `json:"promise"`
	Rejected    []Rejection        `json:"rejected"`
	Hold        *Hold              `json:"hold,omitempty"`
}

// A Rejection is a service that was not taken, and why.
type Rejection struct {
	Carrier shipment.CarrierID `json:"carrier"`
	Service shipment.ServiceID `json:"service"`
	Reason  string             `json:"reason"`
}

// A Hold is an order that a person must look at.
type Hold struct {
	Rule   string `json:"rule"`
	Reason string `json:"reason"`
}

// The names under which decisions stand that no rule of the file made.
const (
	orderRule   = "order"   // the order itself named carrier or service
	limitsRule  = "limits"  // no service can take the order at all
	defaultRule = "default" // no rule matched
)

// Assign chooses the service for an order whose address was checked. now is
// the station's local time, on which the cut-off and the promise hang; its
// zero gives no promise.
//
// First every service that cannot take the order drops out, then those that
// the order did not ask for, then the rules are asked from top to bottom.
func (r *Rules) Assign(o shipment.Order, now time.Time) Decision {
	a := &assignment{order: o, decision: Decision{OrderID: o.ID, Rejected: []Rejection{}}}
	for _, s := range r.services {
		if reason := s.refuses(o); reason != "" {
			a.reject(s, reason)
		} else {
			a.left = append(a.left, s)
		}
	}
	level := r.wish(a)
	if a.decision.Hold == nil {
		r.choose(a, factsOf(o, level))
	}
	if a.decision.Hold == nil {
		a.decision.Promise = a.chosen.promise(o, now)
	}
	slices.SortStableFunc(a.decision.Rejected, func(x, y Rejection) int { return cmp.Compare(x.Service, y.Service) })
	return a.decision
}

// An assignment is a decision on its way.
type assignment struct {
	order    shipment.Order
	decision Decision
	left     []Service
	chosen   Service
	named    bool // the order named carrier or service
}

func (a *assignment) reject(s Service, reason string) {
	a.decision.Rejected = append(a.decision.Rejected, Rejection{Carrier: s.Carrier, Service: s.ID, Reason: reason})
}

// keep drops every service that f gives a reason against.
func (a *assignment) keep(f func(Service) string) {
	a.left = slices.DeleteFunc(a.left, func(s Service) bool {
		reason := f(s)
		if reason != "" {
			a.reject(s, reason)
		}
		return reason != ""
	})
}

func (a *assignment) hold(rule, reason string) {
	a.decision.Rule = rule
	a.decision.Hold = &Hold{Rule: rule, Reason: reason}
}

func (a *assignment) take(s Service, rule string, against func(Service) string) {
	a.chosen = s
	a.decision.Carrier, a.decision.Service, a.decision.ServiceName = s.Carrier, s.ID, s.Name
	a.decision.Rule, a.decision.CostMinor, a.decision.Currency = rule, s.cost(a.order), s.Cost.Currency
	a.keep(func(other Service) string {
		if other.ID == s.ID {
			return ""
		}
		return against(other)
	})
}

// choose asks the rules from top to bottom. Where the order has named what it
// wants, holds still count, and of what is left the cheapest is taken.
func (r *Rules) choose(a *assignment, f facts) {
	for _, rule := range r.rules {
		if !rule.matches(f) {
			continue
		}
		if a.named {
			if rule.Then.Hold != "" {
				a.hold(rule.ID, rule.Then.Hold)
				return
			}
			continue
		}
		a.keep(func(s Service) string { return rule.against(s) })
		if len(a.left) == 0 {
			a.hold(rule.ID, "the rule leaves no service: "+a.reasons())
			return
		}
		if rule.Then.decide(a, rule.ID) {
			return
		}
	}
	if a.named {
		outcome{Cheapest: []shipment.ServiceID{all}}.decide(a, orderRule)
		return
	}
	if !r.fallback.decide(a, defaultRule) {
		a.hold(defaultRule, "no rule chose a service, and the default's are not possible")
	}
}

func (r rule) matches(f facts) bool {
	for field, cond := range r.When {
		if !cond.holds(field, f) {
			return false
		}
	}
	return true
}

func (r rule) against(s Service) string {
	if slices.Contains(r.Deny, s.ID) || len(r.Allow) > 0 && !slices.Contains(r.Allow, s.ID) {
		if r.Why != "" {
			return fmt.Sprintf("rule %s: %s", r.ID, r.Why)
		}
		return fmt.Sprintf("rule %s excludes it", r.ID)
	}
	return ""
}

// decide takes a service or holds the order, if the outcome can.
func (o outcome) decide(a *assignment, rule string) bool {
	if o.Hold != "" {
		a.hold(rule, o.Hold)
		return true
	}
	wanted := o.Cheapest
	if o.Use != "" {
		wanted = []shipment.ServiceID{o.Use}
	}
	var best *Service
	for i, s := range a.left {
		listed := slices.Contains(wanted, s.ID) || slices.Contains(wanted, all)
		if !listed || o.WithinDays > 0 && s.Transit.Max > o.WithinDays {
			continue
		}
		if best == nil || s.cost(a.order) < best.cost(a.order) {
			best = &a.left[i]
		}
	}
	if best == nil {
		return false
	}
	s := *best
	a.take(s, rule, func(other Service) string {
		if o.Use != "" {
			return fmt.Sprintf("rule %s uses %s", rule, s.ID)
		}
		if o.WithinDays > 0 && other.Transit.Max > o.WithinDays {
			return fmt.Sprintf("rule %s wants it within %d working days, this takes up to %d", rule, o.WithinDays, other.Transit.Max)
		}
		if !slices.Contains(wanted, other.ID) && !slices.Contains(wanted, all) {
			return fmt.Sprintf("not among the services of rule %s", rule)
		}
		return fmt.Sprintf("costs %d, %s only %d", other.cost(a.order), s.ID, s.cost(a.order))
	})
	return true
}
