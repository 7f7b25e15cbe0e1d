package desk

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"waybill/agent/handoff"
	"waybill/shipment"
	"waybill/sync/journal"
)

// A CloseOut is a day at the dock.
type CloseOut struct {
	Day      string
	Carriers []CarrierDay // by carrier
	Alarms   []Alarm      // what nobody has taken note of yet, of other days too
}

// A CarrierDay is one carrier's day.
type CarrierDay struct {
	Carrier    shipment.CarrierID `json:"carrier"`
	Pickups    int                `json:"pickups"`               // closed that day, and those that are open
	HandedOver int                `json:"handed_over"`           // parcels scanned that day that have left
	Weight     shipment.Grams     `json:"weight_g"`              // of them
	LeftBehind int                `json:"left_behind,omitempty"` // said at their closing
	Waiting    int                `json:"waiting"`               // at this moment, with a label and with no carrier
	Cutoff     time.Time          `json:"cutoff,omitzero"`
	Missed     int                `json:"missed,omitempty"` // how many waited when the cut-off passed
}

// CloseOut returns what the day of t was at the dock.
func (d *Desk) CloseOut(ctx context.Context, t time.Time) (CloseOut, error) {
	out := CloseOut{Day: d.day(t)}
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		today := out.Day == d.day(d.o.Now())
		sessions, err := sessionsSince(tx, out.Day, today)
		if err != nil {
			return err
		}
		days := map[shipment.CarrierID]*CarrierDay{}
		of := func(c shipment.CarrierID) *CarrierDay {
			if days[c] == nil {
				days[c] = &CarrierDay{Carrier: c}
			}
			return days[c]
		}
		for _, s := range sessions {
			share, err := d.shareOf(tx, s, out.Day, today)
			if err != nil {
				return err
			}
			if share != (CarrierDay{}) {
				of(s.Carrier).add(share)
			}
		}
		if today {
			waiting, err := tx.States(kindWaiting, "wait:")
			if err != nil {
				return err
			}
			for _, state := range waiting { // for whom nobody has come yet, too
				c, _, _ := strings.Cut(strings.TrimPrefix(state, "wait:"), "/")
				of(shipment.CarrierID(c))
			}
		}
		for c, cutoff := range d.o.Cutoffs {
			if at, has := cutoff.On(t.In(d.o.Location)); has {
				of(c).Cutoff = at
			}
		}
		missed, err := collect[Missed](tx, kindCutoff, journal.Query{States: []string{missedState(out.Day), seenState(out.Day)}})
		if err != nil {
			return err
		}
		for _, m := range missed {
			of(m.Carrier).Missed = m.Count
		}
		if out.Alarms, err = d.alarms(tx); err != nil {
			return err
		}
		for c, day := range days {
			if _, day.Waiting, err = waitingFor(tx, c, 1); err != nil {
				return err
			}
			out.Carriers = append(out.Carriers, *day)
		}
		return nil
	})
	slices.SortFunc(out.Carriers, func(a, b CarrierDay) int { return cmp.Compare(a.Carrier, b.Carrier) })
	return out, err
}

func (day *CarrierDay) add(share CarrierDay) {
	day.Pickups += share.Pickups
	day.HandedOver += share.HandedOver
	day.Weight += share.Weight
	day.LeftBehind += share.LeftBehind
}

// sessionsSince returns the pick-ups that may have to do with a day: those closed
// on it and later, and the open ones.
func sessionsSince(tx *journal.ReadTx, day string, today bool) ([]handoff.Session, error) {
	states := []string{closedState(day)}
	if !today {
		var err error
		if states, err = tx.States(kindHandoff, closedState("")); err != nil {
			return nil, err
		}
		states = slices.DeleteFunc(states, func(state string) bool { return state < closedState(day) })
	}
	var sessions []handoff.Session
	if len(states) > 0 {
		var err error
		if sessions, err = collect[handoff.Session](tx, kindHandoff, journal.Query{States: states}); err != nil {
			return nil, err
		}
	}
	open, err := openSessions(tx)
	return append(sessions, open...), err
}

// shareOf returns what a pick-up adds to a day: the parcels that were scanned onto
// it that day. What a correction takes back has not left on the day it was
// scanned, though the pick-up that was signed stays as it is.
func (d *Desk) shareOf(tx *journal.ReadTx, s handoff.Session, day string, today bool) (CarrierDay, error) {
	var share CarrierDay
	if s.Returned > 0 {
		back, err := collect[handoff.Entry](tx, kindEntry, journal.Query{States: []string{returnedState(s.ID)}})
		if err != nil {
			return share, err
		}
		d.countOn(day, back, &share)
		share.HandedOver, share.Weight = -share.HandedOver, -share.Weight
	}
	opened, over := d.day(s.Opened), today && s.Open()
	if !s.Closed.IsZero() && d.day(s.Closed) == day {
		over, share.LeftBehind = true, s.Missing
	}
	if over {
		share.Pickups = 1
	}
	switch {
	case opened > day:
	case over && opened == day: // all of it, and nothing need be read
		share.HandedOver, share.Weight = share.HandedOver+s.Count, share.Weight+s.Weight
	default:
		on, err := collect[handoff.Entry](tx, kindEntry, journal.Query{States: []string{s.ID}})
		if err != nil {
			return share, err
		}
		d.countOn(day, on, &share)
	}
	return share, nil
}

// countOn adds the scans of a day to its share.
func (d *Desk) countOn(day string, scans []handoff.Entry, share *CarrierDay) {
	for _, e := range scans {
		if d.day(e.At) == day {
			share.HandedOver++
			share.Weight += e.Weight
		}
	}
}
