package main

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"waybill/agent/desk"
	"waybill/configs"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// What is due goes, step by step, and what is not stays.
func TestRetain(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	at := now.AddDate(0, 0, -100)
	j, err := journal.Open(t.Context(), journal.Options{Path: filepath.Join(t.TempDir(), "journal.db"), Station: "bench-1", Now: func() time.Time { return at }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = j.Close() })
	for ; at.Before(now); at = at.Add(6 * time.Hour) { // 400 events
		o := shipment.Order{ID: "A", ShipTo: shipment.Address{Name: "Zoe Secret"}}
		if err := j.Update(t.Context(), func(tx *journal.Tx) error {
			e, err := shipment.NewEvent(at, o.ID, shipment.OrderAccepted{Order: o})
			if err != nil {
				return err
			}
			return tx.Append(e)
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.SetCursor(t.Context(), "hub", wire.Position{Epoch: 1, Sequence: 399}); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	st := &station{journal: j, desk: desk.New(desk.Options{Journal: j, Now: func() time.Time { return now }, Log: log}), log: log}
	st.cfg.Retention = configs.Retention{Days: 0, PersonalDays: 0}
	check := func(first int64, secrets int) {
		t.Helper()
		if err := st.retain(t.Context(), now, time.Microsecond); err != nil {
			t.Fatal(err)
		}
		recs, err := j.After(t.Context(), wire.Position{}, 0, 0)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, rec := range recs {
			if strings.Contains(string(rec.Raw), "Secret") {
				n++
			}
		}
		if recs[0].Sequence != first || n != secrets {
			t.Errorf("the first is %d, %d with a name; want %d and %d", recs[0].Sequence, n, first, secrets)
		}
		if rep, err := j.Verify(t.Context()); err != nil || !rep.Whole {
			t.Errorf("%+v, %v", rep, err)
		}
	}
	check(1, 400)
	st.cfg.Retention.Days = 90
	check(41, 360)
	st.cfg.Retention.PersonalDays = 60
	check(41, 240)
}
