package main

import (
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
