package desk_test

import (
	"testing"

	"waybill/agent/desk"
	"waybill/agent/handoff"
)

// takes has a station go on with another's pick-up, and all hear of it.
func (y *dockyard) takes(t *testing.T, r *rig, s handoff.Session, from *rig) {
	t.Helper()
	y.meet(t)
	if _, err := r.TakeOverHandoff(t.Context(), y, s.ID, desk.TakingOver{From: from.journal.Station(), By: "Sam"}); err != nil {
		t.Fatal(err)
	}
	y.meet(t)
}

// misses opens a pick-up and closes it again, and holds how many parcels it leaves
// behind, and how many wait for the carrier.
func (r *rig) misses(t *testing.T, n int) {
	t.Helper()
	s := open(t, r, desk.Opening{Carrier: ground.Carrier, By: "Kim"})
	day, err := r.CloseOut(t.Context(), r.now)
	if l := liveOf(t, r, s.ID); err != nil || l.MissingCount != n || l.Beside != 0 || len(day.Carriers) != 1 || day.Carriers[0].Waiting != n {
		t.Errorf("%d are missing, %d beside, of the day %+v, error %v; want %d", l.MissingCount, l.Beside, day.Carriers, err, n)
	}
	closeIt(t, r, s.ID, desk.Closing{LeaveBehind: n})
}

// TestOthersParcelsWaitWhileTheirPickUpIsHere holds that a parcel of another station
// is expected as long as the pick-up is open by which it is known, and is missing from
// no other: none takes it.
func TestOthersParcelsWaitWhileTheirPickUpIsHere(t *testing.T) {
	t.Parallel()
	y, one, two := newDockyard(t, "A")
	h := open(t, one, desk.Opening{Carrier: ground.Carrier})
	for range 2 { // it comes back, too
		y.takes(t, two, h, one)
		if l := liveOf(t, two, h.ID); l.MissingCount != 1 {
			t.Fatalf("%d are missing from what was taken over, want 1", l.MissingCount)
		}
		y.takes(t, one, h, two)
		two.misses(t, 0)
	}
}

// TestOthersParcelsAreMissingFromOnePickUp is for two pick-ups of one carrier: a
// parcel of this station may go with either, and another's with one of them.
func TestOthersParcelsAreMissingFromOnePickUp(t *testing.T) {
	t.Parallel()
	y, one, two := newDockyard(t, "A")
	north := open(t, one, desk.Opening{Carrier: ground.Carrier, Dock: "north"})
	y.takes(t, two, north, one)
	two.stock(t, ground)
	two.print(t, "B")
	south := open(t, two, desk.Opening{Carrier: ground.Carrier, Service: ground.Service, Dock: "south"})
	for s, n := range map[string]int{north.ID: 1, south.ID: 0} {
		if l := liveOf(t, two, s); l.MissingCount != n || l.Beside != 1 {
			t.Errorf("from %s %d are missing, want %d, and %d beside", l.Dock, l.MissingCount, n, l.Beside)
		}
	}
	closeIt(t, two, north.ID, desk.Closing{LeaveBehind: 1})
	closeIt(t, two, south.ID, desk.Closing{LeaveBehind: 1})
}

// TestOthersParcelsAreNotMissingForACorrection is for a correction that was taken over:
// it expects nothing, and so they are missing from no pick-up.
func TestOthersParcelsAreNotMissingForACorrection(t *testing.T) {
	t.Parallel()
	y, one, two := newDockyard(t, "A")
	h := open(t, one, desk.Opening{Carrier: ground.Carrier})
	closeIt(t, one, h.ID, desk.Closing{LeaveBehind: 1})
	correction := open(t, one, desk.Opening{Corrects: h.ID})
	y.takes(t, two, correction, one)
	two.misses(t, 0)
	if res := scanOnto(t, two, correction.ID, string(numberOf(t, one, "A"))); res.Code != "handed_over" {
		t.Errorf("scanned onto the correction it comes to %s %q", res.Code, res.Message)
	}
}
