package desk

import (
	"context"
	"fmt"
	"time"

	"waybill/agent"
	"waybill/agent/handoff"
	"waybill/internal/fault"
	"waybill/scanner"
	"waybill/shipment"
	"waybill/sync/journal"
)

const stateClosed = "closed"

func openState(c shipment.CarrierID) string { return "open:" + string(c) }

func sessionState(s handoff.Session) string {
	if !s.Closed.IsZero() {
		return stateClosed
	}
	return openState(s.Carrier)
}

func putSession(tx *journal.Tx, s handoff.Session) error {
	return tx.Put(kindHandoff, s.ID, s, journal.Index{State: sessionState(s)})
}

// openOf returns the open pick-up of a carrier; the zero Session where there is
// none.
func openOf(tx *journal.ReadTx, c shipment.CarrierID) (handoff.Session, error) {
	open, err := collect[handoff.Session](tx, kindHandoff, journal.Query{States: []string{openState(c)}, Limit: 1})
	if err != nil || len(open) == 0 {
		return handoff.Session{}, err
	}
	return open[0], nil
}

// openSession returns the pick-up that a scan at the dock goes onto. opened says
// that it is new and not kept yet.
func (d *Desk) openSession(tx *journal.Tx, role scanner.Role, s agent.State, at time.Time) (session handoff.Session, opened bool, err error) {
	if role != scanner.Dock {
		return handoff.Session{}, false, nil
	}
	session, err = openOf(&tx.ReadTx, s.Carrier)
	if err != nil || session.ID != "" || !d.o.AutoOpen {
		return session, false, err
	}
	return handoff.Session{ID: d.o.NewID(), Carrier: s.Carrier, Opened: at}, true, nil
}

// onto puts a parcel onto a pick-up.
func (d *Desk) onto(tx *journal.Tx, session handoff.Session, opened bool, s agent.State, p agent.Parcel, at time.Time) error {
	if opened {
		if err := d.record(tx, "", shipment.HandoffOpened{Handoff: session.ID, Carrier: session.Carrier}); err != nil {
			return err
		}
	}
	session, err := session.Add()
	if err != nil {
		return err
	}
	entry := handoff.Entry{Parcel: p.ID, Order: s.Order.ID, TrackingNumber: p.TrackingNumber, At: at}
	if err := tx.Put(kindEntry, session.ID+"/"+string(p.ID), entry, journal.Index{State: session.ID}); err != nil {
		return err
	}
	return putSession(tx, session)
}

// OpenHandoff opens a carrier's pick-up.
func (d *Desk) OpenHandoff(ctx context.Context, c shipment.CarrierID) (handoff.Session, error) {
	session := handoff.Session{ID: d.o.NewID(), Carrier: c, Opened: d.o.Now()}
	err := d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		open, err := openOf(&tx.ReadTx, c)
		if err != nil {
			return err
		}
		if open.ID != "" {
			return &fault.Error{
				Kind: fault.Conflict, Err: fmt.Errorf("pick-up %s of %s is open since %s", open.ID, c, open.Opened.Format(time.RFC3339)),
				Hint: "Close it first, or go on with it.",
			}
		}
		if err := putSession(tx, session); err != nil {
			return err
		}
		return d.record(tx, "", shipment.HandoffOpened{Handoff: session.ID, Carrier: c})
	})
	return session, err
}

// CloseHandoff closes a pick-up and returns it with its parcels.
func (d *Desk) CloseHandoff(ctx context.Context, id string) (handoff.Session, []handoff.Entry, error) {
	var session handoff.Session
	var entries []handoff.Entry
	err := d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		var err error
		if session, entries, err = getHandoff(&tx.ReadTx, id); err != nil {
			return err
		}
		head, err := tx.Head()
		if err != nil {
			return err
		}
		if session, err = session.Close(d.o.Now(), head.Hash); err != nil {
			return &fault.Error{Op: "pick-up " + id, Kind: fault.Conflict, Err: err}
		}
		if err := putSession(tx, session); err != nil {
			return err
		}
		closed := shipment.HandoffClosed{Handoff: id, Carrier: session.Carrier}
		for _, e := range entries {
			closed.Parcels = append(closed.Parcels, e.Parcel)
		}
		return d.record(tx, "", closed)
	})
	return session, entries, err
}

// Handoff returns a pick-up and the parcels on it.
func (d *Desk) Handoff(ctx context.Context, id string) (handoff.Session, []handoff.Entry, error) {
	var session handoff.Session
	var entries []handoff.Entry
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		var err error
		session, entries, err = getHandoff(tx, id)
		return err
	})
	return session, entries, err
}

func getHandoff(tx *journal.ReadTx, id string) (handoff.Session, []handoff.Entry, error) {
	var session handoff.Session
	found, err := tx.Get(kindHandoff, id, &session)
	if err != nil {
		return session, nil, err
	}
	if !found {
		return session, nil, &fault.Error{Op: fmt.Sprintf("pick-up %q", id), Kind: fault.NotFound, Err: errUnknown}
	}
	entries, err := collect[handoff.Entry](tx, kindEntry, journal.Query{States: []string{id}})
	return session, entries, err
}

// Handoffs returns up to limit pick-ups, latest first.
func (d *Desk) Handoffs(ctx context.Context, limit int) ([]handoff.Session, error) {
	var list []handoff.Session
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		var err error
		list, err = collect[handoff.Session](tx, kindHandoff, journal.Query{Limit: limit, Newest: true})
		return err
	})
	return list, err
}
