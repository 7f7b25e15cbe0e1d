package storetest

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

func testGaps(t *testing.T, open Opener) {
	s := fresh(t, open)
	d := NewDesk("bench-1", 1)
	es := slices.Concat(d.Journey("o1", "N1"), d.Journey("o2", "N2"))
	ingest(t, s, slices.Concat(es[:2], es[3:5], es[8:]))
	want := []tracking.Epoch{{Epoch: 1, Watermark: 2, Highest: 12, Events: 8, Gaps: []tracking.Gap{{From: 3, To: 3}, {From: 6, To: 8}}}}
	st := station(t, s, "bench-1")
	if diff := cmp.Diff(want, st.Epochs, cmpopts.IgnoreFields(tracking.Gap{}, "Since")); diff != "" {
		t.Errorf("epochs (-want +got):\n%s", diff)
	}
	if st.Missing() != 4 {
		t.Errorf("%d missing, want 4", st.Missing())
	}
	ingest(t, s, es[2:3])
	if e := station(t, s, "bench-1").Epochs[0]; e.Watermark != 5 {
		t.Errorf("watermark %d, want 5", e.Watermark)
	}
	ingest(t, s, es[5:8])
	want = []tracking.Epoch{{Epoch: 1, Watermark: 12, Highest: 12, Events: 12}}
	if diff := cmp.Diff(want, station(t, s, "bench-1").Epochs); diff != "" {
		t.Errorf("epochs (-want +got):\n%s", diff)
	}
	// A new journal is a new epoch.
	ingest(t, s, NewDesk("bench-1", 2).Journey("o3", "N3")[1:])
	st = station(t, s, "bench-1")
	if len(st.Epochs) != 2 || st.Missing() != 1 || st.Epochs[1].Watermark != 0 {
		t.Errorf("station = %+v", st)
	}
}

func testLinks(t *testing.T, open Opener) {
	s := fresh(t, open)
	seen := map[string]bool{}
	d := NewDesk("bench-1", 1)
	for i := range 20 {
		id := shipment.OrderID(fmt.Sprintf("o%d", i))
		es := d.Journey(id, shipment.TrackingNumber("N"+id))
		ingest(t, s, es[:1])
		token := record(t, s, string(id)).Token
		if len(token) != 26 || seen[token] {
			t.Fatalf("token %q: want 26 characters not seen before", token)
		}
		seen[token] = true
		ingest(t, s, es[1:])
		if got := record(t, s, string(id)).Token; got != token {
			t.Fatalf("the link of %s changed from %s to %s", id, token, got)
		}
	}
}

func testSharedNumbers(t *testing.T, open Opener) {
	s := fresh(t, open)
	d := NewDesk("bench-1", 1)
	ingest(t, s, d.Journey("o1", "SAME"))
	ingest(t, s, d.Journey("o2", "same"))
	c, err := s.Counts(t.Context())
	if err != nil || c.SharedNumbers != 1 {
		t.Errorf("%d shared numbers, want 1 (%v)", c.SharedNumbers, err)
	}
}

func testList(t *testing.T, open Opener) {
	s := fresh(t, open)
	d := NewDesk("bench-1", 1)
	ingest(t, s, d.Journey("o1", "N1")[:3])
	ingest(t, s, NewDesk("bench-2", 1).Journey("o2", "N2"))
	ingest(t, s, []tracking.Incoming{NewDesk("bench-3", 1).Seal("o3", shipment.OrderHeld{Reason: "needs_address", Message: "no street"})})
	ingest(t, s, []tracking.Incoming{NewDesk("bench-4", 1).Seal("o4", shipment.OrderRejected{})})
	ids := func(f tracking.Filter, limit int) []shipment.OrderID {
		rs, err := s.List(t.Context(), f, limit)
		if err != nil {
			t.Fatalf("List: %v", err)
		}
		var ids []shipment.OrderID
		for _, r := range rs {
			ids = append(ids, r.OrderID)
		}
		return ids
	}
	for _, tt := range []struct {
		f     tracking.Filter
		limit int
		want  []shipment.OrderID
	}{
		{tracking.Filter{}, 10, []shipment.OrderID{"o4", "o3", "o2", "o1"}},
		{tracking.Filter{}, 2, []shipment.OrderID{"o4", "o3"}},
		{tracking.Filter{Milestone: tracking.HandedOver}, 10, []shipment.OrderID{"o2"}},
		{tracking.Filter{Held: true}, 10, []shipment.OrderID{"o3"}},
		{tracking.Filter{Rejected: true}, 10, []shipment.OrderID{"o4"}},
		{tracking.Filter{Milestone: tracking.Delivered}, 10, nil},
	} {
		if diff := cmp.Diff(tt.want, ids(tt.f, tt.limit)); diff != "" {
			t.Errorf("List(%+v, %d) (-want +got):\n%s", tt.f, tt.limit, diff)
		}
	}
}

func testWatch(t *testing.T, open Opener) {
	s := fresh(t, open)
	es := NewDesk("bench-1", 1).Journey("o1", "N1")
	changed, stop := s.Watch("o1")
	other, stopOther := s.Watch("o2")
	defer stopOther()
	ingest(t, s, es[:2])
	<-changed // what is told is committed, so this cannot block for ever
	ingest(t, s, es[:2])
	select {
	case <-changed:
		t.Error("duplicates woke the watcher")
	case <-other:
		t.Error("another order's watcher was woken")
	default:
	}
	stop()
	ingest(t, s, es[2:])
	select {
	case <-changed:
		t.Error("a stopped watcher was woken")
	default:
	}
}

var upsRange = tracking.Range{ID: "ups-1z", Carrier: "ups", Scheme: "ups_1z", Prefix: "999AA103", From: 1, To: 250, Block: 100}

func testLeases(t *testing.T, open Opener) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	spare := tracking.Range{ID: "ups-spare", Carrier: "ups", Scheme: "ups_1z", Prefix: "999AA103", From: 1000, To: 1009}
	if err := s.SetRanges(t.Context(), []tracking.Range{upsRange, spare}); err != nil {
		t.Fatalf("SetRanges: %v", err)
	}
	lease := func(station shipment.StationID, key string, count int64) wire.Lease {
		t.Helper()
		l, err := s.Lease(t.Context(), wire.LeaseRequest{Key: key, Station: station, Carrier: "ups", Count: count})
		if err != nil {
			t.Fatalf("Lease %s: %v", key, err)
		}
		return l
	}
	first := lease("bench-1", "a", 50)
	if first.Next != 1 || first.End != 51 || first.Scheme != "ups_1z" || first.Prefix != "999AA103" || first.Range != "ups-1z" || first.ID == "" {
		t.Errorf("first lease = %+v", first)
	}
	if l := lease("bench-2", "a", 1000); l.Next != 51 || l.End != 151 {
		t.Errorf("a lease is at most a block: %+v", l)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir, Options{})
	defer s.Close()
	if diff := cmp.Diff(first, lease("bench-1", "a", 50)); diff != "" {
		t.Errorf("the same key got another block (-want +got):\n%s", diff)
	}
	if l := lease("bench-1", "b", 0); l.Next != 151 || l.End != 251 {
		t.Errorf("after opening again: %+v", l)
	}
	if l := lease("bench-1", "c", 0); l.Range != "ups-spare" || l.Next != 1000 || l.End != 1010 {
		t.Errorf("when the first range is used up: %+v", l)
	}
	_, err := s.Lease(t.Context(), wire.LeaseRequest{Key: "d", Station: "bench-1", Carrier: "ups"})
	if !fault.Is(err, fault.NotFound) {
		t.Errorf("with nothing left: %v, want not found", err)
	}
	_, err = s.Lease(t.Context(), wire.LeaseRequest{Key: "a", Station: "bench-1", Carrier: "usps"})
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("key reused for another carrier: %v, want conflict", err)
	}
	_, err = s.Lease(t.Context(), wire.LeaseRequest{Station: "bench-1", Carrier: "ups"})
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("without a key: %v, want invalid", err)
	}
	ls, err := s.Leases(t.Context(), "bench-1")
	if err != nil || len(ls) != 3 {
		t.Errorf("Leases = %+v, %v", ls, err)
	}
}

func testLeasesAtOnce(t *testing.T, open Opener) {
	s := fresh(t, open)
	big := tracking.Range{ID: "r", Carrier: "ups", Scheme: "plain", From: 0, To: 1 << 40, Block: 1000}
	if err := s.SetRanges(t.Context(), []tracking.Range{big}); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var all []wire.Lease
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			// Every lease is asked for twice, as after a lost answer.
			l, err := s.Lease(t.Context(), wire.LeaseRequest{Key: fmt.Sprint(i / 2), Station: "bench-1", Carrier: "ups", Count: int64(i/2%7 + 1)})
			if err != nil {
				t.Errorf("Lease: %v", err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			all = append(all, l)
		})
	}
	wg.Wait()
	slices.SortFunc(all, func(a, b wire.Lease) int { return int(a.Next - b.Next) })
	distinct := slices.Compact(all)
	if len(distinct) != 100 {
		t.Fatalf("%d blocks, want 100", len(distinct))
	}
	for i := 1; i < len(distinct); i++ {
		if distinct[i].Next < distinct[i-1].End {
			t.Errorf("blocks share numbers: %+v and %+v", distinct[i-1], distinct[i])
		}
	}
}

func testRanges(t *testing.T, open Opener) {
	s := fresh(t, open)
	if err := s.SetRanges(t.Context(), []tracking.Range{upsRange}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Lease(t.Context(), wire.LeaseRequest{Key: "a", Station: "b", Carrier: "ups"}); err != nil {
		t.Fatal(err)
	}
	change := func(f func(*tracking.Range)) tracking.Range {
		r := upsRange
		f(&r)
		return r
	}
	for name, tt := range map[string]struct {
		ranges []tracking.Range
		ok     bool
	}{
		"as it was":                 {[]tracking.Range{upsRange}, true},
		"grown":                     {[]tracking.Range{change(func(r *tracking.Range) { r.To = 500 })}, true},
		"other prefix":              {[]tracking.Range{change(func(r *tracking.Range) { r.Prefix = "X" })}, false},
		"other start":               {[]tracking.Range{change(func(r *tracking.Range) { r.From = 0 })}, false},
		"ends below what is leased": {[]tracking.Range{change(func(r *tracking.Range) { r.To = 99 })}, false},
		"overlaps another":          {[]tracking.Range{upsRange, change(func(r *tracking.Range) { r.ID, r.From, r.To = "x", 250, 300 })}, false},
		"overlaps a retired one":    {[]tracking.Range{change(func(r *tracking.Range) { r.ID, r.From = "x", 100 })}, false},
		"follows a retired one":     {[]tracking.Range{change(func(r *tracking.Range) { r.ID, r.From = "y", 501; r.To = 600 })}, true},
		"same name twice":           {[]tracking.Range{upsRange, upsRange}, false},
		"backwards":                 {[]tracking.Range{change(func(r *tracking.Range) { r.ID, r.From, r.To = "z", 900, 800 })}, false},
	} {
		err := s.SetRanges(t.Context(), tt.ranges)
		if (err == nil) != tt.ok {
			t.Errorf("%s: %v", name, err)
		}
		if !tt.ok && !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want invalid", name, err)
		}
	}
}
