package desk_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/agent/desk"
	"waybill/scanner"
	"waybill/shipment"
	"waybill/shipment/carrier"
)

// TestCutoff holds that a missed cut-off is told once, of what had a label then,
// and that the alarm ends when the last of it has left.
func TestCutoff(t *testing.T) {
	t.Parallel()
	at, err := carrier.ParseCutoff("mon-fri 17:30")
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, func(o *desk.Options) { o.Cutoffs = map[shipment.CarrierID]carrier.Cutoff{"usps": at, "ups": at} })
	r.stock(t, ground)
	check := func(hour, minute, told int) {
		t.Helper()
		r.now = time.Date(2026, 11, 20, hour, minute, 0, 0, time.UTC)
		for range 2 {
			if err := r.CheckCutoffs(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if n := r.count(t, shipment.CutoffMissedType); n != told {
			t.Errorf("at %s told %d times, want %d", r.now, n, told)
		}
	}
	alarms := func() []string {
		t.Helper()
		c, err := r.CloseOut(t.Context(), r.now)
		if err != nil {
			t.Fatal(err)
		}
		return words(c.Alarms)
	}
	for _, id := range []string{"A", "B"} {
		r.print(t, id)
	}
	check(17, 29, 0)
	check(17, 30, 1)
	if told := r.LastAtDock(); told.Tone != desk.Bad || !strings.Contains(told.Message, "2 parcels") {
		t.Errorf("the dock is told %+v", told)
	}
	r.now = r.now.Add(time.Minute)
	r.print(t, "late") // made after the cut-off: tomorrow's
	r.start(t)         // a restart tells nothing again
	check(18, 0, 1)
	if diff := cmp.Diff([]string{"USPS: 2 parcels with a label were not handed over by 17:30."}, alarms()); diff != "" {
		t.Errorf("alarms (-want +got):\n%s", diff)
	}
	r.scan(t, scanner.Dock, number(r.state(t, "A")))
	r.scan(t, scanner.Dock, number(r.state(t, "B")))
	if got := alarms(); len(got) != 0 {
		t.Errorf("alarms after all have left: %q", got)
	}
	closeIt(t, r, r.state(t, "A").Parcels[0].Handoff, desk.Closing{LeaveBehind: 1})
	c, err := r.CloseOut(t.Context(), r.now)
	if err != nil {
		t.Fatal(err)
	}
	cutoff := time.Date(2026, 11, 20, 17, 30, 0, 0, time.UTC)
	want := []desk.CarrierDay{
		{Carrier: "ups", Cutoff: cutoff},
		{Carrier: "usps", Pickups: 1, HandedOver: 2, Weight: 200, LeftBehind: 1, Waiting: 1, Cutoff: cutoff, Missed: 2},
	}
	if diff := cmp.Diff(want, c.Carriers); diff != "" {
		t.Errorf("the day (-want +got):\n%s", diff)
	}
	r.now = time.Date(2026, 11, 21, 18, 0, 0, 0, time.UTC) // Saturday has none
	if err := r.CheckCutoffs(t.Context()); err != nil || r.count(t, shipment.CutoffMissedType) != 1 {
		t.Errorf("told on a day without a cut-off, error %v", err)
	}
}

// BenchmarkScanAtTheDock is one scan onto pick-ups of several sizes: the size
// must not matter.
func BenchmarkScanAtTheDock(b *testing.B) {
	for _, size := range []int{1, 300} {
		b.Run(fmt.Sprint("parcels=", size), func(b *testing.B) {
			r := newRig(b, nil)
			if err := r.Refill(b.Context(), r.hub, "bench-1", []desk.Pool{ground}, 2000); err != nil {
				b.Fatal(err)
			}
			open(b, r, desk.Opening{Carrier: "usps"})
			scanOne := func(i int) {
				r.scan(b, scanner.Dock, number(r.print(b, string(rune('A'+i%26))+time.Duration(i).String())))
			}
			for i := range size {
				scanOne(i)
			}
			last := number(r.print(b, "last"))
			least := time.Hour
			for b.Loop() {
				start := time.Now()
				r.scan(b, scanner.Dock, last)
				least = min(least, time.Since(start))
				if _, _, err := r.UndoHandoff(b.Context(), desk.Once{}, openID(b, r), desk.Undoing{}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(least.Microseconds()), "least-µs/scan")
		})
	}
}

func openID(tb testing.TB, r *rig) string {
	tb.Helper()
	list, err := r.Handoffs(tb.Context(), 1)
	if err != nil || len(list) != 1 {
		tb.Fatalf("%d pick-ups, error %v", len(list), err)
	}
	return list[0].ID
}

func words(alarms []desk.Alarm) []string {
	var all []string
	for _, a := range alarms {
		all = append(all, a.Message)
	}
	return all
}
