package desk_test

import (
	"strings"
	"testing"

	"waybill/agent/desk"
	"waybill/shipment"
)

// TestAGuestIsOnAnOpenPickUpAfterADiskWasLost holds that a parcel which the hub gave
// this station alone, and which is on a pick-up that was open when the disk was lost,
// goes onto no second one; taken back, it waits again.
func TestAGuestIsOnAnOpenPickUpAfterADiskWasLost(t *testing.T) {
	t.Parallel()
	y, one, two := newStrangers(t, "A", "B")
	a, b := numberOf(t, one, "A"), numberOf(t, one, "B")
	y.takeParcels(t, "bench-1", two, a, b)
	two.dock(t, a, "handed_over")
	two.dock(t, b, "handed_over")
	list, err := two.Handoffs(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	h := list[0]
	if _, _, err := two.UndoHandoff(t.Context(), desk.Once{}, h.ID, desk.Undoing{Number: b}); err != nil {
		t.Fatal(err)
	}
	y.learn(t)
	if r := two.lose(t); len(r.Open) != 1 || r.Open[0] != h.ID {
		t.Fatalf("rebuilt is %+v", r)
	}
	if got := two.dock(t, a, "already_handed_over"); !strings.Contains(got, "at 09:00") {
		t.Errorf("it says %q", got)
	}
	if s, err := two.TakeOverHandoff(t.Context(), y, h.ID, desk.TakingOver{From: "dock-2", By: "Sam"}); err != nil || s.Count != 1 {
		t.Fatalf("%+v, error %v", s, err)
	}
	y.learn(t)
	two.dock(t, a, "already_handed_over")
	two.dock(t, b, "handed_over")
	if got := two.alarms(t); len(got) != 0 {
		t.Errorf("alarms are %q", got)
	}
}

// TestAParcelThatCameBackIsOnAnOpenPickUpAfterADiskWasLost holds the same of a parcel of
// this station's own that another has had meanwhile: the hub says that it has left here.
func TestAParcelThatCameBackIsOnAnOpenPickUpAfterADiskWasLost(t *testing.T) {
	t.Parallel()
	y, one, two := newStrangers(t, "A")
	a := numberOf(t, one, "A")
	y.takeParcels(t, "bench-1", two, a)
	y.learn(t)
	one.options.AskHub = true
	one.start(t)
	y.takeParcels(t, "dock-2", one, a)
	y.learn(t)
	one.dock(t, a, "handed_over")
	y.learn(t)
	one.lose(t)
	y.learn(t)
	if p := one.state(t, "A").Parcels[0]; p.HandedOver.IsZero() {
		t.Errorf("it waits again: %+v", p)
	}
	if n := one.count(t, shipment.ParcelMergedType); n != 0 {
		t.Errorf("told %d times that it was taken back there", n)
	}
}
