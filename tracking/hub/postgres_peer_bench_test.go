package hub_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/klauspost/compress/zstd"

	"waybill/internal/servertest"
	"waybill/sync/wire"
	"waybill/tracking"
	"waybill/tracking/store"
)

// A peer writes to a database with our tables what it is told to, and nothing else.
type peer struct {
	conns chan *pgx.Conn // that nobody uses
	zstd  *zstd.Decoder
	rows  sync.Map // of the ID of a batch's first event to the blocks that go with it
}

// A block is rows of a table.
type block struct {
	table   string
	columns []string
	rows    [][]any
}

func newPeer(b *testing.B, pg *servertest.Postgres, name string) *peer {
	b.Helper()
	openPostgres(b, pg, name) // makes the tables
	p := &peer{conns: make(chan *pgx.Conn, callers)}
	for range callers {
		p.conns <- connectTo(b, pg.URL(name))
	}
	var err error
	if p.zstd, err = zstd.NewReader(nil); err != nil {
		b.Fatal(err)
	}
	return p
}

func connectTo(b *testing.B, url string) *pgx.Conn {
	b.Helper()
	conn, err := pgx.Connect(b.Context(), url)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

// serve listens, and returns how to bring a load there.
func (p *peer) serve(b *testing.B, secure bool) func(k int, l load) error {
	b.Helper()
	srv := httptest.NewUnstartedServer(p)
	start(b, srv, secure)
	return func(_ int, l load) error {
		if l.rows != nil {
			p.rows.Store(l.events[0].Env.ID, l.rows)
		}
		req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, srv.URL, bytes.NewReader(l.body))
		if err != nil {
			return err
		}
		resp, err := srv.Client().Do(req)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err == nil && resp.StatusCode != http.StatusOK {
			err = fmt.Errorf("%s: %s", resp.Status, text)
		}
		return err
	}
}

// ServeHTTP copies a batch in.
func (p *peer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err == nil {
		body, err = p.zstd.DecodeAll(body, nil)
	}
	var in []tracking.Incoming
	for line := range bytes.Lines(body) {
		line = bytes.TrimSuffix(line, []byte("\n"))
		env, bad := wire.ReadEnvelope(line)
		err = errors.Join(err, bad)
		in = append(in, tracking.Incoming{Env: env, Raw: line})
	}
	if err == nil {
		err = p.copyAll(r.Context(), in)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	fmt.Fprintf(w, `{"inserted":%d}`, len(in))
}

// copyOnly copies the events of a load, without HTTP.
func (p *peer) copyOnly(_ int, l load) error {
	conn := <-p.conns
	defer func() { p.conns <- conn }()
	return copyEvents(context.Background(), conn, l.events)
}

// copyAll copies events and the rows that go with them.
func (p *peer) copyAll(ctx context.Context, in []tracking.Incoming) error {
	conn := <-p.conns
	defer func() { p.conns <- conn }()
	with, _ := p.rows.LoadAndDelete(in[0].Env.ID)
	blocks, _ := with.([]block)
	if len(blocks) == 0 {
		return copyEvents(ctx, conn, in)
	}
	return pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error {
		if err := copyEvents(ctx, tx.Conn(), in); err != nil {
			return err
		}
		for _, t := range blocks {
			if _, err := tx.CopyFrom(ctx, pgx.Identifier{t.table}, t.columns, pgx.CopyFromRows(t.rows)); err != nil {
				return fmt.Errorf("%s: %w", t.table, err)
			}
		}
		return nil
	})
}

func copyEvents(ctx context.Context, conn *pgx.Conn, in []tracking.Incoming) error {
	_, err := conn.CopyFrom(ctx, pgx.Identifier{"events"}, []string{"station", "epoch", "sequence", "id", "subject", "prevhash", "hash", "received", "note", "raw"},
		pgx.CopyFromSlice(len(in), func(i int) ([]any, error) {
			e := in[i].Env
			return []any{string(e.Station()), e.Epoch, e.Sequence, e.ID, e.Subject, e.PrevHash, wire.Hash(in[i].Raw), int64(0), "", in[i].Raw}, nil
		}))
	return err
}

// A scratch is a store of ours that batches go through one by one, to see what rows
// they leave.
type scratch struct {
	store *store.Store
	conn  *pgx.Conn
}

func newScratch(b *testing.B, pg *servertest.Postgres) *scratch {
	b.Helper()
	return &scratch{openPostgres(b, pg, "scratch"), connectTo(b, pg.URL("scratch"))}
}

// left are the tables in which a batch leaves rows that are new, and their columns.
var left = []block{
	{table: "shipments", columns: []string{"order_id", "milestone", "held", "rejected", "updated", "story"}},
	{table: "tokens", columns: []string{"order_id", "token", "created"}},
	{table: "numbers", columns: []string{"number", "order_id"}},
	{table: "handoff_events", columns: []string{"handoff", "station", "epoch", "sequence"}},
	{table: "outbox", columns: []string{"at", "what"}},
}

// of returns the rows that our store leaves for a batch beside its events.
func (s *scratch) of(b *testing.B, events []tracking.Incoming) []block {
	b.Helper()
	if _, err := s.store.Ingest(b.Context(), events); err != nil {
		b.Fatal(err)
	}
	var out []block
	for _, t := range left {
		rows, err := s.conn.Query(b.Context(), `SELECT `+strings.Join(t.columns, ", ")+` FROM `+t.table)
		if err != nil {
			b.Fatal(err)
		}
		t.rows, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) ([]any, error) { return row.Values() })
		if err != nil {
			b.Fatal(err)
		}
		if len(t.rows) == 0 {
			b.Fatalf("a batch leaves no rows in %s", t.table)
		}
		if _, err := s.conn.Exec(b.Context(), `TRUNCATE `+t.table); err != nil {
			b.Fatal(err)
		}
		out = append(out, t)
	}
	return out
}
