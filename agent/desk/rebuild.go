package desk

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

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
	elsewise map[shipment.ParcelID]left
}

// A left is a parcel that left at another station.
type left struct {
	handoff string
	at      time.Time
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
	r := Rebuilt{names: map[Pool]string{}, elsewise: map[shipment.ParcelID]left{}}
	if d.o.Rules.Rules != nil {
		for _, s := range d.o.Rules.Rules.Services() {
			r.names[Pool{s.Carrier, s.ID}] = s.Name
		}
	}
	var orders []shipment.OrderID
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) (err error) {
		if err := r.leftElsewhere(tx); err != nil {
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
	return r, d.rebuildHandoffs(ctx, &r)
}

// NotRebuilt says what a rebuilt desk has not, for whoever stands before it.
func NotRebuilt() []string {
	return []string{
		"what is in a box that was not finished: it is packed from the beginning",
		"the bytes of labels: a label is made anew when it is printed again",
		"labels of other programs, and the names of their files: a file that comes again is printed again",
		"orders that were refused before they were taken: they are decided anew when they come again",
		"Idempotency-Keys of programs: an order that comes again is still known",
		"which machine a printer or scanner is: the first that answers is taken, until a person says otherwise",
		"what a person has paused, who is at which bench, and what is in a tote",
		"drivers' signatures: their hashes are in the events",
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

// leftElsewhere finds the parcels that other stations have handed over.
func (r *Rebuilt) leftElsewhere(tx *journal.ReadTx) error {
	return tx.Events(journal.EventQuery{Types: []shipment.EventType{shipment.HandoffMergedType}}, func(rec wire.Record) error {
		e, err := eventOf(rec)
		if err != nil {
			return err
		}
		var f shipment.HandoffMerged
		if err := json.Unmarshal(e.Data, &f); err != nil {
			return fmt.Errorf("event %d of epoch %d: %w", rec.Sequence, rec.Epoch, err)
		}
		for _, p := range slices.Concat(f.Added, f.Late) {
			r.elsewise[p] = left{f.Handoff, e.Time}
		}
		for _, p := range f.Back {
			delete(r.elsewise, p)
		}
		return nil
	})
}

// rebuildOrder makes an order's documents from its events.
func (d *Desk) rebuildOrder(tx *journal.Tx, id shipment.OrderID, r *Rebuilt) error {
	var told agent.Retelling
	err := tx.Events(journal.EventQuery{Subject: id}, func(rec wire.Record) error {
		e, err := eventOf(rec)
		if err != nil {
			return err
		}
		return told.Tell(e, d.o.Rules.Packing)
	})
	if err != nil || !told.Known() {
		return err
	}
	s := &told.State
	s.ServiceName = r.names[Pool{s.Carrier, s.Service}]
	for i := range s.Parcels {
		p := &s.Parcels[i]
		if l, ok := r.elsewise[p.ID]; ok && p.HandedOver.IsZero() {
			p.HandedOver, p.Handoff = l.at, l.handoff
		}
	}
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
		if p.Label == printer.Confirmed && p.HandedOver.IsZero() && told.State.Void == "" && told.State.Why == nil {
			state = waitState(told.State.Carrier, told.State.Service)
		}
		if err := tx.Put(kindWaiting, string(p.ID), w, journal.Index{State: state}); err != nil {
			return err
		}
	}
	return nil
}

// A pickup is what the events tell of one of the station's pick-ups.
type pickup struct {
	handoff.Session

	entries  map[int]handoff.Entry
	returned []handoff.Entry // what it took back of the one that it corrects
	left     []shipment.ParcelID
}

// rebuildHandoffs makes the closed pick-ups. An open one is for the hub to give
// back: it knows what other stations did to it.
func (d *Desk) rebuildHandoffs(ctx context.Context, r *Rebuilt) error {
	all := map[string]*pickup{}
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		return tx.Events(journal.EventQuery{Types: []shipment.EventType{
			shipment.HandoffOpenedType, shipment.HandoffTakenOverType, shipment.HandoffClosedType, shipment.HandoffYieldedType,
			shipment.ParcelHandedOverType, shipment.ParcelTakenBackType,
		}}, func(rec wire.Record) error {
			e, err := eventOf(rec)
			if err == nil {
				err = tellPickup(all, e)
			}
			return err
		})
	})
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(all)) {
		p := all[id]
		if p.Closed.IsZero() {
			if p.Taken == nil && p.Carrier != "" {
				r.Open = append(r.Open, id)
			}
			continue
		}
		r.Handoffs++
		if err := d.o.Journal.Update(ctx, func(tx *journal.Tx) error { return d.putPickup(tx, p) }); err != nil {
			return fmt.Errorf("pick-up %s: %w", id, err)
		}
	}
	return nil
}

// tellPickup takes in one event of a pick-up.
func tellPickup(all map[string]*pickup, e shipment.Event) error {
	of := func(id string) *pickup {
		if all[id] == nil {
			all[id] = &pickup{Session: handoff.Session{ID: id}, entries: map[int]handoff.Entry{}}
		}
		return all[id]
	}
	var err error
	read := func(into any) { err = json.Unmarshal(e.Data, into) }
	switch e.Type {
	case shipment.HandoffOpenedType:
		var f shipment.HandoffOpened
		read(&f)
		p := of(f.Handoff)
		if p.Opened.IsZero() {
			p.Opened = e.Time
		}
		p.Carrier, p.Service, p.Trailer, p.Dock, p.Auto, p.Corrects, p.OpenedBy = f.Carrier, f.Service, f.Trailer, f.Dock, f.Auto, f.Corrects, f.By
	case shipment.HandoffTakenOverType:
		var f shipment.HandoffTakenOver
		read(&f)
		p := of(f.Handoff)
		if p.Opened.IsZero() {
			p.Opened = e.Time
		}
		p.Carrier, p.From, p.Fetched, p.Taken = f.Carrier, f.From, true, nil
	case shipment.HandoffYieldedType:
		var f shipment.HandoffYielded
		read(&f)
		of(f.Handoff).Taken = &handoff.Taken{Station: f.To, By: f.By, At: f.At}
	case shipment.HandoffClosedType:
		var f shipment.HandoffClosed
		read(&f)
		p := of(f.Handoff)
		p.Carrier, p.Closed, p.ClosedBy, p.Driver, p.Signed, p.Head = f.Carrier, e.Time, f.By, f.Driver, f.Signature, f.Head
		p.Count, p.Weight, p.Missing, p.left = len(f.Parcels), f.Weight, len(f.Missing), f.Missing
	case shipment.ParcelHandedOverType:
		var f shipment.ParcelHandedOver
		read(&f)
		p := of(f.Handoff)
		n := f.Entry
		if n == 0 {
			n = len(p.entries) + 1
		}
		scanner := f.Scanner
		if scanner == "" {
			scanner = f.ScanEvidence.Scanner
		}
		p.entries[n] = handoff.Entry{
			N: n, Parcel: f.Parcel, Order: e.Subject, TrackingNumber: f.TrackingNumber, Service: f.Service, ServiceName: f.ServiceName,
			Weight: f.Weight, PostalCode: f.PostalCode, Country: f.Country, Scanner: scanner, Operator: f.Operator, At: e.Time,
		}
		p.Scans = max(p.Scans, n)
	case shipment.ParcelTakenBackType:
		var f shipment.ParcelTakenBack
		read(&f)
		from, later := f.Handoff, ""
		if f.From != "" && f.From != f.Handoff {
			from, later = f.From, f.Handoff
		}
		for n, en := range of(from).entries {
			if en.Parcel != f.Parcel || en.Back != nil || f.Entry != 0 && f.Entry != n {
				continue
			}
			en.Back = &handoff.Back{At: e.Time, By: f.By, Reason: f.Reason, Handoff: later}
			of(from).entries[n] = en
			if later != "" {
				of(later).returned = append(of(later).returned, en)
			}
		}
	default:
	}
	if err != nil {
		return fmt.Errorf("event %s, %s: %w", e.ID, e.Type, err)
	}
	return nil
}

// putPickup keeps a closed pick-up with the scans onto it.
func (d *Desk) putPickup(tx *journal.Tx, p *pickup) error {
	if p.Opened.IsZero() {
		p.Opened = p.Closed
	}
	for _, n := range slices.Sorted(maps.Keys(p.entries)) {
		if err := putEntry(tx, p.ID, p.entries[n]); err != nil {
			return err
		}
	}
	for _, e := range p.returned {
		p.Returned++
		if err := putReturned(tx, p.Session, e); err != nil {
			return err
		}
	}
	return d.putSession(tx, p.Session)
}
