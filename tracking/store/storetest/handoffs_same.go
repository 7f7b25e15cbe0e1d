package storetest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

// testSameOrderID holds that parcels of two stations' orders of one ID are two: on a
// pick-up each counts, the undoing of one is not the other's, and each waits or is
// stopped for itself, also where an event does not say whose order it is.
func testSameOrderID(t *testing.T, open Opener) {
	for name, strip := range map[string]bool{"it is said whose it is": false, "of before that was said": true} {
		t.Run(name, func(t *testing.T) {
			s := fresh(t, open)
			a, b := NewDesk("dock-1", 1), NewDesk("dock-2", 1)
			var in []tracking.Incoming
			for _, o := range []shipment.OrderID{"S1", "S2"} {
				in = append(in, a.cut(a.printed(o, "1ZA"+shipment.TrackingNumber(o)))...)
				in = append(in, b.cut(b.printed(o, "1ZB"+shipment.TrackingNumber(o)))...)
			}
			back := shipment.ParcelTakenBack{Parcel: "S1-1", TrackingNumber: "1ZAS1", Carrier: "ups", Handoff: "h7", Entry: 1, By: "Sam", Station: "dock-1"}
			if strip {
				back.Station = ""
			}
			in = append(
				in, a.Seal("", shipment.HandoffOpened{Handoff: "h7", Carrier: "ups"}), a.Seal("S1", leaves("S1", "1ZAS1", 1)), b.Seal("S1", leaves("S1", "1ZBS1", 2)),
				b.Seal("S2", shipment.LabelVoided{Parcel: "S2-1", Reason: "wrong box"}),
			)
			wantAll(t, ingest(t, s, in), wire.Accepted)
			if h, err := s.TakeOver(t.Context(), "h7", wire.TakeoverRequest{Key: "k", Station: "dock-2", From: "dock-1"}); err != nil || h.Count != 2 {
				t.Fatalf("%d on it, error %v; want both", h.Count, err)
			}
			wantAll(t, ingest(t, s, []tracking.Incoming{b.Seal("S1", back)}), wire.Accepted)
			h, err := s.Handoff(t.Context(), "h7")
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, e := range h.Entries {
				got = append(got, fmt.Sprint(e.TrackingNumber, " back ", e.Back != nil))
			}
			for _, p := range h.Expected {
				got = append(got, fmt.Sprint(p.TrackingNumber, " of ", p.Station, " ", p.Code))
			}
			slices.Sort(got)
			want := []string{"1ZAS1 back true", "1ZAS1 of dock-1 ", "1ZAS2 of dock-1 ", "1ZBS1 back false", "1ZBS2 of dock-2 voided"}
			if diff := cmp.Diff(want, got); diff != "" || h.Count != 1 {
				t.Errorf("%d on it (-want +got):\n%s", h.Count, diff)
			}
		})
	}
}

// testGivenOfMany holds that of very many parcels which a pick-up expects those are
// stopped that another station has taken over.
func testGivenOfMany(t *testing.T, open Opener) {
	s := fresh(t, open)
	a := NewDesk("dock-1", 1)
	in := []tracking.Incoming{a.Seal("", shipment.HandoffOpened{Handoff: "h7", Carrier: "ups"})}
	number := func(i int) shipment.TrackingNumber { return shipment.TrackingNumber(fmt.Sprintf("1ZA%02d", i)) }
	for i := range 63 {
		in = append(in, a.cut(a.printed(shipment.OrderID(fmt.Sprintf("A%02d", i)), number(i)))...)
	}
	wantAll(t, ingest(t, s, in), wire.Accepted)
	want := []shipment.TrackingNumber{number(0), number(49), number(50), number(60), number(62)}
	take := func(n shipment.TrackingNumber, from, to shipment.StationID) {
		t.Helper()
		if p, err := s.TakeOverParcel(t.Context(), n, wire.TakeoverRequest{Key: fmt.Sprint(n, to), Station: to, From: from}); err != nil || p.Code != "" {
			t.Fatalf("%+v, error %v", p, err)
		}
	}
	for _, n := range want {
		take(n, "dock-1", "dock-2")
	}
	take(number(7), "dock-1", "dock-2")
	take(number(7), "dock-2", "dock-1") // and back
	h, err := s.Handoff(t.Context(), "h7")
	var got []shipment.TrackingNumber
	for _, p := range h.Expected {
		if p.Code == wire.CodeParcelTakenOver {
			got = append(got, p.TrackingNumber)
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" || err != nil || len(h.Expected) != 63 {
		t.Errorf("of %d expected were given (-want +got):\n%s%v", len(h.Expected), diff, err)
	}
}
