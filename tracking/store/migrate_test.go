package store_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/sync/wire"
	"waybill/tracking"
	"waybill/tracking/store"
	"waybill/tracking/store/storetest"
)

// TestAFileOfSchema1IsBroughtForward opens a file from before numbers were
// leased for a service, and one of schema 1 that has the columns already.
func TestAFileOfSchema1IsBroughtForward(t *testing.T) {
	before, err := os.ReadFile(filepath.Join("testdata", "schema-1.sql"))
	if err != nil {
		t.Fatal(err)
	}
	column := []byte("  carrier TEXT    NOT NULL,\n  scheme ")
	for name, schema := range map[string][]byte{
		"without the columns": before,
		"with one of them":    bytes.Replace(before, column, []byte("  carrier TEXT    NOT NULL,\n  service TEXT NOT NULL DEFAULT '',\n  scheme "), 1),
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			db := raw(t, dir)
			for _, q := range []string{
				string(schema),
				`INSERT INTO meta VALUES ('story_version', '1')`,
				`INSERT INTO ranges (id, carrier, scheme, prefix, low, high, next, block, place) VALUES ('r', 'ups', 'plain', 'P', 1, 1000, 11, 10, 0)`,
				`INSERT INTO leases (station, key, id, range_id, carrier, scheme, prefix, next, past, created) VALUES ('bench-1', 'k1', 'r/1', 'r', 'ups', 'plain', 'P', 1, 11, 0)`,
				`PRAGMA user_version = 1`,
			} {
				if _, err := db.Exec(q); err != nil {
					t.Fatal(err)
				}
			}
			for range 2 { // the second time it is current
				s, err := store.Open(t.Context(), dir, store.Options{})
				if err != nil {
					t.Fatal(err)
				}
				if err := s.SetRanges(t.Context(), []tracking.Range{{ID: "r", Carrier: "ups", Scheme: "plain", Prefix: "P", From: 1, To: 1000, Block: 10}}); err != nil {
					t.Error(err)
				}
				if _, err := s.Lease(t.Context(), wire.LeaseRequest{Key: "k2", Station: "bench-1", Carrier: "ups", Service: "ups_ground"}); err != nil {
					t.Error(err)
				}
				got, err := s.Leases(t.Context(), "bench-1")
				want := []wire.Lease{
					{ID: "r/1", Range: "r", Carrier: "ups", Scheme: "plain", Prefix: "P", Next: 1, End: 11},
					{ID: "r/11", Range: "r", Carrier: "ups", Service: "ups_ground", Scheme: "plain", Prefix: "P", Next: 11, End: 21},
				}
				if diff := cmp.Diff(want, got); err != nil || diff != "" {
					t.Errorf("leases (-want +got):\n%s%v", diff, err)
				}
				if err := s.Close(); err != nil {
					t.Fatal(err)
				}
			}
			var version int
			if err := db.QueryRow(`PRAGMA user_version`).Scan(&version); err != nil || version != 8 {
				t.Errorf("schema %d, %v", version, err)
			}
		})
	}
}

// TestAFullQuarantineDoesNotHoldUpTheWriter has a station send what contradicts,
// with thousands set aside already.
func TestAFullQuarantineDoesNotHoldUpTheWriter(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, store.Options{})
	if _, err := s.Ingest(t.Context(), storetest.Some(storetest.NewDesk("bench-1", 1), 500)); err != nil {
		t.Fatal(err)
	}
	fork := func(n int) []tracking.Incoming {
		es := storetest.Some(storetest.NewDesk("bench-1", 1), 500)
		for i := range es {
			es[i].Env.ID = fmt.Sprintf("fork-%d-%d", n, i)
			es[i].Raw = bytes.Replace(es[i].Raw, []byte("{"), fmt.Appendf(nil, `{"n": %d, `, n), 1)
		}
		return es
	}
	db := raw(t, dir)
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	for i := range 9_800 {
		if _, err := tx.Exec(`INSERT INTO quarantine (station, hash, epoch, sequence, id, reason, received, raw) VALUES ('bench-1', ?, 1, 1, ?, 'before', 0, ?)`,
			fmt.Sprintf("%064d", i), fmt.Sprint("q", i), bytes.Repeat([]byte("x"), 2000)); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	for n := range 2 {
		rs, err := s.Ingest(t.Context(), fork(n))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rs {
			if r.Status != wire.Rejected || r.Code != wire.CodeForked {
				t.Fatalf("%+v", r)
			}
		}
	}
	// A count an event takes 10 s and more here, one a call some milliseconds.
	took := time.Since(start)
	t.Logf("1000 events rejected in %v", took)
	if took > 5*time.Second {
		t.Errorf("1000 rejected events held the writer up for %v", took)
	}
	if c, err := s.Counts(t.Context()); err != nil || c.Quarantined != 10_000 {
		t.Errorf("%d set aside, want the limit (%v)", c.Quarantined, err)
	}
	var plan string
	err = db.QueryRow(`EXPLAIN QUERY PLAN SELECT count(*) FROM quarantine WHERE station = 'bench-1' AND decision = ''`).Scan(new(int), new(int), new(int), &plan)
	if err != nil || !strings.Contains(plan, "COVERING INDEX quarantine_open") {
		t.Errorf("the count is made by %q (%v)", plan, err)
	}
}
