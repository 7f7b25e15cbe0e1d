package desk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"waybill/agent/handoff"
	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// pickups is what the desk needs of the hub for pick-ups that more than one
// station has had; package sync/uplink implements it.
type pickups interface {
	Handoffs(ctx context.Context, station shipment.StationID) ([]wire.Handoff, error)
	Handoff(ctx context.Context, id string) (wire.Handoff, error)
	TakeOver(ctx context.Context, id string, req wire.TakeoverRequest) (wire.Handoff, error)
}

const takenPrefix = "taken:"

// takenState is where pick-ups are found that another station has taken over.
func takenState(c shipment.CarrierID) string { return takenPrefix + string(c) }

func takenSessions(tx *journal.ReadTx) ([]handoff.Session, error) {
	states, err := tx.States(kindHandoff, takenPrefix)
	if err != nil || len(states) == 0 {
		return nil, err
	}
	return collect[handoff.Session](tx, kindHandoff, journal.Query{States: states})
}

// clock says a time of today as hours and minutes, and another with its day.
func (d *Desk) clock(t time.Time) string {
	if d.day(t) == d.day(d.o.Now()) {
		return t.In(d.o.Location).Format("15:04")
	}
	return t.In(d.o.Location).Format("2 Jan 15:04")
}

// overError says why a pick-up takes nothing any more. hint is for one that is
// closed.
func (d *Desk) overError(op string, s handoff.Session, hint string) error {
	if s.Closed.IsZero() && s.Taken != nil {
		return &fault.Error{
			Op: op, Kind: fault.Conflict, Err: fmt.Errorf("it was %s", s.Went(d.clock)), Hint: "Go on there, or take it over here again.",
		}
	}
	return &fault.Error{Op: op, Kind: fault.Conflict, Err: handoff.ErrClosed, Hint: hint}
}

// An Away is what is known of the pick-ups of other stations.
type Away struct {
	Handoffs []wire.Handoff // open, and not at this station
	AsOf     time.Time      // when the hub said so; zero: it has not yet
	Problem  string         // why the hub says nothing now; empty where it does
}

// Elsewhere asks the hub which open pick-ups this station does not have. Where
// the hub is away, it returns what it said last, and why that is old.
func (d *Desk) Elsewhere(ctx context.Context, hub pickups) (Away, error) {
	list, err := hub.Handoffs(ctx, "")
	if err != nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		old := d.away
		old.Problem = err.Error()
		return old, nil
	}
	away := Away{AsOf: d.o.Now()}
	err = d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		for _, h := range list {
			var s handoff.Session
			found, err := tx.Get(kindHandoff, h.ID, &s)
			if err != nil {
				return err
			}
			if h.Station == d.o.Journal.Station() && found && (s.Open() || !s.Closed.IsZero()) {
				continue
			}
			away.Handoffs = append(away.Handoffs, h)
		}
		return nil
	})
	d.mu.Lock()
	defer d.mu.Unlock()
	d.away = away
	return away, err
}

// A TakingOver is what is said when a pick-up is taken over.
type TakingOver struct {
	From shipment.StationID // that has it, as the person was told
	By   string
	Dock string // the door; empty: as it was
}

// TakeOverHandoff goes on here with a pick-up that another station has, or that
// this one had in a journal which is lost: what was handed over is on it, and
// what is expected is known. The hub gives it to one station. After an error the
// same may be asked again.
func (d *Desk) TakeOverHandoff(ctx context.Context, hub pickups, id string, t TakingOver) (handoff.Session, error) {
	op := "take-over of pick-up " + id
	var err error
	if t.Dock, err = d.Dock(t.Dock); err != nil {
		return handoff.Session{}, err
	}
	h, err := hub.Handoff(ctx, id)
	if err != nil {
		return handoff.Session{}, d.hubAway(op, err)
	}
	s := handoff.Session{
		ID: h.ID, Carrier: h.Carrier, Service: h.Service, Trailer: h.Trailer, Dock: cmp.Or(t.Dock, d.doorOf(h.Dock)),
		Corrects: h.Corrects, OpenedBy: cmp.Or(t.By, h.OpenedBy), Opened: h.Opened, Fetched: true, From: t.From,
	}
	if err := d.mayTake(ctx, op, s); err != nil {
		return s, err
	}
	if h.Station != d.o.Journal.Station() || t.From == h.Station {
		h, err = hub.TakeOver(ctx, id, wire.TakeoverRequest{Key: d.o.NewID(), Station: d.o.Journal.Station(), From: t.From, By: t.By})
	} // else the hub has given it already, and its answer was lost
	if err != nil {
		return s, d.hubAway(op, err)
	}
	var twice *Notice
	err = d.o.Journal.Update(ctx, func(tx *journal.Tx) (err error) {
		twice, err = d.takeOver(tx, &s, h, t)
		return err
	})
	if err == nil {
		d.say(Notice{
			Topic: "handoff", Tone: Good, Word: "Taken over", Dock: true, At: d.o.Now(),
			Message: fmt.Sprintf("The pick-up of %s from station %s goes on here, with %d parcels on it.", d.carrierName(s.Carrier), t.From, s.Count),
		})
	}
	if err == nil && twice != nil {
		twice.At = d.o.Now()
		d.say(*twice)
	}
	return s, err
}

// hubAway says that taking over needs the hub, where it is the hub that is away.
func (d *Desk) hubAway(op string, err error) error {
	if !fault.Is(err, fault.Transient) {
		return err
	}
	return &fault.Error{
		Op: op, Kind: fault.Transient, Err: err,
		Hint: "The hub gives a pick-up to one station, so it must be reached. Until then open a new pick-up here for parcels of this station.",
	}
}

// doorOf returns a pick-up's door where this station's scanners may be at it,
// and else any.
func (d *Desk) doorOf(dock string) string {
	door, err := d.Dock(dock)
	if err != nil {
		return ""
	}
	return door
}

// mayTake returns what keeps the desk from going on with a pick-up.
func (d *Desk) mayTake(ctx context.Context, op string, s handoff.Session) error {
	return d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		var here handoff.Session
		found, err := tx.Get(kindHandoff, s.ID, &here)
		switch {
		case err != nil:
			return err
		case found && here.Open():
			return &fault.Error{Op: op, Kind: fault.Conflict, Err: errors.New("this station has it"), Hint: "Go on with it."}
		case found && !here.Closed.IsZero():
			return &fault.Error{Op: op, Kind: fault.Conflict, Err: handoff.ErrClosed, Hint: "Open a new pick-up, or one that corrects it."}
		}
		open, err := openSessions(tx)
		for _, other := range open {
			if s.Clashes(other) {
				return d.clashing([]handoff.Session{other})
			}
		}
		return err
	})
}

// takeOver makes the pick-up this station's. The notice is of parcels that were
// scanned here as well, before this station knew; nil: there are none.
func (d *Desk) takeOver(tx *journal.Tx, s *handoff.Session, h wire.Handoff, t TakingOver) (*Notice, error) {
	var before handoff.Session
	found, err := tx.Get(kindHandoff, h.ID, &before)
	switch {
	case err != nil:
		return nil, err
	case found && before.Open(): // asked twice at once
		*s = before
		return nil, nil
	case found: // it was this station's before, and comes back
		before.Taken, before.Fetched, before.From, before.Auto = nil, true, t.From, false
		before.Dock, before.OpenedBy = cmp.Or(t.Dock, before.Dock), s.OpenedBy
		*s = before
		if err := d.settle(tx, wentAlarm(s.ID), t.By); err != nil {
			return nil, err
		}
	}
	s.Hands = len(h.Takeovers)
	if err := d.putSession(tx, *s); err != nil { // guests wait for what is open
		return nil, err
	}
	if err := recall(tx, *s, h.Expected); err != nil {
		return nil, err
	}
	m, err := d.merge(tx, s, h)
	if err != nil {
		return nil, err
	}
	if err := d.putSession(tx, *s); err != nil {
		return nil, err
	}
	_, entries, err := getHandoff(&tx.ReadTx, s.ID)
	if err != nil {
		return nil, err
	}
	fact := shipment.HandoffTakenOver{
		Handoff: s.ID, Carrier: s.Carrier, From: t.From, By: t.By, Parcels: make([]shipment.ParcelID, 0, len(entries)), TrackingNumbers: guestNumbers(entries),
		Service: s.Service, Trailer: s.Trailer, Dock: s.Dock, Corrects: s.Corrects, OpenedBy: s.OpenedBy, Opened: s.Opened, Hands: s.Hands,
	}
	for _, e := range entries {
		fact.Parcels, fact.Numbers = append(fact.Parcels, e.Parcel), append(fact.Numbers, e.TrackingNumber)
	}
	if !shareID(fact.Parcels) {
		fact.Numbers = nil
	}
	if err := d.record(tx, "", fact); err != nil {
		return nil, err
	}
	return d.learned(tx, *s, m)
}
