package desk

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"waybill/agent/handoff"
	"waybill/shipment"
	"waybill/sync/journal"
)

const kindCutoff journal.Kind = "cutoff" // one carrier's cut-off of one day, once it has passed

// A Missed is what waited when a carrier's cut-off passed.
type Missed struct {
	Carrier shipment.CarrierID `json:"carrier"`
	Cutoff  time.Time          `json:"cutoff"`
	Count   int                `json:"count"`
	Seen    Seen               `json:"seen,omitzero"` // somebody has taken note of it
}

func missedState(day string) string { return "missed:" + day }

// seenState is where cut-offs of a day are that were missed and taken note of.
func seenState(day string) string { return "seen:" + day }

// maxNamed is how many of the parcels that missed a cut-off are named.
const maxNamed = 100

// CheckCutoffs tells, once a day and carrier, that a cut-off has passed and
// labelled parcels have not been handed over. What is labelled later waits for
// the next day. It is called again and again, and tells of the cut-offs too that
// passed while nobody called it: the station was off, or its clock was set.
func (d *Desk) CheckCutoffs(ctx context.Context) error {
	now := d.o.Now().In(d.o.Location)
	for _, c := range d.cutoffCarriers() {
		due, err := d.dueCutoffs(ctx, c, now)
		for _, m := range due {
			err = cmp.Or(err, d.passCutoff(ctx, m))
		}
		if err != nil {
			return fmt.Errorf("cut-off of %s: %w", c, err)
		}
	}
	return nil
}

// maxOff is for how many days back cut-offs are told that nobody looked at.
const maxOff = 31

// lookedID is where it is kept when a carrier's cut-offs were first looked at, and
// when one has passed last.
func lookedID(c shipment.CarrierID) string { return "looked/" + string(c) }

// dueCutoffs returns a carrier's cut-offs that have passed and are not kept yet,
// the oldest first.
func (d *Desk) dueCutoffs(ctx context.Context, c shipment.CarrierID, now time.Time) ([]Missed, error) {
	var due []Missed
	known := false
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		looked := now
		var err error
		if known, err = tx.Get(kindCutoff, lookedID(c), &looked); err != nil {
			return err
		}
		for ago := min(d.daysBetween(looked, now), maxOff); ago >= 0; ago-- {
			at, has := d.o.Cutoffs[c].On(now.AddDate(0, 0, -ago))
			if !has || now.Before(at) {
				continue
			}
			m := Missed{Carrier: c, Cutoff: at}
			kept, err := tx.Get(kindCutoff, d.cutoffID(m), &Missed{})
			if err != nil {
				return err
			}
			if !kept {
				due = append(due, m)
			}
		}
		return nil
	})
	if err != nil || known {
		return due, err
	}
	return due, d.o.Journal.Update(ctx, func(tx *journal.Tx) error { return putLooked(tx, c, now) })
}

func putLooked(tx *journal.Tx, c shipment.CarrierID, at time.Time) error {
	return tx.Put(kindCutoff, lookedID(c), at, journal.Index{State: "looked"})
}

// daysBetween returns how many days at the station lie between two times; none
// where the clock was set back.
func (d *Desk) daysBetween(from, to time.Time) int {
	noon := func(t time.Time) time.Time { // no hour is skipped in UTC
		y, m, day := t.In(d.o.Location).Date()
		return time.Date(y, m, day, 12, 0, 0, 0, time.UTC)
	}
	return max(0, int(noon(to).Sub(noon(from)).Hours()/24))
}

func (d *Desk) cutoffCarriers() []shipment.CarrierID {
	all := make([]shipment.CarrierID, 0, len(d.o.Cutoffs))
	for c := range d.o.Cutoffs {
		all = append(all, c)
	}
	slices.Sort(all)
	return all
}

func (d *Desk) passCutoff(ctx context.Context, m Missed) error {
	id := d.cutoffID(m)
	err := d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		if known, err := tx.Get(kindCutoff, id, &Missed{}); err != nil || known {
			return err
		}
		late, err := lateFor(&tx.ReadTx, m)
		if err != nil {
			return err
		}
		state := "kept"
		if m.Count = len(late); m.Count > 0 {
			state = missedState(d.day(m.Cutoff))
			fact := shipment.CutoffMissed{Carrier: m.Carrier, Cutoff: m.Cutoff, Count: m.Count}
			for _, w := range late[:min(len(late), maxNamed)] {
				fact.Parcels = append(fact.Parcels, w.Parcel)
			}
			if err := d.record(tx, "", fact); err != nil {
				return err
			}
		}
		if err := putLooked(tx, m.Carrier, d.o.Now()); err != nil {
			return err
		}
		return tx.Put(kindCutoff, id, m, journal.Index{State: state})
	})
	if err == nil && m.Count > 0 {
		d.say(Notice{Topic: "handoff", Tone: Bad, Word: "Cut-off missed", Message: d.missedWords(m, m.Count), At: d.o.Now(), Dock: true})
	}
	return err
}

// lateFor returns the parcels that had a label when a cut-off passed, and wait.
func lateFor(tx *journal.ReadTx, m Missed) ([]handoff.Waiting, error) {
	waiting, _, err := waitingFor(tx, m.Carrier, 0)
	return slices.DeleteFunc(waiting, func(w handoff.Waiting) bool { return w.Labelled().After(m.Cutoff) }), err
}

func (d *Desk) missedWords(m Missed, n int) string {
	what := fmt.Sprintf("%d parcels with a label were", n)
	if n == 1 {
		what = "1 parcel with a label was"
	}
	return fmt.Sprintf("%s: %s not handed over by %s.", d.carrierName(m.Carrier), what, d.clock(m.Cutoff))
}
