package desk

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"waybill/agent/handoff"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// A pickup is what the events tell of one of the station's pick-ups.
type pickup struct {
	handoff.Session

	entries  map[int]handoff.Entry
	origin   map[int]shipment.StationID // of guests, by the scan's place
	returned []handoff.Entry            // what it took back of the one that it corrects
	left     []handoff.Waiting
}

// A retold is the pick-ups as the events tell them, gone over in the journal's order.
type retold struct {
	own shipment.StationID
	all map[string]*pickup
}

// rebuildHandoffs makes the pick-ups that are closed, or that another station has.
// An open one is for the hub to give back: it knows what other stations did to it.
func (d *Desk) rebuildHandoffs(ctx context.Context, r *Rebuilt) error {
	told := retold{own: d.o.Journal.Station(), all: map[string]*pickup{}}
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		return tx.Events(journal.EventQuery{Types: []shipment.EventType{
			shipment.HandoffOpenedType, shipment.HandoffTakenOverType, shipment.HandoffMergedType, shipment.HandoffClosedType, shipment.HandoffYieldedType,
			shipment.ParcelHandedOverType, shipment.ParcelTakenBackType,
		}}, func(rec wire.Record) error {
			e, err := eventOf(rec)
			if err == nil {
				err = told.tell(e)
			}
			return err
		})
	})
	if err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(told.all)) {
		p := told.all[id]
		switch {
		case !p.Closed.IsZero():
			r.Handoffs++
		case p.Taken == nil && p.Carrier != "":
			r.Open = append(r.Open, id)
			continue
		case p.Taken == nil || p.Carrier == "":
			continue
		}
		if err := d.o.Journal.Update(ctx, func(tx *journal.Tx) error { return d.putPickup(tx, p) }); err != nil {
			return fmt.Errorf("pick-up %s: %w", id, err)
		}
	}
	return nil
}

func (ps *retold) of(id string) *pickup {
	if ps.all[id] == nil {
		ps.all[id] = &pickup{Session: handoff.Session{ID: id}, entries: map[int]handoff.Entry{}, origin: map[int]shipment.StationID{}}
	}
	return ps.all[id]
}

// tell takes in one event of a pick-up.
func (ps *retold) tell(e shipment.Event) error {
	var err error
	switch e.Type {
	case shipment.HandoffOpenedType:
		err = read(e, func(f shipment.HandoffOpened) {
			p := ps.of(f.Handoff)
			if p.Opened.IsZero() {
				p.Opened = e.Time
			}
			p.Carrier, p.Service, p.Trailer, p.Dock, p.Auto, p.Corrects, p.OpenedBy = f.Carrier, f.Service, f.Trailer, f.Dock, f.Auto, f.Corrects, f.By
		})
	case shipment.HandoffTakenOverType:
		err = read(e, func(f shipment.HandoffTakenOver) { ps.takenOver(e, f) })
	case shipment.HandoffMergedType:
		err = read(e, func(f shipment.HandoffMerged) {
			p := ps.of(f.Handoff)
			for _, s := range f.Scans {
				p.enter(heardEntry(s))
			}
		})
	case shipment.HandoffYieldedType:
		err = read(e, func(f shipment.HandoffYielded) {
			p := ps.of(f.Handoff)
			p.Carrier = cmp.Or(p.Carrier, f.Carrier)
			p.Taken = &handoff.Taken{Station: f.To, By: f.By, At: f.At}
		})
	case shipment.HandoffClosedType:
		err = read(e, func(f shipment.HandoffClosed) {
			p := ps.of(f.Handoff)
			p.Carrier, p.Closed, p.ClosedBy, p.Driver, p.Signed, p.Head = f.Carrier, e.Time, f.By, f.Driver, f.Signature, f.Head
			p.Count, p.Weight, p.Missing = len(f.Parcels), f.Weight, len(f.Missing)
			for i, id := range f.Missing {
				w := handoff.Waiting{Parcel: id, Order: id.Order(), Carrier: f.Carrier, TrackingNumber: f.TrackingNumbers[id]}
				if len(f.MissingNumbers) == len(f.Missing) {
					w.TrackingNumber = f.MissingNumbers[i]
				}
				p.left = append(p.left, w)
			}
		})
	case shipment.ParcelHandedOverType:
		err = read(e, func(f shipment.ParcelHandedOver) { ps.handedOver(e, f) })
	case shipment.ParcelTakenBackType:
		err = read(e, func(f shipment.ParcelTakenBack) { ps.takenBack(e, f) })
	default:
	}
	if err != nil {
		return fmt.Errorf("event %s, %s: %w", e.ID, e.Type, err)
	}
	return nil
}

func read[F shipment.Fact](e shipment.Event, take func(F)) error {
	var f F
	if err := json.Unmarshal(e.Data, &f); err != nil {
		return err
	}
	take(f)
	return nil
}

func (ps *retold) takenOver(e shipment.Event, f shipment.HandoffTakenOver) {
	p := ps.of(f.Handoff)
	if f.From == ps.own { // its journal was lost, and each scan got a place anew
		p.entries, p.origin, p.Scans = map[int]handoff.Entry{}, map[int]shipment.StationID{}, 0
	}
	if p.Opened.IsZero() {
		p.Opened = e.Time
	}
	p.Carrier, p.From, p.Fetched, p.Taken, p.Auto = f.Carrier, f.From, true, nil, false
	if !f.Opened.IsZero() {
		p.Service, p.Trailer, p.Dock, p.Corrects, p.OpenedBy, p.Opened, p.Hands = f.Service, f.Trailer, f.Dock, f.Corrects, f.OpenedBy, f.Opened, f.Hands
	}
}

func (ps *retold) handedOver(e shipment.Event, f shipment.ParcelHandedOver) {
	p := ps.of(f.Handoff)
	n := f.Entry
	if n == 0 {
		n = len(p.entries) + 1
	}
	if f.Station != "" {
		p.origin[n] = f.Station
	}
	p.enter(handoff.Entry{
		N: n, Parcel: f.Parcel, Order: e.Subject, TrackingNumber: f.TrackingNumber, Service: f.Service, ServiceName: f.ServiceName,
		Weight: f.Weight, PostalCode: f.PostalCode, Country: f.Country, Scanner: cmp.Or(f.Scanner, f.ScanEvidence.Scanner),
		Operator: cmp.Or(f.Operator, f.ScanEvidence.Operator), At: e.Time, Guest: f.Station != "",
	})
}

// enter takes in a scan, or what has become of one.
func (p *pickup) enter(e handoff.Entry) {
	p.entries[e.N] = e
	p.Scans = max(p.Scans, e.N)
}

func (ps *retold) takenBack(e shipment.Event, f shipment.ParcelTakenBack) {
	from, later := f.Handoff, ""
	if f.From != "" && f.From != f.Handoff {
		from, later = f.From, f.Handoff
	}
	p := ps.of(from)
	n, found := p.scanOf(f)
	if !found {
		return
	}
	en := p.entries[n]
	en.Back = &handoff.Back{At: e.Time, By: f.By, Reason: f.Reason, Handoff: later}
	p.entries[n] = en
	if later != "" {
		ps.of(later).returned = append(ps.of(later).returned, en)
	}
}

// scanOf returns the place of the scan that is taken back.
func (p *pickup) scanOf(f shipment.ParcelTakenBack) (int, bool) {
	counts := func(e handoff.Entry) bool {
		return e.Parcel == f.Parcel && e.Back == nil && e.Conflict != handoff.Twice && (f.TrackingNumber == "" || f.TrackingNumber == e.TrackingNumber)
	}
	if e, ok := p.entries[f.Entry]; ok && counts(e) {
		return f.Entry, true
	}
	for _, n := range slices.Sorted(maps.Keys(p.entries)) { // told by its place at another station, or not at all
		if e := p.entries[n]; counts(e) && (f.Entry == 0 || f.Entry == e.Of) {
			return n, true
		}
	}
	return 0, false
}

// putPickup keeps a pick-up with the scans onto it, and the parcels of other
// stations that are on it.
func (d *Desk) putPickup(tx *journal.Tx, p *pickup) error {
	if p.Opened.IsZero() {
		p.Opened = p.Closed
	}
	count, weight := 0, shipment.Grams(0)
	for _, n := range slices.Sorted(maps.Keys(p.entries)) {
		e := p.entries[n]
		if err := d.putTold(tx, p, &e); err != nil {
			return err
		}
		switch {
		case e.Back != nil && e.Back.Handoff == "": // also one that came late
		case e.Conflict != "":
			p.Conflicts++
		default: // what a correction takes back stays on the paper
			count, weight = count+1, weight+e.Weight
		}
	}
	if p.Closed.IsZero() {
		p.Count, p.Weight = count, weight
	}
	for _, e := range p.returned {
		p.Returned++
		if err := putReturned(tx, p.Session, e); err != nil {
			return err
		}
	}
	if len(p.left) > 0 {
		if err := d.putLeft(tx, p); err != nil {
			return err
		}
	}
	return d.putSession(tx, p.Session)
}

// putTold keeps a scan that the events tell of.
func (d *Desk) putTold(tx *journal.Tx, p *pickup, e *handoff.Entry) error {
	if !e.Guest && e.Station == "" { // of before events said whose order it is
		_, ours, err := tx.Find(kindOrder, numberKey(e.TrackingNumber))
		if err != nil {
			return err
		}
		e.Guest = !ours && e.TrackingNumber != ""
	}
	if err := putEntry(tx, p.ID, *e); err != nil {
		return err
	}
	if !e.Guest || e.Back != nil || e.Elsewhere != nil || e.Conflict == handoff.Twice {
		return nil
	}
	before, _, found, err := guestOf(tx, e.TrackingNumber)
	if err == nil && found && before.For == "" { // the hub gave it alone
		if before.Handoff != "" { // the events have told with which one
			return nil
		}
		before.Seen, before.SeenBy, before.Handoff = e.At, e.Scanner, p.ID
		return keepGuest(tx, before)
	}
	if err != nil {
		return err
	}
	w := handoff.Waiting{
		Parcel: e.Parcel, Order: e.Order, TrackingNumber: e.TrackingNumber, Carrier: p.Carrier, Service: e.Service, ServiceName: e.ServiceName,
		Weight: e.Weight, PostalCode: e.PostalCode, Country: e.Country, Seen: e.At, SeenBy: e.Scanner,
		Station: cmp.Or(p.origin[e.N], e.Station, shipment.StationID("unknown")), For: p.ID, Handoff: p.ID,
	}
	if found { // by another pick-up: a number is one parcel's
		w.Station, w.Parcel = before.Station, before.Parcel
		if before.Seen.After(w.Seen) {
			return nil
		}
	}
	return keepGuest(tx, w)
}

// putLeft keeps what a closed pick-up left behind, as far as the station knows it.
func (d *Desk) putLeft(tx *journal.Tx, p *pickup) error {
	for i, w := range p.left {
		if w.TrackingNumber != "" {
			if _, ours, err := tx.Find(kindOrder, numberKey(w.TrackingNumber)); err != nil {
				return err
			} else if !ours {
				continue // another station's
			}
		}
		var known handoff.Waiting
		if found, err := tx.Get(kindWaiting, string(w.Parcel), &known); err != nil {
			return err
		} else if found {
			known.Seen, known.SeenBy, known.Stop = w.Seen, "", ""
			p.left[i] = known
		}
	}
	return tx.Put(kindLeft, p.ID, p.left, journal.Index{})
}
