package journal_test

import (
	"maps"
	"testing"

	"waybill/internal/powercut"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// TestWhatADeadProcessLeft holds that what the next process shows is on disk: the one
// before may have written a commit and been killed before it was synced, or have had
// its sync fail.
func TestWhatADeadProcessLeft(t *testing.T) {
	powercut.Skip(t)
	for name, syncFails := range map[string]bool{"killed before its sync": false, "its sync failed": true} {
		t.Run(name, func(t *testing.T) {
			const seeds = 16
			shown, mutant := 0, 0
			for seed := range uint64(seeds) {
				w := newWarehouse(t, 1, seed)
				if w.leave(syncFails) == 3 {
					shown++
				}
				for _, f := range w.found {
					t.Errorf("seed %d: %s", seed, f)
				}
				w = newWarehouse(t, 1, seed)
				w.syncOnly = true
				w.leave(syncFails)
				mutant += min(len(w.found), 1)
			}
			if !syncFails && shown < seeds || shown == 0 {
				t.Errorf("of %d, %d find the event that nobody has synced", seeds, shown)
			}
			if syncFails && mutant == 0 {
				t.Error("a journal that only syncs is not noticed")
			}
			t.Logf("of %d, %d found the event that nobody had synced; a journal that only syncs lost it %d times", seeds, shown, mutant)
		})
	}
}

// TestAReaderBesideADeadStation holds that whoever only reads shows what is on disk, too,
// after a station that was killed before it had synced a commit.
func TestAReaderBesideADeadStation(t *testing.T) {
	powercut.Skip(t)
	careless := 0
	for seed := range uint64(12) {
		w := newWarehouse(t, 1, seed)
		w.readAndCut(t, func(path string) error {
			f, err := w.disk.Open(path)
			if err != nil {
				return err
			}
			return f.Flush()
		})
		for _, f := range w.found {
			t.Errorf("seed %d: %s", seed, f)
		}
		w = newWarehouse(t, 1, seed)
		w.readAndCut(t, func(string) error { return nil })
		careless += min(len(w.found), 1)
	}
	if careless == 0 {
		t.Error("a reader that syncs nothing is not noticed")
	}
}

// readAndCut has a station killed in a commit's sync, somebody read its journal, and the
// power fail. What he was shown must be there.
func (w *warehouse) readAndCut(t *testing.T, syncLog func(path string) error) {
	t.Helper()
	j := w.open()
	w.pack(j, w.r)
	w.pack(j, w.r) // from here on the log is long enough, and the next sync is a commit's
	w.disk.FailInSync()
	w.pack(j, w.r)
	w.close(j)
	w.disk.Resume()
	r, err := w.options().OpenReadOnly(t.Context(), syncLog)
	if err != nil {
		t.Fatal(err)
	}
	recs, err := r.After(t.Context(), wire.Position{}, 0, 0)
	if err != nil || len(recs) != 3 {
		t.Fatalf("%d events are shown, %v; want the third as well, which nobody had synced", len(recs), err)
	}
	for _, rec := range recs {
		w.acked[rec.ID] = true
	}
	w.disk.FailAfter(1)
	_ = r.Close()
	w.disk.Restore(w.r)
	if j = w.open(); j != nil {
		w.check(j)
		w.close(j)
	}
}

// leave has a process end with a commit in the system's memory, the next one show what
// it finds, and the power fail. It returns how many events were shown; there are three.
func (w *warehouse) leave(syncFails bool) (shown int) {
	j := w.open()
	w.pack(j, w.r)
	w.pack(j, w.r) // from here on the log is long enough, and the next sync is a commit's
	if w.failing = syncFails; syncFails {
		w.disk.FailSyncs(w.r, func(int) bool { return true })
	} else {
		w.disk.FailInSync()
	}
	w.pack(j, w.r)
	w.disk.FailAfter(1)
	w.close(j)
	w.disk.Resume()
	w.failing = false
	if j = w.open(); j == nil {
		return 0
	}
	w.check(j)
	shown = len(w.acked)
	w.disk.FailAfter(1)
	w.close(j)
	w.disk.Restore(w.r)
	if j = w.open(); j != nil {
		w.check(j)
		w.close(j)
	}
	return shown
}

// TestNobodySeesACommitWhoseSyncFailed holds that a station whose disk failed once goes
// on with what is on disk: nobody has read the journal before, so that SQLite would find
// such a commit in the log if it looked.
func TestNobodySeesACommitWhoseSyncFailed(t *testing.T) {
	powercut.Skip(t)
	for seed := range uint64(12) {
		w := newWarehouse(t, 1, seed)
		j := w.open()
		w.pack(j, w.r)
		w.pack(j, w.r)
		w.failing = true
		w.disk.FailSyncs(w.r, func(int) bool { return true })
		w.pack(j, w.r)
		if err := j.Update(t.Context(), func(*journal.Tx) error { return nil }); err != nil { // by then the journal is open anew
			t.Errorf("a change that writes nothing: %v", err)
		}
		w.disk.FailSyncs(w.r, func(int) bool { return false })
		w.failing = false
		w.check(j)
		if !maps.Equal(w.acked, map[string]bool{"e1": true, "e2": true}) {
			t.Errorf("seed %d: %v are shown, and the sync of e3 failed", seed, w.acked)
		}
		w.pack(j, w.r)
		w.disk.FailAfter(1)
		w.close(j)
		w.disk.Restore(w.r)
		if j = w.open(); j != nil {
			w.check(j)
			w.close(j)
		}
		for _, f := range w.found {
			t.Errorf("seed %d: %s", seed, f)
		}
	}
}
