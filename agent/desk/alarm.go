package desk

import (
	"context"
	"errors"
	"strings"
	"time"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/journal"
)

const (
	kindAlarm journal.Kind = "alarm" // of a pick-up, until somebody has taken note of it

	missedPrefix = "missed:"
	cutoffAlarm  = "cutoff/" // before the ID of a cut-off
	raised       = "raised"
	noted        = "noted"
)

// An Alarm is something at the dock that stays in sight until somebody has taken
// note of it.
type Alarm struct {
	ID      string             `json:"id"`
	Carrier shipment.CarrierID `json:"carrier"`
	Handoff string             `json:"handoff,omitempty"`
	Message string             `json:"message"`
	At      time.Time          `json:"at"`
	Seen    Seen               `json:"seen,omitzero"`
}

// A Seen is who has taken note of an alarm.
type Seen struct {
	At      time.Time `json:"at"`
	By      string    `json:"by,omitempty"`
	Handoff string    `json:"handoff,omitempty"` // the pick-up whose closing said so
}

// raise puts an alarm of a pick-up into sight, over an earlier one of it.
func (d *Desk) raise(tx *journal.Tx, a Alarm) error {
	a.At = d.o.Now()
	return tx.Put(kindAlarm, a.ID, a, journal.Index{State: raised})
}

// wentAlarm is the ID of the alarm that another station has taken a pick-up over.
func wentAlarm(handoff string) string { return "handoff/" + handoff }

// settle puts an alarm out of sight of which whoever settles it takes note, where
// there is one.
func (d *Desk) settle(tx *journal.Tx, id, by string) error {
	var a Alarm
	found, err := tx.Get(kindAlarm, id, &a)
	if err != nil || !found || !a.Seen.At.IsZero() {
		return err
	}
	a.Seen = Seen{At: d.o.Now(), By: by}
	return tx.Put(kindAlarm, id, a, journal.Index{State: noted})
}

// alarms returns what nobody has taken note of yet, whatever the day: cut-offs
// that were missed by parcels which still wait, and pick-ups that two stations
// know differently.
func (d *Desk) alarms(tx *journal.ReadTx) ([]Alarm, error) {
	list, err := collect[Alarm](tx, kindAlarm, journal.Query{States: []string{raised}})
	if err != nil {
		return nil, err
	}
	days, err := tx.States(kindCutoff, missedPrefix)
	if err != nil || len(days) == 0 {
		return list, err
	}
	missed, err := collect[Missed](tx, kindCutoff, journal.Query{States: days})
	for _, m := range missed {
		late, err := lateFor(tx, m)
		if err != nil {
			return nil, err
		}
		if len(late) > 0 {
			list = append(list, Alarm{ID: cutoffAlarm + d.cutoffID(m), Carrier: m.Carrier, Message: d.missedWords(m, len(late)), At: m.Cutoff})
		}
	}
	return list, err
}

// cutoffID returns where a cut-off of a day is kept.
func (d *Desk) cutoffID(m Missed) string { return d.day(m.Cutoff) + "/" + string(m.Carrier) }

// Acknowledge says that somebody has taken note of an alarm. It may be said
// twice.
func (d *Desk) Acknowledge(ctx context.Context, id, by string) error {
	unknown := &fault.Error{Op: "alarm " + id, Kind: fault.NotFound, Err: errors.New("there is none"), Hint: "Look which ones there are: GET /v1/closeouts/today."}
	seen := Seen{At: d.o.Now(), By: by}
	err := d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		if cutoff, ok := strings.CutPrefix(id, cutoffAlarm); ok {
			var m Missed
			found, err := tx.Get(kindCutoff, cutoff, &m)
			if err == nil && !found {
				return unknown
			}
			if err != nil || !m.Seen.At.IsZero() {
				return err
			}
			return d.seeMissed(tx, m, seen)
		}
		var a Alarm
		found, err := tx.Get(kindAlarm, id, &a)
		if err == nil && !found {
			return unknown
		}
		if err != nil || !a.Seen.At.IsZero() {
			return err
		}
		a.Seen = seen
		return tx.Put(kindAlarm, id, a, journal.Index{State: noted})
	})
	if err == nil {
		d.say(Notice{Topic: "handoff", At: d.o.Now()})
	}
	return err
}

func (d *Desk) seeMissed(tx *journal.Tx, m Missed, seen Seen) error {
	m.Seen = seen
	return tx.Put(kindCutoff, d.cutoffID(m), m, journal.Index{State: seenState(d.day(m.Cutoff))})
}

// seeCutoffs takes the closing of a pick-up for word that what missed its
// carrier's cut-offs is known: who closed it has said how many stay behind.
func (d *Desk) seeCutoffs(tx *journal.Tx, c shipment.CarrierID, seen Seen) error {
	days, err := tx.States(kindCutoff, missedPrefix)
	if err != nil || len(days) == 0 {
		return err
	}
	missed, err := collect[Missed](&tx.ReadTx, kindCutoff, journal.Query{States: days})
	for _, m := range missed {
		if m.Carrier == c {
			if err := d.seeMissed(tx, m, seen); err != nil {
				return err
			}
		}
	}
	return err
}
