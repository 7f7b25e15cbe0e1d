package main

import (
	"context"
	"path/filepath"
	"time"

	"waybill/agent/desk"
	"waybill/configs"
	"waybill/internal/fault"
	"waybill/sync/journal"
)

// lowReserve is how long the numbers in hand must last at least: over a weekend
// without the hub.
const lowReserve = 72 * time.Hour

// checkNumbers reads from the journal, beside the station where it runs, how many
// tracking numbers there are for each service and for how long.
func checkNumbers(ctx context.Context, cfg configs.Station) []finding {
	rules, err := loadRules(cfg.Rules)
	if err != nil {
		return nil // told among the files
	}
	r, err := journal.OpenReadOnly(ctx, filepath.Join(cfg.Data, "journal.db"))
	if fault.Is(err, fault.NotFound) {
		return []finding{{"tracking numbers", "ok", "the station has not been started yet; it leases some from the hub at the start", ""}}
	}
	if err != nil {
		return []finding{{"tracking numbers", "warning", err.Error(), "Look with `waybill journal verify` whether the journal is sound."}}
	}
	defer r.Close()
	var findings []finding
	err = r.View(ctx, func(tx *journal.ReadTx) error {
		for _, p := range poolsOf(rules) {
			s, err := desk.SupplyOf(tx, p, time.Now())
			if err != nil {
				return err
			}
			findings = append(findings, judgeSupply(s))
		}
		return nil
	})
	if err != nil {
		return []finding{{"tracking numbers", "warning", err.Error(), "Look with `waybill journal verify` whether the journal is sound."}}
	}
	return findings
}

func judgeSupply(s desk.Supply) finding {
	f := finding{"numbers " + string(s.Pool.Service), "ok", s.Words(), s.Todo()}
	switch {
	case s.Held != "", s.Spent() && s.Used:
		f.State = "fault"
	case s.Spent() && s.Lack != "":
		// Orders of this service bring their numbers along, or nobody ships with it.
		f.Detail, f.Remedy = "none; "+s.Lack, "Nothing, where orders of this service bring their own number."
	case s.Spent(), s.Lasts > 0 && s.Lasts < lowReserve:
		f.State = "warning"
	}
	return f
}
