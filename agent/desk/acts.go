package desk

import (
	"context"
	"fmt"

	"waybill/agent"
	"waybill/internal/fault"
	"waybill/printer"
	"waybill/shipment"
	"waybill/sync/journal"
)

// Reprint prints a parcel's label again, with REPRINT on its face. k is the
// parcel's place in the order.
func (d *Desk) Reprint(ctx context.Context, id shipment.OrderID, k int, reason string) (agent.State, error) {
	return d.ReprintOnce(ctx, Once{}, id, k, reason)
}

// ReprintOnce is Reprint for a caller who may ask twice for the same: with the
// same key the label is printed again once.
func (d *Desk) ReprintOnce(ctx context.Context, once Once, id shipment.OrderID, k int, reason string) (agent.State, error) {
	s, done, err := d.askedBefore(ctx, once, id)
	if err != nil || done {
		return s, err
	}
	if k < 1 || k > len(s.Parcels) {
		return s, &fault.Error{Op: "reprint", Kind: fault.NotFound, Err: fmt.Errorf("order %s has %d parcels, no number %d", id, len(s.Parcels), k)}
	}
	before := s.Parcels[k-1]
	if err := reprintable(s, before); err != nil {
		return s, err
	}
	p := before
	p.Reprints++
	job, err := d.makeJob(ctx, s, p)
	if err != nil {
		return s, fmt.Errorf("reprint of %s: %w", p.ID, err)
	}
	err = d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		if s, err = getOrder(&tx.ReadTx, id); err != nil {
			return err
		}
		if _, done, err = claim(tx, once, Request{Order: id}); err != nil || done {
			return err
		}
		var effects []agent.Effect
		if s, effects, err = d.reprintIn(tx, s, before, job, reason); err != nil {
			return err
		}
		return d.keep(tx, s, effects)
	})
	if err != nil {
		return s, err
	}
	d.o.Queued()
	d.say(Notice{Topic: "order", Order: string(id), At: d.o.Now()})
	return s, nil
}

// reprintIn puts a label that was made anew in the place of a parcel's last one,
// if nothing has moved meanwhile. before is the parcel as it was when it was made.
func (d *Desk) reprintIn(tx *journal.Tx, s agent.State, before agent.Parcel, job printer.Job, reason string) (agent.State, []agent.Effect, error) {
	if before.K > len(s.Parcels) {
		return s, nil, &fault.Error{Op: "reprint", Kind: fault.Conflict, Err: fmt.Errorf("order %s has changed meanwhile", s.Order.ID), Hint: "Look again."}
	}
	now := s.Parcels[before.K-1]
	if now.Job != before.Job || now.Label != before.Label {
		return s, nil, &fault.Error{Op: "reprint", Kind: fault.Conflict, Err: fmt.Errorf("the label of %s has moved meanwhile", before.ID), Hint: "Look again."}
	}
	if err := reprintable(s, now); err != nil { // voided or handed over while the label was made
		return s, nil, err
	}
	old, _, err := getJob(&tx.ReadTx, before.Job)
	if err != nil {
		return s, nil, err
	}
	s, effects := s.Step(agent.Reprint{K: before.K, Reason: reason, Job: job, Old: old, At: d.o.Now()})
	return s, effects, nil
}

func reprintable(s agent.State, p agent.Parcel) error {
	refuse := func(why, hint string) error {
		return &fault.Error{Op: "reprint", Kind: fault.Conflict, Err: fmt.Errorf("%s", why), Hint: hint}
	}
	switch {
	case s.Void != "":
		return refuse("the order was voided; a voided label never prints again", "Send the order again, corrected.")
	case s.Why != nil:
		return refuse(fmt.Sprintf("the order is %s: %s", s.Why.Stage, s.Why.Message), "")
	case p.Reprintable():
		return nil
	case p.Job == "" && s.Stage() == agent.ToPack:
		return refuse("it is not packed yet, and has no label", "Pack it; its label prints by itself.")
	case !p.HandedOver.IsZero():
		return refuse("the parcel was handed over", "")
	case p.Label == printer.Unconfirmed:
		return refuse("nobody has said yet whether its label came out", "Scan the label, or say that none came out.")
	default:
		return refuse("its label is being made or printed", "Wait for it.")
	}
}

// Void takes an order back: nothing of it prints or leaves any more.
func (d *Desk) Void(ctx context.Context, id shipment.OrderID, reason string) (agent.State, error) {
	return d.VoidFor(ctx, id, "", reason)
}

// VoidFor is Void with the reason as one of agent.VoidCodes, so that a scan of the
// label says it in the right words. An empty code is any other reason.
func (d *Desk) VoidFor(ctx context.Context, id shipment.OrderID, code, reason string) (agent.State, error) {
	var s agent.State
	n := Notice{Topic: "order", Order: string(id)}
	err := d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		n.Tone, n.Word, n.Message, n.Dock = Quiet, "", "", false
		var err error
		if s, err = getOrder(&tx.ReadTx, id); err != nil {
			return err
		}
		in := agent.Void{Reason: reason, Code: code, At: d.o.Now()}
		for _, p := range s.Parcels {
			if !p.HandedOver.IsZero() {
				return &fault.Error{Op: "void", Kind: fault.Conflict, Err: fmt.Errorf("%s was handed over", p.ID), Hint: "Ask the carrier to intercept it."}
			}
			job, found, err := getJob(&tx.ReadTx, p.Job)
			if err != nil {
				return err
			}
			if found {
				in.Jobs = append(in.Jobs, job)
			}
		}
		var effects []agent.Effect
		if s, effects = s.Step(in); len(effects) == 0 && s.Void != reason {
			return nil
		}
		if away := awayWords(s); away != "" {
			n.Tone, n.Word, n.Dock, n.Message = Warn, "Not here", true, fmt.Sprintf("Order %s was voided. %s", id, away)
		}
		return d.keep(tx, s, effects)
	})
	if err == nil {
		n.At = d.o.Now()
		d.say(n)
	}
	return s, err
}
