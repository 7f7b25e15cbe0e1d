package desk_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/agent/desk"
	"waybill/shipment"
)

// TestTwoStationsHaveOrdersOfOneID holds that parcels whose IDs are one are told
// apart by their numbers: at the hub, at a third station that has the order of
// neither, by an undoing, and when a disk is lost.
func TestTwoStationsHaveOrdersOfOneID(t *testing.T) {
	t.Parallel()
	y, one, two := newDockyard(t, "A", "B")
	three := y.another(t, one, "dock-3")
	y.rigs = append(y.rigs, three)
	two.stock(t, ground)
	two.print(t, "A")
	two.print(t, "B")
	h := open(t, one, desk.Opening{Carrier: "usps"})
	first, second := numberOf(t, one, "A"), numberOf(t, two, "A")
	one.dock(t, first, "handed_over")
	y.meet(t)
	over := func(r *rig, from shipment.StationID) {
		t.Helper()
		if _, err := r.TakeOverHandoff(t.Context(), y, h.ID, desk.TakingOver{From: from, By: "Sam"}); err != nil {
			t.Fatal(err)
		}
		y.meet(t)
	}
	over(two, "bench-1")
	two.dock(t, second, "handed_over")
	y.meet(t)
	if told, err := y.Handoff(t.Context(), h.ID); err != nil || told.Count != 2 {
		t.Errorf("the hub counts %d, error %v", told.Count, err)
	}
	over(three, "dock-2")
	if n := three.handoff(t, h.ID).Count; n != 2 {
		t.Errorf("the third counts %d", n)
	}
	numbers := func(r *rig) (on, left []shipment.TrackingNumber) {
		m := r.handoff(t, h.ID)
		for _, e := range m.Entries {
			on = append(on, e.TrackingNumber)
		}
		for _, w := range m.Left {
			left = append(left, w.TrackingNumber)
		}
		slices.Sort(left)
		return on, left
	}
	if _, e, err := three.UndoHandoff(t.Context(), desk.Once{}, h.ID, desk.Undoing{Number: second, By: "Sam"}); err != nil || e.TrackingNumber != second {
		t.Fatalf("undone is %+v, error %v", e, err)
	}
	y.meet(t)
	told, err := y.Handoff(t.Context(), h.ID)
	if err != nil || told.Count != 1 {
		t.Fatalf("the hub counts %d, error %v", told.Count, err)
	}
	for _, e := range told.Entries {
		if (e.Back != nil) != (e.TrackingNumber == second) {
			t.Errorf("the hub tells %+v", e)
		}
	}
	three.dock(t, second, "handed_over")
	three.dock(t, numberOf(t, two, "B"), "handed_over")
	closeIt(t, three, h.ID, desk.Closing{LeaveBehind: 1})
	y.meet(t)
	for range 2 {
		on, left := numbers(three)
		if diff := cmp.Diff([]shipment.TrackingNumber{first, second, numberOf(t, two, "B")}, on); diff != "" {
			t.Errorf("on it (-want +got):\n%s", diff)
		}
		if want := []shipment.TrackingNumber{numberOf(t, one, "B")}; !cmp.Equal(want, left) {
			t.Errorf("left behind is %v, want %v", left, want)
		}
		three.lose(t)
	}
	for r, gone := range map[*rig]bool{one: false, two: true} {
		if p := r.state(t, "B").Parcels[0]; p.HandedOver.IsZero() == gone {
			t.Errorf("%s knows of its B %+v", r.journal.Station(), p)
		}
		if p := r.state(t, "A").Parcels[0]; p.HandedOver.IsZero() {
			t.Errorf("%s does not know that its A has left", r.journal.Station())
		}
		before := r.state(t, "A").Parcels[0]
		r.lose(t)
		if diff := cmp.Diff(before, r.state(t, "A").Parcels[0]); diff != "" {
			t.Errorf("%s rebuilt (-was +rebuilt):\n%s", r.journal.Station(), diff)
		}
	}
}
