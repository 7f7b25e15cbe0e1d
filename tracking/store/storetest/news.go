package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

// A newsroom is a store and what is asked of it for news.
type newsroom struct {
	Store

	t     *testing.T
	now   *time.Time
	ask   func(station shipment.StationID, q wire.NewsQuestion) ([]wire.HeardOf, error)
	heard func(station shipment.StationID, h wire.Heard) error
}

// newNewsroom returns a newsroom, of parcels or of pick-ups, with two labels of dock-1
// on paper and a pick-up open there.
func newNewsroom(t *testing.T, open Opener, parcels bool) (*newsroom, *Desk, *Desk) {
	t.Helper()
	now := time.Date(2026, 11, 20, 17, 0, 0, 0, time.UTC)
	n := &newsroom{Store: open(t, t.TempDir(), Options{Now: func() time.Time { return now }}), t: t, now: &now}
	t.Cleanup(func() { n.Close() })
	n.ask = func(station shipment.StationID, q wire.NewsQuestion) (list []wire.HeardOf, err error) {
		told, err := n.HandoffNews(t.Context(), station, q)
		for _, h := range told.Handoffs {
			list = append(list, wire.HeardOf{ID: h.ID, Change: h.Change})
		}
		return list, err
	}
	n.heard = func(station shipment.StationID, h wire.Heard) error { return n.HeardHandoffs(t.Context(), station, h) }
	if parcels {
		n.ask = func(station shipment.StationID, q wire.NewsQuestion) (list []wire.HeardOf, err error) {
			told, err := n.ParcelNews(t.Context(), station, q)
			for _, p := range told.Parcels {
				list = append(list, wire.HeardOf{ID: string(p.TrackingNumber), Change: p.Change})
			}
			return list, err
		}
		n.heard = func(station shipment.StationID, h wire.Heard) error { return n.HeardParcels(t.Context(), station, h) }
	}
	a, b := NewDesk("dock-1", 1), NewDesk("dock-2", 1)
	in := append(a.cut(a.printed("A1", "1Z A1")), a.cut(a.printed("A2", "1ZA2"))...)
	wantAll(t, ingest(t, n, append(in, a.Seal("", shipment.HandoffOpened{Handoff: "h7", Carrier: "ups"}))), wire.Accepted)
	return n, a, b
}

// told holds of what a station is told in an epoch of its journal.
func (n *newsroom) told(when string, station shipment.StationID, epoch int64, want ...string) []wire.HeardOf {
	n.t.Helper()
	list, err := n.ask(station, wire.NewsQuestion{Epoch: epoch})
	var got []string
	for _, h := range list {
		got = append(got, h.ID)
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		n.t.Errorf("%s %s is told, in epoch %d (-want +got):\n%s%v", when, station, epoch, diff, err)
	}
	return list
}

// hears has a station say that it has heard of what it was told.
func (n *newsroom) hears(station shipment.StationID, epoch int64, news []wire.HeardOf) {
	n.t.Helper()
	if err := n.heard(station, wire.Heard{Epoch: epoch, News: news}); err != nil {
		n.t.Error(err)
	}
}

// testParcelNews holds that a station is told of a parcel that changed hands until it
// says that it has heard, however late; again as that changes; and all of it in another
// epoch of its journal.
func testParcelNews(t *testing.T, open Opener) {
	n, a, b := newNewsroom(t, open, true)
	n.told("before it changed hands", "dock-1", 1)
	take := func(key string, from, to shipment.StationID) {
		t.Helper()
		if p, err := n.TakeOverParcel(t.Context(), "1ZA1", wire.TakeoverRequest{Key: key, Station: to, From: from, By: "Sam"}); err != nil || p.Code != "" {
			t.Fatalf("%+v, error %v", p, err)
		}
	}
	take("k1", "dock-1", "dock-2")
	*n.now = n.now.Add(10 * 24 * time.Hour)
	for range 2 { // the answer was lost
		n.told("after ten days", "dock-1", 1, "1Z A1")
	}
	n.told("who asked for nothing", "dock-3", 1)
	if h, err := n.Handoff(t.Context(), "h7"); err != nil || len(h.Expected) != 2 || h.Expected[0].Code != wire.CodeParcelTakenOver || h.Expected[1].Code != "" {
		t.Errorf("after ten days its pick-up expects %+v, error %v", h.Expected, err)
	}
	first := n.told("after ten days", "dock-2", 1, "1Z A1")
	n.hears("dock-2", 1, first)
	n.told("who has heard", "dock-2", 1)
	first = n.told("after ten days", "dock-1", 1, "1Z A1")

	// It leaves there between the answer and what the first says.
	f := leaves("A1", "1ZA1", 1)
	f.Handoff, f.Station = "hb", "dock-1"
	wantAll(t, ingest(t, n, []tracking.Incoming{b.Seal("A1", f)}), wire.Accepted)
	n.hears("dock-1", 1, first)
	n.hears("dock-1", 1, []wire.HeardOf{{ID: "1ZA1", Change: 1 << 40}}) // of another store
	for _, station := range []shipment.StationID{"dock-1", "dock-2"} {
		n.hears(station, 1, n.told("as it left", station, 1, "1Z A1"))
		n.told("who has heard", station, 1)
	}

	// Whatever stops it.
	void := shipment.LabelVoided{Parcel: "A1-1", Reason: "wrong box"}
	wantAll(t, ingest(t, n, []tracking.Incoming{a.Seal("A2", shipment.ParcelScanned{Parcel: "A2-1", TrackingNumber: "1ZA2"})}), wire.Accepted)
	n.told("as another changes", "dock-2", 1)
	wantAll(t, ingest(t, n, []tracking.Incoming{a.Seal("A1", void)}), wire.Accepted)
	n.hears("dock-2", 1, n.told("as it was voided", "dock-2", 1, "1Z A1"))
	if _, err := n.Instruct(t.Context(), tracking.OrderWord{Order: "A1", Action: wire.ActionHold, Reason: "unpaid"}); err != nil {
		t.Fatal(err)
	}
	n.hears("dock-2", 1, n.told("as it is held", "dock-2", 1, "1Z A1"))
	c := NewDesk("dock-4", 1)
	wantAll(t, ingest(t, n, c.cut(c.printed("C1", "1ZA1"))), wire.Accepted)
	n.hears("dock-2", 1, n.told("as its number is another's too", "dock-2", 1, "1ZA1"))

	// A journal that was lost is another epoch.
	n.hears("dock-2", 2, n.told("with a new journal", "dock-2", 2, "1ZA1"))
	n.told("who has heard", "dock-2", 2)
	n.told("with the old journal in place again", "dock-2", 1, "1ZA1")
	if err := n.heard("dock-2", wire.Heard{News: []wire.HeardOf{{ID: "1ZA1", Change: 1}}}); !fault.Is(err, fault.Invalid) {
		t.Errorf("heard in no epoch: %v", err)
	}
	if err := n.heard("dock-2", wire.Heard{Epoch: 1, News: make([]wire.HeardOf, wire.MaxNews+1)}); !fault.Is(err, fault.Invalid) {
		t.Errorf("too much heard at once: %v", err)
	}
}

// testHandoffNews holds the same of pick-ups.
func testHandoffNews(t *testing.T, open Opener) {
	n, a, b := newNewsroom(t, open, false)
	take := func(key string, from, to shipment.StationID) {
		t.Helper()
		if h, err := n.TakeOver(t.Context(), "h7", wire.TakeoverRequest{Key: key, Station: to, From: from, By: "Sam"}); err != nil || h.Station != to {
			t.Fatalf("%+v, error %v", h, err)
		}
	}
	both := []shipment.StationID{"dock-1", "dock-2"}
	n.told("before it changed hands", "dock-1", 1)
	take("k1", "dock-1", "dock-2")
	*n.now = n.now.Add(10 * 24 * time.Hour)
	for _, station := range both {
		n.hears(station, 1, n.told("after ten days", station, 1, "h7"))
		n.told("who has heard", station, 1)
	}
	for i, in := range []tracking.Incoming{
		a.Seal("A1", leaves("A1", "1ZA1", 1)), b.Seal("A2", leaves("A2", "1ZA2", 1)),
		a.Seal("", shipment.HandoffClosed{Handoff: "h7", Carrier: "ups", Parcels: []shipment.ParcelID{"A1-1"}}),
	} {
		wantAll(t, ingest(t, n, []tracking.Incoming{in}), wire.Accepted)
		for _, station := range both {
			n.hears(station, 1, n.told(fmt.Sprint("at event ", i), station, 1, "h7"))
		}
	}
	take("k2", "dock-2", "dock-3")
	for _, station := range slices.Concat(both, []shipment.StationID{"dock-3"}) {
		n.told("as it goes on", station, 1, "h7")
	}
	n.hears("dock-1", 1, n.told("as it goes on", "dock-1", 1, "h7"))
	n.told("with a new journal", "dock-1", 2, "h7")
}
