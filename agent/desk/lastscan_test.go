package desk_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/scanner"
	"waybill/shipment"
	"waybill/sync/journal"
)

// The last scan of a scanner is found after a restart, with what its hand was told:
// not another scanner's, and no mere trace.
func TestTheLastScanIsKnownAfterARestart(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	number := string(r.print(t, "A").Parcels[0].TrackingNumber)
	pull := func(name, raw, bad string, role scanner.Role) {
		t.Helper()
		r.now = r.now.Add(time.Second)
		if _, err := r.Scan(t.Context(), scanner.Scan{Scanner: name, Role: role, Raw: []byte(raw), Bad: bad, At: r.now}); err != nil {
			t.Fatal(err)
		}
	}
	want := func(raw string, at time.Time, told scanner.Signal) {
		t.Helper()
		r.start(t)
		got, err := r.LastScan(t.Context(), "gun")
		if err != nil {
			t.Fatal(err)
		}
		wanted := scanner.Kept{Raw: []byte(raw), At: at, Told: told}
		if raw == "" {
			wanted = scanner.Kept{}
		}
		if diff := cmp.Diff(wanted, got); diff != "" {
			t.Errorf("last scan (-want +got):\n%s", diff)
		}
	}
	want("", time.Time{}, 0)
	pull("gun", number, "", scanner.Bench)
	pull("wand", "else", "", scanner.Bench)
	want(number, r.now.Add(-time.Second), scanner.Good)
	pull("gun", number, "", scanner.Bench)
	want(number, r.now, scanner.Warn)
	pull("gun", "\xff\x1d", "", scanner.Dock)
	at := r.now
	if err := r.SetAside(t.Context(), scanner.Scan{Scanner: "gun", Role: scanner.Dock, Raw: []byte("\xff\x1d"), At: at.Add(time.Second)}, scanner.SentAgain, scanner.Device{}); err != nil {
		t.Fatal(err)
	}
	want("\xff\x1d", at, scanner.Bad)
	pull("gun", "half", "cut off", scanner.Dock)
	want("", time.Time{}, 0)
	pull("gun", number, "", scanner.Dock)
	want(number, r.now, scanner.Good)
	const newest = 20000                                          // events that are looked at
	if _, err := r.journal.NewEpoch(t.Context(), 0); err != nil { // as a salvage begins one
		t.Fatal(err)
	}
	want(number, r.now, scanner.Good)
	others(t, r, newest-1)
	want(number, r.now, scanner.Good)
	others(t, r, 1)
	want("", time.Time{}, 0)
	pull("gun", number, "", scanner.Dock)
	want(number, r.now, scanner.Warn) // it was on the pick-up already
	r.now = r.now.Add(time.Hour)
	want("", time.Time{}, 0)
}

// others records n events that are no scans.
func others(t *testing.T, r *rig, n int) {
	t.Helper()
	if err := r.journal.Update(t.Context(), func(tx *journal.Tx) error {
		for range n {
			if err := tx.Append(shipment.Event{Type: shipment.LabelPrintedType, Subject: "A", Data: json.RawMessage(`{}`)}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
