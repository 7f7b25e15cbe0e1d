package journal_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"waybill/sync/journal"
)

// BenchmarkOpenAfterKill opens a journal whose process was killed, with as many pages in
// its write-ahead log as there are at most at a quiet station, at a busy one, and where
// no checkpoint could be made. What is in the log is read, written again and synced.
func BenchmarkOpenAfterKill(b *testing.B) {
	for _, pages := range []int64{1000, 4000, 8000} {
		b.Run(fmt.Sprintf("pages=%d", pages), func(b *testing.B) {
			o := options(b)
			j := mustOpen(b, o)
			j.FailCheckpoints(1<<30, make(chan error, 1<<20))
			size := int64(0)
			for n := 0; size < pages*4120; n++ {
				if err := j.Update(b.Context(), func(tx *journal.Tx) error {
					for i := range 200 {
						id := fmt.Sprint(n, "-", i)
						if err := errors.Join(tx.Append(event("e"+id, "o")), tx.Put(orders, id, id, journal.Index{State: "open", Keys: []string{id}})); err != nil {
							return err
						}
					}
					return nil
				}); err != nil {
					b.Fatal(err)
				}
				size = j.LogBytes()
			}
			killed := map[string][]byte{}
			for _, part := range []string{"", "-wal"} {
				file, err := os.ReadFile(o.Path + part)
				if err != nil {
					b.Fatal(err)
				}
				killed[part] = file
			}
			for b.Loop() {
				b.StopTimer()
				again := o
				again.Path = filepath.Join(b.TempDir(), "journal.db")
				for part, file := range killed {
					if err := os.WriteFile(again.Path+part, file, 0o600); err != nil {
						b.Fatal(err)
					}
				}
				b.StartTimer()
				k, err := journal.Open(b.Context(), again)
				if err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				if err := k.Close(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
			b.ReportMetric(float64(size)/(1<<20), "log-MiB")
		})
	}
}
