package store_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking/store"
	"waybill/tracking/store/storetest"
)

// TestNewsComeInPages has a station ask that was away while very many parcels left
// elsewhere.
func TestNewsComeInPages(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, store.Options{})
	const many = 2*wire.MaxNews + 1
	tx, err := raw(t, dir).Begin()
	if err != nil {
		t.Fatal(err)
	}
	for i := range many {
		if _, err := tx.Exec(`INSERT INTO news (station, kind, subject, change, heard, epoch) VALUES ('dock-1', 'parcel', ?, 1, 0, 0)`, fmt.Sprintf("1Z%04d", i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	q := wire.NewsQuestion{Epoch: 1}
	for page, want := range []int{wire.MaxNews, wire.MaxNews, 1} {
		told, err := s.ParcelNews(t.Context(), "dock-1", q)
		if err != nil || len(told.Parcels) != want || told.More != (want != 1) {
			t.Fatalf("page %d has %d, more %t, error %v", page, len(told.Parcels), told.More, err)
		}
		heard := wire.Heard{Epoch: 1}
		for _, p := range told.Parcels {
			q.After = string(p.TrackingNumber)
			heard.News = append(heard.News, wire.HeardOf{ID: q.After, Change: p.Change})
		}
		if page == 1 {
			continue // what cannot be met keeps nothing that comes after it back
		}
		if err := s.HeardParcels(t.Context(), "dock-1", heard); err != nil {
			t.Fatal(err)
		}
	}
	if told, err := s.ParcelNews(t.Context(), "dock-1", wire.NewsQuestion{Epoch: 1}); err != nil || len(told.Parcels) != wire.MaxNews || told.More {
		t.Errorf("left are %d, error %v", len(told.Parcels), err)
	}
}

// TestNewsPassByWhatCannotBeTold has more pick-ups than a page without events before one
// that has some, and a parcel before another whose label's event is spoilt.
func TestNewsPassByWhatCannotBeTold(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, store.Options{})
	d := storetest.NewDesk("dock-1", 1)
	in := append(d.Journey("A1", "1ZA1")[:4], d.Journey("A2", "1ZA2")[:4]...)
	if _, err := s.Ingest(t.Context(), append(in, d.Seal("", shipment.HandoffOpened{Handoff: "h7", Carrier: "ups"}))); err != nil {
		t.Fatal(err)
	}
	for key, number := range map[string]shipment.TrackingNumber{"k1": "1ZA1", "k2": "1ZA2"} {
		if _, err := s.TakeOverParcel(t.Context(), number, wire.TakeoverRequest{Key: key, Station: "dock-2", From: "dock-1"}); err != nil {
			t.Fatal(err)
		}
	}
	db := raw(t, dir)
	for _, q := range []string{
		fmt.Sprintf(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
			INSERT INTO news SELECT 'dock-2', 'handoff', printf('g%%04d', i), 1, 0, 0 FROM n`, wire.MaxNews+1),
		`INSERT INTO news VALUES ('dock-2', 'handoff', 'h7', 1, 0, 0)`,
		`UPDATE events SET raw = '{' WHERE subject = 'A1'`,
	} {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	if told, err := s.HandoffNews(t.Context(), "dock-2", wire.NewsQuestion{Epoch: 1}); err != nil || len(told.Handoffs) != 1 || told.Handoffs[0].ID != "h7" || told.More {
		t.Errorf("the pick-ups are %+v, error %v", told, err)
	}
	if told, err := s.ParcelNews(t.Context(), "dock-2", wire.NewsQuestion{Epoch: 1}); err != nil || len(told.Parcels) != 1 || told.Parcels[0].Order != "A2" {
		t.Errorf("the parcels are %+v, error %v", told, err)
	}
}

// TestHeardNewsCostNothing holds that a question passes by what was heard of.
func TestHeardNewsCostNothing(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, store.Options{})
	rows, err := raw(t, dir).Query(`EXPLAIN QUERY PLAN `+store.UnheardNews, "dock-1", "parcel", "", 1, 100)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var got []string
	for rows.Next() {
		var plan string
		if err := rows.Scan(new(int), new(int), new(int), &plan); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(plan, "S") {
			_, by, _ := strings.Cut(plan, "USING ")
			got = append(got, by)
		}
	}
	want := []string{
		"INDEX news_unheard (station=? AND kind=? AND subject>?)",
		"INDEX news_epoch (station=? AND kind=? AND epoch<?)", "INDEX news_epoch (station=? AND kind=? AND epoch>?)",
	}
	if diff := cmp.Diff(want, got); diff != "" || rows.Err() != nil {
		t.Errorf("(-want +got):\n%s%v", diff, rows.Err())
	}
}

// TestAFileThatKeptNoNewsTellsThemAgain opens a file of schema 7.
func TestAFileThatKeptNoNewsTellsThemAgain(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, store.Options{})
	d := storetest.NewDesk("dock-1", 1)
	if _, err := s.Ingest(t.Context(), d.Journey("A1", "1ZA1")[:4]); err != nil {
		t.Fatal(err)
	}
	if _, err := s.TakeOverParcel(t.Context(), "1ZA1", wire.TakeoverRequest{Key: "k", Station: "dock-2", From: "dock-1"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	db := raw(t, dir)
	for _, q := range []string{`DROP TABLE news`, `PRAGMA user_version = 7`} {
		if _, err := db.Exec(q); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // the second time it is current
		s = open(t, dir, store.Options{})
		for _, station := range []shipment.StationID{"dock-1", "dock-2"} {
			told, err := s.ParcelNews(t.Context(), station, wire.NewsQuestion{Epoch: 1})
			if err != nil || len(told.Parcels) != 1 || told.Parcels[0].Holder != "dock-2" {
				t.Errorf("%s is told %+v, error %v", station, told, err)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
