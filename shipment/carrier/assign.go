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
	Rules       []string           `json:"rules"` // every rule that counted, in order
	CostMinor   int64              `json:"cost_minor"`
	Currency    string             `json:"currency,omitempty"`
	Cost        []CostLine         `json:"cost,omitempty"` // what CostMinor is made of
	Billable    int64              `json:"billable_weight_g,omitempty"`
	Zone        string             `json:"zone,omitempty"`
	Promise     shipment.Promise   `json:"promise"`
	Extras      *Extras            `json:"extras,omitempty"`
	Rejected    []Rejection        `json:"rejected"`
	Passed      []Passed           `json:"passed,omitempty"`
	Hold        *Hold              `json:"hold,omitempty"`
}

// A Rejection is a service that was not taken, and why.
type Rejection struct {
	Carrier shipment.CarrierID `json:"carrier"`
	Service shipment.ServiceID `json:"service"`
	Reason  string             `json:"reason"`
}

// A Passed is a rule that matched but found no service, so that the next was
// asked.
type Passed struct {
	Rule   string `json:"rule"`
	Reason string `json:"reason"`
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
// the time in the warehouse's zone, on which the cut-off and the promise hang;
// its zero gives no promise. The same order at the same time is always decided
// in the same way.
//
// First every service that cannot take the order drops out, then those that
// the order did not ask for, then the rules are asked from top to bottom.
func (r *Rules) Assign(o shipment.Order, now time.Time) Decision {
	a := r.begin(&o, now)
	r.wish(a)
	if a.decision.Hold == nil {
		r.choose(a)
	}
	if a.decision.Hold == nil {
		a.finish()
	}
	slices.SortStableFunc(a.decision.Rejected, func(x, y Rejection) int { return cmp.Compare(x.Service, y.Service) })
	return a.decision
}

// begin returns the assignment with the services that can take the order.
func (r *Rules) begin(o *shipment.Order, now time.Time) *assignment {
	a := &assignment{
		order: o, facts: r.factsOf(o, now), left: make([]option, 0, len(r.services)), surcharges: r.surcharges,
		decision: Decision{OrderID: o.ID, Rules: []string{}, Rejected: make([]Rejection, 0, len(r.services))},
	}
	var most int64
	for _, s := range r.services {
		if reason := s.refuses(a.facts); reason != "" {
			a.reject(s, reason)
			continue
		}
		q := s.price(a.facts)
		if q.why != "" {
			a.reject(s, q.why)
			continue
		}
		a.left = append(a.left, option{Service: s, quote: q})
		most = max(most, q.most)
	}
	a.facts.set(billableWeight, max(most, a.facts.numbers[weight]))
	return a
}

// An assignment is a decision on its way.
type assignment struct {
	order      *shipment.Order
	facts      *facts
	decision   Decision
	left       []option
	surcharges []surcharge
	extras     Extras
	chosen     option
	named      bool // the order named carrier or service
}

// An option is a service that can still be chosen.
type option struct {
	*Service
	quote    quote
	costed   bool
	asked    bool
	promised bool
	earliest day
	latest   day
}

func (a *assignment) cost(o *option) int64 {
	if !o.costed {
		o.surcharged(&o.quote, a.facts, a.surcharges, nil)
		o.costed = true
	}
	return o.quote.total
}

// ask sets the days on which the option would arrive.
func (a *assignment) ask(o *option) (promised bool) {
	if !o.asked {
		o.earliest, o.latest, o.promised = o.promise(a.facts)
		o.asked = true
	}
	return o.promised
}

// option returns what is left of a service, or nil.
func (a *assignment) option(s *Service) *option {
	for i := range a.left {
		if a.left[i].Service == s {
			return &a.left[i]
		}
	}
	return nil
}

func (a *assignment) reject(s *Service, reason string) {
	a.decision.Rejected = append(a.decision.Rejected, Rejection{Carrier: s.Carrier, Service: s.ID, Reason: reason})
}

// keep drops every service that f gives a reason against.
func (a *assignment) keep(f func(*Service) string) {
	a.left = slices.DeleteFunc(a.left, func(o option) bool {
		reason := f(o.Service)
		if reason != "" {
			a.reject(o.Service, reason)
		}
		return reason != ""
	})
}

func (a *assignment) hold(rule, reason string) {
	a.decision.Rule = rule
	a.decision.Hold = &Hold{Rule: rule, Reason: reason}
}

func (a *assignment) fired(rule string) {
	if n := len(a.decision.Rules); n == 0 || a.decision.Rules[n-1] != rule {
		a.decision.Rules = append(a.decision.Rules, rule)
	}
}

// choose asks the rules from top to bottom. Where the order has named what it
// wants, holds and binding rules still count, and of what is left the cheapest
// is taken.
func (r *Rules) choose(a *assignment) {
	for _, rule := range r.rules {
		if !matches(rule.when, a.facts) {
			continue
		}
		if !a.follow(rule) {
			return
		}
		if a.named && (rule.then.way != wayHold) {
			continue
		}
		if a.decide(rule.then, rule.id) {
			a.fired(rule.id)
			return
		}
	}
	if a.named {
		a.decide(&outcome{way: wayCheapest, wanted: &selector{all: true}}, orderRule)
		return
	}
	if !a.decide(r.fallback, defaultRule) {
		a.hold(defaultRule, "no rule chose a service, and the default's are not possible")
	}
}

// follow applies what a rule does besides choosing, and reports whether the
// rules go on.
func (a *assignment) follow(r *rule) bool {
	if (r.deny != nil || r.allow != nil) && (!a.named || r.binding) {
		a.fired(r.id)
		before := len(a.decision.Rejected)
		a.keep(func(s *Service) string { return r.against(s, a.facts) })
		if len(a.left) == 0 {
			a.hold(r.id, "the rule leaves no service: "+reasons(a.decision.Rejected[before:]))
			return false
		}
	}
	if len(r.surcharges) > 0 {
		a.fired(r.id)
		a.surcharges = append(a.surcharges[:len(a.surcharges):len(a.surcharges)], r.surcharges...)
		for i := range a.left {
			a.left[i].costed = false
		}
	}
	if r.then.way == wayNone && (r.then.extras != (Extras{}) || r.then.insureAll) {
		a.fired(r.id)
		a.extras.merge(r.then.extras, r.then.insureAll, a.facts.numbers[orderValue])
	}
	return true
}

// finish writes down what was chosen and what it costs.
func (a *assignment) finish() {
	o, d := &a.chosen, &a.decision
	d.Carrier, d.Service, d.ServiceName, d.Currency = o.Carrier, o.ID, o.Name, o.Service.cost.Currency
	d.Billable, d.Zone = o.quote.billable, o.quote.zone
	what := "rate"
	if o.quote.zone != "" && o.quote.zone != "*" {
		what = "rate, zone " + o.quote.zone
	}
	d.Cost = append(make([]CostLine, 0, 4), CostLine{What: what, Amount: o.quote.price})
	o.surcharged(&o.quote, a.facts, a.surcharges, &d.Cost)
	d.CostMinor = o.quote.total
	if a.ask(o) {
		d.Promise = shipment.Promise{Earliest: o.earliest.String(), Latest: o.latest.String()}
	}
	if a.extras != (Extras{}) {
		d.Extras = &a.extras
	}
}

// decide takes a service or holds the order, if the outcome can.
func (a *assignment) decide(o *outcome, rule string) bool {
	switch o.way {
	case wayNone:
		return false
	case wayHold:
		a.hold(rule, o.hold)
		return true
	case waySplit:
		if b := o.split(a, rule); b != nil {
			a.take(a.option(b.service), o, rule)
			a.extras.merge(b.extras, b.insureAll, a.facts.numbers[orderValue])
			return true
		}
	case wayUse, wayCheapest, wayFastest, wayPrefer:
		if best := a.best(o); best != nil {
			a.take(best, o, rule)
			return true
		}
	}
	if o.ifNone != nil {
		if o.ifNone.way == wayHold {
			a.rejectAll(o, rule)
		}
		if a.decide(o.ifNone, rule) {
			return true
		}
	}
	why := "none of its services can take the order"
	for i := range a.left {
		if late := a.late(o, &a.left[i], rule); late != "" && o.lists(a.left[i].Service, a.facts) {
			why = fmt.Sprintf("%s: %s", a.left[i].ID, late)
			break
		}
	}
	a.decision.Passed = append(a.decision.Passed, Passed{Rule: rule, Reason: why})
	return false
}

// rejectAll says against each option that is left why the outcome does not take
// it.
func (a *assignment) rejectAll(o *outcome, rule string) {
	for i := range a.left {
		opt := &a.left[i]
		reason := fmt.Sprintf("not among the services of rule %s", rule)
		if o.lists(opt.Service, a.facts) {
			reason = cmp.Or(a.late(o, opt, rule), reason)
		}
		a.reject(opt.Service, reason)
	}
}

// take settles on an option, and says against each of the others what speaks
// against it.
func (a *assignment) take(best *option, o *outcome, rule string) {
	a.chosen = *best
	a.decision.Rule = rule
	a.extras.merge(o.extras, o.insureAll, a.facts.numbers[orderValue])
	for i := range a.left {
		if other := &a.left[i]; other.Service != a.chosen.Service {
			a.reject(other.Service, a.lost(o, other, rule))
		}
	}
}
