package desk_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/agent"
	"waybill/agent/desk"
	"waybill/agent/intake"
	"waybill/shipment"
)

// TestNumbersAreHeldBack holds that no leased number is given out while the hub
// has another history of the station, also after a restart, and that the orders
// go on afterwards.
func TestNumbersAreHeldBack(t *testing.T) {
	t.Parallel()
	const why = "the journal was restored; stop the station and run 'waybill journal new-epoch'"
	r := newRig(t, nil)
	r.stock(t, ground)
	r.take(t, order("A"), agent.Accepted)
	r.HoldNumbers(why)
	r.HoldNumbers(why)
	check := func(id string) {
		t.Helper()
		s := r.take(t, order(id), agent.OnHold)
		if s.Stage() != agent.Held || s.Why.Code != agent.NoNumber || s.Why.Message != why || s.Parcels[0].TrackingNumber != "" {
			t.Errorf("%s: %+v, %+v", id, s.Why, s.Parcels)
		}
	}
	check("B")
	r.start(t) // the hub need not be there for the station to remember
	check("C")
	if err := r.refill(t, 20, ground); err != nil {
		t.Fatal(err)
	}
	if got := r.state(t, "B").Stage(); got != agent.Held {
		t.Errorf("refilled, B is %s", got)
	}
	// One that brings its number needs none of ours.
	own := order("D")
	own.Carrier, own.Service, own.TrackingNumber = "ups", "ups_ground", "1Z999AA10123456784"
	r.take(t, own, agent.Accepted)

	low := r.low.Load()
	r.HoldNumbers("")
	r.HoldNumbers("")
	if n := r.low.Load() - low; n != 1 {
		t.Errorf("the numbers' keeper was woken %d times", n)
	}
	for range 2 {
		if err := r.refill(t, 20, ground); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{"B", "C"} {
		if s := r.state(t, id); s.Stage() != agent.Printing || s.Parcels[0].TrackingNumber == "" {
			t.Errorf("released, %s is %s", id, s.Stage())
		}
	}
}

// TestANewEpochForgetsTheLeases holds that nothing leased before is used after,
// and that the hold ends with it.
func TestANewEpochForgetsTheLeases(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	r.stock(t, ground)
	before := r.take(t, order("A"), agent.Accepted).Parcels[0]
	r.HoldNumbers("forked")
	r.take(t, order("B"), agent.OnHold)
	done, err := r.journal.NewEpoch(t.Context(), 0, desk.PerishableKinds()...)
	if err != nil || done.Dropped["lease"] != 1 || done.Dropped["lease_wish"] != 1 {
		t.Fatalf("%+v, %v", done, err)
	}
	r.start(t)
	if err := r.refill(t, 20, ground); err != nil {
		t.Fatal(err)
	}
	after := r.state(t, "B").Parcels[0]
	if after.Range == before.Range || after.TrackingNumber == before.TrackingNumber || after.TrackingNumber == "" {
		t.Errorf("before %+v, after %+v", before, after)
	}
}

// TestAnOrderTooLargeForAnEventIsRefused holds it for the hot folder; the API
// asks the same.
func TestAnOrderTooLargeForAnEventIsRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	big := `{"order_id":"BIG","note":"` + strings.Repeat("x", shipment.MaxOrderBytes) + `",
		"ship_to":{"name":"Jo Park","line1":"1 Main St","city":"Vernon","region":"CA","postal_code":"90058","country":"US"},
		"items":[{"sku":"A","quantity":1,"weight_g":100}]}`
	doc := intake.Document{Name: "big.json", SHA256: "x", Entries: intake.Parse("big.json", []byte(big), intake.Options{})}
	out, err := r.Take(t.Context(), doc)
	if err != nil {
		t.Fatal(err)
	}
	if len(out) != 1 || out[0].Status != intake.Rejected || len(out[0].Problems) != 1 || out[0].Problems[0].Code != "too_large" {
		t.Errorf("%+v", out)
	}
	if diff := cmp.Diff([]shipment.EventType{"order.rejected"}, r.events(t, "BIG")); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}
