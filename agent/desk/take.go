package desk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"waybill/agent"
	"waybill/agent/intake"
	"waybill/internal/fault"
	"waybill/labels"
	"waybill/labels/template"
	"waybill/printer"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// Take takes in a document that package intake has claimed and read. It may be
// called again with the same document: what was taken is not taken twice.
func (d *Desk) Take(ctx context.Context, doc intake.Document) ([]intake.Outcome, error) {
	if doc.Raw {
		return d.takeRaw(ctx, doc)
	}
	outcomes := make([]intake.Outcome, 0, len(doc.Entries))
	for _, e := range doc.Entries {
		o, err := d.takeEntry(ctx, doc, e)
		if err != nil {
			return nil, err
		}
		outcomes = append(outcomes, o)
	}
	return outcomes, nil
}

func (d *Desk) takeEntry(ctx context.Context, doc intake.Document, e intake.Entry) (intake.Outcome, error) {
	if e.Order.ID == "" || e.Unreadable() {
		out := intake.Outcome{Line: e.Line, OrderID: e.Order.ID, Status: intake.Rejected, Problems: e.Problems}
		return out, d.refuseInput(ctx, doc, e)
	}
	s, taken, err := d.TakeOrder(ctx, doc.Name, e.Order)
	if err != nil {
		return intake.Outcome{}, err
	}
	out := intake.Outcome{Line: e.Line, OrderID: e.Order.ID}
	switch taken {
	case agent.Accepted:
		out.Status = intake.Accepted
	case agent.AlreadyTaken:
		out.Status = intake.AlreadyTaken
		if s.Void != "" {
			out.Problems = shipment.Problems{{Line: e.Line, Code: "order_voided", Message: fmt.Sprintf("the order was voided (%s); nothing is printed; send it corrected if it is to ship", s.VoidWords())}}
		}
	case agent.OnHold:
		out.Status = intake.Held
		out.Problems = shipment.Problems{{Line: e.Line, Code: s.Why.Code, Message: s.Why.Message}}
	case agent.Changed:
		out.Status = intake.Rejected
		out.Problems = shipment.Problems{{Field: "order_id", Line: e.Line, Code: "order_changed", Message: changedMessage(s)}}
	case agent.Rejected:
		out.Status = intake.Rejected
		out.Problems = located(s.Why.Problems, e)
	}
	return out, nil
}

func changedMessage(s agent.State) string {
	why, remedy := s.Clash()
	return why + ". " + remedy
}

// located returns the problems with the lines that intake found for their
// fields.
func located(ps shipment.Problems, e intake.Entry) shipment.Problems {
	out := make(shipment.Problems, len(ps))
	for i, p := range ps {
		p.Line = e.LineOf(p.Field)
		out[i] = p
	}
	return out
}

// refuseInput records an input that is no order, once.
func (d *Desk) refuseInput(ctx context.Context, doc intake.Document, e intake.Entry) error {
	key := fmt.Sprintf("%s:%d", doc.SHA256, e.Line)
	return d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		var known refusal
		found, err := tx.Get(kindRefusal, key, &known)
		if err != nil || found && known.From == doc.Name {
			return err
		}
		if err := d.o.Journal.RoomForMore(); err != nil {
			return err
		}
		r := refusal{From: doc.Name, At: d.o.Now(), Problems: e.Problems, Line: e.Line}
		if err := tx.Put(kindRefusal, key, r, journal.Index{}); err != nil {
			return err
		}
		// Without a subject: what could not be read is no order, whatever it is like.
		return d.record(tx, "", shipment.OrderRejected{From: doc.Name, Problems: e.Problems})
	})
}

// labelPatience bounds the making of one order's labels.
const labelPatience = time.Minute

// TakeOrder takes in one order and makes its labels. from says where it came
// from: a file's name, or "api". What it returns is durable.
func (d *Desk) TakeOrder(ctx context.Context, from string, o shipment.Order) (agent.State, agent.Taken, error) {
	o.ID = o.ID.Canonical()
	digest, err := orderDigest(o)
	if err != nil {
		return agent.State{}, "", err
	}
	content, err := contentDigest(o)
	if err != nil {
		return agent.State{}, "", err
	}
	var s agent.State
	var taken agent.Taken
	err = d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		var before *agent.State
		var known agent.State
		found, err := tx.Get(kindOrder, string(o.ID), &known)
		if err != nil {
			return err
		}
		if found {
			before = &known
		} else if err := d.o.Journal.RoomForMore(); err != nil {
			return err
		}
		if lost, err := d.lost(tx, o.ID, before); err != nil || lost {
			if lost {
				s, taken = lostOrder(o, from, digest, d.o.Now()), agent.Rejected
				err = d.keep(tx, s, []agent.Effect{agent.Record{Fact: shipment.OrderRejected{From: from, Problems: s.Why.Problems}}})
			}
			return err
		}
		in := agent.Arrival{Order: o, From: from, Digest: digest, At: d.o.Now()}
		if refused, cancelled, err := d.cancelledBefore(tx, before, in); err != nil || cancelled {
			s, taken = refused, agent.Rejected
			return err
		}
		if in.Twin, err = twinOf(tx, content); err != nil {
			return err
		}
		var effects []agent.Effect
		s, effects, taken, err = d.o.Rules.Take(before, in, d.numbers(tx))
		if err != nil || len(effects) == 0 {
			return err
		}
		if s, effects, err = heldBefore(tx, s, effects, taken, in.At); err != nil {
			return err
		}
		if taken != agent.Rejected && taken != agent.Changed {
			if err := tx.Put(kindContent, content, agent.Twin{ID: o.ID, Taken: in.At}, journal.Index{}); err != nil {
				return err
			}
		}
		err = d.keep(tx, s, effects)
		return err
	})
	var clash *journal.ClashError
	if errors.As(err, &clash) {
		return d.refuseUsedNumber(ctx, from, o, digest, clash)
	}
	if err != nil {
		return s, taken, fmt.Errorf("order %q: %w", o.ID, err)
	}
	if s.Stage() == agent.Labelling || s.Stage() == agent.ToPack && taken == agent.Accepted {
		// Whoever sent the order may be gone by now; it is taken all the same.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), labelPatience)
		defer cancel()
		if s, err = d.prove(ctx, s); err != nil {
			return s, taken, err
		}
		if s, err = d.label(ctx, o.ID); err != nil {
			return s, taken, err
		}
		if s.Stage() == agent.Refused {
			taken = agent.Rejected
		}
	}
	d.say(takenNotice(s, taken, d.o.Now()))
	return s, taken, nil
}

// refuseUsedNumber refuses an order whose tracking number another order has.
func (d *Desk) refuseUsedNumber(ctx context.Context, from string, o shipment.Order, digest string, clash *journal.ClashError) (agent.State, agent.Taken, error) {
	now := d.o.Now()
	problem := shipment.Problem{
		Field: "tracking_number", Code: "tracking_number_used",
		Message: fmt.Sprintf("order %s has %s already; one number cannot travel on two parcels", clash.Owner, numberOf(clash.Key)),
	}
	s := agent.State{
		Order: o, From: from, Digest: digest, Taken: now, Since: now,
		Why: &agent.Why{Stage: agent.Refused, Code: problem.Code, Message: problem.Message, Problems: shipment.Problems{problem}},
	}
	taken := agent.Rejected
	err := d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		var known agent.State
		found, err := tx.Get(kindOrder, string(o.ID), &known)
		if err != nil {
			return err
		}
		if found && !known.Replaceable() { // taken meanwhile, with another number
			s, taken = known, agent.Changed
			return nil
		}
		if found {
			s = s.Replacing(known)
		}
		err = d.keep(tx, s, []agent.Effect{agent.Record{Fact: shipment.OrderRejected{From: from, Problems: s.Why.Problems}}})
		return err
	})
	if err == nil {
		d.say(takenNotice(s, taken, now))
	}
	return s, taken, err
}

// codeLost is why an order is refused whose state was lost with a damaged journal.
const codeLost = "order_lost"

// lost reports whether an order that is not there was taken before, and its state was
// lost with a damaged journal. Taken as a new one it would be printed once more.
func (d *Desk) lost(tx *journal.Tx, id shipment.OrderID, before *agent.State) (lost bool, err error) {
	if before != nil {
		return before.Why != nil && before.Why.Code == codeLost, nil
	}
	if !d.o.Journal.Rebuilt() {
		return false, nil
	}
	q := journal.EventQuery{Subject: id, Types: []shipment.EventType{shipment.OrderAcceptedType}, Limit: 1}
	err = tx.Events(q, func(wire.Record) error {
		lost = true
		return nil
	})
	return lost, err
}

// lostOrder is an order that may be on paper already, of which nobody knows how far
// it came.
func lostOrder(o shipment.Order, from, digest string, now time.Time) agent.State {
	problem := shipment.Problem{
		Field: "order_id", Code: codeLost,
		Message: "the order was taken before, and its state was lost when the journal was damaged; look for its parcel, and if there is none send it under another order_id",
	}
	return agent.State{
		Order: o, From: from, Digest: digest, Taken: now, Since: now,
		Why: &agent.Why{Stage: agent.Refused, Code: problem.Code, Message: problem.Message, Problems: shipment.Problems{problem}},
	}
}

// numberOf returns the number that a key of the index is about.
func numberOf(key string) string {
	if _, n, ok := strings.Cut(key, "/"); ok && strings.HasPrefix(key, "carrier_number:") {
		return n
	}
	return strings.TrimPrefix(key, "number:")
}

// Label makes the labels of an order whose labels an error kept from being made.
func (d *Desk) Label(ctx context.Context, id shipment.OrderID) (agent.State, error) {
	return d.label(ctx, id)
}

// label makes the labels of an order that has its numbers, outside of any
// transaction so that no scan waits for it, and queues them.
func (d *Desk) label(ctx context.Context, id shipment.OrderID) (agent.State, error) {
	s, err := d.Order(ctx, id)
	wanted := s.ToLabel()
	if err != nil || len(wanted) == 0 {
		return s, err
	}
	input, err := d.makeLabels(ctx, s, wanted)
	if err != nil {
		return s, fmt.Errorf("label of order %q: %w", id, err)
	}
	var effects []agent.Effect
	err = d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		if s, err = getOrder(&tx.ReadTx, id); err != nil {
			return err
		}
		if s, effects = s.Step(input); len(effects) == 0 {
			return nil
		}
		err = d.keep(tx, s, effects)
		return err
	})
	if err != nil {
		return s, fmt.Errorf("label of order %q: %w", id, err)
	}
	if queued(effects) {
		d.o.Queued()
	}
	return s, nil
}

// prove refuses an order that waits to be packed where no label could be made of
// it: that is told when it comes, not when it is in the box.
func (d *Desk) prove(ctx context.Context, s agent.State) (agent.State, error) {
	if s.Stage() != agent.ToPack {
		return s, nil
	}
	input, err := d.makeLabels(ctx, s, s.Parcels)
	refused, ok := input.(agent.Unlabelled)
	if err != nil || !ok {
		return s, err
	}
	err = d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		var err error
		if s, err = getOrder(&tx.ReadTx, s.Order.ID); err != nil || s.Stage() != agent.ToPack {
			return err
		}
		var effects []agent.Effect
		s, effects = s.Step(refused)
		return d.keep(tx, s, effects)
	})
	return s, err
}

func (d *Desk) makeLabels(ctx context.Context, s agent.State, wanted []agent.Parcel) (agent.Input, error) {
	jobs := make([]printer.Job, 0, len(wanted))
	for _, p := range wanted {
		job, err := d.makeJob(ctx, s, p)
		if fault.Is(err, fault.Transient) || ctx.Err() != nil {
			return nil, err
		}
		if err != nil {
			return agent.Unlabelled{Digest: s.Digest, Problem: labelProblem(err), At: d.o.Now()}, nil
		}
		jobs = append(jobs, job)
	}
	return agent.Labelled{Digest: s.Digest, Jobs: jobs, At: d.o.Now()}, nil
}

func labelProblem(err error) shipment.Problem {
	p := shipment.Problem{Field: "label", Code: "label", Message: err.Error()}
	var mismatch *labels.MismatchError
	var required *template.RequireError
	switch {
	case errors.Is(err, labels.ErrUnprintable):
		p.Code = "unprintable"
	case errors.As(err, &mismatch):
		p.Code = "unreadable_barcode"
	case errors.As(err, &required):
		p.Code = "template_requires"
	}
	return p
}
