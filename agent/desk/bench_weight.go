package desk

import (
	"fmt"
	"strings"
	"time"

	"waybill/agent"
	"waybill/agent/packing"
	"waybill/scanner"
	"waybill/shipment"
)

// A Claim says whose the last weighing at a bench is, so that it becomes the
// weight of one parcel at most. It is kept with the bench and changes with what is
// decided there, so that two scans at once cannot both have it.
type Claim struct {
	Weighing string           `json:"weighing"`         // its ID
	Order    shipment.OrderID `json:"order,omitempty"`  // it was put down for; empty: the next that is opened
	Parcel   int              `json:"parcel,omitempty"` // of the order, from 1
	Spent    bool             `json:"spent,omitempty"`  // a parcel has it, or none may
}

// measuredFor is how long the weight of a dimensioner may wait for its order. It
// never tells that what it measured was taken off.
const measuredFor = 2 * time.Minute

// claim settles whose the last weighing is, where that is not settled yet: it
// belongs to the order in hand, or else to the next.
func (s *benchScan) claim(cur agent.State, inHand bool) {
	w, ok := s.d.weights.last(s.bench.Name)
	if !ok || w.id == s.bench.Claim.Weighing {
		return
	}
	c := Claim{Weighing: w.id}
	if unfinished(cur, inHand) {
		c.Order, c.Parcel = cur.Order.ID, cur.Packing.Current()
	}
	// What is weighed before its label is scanned has its weight already.
	c.Spent, _ = awaited(cur, inHand)
	s.bench.Claim = c
}

// unfinished reports whether an order in hand has a parcel that is to be packed.
func unfinished(cur agent.State, inHand bool) bool {
	return inHand && cur.Packing != nil && !cur.Packing.Done()
}

// hold takes an order in hand. A weight that was put down for another one is
// nobody's any more; one that was put down before is this one's now.
func (s *benchScan) hold(st agent.State) {
	c := &s.bench.Claim
	switch {
	case c.Order == st.Order.ID:
	case c.Order != "":
		c.Spent = true
	case unfinished(st, true):
		c.Order, c.Parcel = st.Order.ID, st.Packing.Current()
	}
	s.bench.Order = st.Order.ID
}

// drop puts the order in hand down.
func (s *benchScan) drop() {
	if s.bench.Claim.Order != "" {
		s.bench.Claim.Spent = true
	}
	s.bench.Order = ""
}

// spend takes the last weighing from everybody, after a parcel of that order was
// packed: whether it was that parcel's or another weight was typed, it is not the
// next one's.
func (s *benchScan) spend(id shipment.OrderID) {
	if c := &s.bench.Claim; c.Order == id || c.Order == "" {
		c.Spent = true
	}
}

// weight returns the weight that lies on the scale, at rest, if it was put down for
// the order's parcel in hand and no parcel has had it. That parcel may have been
// packed from elsewhere since; then it is not the next one's.
func (s *benchScan) weight(st agent.State) (Weight, bool) {
	w, lies := s.d.weights.of(s.bench.Name)
	old := w.Sides.Known() && s.at.Sub(w.came) > measuredFor
	c := s.bench.Claim
	its := c.Order == st.Order.ID && st.Packing != nil && c.Parcel == st.Packing.Current()
	return w.Weight, lies && !old && c.Weighing == w.id && its && !c.Spent
}

func (s *benchScan) weighed(w Weight) packing.Input {
	return packing.Weighed{Weight: w.Grams, Scale: w.Scale, By: s.bench.Operator, At: s.at}
}

// nobody reports whether nobody is at a bench where somebody must be.
func (s *benchScan) nobody() bool {
	return s.d.packs() && len(s.d.o.Rules.Packing.Operators) > 0 && s.bench.Operator == ""
}

// look takes the weight that lies on the scale where it is the one thing that is
// wanted and right, after something else was done; where it is wanted and does not
// count by itself, it says what to do.
func (s *benchScan) look(st agent.State, v verdict) (agent.State, verdict) {
	waits, _ := awaited(st, true)
	stop, _ := st.Packable()
	if waits || stop != "" || v.answer.Signal == scanner.Bad || !unfinished(st, true) || s.bench.Order != st.Order.ID || s.nobody() {
		return st, v
	}
	job := s.job(st)
	w, lies := s.weight(st)
	if !lies || !st.Packing.Fits(job, w.Grams) && !(s.fresh && st.Packing.Takes(job, w.Grams)) {
		v.answer.Message = strings.TrimSpace(v.answer.Message + " " + s.onScale(st))
		return st, v
	}
	said := strings.TrimSpace(strings.TrimSuffix(v.answer.Message, st.Packing.Next(job))) // which it just did
	st, more := s.through(st, s.weighed(w))
	a := answerOf(more)
	a.Message = strings.TrimSpace(said + " " + a.Message)
	v.effects, v.answer = append(v.effects, more...), a
	return st, v
}

// looked looks at the scale after an order has come in hand, or somebody to the
// bench, and keeps what that comes to.
func (s *benchScan) looked(st agent.State, v verdict) (verdict, error) {
	st, v = s.look(st, v)
	if len(v.effects) == 0 {
		return v, nil
	}
	return s.keep(st, v)
}

// through carries an input out on an order. A parcel that is packed by it leaves
// no weight behind.
func (s *benchScan) through(st agent.State, in packing.Input) (agent.State, []agent.Effect) {
	next, effects := st.Step(s.pack(st, in))
	if st.Packing != nil && next.Packing.Current() != st.Packing.Current() {
		s.spend(st.Order.ID)
	}
	return next, effects
}

// closing returns what it means that somebody says the box is full: that it weighs
// what lies on the scale. A weight that is wanted and lies there without counting
// is never left out in silence; then the answer says what to do.
func (s *benchScan) closing(st agent.State) (packing.Input, agent.Answer) {
	shut := packing.Closed{By: s.bench.Operator, At: s.at}
	p := st.Packing
	if p == nil || s.bench.Order != st.Order.ID || p.Weigh == packing.WeighOff || p.Weigh == "" {
		return shut, agent.Answer{}
	}
	if w, lies := s.weight(st); lies {
		return s.weighed(w), agent.Answer{}
	}
	if !p.Weighable(s.job(st)) {
		return shut, agent.Answer{}
	}
	without := ""
	if p.Weigh == packing.WeighAsk {
		without = " To go without a weight take it off the scale, and scan CLOSE."
	}
	now, says := s.d.weights.now(s.bench.Name)
	switch {
	case says && !now.Stable && now.Grams > 0:
		return nil, bad("not_at_rest", "%s Then scan CLOSE again.%s", joined("The scale shows no weight that counts yet.", now.Words), without).answer
	case s.idle():
		return nil, bad("lift_it", "%s%s", liftIt, without).answer
	}
	return shut, agent.Answer{}
}

// liftIt is said of a load that does not count: it lay there when the scale was
// first seen, it was put down for another order, or a parcel has its weight.
const liftIt = "What lies on the scale does not count for this parcel: lift it and put it down again."

// idle reports whether something lies on the scale, by what it says now. What a
// dimensioner measured may be gone.
func (s *benchScan) idle() bool {
	now, says := s.d.weights.now(s.bench.Name)
	return says && now.Stable && now.Grams > 0 && !now.Empty && !now.Sides.Known()
}

// onScale says what to do about what lies on the scale, where a weight is wanted
// and that is not taken by itself; empty: nothing.
func (s *benchScan) onScale(st agent.State) string {
	if st.Packing == nil || !st.Packing.Wants(s.job(st)) || st.Void != "" {
		return ""
	}
	if w, lies := s.weight(st); lies {
		return fmt.Sprintf("Scan CLOSE to take the %.3f kg that lie on it.", float64(w.Grams)/1000)
	}
	if s.idle() {
		return liftIt
	}
	return ""
}

func joined(parts ...string) string {
	return strings.TrimSpace(strings.Join(parts, " "))
}
