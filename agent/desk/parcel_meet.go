package desk

import (
	"context"
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

// movedParcels is what the desk needs of the hub to learn of single parcels that changed
// hands; package sync/uplink implements it.
type movedParcels interface {
	MovedParcels(ctx context.Context, station shipment.StationID) ([]wire.Parcel, error)
}

// MeetParcels learns which parcels of this station another has taken over, and what
// became of those and of the ones that it has taken over itself. It is called again
// and again, and does nothing where nothing is new.
func (d *Desk) MeetParcels(ctx context.Context, hub movedParcels) error {
	told, err := hub.MovedParcels(ctx, d.o.Journal.Station())
	if err != nil {
		return err
	}
	d.mu.Lock()
	before := d.met
	d.mu.Unlock()
	met := make(map[shipment.TrackingNumber]string, len(told))
	for _, p := range told {
		p.Heard = time.Time{} // it alone is no news
		raw, err := json.Marshal(p)
		if err != nil {
			return err
		}
		if met[p.TrackingNumber] = string(raw); before[p.TrackingNumber] == string(raw) {
			continue
		}
		if err := d.meetParcel(ctx, p); err != nil {
			return fmt.Errorf("parcel %s: %w", p.TrackingNumber, err)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.met = met
	return nil
}

// meetParcel brings a parcel to what the hub tells of it.
func (d *Desk) meetParcel(ctx context.Context, p wire.Parcel) error {
	var n *Notice
	err := d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		n = nil
		_, _, ours, err := ownParcel(tx, p.TrackingNumber)
		if err != nil {
			return err
		}
		if ours {
			n, err = d.meetOwn(tx, p)
			return err
		}
		w, _, found, err := guestOf(tx, p.TrackingNumber)
		if err == nil && found && w.For == "" {
			n, err = d.meetGuest(tx, w, p)
		}
		return err
	})
	if err == nil && n != nil {
		n.Topic, n.Dock, n.At = "handoff", true, d.o.Now()
		d.say(*n)
	}
	return err
}

// leftBy returns the other stations that have handed a parcel over, as far as that
// counts, or at all.
func (d *Desk) leftBy(p wire.Parcel, counts bool) []wire.ParcelLeft {
	return slices.DeleteFunc(slices.Clone(p.Left), func(l wire.ParcelLeft) bool { return l.Station == d.o.Journal.Station() || counts && l.Twice })
}

// meetOwn is for a parcel of this station's orders.
func (d *Desk) meetOwn(tx *journal.Tx, p wire.Parcel) (*Notice, error) {
	n, err := d.yieldParcel(tx, p)
	if err != nil {
		return n, err
	}
	_, own, _, err := ownParcel(tx, p.TrackingNumber)
	if err != nil {
		return n, err
	}
	others := d.leftBy(p, true)
	var here handoff.Session
	known := false // it was scanned here as well
	for _, on := range onto(own) {
		var s handoff.Session
		switch found, err := tx.Get(kindHandoff, on, &s); {
		case err != nil:
			return n, err
		case found:
			here, known = s, true
		case !slices.ContainsFunc(others, func(l wire.ParcelLeft) bool { return l.Handoff == on }): // it was taken back there
			if err := d.learnLeft(tx, p, wire.ParcelLeft{Station: p.Holder, Handoff: on}, false); err != nil {
				return n, err
			}
		}
	}
	for _, l := range others {
		if own.On(l.Handoff) {
			continue
		}
		if !known {
			if err := d.learnLeft(tx, p, l, false); err != nil {
				return n, err
			}
			continue
		}
		twice, err := d.leftTwice(tx, p, l, here)
		if err != nil {
			return n, err
		}
		if twice != nil {
			n = twice
		}
	}
	return n, nil
}

// onto returns the pick-ups that a parcel is on.
func onto(p agent.Parcel) []string {
	if p.HandedOver.IsZero() {
		return nil
	}
	all := []string{p.Handoff}
	for _, d := range p.Also {
		all = append(all, d.Handoff)
	}
	return all
}

// yieldParcel learns who may hand a parcel of this station over.
func (d *Desk) yieldParcel(tx *journal.Tx, p wire.Parcel) (*Notice, error) {
	order, own, ours, err := ownParcel(tx, p.TrackingNumber)
	if err != nil || !ours || len(p.Takeovers) == 0 {
		return nil, err
	}
	t := p.Takeovers[len(p.Takeovers)-1]
	step := agent.TakenOver{K: own.K, To: t.Station, By: t.By, At: t.At, Learned: d.o.Now(), Back: p.Holder == d.o.Journal.Station()}
	if step.Back && own.Away == nil || !step.Back && own.Away != nil && own.Away.Station == t.Station {
		return nil, nil // known
	}
	order, effects := order.Step(step)
	if err := d.keep(tx, order, effects); err != nil || step.Back || !own.HandedOver.IsZero() {
		return nil, err
	}
	by := ""
	if t.By != "" {
		by = " by " + t.By
	}
	return &Notice{Tone: Warn, Word: "Taken over", Order: string(order.Order.ID), Message: fmt.Sprintf(
		"Parcel %s of order %s was taken over by station %s at %s%s. It is handed over there.", p.TrackingNumber, order.Order.ID, t.Station, d.clock(t.At), by)}, nil
}

// learnLeft keeps that a parcel of this station has left at another one, or was taken
// back there.
func (d *Desk) learnLeft(tx *journal.Tx, p wire.Parcel, l wire.ParcelLeft, twice bool) error {
	order, own, ours, err := ownParcel(tx, p.TrackingNumber)
	if err != nil || !ours {
		return err
	}
	order, effects := order.Step(agent.Elsewhere{K: own.K, Handoff: l.Handoff, By: leftWords(l), At: l.At, Learned: d.o.Now()})
	effects = append(effects, agent.Record{Fact: mergedFact(p, l, twice)})
	return d.keep(tx, order, effects)
}

func leftWords(l wire.ParcelLeft) string {
	return handoff.Entry{Scanner: l.Scanner, Operator: l.Operator, Station: l.Station}.By()
}

func mergedFact(p wire.Parcel, l wire.ParcelLeft, twice bool) shipment.ParcelMerged {
	return shipment.ParcelMerged{
		Parcel: p.Parcel, TrackingNumber: p.TrackingNumber, Carrier: p.Carrier, Station: l.Station, Handoff: l.Handoff, Scanner: l.Scanner,
		Operator: l.Operator, Left: l.At, Twice: twice,
	}
}

func parcelAlarm(n shipment.TrackingNumber) string { return "parcel/" + string(n) }

// leftTwice is for a parcel that this station has handed over before it knew that
// another has it, which has handed it over too. It counts there. Here it is taken off
// the pick-up while that is open; what a driver has signed for stays as it was signed.
func (d *Desk) leftTwice(tx *journal.Tx, p wire.Parcel, l wire.ParcelLeft, here handoff.Session) (*Notice, error) {
	var told Alarm
	if found, err := tx.Get(kindAlarm, parcelAlarm(p.TrackingNumber), &told); err != nil || found {
		return nil, err
	}
	words := fmt.Sprintf("%s: parcel %s of order %s was scanned here and at station %s at %s.", d.carrierName(p.Carrier), p.TrackingNumber, p.Order, l.Station, d.clock(l.At))
	if here.Open() {
		e, found, err := entryOf(&tx.ReadTx, here.ID, p.Parcel, p.TrackingNumber)
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
	} else {
		words += fmt.Sprintf(" It is on the manifest closed here at %s and on that one's. Compare the two; see that there is one parcel.", d.clock(here.Closed))
	}
	if err := d.learnLeft(tx, p, l, true); err != nil {
		return nil, err
	}
	return d.alarmTwice(tx, p, here.ID, words)
}

func (d *Desk) alarmTwice(tx *journal.Tx, p wire.Parcel, handoff, words string) (*Notice, error) {
	err := d.raise(tx, Alarm{ID: parcelAlarm(p.TrackingNumber), Carrier: p.Carrier, Handoff: handoff, Message: words})
	return &Notice{Tone: Bad, Word: "Scanned twice", Order: string(p.Order), Message: words}, err
}

// meetGuest is for a parcel of another station that the hub gave to this one.
func (d *Desk) meetGuest(tx *journal.Tx, w handoff.Waiting, p wire.Parcel) (*Notice, error) {
	others, twice := d.leftBy(p, true), d.leftBy(p, false)
	code, stop := p.Code, p.Stop
	if code == wire.CodeParcelHandedOver {
		code, stop = "", "" // by this station, as far as the hub has heard
		if n := len(others); n > 0 {
			code, stop = p.Code, fmt.Sprintf("Station %s has handed it over at %s already.", others[n-1].Station, d.clock(others[n-1].At))
		}
	}
	switch {
	case w.Handoff != "" && len(twice) > 0:
		return d.guestTwice(tx, w, p, twice[len(twice)-1])
	case w.Handoff != "":
		return nil, nil
	case p.Holder != d.o.Journal.Station():
		t := p.Takeovers[len(p.Takeovers)-1]
		if w.Code == handoff.ParcelTakenOver {
			return nil, nil
		}
		w.Code, w.Stop = handoff.ParcelTakenOver, fmt.Sprintf("It was taken over by station %s at %s.", t.Station, d.clock(t.At))
		if err := d.keepGuest(tx, w); err != nil {
			return nil, err
		}
		return nil, d.record(tx, w.Order, shipment.ParcelYielded{
			Parcel: w.Parcel, TrackingNumber: w.TrackingNumber, Carrier: w.Carrier, To: t.Station, By: t.By, At: t.At, Owner: w.Station,
		})
	case w.Code == code && w.Stop == stop:
		return nil, nil
	}
	w.Code, w.Stop = code, stop
	n := &Notice{}
	if code != "" {
		n.Tone, n.Word, n.Order = Bad, "Stopped", string(w.Order)
		n.Message = fmt.Sprintf("Parcel %s must stay: %s Put it aside.", strangerWords(w.TrackingNumber, w.Order, w.Station), stop)
	}
	return n, d.keepGuest(tx, w)
}

// guestTwice is for a guest that the station which had it has handed over too, before
// it knew. It counts here, since the hub gave it to this one.
func (d *Desk) guestTwice(tx *journal.Tx, w handoff.Waiting, p wire.Parcel, l wire.ParcelLeft) (*Notice, error) {
	var told Alarm
	if found, err := tx.Get(kindAlarm, parcelAlarm(p.TrackingNumber), &told); err != nil || found {
		return nil, err
	}
	fact := mergedFact(p, l, true)
	fact.Owner = w.Station
	if err := d.record(tx, w.Order, fact); err != nil {
		return nil, err
	}
	return d.alarmTwice(tx, p, w.Handoff, fmt.Sprintf("%s: parcel %s was scanned here and at station %s at %s, which did not know that it was taken over. It counts here; see that there is one parcel.",
		d.carrierName(p.Carrier), strangerWords(p.TrackingNumber, p.Order, p.Station), l.Station, d.clock(l.At)))
}
