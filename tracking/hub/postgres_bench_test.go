package hub_test

import (
	"fmt"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"waybill/internal/servertest"
	"waybill/shipment"
	"waybill/tracking"
	"waybill/tracking/hub"
	"waybill/tracking/store"
	"waybill/tracking/store/storetest"
)

// BenchmarkPostgres has stations bring events to PostgreSQL in batches of 500,
// durable when answered, by several ways that take turns, ROUNDS times: to the hub,
// with and without stories, TLS and tokens, and to peers that do as much of it as a
// bare program does, in databases of their own with our tables. The least time of
// each is told, the time of processors that it took on average, and the ratios of
// ours to the peers. WAYS names those that take
// part, as http,bare-rows.
//
// No peer can tell a duplicate: copy is COPY of the events without HTTP; bare is a
// handler that reads the same requests and copies the events; bare-rows copies also
// the rows that our store leaves for them, stories and outbox, and is given those.
func BenchmarkPostgres(b *testing.B) {
	rounds := sized(b, "ROUNDS", 5)
	pg := servertest.StartPostgres(b)
	ways := postgresWays(b, pg)
	least := map[string]time.Duration{}
	for b.Loop() { // by the clock, so that it is not done again and again
		for round := range rounds {
			for i := range ways { // each goes first in turn
				w := ways[(i+round)%len(ways)]
				loads := w.load(b)
				pg.SQL(b, "postgres", `CHECKPOINT`) // none pays for another's pages
				before := cpuTime() + pg.CPUTime()
				if took := w.bring(b, loads); least[w.name] == 0 || took < least[w.name] {
					least[w.name] = took
				}
				w.cost += cpuTime() + pg.CPUTime() - before
			}
		}
	}
	cost := map[string]float64{}
	for _, w := range ways {
		cost[w.name] = w.cost.Seconds() * 1e6 / float64(rounds*b.N*callers*perCaller*backlogBatch)
		b.ReportMetric(cost[w.name], w.name+"-cpu-µs/event")
		b.ReportMetric(callers*perCaller*backlogBatch/least[w.name].Seconds(), w.name+"-events/s")
		for _, peer := range w.peers {
			if least[peer] > 0 {
				b.ReportMetric(least[peer].Seconds()/least[w.name].Seconds(), w.name+"/"+peer)
				b.ReportMetric(cost[peer]/cost[w.name], "cpu:"+w.name+"/"+peer)
			}
		}
	}
	b.ReportMetric(0, "ns/op")
}

const callers, perCaller = 4, 5 // batches of each in a turn

// A way is how events come into the database.
type way struct {
	name  string
	plain bool     // its events are such that no story tells
	rows  *scratch // makes the other rows that a peer is given
	peers []string // that it is compared to
	take  func(k int, l load) error

	desks []*storetest.Desk
	cost  time.Duration // of processors, the senders' and the server's, in all rounds
}

// A load is a batch as a station brings it.
type load struct {
	events []tracking.Incoming
	body   []byte
	rows   []block // that our store leaves for it beside the events
}

// postgresWays returns the ways that take part.
func postgresWays(b *testing.B, pg *servertest.Postgres) []*way {
	b.Helper()
	ours, tokens := openPostgres(b, pg, "ours"), map[shipment.StationID]string{}
	for k := range callers {
		tokens[deskOf("tls+tokens", k)] = hashOf(fmt.Sprint("token-", k))
		tokens[deskOf("tls+tokens-no-stories", k)] = hashOf(fmt.Sprint("token-", callers+k))
	}
	plain, secure := hubOn(b, ours, nil), hubOn(b, ours, tokens)
	post := func(on *httptest.Server, first int) func(int, load) error {
		return func(k int, l load) error { return bring(on.Client(), on.URL, first+k, l.body, backlogBatch) }
	}
	bare, whole, made := newPeer(b, pg, "bare"), newPeer(b, pg, "whole"), newScratch(b, pg)
	all := []*way{
		{name: "copy", take: newPeer(b, pg, "copy").copyOnly},
		{name: "bare", take: bare.serve(b, false)},
		{name: "bare+tls", take: bare.serve(b, true)},
		{name: "bare-no-stories", plain: true, take: bare.serve(b, false)},
		{name: "bare+tls-no-stories", plain: true, take: bare.serve(b, true)},
		{name: "bare-rows", rows: made, take: whole.serve(b, false)},
		{name: "bare-rows+tls", rows: made, take: whole.serve(b, true)},
		{name: "store", peers: []string{"copy"}, take: func(_ int, l load) error {
			_, err := ours.Ingest(b.Context(), l.events)
			return err
		}},
		{name: "http", peers: []string{"copy", "bare", "bare-rows"}, take: post(plain, 0)},
		{name: "http-no-stories", plain: true, peers: []string{"bare-no-stories"}, take: post(plain, 0)},
		{name: "tls+tokens", peers: []string{"copy", "bare+tls", "bare-rows+tls"}, take: post(secure, 0)},
		{name: "tls+tokens-no-stories", plain: true, peers: []string{"bare+tls-no-stories"}, take: post(secure, callers)},
	}
	if chosen := os.Getenv("WAYS"); chosen != "" {
		all = slices.DeleteFunc(all, func(w *way) bool { return !slices.Contains(strings.Split(chosen, ","), w.name) })
	}
	for _, w := range all {
		for k := range callers {
			w.desks = append(w.desks, storetest.NewDesk(deskOf(w.name, k), 1))
		}
	}
	return all
}

// deskOf names the station of a caller.
func deskOf(way string, k int) shipment.StationID {
	return shipment.StationID(fmt.Sprintf("%s-%d", strings.ReplaceAll(way, "+", "-"), k))
}

// openPostgres opens a store of its own.
func openPostgres(b *testing.B, pg *servertest.Postgres, name string) *store.Store {
	b.Helper()
	s, err := store.OpenPostgres(b.Context(), pg.Create(b, name), "", store.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}

// hubOn serves a hub on s: with tokens also by TLS.
func hubOn(b *testing.B, s *store.Store, tokens map[shipment.StationID]string) *httptest.Server {
	b.Helper()
	srv := httptest.NewUnstartedServer(nil)
	o := hub.Options{Store: s, Addr: srv.Listener.Addr(), StationTokens: tokens}
	if tokens != nil {
		o.APITokens = []string{hashOf("reader")}
	}
	var err error
	if srv.Config.Handler, err = hub.New(o); err != nil {
		b.Fatal(err)
	}
	start(b, srv, tokens != nil)
	return srv
}

// start starts srv until the benchmark ends.
func start(b *testing.B, srv *httptest.Server, secure bool) {
	b.Helper()
	if secure {
		srv.StartTLS()
	} else {
		srv.Start()
	}
	b.Cleanup(srv.Close)
}

// load returns what each caller brings in a turn.
func (w *way) load(b *testing.B) [][]load {
	b.Helper()
	out := make([][]load, callers)
	for k := range out {
		for range perCaller {
			l := load{events: someOf(w.desks[k], !w.plain)}
			l.body = zstded(b, ndjson(l.events))
			if w.rows != nil {
				l.rows = w.rows.of(b, l.events)
			}
			out[k] = append(out[k], l)
		}
	}
	return out
}

// bring has the callers bring their loads, and returns how long it took.
func (w *way) bring(b *testing.B, loads [][]load) time.Duration {
	b.Helper()
	start := time.Now()
	var all sync.WaitGroup
	for k := range loads {
		all.Go(func() {
			for _, l := range loads[k] {
				if err := w.take(k, l); err != nil {
					b.Errorf("%s: %v", w.name, err)
				}
			}
		})
	}
	all.Wait()
	return time.Since(start)
}
