package store_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
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

// A file of before does not keep in its stories which pick-ups a parcel was on: they
// are told again, and so what comes afterwards is understood.
func TestStoriesWithoutPickUps(t *testing.T) {
	for _, version := range []string{"1", "2"} {
		t.Run(version, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, dir, store.Options{})
			d := storetest.NewDesk("bench-1", 1)
			onto := shipment.ParcelHandedOver{Parcel: "o1-1", TrackingNumber: "N1", Carrier: "ups", Handoff: "h2"}
			off := shipment.ParcelTakenBack{Parcel: "o1-1", TrackingNumber: "N1", Carrier: "ups", Handoff: "h1"}
			if _, err := s.Ingest(t.Context(), append(d.Journey("o1", "N1"), d.Seal("o1", onto), d.Seal("o1", off))); err != nil {
				t.Fatal(err)
			}
			before, err := s.Shipment(t.Context(), "o1")
			if err != nil {
				t.Fatal(err)
			}
			s.Close()
			for i := range before.Facts {
				before.Facts[i].Handoff, before.Facts[i].Entry = "", 0
			}
			kept, err := json.Marshal(tracking.Shipment{OrderID: before.OrderID, Facts: before.Facts})
			if err != nil {
				t.Fatal(err)
			}
			db := raw(t, dir)
			if _, err := db.Exec(`UPDATE shipments SET story = ?`, kept); err != nil {
				t.Fatal(err)
			}
			if _, err := db.Exec(`UPDATE meta SET value = ? WHERE key = 'story_version'`, version); err != nil {
				t.Fatal(err)
			}
			db.Close()
			s = open(t, dir, store.Options{})
			if after, err := s.Shipment(t.Context(), "N1"); err != nil || after.Milestone != tracking.HandedOver || after.Token != before.Token || !after.Updated.Equal(before.Updated) {
				t.Errorf("after = %+v, %v; before = %+v", after, err, before)
			}
			off.Handoff = "h2"
			if _, err := s.Ingest(t.Context(), []tracking.Incoming{d.Seal("o1", off)}); err != nil {
				t.Fatal(err)
			}
			if after, err := s.Shipment(t.Context(), "N1"); err != nil || after.Milestone != tracking.Packed {
				t.Errorf("off both it is %s, %v", after.Milestone, err)
			}
		})
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
