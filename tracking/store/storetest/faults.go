package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

// testZeroCharacters holds that the one character that not every database has in
// its texts is refused where it would be a key, and harms nobody elsewhere.
func testZeroCharacters(t *testing.T, open Opener) {
	s := fresh(t, open)
	d := NewDesk("bench-1", 1)
	good := d.Journey("o1", "N1")
	bad := good[1]
	bad.Env.Subject = "o1\x00"
	rs := ingest(t, s, []tracking.Incoming{good[0], bad})
	if rs[0].Status != wire.Accepted || rs[1].Status != wire.Rejected || rs[1].Code != wire.CodeMalformed {
		t.Fatalf("%+v", rs)
	}
	wantAll(t, ingest(t, s, good[1:]), wire.Accepted)
	odd := NewDesk("bench-2", 1).Journey("o2", "N\x002")
	wantAll(t, ingest(t, s, odd), wire.Accepted)
	for _, ref := range []string{"o2", "N\x002"} {
		if r := record(t, s, ref); r.OrderID != "o2" || len(r.Facts) != 6 {
			t.Errorf("Shipment(%q) is %s with %d facts", ref, r.OrderID, len(r.Facts))
		}
	}
	stray := NewDesk("bench-3", 1).Seal("o2", shipment.ParcelHandedOver{Parcel: "o2-1", TrackingNumber: "N\x002", Carrier: "ups", Handoff: "h\x001"})
	wantAll(t, ingest(t, s, []tracking.Incoming{stray}), wire.Accepted)
	for _, ref := range []string{"o1\x00", "\x00"} {
		if _, err := s.Shipment(t.Context(), ref); !fault.Is(err, fault.NotFound) {
			t.Errorf("Shipment(%q): %v", ref, err)
		}
		if _, err := s.ByToken(t.Context(), ref); !fault.Is(err, fault.NotFound) {
			t.Errorf("ByToken(%q): %v", ref, err)
		}
	}
}

// testBytesAreKept holds that an event stays as it came, unknown members included.
func testBytesAreKept(t *testing.T, open Opener) {
	s := fresh(t, open)
	in := NewDesk("bench-1", 1).Journey("o1", "N1")[:1]
	in[0].Raw = bytes.Replace(in[0].Raw, []byte(`{`), []byte(`{"future":  [1, 2],`), 1)
	wantAll(t, ingest(t, s, in), wire.Accepted)
	got, err := s.EventsAfter(t.Context(), tracking.Span{}, 10)
	if err != nil || len(got) != 1 || !bytes.Equal(got[0].Raw, in[0].Raw) {
		t.Errorf("kept %+v, came %s (%v)", got, in[0].Raw, err)
	}
}

// testFailedWrite holds that when a write fails nobody is told that it was kept,
// and the store goes on.
func testFailedWrite(t *testing.T, open Opener) {
	s := open(t, t.TempDir(), Options{Rand: strings.NewReader("only sixteen byt")})
	t.Cleanup(func() { s.Close() })
	d := NewDesk("bench-1", 1)
	wantAll(t, ingest(t, s, d.Journey("o1", "N1")), wire.Accepted)
	es := d.Journey("o2", "N2") // there is no randomness for its token
	if rs, err := s.Ingest(t.Context(), es); err == nil {
		t.Fatalf("Ingest = %v without an error", rs)
	}
	if st := station(t, s, "bench-1"); st.Events != 6 {
		t.Errorf("%+v: half a batch was kept", st)
	}
	if _, err := s.Shipment(t.Context(), "o2"); !fault.Is(err, fault.NotFound) {
		t.Errorf("o2: %v", err)
	}
	wantAll(t, ingest(t, s, es[:0]), wire.Accepted)
	wantAll(t, ingest(t, s, NewDesk("bench-1", 1).Journey("o1", "N1")), wire.Duplicate)
}

func testClosed(t *testing.T, open Opener) {
	s := open(t, t.TempDir(), Options{})
	changed, stop := s.Watch("o1")
	defer stop()
	news, stopNews := s.Posted()
	defer stopNews()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, ok := <-changed; ok {
		t.Error("a watcher of a closed store got something")
	}
	for range news { // PostgreSQL's may have been told of something before
	}
	if _, err := s.Ingest(t.Context(), NewDesk("b", 1).Journey("o1", "N1")); err == nil {
		t.Error("a closed store took events")
	}
	if err := s.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

// testCallerGoesAway holds that a caller who goes away before the commit is told
// that it may have happened.
func testCallerGoesAway(t *testing.T, open Opener) {
	s := fresh(t, open)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Ingest(ctx, NewDesk("b", 1).Journey("o1", "N1"))
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("Ingest: %v", err)
	}
}

// testFullQuarantine has a station send more that contradicts than is kept of it.
func testFullQuarantine(t *testing.T, open Opener) {
	s := fresh(t, open)
	wantAll(t, ingest(t, s, Some(NewDesk("bench-1", 1), 600)), wire.Accepted)
	for n := range 18 {
		es := Some(NewDesk("bench-1", 1), 600)
		for i := range es {
			es[i].Env.ID = fmt.Sprintf("fork-%d-%d", n, i)
			es[i].Raw = bytes.Replace(es[i].Raw, []byte("{"), fmt.Appendf(nil, `{"n": %d, `, n), 1)
		}
		for _, r := range ingest(t, s, es) {
			if r.Status != wire.Rejected || r.Code != wire.CodeForked {
				t.Fatalf("%+v", r)
			}
		}
	}
	if c, err := s.Counts(t.Context()); err != nil || c.Quarantined != 10_000 {
		t.Errorf("%d set aside, want the limit (%v)", c.Quarantined, err)
	}
}
