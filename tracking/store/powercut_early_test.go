package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"waybill/internal/fault"
	"waybill/internal/powercut"
	"waybill/internal/walfile"
	"waybill/sync/wire"
	"waybill/tracking/store"
	"waybill/tracking/store/storetest"
)

var errLog = errors.New("the log cannot be written")

func noLog(string) (walfile.File, error) { return nil, errLog }

// newerSchema is what a file of a version to come says of its schema.
const newerSchema = 99

// TestAnOpenThatEndsEarlyLeavesTheLog has a hub end whose sync failed, so that what it
// committed last is in the system's memory alone, and the next one end before it has made
// that durable. It must not copy it into the file while it closes: a power cut in the
// midst of that leaves a file half new, and no log to mend it by.
func TestAnOpenThatEndsEarlyLeavesTheLog(t *testing.T) {
	powercut.Skip(t)
	const seeds = 12
	for name, newer := range map[string]bool{"its log cannot be written": false, "it is older than the file": true} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(seeds) {
				h := newCutHub(t, 7, seed)
				h.leaveUnsynced(newer)
				h.disk.FailAfter(1 + h.r.IntN(12))
				_, err := store.Open(t.Context(), h.dir, store.Options{}.OnDisk(h.connect, noLog))
				if newer && !fault.Is(err, fault.Permanent) || !newer && !errors.Is(err, errLog) {
					t.Fatalf("seed %d: %v", seed, err)
				}
				h.disk.Restore(h.r)
				if newer {
					h.exec(fmt.Sprintf("PRAGMA user_version = %d", store.SchemaVersion))
				}
				h.Look()
				for _, f := range h.found {
					t.Errorf("seed %d: %s", seed, f)
				}
			}
		})
	}
}

// leaveUnsynced has a hub end with a commit in the system's memory and nothing else in
// the log that could mend the file where a part of that is copied into it.
func (h *cutHub) leaveUnsynced(newer bool) {
	const journey = 6
	d := h.desks[0]
	d.write(4 * journey)
	s := h.open()
	if _, err := s.Ingest(context.Background(), d.history[:3*journey]); err != nil {
		h.find("%v", err)
	}
	d.through = 3 * journey
	h.close(s) // which copies the log
	s = h.open()
	if newer {
		h.exec(fmt.Sprintf("PRAGMA user_version = %d", newerSchema))
	}
	h.failing = true
	h.disk.FailSyncs(h.r, func(int) bool { return true })
	if rs, err := s.Ingest(context.Background(), d.history[3*journey:]); err == nil {
		h.find("a commit whose sync failed is answered %v", rs)
	}
	h.disk.FailAfter(1)
	h.close(s)
	h.disk.Resume()
	h.failing = false
}

// exec changes the file behind the store's back, durably.
func (h *cutHub) exec(query string) {
	db, err := sql.Open("sqlite3", "file:"+h.dir+"/hub.db?_pragma=synchronous(FULL)&vfs="+h.disk.VFS())
	if err != nil {
		h.find("%v", err)
		return
	}
	_, err = db.ExecContext(context.Background(), query)
	if err := errors.Join(err, db.Close()); err != nil {
		h.find("%s: %v", query, err)
	}
}

// The same on the system's own files, with the SQLite that a hub has: neither the log nor
// the file changes.
func TestAnOpenThatEndsEarlyLeavesTheFiles(t *testing.T) {
	for name, tt := range map[string]struct {
		newer, told bool // the file is; the start is told to end
	}{
		"its log cannot be written": {},
		"and it is told to end":     {told: true},
		"it is older than the file": {newer: true},
	} {
		t.Run(name, func(t *testing.T) {
			was, left := t.TempDir(), t.TempDir()
			s := open(t, was, store.Options{})
			events := storetest.NewDesk("bench-1", 1).Journey("o1", "N1")
			if _, err := s.Ingest(t.Context(), events); err != nil {
				t.Fatal(err)
			}
			if tt.newer {
				version(t, was, newerSchema)
			}
			files := leftBy(t, was)
			for file, b := range files { // as a process that is killed leaves them
				if err := os.WriteFile(filepath.Join(left, file), b, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			ctx, end := context.WithCancel(t.Context())
			defer end()
			_, err := store.Open(ctx, left, store.Options{}.OnDisk(nil, func(path string) (walfile.File, error) {
				if tt.told {
					end()
				}
				return noLog(path)
			}))
			if tt.newer && !fault.Is(err, fault.Permanent) || !tt.newer && !errors.Is(err, errLog) {
				t.Fatal(err)
			}
			for file, now := range leftBy(t, left) {
				if !bytes.Equal(files[file], now) {
					t.Errorf("%s is another now: it had %d bytes and has %d", file, len(files[file]), len(now))
				}
			}
			if tt.newer {
				version(t, left, store.SchemaVersion)
			}
			recs, err := open(t, left, store.Options{}).History(t.Context(), "bench-1", wire.Position{}, 100, 1<<20)
			if err != nil || len(recs) != len(events) {
				t.Errorf("%d events of %d are there, %v", len(recs), len(events), err)
			}
		})
	}
}

// version has a file say that it is of a schema.
func version(t *testing.T, dir string, n int) {
	t.Helper()
	if _, err := raw(t, dir).ExecContext(t.Context(), fmt.Sprintf("PRAGMA user_version = %d", n)); err != nil {
		t.Fatal(err)
	}
}

// leftBy returns the file of a store and its log.
func leftBy(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, file := range []string{"hub.db", "hub.db-wal"} {
		b, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		files[file] = b
	}
	return files
}
