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
// the next day. It is called again and again.
func (d *Desk) CheckCutoffs(ctx context.Context) error {
	now := d.o.Now().In(d.o.Location)
	for _, c := range d.cutoffCarriers() {
		at, today := d.o.Cutoffs[c].On(now)
		if !today || now.Before(at) {
			continue
		}
		id := d.day(at) + "/" + string(c)
		known := false
		err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
			var err error
			known, err = tx.Get(kindCutoff, id, &Missed{})
			return err
		})
		if err == nil && !known {
			err = d.passCutoff(ctx, id, Missed{Carrier: c, Cutoff: at})
		}
		if err != nil {
			return fmt.Errorf("cut-off of %s: %w", c, err)
		}
	}
	return nil
}

func (d *Desk) cutoffCarriers() []shipment.CarrierID {
	all := make([]shipment.CarrierID, 0, len(d.o.Cutoffs))
	for c := range d.o.Cutoffs {
		all = append(all, c)
	}
	slices.Sort(all)
	return all
}

func (d *Desk) passCutoff(ctx context.Context, id string, m Missed) error {
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
	return slices.DeleteFunc(waiting, func(w handoff.Waiting) bool { return w.Printed.After(m.Cutoff) }), err
}

func (d *Desk) missedWords(m Missed, n int) string {
	what := fmt.Sprintf("%d parcels with a label were", n)
	if n == 1 {
		what = "1 parcel with a label was"
	}
	return fmt.Sprintf("%s: %s not handed over by %s.", d.carrierName(m.Carrier), what, d.clock(m.Cutoff))
}

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
	HandedOver int                `json:"handed_over"`           // parcels on them
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
		sessions, err := collect[handoff.Session](tx, kindHandoff, journal.Query{States: []string{closedState(out.Day)}})
		if err != nil {
			return err
		}
		if out.Day == d.day(d.o.Now()) {
			open, err := openSessions(tx)
			if err != nil {
				return err
			}
			sessions = append(sessions, open...)
		}
		days := map[shipment.CarrierID]*CarrierDay{}
		of := func(c shipment.CarrierID) *CarrierDay {
			if days[c] == nil {
				days[c] = &CarrierDay{Carrier: c}
			}
			return days[c]
		}
		for _, s := range sessions {
			day := of(s.Carrier)
			day.Pickups, day.HandedOver, day.LeftBehind = day.Pickups+1, day.HandedOver+s.Count, day.LeftBehind+s.Missing
			day.Weight += s.Weight
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
