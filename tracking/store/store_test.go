package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"waybill/internal/fault"
	"waybill/sync/wire"
	"waybill/tracking/store"
	"waybill/tracking/store/storetest"
)

// raw opens the file beside the store, as a person with sqlite3 would.
func raw(t *testing.T, dir string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "hub.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func open(t *testing.T, dir string, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), dir, o)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// The bytes of an event stay as they came, unknown members included.
func TestRawBytesAreKept(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, store.Options{})
	in := storetest.NewDesk("bench-1", 1).Journey("o1", "N1")[:1]
	in[0].Raw = bytes.Replace(in[0].Raw, []byte(`{`), []byte(`{"future":  [1, 2],`), 1)
	if _, err := s.Ingest(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	var got []byte
	if err := raw(t, dir).QueryRow(`SELECT raw FROM events`).Scan(&got); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, in[0].Raw) {
		t.Errorf("kept %s, came %s", got, in[0].Raw)
	}
}

// A spoilt projection is told again from the events and keeps nothing out.
func TestSpoiltStory(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, store.Options{})
	es := storetest.NewDesk("bench-1", 1).Journey("o1", "N1")
	if _, err := s.Ingest(t.Context(), es[:5]); err != nil {
		t.Fatal(err)
	}
	if _, err := raw(t, dir).Exec(`UPDATE shipments SET story = ?`, []byte(`{"order_id":`)); err != nil {
		t.Fatal(err)
	}
	rs, err := s.Ingest(t.Context(), es[5:])
	if err != nil || rs[0].Status != wire.Accepted {
		t.Fatalf("%v, %v", rs, err)
	}
	r, err := s.Shipment(t.Context(), "o1")
	if err != nil || len(r.Facts) != 6 {
		t.Errorf("%d facts, %v", len(r.Facts), err)
	}
}

// A file whose stories were told by another version is told again when opened.
func TestOtherStoryVersion(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, store.Options{})
	if _, err := s.Ingest(t.Context(), storetest.NewDesk("bench-1", 1).Journey("o1", "N1")); err != nil {
		t.Fatal(err)
	}
	before, err := s.Shipment(t.Context(), "o1")
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	db := raw(t, dir)
	for _, q := range []string{`UPDATE meta SET value = '0' WHERE key = 'story_version'`, `DELETE FROM shipments`, `DELETE FROM numbers`} {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	db.Close()
	after, err := open(t, dir, store.Options{}).Shipment(t.Context(), "N1")
	if err != nil || after.Token != before.Token || !after.Updated.Equal(before.Updated) || after.Milestone != before.Milestone {
		t.Errorf("after = %+v, %v; before = %+v", after, err, before)
	}
}

func TestNewerFileIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, store.Options{}).Close()
	if _, err := raw(t, dir).Exec(`PRAGMA user_version = 99`); err != nil {
		t.Fatal(err)
	}
	if s, err := store.Open(t.Context(), dir, store.Options{}); !fault.Is(err, fault.Permanent) {
		t.Errorf("Open = %v, %v; want permanent", s, err)
	}
}

// When a write fails nobody is told that it was kept, and the store goes on.
func TestFailedWrite(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, store.Options{Rand: strings.NewReader("only sixteen byt")})
	d := storetest.NewDesk("bench-1", 1)
	if _, err := s.Ingest(t.Context(), d.Journey("o1", "N1")); err != nil {
		t.Fatal(err)
	}
	es := d.Journey("o2", "N2") // there is no randomness for its token
	if rs, err := s.Ingest(t.Context(), es); err == nil {
		t.Fatalf("Ingest = %v without an error", rs)
	}
	if st, err := s.Stations(t.Context()); err != nil || st[0].Events != 6 {
		t.Errorf("%+v, %v: half a batch was kept", st, err)
	}
	if _, err := s.Shipment(t.Context(), "o2"); !fault.Is(err, fault.NotFound) {
		t.Errorf("o2: %v", err)
	}
}

func TestClosed(t *testing.T) {
	s := open(t, t.TempDir(), store.Options{})
	changed, stop := s.Watch("o1")
	defer stop()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, ok := <-changed; ok {
		t.Error("a watcher of a closed store got something")
	}
	_, err := s.Ingest(t.Context(), storetest.NewDesk("b", 1).Journey("o1", "N1"))
	if !errors.Is(err, store.ErrClosed) {
		t.Errorf("Ingest: %v, want closed", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

// A caller who goes away before the commit is told that it may have happened.
func TestCallerGoesAway(t *testing.T) {
	s := open(t, t.TempDir(), store.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Ingest(ctx, storetest.NewDesk("b", 1).Journey("o1", "N1"))
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("Ingest: %v", err)
	}
}

// The file is opened so that a commit is an fsync.
func TestDurability(t *testing.T) {
	for pragma, want := range store.Pragmas(t, t.TempDir()) {
		if want[0] != want[1] {
			t.Errorf("%s = %s, want %s", pragma, want[0], want[1])
		}
	}
}

func BenchmarkIngest(b *testing.B) {
	for _, size := range []int{1, 50, 500} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s, err := store.Open(b.Context(), b.TempDir(), store.Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			d := storetest.NewDesk("bench-1", 1)
			n := 0
			for b.Loop() {
				b.StopTimer()
				in := storetest.Some(d, size)
				b.StartTimer()
				if _, err := s.Ingest(b.Context(), in); err != nil {
					b.Fatal(err)
				}
				n += size
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
