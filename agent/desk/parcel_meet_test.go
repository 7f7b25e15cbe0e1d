package desk_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/agent/desk"
	"waybill/shipment"
)

// learn has every station send, and then learn of single parcels too.
func (y *dockyard) learn(t *testing.T) {
	t.Helper()
	y.meet(t)
	for range 2 { // the second time nothing is new
		for _, r := range y.rigs {
			if err := r.MeetParcels(t.Context(), y); err != nil {
				t.Fatal(err)
			}
			y.send(t, r) // before the next one learns
		}
	}
}

// take has a station take parcels over that the first has printed.
func (y *dockyard) takeParcels(t *testing.T, from shipment.StationID, r *rig, numbers ...shipment.TrackingNumber) {
	t.Helper()
	if _, err := r.AdmitParcels(t.Context(), from, "Sam"); err != nil {
		t.Fatal(err)
	}
	for _, n := range numbers {
		r.scan(t, "dock", string(n))
		if got := r.answered(t, y); got.Word != "Scan it again" {
			t.Fatalf("told is %+v", got)
		}
	}
}

func (r *rig) alarms(t *testing.T) (all []string) {
	t.Helper()
	day, err := r.CloseOut(t.Context(), r.now)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range day.Alarms {
		all = append(all, a.Message)
	}
	return all
}

// relived holds that the events alone tell the same of an order's parcel.
func (r *rig) relived(t *testing.T, id string) {
	t.Helper()
	before := r.state(t, id).Parcels[0]
	r.lose(t)
	if diff := cmp.Diff(before, r.state(t, id).Parcels[0]); diff != "" {
		t.Errorf("order %s at %s (-was +rebuilt):\n%s", id, r.journal.Station(), diff)
	}
}

// TestAStationThatComesBackLearnsWhereItsParcelsAre holds that it refuses them with
// the place, expects them no more, knows what became of them, and is told so again
// from its events alone.
func TestAStationThatComesBackLearnsWhereItsParcelsAre(t *testing.T) {
	t.Parallel()
	y, one, two := newStrangers(t, "A", "B", "C")
	a, b, c := numberOf(t, one, "A"), numberOf(t, one, "B"), numberOf(t, one, "C")
	y.takeParcels(t, "bench-1", two, a, b, c)
	if _, err := one.VoidFor(t.Context(), "C", "", "wrong box"); err != nil { // it does not know yet
		t.Fatal(err)
	}
	y.learn(t)
	for range 2 {
		if got := one.dock(t, a, "parcel_taken_over"); !strings.Contains(got, "by station dock-2 at 09:00 by Sam. Hand it over there.") {
			t.Errorf("the first says %q", got)
		}
		one.relived(t, "A")
	}
	h := open(t, one, desk.Opening{Carrier: "usps"})
	if l, err := one.LiveHandoff(t.Context(), h.ID, 10); err != nil || l.MissingCount != 0 {
		t.Errorf("expected there are still %d, error %v", l.MissingCount, err)
	}
	two.dock(t, c, "voided")
	two.dock(t, a, "handed_over")
	two.dock(t, b, "handed_over")
	y.learn(t)
	if got := one.dock(t, a, "already_handed_over"); !strings.Contains(got, "at station dock-2") {
		t.Errorf("the first says %q", got)
	}
	one.relived(t, "A")
	list, err := two.Handoffs(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := two.UndoHandoff(t.Context(), desk.Once{}, list[0].ID, desk.Undoing{Number: a, By: "Sam"}); err != nil {
		t.Fatal(err)
	}
	y.learn(t)
	one.dock(t, a, "parcel_taken_over")
	one.relived(t, "A")
	if n := one.count(t, shipment.ParcelYieldedType); n != 3 {
		t.Errorf("it told %d times that it has one no more", n)
	}
	if got := one.alarms(t); len(got) != 0 {
		t.Errorf("alarms are %q", got)
	}

	// And one goes back, on a person's word there.
	one.options.AskHub = true
	one.start(t)
	y.takeParcels(t, "dock-2", one, a)
	y.learn(t)
	two.dock(t, a, "parcel_taken_over")
	one.relived(t, "A")
	one.dock(t, a, "handed_over")
	y.learn(t)
	two.dock(t, a, "parcel_taken_over")
	two.lose(t)
	two.dock(t, a, "unknown")
}

// TestAParcelThatBothHandedOverCountsOnce holds that both stations are told, and that
// it is on the pick-up of the one that the hub gave it to; what was signed stays.
func TestAParcelThatBothHandedOverCountsOnce(t *testing.T) {
	t.Parallel()
	for name, closed := range map[string]bool{"while it is open": false, "closed": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			y, one, two := newStrangers(t, "A", "B")
			a := numberOf(t, one, "A")
			y.takeParcels(t, "bench-1", two, a)
			two.dock(t, a, "handed_over")
			h := open(t, one, desk.Opening{Carrier: "usps"})
			one.dock(t, a, "handed_over") // it does not know
			one.dock(t, numberOf(t, one, "B"), "handed_over")
			on := 1
			if closed {
				closeIt(t, one, h.ID, desk.Closing{Driver: "M. Okafor"})
				on = 2
			}
			y.learn(t)
			y.learn(t)
			for r, want := range map[*rig]string{one: "was scanned here and at station dock-2", two: "at station bench-1 at 09:00, which did not know"} {
				if got := r.alarms(t); len(got) != 1 || !strings.Contains(got[0], want) {
					t.Errorf("%s: alarms are %q", r.journal.Station(), got)
				}
				if n := r.count(t, shipment.ParcelMergedType); n != 1 {
					t.Errorf("%s told it %d times", r.journal.Station(), n)
				}
			}
			if m := one.handoff(t, h.ID); m.Count != on {
				t.Errorf("%d on the first's", m.Count)
			}
			if told, err := y.Handoff(t.Context(), h.ID); err != nil || told.Count != on {
				t.Errorf("the hub counts %d on the first's, error %v", told.Count, err)
			}
			list, err := two.Handoffs(t.Context(), 1)
			if err != nil || list[0].Count != 1 {
				t.Errorf("%d on the second's, error %v", list[0].Count, err)
			}
			if p := one.state(t, "A").Parcels[0]; !p.On(list[0].ID) || p.On(h.ID) != closed {
				t.Errorf("the first knows %+v", p)
			}
			one.relived(t, "A")
			one.dock(t, a, "already_handed_over")
		})
	}
}
