package tracking_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// history seals facts about order as station's events from sequence first on,
// one minute apart.
func history(t interface{ Fatalf(string, ...any) }, station shipment.StationID, order shipment.OrderID, first int64, facts ...shipment.Fact) []wire.Envelope {
	var es []wire.Envelope
	for i, f := range facts {
		e, err := shipment.NewEvent(noon.Add(time.Duration(int(first)+i)*time.Minute), order, f)
		if err != nil {
			t.Fatalf("NewEvent: %v", err)
		}
		e.ID = fmt.Sprintf("%s-%d", station, first+int64(i))
		pos := wire.Position{Epoch: 1, Sequence: first + int64(i) - 1, Hash: wire.Genesis}
		env, _, err := wire.Seal(station, e, pos, wire.Clock{Local: time.FixedZone("", -8*3600)})
		if err != nil {
			t.Fatalf("Seal: %v", err)
		}
		es = append(es, env)
	}
	return es
}

func story(t interface{ Fatalf(string, ...any) }, es []wire.Envelope) tracking.Shipment {
	var s tracking.Shipment
	for _, e := range es {
		next, err := s.Apply(e)
		if err != nil {
			t.Fatalf("Apply %s: %v", e.Type, err)
		}
		s = next
	}
	return s
}

func order(id shipment.OrderID, boxes int) shipment.Order {
	return shipment.Order{
		ID: id, Channel: "tiktok_shop",
		ShipFrom: shipment.Address{Name: "Shop", Line1: "2800 E Vernon Ave", City: "Los Angeles", Region: "CA", Country: "US"},
		ShipTo:   shipment.Address{Name: "Mary Secret", Line1: "12 Hidden Lane", City: "Albany", Region: "NY", PostalCode: "12207", Country: "US", Phone: "5550100"},
		Items:    []shipment.Item{{SKU: "A", Quantity: 1}},
		Parcels:  make([]shipment.Parcel, boxes),
	}
}

func journey(id shipment.OrderID) []shipment.Fact {
	p := id.Parcel(1)
	return []shipment.Fact{
		shipment.OrderAccepted{Order: order(id, 1)},
		shipment.AddressCorrected{Changes: []shipment.Change{{Field: "city", Old: "Albny", New: "Albany"}}},
		shipment.CarrierAssigned{Carrier: "ups", Service: "ground", Promise: shipment.Promise{Earliest: "2026-11-24", Latest: "2026-11-26"}},
		shipment.TrackingAssigned{Parcel: p, Carrier: "ups", TrackingNumber: "1Z999AA10123456784"},
		shipment.LabelPrinted{Parcel: p, Label: 1, Of: 1, Evidence: "E3"},
		shipment.ParcelScanned{Parcel: p, TrackingNumber: "1Z999AA10123456784"},
		shipment.ParcelHandedOver{Parcel: p, TrackingNumber: "1Z999AA10123456784", Carrier: "ups"},
	}
}

func TestJourney(t *testing.T) {
	id := shipment.OrderID("576461413038785752")
	want := []struct {
		milestone tracking.Milestone
		headline  string
		step      int
	}{
		{tracking.OrderConfirmed, "Your order is confirmed.", 1},
		{tracking.OrderConfirmed, "Your order is confirmed.", 1},
		{tracking.OrderConfirmed, "Your order is confirmed.", 1},
		{tracking.OrderConfirmed, "Your order is confirmed.", 1},
		{tracking.LabelCreated, "Your parcel is being prepared.", 1},
		{tracking.Packed, "Your parcel is packed.", 2},
		{tracking.HandedOver, "Your parcel is with the carrier.", 3},
	}
	var s tracking.Shipment
	for i, e := range history(t, "bench-1", id, 1, journey(id)...) {
		var err error
		if s, err = s.Apply(e); err != nil {
			t.Fatalf("Apply %s: %v", e.Type, err)
		}
		if s.Milestone != want[i].milestone || s.Headline() != want[i].headline || s.Milestone.Step() != want[i].step {
			t.Errorf("after %s: %s, %q, step %d; want %+v", e.Type, s.Milestone, s.Headline(), s.Milestone.Step(), want[i])
		}
	}
	if got, want := s.Expectation(), "Expected Tue 24 – Thu 26 November"; got != want {
		t.Errorf("Expectation() = %q, want %q", got, want)
	}
	wantParcels := []tracking.Parcel{{
		ID: id.Parcel(1), Milestone: tracking.HandedOver, Carrier: "ups", Service: "ground", TrackingNumber: "1Z999AA10123456784",
	}}
	if diff := cmp.Diff(wantParcels, s.Parcels); diff != "" {
		t.Errorf("parcels (-want +got):\n%s", diff)
	}
	var lines []string
	for _, e := range s.ForBuyer() {
		lines = append(lines, fmt.Sprintf("%s %s %s", e.TZOffset, e.Place, e.Text))
	}
	wantLines := []string{
		"-08:00 Los Angeles, CA, US Order confirmed",
		"-08:00 Los Angeles, CA, US Tracking number assigned",
		"-08:00 Los Angeles, CA, US Shipping label made",
		"-08:00 Los Angeles, CA, US Packed and checked",
		"-08:00 Los Angeles, CA, US Handed to the carrier",
	}
	if diff := cmp.Diff(wantLines, lines); diff != "" {
		t.Errorf("buyer's timeline (-want +got):\n%s", diff)
	}
}

// Nothing that leads to a person or a door may be in the story.
func TestStoryHoldsNoPerson(t *testing.T) {
	s := story(t, history(t, "bench-1", "o1", 1, journey("o1")...))
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"Mary", "Secret", "Hidden", "12207", "5550100", "Vernon"} {
		if strings.Contains(string(b), secret) {
			t.Errorf("the story holds %q", secret)
		}
	}
}

func TestStories(t *testing.T) {
	id := shipment.OrderID("o1")
	p1, p2 := id.Parcel(1), id.Parcel(2)
	accepted := shipment.OrderAccepted{Order: order(id, 1)}
	held := shipment.OrderHeld{Reason: "needs_address", Message: "the street is missing"}
	printed := shipment.LabelPrinted{Parcel: p1, Label: 1, Of: 1}
	handed, back := shipment.ParcelHandedOver{Parcel: p1, Handoff: "h"}, shipment.ParcelTakenBack{Parcel: p1, Handoff: "h"}
	tests := []struct {
		name      string
		facts     []shipment.Fact
		milestone tracking.Milestone
		headline  string
		held      bool
		rejected  bool
	}{
		{"held waits", []shipment.Fact{accepted, held}, tracking.OrderConfirmed, "Your order is on hold at the shop.", true, false},
		{"printed label ends the wait", []shipment.Fact{accepted, held, printed}, tracking.LabelCreated, "Your parcel is being prepared.", false, false},
		{"rejected only", []shipment.Fact{shipment.OrderRejected{Problems: shipment.Problems{{Code: "missing", Message: "no items"}}}}, "", "The shop is looking into your order.", false, true},
		{"refused after it was taken", []shipment.Fact{accepted, shipment.OrderRejected{}}, tracking.OrderConfirmed, "The shop is looking into your order.", false, true},
		{"mended and taken again", []shipment.Fact{shipment.OrderRejected{}, accepted}, tracking.OrderConfirmed, "Your order is confirmed.", false, false},
		{"hand-off scan alone", []shipment.Fact{shipment.ParcelHandedOver{Parcel: p1, Carrier: "usps"}}, tracking.HandedOver, "Your parcel is with the carrier.", false, false},
		{"voided", []shipment.Fact{accepted, printed, shipment.LabelVoided{Parcel: p1, Reason: "wrong weight"}}, tracking.Cancelled, "The shipping label was withdrawn.", false, false},
		{"voided, made anew", []shipment.Fact{accepted, printed, shipment.LabelVoided{Parcel: p1}, printed}, tracking.LabelCreated, "Your parcel is being prepared.", false, false},
		{"voided after leaving, and taken back", []shipment.Fact{accepted, handed, shipment.LabelVoided{Parcel: p1}, back}, tracking.Cancelled, "The shipping label was withdrawn.", false, false},
		{"the same, made anew before", []shipment.Fact{accepted, handed, shipment.LabelVoided{Parcel: p1}, printed, back}, tracking.Packed, "Your parcel is packed.", false, false},
		{"voided after leaving", []shipment.Fact{accepted, shipment.ParcelHandedOver{Parcel: p1}, shipment.LabelVoided{Parcel: p1}}, tracking.HandedOver, "Your parcel is with the carrier.", false, false},
		{"one of two handed over", []shipment.Fact{shipment.OrderAccepted{Order: order(id, 2)}, shipment.ParcelHandedOver{Parcel: p2}}, tracking.OrderConfirmed, "1 of 2 parcels is with the carrier.", false, false},
		{"two packed", []shipment.Fact{shipment.OrderAccepted{Order: order(id, 2)}, shipment.ParcelScanned{Parcel: p2}, shipment.ParcelScanned{Parcel: p1}}, tracking.Packed, "Your 2 parcels are packed.", false, false},
		{"unconfirmed label moves nothing", []shipment.Fact{accepted, shipment.LabelUnconfirmed{Parcel: p1}}, tracking.OrderConfirmed, "Your order is confirmed.", false, false},
		{"refused scan moves nothing", []shipment.Fact{accepted, shipment.ScanRefused{ScanEvidence: shipment.ScanEvidence{Code: "wrong_parcel"}}}, tracking.OrderConfirmed, "Your order is confirmed.", false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := story(t, history(t, "b", id, 1, tt.facts...))
			if s.Milestone != tt.milestone || s.Headline() != tt.headline || (s.Held != nil) != tt.held || (s.Rejected != nil) != tt.rejected {
				t.Errorf("got %q, %q, held %v, rejected %v; want %+v", s.Milestone, s.Headline(), s.Held, s.Rejected, tt)
			}
			if s.Expectation() == "" {
				t.Error("no expectation and no reason why not")
			}
		})
	}
}

func TestApplyRefuses(t *testing.T) {
	es := history(t, "b", "o1", 1, journey("o1")...)
	s := story(t, es)
	other := es[0]
	other.Subject = "o2"
	bad := es[0]
	bad.Sequence, bad.Data = 99, json.RawMessage(`{"order":7}`)
	for _, e := range []wire.Envelope{other, bad} {
		got, err := s.Apply(e)
		if err == nil {
			t.Errorf("Apply(%s %q) took it", e.Subject, e.Data)
		}
		if diff := cmp.Diff(s, got, cmpTimes); diff != "" {
			t.Errorf("a refused event changed the shipment:\n%s", diff)
		}
	}
}

func TestExpectation(t *testing.T) {
	for _, tt := range []struct {
		promise shipment.Promise
		want    string
	}{
		{shipment.Promise{Earliest: "2026-11-24", Latest: "2026-11-24"}, "Expected Tuesday, 24 November"},
		{shipment.Promise{Latest: "2026-11-24"}, "Expected by Tuesday, 24 November"},
		{shipment.Promise{Earliest: "2026-11-30", Latest: "2026-12-02"}, "Expected Mon 30 November – Wed 2 December"},
		{shipment.Promise{Latest: "soon"}, "A delivery date follows once the carrier has your parcel."},
	} {
		s := tracking.Shipment{Milestone: tracking.Packed, Promise: tt.promise}
		if got := s.Expectation(); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.promise, got, tt.want)
		}
	}
}

var cmpTimes = cmp.Comparer(func(a, b wire.Timestamp) bool { return time.Time(a).Equal(time.Time(b)) })

// The story depends only on which events were applied, not on when or how
// often.
func TestStoryIsOrderIndependent(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		id := shipment.OrderID("o1")
		pool := append(journey(id),
			shipment.OrderAccepted{Order: order(id, 3)},
			shipment.OrderHeld{Reason: "needs_address", Message: "x"},
			shipment.OrderRejected{},
			shipment.LabelVoided{Parcel: id.Parcel(1)},
			shipment.LabelReprinted{Parcel: id.Parcel(2)},
			shipment.ParcelScanned{Parcel: id.Parcel(2), TrackingNumber: "X2"},
			shipment.ParcelHandedOver{Parcel: id.Parcel(3), TrackingNumber: "X3", Carrier: "gls"},
			shipment.CarrierAssigned{Carrier: "gls", Service: "parcel"},
		)
		draw := rapid.SliceOfN(rapid.SampledFrom(pool), 0, 12)
		var es []wire.Envelope
		for _, st := range []shipment.StationID{"a", "b"} {
			for _, e := range history(rt, st, id, 1, draw.Draw(rt, "facts of "+string(st))...) {
				// Clocks jump.
				e.Time = wire.Timestamp(noon.Add(time.Duration(rapid.IntRange(0, 5).Draw(rt, "minute")) * time.Minute))
				es = append(es, e)
			}
		}
		if len(es) == 0 {
			return
		}
		want := story(rt, es)
		shuffled := append(rapid.Permutation(es).Draw(rt, "order"), rapid.SliceOfN(rapid.SampledFrom(es), 0, 5).Draw(rt, "again")...)
		if diff := cmp.Diff(want, story(rt, shuffled), cmpTimes); diff != "" {
			rt.Fatalf("another order tells another story (-want +got):\n%s", diff)
		}
		// A projection that was stored and read back goes on as if it had not been.
		half := len(shuffled) / 2
		s := story(rt, shuffled[:max(half, 1)])
		b, err := json.Marshal(s)
		if err != nil {
			rt.Fatal(err)
		}
		var back tracking.Shipment
		if err := json.Unmarshal(b, &back); err != nil {
			rt.Fatal(err)
		}
		for _, e := range shuffled[max(half, 1):] {
			if back, err = back.Apply(e); err != nil {
				rt.Fatal(err)
			}
		}
		if diff := cmp.Diff(want, back, cmpTimes); diff != "" {
			rt.Fatalf("a stored story goes on differently (-want +got):\n%s", diff)
		}
	})
}

// Whatever the data of an event is, Apply does not panic and either keeps the
// shipment or grows it by one fact.
func FuzzApply(f *testing.F) {
	for _, fact := range journey("o1") {
		b, _ := json.Marshal(fact)
		f.Add("waybill."+string(fact.EventType())+".v1", "+01:00", b)
	}
	f.Add("waybill.order.accepted.v1", "", []byte(`{"order":{"parcels":[{},{},{}]}}`))
	f.Add("com.example.other", "x", []byte(`null`))
	f.Fuzz(func(t *testing.T, typ, offset string, data []byte) {
		e := wire.Envelope{SpecVersion: "1.0", ID: "1", Source: "/stations/a", Type: typ, Subject: "o1", Epoch: 1, Sequence: 1, TZOffset: offset, Data: data}
		s, err := tracking.Shipment{}.Apply(e)
		if err != nil {
			return
		}
		if len(s.Facts) > 1 || len(s.Timeline) != len(s.Facts) {
			t.Fatalf("one event made %d facts and %d lines", len(s.Facts), len(s.Timeline))
		}
		if s.Headline() == "" || s.Expectation() == "" {
			t.Fatal("nothing to say")
		}
	})
}
