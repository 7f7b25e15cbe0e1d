package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"waybill/agent/handoff"
	"waybill/configs"
	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/shipment/carrier"
	"waybill/sync/uplink"
)

// manifest returns what writes the papers of pick-ups.
func (st *station) manifest(local *time.Location) func(handoff.Manifest) ([]byte, error) {
	return func(m handoff.Manifest) ([]byte, error) {
		return st.labels.Manifest(m, shipFrom(st.cfg.ShipFrom), local)
	}
}

// takeUp brings the desk to where the last run of the station left it.
func (st *station) takeUp(ctx context.Context) error {
	if err := st.desk.Resume(ctx, 0); err != nil {
		return err
	}
	if err := st.desk.ResumeHeld(ctx); err != nil {
		return err
	}
	if err := st.desk.ReleaseBenches(ctx); err != nil {
		return err
	}
	return st.desk.Expect(ctx)
}

// cutoffEvery is how often cut-offs are looked at.
const cutoffEvery = 15 * time.Second

// cutoffs tells of cut-offs that labelled parcels have missed.
func (st *station) cutoffs(ctx context.Context) error {
	tick := time.NewTicker(cutoffEvery)
	defer tick.Stop()
	for {
		if err := st.desk.CheckCutoffs(ctx); err != nil && ctx.Err() == nil {
			st.log.ErrorContext(ctx, "cut-offs could not be looked at", "retry_in", cutoffEvery, "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// meetEvery is how often the hub is asked what other stations did to pick-ups of
// this one. Nothing is asked where there is none of late.
const meetEvery = 5 * time.Second

// parcelTurns is how many turns of these come to one in which the hub is asked about
// single parcels.
const parcelTurns = 3

// awaySince returns since when the hub does not answer; the zero time where it does,
// or has not been asked yet.
func (r *receiver) awaySince() time.Time {
	if at := r.away.Load(); at != nil {
		return *at
	}
	return time.Time{}
}

// noteAway keeps since when the hub does not answer.
func (r *receiver) noteAway(reachable bool, now time.Time) {
	if reachable {
		r.away.Store(nil)
		return
	}
	r.away.CompareAndSwap(nil, &now)
}

// A hubQuestion is something that the hub is asked again and again.
type hubQuestion struct {
	ask   func(context.Context) error
	every int    // turns
	fails string // what the log says where it is not answered
	older string // where the hub does not know the question

	wait int
	told string
}

// turn asks, where it is time, and says once what is wrong. A hub that was away is asked
// again the next turn: whoever was gone must hear at once.
func (q *hubQuestion) turn(ctx context.Context, log *slog.Logger) {
	if q.wait > 0 {
		q.wait--
		return
	}
	err := q.ask(ctx)
	var status *uplink.StatusError
	unknown := errors.As(err, &status) && status.Status == http.StatusNotFound
	if unknown || !fault.Is(err, fault.Transient) {
		q.wait = q.every - 1
	}
	switch {
	case err == nil:
		q.told = ""
	case ctx.Err() != nil || q.told == err.Error():
	default:
		q.told = err.Error()
		words := q.fails
		if unknown {
			words = q.older
		}
		log.WarnContext(ctx, "what other stations have taken over could not be learned", "meaning", words, "retry_in", meetEvery*time.Duration(q.wait+1), "err", err)
	}
}

// meetHub learns, again and again, of pick-ups and of single parcels that changed
// hands. Where the one cannot be heard of, the other is all the same.
func (st *station) meetHub(hub *uplink.Client) func(context.Context) error {
	return func(ctx context.Context) error {
		tick := time.NewTicker(meetEvery)
		defer tick.Stop()
		questions := []*hubQuestion{{
			ask: func(ctx context.Context) error { return st.desk.MeetHub(ctx, hub) }, every: 1,
			fails: "the hub does not say whether another station has taken a pick-up over; those of this station go on",
			older: "the hub does not know a pick-up, or how to tell which ones another station has taken over, as an older version does not; those of this station go on",
		}, {
			ask: func(ctx context.Context) error { return st.desk.MeetParcels(ctx, hub) }, every: parcelTurns,
			fails: "not all is known of which single parcels another station has taken over; those of this station may leave here",
			older: "the hub does not know how to tell which single parcels another station has taken over, as an older version does not: bring it up to date; those of this station may leave here",
		}}
		for {
			for _, q := range questions {
				q.turn(ctx, st.log)
			}
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
		}
	}
}

// cutoffsOf returns the carriers' cut-offs; the configuration was checked.
func cutoffsOf(cfg configs.Station) map[shipment.CarrierID]carrier.Cutoff {
	all, err := cfg.Handoff.CutoffTimes()
	if err != nil {
		return nil
	}
	return all
}

// docks returns the doors that scanners belong to.
func docks(scanners []configs.Scanner) map[string]string {
	all := map[string]string{}
	for _, s := range scanners {
		if s.Dock != "" {
			all[s.Name] = s.Dock
		}
	}
	return all
}
