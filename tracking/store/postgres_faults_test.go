package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"waybill/internal/fault"
	"waybill/internal/servertest"
	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
	"waybill/tracking/store"
	"waybill/tracking/store/storetest"
)

func openPostgres(t *testing.T, url string, o store.Options) *store.Store {
	t.Helper()
	s, err := store.OpenPostgres(t.Context(), url, "", o)
	if err != nil {
		t.Fatalf("OpenPostgres: %v", err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// TestPostgresIsMended holds what the store does about a database that is not as
// it left it.
func TestPostgresIsMended(t *testing.T) {
	pg := servertest.StartPostgres(t)

	t.Run("a spoilt story is told again", func(t *testing.T) {
		s := openPostgres(t, pg.Create(t, "spoilt"), store.Options{})
		es := storetest.NewDesk("bench-1", 1).Journey("o1", "N1")
		if _, err := s.Ingest(t.Context(), es[:5]); err != nil {
			t.Fatal(err)
		}
		pg.SQL(t, "spoilt", `UPDATE shipments SET story = '{"order_id":'`)
		rs, err := s.Ingest(t.Context(), es[5:])
		if err != nil || rs[0].Status != wire.Accepted {
			t.Fatalf("%v, %v", rs, err)
		}
		if r, err := s.Shipment(t.Context(), "o1"); err != nil || len(r.Facts) != 6 {
			t.Errorf("%d facts, %v", len(r.Facts), err)
		}
	})

	t.Run("what is taken to be new and is there is met with care", func(t *testing.T) {
		s := openPostgres(t, pg.Create(t, "there"), store.Options{})
		es := storetest.NewDesk("bench-1", 1).Journey("o1", "N1")
		if _, err := s.Ingest(t.Context(), es[:5]); err != nil {
			t.Fatal(err)
		}
		before, err := s.Shipment(t.Context(), "o1")
		if err != nil {
			t.Fatal(err)
		}
		pg.SQL(t, "there", `DELETE FROM shipments`) // the buyer's link stays
		rs, err := s.Ingest(t.Context(), es[5:])
		if err != nil || rs[0].Status != wire.Accepted {
			t.Fatalf("%v, %v", rs, err)
		}
		if after, err := s.Shipment(t.Context(), "N1"); err != nil || after.Token != before.Token || len(after.Facts) != 1 {
			t.Errorf("%d facts, token %q, want %q (%v)", len(after.Facts), after.Token, before.Token, err)
		}
	})

	t.Run("what shares a commit with such is taken once", func(t *testing.T) {
		s := openPostgres(t, pg.Create(t, "shared"), store.Options{})
		one, two := storetest.NewDesk("bench-1", 1).Journey("o1", "N1"), storetest.NewDesk("bench-2", 1).Journey("o2", "N2")
		if _, err := s.Ingest(t.Context(), one[:5]); err != nil {
			t.Fatal(err)
		}
		pg.SQL(t, "shared", `DELETE FROM shipments; DELETE FROM outbox`) // the buyer's link stays
		again := append(slices.Clone(one[4:]), two[2])
		again[2].Env.ID = one[0].Env.ID
		got := store.IngestTogether(t, s, two[:2], again)
		for i, want := range [][]wire.Status{{wire.Accepted, wire.Accepted}, {wire.Duplicate, wire.Accepted, wire.Rejected}} {
			for k, r := range got[i] {
				if r.Status != want[k] {
					t.Errorf("call %d, %s: %s %s, want %s", i, r.ID, r.Status, r.Reason, want[k])
				}
			}
		}
		ps, _, err := s.Postings(t.Context(), 0, 10)
		want := []tracking.Span{{Station: "bench-2", Epoch: 1, From: 1, To: 2}, {Station: "bench-1", Epoch: 1, From: 6, To: 6}}
		if err != nil || len(ps) != 1 || !slices.Equal(ps[0].Spans, want) {
			t.Errorf("postings are %+v, error %v", ps, err)
		}
	})

	t.Run("stories of another version are told again", func(t *testing.T) {
		url := pg.Create(t, "other")
		s := openPostgres(t, url, store.Options{})
		if _, err := s.Ingest(t.Context(), storetest.NewDesk("bench-1", 1).Journey("o1", "N1")); err != nil {
			t.Fatal(err)
		}
		before, err := s.Shipment(t.Context(), "o1")
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
		pg.SQL(t, "other", `UPDATE meta SET value = '0' WHERE key = 'story_version'; DELETE FROM shipments; DELETE FROM numbers`)
		after, err := openPostgres(t, url, store.Options{}).Shipment(t.Context(), "N1")
		if err != nil || after.Token != before.Token || !after.Updated.Equal(before.Updated) || after.Milestone != before.Milestone {
			t.Errorf("after = %+v, %v; before = %+v", after, err, before)
		}
	})

	t.Run("newer tables are left alone", func(t *testing.T) {
		url := pg.Create(t, "newer")
		openPostgres(t, url, store.Options{}).Close()
		pg.SQL(t, "newer", `UPDATE meta SET value = '99' WHERE key = 'schema'`)
		if s, err := store.OpenPostgres(t.Context(), url, "", store.Options{}); !fault.Is(err, fault.Permanent) {
			t.Errorf("OpenPostgres = %v, %v; want permanent", s, err)
		}
	})

	t.Run("tables that another has brought forward are written no more", func(t *testing.T) {
		s := openPostgres(t, pg.Create(t, "forward"), store.Options{})
		d := storetest.NewDesk("bench-1", 1)
		if _, err := s.Ingest(t.Context(), d.Journey("o1", "N1")); err != nil {
			t.Fatal(err)
		}
		pg.SQL(t, "forward", `UPDATE meta SET value = '99' WHERE key = 'schema'`)
		_, taken := s.Ingest(t.Context(), d.Journey("o2", "N2"))
		_, moved := s.TakeOverParcel(t.Context(), "N1", wire.TakeoverRequest{Key: "k", Station: "dock-2", From: "bench-1"})
		for what, err := range map[string]error{"an event": taken, "a take-over": moved, "a question": s.Ping(t.Context())} {
			if !fault.Is(err, fault.Permanent) || !strings.Contains(err.Error(), "another hub has brought the store up to date") {
				t.Errorf("%s: %v", what, err)
			}
		}
		if _, err := s.Shipment(t.Context(), "o2"); !fault.Is(err, fault.NotFound) {
			t.Errorf("it was taken: %v", err)
		}
	})

	t.Run("what changed hands in older tables is told again", func(t *testing.T) {
		url := pg.Create(t, "older")
		s := openPostgres(t, url, store.Options{})
		d := storetest.NewDesk("dock-1", 1)
		in := append(d.Journey("A1", "1ZA1")[:4], d.Seal("", shipment.HandoffOpened{Handoff: "h7", Carrier: "ups"}))
		if _, err := s.Ingest(t.Context(), in); err != nil {
			t.Fatal(err)
		}
		req := wire.TakeoverRequest{Key: "k", Station: "dock-2", From: "dock-1"}
		if _, err := s.TakeOverParcel(t.Context(), "1ZA1", req); err != nil {
			t.Fatal(err)
		}
		if _, err := s.TakeOver(t.Context(), "h7", req); err != nil {
			t.Fatal(err)
		}
		for when, q := range map[string]string{
			"after an update":               `DROP TABLE news; UPDATE meta SET value = '3' WHERE key = 'schema'`,
			"after an older hub beside one": `DELETE FROM news WHERE station = 'dock-2'`,
		} {
			s.Close()
			pg.SQL(t, "older", q)
			for range 2 { // the second time they are current
				s = openPostgres(t, url, store.Options{})
				for _, station := range []shipment.StationID{"dock-1", "dock-2"} {
					parcels, err := s.ParcelNews(t.Context(), station, wire.NewsQuestion{Epoch: 1})
					if err != nil || len(parcels.Parcels) != 1 || parcels.Parcels[0].Holder != "dock-2" {
						t.Errorf("%s %s is told of the parcels %+v, error %v", when, station, parcels, err)
					}
					handoffs, err := s.HandoffNews(t.Context(), station, wire.NewsQuestion{Epoch: 1})
					if err != nil || len(handoffs.Handoffs) != 1 || handoffs.Handoffs[0].Station != "dock-2" {
						t.Errorf("%s %s is told of the pick-ups %+v, error %v", when, station, handoffs, err)
					}
				}
				s.Close()
			}
		}
	})

	t.Run("an outbox of another server begins anew", func(t *testing.T) {
		url := pg.Create(t, "moved")
		s := openPostgres(t, url, store.Options{})
		if _, err := s.Ingest(t.Context(), storetest.NewDesk("bench-1", 1).Journey("o1", "N1")); err != nil {
			t.Fatal(err)
		}
		s.Close()
		pg.SQL(t, "moved", `UPDATE outbox SET n = n + 1000000000; INSERT INTO cursors VALUES ('bus', 1000000000, 'm')`)
		s = openPostgres(t, url, store.Options{})
		if place, mark, err := s.Cursor(t.Context(), "bus"); err != nil || place != 0 || mark != "" {
			t.Errorf("the cursor is at %d, %q, %v", place, mark, err)
		}
		if _, err := s.Ingest(t.Context(), storetest.NewDesk("bench-2", 1).Journey("o2", "N2")); err != nil {
			t.Fatal(err)
		}
		for {
			ps, unsettled, err := s.Postings(t.Context(), 0, 10)
			if err != nil {
				t.Fatal(err)
			}
			if unsettled {
				continue
			}
			if len(ps) != 1 || ps[0].Spans[0].Station != "bench-2" {
				t.Errorf("postings are %+v", ps)
			}
			break
		}
	})

	t.Run("a server that forgets is refused", func(t *testing.T) {
		url := pg.Create(t, "unsafe")
		pg.SQL(t, "unsafe", `ALTER DATABASE unsafe SET synchronous_commit = off`)
		if _, err := store.OpenPostgres(t.Context(), url, "", store.Options{}); !fault.Is(err, fault.Permanent) || !strings.Contains(err.Error(), "synchronous_commit") {
			t.Errorf("OpenPostgres: %v", err)
		}
	})
}

// TestPostgresAddresses holds what of an address is refused, and that a password
// is not told.
func TestPostgresAddresses(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"postgres://u:secret@db/x?sslmode=prefer":       "falls back",
		"postgres://u:secret@db/x?connect_timeout=many": "connect_timeout",
		"postgres://u:secret@[::1/x":                    "no URL",
	} {
		_, err := store.OpenPostgres(t.Context(), address, "", store.Options{})
		if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v; want %q", address, err, want)
		}
	}
}

// TestPostgresOfMany has several stores on one database at once, as in several
// processes: one history each, orders they share, one lease and one winner.
func TestPostgresOfMany(t *testing.T) {
	pg := servertest.StartPostgres(t)
	url := pg.Create(t, "many")
	var all [3]*store.Store
	var up sync.WaitGroup
	for i := range all {
		up.Go(func() { all[i] = openPostgres(t, url, store.Options{}) })
	}
	up.Wait()
	if err := all[0].SetRanges(t.Context(), []tracking.Range{{ID: "r", Carrier: "ups", Scheme: "plain", From: 1, To: 1 << 40, Block: 10}}); err != nil {
		t.Fatal(err)
	}
	const stations, orders = 4, 20
	var mu sync.Mutex
	accepted, leases := map[string]int{}, map[int64]int{}
	var work sync.WaitGroup
	for st := range stations {
		id := shipment.StationID(fmt.Sprintf("bench-%d", st))
		d := storetest.NewDesk(id, 1)
		var es []tracking.Incoming
		for o := range orders {
			es = append(es, d.Journey(shipment.OrderID(fmt.Sprintf("o%d", o)), shipment.TrackingNumber(fmt.Sprintf("N%d", o)))...)
		}
		for k, s := range all { // the same history to all three at once
			work.Go(func() {
				for from := 0; from < len(es); from += 5 + k {
					rs, err := s.Ingest(t.Context(), es[from:min(len(es), from+5+k)])
					if err != nil {
						t.Errorf("Ingest: %v", err)
						return
					}
					mu.Lock()
					for _, r := range rs {
						if r.Status == wire.Accepted {
							accepted[r.ID]++
						} else if r.Status == wire.Rejected {
							t.Errorf("%s: %s", r.ID, r.Reason)
						}
					}
					mu.Unlock()
					l, err := s.Lease(t.Context(), wire.LeaseRequest{Key: fmt.Sprint(k, "-", from), Station: id, Carrier: "ups"})
					if err != nil {
						t.Errorf("Lease: %v", err)
						return
					}
					mu.Lock()
					leases[l.Next]++
					mu.Unlock()
				}
			})
		}
	}
	work.Wait()
	if len(accepted) != stations*orders*6 {
		t.Errorf("%d events were accepted, want %d", len(accepted), stations*orders*6)
	}
	for id, n := range accepted {
		if n != 1 {
			t.Errorf("%s was accepted %d times", id, n)
		}
	}
	for next, n := range leases {
		if n != 1 {
			t.Errorf("the block at %d was leased %d times", next, n)
		}
	}
	for o := range orders {
		if r, err := all[1].Shipment(t.Context(), fmt.Sprintf("o%d", o)); err != nil || len(r.Facts) != 6*stations {
			t.Errorf("%d facts, want %d (%v)", len(r.Facts), 6*stations, err)
		}
	}
	// What one takes another hears of.
	news, stop := all[2].Posted()
	defer stop()
	for len(news) > 0 {
		<-news
	}
	if _, err := all[0].Ingest(t.Context(), storetest.NewDesk("late", 1).Journey("late", "L")); err != nil {
		t.Fatal(err)
	}
	select {
	case <-news:
	case <-time.After(time.Minute):
		t.Error("another process was not told")
	}
	one, err := all[0].Lead(t.Context(), "bus")
	if err != nil || one == nil {
		t.Fatal(err)
	}
	if two, err := all[1].Lead(t.Context(), "bus"); err != nil || two != nil {
		t.Errorf("two lead: %v, %v", two, err)
	}
	if err := one.Close(); err != nil {
		t.Fatal(err)
	}
	two, err := all[1].Lead(t.Context(), "bus")
	if err != nil || two == nil {
		t.Fatalf("nobody leads: %v", err)
	}
	if err := two.Close(); err != nil {
		t.Error(err)
	}
}

// TestPostgresHearsBesideOthers has a station say what it has heard of while another
// hub is taking events.
func TestPostgresHearsBesideOthers(t *testing.T) {
	pg := servertest.StartPostgres(t)
	url := pg.Create(t, "beside")
	s := openPostgres(t, url, store.Options{})
	if _, err := s.Ingest(t.Context(), storetest.NewDesk("dock-1", 1).Journey("A1", "1ZA1")[:4]); err != nil {
		t.Fatal(err)
	}
	if _, err := s.TakeOverParcel(t.Context(), "1ZA1", wire.TakeoverRequest{Key: "k", Station: "dock-2", From: "dock-1"}); err != nil {
		t.Fatal(err)
	}
	done := store.TakesEvents(t, s)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if err := s.HeardParcels(ctx, "dock-1", wire.Heard{Epoch: 1, News: []wire.HeardOf{{ID: "1ZA1", Change: 1}}}); err != nil {
		t.Error(err)
	}
	done()
	if told, err := s.ParcelNews(t.Context(), "dock-1", wire.NewsQuestion{Epoch: 1}); err != nil || len(told.Parcels) != 0 {
		t.Errorf("it is told %+v again, error %v", told, err)
	}
}

// TestPostgresIsAway holds that a store outlives its database.
func TestPostgresIsAway(t *testing.T) {
	pg := servertest.StartPostgres(t)
	s := openPostgres(t, pg.Create(t, "away"), store.Options{})
	d := storetest.NewDesk("bench-1", 1)
	es := append(d.Journey("o1", "N1"), d.Journey("o2", "N2")...)
	if _, err := s.Ingest(t.Context(), es[:6]); err != nil {
		t.Fatal(err)
	}
	pg.Kill()
	if _, err := s.Ingest(t.Context(), es[6:9]); err == nil {
		t.Error("a database that is away took events")
	}
	if err := s.Ping(t.Context()); err == nil {
		t.Error("it is said to be there")
	}
	pg.Start(t)
	rs, err := s.Ingest(t.Context(), es)
	for i, r := range rs {
		if want := map[bool]wire.Status{true: wire.Duplicate, false: wire.Accepted}[i < 6]; r.Status != want {
			t.Errorf("%s: %s, want %s", r.ID, r.Status, want)
		}
	}
	if err != nil {
		t.Errorf("when it is back: %v", err)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("Ping: %v", err)
	}
}

// TestPostgresKilled kills a process that takes events again and again.
func TestPostgresKilled(t *testing.T) {
	pg := servertest.StartPostgres(t)
	killed(t, pg.Create(t, "killed"))
}
