package journal_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"waybill/internal/powercut"
	"waybill/internal/walfile"
	"waybill/sync/journal"
)

// TestAnOpenThatEndsEarlyLeavesTheLog has a process end whose sync failed, so that what
// it committed last is in the system's memory alone, and the next one find that it
// cannot make that durable, and end. It must not copy it into the file while it closes:
// a power cut in the midst of that leaves a file half new, and no log to mend it by.
func TestAnOpenThatEndsEarlyLeavesTheLog(t *testing.T) {
	powercut.Skip(t)
	const seeds = 48
	for seed := range uint64(seeds) {
		w := newWarehouse(t, 7, seed)
		j := w.open()
		for range 6 { // some pages to copy
			w.pack(j, w.r)
		}
		if err := j.Checkpoint(); err != nil { // so that the log holds nothing else to mend the file by
			t.Fatal(err)
		}
		w.failing = true
		w.disk.FailSyncs(w.r, func(n int) bool { return n > 1 })
		w.pack(j, w.r)
		w.disk.FailAfter(1)
		w.close(j)
		w.disk.Resume()
		broken := errors.New("the log cannot be written")
		o := w.options().WithLog(func(string) (walfile.File, error) { return nil, broken })
		w.disk.FailAfter(1 + w.r.IntN(12))
		if _, err := journal.Open(t.Context(), o); !errors.Is(err, broken) && !w.disk.Off() {
			t.Fatalf("seed %d: %v", seed, err)
		}
		w.disk.Restore(w.r)
		w.failing = false
		if j = w.open(); j != nil {
			w.check(j)
			w.close(j)
		}
		for _, f := range w.found {
			t.Errorf("seed %d: %s", seed, f)
		}
	}
}

// The same on the system's own files, with the SQLite that a station has: neither the
// log nor the file changes.
func TestAnOpenThatEndsEarlyLeavesTheFiles(t *testing.T) {
	o := options(t)
	j := mustOpen(t, o)
	appendEvents(t, j, "e1", "e2")
	left := o
	left.Path = filepath.Join(t.TempDir(), "journal.db")
	files := map[string][]byte{"": nil, "-wal": nil}
	for part := range files { // as a process that is killed leaves them
		b, err := os.ReadFile(o.Path + part)
		if err != nil {
			t.Fatal(err)
		}
		files[part] = b
		write(t, left.Path+part, b)
	}
	broken := errors.New("the log cannot be written")
	if _, err := journal.Open(t.Context(), left.WithLog(func(string) (walfile.File, error) { return nil, broken })); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	for part, was := range files {
		if now, err := os.ReadFile(left.Path + part); err != nil || !bytes.Equal(was, now) {
			t.Errorf("journal.db%s: %v, it had %d bytes and has %d", part, err, len(was), len(now))
		}
	}
	if rep := verify(t, mustOpen(t, left)); !rep.Whole || rep.Events != 2 {
		t.Errorf("%+v", rep)
	}
}
