package carrier

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"

	"waybill/shipment"
)

// lint finds what each rule alone does not show: rules that no order reaches,
// rules that can leave no service, and costs that cannot be compared.
func (r *reading) lint() {
	r.currencies()
	for i, rule := range r.rules.rules {
		at := fmt.Sprintf("rules[%d]", i)
		if name := contradiction(rule.when); name != "" {
			r.add(at+".when."+name, "no value meets this, so the rule never matches")
			continue
		}
		r.leavesNone(at, rule)
		r.possible(at, rule.when, rule.then)
		if len(rule.when) == 0 && i < len(r.rules.rules)-1 && rule.then.always() {
			r.add(at, "matches every order, so the rules after it are never reached")
			break
		}
		for _, before := range r.rules.rules[:i] {
			if before.then.always() && implied(before.when, rule.when) && (before.then.way != wayHold || rule.then.way == wayHold || !rule.binding) {
				r.add(at, "is never reached: whenever it matches, rule %q before it does, and ends the rules", before.id)
				break
			}
		}
	}
}

// always reports whether the outcome ends the rules whatever services are left.
func (o *outcome) always() bool {
	switch o.way {
	case wayHold:
		return true
	case wayCheapest, wayFastest, wayPrefer:
		if o.wanted.all && o.days == 0 && !o.asPromised && !o.onTime {
			return true
		}
	case wayNone, wayUse, waySplit:
	}
	return o.ifNone != nil && o.ifNone.always()
}

func (r *reading) currencies() {
	first := shipment.ServiceID("")
	currency := ""
	for _, s := range r.rules.services {
		switch {
		case s.cost.Currency == "":
		case currency == "":
			first, currency = s.ID, s.cost.Currency
		case s.cost.Currency != currency:
			r.add("services."+string(s.ID)+".cost", "costs are in %s, those of %s in %s; they cannot be compared, give all in one currency", s.cost.Currency, first, currency)
		}
	}
}

// leavesNone reports a rule whose allow and deny leave no service at all.
func (r *reading) leavesNone(at string, rule *rule) {
	if rule.allow == nil && rule.deny == nil {
		return
	}
	anyOrder := &facts{}
	if !slices.ContainsFunc(r.rules.services, func(s *Service) bool { return rule.against(s, anyOrder) == "" }) {
		r.add(at, "can never leave a service: hold the order instead, if that is meant")
	}
}

// possible reports an outcome none of whose services can take an order that the
// conditions let through.
func (r *reading) possible(at string, when []clause, o *outcome) {
	var why []string
	check := func(s *Service, when []clause) bool {
		reason := s.contradicts(when)
		if reason == "" && o.days > 0 && s.lanes == nil && (s.transit.Max == 0 || s.transit.Max > o.days) {
			reason = fmt.Sprintf("takes up to %d days, not %d", s.transit.Max, o.days)
		}
		if reason != "" {
			why = append(why, fmt.Sprintf("%s %s", s.ID, reason))
		}
		return reason == ""
	}
	found := o.way == wayNone || o.way == wayHold
	if o.way == waySplit {
		for i, b := range o.branches {
			if b.service != nil && !check(b.service, append(slices.Clone(when), b.when...)) {
				r.add(fmt.Sprintf("%s.split[%d]", at, i), "can never be taken: %s", why[len(why)-1])
			}
		}
		found = true
	}
	for _, s := range r.rules.services {
		found = found || o.wanted != nil && o.wanted.picks(s, nil) && check(s, when)
	}
	if !found {
		r.add(at, "can never choose a service: %s", strings.Join(why, "; "))
	}
	if o.ifNone != nil {
		r.possible(at+".if_none", when, o.ifNone)
	}
}

// contradicts returns which hard limit of the service no order meets that the
// conditions let through, or nothing.
func (s *Service) contradicts(when []clause) string {
	for i := range when {
		c := &when[i]
		switch c.name {
		case "dest.country":
			if countries, ok := c.words(); ok && !slices.ContainsFunc(countries, s.serves) {
				return fmt.Sprintf("does not go to %s", strings.Join(countries, ", "))
			}
		case "dest.pobox":
			if !s.pobox && c.isTrue() {
				return "does not deliver to post office boxes"
			}
		case "dest.military":
			if !s.military && c.isTrue() {
				return "does not deliver to military addresses"
			}
		case "weight":
			if least, _ := c.interval(); s.limits.MaxWeight > 0 && least > s.limits.MaxWeight {
				return fmt.Sprintf("takes at most %d g", s.limits.MaxWeight)
			}
		}
	}
	return ""
}

// words returns the values of which the field must have one, if they are said.
func (c *clause) words() ([]string, bool) {
	for i := range c.tests {
		if c.tests[i].op == opIs || c.tests[i].op == opAny {
			return c.tests[i].words.all(), true
		}
	}
	return nil, false
}

func (c *clause) isTrue() bool {
	return slices.ContainsFunc(c.tests, func(t test) bool { return t.truth == (t.op != opNot) })
}

// interval returns between which numbers the field must lie. For a list of
// numbers that is more than the list.
func (c *clause) interval() (least, most int64) {
	least, most = math.MinInt64, math.MaxInt64
	for i := range c.tests {
		t := &c.tests[i]
		switch t.op {
		case opLT:
			most = min(most, t.numbers[0]-1)
		case opLTE:
			most = min(most, t.numbers[0])
		case opGT:
			least = max(least, t.numbers[0]+1)
		case opGTE:
			least = max(least, t.numbers[0])
		case opBetween, opIs:
			least, most = max(least, slices.Min(t.numbers)), min(most, slices.Max(t.numbers))
		case opNot, opAny, opAll, opNone, opMissing, opPrefix, opNotPrefix:
		}
	}
	return least, most
}

// contradiction returns a field that no value can satisfy, or nothing.
func contradiction(when []clause) string {
	for i := range when {
		c := &when[i]
		if c.group != noGroup {
			continue
		}
		if c.field.kind == number {
			if least, most := c.interval(); least > most {
				return c.name
			}
			continue
		}
		if c.field.kind != text {
			continue
		}
		if words, ok := c.words(); ok && !slices.ContainsFunc(words, func(w string) bool {
			return !slices.ContainsFunc(c.tests, func(t test) bool { return !t.text(w) })
		}) {
			return c.name
		}
	}
	return ""
}

// implied reports whether whatever meets the narrow conditions surely meets the
// wide ones. It errs on the side of no.
func implied(wide, narrow []clause) bool {
	for i := range wide {
		if !slices.ContainsFunc(narrow, func(n clause) bool { return n.implies(&wide[i]) }) {
			return false
		}
	}
	return true
}

func (c *clause) implies(wide *clause) bool {
	if reflect.DeepEqual(*c, *wide) {
		return true
	}
	if c.name != wide.name || c.group != noGroup || wide.group != noGroup || len(wide.tests) != 1 || c.chart != nil || c.areas {
		return false
	}
	t := &wide.tests[0]
	switch c.field.kind {
	case number:
		least, most := c.interval()
		from, to := wide.interval()
		exact := t.op != opNot && t.op != opMissing && (t.op != opIs || len(t.numbers) == 1)
		return exact && (least > math.MinInt64 || most < math.MaxInt64) && from <= least && most <= to
	case text:
		words, ok := c.words()
		return ok && !slices.ContainsFunc(words, func(w string) bool { return !t.text(w) })
	case list:
		words, ok := c.words()
		return ok && (t.op == opIs || t.op == opAny) && !slices.ContainsFunc(words, func(w string) bool { return !t.words.has(w) })
	case truth:
	}
	return false
}
