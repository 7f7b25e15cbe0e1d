package desk_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/agent/desk"
	"waybill/scanner"
	"waybill/shipment"
	"waybill/shipment/carrier"
	"waybill/sync/journal"
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

// BenchmarkScanAtTheDock is one scan onto pick-ups of several sizes, with as many
// parcels still waiting for them: the size must not matter.
func BenchmarkScanAtTheDock(b *testing.B) {
	for _, size := range []int{1, 300, 2000, 10_000} {
		b.Run(fmt.Sprint("parcels=", size), func(b *testing.B) {
			r := newRig(b, nil)
			r.stock(b, ground)
			open(b, r, desk.Opening{Carrier: "usps"})
			r.scan(b, scanner.Dock, number(r.print(b, "first")))
			last := number(r.print(b, "last"))
			crowd(b, r, size-1)
			var times []time.Duration
			for b.Loop() {
				start := time.Now()
				if res := r.scan(b, scanner.Dock, last); res.Code != "handed_over" {
					b.Fatalf("%+v", res)
				}
				times = append(times, time.Since(start))
				if _, _, err := r.UndoHandoff(b.Context(), desk.Once{}, openID(b, r), desk.Undoing{}); err != nil {
					b.Fatal(err)
				}
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[0].Microseconds()), "least-µs/scan")
			b.ReportMetric(float64(times[len(times)/2].Microseconds()), "median-µs/scan")
		})
	}
}

// crowd adds copies of the first parcel to the open pick-up, and as many of the
// last that wait for it.
func crowd(b *testing.B, r *rig, copies int) {
	b.Helper()
	id := openID(b, r)
	err := r.journal.Update(b.Context(), func(tx *journal.Tx) error {
		one := func(kind journal.Kind) (doc json.RawMessage, err error) {
			err = tx.List(kind, journal.Query{Limit: 1, Newest: true}, func(_ string, raw []byte) error {
				doc = slices.Clone(raw)
				return nil
			})
			return doc, err
		}
		entry, err := one("handoff_entry")
		if err != nil {
			return err
		}
		waiting, err := one("waiting")
		if err != nil {
			return err
		}
		for i := range copies {
			if err := errors.Join(
				tx.Put("handoff_entry", fmt.Sprintf("%s/copy-%d", id, i), entry, journal.Index{State: id, Keys: []string{fmt.Sprintf("%s/copy-%d", id, i)}}),
				tx.Put("waiting", fmt.Sprintf("copy-%d", i), waiting, journal.Index{State: "wait:usps/usps_ground_advantage"}),
			); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
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
