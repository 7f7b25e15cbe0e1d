package desk

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"waybill/agent"
	"waybill/agent/handoff"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// parcelAlarm returns the ID of an alarm about a parcel on a station's pick-up. Another
// pick-up of it is another alarm, since somebody may have taken note of the first.
func parcelAlarm(n shipment.TrackingNumber, station shipment.StationID, handoff string) string {
	return fmt.Sprintf("parcel/%s/%s/%s", n, station, handoff)
}

// raiseOnce raises an alarm unless it was raised before. It reports whether it did.
func (d *Desk) raiseOnce(tx *journal.Tx, a Alarm) (bool, error) {
	var told Alarm
	if found, err := tx.Get(kindAlarm, a.ID, &told); err != nil || found {
		return false, err
	}
	return true, d.raise(tx, a)
}

// leftTwice is for a parcel that this station has handed over before it knew that
// another has it, which has handed it over too. It counts there. Here it is taken off
// the pick-up while that is open; what a driver has signed for stays as it was signed.
func (d *Desk) leftTwice(tx *journal.Tx, p wire.Parcel, l wire.ParcelLeft, here handoff.Session) (*Notice, error) {
	order, own, ours, err := ownParcel(&tx.ReadTx, p.TrackingNumber)
	if err != nil || !ours {
		return nil, err
	}
	words := fmt.Sprintf("%s: parcel %s of order %s was scanned here and at station %s at %s.",
		d.carrierName(order.Carrier), p.TrackingNumber, order.Order.ID, l.Station, d.clock(l.At))
	switch {
	case here.Open():
		e, found, err := entryOf(&tx.ReadTx, here.ID, own.ID, p.TrackingNumber)
		if err != nil {
			return nil, err
		}
		if found {
			u := Undoing{Number: p.TrackingNumber, Reason: fmt.Sprintf("station %s has handed it over", l.Station), twice: true}
			if _, _, err := d.takeBack(tx, here, e, here.ID, u); err != nil {
				return nil, err
			}
		}
		words += " It counts there and is off the pick-up here; see that there is one parcel, and where it is."
	case here.Closed.IsZero(): // nothing here takes it off, and there may be no manifest yet
		words += fmt.Sprintf(" It counts there. The pick-up that it is on here was %s: have it taken off there; see that there is one parcel, and where it is.", here.Went(d.clock))
	default:
		words += fmt.Sprintf(" It is on the manifest closed here at %s and on that one's. Compare the two; see that there is one parcel.", d.clock(here.Closed))
	}
	if err := d.learnLeft(tx, p, l, true); err != nil {
		return nil, err
	}
	id := parcelAlarm(p.TrackingNumber, l.Station, l.Handoff)
	return d.alarmTwice(tx, Alarm{ID: id, Carrier: order.Carrier, Handoff: here.ID, Message: words}, order.Order.ID)
}

func (d *Desk) alarmTwice(tx *journal.Tx, a Alarm, order shipment.OrderID) (*Notice, error) {
	if fresh, err := d.raiseOnce(tx, a); err != nil || !fresh {
		return nil, err
	}
	return &Notice{Tone: Bad, Word: "Scanned twice", Order: string(order), Message: a.Message}, nil
}

// guestTwice is for a guest that the station which had it has handed over too, before
// it knew. It counts here, since the hub gave it to this one.
func (d *Desk) guestTwice(tx *journal.Tx, w handoff.Waiting, l wire.ParcelLeft) (*Notice, error) {
	n, err := d.alarmTwice(tx, Alarm{
		ID: parcelAlarm(w.TrackingNumber, l.Station, l.Handoff), Carrier: w.Carrier, Handoff: w.Handoff,
		Message: fmt.Sprintf("%s: parcel %s was scanned here and at station %s at %s, which did not know that it was taken over. It counts here; see that there is one parcel.",
			d.carrierName(w.Carrier), strangerWords(w.TrackingNumber, w.Order, w.Station), l.Station, d.clock(l.At)),
	}, w.Order)
	if err != nil || n == nil {
		return nil, err
	}
	fact := mergedFact(w.Parcel, w.Carrier, w.TrackingNumber, l, true)
	fact.Owner = w.Station
	return n, d.record(tx, w.Order, fact)
}

// stayWords returns why a parcel of this station's order was to stay, without what
// people have typed, which must not outlive the order; empty: it may leave.
func stayWords(s agent.State, n shipment.TrackingNumber) string {
	_, current := s.Parcel(n)
	switch {
	case s.Void != "" || !current:
		return "its label was voided"
	case s.Stop != nil:
		return "its order was " + s.Stop.Redact().Words()
	case s.Otherwise != nil && s.Otherwise.Code == agent.AddressChanged:
		return "its order came again with another address"
	case s.Otherwise != nil:
		return "its order was cancelled after its label was made"
	}
	return ""
}

// meetGone is for a number of this station whose label was voided and replaced. Who
// took the old parcel over may have handed it over before that was heard of.
func (d *Desk) meetGone(tx *journal.Tx, order agent.State, p wire.Parcel) (*Notice, error) {
	var n *Notice
	if p.Station != "" && p.Station != d.o.Journal.Station() {
		return nil, nil
	}
	for _, l := range d.leftBy(p, true) {
		told, err := d.leftStopped(tx, order, p.TrackingNumber, l, stayWords(order, p.TrackingNumber))
		if err != nil {
			return n, err
		}
		n = cmp.Or(told, n)
	}
	return n, nil
}

// leftStopped raises an alarm for a parcel of this station that was to stay and that
// another station has handed over.
func (d *Desk) leftStopped(tx *journal.Tx, order agent.State, n shipment.TrackingNumber, l wire.ParcelLeft, why string) (*Notice, error) {
	words := fmt.Sprintf("%s: parcel %s of order %s was handed over at station %s at %s, and was to stay: %s. If the truck is still there, have it taken off; else ask the carrier to intercept it.",
		d.carrierName(order.Carrier), n, order.Order.ID, l.Station, d.clock(l.At), why)
	fresh, err := d.raiseOnce(tx, Alarm{ID: parcelAlarm(n, l.Station, l.Handoff) + "/stopped", Carrier: order.Carrier, Handoff: l.Handoff, Message: words})
	if err != nil || !fresh {
		return nil, err
	}
	return &Notice{Tone: Bad, Word: "Was to stay", Order: string(order.Order.ID), Message: words}, nil
}

// guestStays raises an alarm for a parcel of another station that has left here with
// w.Handoff and was to stay; again, where it was raised before.
func (d *Desk) guestStays(tx *journal.Tx, w handoff.Waiting, why string, again bool) (*Notice, error) {
	var on handoff.Session
	found, err := tx.Get(kindHandoff, w.Handoff, &on)
	if err != nil {
		return nil, err
	}
	words := fmt.Sprintf("%s: parcel %s was scanned onto a pick-up here, and was to stay: %s.", d.carrierName(w.Carrier), strangerWords(w.TrackingNumber, w.Order, w.Station), why)
	switch {
	case found && on.Open():
		words += " If the truck is still here, take it off and scan UNDO."
	case found && on.Closed.IsZero():
		words += fmt.Sprintf(" The pick-up was %s: have it taken off there.", on.Went(d.clock))
	default:
		words += " Ask the carrier to intercept it."
	}
	a := Alarm{ID: parcelAlarm(w.TrackingNumber, d.o.Journal.Station(), w.Handoff) + "/stopped", Carrier: w.Carrier, Handoff: w.Handoff, Message: words}
	fresh := true
	if again {
		err = d.raise(tx, a)
	} else {
		fresh, err = d.raiseOnce(tx, a)
	}
	if err != nil || !fresh {
		return nil, err
	}
	return &Notice{Tone: Bad, Word: "Take it back", Order: string(w.Order), Message: words}, nil
}

// A guestStop is a word of the hub that stops other stations' parcels.
type guestStop struct {
	word  wire.Instruction
	fresh bool // it was not heard before
}

// stopGuests tells the dock of other stations' parcels that were scanned onto pick-ups
// here, closed ones too, and whose orders the hub has just stopped. One that was not
// scanned yet is refused when it is. After a salvage the hub's words are read anew, and
// people have seen to most: one that was heard before is told where it was not, and an old
// one not of a pick-up that is long closed.
func (d *Desk) stopGuests(tx *journal.Tx, stops map[shipment.OrderID]guestStop) ([]Notice, error) {
	if len(stops) == 0 {
		return nil, nil
	}
	stopped, err := guestsOn(tx, func(id shipment.OrderID) bool { _, stop := stops[id.Canonical()]; return stop })
	if err != nil {
		return nil, err
	}
	var all []Notice
	for _, w := range stopped {
		stop := stops[w.Order.Canonical()]
		if time.Time(stop.word.At).Before(d.o.Now().Add(-staysInSight)) {
			var on handoff.Session
			if found, err := tx.Get(kindHandoff, w.Handoff, &on); err != nil {
				return nil, err
			} else if found && !d.inSight(on) {
				continue
			}
		}
		n, err := d.guestStays(tx, w, "its order was "+instructionOf(stop.word.Bare()).Words(), stop.fresh)
		if err != nil {
			return nil, err
		}
		if n == nil {
			continue
		}
		n.Topic, n.Dock, n.At = "handoff", true, d.o.Now()
		all = append(all, *n)
	}
	return all, nil
}

// guestsOn returns the guests of some orders that are on pick-ups: once for each open
// one, and else for the one that they were last said to have left with.
func guestsOn(tx *journal.Tx, of func(shipment.OrderID) bool) ([]handoff.Waiting, error) {
	open, err := openSessions(&tx.ReadTx)
	if err != nil {
		return nil, err
	}
	var left []handoff.Waiting
	err = tx.List(kindWaiting, journal.Query{States: []string{goneGuest}}, func(id string, raw []byte) error {
		var w handoff.Waiting
		if err := json.Unmarshal(raw, &w); err != nil {
			return fmt.Errorf("%s %q in the journal: %w", kindWaiting, id, err)
		}
		if w.Handoff != "" && of(w.Order) {
			left = append(left, w)
		}
		return nil
	})
	var on []handoff.Waiting
	for _, w := range left {
		known := len(on)
		for _, s := range open {
			if _, found, err := entryOf(&tx.ReadTx, s.ID, w.Parcel, w.TrackingNumber); err != nil {
				return nil, err
			} else if found {
				here := w
				here.Handoff = s.ID
				on = append(on, here)
			}
		}
		if len(on) == known {
			on = append(on, w)
		}
	}
	return on, err
}

// awayWords says which parcels of an order other stations have; empty: none.
func awayWords(s agent.State) string {
	i := slices.IndexFunc(s.Parcels, func(p agent.Parcel) bool { return p.Away != nil && p.HandedOver.IsZero() })
	if i < 0 {
		return ""
	}
	p := s.Parcels[i]
	return fmt.Sprintf("Station %s has its parcel %s, and is told when the hub has heard. Tell them there that it must stay.", p.Away.Station, p.TrackingNumber)
}
