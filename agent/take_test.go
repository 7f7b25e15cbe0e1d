package agent_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/agent"
	"waybill/configs"
	"waybill/printer"
	"waybill/shipment"
	"waybill/shipment/carrier"
)

// rules returns the rules that ship with the program.
func rules(t testing.TB) agent.Rules {
	t.Helper()
	r, err := carrier.ParseRules(configs.Rules)
	if err != nil {
		t.Fatal(err)
	}
	return agent.Rules{Carriers: carrier.Default(), Rules: r, ShipFrom: shipment.Address{Name: "Goods", Line1: "1 Main St", City: "Vernon", Region: "CA", PostalCode: "90058", Country: "US"}}
}

// goods returns an order of n parcels that goes with USPS Ground Advantage.
func goods(n int) shipment.Order {
	o := shipment.Order{
		ID:     "A",
		ShipTo: shipment.Address{Name: "Zoe", Line1: "1600 Amphitheatre Pkwy", City: "Mountain View", Region: "CA", PostalCode: "94043", Country: "US"},
		Items:  []shipment.Item{{SKU: "S", Quantity: 1, Weight: 100}}, Carrier: "usps", Service: "usps_ground_advantage",
	}
	for range n {
		o.Parcels = append(o.Parcels, shipment.Parcel{Weight: 100})
	}
	return o
}

func arrival(o shipment.Order, digest string) agent.Arrival {
	return agent.Arrival{Order: o, From: "a.json", Digest: digest, At: at}
}

// pool hands out left numbers, then none.
type pool struct{ left, next int }

func (p *pool) take(shipment.CarrierID, shipment.ServiceID) (shipment.TrackingNumber, string, error) {
	if p.left == 0 {
		return "", "", agent.ErrNoNumbers
	}
	p.left--
	p.next++
	return shipment.TrackingNumber(fmt.Sprintf("9205590300000000%06d", p.next)), "range-1", nil
}

func numbersOf(s agent.State) []shipment.TrackingNumber {
	var list []shipment.TrackingNumber
	for _, p := range s.Parcels {
		list = append(list, p.TrackingNumber)
	}
	return list
}

func TestTakeIsIdempotent(t *testing.T) {
	t.Parallel()
	r, numbers := rules(t), &pool{left: 9}
	s, effects, taken, err := r.Take(nil, arrival(goods(2), "d1"), numbers.take)
	if err != nil || taken != agent.Accepted || s.Stage() != agent.Labelling {
		t.Fatalf("taken %s, stage %s, why %+v, error %v", taken, s.Stage(), s.Why, err)
	}
	if diff := cmp.Diff([]shipment.EventType{"order.accepted", "carrier.assigned", "tracking.assigned", "tracking.assigned"}, facts(effects)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	for digest, want := range map[string]agent.Taken{"d1": agent.AlreadyTaken, "d2": agent.Changed} {
		again, effects, taken, err := r.Take(&s, arrival(goods(2), digest), numbers.take)
		if err != nil || taken != want || len(effects) != 0 {
			t.Errorf("%s: taken %s with %d effects, error %v; want %s", digest, taken, len(effects), err, want)
		}
		if diff := cmp.Diff(s, again); diff != "" {
			t.Errorf("%s changed the order:\n%s", digest, diff)
		}
	}
	if numbers.left != 7 {
		t.Errorf("%d numbers left, want 7", numbers.left)
	}
}

func TestARefusedOrderMendedIsTaken(t *testing.T) {
	t.Parallel()
	r, numbers := rules(t), &pool{left: 9}
	bad := goods(1)
	bad.ShipTo.PostalCode = "62701"
	bad.Items[0].Quantity = 0
	s, effects, taken, err := r.Take(nil, arrival(bad, "bad"), numbers.take)
	if err != nil || taken != agent.Rejected || s.Stage() != agent.Refused {
		t.Fatalf("taken %s, stage %s, error %v", taken, s.Stage(), err)
	}
	if diff := cmp.Diff([]shipment.EventType{"order.rejected"}, facts(effects)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	var fields []string
	for _, p := range s.Why.Problems {
		fields = append(fields, p.Field)
	}
	if diff := cmp.Diff([]string{"items[0].quantity", "ship_to.postal_code"}, fields); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	if _, effects, taken, _ := r.Take(&s, arrival(bad, "bad"), numbers.take); taken != agent.Rejected || len(effects) != 0 {
		t.Errorf("the same refusal again: %s, %d effects", taken, len(effects))
	}
	if s, _, taken, err = r.Take(&s, arrival(goods(1), "good"), numbers.take); err != nil || taken != agent.Accepted || s.Why != nil {
		t.Errorf("mended: %s, why %+v, error %v", taken, s.Why, err)
	}
}

// A number that an order was given stays its own while a person mends the
// order, and what is mended shows on the label.
func TestNumbersAreKeptOverRetries(t *testing.T) {
	t.Parallel()
	r, numbers := rules(t), &pool{left: 9}
	s, _, _, err := r.Take(nil, arrival(goods(2), "d1"), numbers.take)
	if err != nil {
		t.Fatal(err)
	}
	had := numbersOf(s)
	s, effects := s.Step(agent.Unlabelled{Digest: "d1", Problem: shipment.Problem{Field: "label", Code: "unprintable", Message: "no glyph"}, At: at})
	if s.Stage() != agent.Refused || len(facts(effects)) != 1 {
		t.Fatalf("stage %s, events %v", s.Stage(), facts(effects))
	}
	mended := goods(2)
	mended.Parcels[1].Weight = 250
	s, _, taken, err := r.Take(&s, arrival(mended, "d2"), numbers.take)
	if err != nil || taken != agent.Accepted {
		t.Fatalf("taken %s, error %v", taken, err)
	}
	if diff := cmp.Diff(had, numbersOf(s)); diff != "" || numbers.left != 7 {
		t.Errorf("%d left, want 7; numbers (-want +got):\n%s", numbers.left, diff)
	}
	if s.Parcels[1].Weight != 250 {
		t.Errorf("weight %d, want the mended 250", s.Parcels[1].Weight)
	}
}

// An order's own number is not kept once the order has it no more.
func TestAnOrdersOwnNumberGoesWithTheOrder(t *testing.T) {
	t.Parallel()
	r, numbers := rules(t), &pool{left: 9}
	own := goods(1)
	own.TrackingNumber = "9205590300000000000017"
	s, _, taken, err := r.Take(nil, arrival(own, "d1"), numbers.take)
	if err != nil || taken != agent.Accepted || numbersOf(s)[0] != own.TrackingNumber {
		t.Fatalf("taken %s as %v, error %v", taken, numbersOf(s), err)
	}
	s, _ = s.Step(agent.Unlabelled{Digest: "d1", Problem: shipment.Problem{Code: "label"}, At: at})
	s, _, _, err = r.Take(&s, arrival(goods(1), "d2"), numbers.take)
	if err != nil || numbersOf(s)[0] == own.TrackingNumber || s.Parcels[0].Origin != "range" {
		t.Errorf("parcels %+v, error %v", s.Parcels, err)
	}
}

func TestANumberOfAnotherCarrierIsRefused(t *testing.T) {
	t.Parallel()
	o := goods(1)
	o.TrackingNumber = "1Z999AA10123456784"
	s, effects, taken, err := rules(t).Take(nil, arrival(o, "d"), (&pool{}).take)
	if err != nil || taken != agent.Rejected || s.Why.Code != "carrier_mismatch" {
		t.Fatalf("taken %s, why %+v, error %v", taken, s.Why, err)
	}
	if diff := cmp.Diff([]shipment.EventType{"order.rejected"}, facts(effects)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

// Where the rules are not those that the orders are for, every order waits, and says why.
func TestHeldForRulesThenResumed(t *testing.T) {
	t.Parallel()
	const why = "the hub's rules are not usable here"
	r, numbers := rules(t), &pool{left: 9}
	r.Hold = why
	s, effects, taken, err := r.Take(nil, arrival(goods(1), "d"), numbers.take)
	if err != nil || taken != agent.OnHold || s.Stage() != agent.Held || s.Why.Code != agent.NoRule || s.Why.Message != why || numbers.left != 9 {
		t.Fatalf("taken %s, why %+v, %d numbers left, error %v", taken, s.Why, numbers.left, err)
	}
	if diff := cmp.Diff([]shipment.EventType{"order.accepted", "order.held"}, facts(effects)); diff != "" {
		t.Errorf("held: events (-want +got):\n%s", diff)
	}
	if s, effects, taken, err = r.Resume(s, at, numbers.take); err != nil || taken != agent.OnHold || len(effects) != 0 {
		t.Errorf("still none: %s with %v, error %v", taken, facts(effects), err)
	}
	r.Hold = ""
	if s, _, taken, err = r.Resume(s, at, numbers.take); err != nil || taken != agent.Accepted || s.Stage() != agent.Labelling {
		t.Errorf("taken %s, stage %s, error %v", taken, s.Stage(), err)
	}
}

// An order that waits for numbers is known to the hub, keeps each number it
// wins, tells the wait once, and goes on by itself.
func TestHeldForNumbersThenResumed(t *testing.T) {
	t.Parallel()
	r, numbers := rules(t), &pool{left: 1}
	s, effects, taken, err := r.Take(nil, arrival(goods(3), "d"), numbers.take)
	if err != nil || taken != agent.OnHold || s.Stage() != agent.Held || s.Why.Code != agent.NoNumber {
		t.Fatalf("taken %s, stage %s, error %v", taken, s.Stage(), err)
	}
	if diff := cmp.Diff([]shipment.EventType{"order.accepted", "carrier.assigned", "tracking.assigned", "order.held"}, facts(effects)); diff != "" {
		t.Errorf("held: events (-want +got):\n%s", diff)
	}
	first := numbersOf(s)[0]
	s, effects, taken, err = r.Resume(s, at, numbers.take)
	if err != nil || taken != agent.OnHold || len(effects) != 0 {
		t.Errorf("still none: %s with %v, error %v", taken, facts(effects), err)
	}
	numbers.left = 1
	s, effects, _, _ = r.Resume(s, at, numbers.take)
	if diff := cmp.Diff([]shipment.EventType{"carrier.assigned", "tracking.assigned", "order.held"}, facts(effects)); diff != "" {
		t.Errorf("one more: events (-want +got):\n%s", diff)
	}
	numbers.left = 5
	s, effects, taken, err = r.Resume(s, at, numbers.take)
	if err != nil || taken != agent.Accepted || s.Stage() != agent.Labelling {
		t.Fatalf("taken %s, stage %s, error %v", taken, s.Stage(), err)
	}
	if diff := cmp.Diff([]shipment.EventType{"carrier.assigned", "tracking.assigned"}, facts(effects)); diff != "" {
		t.Errorf("resumed: events (-want +got):\n%s", diff)
	}
	seen := map[shipment.TrackingNumber]bool{}
	for _, n := range numbersOf(s) {
		seen[n] = true
	}
	if len(seen) != 3 || numbersOf(s)[0] != first || numbers.next != 3 {
		t.Errorf("numbers %v of %d drawn; the first was %s", numbersOf(s), numbers.next, first)
	}
	if _, effects, taken, _ := r.Resume(s, at, numbers.take); taken != agent.AlreadyTaken || len(effects) != 0 {
		t.Errorf("resumed again: %s", taken)
	}
}

func TestTakeDecidesNothingWithoutItsNumbers(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk")
	_, effects, _, err := rules(t).Take(nil, arrival(goods(1), "d"), func(shipment.CarrierID, shipment.ServiceID) (shipment.TrackingNumber, string, error) {
		return "", "", broken
	})
	if !errors.Is(err, broken) || len(effects) != 0 {
		t.Errorf("error %v, events %v", err, facts(effects))
	}
}

func TestAHeldOrderCanBeVoidedAndSaysSo(t *testing.T) {
	t.Parallel()
	r := rules(t)
	s, _, _, err := r.Take(nil, arrival(goods(2), "d"), (&pool{}).take)
	if err != nil {
		t.Fatal(err)
	}
	s, effects := s.Step(agent.Void{Reason: "buyer cancelled", At: at})
	if s.Stage() != agent.Voided {
		t.Errorf("stage %s", s.Stage())
	}
	if diff := cmp.Diff([]shipment.EventType{"label.voided", "label.voided"}, facts(effects)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	if next, effects, taken, _ := r.Resume(s, at, (&pool{left: 9}).take); taken != agent.AlreadyTaken || len(effects) != 0 || next.Stage() != agent.Voided {
		t.Errorf("a voided order went on: %s", taken)
	}
	if _, _, taken, _ := r.Take(&s, arrival(goods(2), "d"), (&pool{left: 9}).take); taken != agent.AlreadyTaken {
		t.Errorf("the same order again: %s", taken)
	}
	again, _, taken, _ := r.Take(&s, arrival(goods(2), "corrected"), (&pool{left: 9}).take)
	if taken != agent.Accepted || again.Stage() != agent.Labelling {
		t.Errorf("the corrected order: %s, stage %s", taken, again.Stage())
	}
}

func TestABoughtNumberSaysItsCarrier(t *testing.T) {
	t.Parallel()
	o := goods(1)
	o.Carrier, o.Service, o.TrackingNumber = "", "", "1Z999AA10123456784"
	s, _, taken, err := rules(t).Take(nil, arrival(o, "d"), (&pool{}).take)
	if err != nil || taken != agent.Accepted || s.Carrier != "ups" || s.Parcels[0].Origin != "order" {
		t.Errorf("%s with %s, error %v, why %+v", taken, s.Carrier, err, s.Why)
	}
}

// What is made of an order's old content is nothing to the corrected one, and
// an old label that is still in flight never prints again.
func TestTheVoidedStaysVoided(t *testing.T) {
	t.Parallel()
	r, numbers := rules(t), &pool{left: 9}
	old, _, _, err := r.Take(nil, arrival(goods(1), "old"), numbers.take)
	if err != nil {
		t.Fatal(err)
	}
	job := printer.Job{ID: "old-job", Ref: "A-1", Role: "shipping", Labels: []printer.Label{{K: 1, State: printer.Sending}}}
	s, _ := old.Step(agent.Void{Reason: "wrong address", At: at})
	s, _, taken, err := r.Take(&s, arrival(goods(1), "new"), numbers.take)
	if err != nil || taken != agent.Accepted {
		t.Fatalf("taken %s, error %v", taken, err)
	}
	if next, effects := s.Step(agent.Labelled{Digest: "old", Jobs: []printer.Job{job}, At: at}); len(effects) != 0 || next.Stage() != agent.Labelling {
		t.Errorf("the old label was queued for the corrected order: stage %s", next.Stage())
	}
	back := job.With(printer.Label{K: 1, State: printer.Queued})
	_, effects := s.Step(agent.LabelMoved{Before: job, After: back, At: at})
	if len(effects) != 1 {
		t.Fatalf("%d effects", len(effects))
	}
	if k, ok := effects[0].(agent.Keep); !ok || k.Job.Labels[0].State != printer.Cancelled {
		t.Errorf("the voided label may print: %+v", effects[0])
	}
	if _, _, taken, _ := r.Take(&s, arrival(goods(1), "old"), numbers.take); taken != agent.AlreadyTaken {
		t.Errorf("a late repeat of the old content: %s", taken)
	}
}

// TestTakePromisesInTheWarehousesZone holds that cut-offs are the warehouse's:
// noon UTC is before 17:00 in Los Angeles, and after it in Tokyo.
func TestTakePromisesInTheWarehousesZone(t *testing.T) {
	promise := func(zone string) shipment.Promise {
		location, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		r, in := rules(t), arrival(goods(1), "d")
		r.Location, in.At = location, time.Date(2026, 11, 17, 12, 0, 0, 0, time.UTC) // a Tuesday
		s, _, taken, err := r.Take(nil, in, (&pool{left: 1}).take)
		if err != nil || taken != agent.Accepted {
			t.Fatalf("%s, %v", taken, err)
		}
		return s.Promise
	}
	for zone, want := range map[string]shipment.Promise{
		"America/Los_Angeles": {Earliest: "2026-11-19", Latest: "2026-11-23"},
		"Asia/Tokyo":          {Earliest: "2026-11-20", Latest: "2026-11-24"},
	} {
		if got := promise(zone); got != want {
			t.Errorf("%s: %+v, want %+v", zone, got, want)
		}
	}
}
