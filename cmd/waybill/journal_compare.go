package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// A comparison is what `waybill journal replay --compare` finds: the state that
// the events tell, against the one that is stored beside them.
type comparison struct {
	Same        bool         `json:"same"`
	Orders      int64        `json:"orders"`
	Parcels     int64        `json:"parcels"`
	Handoffs    int64        `json:"handoffs"`
	Before      int64        `json:"before,omitempty"` // orders and pick-ups that began in events which were deleted for their age; they are not compared
	Different   int64        `json:"different"`
	Differences []difference `json:"differences,omitempty"` // the first ones

	cut    bool                           // the history's beginning was deleted
	merged map[shipment.ParcelID]string   // parcels that other stations handed over, and with which pick-up
	left   map[shipment.ParcelID][]string // with which pick-ups parcels have left, in the order in which any station said so; the last one counts
}

// A difference is one thing that the events tell otherwise.
type difference struct {
	Order   shipment.OrderID  `json:"order,omitempty"`
	Parcel  shipment.ParcelID `json:"parcel,omitempty"`
	Handoff string            `json:"handoff,omitempty"`
	What    string            `json:"what"`
	Events  string            `json:"events"` // what the events tell
	Stored  string            `json:"stored"` // what is stored
}

// A replayed parcel is where a parcel stands.
type replayed struct {
	number  string
	voided  bool
	scanned bool
	handoff string
}

// A replayedOrder is where the parcels of an order stand.
type replayedOrder struct {
	parcels          map[shipment.ParcelID]replayed
	carrier, service string
	known            bool // its beginning is among the events
	boxes, numbered  int  // as the order has it, and as it had when its parcels were made
}

// voided reports whether the events void the order: each of its parcels, as they
// are stored. A parcel that a corrected order has no more is voided alone.
func (o replayedOrder) voided(stored storedOrder) bool {
	for _, p := range stored.Parcels {
		if !o.parcels[p.ID].voided {
			return false
		}
	}
	return slices.ContainsFunc(slices.Collect(maps.Values(o.parcels)), func(p replayed) bool { return p.voided })
}

// accepted has the order come, or come again: what it has kept but what was voided.
func (o *replayedOrder) accepted(boxes int) {
	o.known, o.boxes = true, max(1, boxes)
	maps.DeleteFunc(o.parcels, func(_ shipment.ParcelID, p replayed) bool { return p.voided })
}

// assigned gives the order to a carrier. Numbers of another one are not kept.
func (o *replayedOrder) assigned(carrier, service string) {
	if o.carrier != carrier || o.service != service || o.numbered != o.boxes {
		clear(o.parcels)
	}
	o.carrier, o.service, o.numbered = carrier, service, o.boxes
}

// storedOrder is what is compared of an order as it is stored.
type storedOrder struct {
	Void    string `json:"void"`
	Parcels []struct {
		ID             shipment.ParcelID `json:"id"`
		TrackingNumber string            `json:"tracking_number"`
		Scanned        time.Time         `json:"scanned"`
		HandedOver     time.Time         `json:"handed_over"`
		Handoff        string            `json:"handoff"`
	} `json:"parcels"`
}

// compare replays the events and holds what comes of them against the state.
func compare(con *console, r *journal.Reader) error {
	var c comparison
	err := r.View(con.ctx, func(tx *journal.ReadTx) error {
		if err := tx.Events(journal.EventQuery{Limit: 1}, func(rec wire.Record) error {
			c.cut = rec.Sequence > 1
			return nil
		}); err != nil {
			return err
		}
		if err := c.merges(tx); err != nil {
			return err
		}
		if err := tx.List("order", journal.Query{}, func(id string, raw []byte) error { return c.order(tx, shipment.OrderID(id), raw) }); err != nil {
			return err
		}
		if err := c.lost(tx); err != nil {
			return err
		}
		return c.handoffs(tx)
	})
	if err != nil {
		return err
	}
	c.Same = c.Different == 0
	if err := writeJSON(con.out, c); err != nil {
		return err
	}
	if !c.Same {
		return fmt.Errorf("journal: the events tell %d things otherwise than they are stored (keep a copy of the file and its -wal; waybill journal verify says whether the events are whole, and if they are, they are right)", c.Different)
	}
	return nil
}

const maxDifferences = 100

func (c *comparison) differ(d difference) {
	if d.Events == d.Stored {
		return
	}
	c.Different++
	if len(c.Differences) < maxDifferences {
		c.Differences = append(c.Differences, d)
	}
}

// order compares one order.
func (c *comparison) order(tx *journal.ReadTx, id shipment.OrderID, raw []byte) error {
	var stored storedOrder
	if err := json.Unmarshal(raw, &stored); err != nil {
		return fmt.Errorf("order %s as it is stored: %w", id, err)
	}
	c.Orders++
	told := replayedOrder{parcels: map[shipment.ParcelID]replayed{}}
	if err := tx.Events(journal.EventQuery{Subject: id}, told.apply); err != nil {
		return err
	}
	if c.cut && !told.known && len(stored.Parcels) > 0 {
		c.Orders--
		c.Before++
		return nil
	}
	voided := told.voided(stored)
	c.differ(difference{Order: id, What: "voided", Events: yes(voided), Stored: yes(stored.Void != "")})
	if voided || stored.Void != "" {
		return nil
	}
	for _, p := range stored.Parcels {
		c.Parcels++
		t := told.parcels[p.ID]
		c.differ(difference{Order: id, Parcel: p.ID, What: "tracking number", Events: t.number, Stored: p.TrackingNumber})
		c.differ(difference{Order: id, Parcel: p.ID, What: "read by a scanner", Events: yes(t.scanned), Stored: yes(!p.Scanned.IsZero())})
		t.handoff = ""
		if on := c.left[p.ID]; len(on) > 0 {
			t.handoff = on[len(on)-1]
		}
		handoff := ""
		if !p.HandedOver.IsZero() {
			handoff = p.Handoff
		}
		c.differ(difference{Order: id, Parcel: p.ID, What: "pick-up it left with", Events: t.handoff, Stored: handoff})
	}
	return nil
}

// apply moves what was replayed of an order on by one event.
func (o *replayedOrder) apply(rec wire.Record) error {
	var f struct {
		Parcel         shipment.ParcelID `json:"parcel"`
		TrackingNumber string            `json:"tracking_number"`
		Handoff        string            `json:"handoff"`
		Carrier        string            `json:"carrier"`
		Service        string            `json:"service"`
		Order          struct {
			Parcels []json.RawMessage `json:"parcels"`
		} `json:"order"`
	}
	if !slices.Contains([]shipment.EventType{ // others have fields of these names with other things in them
		shipment.OrderAcceptedType, shipment.CarrierAssignedType, shipment.TrackingAssignedType, shipment.LabelVoidedType,
		shipment.ParcelScannedType, shipment.ParcelHandedOverType, shipment.ParcelTakenBackType, shipment.LabelReprintedType,
	}, rec.Type) {
		_, err := envelope(rec) // a damaged event may have been of another type
		return err
	}
	if err := unpack(rec, &f); err != nil {
		return err
	}
	p := o.parcels[f.Parcel]
	switch rec.Type {
	case shipment.OrderAcceptedType:
		o.accepted(len(f.Order.Parcels))
		return nil
	case shipment.CarrierAssignedType:
		o.assigned(f.Carrier, f.Service)
		return nil
	case shipment.TrackingAssignedType:
		p = replayed{number: f.TrackingNumber}
	case shipment.LabelVoidedType:
		p.voided = true
	case shipment.ParcelScannedType:
		p.scanned = true
	case shipment.ParcelHandedOverType:
		p.handoff = f.Handoff
	case shipment.ParcelTakenBackType:
		p.handoff = ""
	case shipment.LabelReprintedType:
		p.scanned = false // the new label has to be read
	default:
	}
	o.parcels[f.Parcel] = p
	return nil
}

// departures is what an event of a pick-up says of which parcels are on it.
type departures struct {
	Handoff string                       `json:"handoff"`
	From    string                       `json:"from"` // of what a correction takes back: the pick-up that it corrects
	Station shipment.StationID           `json:"station"`
	Owner   shipment.StationID           `json:"owner"`
	Left    time.Time                    `json:"left"`
	Parcel  shipment.ParcelID            `json:"parcel"`
	Parcels []shipment.ParcelID          `json:"parcels"`
	Added   []shipment.ParcelID          `json:"added"`
	Late    []shipment.ParcelID          `json:"late"`
	Back    []shipment.ParcelID          `json:"back"`
	Guests  map[shipment.ParcelID]string `json:"tracking_numbers"` // whose orders are another station's
}

// merges finds the parcels that have left, in the journal's order, and those that
// other stations have handed over.
func (c *comparison) merges(tx *journal.ReadTx) error {
	c.merged, c.left = map[shipment.ParcelID]string{}, map[shipment.ParcelID][]string{}
	return tx.Events(journal.EventQuery{Types: []shipment.EventType{
		shipment.HandoffMergedType, shipment.HandoffTakenOverType, shipment.ParcelHandedOverType, shipment.ParcelTakenBackType, shipment.ParcelMergedType,
	}}, func(rec wire.Record) error {
		var f departures
		if err := unpack(rec, &f); err != nil {
			return err
		}
		switch rec.Type {
		case shipment.ParcelMergedType:
			c.mergeParcel(f)
			return nil
		case shipment.ParcelHandedOverType:
			f.Added = []shipment.ParcelID{f.Parcel}
		case shipment.ParcelTakenBackType:
			if f.Station == "" {
				c.back(f.Parcel, cmp.Or(f.From, f.Handoff))
			}
			return nil
		case shipment.HandoffTakenOverType:
			f.Added = f.Parcels
		default:
			for _, p := range f.Back {
				delete(c.merged, p)
			}
			for _, p := range slices.Concat(f.Added, f.Late) { // after it was taken back, it may have been scanned again
				c.merged[p] = f.Handoff
			}
		}
		c.depart(rec.Type, f)
		return nil
	})
}

// mergeParcel has a parcel of this station's leave with another station's pick-up, or
// wait again. Its own word about it came first.
func (c *comparison) mergeParcel(f departures) {
	if f.Owner != "" {
		return
	}
	switch {
	case f.Left.IsZero():
		c.back(f.Parcel, f.Handoff)
	case !slices.Contains(c.left[f.Parcel], f.Handoff):
		c.left[f.Parcel] = append(c.left[f.Parcel], f.Handoff)
	}
}

// depart has parcels of this station's orders leave with a pick-up, or wait again.
func (c *comparison) depart(t shipment.EventType, f departures) {
	if f.Station != "" {
		return
	}
	for _, p := range f.Back {
		c.back(p, f.Handoff)
	}
	if t == shipment.HandoffTakenOverType { // what is not on it by then has come back
		for p := range c.left {
			if !slices.Contains(f.Parcels, p) {
				c.back(p, f.Handoff)
			}
		}
	}
	for _, p := range slices.Concat(f.Added, f.Late) {
		if _, guest := f.Guests[p]; !guest && !slices.Contains(c.left[p], f.Handoff) {
			c.left[p] = append(c.left[p], f.Handoff)
		}
	}
}

// back has a parcel be on a pick-up no more.
func (c *comparison) back(p shipment.ParcelID, handoff string) {
	c.left[p] = slices.DeleteFunc(c.left[p], func(on string) bool { return on == handoff })
}

// lost finds orders that the events tell of and that are not stored.
func (c *comparison) lost(tx *journal.ReadTx) error {
	return tx.Events(journal.EventQuery{Types: []shipment.EventType{shipment.OrderAcceptedType}}, func(rec wire.Record) error {
		var stored json.RawMessage
		found, err := tx.Get("order", string(rec.Subject), &stored)
		if !found && err == nil {
			c.differ(difference{Order: rec.Subject, What: "the order", Events: "accepted", Stored: "not there"})
		}
		return err
	})
}

// handoffs compares the closed pick-ups.
func (c *comparison) handoffs(tx *journal.ReadTx) error {
	closed := map[string]int{}
	err := tx.Events(journal.EventQuery{Types: []shipment.EventType{shipment.HandoffClosedType}}, func(rec wire.Record) error {
		var f shipment.HandoffClosed
		if err := unpack(rec, &f); err != nil {
			return err
		}
		closed[f.Handoff] = len(f.Parcels)
		return nil
	})
	if err != nil {
		return err
	}
	on, err := c.on(tx)
	if err != nil {
		return err
	}
	err = tx.List("handoff", journal.Query{}, func(id string, raw []byte) error {
		var s struct {
			Closed  time.Time `json:"closed"`
			Count   int       `json:"count"`
			Fetched bool      `json:"fetched"`
		}
		if err := json.Unmarshal(raw, &s); err != nil {
			return fmt.Errorf("pick-up %s as it is stored: %w", id, err)
		}
		if s.Fetched {
			delete(closed, id) // its other events are of another journal
			return nil
		}
		c.Handoffs++
		n, told := closed[id]
		delete(closed, id)
		if c.cut && !told && !s.Closed.IsZero() {
			c.Handoffs--
			c.Before++
			return nil
		}
		c.differ(difference{Handoff: id, What: "closed", Events: yes(told), Stored: yes(!s.Closed.IsZero())})
		if !told {
			n = on[id]
		}
		c.differ(difference{Handoff: id, What: "parcels", Events: fmt.Sprint(n), Stored: fmt.Sprint(s.Count)})
		return nil
	})
	for _, id := range slices.Sorted(maps.Keys(closed)) {
		c.differ(difference{Handoff: id, What: "the pick-up", Events: "closed", Stored: "not there"})
	}
	return err
}

// on returns how many parcels the events put onto each pick-up.
func (c *comparison) on(tx *journal.ReadTx) (map[string]int, error) {
	with := maps.Clone(c.merged)
	err := tx.Events(journal.EventQuery{Types: []shipment.EventType{shipment.ParcelHandedOverType, shipment.ParcelTakenBackType}}, func(rec wire.Record) error {
		var f struct {
			Parcel  shipment.ParcelID `json:"parcel"`
			Handoff string            `json:"handoff"`
		}
		if err := unpack(rec, &f); err != nil {
			return err
		}
		if rec.Type == shipment.ParcelTakenBackType {
			f.Handoff = c.merged[f.Parcel]
		}
		with[f.Parcel] = f.Handoff
		return nil
	})
	n := map[string]int{}
	for _, handoff := range with {
		n[handoff]++
	}
	return n, err
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
