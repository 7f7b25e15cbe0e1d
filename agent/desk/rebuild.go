package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"waybill/agent"
	"waybill/agent/handoff"
	"waybill/printer"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// A Rebuilt is what Rebuild made of a journal's events.
type Rebuilt struct {
	Orders   int                 `json:"orders"`
	Parcels  int                 `json:"parcels"`
	Handoffs int                 `json:"handoffs"`        // closed pick-ups
	Open     []string            `json:"open,omitempty"`  // pick-ups that were open, to be taken over from the hub
	Asked    []shipment.ParcelID `json:"asked,omitempty"` // parcels of which nobody knows whether their label was printed
	NoDigest []shipment.OrderID  `json:"no_digest,omitempty"`
	names    map[Pool]string     // of services
	words    words
}

// rebuildBatch is how many orders share a commit.
const rebuildBatch = 100

// Rebuild makes the desk's documents from the events in its journal: for a
// journal that has nothing else, because the station's disk was lost and the hub
// gave the events back. Nothing is printed by it. A label of which no event says
// what became of it is unconfirmed, which a person resolves.
//
// What no event tells is not there afterwards: see NotRebuilt. It may be called
// again with the same outcome, as long as nothing else was done.
func (d *Desk) Rebuild(ctx context.Context) (Rebuilt, error) {
	r := Rebuilt{names: map[Pool]string{}}
	if d.o.Rules.Rules != nil {
		for _, s := range d.o.Rules.Rules.Services() {
			r.names[Pool{s.Carrier, s.ID}] = s.Name
		}
	}
	var orders []shipment.OrderID
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) (err error) {
		if r.words, err = wordsElsewhere(tx, d.o.Journal.Station()); err != nil {
			return err
		}
		orders, err = accepted(tx)
		return err
	})
	if err != nil {
		return r, err
	}
	for batch := range slices.Chunk(orders, rebuildBatch) {
		err := d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
			for _, id := range batch {
				if err := d.rebuildOrder(tx, id, &r); err != nil {
					return fmt.Errorf("order %q: %w", id, err)
				}
			}
			return nil
		})
		if err != nil {
			return r, err
		}
	}
	if err := d.rebuildGuests(ctx); err != nil {
		return r, fmt.Errorf("parcels of other stations: %w", err)
	}
	return r, d.rebuildHandoffs(ctx, &r)
}

// NotRebuilt says what a rebuilt desk has not, for whoever stands before it.
func NotRebuilt() []string {
	return []string{
		"what is in a box that was not finished: it is packed from the beginning",
		"how an order is packed whose events are of before they said so: one of which no label is told is packed by the rules of today, any other as far as parcels were told packed",
		"the bytes of labels: a label is made anew when it is printed again",
		"labels of other programs, and the names of their files: a file that comes again is printed again",
		"whose parcels may be handed over here, of stations that are gone: say it again",
		"orders that were refused before they were taken: they are decided anew when they come again",
		"Idempotency-Keys of programs: an order that comes again is still known",
		"which machine a printer or scanner is: the first that answers is taken, until a person says otherwise",
		"what a person has paused, who is at which bench, and what is in a tote",
		"drivers' signatures: their hashes are in the events",
		"where a parcel that a pick-up left behind had been seen before, and for whom it was where its order is another station's",
		"the counts of the day",
	}
}

// accepted returns the orders that were taken, in the order in which they came
// first.
func accepted(tx *journal.ReadTx) ([]shipment.OrderID, error) {
	var orders []shipment.OrderID
	seen := map[shipment.OrderID]bool{}
	err := tx.Events(journal.EventQuery{Types: []shipment.EventType{shipment.OrderAcceptedType}}, func(rec wire.Record) error {
		if id := rec.Subject.Canonical(); !seen[id] {
			seen[id] = true
			orders = append(orders, id)
		}
		return nil
	})
	return orders, err
}

// eventOf returns the event of a record.
func eventOf(rec wire.Record) (shipment.Event, error) {
	var env wire.Envelope
	if err := json.Unmarshal(rec.Raw, &env); err != nil {
		return shipment.Event{}, fmt.Errorf("event %d of epoch %d: %w", rec.Sequence, rec.Epoch, err)
	}
	return shipment.Event{ID: rec.ID, Type: rec.Type, Subject: rec.Subject, Time: rec.Time, Data: env.Data}, nil
}

// rebuildOrder makes an order's documents from its events.
func (d *Desk) rebuildOrder(tx *journal.Tx, id shipment.OrderID, r *Rebuilt) error {
	var told agent.Retelling
	elsewhere := r.words[id]
	err := tx.Events(journal.EventQuery{Subject: id}, func(rec wire.Record) error {
		e, err := eventOf(rec)
		if err != nil {
			return err
		}
		// In the journal's order, so that the last word counts, whoever's it is.
		for len(elsewhere) > 0 && rec.After(elsewhere[0].at) {
			elsewhere[0].tell(&told)
			elsewhere = elsewhere[1:]
		}
		return told.Tell(e, d.o.Rules.Packing)
	})
	for _, w := range elsewhere {
		w.tell(&told)
	}
	if err != nil || !told.Known() {
		return err
	}
	s := &told.State
	s.ServiceName = r.names[Pool{s.Carrier, s.Service}]
	now := d.o.Now()
	asked := told.End(now, func() printer.JobID { return printer.JobID(d.o.NewID()) })
	for _, job := range told.Jobs {
		job.Role, job.Language = d.o.Labels.Role(), d.o.Labels.Language()
		if err := d.putJob(tx, job); err != nil {
			return err
		}
	}
	if err := d.putOrder(tx, *s, nil); err != nil {
		return err
	}
	if err := rememberPrinted(tx, told); err != nil {
		return err
	}
	for _, f := range asked {
		if err := d.record(tx, s.Order.ID, f); err != nil {
			return err
		}
		if !slices.Contains(r.Asked, f.Parcel) {
			r.Asked = append(r.Asked, f.Parcel)
		}
	}
	r.Orders++
	r.Parcels += len(s.Parcels)
	if s.Digest == "" {
		r.NoDigest = append(r.NoDigest, s.Order.ID)
	}
	return nil
}

// rememberPrinted has the parcels that wait for their carriers wait since their
// labels were printed, not since now.
func rememberPrinted(tx *journal.Tx, told agent.Retelling) error {
	for _, p := range told.State.Parcels {
		var w handoff.Waiting
		found, err := tx.Get(kindWaiting, string(p.ID), &w)
		if err != nil {
			return err
		}
		if !found {
			w = waitingOf(told.State, p)
		}
		for _, j := range told.Jobs {
			if j.Ref != string(p.ID) || len(j.Labels) == 0 || j.Labels[0].State != printer.Confirmed {
				continue
			}
			if j.ID == p.Job {
				w.Printed, w.Printer = j.Labels[0].At, j.Printer
			} else if w.First.IsZero() {
				w.First = j.Labels[0].At
			}
		}
		if w.Printed.IsZero() {
			continue
		}
		state := gone
		if waits(told.State, p) {
			state = waitState(told.State.Carrier, told.State.Service)
		}
		if err := tx.Put(kindWaiting, string(p.ID), w, journal.Index{State: state}); err != nil {
			return err
		}
	}
	return nil
}
