package hub_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
	"waybill/tracking/hub"
	"waybill/tracking/store"
	"waybill/tracking/store/storetest"
)

// sized returns the number in an environment variable, or a default.
func sized(b *testing.B, name string, def int) int {
	b.Helper()
	text := os.Getenv(name)
	if text == "" {
		return def
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		b.Fatalf("%s=%q: want a number", name, text)
	}
	return n
}

const (
	backlogBatch   = 500
	backlogSenders = 4
)

// A backlog is what stations have to bring, in batches: made before the clock
// runs, and compressed as they send it.
type backlog struct {
	events int
	bodies [backlogSenders][][]byte
}

// newBacklog makes the backlog of some stations; stories says whether it is of
// journeys, or of events that no story tells.
func newBacklog(b *testing.B, events int, stories bool) *backlog {
	b.Helper()
	l := &backlog{}
	per := max(events/backlogSenders/backlogBatch, 1)
	for i := range l.bodies {
		d := storetest.NewDesk(station(i), 1)
		for range per {
			l.bodies[i] = append(l.bodies[i], zstded(b, ndjson(someOf(d, stories))))
			l.events += backlogBatch
		}
	}
	return l
}

func station(i int) shipment.StationID { return shipment.StationID(fmt.Sprintf("bench-%d", i)) }

func someOf(d *storetest.Desk, stories bool) []tracking.Incoming {
	if stories {
		return storetest.Some(d, backlogBatch)
	}
	var es []tracking.Incoming
	for range backlogBatch {
		es = append(es, d.Seal("", shipment.DeviceChanged{Kind: "printer", Name: "zebra-1", State: "away", Message: strings.Repeat("x", 300)}))
	}
	return es
}

// each sends every body, each station's one after the other, all stations at
// once.
func (l *backlog) each(b *testing.B, send func(i int, body []byte) error) {
	b.Helper()
	var wg sync.WaitGroup
	for i, bodies := range l.bodies {
		wg.Go(func() {
			for _, body := range bodies {
				if err := send(i, body); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// BenchmarkBacklog has stations bring a backlog to the hub, in batches of 500,
// durable when answered, and in the same run writes the very rows that this makes
// into an empty file of the same kind, in transactions of the same size, with
// nothing around. EVENTS says how many.
func BenchmarkBacklog(b *testing.B) {
	events := sized(b, "EVENTS", 20_000)
	stories, plain := newBacklog(b, events, true), newBacklog(b, events, false)
	var filled string // a store that holds the backlog
	kept, runs := b.TempDir(), 0
	rate, cost := map[string]float64{}, map[string]float64{}
	report := func(b *testing.B, name string, events int, cpu time.Duration) {
		b.Helper()
		n := float64(events * b.N)
		rate[name], cost[name] = n/b.Elapsed().Seconds(), cpu.Seconds()*1e6/n
		b.ReportMetric(rate[name], "events/s")
		b.ReportMetric(cost[name], "cpu-µs/event")
	}
	run := func(name string, l *backlog, secure, tokens bool) {
		b.Run(name, func(b *testing.B) {
			var cpu time.Duration
			for b.Loop() {
				b.StopTimer()
				runs++
				dir := filepath.Join(kept, strconv.Itoa(runs))
				send, stop := benchHub(b, dir, secure, tokens)
				before := cpuTime()
				b.StartTimer()
				l.each(b, send)
				b.StopTimer()
				cpu += cpuTime() - before
				stop()
				if l == stories && filled != "" {
					os.RemoveAll(filled)
				}
				if l == stories {
					filled = dir
				}
				b.StartTimer()
			}
			report(b, name, l.events, cpu)
		})
	}
	run("http", stories, false, false)
	run("http+tls", stories, true, false)
	run("http+tls+tokens", stories, true, true)
	run("http+tls+tokens,no-stories", plain, true, true)
	for _, only := range []string{"events", ""} {
		name := "bare-insert-of-the-same-rows"
		if only != "" {
			name = "bare-insert-of-the-events-alone"
		}
		b.Run(name, func(b *testing.B) {
			if filled == "" {
				b.Skip("nothing was brought; run the whole benchmark")
			}
			rows := copyOf(b, filled, only)
			var cpu time.Duration
			for b.Loop() {
				b.StopTimer()
				db := emptyStore(b)
				before := cpuTime()
				b.StartTimer()
				rows.insert(b, db)
				b.StopTimer()
				cpu += cpuTime() - before
				db.Close()
				b.StartTimer()
			}
			report(b, name, rows.events, cpu)
			if full := rate["http+tls+tokens"]; full > 0 {
				b.ReportMetric(100*full/rate[name], "%-reached")
			}
		})
	}
}

// cpuTime returns how long the process has had a processor, both ends of every
// connection in it: on a machine that others use it says more than the clock. It
// is zero where the system does not tell.
func cpuTime() time.Duration {
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest) // from the third field of proc(5) on: 14 and 15 are ticks of 10 ms
	if len(fields) < 13 {
		return 0
	}
	user, errUser := strconv.Atoi(fields[11])
	system, errSystem := strconv.Atoi(fields[12])
	if errUser != nil || errSystem != nil {
		return 0
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}

// benchHub returns how to send to a hub of its own, and how to end it.
func benchHub(b *testing.B, dir string, secure, tokens bool) (send func(i int, body []byte) error, stop func()) {
	b.Helper()
	s, err := store.Open(b.Context(), dir, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	srv := httptest.NewUnstartedServer(nil)
	o := hub.Options{Store: s, Addr: srv.Listener.Addr()}
	if tokens {
		o.APITokens = []string{hashOf("reader")}
		o.StationTokens = map[shipment.StationID]string{}
		for i := range backlogSenders {
			o.StationTokens[station(i)] = hashOf(fmt.Sprint("token-", i))
		}
	}
	if srv.Config.Handler, err = hub.New(o); err != nil {
		b.Fatal(err)
	}
	if secure {
		srv.TLS = &tls.Config{MinVersion: tls.VersionTLS13}
		srv.StartTLS()
	} else {
		srv.Start()
	}
	client := srv.Client()
	return func(i int, body []byte) error { return bring(client, srv.URL, i, body, backlogBatch) }, func() {
		srv.Close()
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	}
}

// bring posts a body of n events for a station and wants each of them accepted.
func bring(client *http.Client, url string, i int, body []byte, n int) error {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, url+"/v1/events", bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", wire.NDJSON)
	if n > 1 {
		req.Header.Set("Content-Encoding", "zstd")
	}
	req.Header.Set("Authorization", fmt.Sprint("Bearer token-", i))
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(resp.Body); err != nil {
		return err
	}
	if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil {
		return &laterError{time.Duration(seconds) * time.Second, resp.Status}
	}
	if resp.StatusCode != http.StatusOK || strings.Count(text.String(), `"accepted"`) != n {
		return fmt.Errorf("%s: %.300s", resp.Status, text.String())
	}
	return nil
}

// A laterError is the hub's word to come again.
type laterError struct {
	after  time.Duration
	status string
}

func (e *laterError) Error() string { return fmt.Sprintf("%s: again after %v", e.status, e.after) }

// rows are those of a filled store, in memory.
type rows struct {
	events int
	tables []table
}

type table struct {
	insert string
	rows   [][]any
}

// copyOf reads the rows that a backlog made: of all tables that grow with it, or
// of one.
func copyOf(b *testing.B, dir, only string) *rows {
	b.Helper()
	db := openFile(b, filepath.Join(dir, "hub.db"))
	defer db.Close()
	out := &rows{}
	for _, name := range []string{"events", "shipments", "numbers", "tokens", "handoff_events"} {
		if only != "" && only != name {
			continue
		}
		from, err := db.QueryContext(b.Context(), "SELECT * FROM "+name)
		if err != nil {
			b.Fatal(err)
		}
		columns, err := from.Columns()
		if err != nil {
			b.Fatal(err)
		}
		t := table{insert: "INSERT INTO " + name + " VALUES (?" + strings.Repeat(", ?", len(columns)-1) + ")"}
		for from.Next() {
			row, at := make([]any, len(columns)), make([]any, len(columns))
			for i := range row {
				at[i] = &row[i]
			}
			if err := from.Scan(at...); err != nil {
				b.Fatal(err)
			}
			t.rows = append(t.rows, row)
		}
		if err := from.Err(); err != nil {
			b.Fatal(err)
		}
		from.Close()
		if name == "events" {
			out.events = len(t.rows)
		}
		out.tables = append(out.tables, t)
	}
	return out
}

// insert writes the rows, in as many transactions as the events have batches.
func (r *rows) insert(b *testing.B, db *sql.DB) {
	b.Helper()
	batches := r.events / backlogBatch
	stmts := make([]*sql.Stmt, len(r.tables))
	for k, t := range r.tables {
		st, err := db.PrepareContext(b.Context(), t.insert)
		if err != nil {
			b.Fatal(err)
		}
		defer st.Close()
		stmts[k] = st
	}
	for n := range batches {
		tx, err := db.BeginTx(b.Context(), nil)
		if err != nil {
			b.Fatal(err)
		}
		for k, t := range r.tables {
			st := tx.StmtContext(context.Background(), stmts[k])
			for _, row := range t.rows[len(t.rows)*n/batches : len(t.rows)*(n+1)/batches] {
				if _, err := st.ExecContext(context.Background(), row...); err != nil {
					b.Fatal(err)
				}
			}
		}
		if err := tx.Commit(); err != nil {
			b.Fatal(err)
		}
	}
}

// emptyStore returns a new file with the hub's tables, opened as the hub does.
func emptyStore(b *testing.B) *sql.DB {
	b.Helper()
	dir := b.TempDir()
	s, err := store.Open(b.Context(), dir, store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	return openFile(b, filepath.Join(dir, "hub.db"))
}

func openFile(b *testing.B, file string) *sql.DB {
	b.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(file)+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=cache_size(-32768)&_pragma=temp_store(MEMORY)&_pragma=wal_autocheckpoint(4000)&_pragma=fullfsync(1)&_pragma=checkpoint_fullfsync(1)&_txlock=immediate")
	if err != nil {
		b.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	return db
}
