package journal_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"waybill/shipment"
	"waybill/sync/journal"
)

// rawRate returns how many appends of n bytes the disk makes durable in a
// second: what any journal is to be measured by.
func rawRate(b *testing.B, n int) float64 {
	f, err := os.Create(filepath.Join(b.TempDir(), "raw"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	record := make([]byte, n)
	start, count := time.Now(), 0
	for time.Since(start) < 500*time.Millisecond {
		if _, err := f.Write(record); err != nil {
			b.Fatal(err)
		}
		if err := datasync(f); err != nil {
			b.Fatal(err)
		}
		count++
	}
	return float64(count) / time.Since(start).Seconds()
}

// BenchmarkAppend appends events of about 400 bytes, each writer waiting until
// its event is on disk.
func BenchmarkAppend(b *testing.B) {
	for _, writers := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("%d writers", writers), func(b *testing.B) {
			j := mustOpen(b, options(b))
			data := json.RawMessage(`{"parcel":"576461413038785752-1","job":"0193-4af2","label":1,"of":1,"printer":"left","evidence":"E3"}`)
			before := rawRate(b, 400)
			var n atomic.Int64
			var wg sync.WaitGroup
			b.ResetTimer()
			for range writers {
				wg.Go(func() {
					for n.Add(1) <= int64(b.N) {
						e := shipment.Event{Type: shipment.LabelPrintedType, Subject: "576461413038785752", Data: data}
						if err := j.Update(b.Context(), func(tx *journal.Tx) error { return tx.Append(e) }); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.StopTimer()
			rate := float64(b.N) / b.Elapsed().Seconds()
			raw := (before + rawRate(b, 400)) / 2
			b.ReportMetric(rate, "events/s")
			b.ReportMetric(raw, "fdatasyncs/s")
			b.ReportMetric(rate/raw, "ratio")
		})
	}
}
