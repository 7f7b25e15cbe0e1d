package desk_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/scanner"
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
	r.now = r.now.Add(time.Hour)
	want("", time.Time{}, 0)
}
