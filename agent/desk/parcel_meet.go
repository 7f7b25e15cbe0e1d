package desk

import (
	"cmp"
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
	ParcelNews(ctx context.Context, station shipment.StationID, q wire.NewsQuestion) (wire.Parcels, error)
	HeardParcels(ctx context.Context, station shipment.StationID, h wire.Heard) error
}

// MeetParcels learns which parcels of this station another has taken over, and what
// became of those and of the ones that it has taken over itself, and tells the hub how
// far it has heard. It is called again and again, and does nothing where nothing is new.
func (d *Desk) MeetParcels(ctx context.Context, hub movedParcels) error {
	d.mu.Lock()
	before := d.met
	d.mu.Unlock()
	met := map[shipment.TrackingNumber]string{}
	told := hear(ctx, d.o.Journal, news[wire.Parcel]{
		ask: func(q wire.NewsQuestion) ([]wire.Parcel, bool, error) {
			told, err := hub.ParcelNews(ctx, d.o.Journal.Station(), q)
			return told.Parcels, told.More, err
		},
		of: func(p wire.Parcel) wire.HeardOf { return wire.HeardOf{ID: string(p.TrackingNumber), Change: p.Change} },
		meet: func(p wire.Parcel) (bool, error) {
			// The hub may be giving it to this station at this moment: what was answered then
			// may be older than what is told, and would be kept over it.
			if d.strangers.asking(p.TrackingNumber) {
				return false, nil
			}
			p.Heard, p.Change = time.Time{}, 0 // they alone are no news
			raw, err := json.Marshal(p)
			if err == nil && before[p.TrackingNumber] != string(raw) {
				err = d.meetParcel(ctx, p)
			}
			if err != nil {
				return false, fmt.Errorf("parcel %s: %w", p.TrackingNumber, err)
			}
			met[p.TrackingNumber] = string(raw)
			return true, nil
		},
		heard: func(h wire.Heard) error { return hub.HeardParcels(ctx, d.o.Journal.Station(), h) },
	})
	if ctx.Err() == nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.met = met
	}
	return told.err()
}

// meetParcel brings a parcel to what the hub tells of it.
func (d *Desk) meetParcel(ctx context.Context, p wire.Parcel) error {
	var n *Notice
	err := d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		n = nil
		order, _, ours, err := ownParcel(&tx.ReadTx, p.TrackingNumber)
		known := ours || order.Order.ID != ""
		switch {
		case err != nil:
			return err
		case known && !tellsHolder(p):
			return nil
		case ours:
			n, err = d.meetOwn(tx, p)
			return err
		case known:
			n, err = d.meetGone(tx, order, p)
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

// tellsHolder reports whether an answer of the hub says who has a parcel. One that
// does not, as of a number that it knows no more, says nothing of where the parcel is.
func tellsHolder(p wire.Parcel) bool { return p.Holder != "" && len(p.Takeovers) > 0 }

// leftBy returns the other stations that have handed a parcel over, as far as that
// counts, or at all.
func (d *Desk) leftBy(p wire.Parcel, counts bool) []wire.ParcelLeft {
	return slices.DeleteFunc(slices.Clone(p.Left), func(l wire.ParcelLeft) bool { return l.Station == d.o.Journal.Station() || counts && l.Twice })
}

// meetOwn is for a parcel of this station's orders.
func (d *Desk) meetOwn(tx *journal.Tx, p wire.Parcel) (*Notice, error) {
	n, err := d.yieldParcel(tx, p)
	if err != nil || p.Code == wire.CodeUnknown || p.Station != "" && p.Station != d.o.Journal.Station() {
		return n, err // where it has left is not told, or of another parcel
	}
	order, own, _, err := ownParcel(&tx.ReadTx, p.TrackingNumber)
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
		case !slices.ContainsFunc(p.Left, func(l wire.ParcelLeft) bool { return l.Handoff == on && !l.Twice }): // it was taken back there
			if err := d.learnLeft(tx, p, wire.ParcelLeft{Station: p.Holder, Handoff: on}, false); err != nil {
				return n, err
			}
		}
	}
	for _, l := range others {
		if own.On(l.Handoff) {
			continue
		}
		var twice, stopped *Notice
		if known {
			twice, err = d.leftTwice(tx, p, l, here)
		} else {
			err = d.learnLeft(tx, p, l, false)
		}
		if why := stayWords(order, p.TrackingNumber); err == nil && why != "" {
			stopped, err = d.leftStopped(tx, order, p.TrackingNumber, l, why)
		}
		if err != nil {
			return n, err
		}
		n = cmp.Or(stopped, twice, n)
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
	order, own, ours, err := ownParcel(&tx.ReadTx, p.TrackingNumber)
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
	order, own, ours, err := ownParcel(&tx.ReadTx, p.TrackingNumber)
	if err != nil || !ours {
		return err
	}
	order, effects := order.Step(agent.Elsewhere{K: own.K, Handoff: l.Handoff, By: leftWords(l), At: l.At, Learned: d.o.Now()})
	effects = append(effects, agent.Record{Fact: mergedFact(own.ID, order.Carrier, p.TrackingNumber, l, twice)})
	return d.keep(tx, order, effects)
}

func leftWords(l wire.ParcelLeft) string {
	return handoff.Entry{Scanner: l.Scanner, Operator: l.Operator, Station: l.Station}.By()
}

func mergedFact(parcel shipment.ParcelID, c shipment.CarrierID, n shipment.TrackingNumber, l wire.ParcelLeft, twice bool) shipment.ParcelMerged {
	return shipment.ParcelMerged{
		Parcel: parcel, TrackingNumber: n, Carrier: c, Station: l.Station, Handoff: l.Handoff, Scanner: l.Scanner,
		Operator: l.Operator, Left: l.At, Twice: twice,
	}
}

// meetGuest is for a parcel of another station that the hub gave to this one.
func (d *Desk) meetGuest(tx *journal.Tx, w handoff.Waiting, p wire.Parcel) (*Notice, error) {
	others := d.leftBy(p, true)
	code, stop := p.Code, p.Stop
	if code == wire.CodeParcelHandedOver {
		code, stop = "", "" // by this station, as far as the hub has heard
		if n := len(others); n > 0 {
			code, stop = p.Code, fmt.Sprintf("Station %s has handed it over at %s already.", others[n-1].Station, d.clock(others[n-1].At))
		}
	}
	switch {
	case w.Handoff != "" && tellsHolder(p):
		return d.meetLeft(tx, w, p)
	case w.Handoff != "", !tellsHolder(p) && (code == "" || w.Code == handoff.ParcelTakenOver):
		return nil, nil
	case tellsHolder(p) && p.Holder != d.o.Journal.Station():
		return nil, d.yieldGuest(tx, w, p)
	case w.Code == code && w.Stop == stop:
		return nil, nil
	}
	w.Code, w.Stop = code, stop
	n := &Notice{}
	if code != "" {
		n.Tone, n.Word, n.Order = Bad, "Stopped", string(w.Order)
		n.Message = fmt.Sprintf("Parcel %s must stay: %s Put it aside.", strangerWords(w.TrackingNumber, w.Order, w.Station), stop)
	}
	return n, keepGuest(tx, w)
}

// yieldGuest leaves a guest to the station that the hub has given it to since.
func (d *Desk) yieldGuest(tx *journal.Tx, w handoff.Waiting, p wire.Parcel) error {
	if w.Code == handoff.ParcelTakenOver {
		return nil
	}
	t := p.Takeovers[len(p.Takeovers)-1]
	w.Code, w.Stop = handoff.ParcelTakenOver, fmt.Sprintf("It was taken over by station %s at %s.", t.Station, d.clock(t.At))
	if err := keepGuest(tx, w); err != nil {
		return err
	}
	return d.record(tx, w.Order, shipment.ParcelYielded{
		Parcel: w.Parcel, TrackingNumber: w.TrackingNumber, Carrier: w.Carrier, To: t.Station, By: t.By, At: t.At, Owner: w.Station,
	})
}

// meetLeft is for a guest that has left here: somebody else may have handed it over
// too, or voided its label before that was heard of.
func (d *Desk) meetLeft(tx *journal.Tx, w handoff.Waiting, p wire.Parcel) (*Notice, error) {
	var n *Notice
	for _, l := range d.leftBy(p, false) {
		twice, err := d.guestTwice(tx, w, l)
		if err != nil {
			return n, err
		}
		n = cmp.Or(twice, n)
	}
	if p.Code != codeVoided || p.Station != w.Station {
		return n, nil
	}
	stopped, err := d.guestStays(tx, w, "its label was voided there", false)
	return cmp.Or(stopped, n), err
}

// codeVoided is why the hub lets a parcel not go whose label was voided.
const codeVoided = "voided"
