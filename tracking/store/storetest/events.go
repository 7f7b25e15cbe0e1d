package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

var sameTime = cmp.Comparer(func(a, b wire.Timestamp) bool { return time.Time(a).Equal(time.Time(b)) })

func testJourney(t *testing.T, open Opener) {
	dir := t.TempDir()
	s := open(t, dir, Options{})
	es := NewDesk("bench-1", 1).Journey("o1", "1Z999AA10123456784")
	wantAll(t, ingest(t, s, es), wire.Accepted)
	before := record(t, s, "o1")
	if before.Milestone != tracking.HandedOver || len(before.Timeline) != len(es) || before.Token == "" {
		t.Errorf("shipment = %+v", before)
	}
	if err := s.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	s = open(t, dir, Options{})
	defer s.Close()
	if diff := cmp.Diff(before, record(t, s, " 1z999aa10123456784 "), sameTime); diff != "" {
		t.Errorf("after opening again, by number (-want +got):\n%s", diff)
	}
	if r, err := s.ByToken(t.Context(), before.Token); err != nil || r.OrderID != "o1" {
		t.Errorf("ByToken = %v, %v", r.OrderID, err)
	}
	for _, ref := range []string{"", "nothing"} {
		if _, err := s.Shipment(t.Context(), ref); !fault.Is(err, fault.NotFound) {
			t.Errorf("Shipment(%q): %v, want not found", ref, err)
		}
		if _, err := s.ByToken(t.Context(), ref); !fault.Is(err, fault.NotFound) {
			t.Errorf("ByToken(%q): %v, want not found", ref, err)
		}
	}
	if err := s.Retell(t.Context()); err != nil {
		t.Fatalf("Retell: %v", err)
	}
	if diff := cmp.Diff(before, record(t, s, "o1"), sameTime); diff != "" {
		t.Errorf("told again it is another story (-want +got):\n%s", diff)
	}
}

func testTwice(t *testing.T, open Opener) {
	s := fresh(t, open)
	es := NewDesk("bench-1", 1).Journey("o1", "N1")
	wantAll(t, ingest(t, s, es), wire.Accepted)
	before := record(t, s, "o1")
	wantAll(t, ingest(t, s, es), wire.Duplicate)
	if diff := cmp.Diff(before, record(t, s, "o1"), sameTime); diff != "" {
		t.Errorf("the same batch again changed the shipment:\n%s", diff)
	}
	// Twice within one batch as well.
	es = NewDesk("bench-2", 1).Journey("o2", "N2")
	rs := ingest(t, s, append(slices.Clone(es), es...))
	wantAll(t, rs[:len(es)], wire.Accepted)
	wantAll(t, rs[len(es):], wire.Duplicate)
	if st := station(t, s, "bench-2"); st.Events != int64(len(es)) {
		t.Errorf("%d events counted, want %d", st.Events, len(es))
	}
}

func testOverlap(t *testing.T, open Opener) {
	s := fresh(t, open)
	es := NewDesk("bench-1", 1).Journey("o1", "N1")
	wantAll(t, ingest(t, s, es[:4]), wire.Accepted)
	rs := ingest(t, s, es[2:])
	wantAll(t, rs[:2], wire.Duplicate)
	wantAll(t, rs[2:], wire.Accepted)
	if st := station(t, s, "bench-1"); st.Missing() != 0 || st.Epochs[0].Watermark != 6 {
		t.Errorf("station = %+v", st)
	}
}

func testAnyOrder(t *testing.T, open Opener) {
	s := fresh(t, open)
	straight := NewDesk("bench-1", 1)
	var es []tracking.Incoming
	for i := range 5 {
		es = append(es, straight.Journey(shipment.OrderID(fmt.Sprintf("o%d", i)), shipment.TrackingNumber(fmt.Sprintf("N%d", i)))...)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	rng.Shuffle(len(es), func(i, j int) { es[i], es[j] = es[j], es[i] })
	for chunk := range slices.Chunk(es, 7) {
		wantAll(t, ingest(t, s, chunk), wire.Accepted)
	}
	for i := range 5 {
		r := record(t, s, fmt.Sprintf("o%d", i))
		if r.Milestone != tracking.HandedOver || len(r.Timeline) != 6 {
			t.Errorf("o%d: %s with %d lines", i, r.Milestone, len(r.Timeline))
		}
		for k := 1; k < len(r.Facts); k++ {
			if r.Facts[k].Sequence < r.Facts[k-1].Sequence {
				t.Errorf("o%d: the story is out of order", i)
			}
		}
	}
	if st := station(t, s, "bench-1"); st.Epochs[0].Watermark != 30 || st.Missing() != 0 {
		t.Errorf("station = %+v", st)
	}
}

func testAtOnce(t *testing.T, open Opener) {
	s := fresh(t, open)
	const stations, orders, senders = 4, 6, 3
	var mu sync.Mutex
	accepted := map[string]int{}
	var wg sync.WaitGroup
	for st := range stations {
		d := NewDesk(shipment.StationID(fmt.Sprintf("bench-%d", st)), 1)
		var es []tracking.Incoming
		for o := range orders {
			es = append(es, d.Journey(shipment.OrderID(fmt.Sprintf("o%d-%d", st, o)), shipment.TrackingNumber(fmt.Sprintf("N%d-%d", st, o)))...)
		}
		// The same history from several senders at once, cut differently.
		for k := range senders {
			wg.Go(func() {
				for chunk := range slices.Chunk(es, 3+k*2) {
					rs, err := s.Ingest(t.Context(), chunk)
					if err != nil {
						t.Errorf("Ingest: %v", err)
						return
					}
					mu.Lock()
					for _, r := range rs {
						switch r.Status {
						case wire.Accepted:
							accepted[r.ID]++
						case wire.Duplicate: // another sender was first
						case wire.Rejected:
							t.Errorf("%s rejected: %s", r.ID, r.Reason)
						}
					}
					mu.Unlock()
				}
			})
		}
	}
	wg.Wait()
	if len(accepted) != stations*orders*6 {
		t.Errorf("%d events accepted, want %d", len(accepted), stations*orders*6)
	}
	for id, n := range accepted {
		if n != 1 {
			t.Errorf("%s accepted %d times", id, n)
		}
	}
	for st := range stations {
		for o := range orders {
			if r := record(t, s, fmt.Sprintf("o%d-%d", st, o)); len(r.Facts) != 6 || r.Milestone != tracking.HandedOver {
				t.Errorf("%s: %s with %d facts", r.OrderID, r.Milestone, len(r.Facts))
			}
		}
	}
}

func testForks(t *testing.T, open Opener) {
	s := fresh(t, open)
	es := NewDesk("bench-1", 1).Journey("o1", "N1")
	wantAll(t, ingest(t, s, es), wire.Accepted)
	before := record(t, s, "o1")
	// A restored backup goes on with another history under the same numbers.
	fork := NewDesk("bench-1", 1).Journey("o1", "N2")
	for i := range fork {
		fork[i].Env.ID += "-fork"
	}
	rs := ingest(t, s, fork[2:])
	wantAll(t, rs[:1], wire.Rejected)
	if !strings.Contains(rs[0].Reason, "forked history") || rs[0].Code != wire.CodeForked {
		t.Errorf("code %q, reason %q", rs[0].Code, rs[0].Reason)
	}
	ingest(t, s, fork[2:]) // again: it is set aside once
	if diff := cmp.Diff(before, record(t, s, "o1"), sameTime); diff != "" {
		t.Errorf("a fork changed the shipment:\n%s", diff)
	}
	// One whose ID is taken, by another station too.
	other := NewDesk("bench-2", 1).Journey("o1", "N1")
	other[0].Env.ID = es[0].Env.ID
	rs = ingest(t, s, other[:1])
	wantAll(t, rs, wire.Rejected)
	if rs[0].Code != wire.CodeClash {
		t.Errorf("code %q, want a clash", rs[0].Code)
	}
	// Events 3, 4, 5 and 6 of the fork and the one with a taken ID.
	if c, err := s.Counts(t.Context()); err != nil || c.Quarantined != 5 {
		t.Errorf("%d set aside, want 5 (%v)", c.Quarantined, err)
	}
}

func testChains(t *testing.T, open Opener) {
	s := fresh(t, open)
	a := NewDesk("bench-1", 1).Journey("o1", "N1")
	b := NewDesk("bench-1", 1).Journey("o1", "OTHER")
	wantAll(t, ingest(t, s, a[:3]), wire.Accepted)
	// b differs from the third event on, so its fourth does not follow from a's third.
	wantAll(t, ingest(t, s, b[3:4]), wire.Rejected)
	// Arriving before its predecessor it cannot be judged; then the predecessor is.
	wantAll(t, ingest(t, s, a[4:5]), wire.Accepted)
	wantAll(t, ingest(t, s, b[3:4]), wire.Rejected)
	wantAll(t, ingest(t, s, a[3:4]), wire.Accepted)
	wantAll(t, ingest(t, s, a[5:]), wire.Accepted)
	c := NewDesk("bench-1", 2).Journey("o1", "N1")
	c[0].Env.PrevHash = a[0].Env.PrevHash[1:] + "1"
	wantAll(t, ingest(t, s, c[:1]), wire.Rejected)
}

func testBadEvents(t *testing.T, open Opener) {
	s := fresh(t, open)
	d := NewDesk("bench-1", 1)
	good := d.Journey("o1", "N1")
	bad := good[0]
	bad.Env.SpecVersion = "0.3"
	epoch := good[1]
	epoch.Env.Epoch = 0
	unreadable := d.Seal("o1", rawFact(`{"order":5}`))
	unknown := d.Seal("o1", rawFact(`{"x":1}`))
	unknown.Env.Type = "com.example.other"
	own := d.Seal("", shipment.DeviceChanged{Kind: "printer", Name: "zebra-1", State: "away"})
	left := d.Seal("o1", rawHandOver(`{"parcel":"o1-1","tracking_number":"N1","carrier":"ups","handoff":"h1","entry":1,"weight_g":"300"}`))
	rs := ingest(t, s, append([]tracking.Incoming{bad, epoch}, append(good, unreadable, left, unknown, own)...))
	wantAll(t, rs[:2], wire.Rejected)
	wantAll(t, rs[2:], wire.Accepted)
	for _, r := range rs[2+len(good) : 4+len(good)] {
		if !strings.Contains(r.Reason, "not understood") {
			t.Errorf("%s is unreadable: reason %q", r.ID, r.Reason)
		}
	}
	if c, err := s.Counts(t.Context()); err != nil || c.Unreadable != 2 || c.Shipments != 1 {
		t.Errorf("counts %+v, %v", c, err)
	}
	wantAll(t, ingest(t, s, []tracking.Incoming{unreadable}), wire.Duplicate)
}

// rawFact is an order.accepted with whatever data.
type rawFact string

func (rawFact) EventType() shipment.EventType  { return shipment.OrderAcceptedType }
func (f rawFact) MarshalJSON() ([]byte, error) { return []byte(f), nil }

// rawHandOver is a parcel.handed_over with whatever data.
type rawHandOver string

func (rawHandOver) EventType() shipment.EventType  { return shipment.ParcelHandedOverType }
func (f rawHandOver) MarshalJSON() ([]byte, error) { return []byte(f), nil }
