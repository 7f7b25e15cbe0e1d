package storetest

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

// testParcels holds which parcels are given to a station that asks by the number on
// the box, and why the others are not.
func testParcels(t *testing.T, open Opener) {
	s := fresh(t, open)
	a, b := NewDesk("dock-1", 1), NewDesk("dock-2", 1)
	in := dockEvents(a, b)
	in = append(in, a.cut(a.Journey("A5", "1ZA5")[:3])...) // its label is not on paper
	in = append(in, a.cut(a.printed("A6", "1Z A6"))...)    // written with a space
	in = append(in, a.cut(a.printed("A7", "1ZA7"))...)     // held by the hub
	in = append(in, a.cut(a.printed("A8", "1ZA8"))...)     // cancelled by the hub
	in = append(in, a.cut(a.printed("A9", "1ZB1"))...)     // the number of another's
	in = append(in, b.cut(b.printed("B2", "1ZVOID"))...)   // whose other label was voided
	in = append(in, a.cut(a.printed("A10", "1ZVOID"))...)  //
	in = append(in, a.Seal("A10", shipment.LabelVoided{Parcel: "A10-1", Reason: "wrong box"}))
	wantAll(t, ingest(t, s, in), wire.Accepted)
	for o, act := range map[shipment.OrderID]wire.Action{"A7": wire.ActionHold, "A8": wire.ActionCancel} {
		if _, err := s.Instruct(t.Context(), tracking.OrderWord{Order: o, Action: act, Reason: "the shop says so"}); err != nil {
			t.Fatal(err)
		}
	}
	got := map[string]string{}
	for _, n := range []shipment.TrackingNumber{"1ZA1", "1ZA2", "1za 3", "1ZA4", "1ZA5", "1ZA6", "1ZA7", "1ZA8", "1ZB1", "1ZVOID", "1ZNONE"} {
		p, err := s.Parcel(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		got[string(n)] = fmt.Sprintf("%s of %s at %s: %s", p.TrackingNumber, p.Station, p.Holder, p.Code)
		ask := wire.TakeoverRequest{Key: "k-" + string(n), Station: "dock-3", From: p.Holder, By: "Sam"}
		if ask.From == "" {
			ask.From = "dock-1"
		}
		given, err := s.TakeOverParcel(t.Context(), n, ask)
		if err != nil || (given.Code == "" && given.Holder == "dock-3") != (p.Code == "") {
			t.Errorf("%s: asked for, it is %+v, error %v", n, given, err)
		}
	}
	want := map[string]string{
		"1ZA1": "1ZA1 of dock-1 at dock-1: already_handed_over", "1ZA2": "1ZA2 of dock-1 at dock-1: ", "1za 3": "1ZA3 of dock-1 at dock-1: ",
		"1ZA4": "1ZA4 of dock-1 at dock-1: voided", "1ZA5": "1ZA5 of dock-1 at dock-1: never_printed", "1ZA6": "1Z A6 of dock-1 at dock-1: ",
		"1ZA7": "1ZA7 of dock-1 at dock-1: held", "1ZA8": "1ZA8 of dock-1 at dock-1: cancelled", "1ZB1": "1ZB1 of  at : ambiguous_number",
		"1ZVOID": "1ZVOID of dock-2 at dock-2: ", "1ZNONE": "1ZNONE of  at : unknown",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if p, err := s.Parcel(t.Context(), "1ZA7"); err != nil || p.To != "Mary Example" || p.PostalCode != "12207" || p.Heard.IsZero() {
		t.Errorf("%+v, error %v", p, err)
	}
}

// testParcelChangesHands holds that a parcel is one station's at a time, that asking
// again costs nothing, and that both stations are told what became of it.
func testParcelChangesHands(t *testing.T, open Opener) {
	s := fresh(t, open)
	a, b := NewDesk("dock-1", 1), NewDesk("dock-2", 1)
	in := append(a.cut(a.printed("A1", "1ZA1")), a.cut(a.printed("A2", "1ZA2"))...)
	wantAll(t, ingest(t, s, append(in, a.Seal("", shipment.HandoffOpened{Handoff: "h5", Carrier: "ups"}))), wire.Accepted)
	moved := func(station shipment.StationID) []wire.Parcel {
		t.Helper()
		list, err := s.MovedParcels(t.Context(), station)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	if list := moved("dock-1"); len(list) != 0 {
		t.Errorf("moved before it did: %+v", list)
	}
	ask := wire.TakeoverRequest{Key: "k1", Station: "dock-2", From: "dock-1", By: "Sam"}
	for range 2 { // a lost answer costs nothing
		p, err := s.TakeOverParcel(t.Context(), "1ZA1", ask)
		if err != nil || p.Code != "" || p.Holder != "dock-2" || len(p.Takeovers) != 1 || p.Takeovers[0].By != "Sam" || p.Takeovers[0].From != "dock-1" {
			t.Fatalf("%+v, error %v", p, err)
		}
	}
	if _, err := s.TakeOverParcel(t.Context(), "1ZA2", ask); !fault.Is(err, fault.Conflict) {
		t.Errorf("with the key of another: %v", err)
	}
	other := wire.TakeoverRequest{Key: "k1", Station: "dock-3", From: "dock-1"}
	if p, err := s.TakeOverParcel(t.Context(), "1ZA1", other); err != nil || p.Code != wire.CodeParcelTakenOver || p.Holder != "dock-2" {
		t.Errorf("a second gets %+v, error %v", p, err)
	}
	if h, err := s.Handoff(t.Context(), "h5"); err != nil || len(h.Expected) != 2 || h.Expected[0].Code != wire.CodeParcelTakenOver || h.Expected[1].Code != "" {
		t.Errorf("its pick-up expects %+v, error %v", h.Expected, err)
	}
	for _, station := range []shipment.StationID{"dock-1", "dock-2"} {
		if list := moved(station); len(list) != 1 || list[0].TrackingNumber != "1ZA1" || list[0].Holder != "dock-2" || list[0].Code != "" {
			t.Errorf("%s is told %+v", station, list)
		}
	}
	if list := moved("dock-3"); len(list) != 0 {
		t.Errorf("who did not get it is told %+v", list)
	}
	// Both hand it over, since the first has not heard of it; the second takes it back.
	at := func(h string, d shipment.StationID) shipment.ParcelHandedOver {
		f := leaves("A1", "1ZA1", 1)
		f.Handoff = h
		if d != "dock-1" {
			f.Station = "dock-1"
		}
		return f
	}
	wantAll(t, ingest(t, s, []tracking.Incoming{b.Seal("A1", at("hb", "dock-2")), a.Seal("A1", at("ha", "dock-1"))}), wire.Accepted)
	left := func() (all []string) {
		for _, l := range moved("dock-1")[0].Left {
			all = append(all, fmt.Sprint(l.Station, " ", l.Handoff, " ", l.Scanner))
		}
		slices.Sort(all)
		return all
	}
	if diff := cmp.Diff([]string{"dock-1 ha dock-wand", "dock-2 hb dock-wand"}, left()); diff != "" {
		t.Errorf("handed over (-want +got):\n%s", diff)
	}
	back := shipment.ParcelTakenBack{Parcel: "A1-1", TrackingNumber: "1ZA1", Carrier: "ups", Handoff: "hb", Entry: 1, Station: "dock-1"}
	wantAll(t, ingest(t, s, []tracking.Incoming{b.Seal("A1", back)}), wire.Accepted)
	if diff := cmp.Diff([]string{"dock-1 ha dock-wand"}, left()); diff != "" {
		t.Errorf("after one was taken back (-want +got):\n%s", diff)
	}
	back = shipment.ParcelTakenBack{Parcel: "A1-1", TrackingNumber: "1ZA1", Carrier: "ups", Handoff: "ha", Entry: 1, Twice: true}
	wantAll(t, ingest(t, s, []tracking.Incoming{a.Seal("A1", back)}), wire.Accepted)
	if list := moved("dock-2"); len(list[0].Left) != 1 || !list[0].Left[0].Twice || list[0].Code != "" {
		t.Errorf("whoever has it is told %+v", list[0])
	}
	// And it goes back to who made its label.
	if p, err := s.TakeOverParcel(t.Context(), "1ZA1", wire.TakeoverRequest{Key: "k9", Station: "dock-1", From: "dock-2"}); err != nil || p.Code != "" || p.Holder != "dock-1" || len(p.Takeovers) != 2 {
		t.Errorf("back: %+v, error %v", p, err)
	}
	if _, err := s.TakeOverParcel(t.Context(), "1ZA1", wire.TakeoverRequest{Station: "dock-1", From: "dock-2"}); !fault.Is(err, fault.Invalid) {
		t.Errorf("without a key: %v", err)
	}
	ambiguousKeeps(t, s, func() wire.Parcel { return moved("dock-2")[0] })
}

// ambiguousKeeps holds that where a parcel is stays known when another's label bears
// its number too.
func ambiguousKeeps(t *testing.T, s Store, told func() wire.Parcel) {
	t.Helper()
	was := told()
	c := NewDesk("dock-4", 1)
	wantAll(t, ingest(t, s, c.cut(c.printed("C1", "1ZA1"))), wire.Accepted)
	now := told()
	if now.Code != wire.CodeAmbiguous || now.Holder != "dock-1" {
		t.Errorf("ambiguous, it is %+v", now)
	}
	if diff := cmp.Diff(was.Takeovers, now.Takeovers); diff != "" {
		t.Errorf("ambiguous, taken over (-was +is):\n%s", diff)
	}
	if diff := cmp.Diff(was.Left, now.Left); diff != "" {
		t.Errorf("ambiguous, handed over (-was +is):\n%s", diff)
	}
}

// testParcelOnTwoPickUps holds that a parcel which is off one pick-up has left as long
// as it is on another: its story says so, and nobody waits for it.
func testParcelOnTwoPickUps(t *testing.T, open Opener) {
	s := fresh(t, open)
	a, b := NewDesk("dock-1", 1), NewDesk("dock-2", 1)
	in := append(a.cut(a.printed("A1", "1ZA1")), a.cut(a.printed("A2", "1ZA2"))...)
	wantAll(t, ingest(t, s, append(in, a.Seal("", shipment.HandoffOpened{Handoff: "h7", Carrier: "ups"}))), wire.Accepted)
	if p, err := s.TakeOverParcel(t.Context(), "1ZA1", wire.TakeoverRequest{Key: "k1", Station: "dock-2", From: "dock-1"}); err != nil || p.Code != "" {
		t.Fatalf("%+v, error %v", p, err)
	}
	there := leaves("A1", "1ZA1", 1)
	there.Handoff, there.Station = "hb", "dock-1"
	back := shipment.ParcelTakenBack{Parcel: "A1-1", TrackingNumber: "1ZA1", Carrier: "ups", Handoff: "h7", Entry: 1, Twice: true}
	late := []tracking.Incoming{a.Seal("A1", leaves("A1", "1ZA1", 1)), a.Seal("A1", back)}
	slices.Reverse(late)
	wantAll(t, ingest(t, s, append(late, b.Seal("A1", there))), wire.Accepted)
	if h, err := s.TakeOver(t.Context(), "h7", wire.TakeoverRequest{Key: "k2", Station: "dock-3", From: "dock-1"}); err != nil || h.Station != "dock-3" {
		t.Fatalf("%+v, error %v", h, err)
	}
	is := func(when string, milestone tracking.Milestone, code string, expected ...shipment.TrackingNumber) {
		t.Helper()
		if r := record(t, s, "A1"); r.Milestone != milestone {
			t.Errorf("%s: its story says %s, want %s", when, r.Milestone, milestone)
		}
		if p, err := s.Parcel(t.Context(), "1ZA1"); err != nil || p.Code != code {
			t.Errorf("%s: %+v, error %v; want %q", when, p, err, code)
		}
		h, err := s.Handoff(t.Context(), "h7")
		var got []shipment.TrackingNumber
		for _, p := range h.Expected {
			got = append(got, p.TrackingNumber)
		}
		slices.Sort(got)
		if diff := cmp.Diff(expected, got); diff != "" || err != nil {
			t.Errorf("%s: a pick-up expects (-want +got):\n%s%v", when, diff, err)
		}
	}
	is("off one of them", tracking.HandedOver, wire.CodeParcelHandedOver, "1ZA2")
	if err := s.Retell(t.Context()); err != nil {
		t.Fatal(err)
	}
	is("told again", tracking.HandedOver, wire.CodeParcelHandedOver, "1ZA2")
	home := shipment.ParcelTakenBack{Parcel: "A1-1", TrackingNumber: "1ZA1", Carrier: "ups", Handoff: "hb", Entry: 1, Station: "dock-1"}
	b.clock = a.clock // it is the last that happens
	wantAll(t, ingest(t, s, []tracking.Incoming{b.Seal("A1", home)}), wire.Accepted)
	is("off both", tracking.Packed, "", "1ZA1", "1ZA2")
}

// testParcelAtOnce holds that of many that ask at once one gets a parcel.
func testParcelAtOnce(t *testing.T, open Opener) {
	s := fresh(t, open)
	a := NewDesk("dock-1", 1)
	wantAll(t, ingest(t, s, a.cut(a.printed("A1", "1ZA1"))), wire.Accepted)
	var all sync.WaitGroup
	var mu sync.Mutex
	got := 0
	for i := range 8 {
		all.Go(func() {
			station := shipment.StationID(fmt.Sprint("dock-", i+2))
			p, err := s.TakeOverParcel(t.Context(), "1ZA1", wire.TakeoverRequest{Key: "k", Station: station, From: "dock-1"})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err != nil:
				t.Error(err)
			case p.Code == "" && p.Holder == station:
				got++
			case p.Code != wire.CodeParcelTakenOver:
				t.Errorf("%+v", p)
			}
		})
	}
	all.Wait()
	if got != 1 {
		t.Errorf("%d stations got it", got)
	}
}
