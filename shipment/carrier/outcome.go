package carrier

import (
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"strconv"

	"waybill/shipment"
)

// A rule is a wish of the merchant: when it counts, and what follows.
type rule struct {
	id          string
	when        []clause
	why         string
	binding     bool // also for orders that name carrier or service
	deny, allow *selector
	surcharges  []surcharge
	then        *outcome
}

// A way is how an outcome chooses.
type way int

const (
	wayNone way = iota
	wayUse
	wayCheapest
	wayFastest
	wayPrefer
	waySplit
	wayHold
)

// An outcome ends the rules: one service, the best of some, or a person.
type outcome struct {
	way        way
	wanted     *selector
	use        shipment.ServiceID
	prefer     *selector
	margin     int64 // how much dearer than the cheapest a preferred service may be
	days       int   // at most so many days on the way; 0: as many as it takes
	asPromised bool  // as many days as the order promises
	onTime     bool  // only what arrives by the order's promised day
	branches   []branch
	hold       string
	ifNone     *outcome
	extras     Extras
	insureAll  bool // for the order's value
}

type branch struct {
	when      []clause
	share     int64
	service   *Service
	extras    Extras
	insureAll bool
}

// Extras is what a parcel needs besides carriage.
type Extras struct {
	Signature string `json:"signature,omitempty"` // yes or adult
	Insurance int64  `json:"insurance_minor,omitempty"`
	Incoterm  string `json:"incoterm,omitempty"`
}

// merge takes over what other sets.
func (e *Extras) merge(other Extras, insureAll bool, value int64) {
	if other.Signature != "" && e.Signature != "adult" {
		e.Signature = other.Signature
	}
	e.Insurance = max(e.Insurance, other.Insurance)
	if insureAll {
		e.Insurance = max(e.Insurance, value)
	}
	if other.Incoterm != "" {
		e.Incoterm = other.Incoterm
	}
}

// against returns why the rule excludes a service, or nothing.
func (r *rule) against(s *Service, f *facts) string {
	if r.deny != nil && r.deny.picks(s, f) || r.allow != nil && !r.allow.picks(s, f) {
		if r.why != "" {
			return fmt.Sprintf("rule %s: %s", r.id, r.why)
		}
		return fmt.Sprintf("rule %s excludes it", r.id)
	}
	return ""
}

// rule compiles a rule.
func (r *reading) rule(at string, raw *rawRule) *rule {
	out := &rule{id: raw.ID, when: r.when(at+".when", raw.When), why: raw.Why, binding: raw.Binding}
	if raw.Deny.given() {
		out.deny = r.selector(at+".deny", raw.Deny.node)
	}
	if raw.Allow.given() {
		out.allow = r.selector(at+".allow", raw.Allow.node)
	}
	for i, s := range raw.Surcharges {
		if s.ID == "" {
			s.ID = raw.ID
		}
		out.surcharges = append(out.surcharges, r.surcharge(fmt.Sprintf("%s.surcharge[%d]", at, i), s))
	}
	out.then = r.outcome(at, &raw.rawOutcome)
	if out.then.way == wayNone && out.deny == nil && out.allow == nil && len(out.surcharges) == 0 && raw.rawExtras == (rawExtras{}) {
		r.add(at, "decides nothing: give use, cheapest, fastest, prefer, split, hold, allow, deny, surcharge, signature, insurance or incoterm")
	}
	return out
}

// outcome compiles what follows from a rule.
func (r *reading) outcome(at string, raw *rawOutcome) *outcome {
	out := &outcome{use: raw.Use, margin: raw.PreferMargin, onTime: raw.KeepPromise, hold: raw.Hold}
	out.extras, out.insureAll = r.extras(at, raw.rawExtras)
	for _, w := range []struct {
		given bool
		way   way
	}{{raw.Use != "", wayUse}, {raw.Cheapest.given(), wayCheapest}, {raw.Fastest.given(), wayFastest}, {len(raw.Split) > 0, waySplit}, {raw.Hold != "", wayHold}} {
		if w.given && out.way != wayNone {
			r.add(at, "give one of use, cheapest, fastest, split and hold, not several")
		}
		if w.given {
			out.way = w.way
		}
	}
	if raw.Prefer.given() {
		out.prefer = r.selector(at+".prefer", raw.Prefer.node)
		if out.way == wayNone {
			out.way, out.wanted = wayPrefer, out.prefer
		} else if out.way != wayCheapest {
			r.add(at+".prefer", "stands alone or beside cheapest")
		}
	}
	if raw.PreferMargin < 0 || raw.PreferMargin > 0 && (out.prefer == nil || out.way != wayCheapest) {
		r.add(at+".prefer_margin", "want an amount above 0, beside cheapest and prefer")
	}
	switch out.way {
	case wayUse:
		r.known(at+".use", raw.Use)
		out.wanted = &selector{picked: make([]bool, len(r.rules.services))}
		for _, s := range r.rules.services {
			out.wanted.picked[s.index] = s.ID == raw.Use
		}
	case wayCheapest:
		out.wanted = r.selector(at+".cheapest", raw.Cheapest.node)
	case wayFastest:
		out.wanted = r.selector(at+".fastest", raw.Fastest.node)
	case waySplit:
		out.branches = r.branches(at+".split", raw.Split)
	case wayNone, wayPrefer, wayHold:
	}
	r.within(at, raw, out)
	if raw.IfNone != nil {
		out.ifNone = r.outcome(at+".if_none", raw.IfNone)
		if out.way == wayNone || out.way == wayHold {
			r.add(at+".if_none", "is for rules that choose a service")
		}
	}
	return out
}

func (r *reading) within(at string, raw *rawOutcome, out *outcome) {
	switch raw.WithinDays {
	case "":
	case "$order.promise_days":
		out.asPromised = true
	default:
		days, err := strconv.Atoi(raw.WithinDays)
		if err != nil || days < 1 || days > 365 {
			r.add(at+".within_days", "%q: want a number of days from 1 to 365, or $order.promise_days", raw.WithinDays)
		}
		out.days = days
	}
	if (raw.WithinDays != "" || raw.KeepPromise) && (out.way == wayNone || out.way == wayHold || out.way == waySplit) {
		r.add(at, "within_days and keep_promise are for use, cheapest, fastest and prefer")
	}
}

func (r *reading) branches(at string, raw []rawBranch) []branch {
	out := make([]branch, 0, len(raw))
	for i, b := range raw {
		here := fmt.Sprintf("%s[%d]", at, i)
		one := branch{when: r.when(here+".when", b.When), share: b.Share}
		one.extras, one.insureAll = r.extras(here, b.rawExtras)
		r.known(here+".use", b.Use)
		for _, s := range r.rules.services {
			if s.ID == b.Use {
				one.service = s
			}
		}
		if b.Share < 0 || b.Share > 1_000_000 {
			r.add(here+".share", "want a share from 1 to 1000000")
		}
		if i > 0 && (b.Share != 0) != (raw[0].Share != 0) {
			r.add(here, "give every branch a share, or none: without shares the first that fits is taken")
		}
		out = append(out, one)
	}
	return out
}

var (
	signatures = []string{"yes", "true", "adult"}
	incoterms  = []string{"DAP", "DDP", "EXW", "FCA", "CPT", "CIP", "DPU", "FAS", "FOB", "CFR", "CIF"} // Incoterms 2020
)

func (r *reading) extras(at string, raw rawExtras) (e Extras, insureAll bool) {
	e = Extras{Signature: raw.Signature, Incoterm: raw.Incoterm}
	if e.Signature == "true" {
		e.Signature = "yes"
	}
	if raw.Signature != "" && !slices.Contains(signatures, raw.Signature) {
		r.add(at+".signature", "%q: want true or adult", raw.Signature)
	}
	if raw.Incoterm != "" && !slices.Contains(incoterms, raw.Incoterm) {
		r.add(at+".incoterm", "%q is no term of Incoterms 2020 (have %v)", raw.Incoterm, incoterms)
	}
	switch raw.Insurance {
	case "":
	case "$order.value":
		insureAll = true
	default:
		amount, err := strconv.ParseInt(raw.Insurance, 10, 64)
		if err != nil || amount <= 0 || amount > maxMoney {
			r.add(at+".insurance", "%q: want an amount in minor units, or $order.value", raw.Insurance)
		}
		e.Insurance = amount
	}
	return e, insureAll
}

// split returns the branch whose turn it is, or nil if none is possible. With
// shares the order's ID decides, by its hash together with the rule's: the same
// order goes the same way in every run, and the shares hold over many orders.
func (o *outcome) split(a *assignment, rule string) *branch {
	var total int64
	possible := make([]*branch, 0, len(o.branches))
	for i := range o.branches {
		b := &o.branches[i]
		if a.option(b.service) == nil || !matches(b.when, a.facts) {
			continue
		}
		if b.share == 0 {
			return b
		}
		possible, total = append(possible, b), total+b.share
	}
	if total == 0 {
		return nil
	}
	h := fnv.New64a()
	_, _ = io.WriteString(h, rule+"\x00"+string(a.decision.OrderID)) // a hash takes everything
	turn := int64(mixed(h.Sum64()) % uint64(total))
	for _, b := range possible {
		if turn -= b.share; turn < 0 {
			return b
		}
	}
	return nil
}

// mixed spreads a hash's entropy over its low bits, which consecutive order
// numbers hardly move.
func mixed(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}
