package storetest

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

// settled returns what is in the outbox after a place once it is all in order.
func settled(t *testing.T, s Store, after int64) []tracking.Posting {
	t.Helper()
	for {
		ps, unsettled, err := s.Postings(t.Context(), after, 1000)
		if err != nil {
			t.Fatalf("Postings: %v", err)
		}
		if !unsettled {
			return ps
		}
	}
}

// testOutbox holds that the outbox tells what was taken, once and in order, and
// nothing of what was not.
func testOutbox(t *testing.T, open Opener) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	d := NewDesk("bench-1", 1)
	es := slices.Concat(d.Journey("o1", "N1"), d.Journey("o2", "N2"))
	news, stop := s.Posted()
	wantAll(t, ingest(t, s, slices.Concat(es[:2], es[3:7])), wire.Accepted)
	<-news
	stop()
	start, err := s.LastPlace(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wantAll(t, ingest(t, s, es[:2]), wire.Duplicate)
	rs := ingest(t, s, es[2:8])
	wantAll(t, rs[:1], wire.Accepted)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, Options{})
	defer s.Close()
	ps := settled(t, s, 0)
	for i := range ps {
		if i > 0 && ps[i].Place <= ps[i-1].Place {
			t.Errorf("places %d and %d", ps[i-1].Place, ps[i].Place)
		}
	}
	want := []tracking.Posting{
		{Orders: []shipment.OrderID{"o1", "o2"}, Spans: []tracking.Span{{Station: "bench-1", Epoch: 1, From: 1, To: 2}, {Station: "bench-1", Epoch: 1, From: 4, To: 7}}},
		{Orders: []shipment.OrderID{"o1", "o2"}, Spans: []tracking.Span{{Station: "bench-1", Epoch: 1, From: 3, To: 3}, {Station: "bench-1", Epoch: 1, From: 8, To: 8}}},
	}
	got := slices.Clone(ps)
	for i := range got {
		got[i].Place = 0
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("postings (-want +got):\n%s", diff)
	}
	if after := settled(t, s, start); len(after) != 1 || after[0].Place != ps[1].Place {
		t.Errorf("after %d: %+v", start, after)
	}
	events, err := s.Events(t.Context(), ps[0].Spans)
	if err != nil || len(events) != 6 {
		t.Fatalf("%d events, %v", len(events), err)
	}
	for i, ev := range slices.Concat(es[:2], es[3:7]) {
		if string(events[i].Raw) != string(ev.Raw) {
			t.Errorf("event %d is %s", i, events[i].Raw)
		}
	}
	// The whole store, page by page.
	var last tracking.Span
	var all []int64
	for {
		page, err := s.EventsAfter(t.Context(), last, 3)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, ev := range page {
			all = append(all, ev.Env.Sequence)
			last = tracking.Span{Station: ev.Env.Station(), Epoch: ev.Env.Epoch, To: ev.Env.Sequence}
		}
	}
	if !slices.Equal(all, []int64{1, 2, 3, 4, 5, 6, 7, 8}) {
		t.Errorf("every event is %v", all)
	}
}

// testOutboxAtOnce holds that somebody who follows the outbox while many write
// misses nothing and gets nothing twice.
func testOutboxAtOnce(t *testing.T, open Opener) {
	s := fresh(t, open)
	const stations, orders = 6, 15
	var writers sync.WaitGroup
	for st := range stations {
		d := NewDesk(shipment.StationID(fmt.Sprintf("bench-%d", st)), 1)
		var es []tracking.Incoming
		for o := range orders {
			es = append(es, d.Journey(shipment.OrderID(fmt.Sprintf("o%d", o)), shipment.TrackingNumber(fmt.Sprintf("N%d", o)))...)
		}
		writers.Go(func() {
			for chunk := range slices.Chunk(es, 4) {
				if _, err := s.Ingest(t.Context(), chunk); err != nil {
					t.Errorf("Ingest: %v", err)
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { writers.Wait(); close(done) }()
	seen := map[string]int{}
	place := int64(0)
	follow := func() {
		ps, _, err := s.Postings(t.Context(), place, 3)
		if err != nil {
			t.Fatalf("Postings: %v", err)
		}
		for _, p := range ps {
			for _, sp := range p.Spans {
				for n := sp.From; n <= sp.To; n++ {
					seen[fmt.Sprint(sp.Station, "/", n)]++
				}
			}
			place = p.Place
		}
	}
	for running := true; running; {
		select {
		case <-done:
			running = false
		default:
			follow()
		}
	}
	for range 1000 { // what had been under way at the end
		follow()
		if len(seen) == stations*orders*6 {
			break
		}
	}
	if len(seen) != stations*orders*6 {
		t.Errorf("%d events were told, want %d", len(seen), stations*orders*6)
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s was told %d times", id, n)
		}
	}
	for o := range orders { // six stations told of each at once
		if r := record(t, s, fmt.Sprintf("o%d", o)); len(r.Facts) != 6*stations {
			t.Errorf("%s has %d facts, want %d", r.OrderID, len(r.Facts), 6*stations)
		}
	}
}

// testCursors holds that the outbox keeps what somebody has not got.
func testCursors(t *testing.T, open Opener) {
	now := noon()
	s := open(t, t.TempDir(), Options{Now: func() time.Time { return now }})
	defer s.Close()
	if place, mark, err := s.Cursor(t.Context(), "c"); place != 0 || mark != "" || err != nil {
		t.Errorf("of nobody: %d, %q, %v", place, mark, err)
	}
	d := NewDesk("bench-1", 1)
	for i := range 3 {
		ingest(t, s, d.Journey(shipment.OrderID(fmt.Sprint("o", i)), shipment.TrackingNumber(fmt.Sprint("N", i))))
	}
	ps := settled(t, s, 0)
	if len(ps) != 3 {
		t.Fatalf("%d postings", len(ps))
	}
	set := func(consumer string, place int64) {
		if err := s.SetCursor(t.Context(), consumer, place, "m"); err != nil {
			t.Fatal(err)
		}
	}
	trim := func(want int) {
		t.Helper()
		if _, err := s.Trim(t.Context()); err != nil {
			t.Fatal(err)
		}
		if left := settled(t, s, 0); len(left) != want {
			t.Errorf("%d postings are left, want %d", len(left), want)
		}
	}
	set("c", ps[1].Place)
	set("d", ps[0].Place)
	if place, mark, err := s.Cursor(t.Context(), "c"); place != ps[1].Place || mark != "m" || err != nil {
		t.Errorf("%d, %q, %v", place, mark, err)
	}
	trim(3) // they are too new
	now = now.Add(2 * time.Hour)
	trim(2)
	set("d", ps[2].Place)
	trim(1)
	if err := s.Forget(t.Context(), "c"); err != nil {
		t.Fatal(err)
	}
	trim(0)
	if err := s.Forget(t.Context(), "d"); err != nil {
		t.Fatal(err)
	}
	ingest(t, s, d.Journey("o9", "N9"))
	now = now.Add(2 * time.Hour)
	trim(0) // nobody waits for anything
}
