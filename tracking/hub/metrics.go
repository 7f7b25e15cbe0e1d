package hub

import (
	"bufio"
	"context"
	"fmt"
	"math"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"waybill/internal/guard"
	"waybill/sync/wire"
)

// metrics are the hub's figures, in Prometheus' text format. They are few
// enough to be written by hand.
type metrics struct {
	hub *Hub

	mu     sync.Mutex
	events map[wire.Status]int64
	away   int64     // requests sent away because the hub was busy
	ingest histogram // seconds from a batch's arrival to its commit
	batch  histogram // events in a batch
}

func newMetrics(h *Hub) *metrics {
	return &metrics{
		hub: h,
		// Every status is there from the start, so that a rate is zero, not absent.
		events: map[wire.Status]int64{wire.Accepted: 0, wire.Duplicate: 0, wire.Rejected: 0},
		ingest: newHistogram(.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10),
		batch:  newHistogram(1, 10, 50, 100, 500, 1000, 5000),
	}
}

func (m *metrics) ingested(results []wire.Result, took time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range results {
		m.events[r.Status]++
	}
	m.ingest.observe(took.Seconds())
	m.batch.observe(float64(len(results)))
}

func (m *metrics) sentAway() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.away++
}

// A histogram counts observations by the bounds they do not exceed.
type histogram struct {
	bounds []float64
	counts []int64 // one more than bounds: the last is beyond all
	sum    float64
}

func newHistogram(bounds ...float64) histogram {
	return histogram{bounds: bounds, counts: make([]int64, len(bounds)+1)}
}

func (h *histogram) observe(v float64) {
	i := 0
	for i < len(h.bounds) && v > h.bounds[i] {
		i++
	}
	h.counts[i]++
	h.sum += v
}

func (h *histogram) write(w *bufio.Writer, name, help string) {
	family(w, name, "histogram", help)
	var n int64
	for i, c := range h.counts {
		n += c
		le := math.Inf(1)
		if i < len(h.bounds) {
			le = h.bounds[i]
		}
		fmt.Fprintf(w, "%s_bucket{le=%q} %d\n", name, number(le), n)
	}
	fmt.Fprintf(w, "%s_sum %s\n%s_count %d\n", name, number(h.sum), name, n)
}

func (m *metrics) getMetrics(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	stations, err := m.hub.store.Stations(ctx)
	if err != nil {
		m.hub.log.ErrorContext(ctx, "The stations' figures could not be read from the store. Check the disk.", "error", err)
		guard.Problem(w, http.StatusServiceUnavailable, "the store did not answer; try again shortly")
		return
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	out := bufio.NewWriter(w)
	defer out.Flush() //nolint:errcheck // the reader is gone

	m.mu.Lock()
	family(out, "waybill_hub_events_total", "counter", "Events answered, by status.")
	for _, s := range []wire.Status{wire.Accepted, wire.Duplicate, wire.Rejected} {
		sample(out, "waybill_hub_events_total", "status", string(s), float64(m.events[s]))
	}
	m.ingest.write(out, "waybill_hub_ingest_seconds", "Time from a batch's arrival to its commit.")
	m.batch.write(out, "waybill_hub_batch_events", "Events in a batch.")
	family(out, "waybill_hub_busy_total", "counter", "Requests with events, or for a bundle, that were told to come again later.")
	sample(out, "waybill_hub_busy_total", "", "", float64(m.away))
	m.mu.Unlock()

	working, waiting := m.hub.intake.figures()
	family(out, "waybill_hub_intake", "gauge", "Requests with events, worked on and waiting for their turn.")
	sample(out, "waybill_hub_intake", "state", "working", float64(working))
	sample(out, "waybill_hub_intake", "state", "waiting", float64(waiting))
	family(out, "waybill_hub_live_pages", "gauge", "Buyers' pages waiting for news.")
	sample(out, "waybill_hub_live_pages", "", "", float64(len(m.hub.live)))
	family(out, "waybill_hub_station_last_seen_seconds", "gauge", "Unix time of the station's last event.")
	for _, s := range stations {
		sample(out, "waybill_hub_station_last_seen_seconds", "station", string(s.ID), float64(s.LastSeen.Unix()))
	}
	family(out, "waybill_hub_station_missing_events", "gauge", "Events that must exist but have not arrived.")
	for _, s := range stations {
		sample(out, "waybill_hub_station_missing_events", "station", string(s.ID), float64(s.Missing()))
	}
	family(out, "waybill_hub_station_missing_seconds", "gauge", "How long the oldest event that must exist has not arrived; 0 where none is missing.")
	for _, s := range stations {
		var age float64
		if since, ok := s.OldestGap(); ok {
			age = m.hub.now().Sub(since).Seconds()
		}
		sample(out, "waybill_hub_station_missing_seconds", "station", string(s.ID), age)
	}
	family(out, "waybill_hub_station_quarantined_events", "gauge", "Events set aside because they contradict others, on which nobody has decided.")
	for _, s := range stations {
		sample(out, "waybill_hub_station_quarantined_events", "station", string(s.ID), float64(s.Quarantined))
	}
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	family(out, "go_goroutines", "gauge", "Goroutines that exist.")
	sample(out, "go_goroutines", "", "", float64(runtime.NumGoroutine()))
	family(out, "go_memstats_heap_inuse_bytes", "gauge", "Heap in use.")
	sample(out, "go_memstats_heap_inuse_bytes", "", "", float64(mem.HeapInuse))
}

func family(w *bufio.Writer, name, kind, help string) {
	fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

func sample(w *bufio.Writer, name, label, value string, v float64) {
	if label != "" {
		name += "{" + label + `="` + labelEscaper().Replace(value) + `"}`
	}
	fmt.Fprintf(w, "%s %s\n", name, number(v))
}

// labelEscaper writes label values as the text format wants them.
func labelEscaper() *strings.Replacer {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
}

func number(v float64) string {
	if math.IsInf(v, 1) {
		return "+Inf"
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}
