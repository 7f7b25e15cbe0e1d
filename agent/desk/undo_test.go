package desk_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"waybill/agent"
	"waybill/agent/desk"
	"waybill/agent/handoff"
	"waybill/printer"
	"waybill/scanner"
	"waybill/shipment"
)

// TestUndoTakesThisStationsScansAlone takes a pick-up over from a station whose
// scanner has the same name, and which sends a scan late.
func TestUndoTakesThisStationsScansAlone(t *testing.T) {
	t.Parallel()
	const undo = shipment.TrackingNumber("WBC:UNDO")
	y, one, two := newDockyard(t, "A", "B", "C")
	h := open(t, one, desk.Opening{Carrier: "usps", By: "Kim"})
	one.dock(t, numberOf(t, one, "A"), "handed_over")
	y.meet(t)
	one.dock(t, numberOf(t, one, "B"), "handed_over") // the hub has not heard of it
	if _, err := two.TakeOverHandoff(t.Context(), y, h.ID, desk.TakingOver{From: "bench-1", By: "Sam"}); err != nil {
		t.Fatal(err)
	}
	nothing := func(u desk.Undoing) {
		t.Helper()
		if _, e, err := two.UndoHandoff(t.Context(), desk.Once{}, h.ID, u); !errors.Is(err, handoff.ErrEmpty) || !strings.Contains(err.Error(), "tracking_number") {
			t.Errorf("%+v takes back order %s of station %q, error %v", u, e.Order, e.Station, err)
		}
	}
	two.dock(t, undo, "nothing_to_undo")
	nothing(desk.Undoing{})
	two.dock(t, numberOf(t, one, "C"), "handed_over")
	y.meet(t) // B comes to light, after C
	if on := ordersOn(two.handoff(t, h.ID).Entries); len(on) != 3 {
		t.Fatalf("on it are %v", on)
	}
	if got := two.dock(t, undo, "undone"); !strings.Contains(got, "Order C") {
		t.Errorf("UNDO says %q", got)
	}
	for _, u := range []desk.Undoing{{Scanner: "gun"}, {}} {
		two.dock(t, numberOf(t, one, "C"), "handed_over")
		if _, e, err := two.UndoHandoff(t.Context(), desk.Once{}, h.ID, u); err != nil || e.Order != "C" {
			t.Errorf("%+v takes back order %s of station %q, error %v", u, e.Order, e.Station, err)
		}
	}
	two.dock(t, undo, "nothing_to_undo")
	nothing(desk.Undoing{Scanner: "gun"})
	if _, e, err := two.UndoHandoff(t.Context(), desk.Once{}, h.ID, desk.Undoing{Number: numberOf(t, one, "B")}); err != nil || e.Order != "B" {
		t.Errorf("by its number: order %s, error %v", e.Order, err)
	}
}

// TestUndoDoesNotFollowTheClock holds that UNDO takes what was scanned last, where
// two pick-ups are open and the clock was set back between two scans.
func TestUndoDoesNotFollowTheClock(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground, express)
	a := r.print(t, "A")
	o := order("B")
	o.Service = express.Service
	b := r.take(t, o, agent.Accepted)
	r.move(t, b.Parcels[0].Job, printer.Sending, printer.Sent, printer.Confirmed)
	for _, p := range []desk.Pool{ground, express} {
		open(t, r, desk.Opening{Carrier: p.Carrier, Service: p.Service})
	}
	for _, s := range []agent.State{a, b} {
		if res := r.scan(t, scanner.Dock, string(s.Parcels[0].TrackingNumber)); res.Code != "handed_over" {
			t.Fatalf("%+v", res)
		}
		r.now = r.now.Add(-10 * time.Minute)
	}
	r.start(t)
	for _, want := range []shipment.OrderID{"B", "A"} {
		if res := r.scan(t, scanner.Dock, "WBC:UNDO"); res.Code != "undone" || res.Order != want {
			t.Errorf("UNDO: %s of order %s; want %s", res.Code, res.Order, want)
		}
	}
}
