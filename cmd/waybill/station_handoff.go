package main

import (
	"context"
	"time"

	"waybill/agent/handoff"
	"waybill/configs"
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
// single parcels: a station that was gone asks at once when it is back.
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

// meetHub learns, again and again, of pick-ups that changed hands.
func (st *station) meetHub(hub *uplink.Client) func(context.Context) error {
	return func(ctx context.Context) error {
		tick := time.NewTicker(meetEvery)
		defer tick.Stop()
		told, turn := "", 0
		for {
			err := st.desk.MeetHub(ctx, hub)
			if err == nil && turn == 0 {
				err = st.desk.MeetParcels(ctx, hub)
			}
			if turn++; err != nil || turn == parcelTurns {
				turn = 0
			}
			switch {
			case err == nil:
				told = ""
			case ctx.Err() == nil && told != err.Error():
				told = err.Error() // once, not every time
				st.log.WarnContext(ctx, "the hub does not say whether another station has taken a pick-up over; those of this station go on", "retry_in", meetEvery, "err", err)
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
