package storetest

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

// printed returns the events of an order up to its label on paper.
func (d *Desk) printed(order shipment.OrderID, number shipment.TrackingNumber) []tracking.Incoming {
	return d.Journey(order, number)[:4]
}

// cut has the desk go on after the last of in, as if it had sealed no more.
func (d *Desk) cut(in []tracking.Incoming) []tracking.Incoming {
	last := in[len(in)-1]
	d.at.Sequence, d.at.Hash = last.Env.Sequence, wire.Hash(last.Raw)
	return in
}

func leaves(order shipment.OrderID, number shipment.TrackingNumber, n int) shipment.ParcelHandedOver {
	return shipment.ParcelHandedOver{Parcel: order.Parcel(1), TrackingNumber: number, Carrier: "ups", Handoff: "h7", Entry: n, Scanner: "dock-wand"}
}

// dockEvents are those of two stations of which the first has a pick-up open, with
// one parcel on it, one taken back, one not scanned and one voided.
func dockEvents(a, b *Desk) []tracking.Incoming {
	var in []tracking.Incoming
	for _, o := range []shipment.OrderID{"A1", "A2", "A3", "A4"} {
		in = append(in, a.cut(a.printed(o, "1Z"+shipment.TrackingNumber(o)))...)
	}
	in = append(
		in, a.Seal("", shipment.HandoffOpened{Handoff: "h7", Carrier: "ups", Trailer: "T9", By: "Kim"}),
		a.Seal("A1", leaves("A1", "1ZA1", 1)), a.Seal("A2", leaves("A2", "1ZA2", 2)),
		a.Seal("A2", shipment.ParcelTakenBack{Parcel: shipment.OrderID("A2").Parcel(1), TrackingNumber: "1ZA2", Carrier: "ups", Handoff: "h7", Entry: 2, By: "Kim"}),
		a.Seal("A4", shipment.LabelVoided{Parcel: shipment.OrderID("A4").Parcel(1), Reason: "wrong box"}),
	)
	return append(in, b.cut(b.printed("B1", "1ZB1"))...)
}

// testHandoffs holds that a pick-up is told from the events of every station
// that had it, with what still waits for it, and that it changes hands once.
func testHandoffs(t *testing.T, open Opener) {
	s := fresh(t, open)
	a, b := NewDesk("dock-1", 1), NewDesk("dock-2", 1)
	wantAll(t, ingest(t, s, dockEvents(a, b)), wire.Accepted)

	if list, err := s.Handoffs(t.Context(), ""); err != nil || len(list) != 1 || list[0].ID != "h7" || list[0].Station != "dock-1" || list[0].Count != 1 || list[0].Trailer != "T9" {
		t.Fatalf("open are %+v, error %v", list, err)
	}
	h, err := s.Handoff(t.Context(), "h7")
	if err != nil || len(h.Entries) != 2 || h.Entries[0].Back != nil || h.Entries[1].Back == nil || h.Entries[1].Back.By != "Kim" {
		t.Fatalf("%+v, error %v", h, err)
	}
	codes := map[shipment.TrackingNumber]string{}
	for _, p := range h.Expected {
		codes[p.TrackingNumber] = p.Code
		if p.Station != "dock-1" || p.To != "Mary Example" || p.PostalCode != "12207" {
			t.Errorf("expected is %+v", p)
		}
	}
	if len(codes) != 3 || codes["1ZA2"] != "" || codes["1ZA3"] != "" || codes["1ZA4"] != "voided" {
		t.Errorf("expected are %v", codes)
	}

	if moved, err := s.MovedHandoffs(t.Context(), "dock-1"); err != nil || len(moved) != 0 {
		t.Errorf("moved before it did: %+v, error %v", moved, err)
	}
	ask := wire.TakeoverRequest{Key: "k1", Station: "dock-2", From: "dock-1", By: "Sam"}
	for range 2 { // a lost answer costs nothing
		if h, err = s.TakeOver(t.Context(), "h7", ask); err != nil || h.Station != "dock-2" || len(h.Takeovers) != 1 || h.Takeovers[0].By != "Sam" {
			t.Fatalf("%+v, error %v", h, err)
		}
	}
	ask.Key = "k2"
	if _, err := s.TakeOver(t.Context(), "h7", ask); !fault.Is(err, fault.Conflict) {
		t.Errorf("taken from a station that has it no more: %v", err)
	}
	if _, err := s.TakeOver(t.Context(), "h8", ask); !fault.Is(err, fault.NotFound) {
		t.Errorf("taken though the hub has not heard of it: %v", err)
	}
	// The first station did not know, went on and closed it.
	wantAll(t, ingest(t, s, []tracking.Incoming{
		a.Seal("A3", leaves("A3", "1ZA3", 3)), a.Seal("", shipment.HandoffClosed{Handoff: "h7", Carrier: "ups", Parcels: []shipment.ParcelID{"A1", "A3"}}),
		b.Seal("A3", leaves("A3", "1ZA3", 3)), b.Seal("A1", shipment.ParcelTakenBack{Parcel: shipment.OrderID("A1").Parcel(1), Carrier: "ups", Handoff: "h7", Entry: 1, By: "Sam"}),
	}), wire.Accepted)
	for _, st := range []shipment.StationID{"dock-1", "dock-2"} {
		if moved, err := s.MovedHandoffs(t.Context(), st); err != nil || len(moved) != 1 || moved[0].ID != "h7" {
			t.Errorf("%s is told that %+v moved, error %v", st, moved, err)
		}
		list, err := s.Handoffs(t.Context(), st)
		if err != nil || len(list) != 1 || list[0].Station != "dock-2" || !list[0].Closed.IsZero() || len(list[0].Closings) != 1 || list[0].Count != 1 {
			t.Fatalf("%s is told %+v, error %v", st, list, err)
		}
	}
	if h, err = s.Handoff(t.Context(), "h7"); err != nil || len(h.Entries) != 4 {
		t.Fatalf("%+v, error %v", h, err)
	}
	i := slices.IndexFunc(h.Entries, func(e wire.HandoffEntry) bool { return e.Order == "A1" })
	if back := h.Entries[i].Back; back == nil || back.Station != "dock-2" {
		t.Errorf("what another station took back: %+v", h.Entries[i])
	}
	wantAll(t, ingest(t, s, []tracking.Incoming{b.Seal("", shipment.HandoffClosed{Handoff: "h7", Carrier: "ups", Parcels: []shipment.ParcelID{"A3"}})}), wire.Accepted)
	if list, err := s.Handoffs(t.Context(), ""); err != nil || len(list) != 0 {
		t.Errorf("closed, and open are %+v, error %v", list, err)
	}
	if list, err := s.Handoffs(t.Context(), "dock-1"); err != nil || len(list) != 1 || list[0].Closed.IsZero() {
		t.Errorf("who it was taken from is told %+v, error %v", list, err)
	}
	ask.From = "dock-2"
	if _, err := s.TakeOver(t.Context(), "h7", ask); !fault.Is(err, fault.Conflict) {
		t.Errorf("a closed one is taken over: %v", err)
	}
}

// testTakeOversAtOnce holds that of many that ask at once one gets it.
func testTakeOversAtOnce(t *testing.T, open Opener) {
	s := fresh(t, open)
	wantAll(t, ingest(t, s, []tracking.Incoming{NewDesk("dock-1", 1).Seal("", shipment.HandoffOpened{Handoff: "h7", Carrier: "ups"})}), wire.Accepted)
	var all sync.WaitGroup
	var mu sync.Mutex
	got := 0
	for i := range 8 {
		all.Go(func() {
			_, err := s.TakeOver(t.Context(), "h7", wire.TakeoverRequest{Key: "k", Station: shipment.StationID(fmt.Sprint("dock-", i+2)), From: "dock-1"})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				got++
			} else if !fault.Is(err, fault.Conflict) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got != 1 {
		t.Errorf("%d stations got it", got)
	}
}
