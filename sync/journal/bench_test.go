package journal_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"waybill/shipment"
	"waybill/sync/journal"
)

// rawAppends makes records of 400 bytes durable for a while, one after the other:
// what any journal is to be measured by. It returns how long each took.
func rawAppends(b *testing.B, f *os.File, long time.Duration) (times []time.Duration) {
	record := make([]byte, 400)
	for start := time.Now(); time.Since(start) < long; {
		began := time.Now()
		if _, err := f.Write(record); err != nil {
			b.Fatal(err)
		}
		if err := datasync(f); err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(began))
	}
	return times
}

// turns is how often a benchmark of the journal is broken off for one of the bare
// disk, so that both meet the same of what others ask of the machine.
const turns = 10

// benchUpdates has writers change the journal side by side, each waiting until its
// change is on disk.
func benchUpdates(b *testing.B, writers int, change func(i int64) func(tx *journal.Tx) error) {
	j := mustOpen(b, options(b))
	f, err := os.Create(filepath.Join(b.TempDir(), "raw"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	var n atomic.Int64
	var raw []time.Duration
	var mu sync.Mutex
	var took []time.Duration
	b.ResetTimer()
	for turn := range int64(turns) {
		b.StopTimer()
		raw = append(raw, rawAppends(b, f, 50*time.Millisecond)...)
		b.StartTimer()
		due := int64(b.N) * (turn + 1) / turns
		var wg sync.WaitGroup
		for range writers {
			wg.Go(func() {
				var mine []time.Duration
				i := n.Add(1)
				for ; i <= due; i = n.Add(1) {
					began := time.Now()
					if err := j.Update(b.Context(), change(i)); err != nil {
						b.Error(err)
						return
					}
					mine = append(mine, time.Since(began))
				}
				n.Add(-1)
				mu.Lock()
				took = append(took, mine...)
				mu.Unlock()
			})
		}
		wg.Wait()
	}
	b.StopTimer()
	var all time.Duration
	for _, d := range raw {
		all += d
	}
	slices.Sort(raw)
	slices.Sort(took)
	rate, bare := float64(b.N)/b.Elapsed().Seconds(), float64(len(raw))/all.Seconds()
	b.ReportMetric(rate, "events/s")
	b.ReportMetric(bare, "fdatasyncs/s")
	b.ReportMetric(rate/bare, "ratio")
	b.ReportMetric(float64(b.N)/float64(j.Commits()), "changes/commit")
	for name, times := range map[string][]time.Duration{"": took, "fdatasync-": raw} {
		b.ReportMetric(float64(times[len(times)/2])/1e6, name+"p50-ms")
		b.ReportMetric(float64(times[len(times)*99/100])/1e6, name+"p99-ms")
	}
}

var benchData = json.RawMessage(`{"parcel":"576461413038785752-1","job":"0193-4af2","label":1,"of":1,"printer":"left","evidence":"E3"}`)

// BenchmarkAppend appends events of about 400 bytes and nothing else.
func BenchmarkAppend(b *testing.B) {
	for _, writers := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("%d writers", writers), func(b *testing.B) {
			e := shipment.Event{Type: shipment.LabelPrintedType, Subject: "576461413038785752", Data: benchData}
			benchUpdates(b, writers, func(int64) func(tx *journal.Tx) error {
				return func(tx *journal.Tx) error { return tx.Append(e) }
			})
		})
	}
}

// BenchmarkChange makes changes as a station makes them: each reads a document of an
// order's size that has a key, puts it in another state, and appends the event that
// tells of it.
func BenchmarkChange(b *testing.B) {
	type order struct {
		ID, Parcel, Job, State string
		Lines                  []string
	}
	lines := strings.Fields(strings.Repeat("an-order-of-eight-hundred-bytes ", 25))
	for _, writers := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("%d writers", writers), func(b *testing.B) {
			benchUpdates(b, writers, func(i int64) func(tx *journal.Tx) error {
				id := fmt.Sprint("57646141303878", i/4)
				return func(tx *journal.Tx) error {
					var o order
					if _, err := tx.Get("order", id, &o); err != nil {
						return err
					}
					o = order{ID: id, Parcel: id + "-1", State: fmt.Sprint("state-", i%4), Lines: lines}
					if err := tx.Put("order", id, o, journal.Index{State: o.State, Keys: []string{"number:" + o.Parcel}}); err != nil {
						return err
					}
					e, err := shipment.NewEvent(time.Now(), shipment.OrderID(id), shipment.LabelPrinted{
						Parcel: shipment.ParcelID(o.Parcel), Job: "0193-4af2", Label: 1, Of: 1, Printer: "left", Evidence: "E3",
					})
					if err != nil {
						return err
					}
					return tx.Append(e)
				}
			})
		})
	}
}
