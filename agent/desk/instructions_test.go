package desk_test

import (
	"strings"
	"testing"
	"time"

	"waybill/agent"
	"waybill/internal/fault"
	"waybill/printer"
	"waybill/scanner"
	"waybill/shipment"
	"waybill/sync/wire"
)

// told has the hub say something, as the n-th of all.
func (r *rig) told(t *testing.T, n int64, order string, a wire.Action) {
	t.Helper()
	err := r.Instruct(t.Context(), []wire.Instruction{{
		Sequence: n, Order: shipment.OrderID(order), Action: a, Reason: "unpaid", At: wire.Timestamp(morning.Add(time.Duration(n) * time.Second)),
	}})
	if err != nil {
		t.Fatal(err)
	}
}

// TestAPrintedOrderIsHeldAtTheDock holds a parcel that is on paper, over a restart,
// and lets it go again.
func TestAPrintedOrderIsHeldAtTheDock(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	s := r.print(t, "A")
	number := s.Parcels[0].TrackingNumber
	r.told(t, 1, "A", wire.ActionHold)
	r.told(t, 1, "A", wire.ActionHold)
	r.start(t)
	if got := r.dock(t, number, agent.OnHubHold); !strings.Contains(got, "unpaid") {
		t.Errorf("the dock does not say why: %s", got)
	}
	if last, found, err := r.HeardInstruction(t.Context()); !found || err != nil || last.Sequence != 1 {
		t.Errorf("heard %+v, %v, %v", last, found, err)
	}
	r.told(t, 2, "A", wire.ActionRelease)
	r.dock(t, number, "handed_over")
	r.told(t, 3, "A", wire.ActionCancel)
	if n := r.count(t, shipment.OrderInstructedType); n != 3 {
		t.Errorf("%d events of instructions, want 3", n)
	}
	if got := r.state(t, "A"); got.Void != "" || got.Stage() != agent.HandedOver {
		t.Errorf("cancelled too late it is %s", got.Stage())
	}
}

// TestACancelledOrderPrintsNothingMore cancels an order whose label waits for the
// printer, and has it come again.
func TestACancelledOrderPrintsNothingMore(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	s := r.take(t, order("A"), agent.Accepted)
	r.told(t, 1, "A", wire.ActionCancel)
	if got := r.states(t, s.Parcels[0].Job); got[0] != printer.Cancelled {
		t.Errorf("its label is %s", got[0])
	}
	if got := r.dock(t, s.Parcels[0].TrackingNumber, agent.Cancelled); !strings.Contains(got, "unpaid") {
		t.Errorf("the dock does not say why: %s", got)
	}
	again := order("A")
	r.take(t, again, agent.AlreadyTaken)
	again.ShipTo.Name = "Another"
	for range 2 {
		if s := r.take(t, again, agent.Rejected); s.Why.Code != agent.Cancelled {
			t.Errorf("it came otherwise: %+v", s.Why)
		}
	}
	r.dock(t, s.Parcels[0].TrackingNumber, agent.Cancelled)
	if made := r.labels.made.Load(); made != 1 {
		t.Errorf("%d labels were made", made)
	}
}

// TestAWordComesBeforeItsOrder has the hub hold one order and cancel another before
// they come, with no hub there when they do.
func TestAWordComesBeforeItsOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	r.told(t, 1, "H", wire.ActionHold)
	r.told(t, 2, "C", wire.ActionCancel)
	r.start(t)
	held := r.take(t, order("H"), agent.Accepted)
	if held.Stage() != agent.Labelling || r.labels.made.Load() != 0 {
		t.Errorf("held, it is %s, and %d labels were made", held.Stage(), r.labels.made.Load())
	}
	if s := r.take(t, order("C"), agent.Rejected); s.Why.Code != agent.Cancelled || !strings.Contains(s.Why.Message, "unpaid") {
		t.Errorf("cancelled: %+v", s.Why)
	}
	r.now = r.now.Add(time.Minute)
	if err := r.Resume(t.Context(), time.Second); err != nil || r.labels.made.Load() != 0 {
		t.Errorf("resumed: %v, %d labels were made", err, r.labels.made.Load())
	}
	r.told(t, 3, "H", wire.ActionRelease)
	r.now = r.now.Add(time.Minute)
	if err := r.Resume(t.Context(), time.Second); err != nil || r.labels.made.Load() != 1 {
		t.Errorf("released: %v, %d labels were made", err, r.labels.made.Load())
	}
	if got := r.state(t, "H").Stage(); got != agent.Printing {
		t.Errorf("released it is %s", got)
	}
}

// TestAHoldMeetsALabelInTheMaking holds an order while its label is made: none is
// queued then, and the released order gets one.
func TestAHoldMeetsALabelInTheMaking(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	r.labels.during = func(agent.Parcel) error {
		r.labels.during = nil
		r.told(t, 1, "A", wire.ActionHold)
		return nil
	}
	if s := r.take(t, order("A"), agent.Accepted); s.Stage() != agent.Labelling || s.Parcels[0].Job != "" {
		t.Errorf("held while its label was made, it is %s with job %q", s.Stage(), s.Parcels[0].Job)
	}
	r.told(t, 2, "A", wire.ActionRelease)
	r.now = r.now.Add(time.Minute)
	if err := r.Resume(t.Context(), time.Second); err != nil || r.state(t, "A").Stage() != agent.Printing {
		t.Errorf("released: %v, %s", err, r.state(t, "A").Stage())
	}
}

// TestAllOrNothingIsTaken has an action come that this version does not know: none of
// the page counts, since none may be passed over.
func TestAllOrNothingIsTaken(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	s := r.print(t, "A")
	err := r.Instruct(t.Context(), []wire.Instruction{
		{Sequence: 1, Order: "A", Action: wire.ActionHold, At: wire.Timestamp(morning)},
		{Sequence: 2, Order: "B", Action: "split", At: wire.Timestamp(morning)},
	})
	wantKind(t, err, fault.Permanent)
	if _, found, err := r.HeardInstruction(t.Context()); found || err != nil {
		t.Errorf("heard something: %v", err)
	}
	if res := r.scan(t, scanner.Dock, string(s.Parcels[0].TrackingNumber)); res.Code != "handed_over" {
		t.Errorf("at the dock: %s", res.Code)
	}
}
