package main

import (
	"context"
	"time"

	"waybill/agent/handoff"
	"waybill/configs"
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
	return st.desk.Expect(ctx)
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
