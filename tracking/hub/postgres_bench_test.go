package hub_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"waybill/internal/servertest"
	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
	"waybill/tracking/hub"
	"waybill/tracking/store"
	"waybill/tracking/store/storetest"
)

// BenchmarkPostgres takes turns: the same rows by bare COPY into a table with the
// same indexes, by the store alone, and over HTTP, bare and with TLS and tokens.
// Each way brings 500 events at once and has four callers; the least time of each
// is told, as ratios to COPY.
func BenchmarkPostgres(b *testing.B) {
	pg := servertest.StartPostgres(b)
	address := pg.Create(b, "bench")
	s, err := store.OpenPostgres(b.Context(), address, "", store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	pg.SQL(b, "bench", `CREATE TABLE bare (LIKE events INCLUDING ALL)`)
	plain := benchOn(b, s, nil)
	secure := benchOn(b, s, map[shipment.StationID]string{"tls-0": hashed("tls-0"), "tls-1": hashed("tls-1"), "tls-2": hashed("tls-2"), "tls-3": hashed("tls-3")})
	post := func(on *bench) func(k int, batch []tracking.Incoming, body []byte) error {
		return func(_ int, batch []tracking.Incoming, body []byte) error {
			resp, text := on.do(b, "POST", "/v1/events", body, "Content-Type", wire.NDJSON, "Content-Encoding", "zstd", "Authorization", "Bearer "+string(batch[0].Env.Station()))
			if resp.StatusCode != http.StatusOK {
				return fmt.Errorf("%s %s", resp.Status, text)
			}
			return nil
		}
	}
	conns := make([]*pgx.Conn, callers)
	for i := range conns {
		if conns[i], err = pgx.Connect(b.Context(), address); err != nil {
			b.Fatal(err)
		}
		defer conns[i].Close(context.WithoutCancel(b.Context()))
	}
	ways := []way{
		{"copy", func(k int, batch []tracking.Incoming, _ []byte) error { return bareCopy(b.Context(), conns[k], batch) }},
		{"store", func(_ int, batch []tracking.Incoming, _ []byte) error {
			_, err := s.Ingest(b.Context(), batch)
			return err
		}},
		{"http", post(plain)},
		{"tls", post(secure)},
	}
	desks := map[string]*storetest.Desk{}
	for _, w := range ways {
		for k := range callers {
			desks[w.name+fmt.Sprint(k)] = storetest.NewDesk(shipment.StationID(fmt.Sprintf("%s-%d", w.name, k)), 1)
		}
	}
	least := make([]time.Duration, len(ways))
	round := 0
	for b.Loop() {
		for i := range ways { // each goes first in turn
			i = (i + round) % len(ways)
			took := ways[i].run(b, desks)
			if least[i] == 0 || took < least[i] {
				least[i] = took
			}
		}
		round++
	}
	for i, w := range ways {
		b.ReportMetric(callers*perCaller*500/least[i].Seconds(), w.name+"-events/s")
		if i > 0 {
			b.ReportMetric(least[0].Seconds()/least[i].Seconds(), w.name+"/copy")
		}
	}
	b.ReportMetric(0, "ns/op")
}

// benchOn serves a hub on s: with tokens also by TLS.
func benchOn(b *testing.B, s *store.Store, tokens map[shipment.StationID]string) *bench {
	b.Helper()
	on := &bench{store: s}
	on.Server = httptest.NewUnstartedServer(nil)
	o := hub.Options{Store: s, Addr: on.Listener.Addr(), StationTokens: tokens}
	if tokens != nil {
		o.APITokens = []string{hashed("reader")}
	}
	var err error
	if on.hub, err = hub.New(o); err != nil {
		b.Fatal(err)
	}
	on.Config.Handler = on.hub
	if tokens == nil {
		on.Start()
	} else {
		on.StartTLS()
	}
	b.Cleanup(on.Close)
	return on
}

const callers, perCaller = 4, 5 // batches of each in a turn

// A way is how events come into the database.
type way struct {
	name string
	take func(k int, batch []tracking.Incoming, body []byte) error
}

// run has the callers bring their events, which are made before, and returns how
// long it took.
func (w way) run(b *testing.B, desks map[string]*storetest.Desk) time.Duration {
	b.Helper()
	b.StopTimer()
	defer b.StartTimer()
	batches, bodies := make([][][]tracking.Incoming, callers), make([][][]byte, callers)
	for k := range callers {
		es := storetest.Some(desks[w.name+fmt.Sprint(k)], perCaller*500)
		for chunk := range slices.Chunk(es, 500) {
			batches[k], bodies[k] = append(batches[k], chunk), append(bodies[k], zstded(b, ndjson(chunk)))
		}
	}
	start := time.Now()
	var all sync.WaitGroup
	for k := range callers {
		all.Go(func() {
			for i, batch := range batches[k] {
				if err := w.take(k, batch, bodies[k][i]); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
	return time.Since(start)
}

// bareCopy is what PostgreSQL does with the rows and nothing else.
func bareCopy(ctx context.Context, conn *pgx.Conn, batch []tracking.Incoming) error {
	_, err := conn.CopyFrom(ctx, pgx.Identifier{"bare"}, []string{"station", "epoch", "sequence", "id", "subject", "prevhash", "hash", "received", "note", "raw"},
		pgx.CopyFromSlice(len(batch), func(i int) ([]any, error) {
			e := batch[i].Env
			return []any{string(e.Station()), e.Epoch, e.Sequence, e.ID, e.Subject, e.PrevHash, wire.Hash(batch[i].Raw), int64(0), "", batch[i].Raw}, nil
		}))
	return err
}
