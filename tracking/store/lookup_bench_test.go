package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"waybill/tracking/store"
	"waybill/tracking/store/storetest"
)

// BenchmarkByNumber looks shipments up by their tracking numbers, in a store with a
// tenth of EVENTS and in one with all of them, in turn, and says by how much the time
// grew. The stores are filled past their own door, which is what makes ten million
// possible.
func BenchmarkByNumber(b *testing.B) {
	events := 60_000
	if text := os.Getenv("EVENTS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 60 {
			b.Fatalf("EVENTS=%q: want a number", text)
		}
		events = n
	}
	var stores [2]*store.Store
	var took [2][]time.Duration
	orders := [2]int{events / 60, events / 6}
	for i := range stores {
		dir := b.TempDir()
		newFiller(b, dir).fill(b, orders[i])
		var err error
		if stores[i], err = store.Open(b.Context(), dir, store.Options{}); err != nil {
			b.Fatal(err)
		}
		defer stores[i].Close()
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for b.Loop() {
		for i, s := range stores {
			for range 100 {
				took[i] = append(took[i], lookUp(b, s, rng.IntN(orders[i])))
			}
		}
	}
	var p50 [2]float64
	for i, name := range []string{"tenth", "all"} {
		slices.Sort(took[i])
		p50[i] = took[i][len(took[i])/2].Seconds() * 1000
		b.ReportMetric(p50[i], name+"-p50-ms")
		b.ReportMetric(took[i][len(took[i])*99/100].Seconds()*1000, name+"-p99-ms")
	}
	b.ReportMetric(p50[1]/p50[0], "growth")
	b.ReportMetric(0, "ns/op")
}

// lookUp returns how long it takes to find the k-th shipment by its number.
func lookUp(b *testing.B, s *store.Store, k int) time.Duration {
	b.Helper()
	start := time.Now()
	r, err := s.Shipment(b.Context(), fmt.Sprintf("1Z%012d", k))
	took := time.Since(start)
	if err != nil || len(r.Timeline) != 6 {
		b.Fatalf("%d: %d lines, %v", k, len(r.Timeline), err)
	}
	return took
}

// A filler writes what the journeys of orders leave in a store, without the store.
type filler struct {
	db     *sql.DB
	orders int
	raws   [][]byte
	story  string
}

func newFiller(b *testing.B, dir string) *filler {
	b.Helper()
	s, err := store.Open(b.Context(), dir, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	const order = "order-000000000000"
	es := storetest.NewDesk("bench-1", 1).Journey(order, "1Z000000000000")
	if _, err := s.Ingest(b.Context(), es); err != nil {
		b.Fatal(err)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	f := &filler{orders: 1}
	for _, ev := range es {
		f.raws = append(f.raws, ev.Raw)
	}
	if f.db, err = sql.Open("sqlite", "file:"+filepath.ToSlash(filepath.Join(dir, "hub.db"))+"?_pragma=synchronous(OFF)&_pragma=cache_size(-262144)"); err != nil {
		b.Fatal(err)
	}
	f.db.SetMaxOpenConns(1)
	b.Cleanup(func() { f.db.Close() })
	if err := f.db.QueryRowContext(b.Context(), `SELECT story FROM shipments`).Scan(&f.story); err != nil {
		b.Fatal(err)
	}
	return f
}

// fill brings the store to so many orders, of 1000 stations in turn.
func (f *filler) fill(b *testing.B, orders int) {
	b.Helper()
	ctx := context.Background()
	for f.orders < orders {
		tx, err := f.db.BeginTx(ctx, nil)
		if err != nil {
			b.Fatal(err)
		}
		write := f.prepare(b, tx)
		for range min(20_000, orders-f.orders) {
			f.one(b, write)
		}
		if err := tx.Commit(); err != nil {
			b.Fatal(err)
		}
	}
	for _, q := range []string{`PRAGMA wal_checkpoint(TRUNCATE)`, `ANALYZE`} {
		if _, err := f.db.ExecContext(ctx, q); err != nil {
			b.Fatal(err)
		}
	}
}

// prepare returns what writes a row of each table within tx.
func (f *filler) prepare(b *testing.B, tx *sql.Tx) func(table int, args ...any) {
	b.Helper()
	var stmts []*sql.Stmt
	for _, q := range []string{
		`INSERT INTO events (station, epoch, sequence, id, subject, prevhash, hash, received, note, raw) VALUES (?, 1, ?, ?, ?, ?, ?, ?, '', ?)`,
		`INSERT INTO shipments (order_id, milestone, held, rejected, updated, story) VALUES (?, 'handed_over', 0, 0, ?, ?)`,
		`INSERT INTO numbers (number, order_id) VALUES (?, ?)`,
		`INSERT INTO tokens (order_id, token, created) VALUES (?, ?, ?)`,
	} {
		st, err := tx.PrepareContext(context.Background(), q)
		if err != nil {
			b.Fatal(err)
		}
		stmts = append(stmts, st)
	}
	return func(table int, args ...any) {
		if _, err := stmts[table].ExecContext(context.Background(), args...); err != nil {
			b.Fatal(err)
		}
	}
}

func (f *filler) one(b *testing.B, write func(table int, args ...any)) {
	b.Helper()
	k := f.orders
	f.orders++
	id := fmt.Sprintf("order-%012d", k)
	for i, raw := range f.raws {
		write(0, fmt.Sprintf("desk-%d", k%1000), k/1000*6+i+1, fmt.Sprintf("%08x-%d-%x", k, i, k%1000), id, fmt.Sprintf("%064x", k*6+i), fmt.Sprintf("%064x", k*6+i+1), k, raw)
	}
	write(1, id, k, []byte(f.story))
	write(2, fmt.Sprintf("1Z%012d", k), id)
	write(3, id, fmt.Sprintf("%026x", uint64(k)*0x9e3779b97f4a7c15), k)
}
