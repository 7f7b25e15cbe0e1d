package desk_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/agent/desk"
	"waybill/printer"
	"waybill/scanner"
	"waybill/shipment"
	"waybill/shipment/carrier"
)

func cutoffRig(t *testing.T) *rig {
	t.Helper()
	at, err := carrier.ParseCutoff("17:30")
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, func(o *desk.Options) { o.Cutoffs = map[shipment.CarrierID]carrier.Cutoff{"usps": at} })
	r.stock(t, ground)
	return r
}

func (r *rig) checkCutoffs(t *testing.T, at time.Time) {
	t.Helper()
	r.now = at
	if err := r.CheckCutoffs(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func closeOutOf(t *testing.T, r *rig, day time.Time) desk.CloseOut {
	t.Helper()
	c, err := r.CloseOut(t.Context(), day)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestCutoffsThatPassedUnseen holds that a cut-off is told which passed while the
// station was off or before its clock was set, each once, and none of before.
func TestCutoffsThatPassedUnseen(t *testing.T) {
	t.Parallel()
	friday := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	tests := map[string]struct {
		looked, next time.Duration // after Friday's midnight
		told         int
	}{
		"off over the cut-off":     {17*time.Hour + 29*time.Minute, 30 * time.Hour, 1},
		"off over three":           {17*time.Hour + 29*time.Minute, 72 * time.Hour, 3},
		"on in time":               {17*time.Hour + 29*time.Minute, 17*time.Hour + 31*time.Minute, 1},
		"off between two":          {18 * time.Hour, 40 * time.Hour, 1},
		"the clock was set a year": {17 * time.Hour, 365 * 24 * time.Hour, 31},
		"the clock was set back":   {17*time.Hour + 29*time.Minute, 9*time.Hour + time.Minute, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := cutoffRig(t)
			r.print(t, "A") // at nine
			r.checkCutoffs(t, friday.Add(tt.looked))
			r.start(t)
			for range 2 {
				r.checkCutoffs(t, friday.Add(tt.next))
			}
			if n := r.count(t, shipment.CutoffMissedType); n != tt.told {
				t.Errorf("told %d times, want %d", n, tt.told)
			}
		})
	}
}

// TestAReprintIsNoYounger holds that printing a label again does not end the alarm
// of a parcel that missed its cut-off.
func TestAReprintIsNoYounger(t *testing.T) {
	t.Parallel()
	r := cutoffRig(t)
	r.print(t, "A")
	cutoff := time.Date(2026, 11, 20, 17, 30, 0, 0, time.UTC)
	r.checkCutoffs(t, cutoff.Add(time.Minute))
	r.now = cutoff.Add(10 * time.Minute)
	for range 2 {
		s, err := r.Reprint(t.Context(), "A", 1, "torn")
		if err != nil {
			t.Fatal(err)
		}
		r.move(t, s.Parcels[0].Job, printer.Sending, printer.Sent, printer.Confirmed)
	}
	if c := closeOutOf(t, r, r.now); len(c.Alarms) != 1 {
		t.Errorf("alarms %+v", c.Alarms)
	}
}

// TestTheDayCountsEachParcelOnce walks parcels through days: one over midnight,
// one that a correction takes back and that leaves again.
func TestTheDayCountsEachParcelOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	day := func(at time.Time, want ...desk.CarrierDay) {
		t.Helper()
		if diff := cmp.Diff(want, closeOutOf(t, r, at).Carriers); diff != "" {
			t.Errorf("the %s, looked at %s (-want +got):\n%s", at.Format(time.DateOnly), r.now, diff)
		}
	}
	first := time.Date(2026, 11, 20, 23, 50, 0, 0, time.UTC)
	second := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	r.now = first
	a := r.print(t, "A").Parcels[0].TrackingNumber
	day(first, desk.CarrierDay{Carrier: "usps", Waiting: 1}) // nobody has come, and that is told
	r.scan(t, scanner.Dock, string(a))
	h := r.state(t, "A").Parcels[0].Handoff
	day(first, desk.CarrierDay{Carrier: "usps", Pickups: 1, HandedOver: 1, Weight: 100})
	r.now = second
	r.scan(t, scanner.Dock, number(r.print(t, "B")))
	closeIt(t, r, h, desk.Closing{})
	onFirst := desk.CarrierDay{Carrier: "usps", HandedOver: 1, Weight: 100}
	day(first, onFirst)
	day(second, desk.CarrierDay{Carrier: "usps", Pickups: 1, HandedOver: 1, Weight: 100})

	// A did not leave after all: it is off the day it was scanned on.
	c := open(t, r, desk.Opening{Corrects: h})
	if _, _, err := r.UndoHandoff(t.Context(), desk.Once{}, c.ID, desk.Undoing{Number: a}); err != nil {
		t.Fatal(err)
	}
	if told := r.LastAtDock().Message; told != "Order A did not leave with the pick-up that is corrected. It waits for the next one." {
		t.Errorf("the dock is told %q", told)
	}
	closeIt(t, r, c.ID, desk.Closing{})
	day(first, desk.CarrierDay{Carrier: "usps", Waiting: 1})
	r.scan(t, scanner.Dock, string(a)) // and leaves on the second
	day(first, desk.CarrierDay{Carrier: "usps"})
	day(second, desk.CarrierDay{Carrier: "usps", Pickups: 3, HandedOver: 2, Weight: 200})
}
