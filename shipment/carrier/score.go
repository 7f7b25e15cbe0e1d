package carrier

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
)

// lists reports whether the outcome chooses among services that include s.
func (o *outcome) lists(s *Service, f *facts) bool {
	return o.wanted != nil && o.wanted.picks(s, f)
}

// late returns why an option is too slow for the outcome, or nothing. What
// gives no promise keeps none.
func (a *assignment) late(o *outcome, opt *option, rule string) string {
	limit := int64(o.days)
	if promised := a.facts.numbers[promiseDays]; a.facts.known[promiseDays] && (o.asPromised || o.onTime) && (limit == 0 || promised < limit) {
		limit = promised
	}
	if limit > 0 {
		days, known := opt.travels(a.facts)
		if !known || a.facts.truths[destMilitary] {
			return fmt.Sprintf("rule %s wants it within %d working days, this says nothing about its time", rule, limit)
		}
		if int64(days.Max) > limit {
			return fmt.Sprintf("rule %s wants it within %d working days, this takes up to %d", rule, limit, days.Max)
		}
	}
	if by := a.facts.texts[orderDeliverBy]; o.onTime && by != "" {
		if _, err := parseDay(by); err != nil {
			return fmt.Sprintf("rule %s wants it by %q, which is no date, as 2026-12-24", rule, by)
		}
		if !a.ask(opt) {
			return fmt.Sprintf("rule %s wants it by %s, this gives no day", rule, by)
		}
		if latest := opt.latest.String(); latest > by {
			return fmt.Sprintf("rule %s wants it by %s, this arrives by %s", rule, by, latest)
		}
	}
	return ""
}

// best returns the option that the outcome takes, or nil.
func (a *assignment) best(o *outcome) *option {
	var best *option
	for i := range a.left {
		opt := &a.left[i]
		if !o.lists(opt.Service, a.facts) || a.late(o, opt, "") != "" {
			continue
		}
		if best == nil || a.compare(o, opt, best) < 0 {
			best = opt
		}
	}
	if best == nil || o.way != wayCheapest || o.prefer == nil {
		return best
	}
	// A preferred service may be dearer, by the margin.
	most, preferred := a.cost(best)+o.margin, (*option)(nil)
	for i := range a.left {
		opt := &a.left[i]
		if !o.prefer.picks(opt.Service, a.facts) || !o.lists(opt.Service, a.facts) || a.cost(opt) > most || a.late(o, opt, "") != "" {
			continue
		}
		if preferred == nil || o.rank(opt) < o.rank(preferred) {
			preferred = opt
		}
	}
	if preferred != nil {
		return preferred
	}
	return best
}

// rank returns the place of an option in the order of preference.
func (o *outcome) rank(opt *option) int {
	for i, at := range o.prefer.order {
		if at == opt.index {
			return i
		}
	}
	return math.MaxInt
}

// compare returns a negative number where x is to be taken before y. Where they
// are equal, the faster of the cheap and the cheaper of the fast counts, then
// the order of their IDs, so that nothing is left to chance.
func (a *assignment) compare(o *outcome, x, y *option) int {
	switch o.way {
	case wayCheapest:
		if c := cmp.Compare(a.cost(x), a.cost(y)); c != 0 {
			return c
		}
		return a.slower(x, y)
	case wayFastest:
		if c := a.slower(x, y); c != 0 {
			return c
		}
		return cmp.Compare(a.cost(x), a.cost(y))
	case wayPrefer:
		return cmp.Or(cmp.Compare(o.rank(x), o.rank(y)), cmp.Compare(a.cost(x), a.cost(y)))
	case wayNone, wayUse, waySplit, wayHold:
	}
	return 0
}

// slower compares when options arrive: by day where there is one, else by how
// long they travel. What says nothing is the slowest.
func (a *assignment) slower(x, y *option) int {
	xp, yp := a.ask(x), a.ask(y)
	if xp && yp {
		return cmp.Or(cmp.Compare(x.latest, y.latest), cmp.Compare(x.earliest, y.earliest))
	}
	xd, xk := x.travels(a.facts)
	yd, yk := y.travels(a.facts)
	switch {
	case xk && yk:
		return cmp.Or(cmp.Compare(xd.Max, yd.Max), cmp.Compare(xd.Min, yd.Min))
	case xk:
		return -1
	case yk:
		return 1
	}
	return 0
}

// lost returns why an option was not taken by an outcome that took a.chosen.
func (a *assignment) lost(o *outcome, other *option, rule string) string {
	best := &a.chosen
	switch {
	case o.way == wayUse:
		return fmt.Sprintf("rule %s uses %s", rule, best.ID)
	case o.way == waySplit:
		return fmt.Sprintf("rule %s splits, and this order goes by %s", rule, best.ID)
	case !o.lists(other.Service, a.facts):
		return fmt.Sprintf("not among the services of rule %s", rule)
	}
	if late := a.late(o, other, rule); late != "" {
		return late
	}
	cost, least := a.cost(other), a.cost(best)
	switch {
	case o.way == wayPrefer:
		return fmt.Sprintf("rule %s prefers %s", rule, best.ID)
	case o.way == wayFastest && a.slower(best, other) < 0:
		return fmt.Sprintf("arrives later than %s", best.ID)
	case cost > least:
		return "costs " + strconv.FormatInt(cost, 10) + ", " + string(best.ID) + " only " + strconv.FormatInt(least, 10)
	case cost < least:
		return fmt.Sprintf("rule %s prefers %s, which costs at most %d more", rule, best.ID, o.margin)
	case a.slower(best, other) < 0:
		return fmt.Sprintf("costs as much as %s, but arrives later", best.ID)
	}
	return fmt.Sprintf("as good as %s, whose name comes first", best.ID)
}
