package journal_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3/vfs"

	"waybill/internal/powercut"
	"waybill/internal/walfile"
	"waybill/sync/journal"
)

// What is drawn of a power cut's life.
const (
	cutsAJournal = 12  // then a new one is begun, since a long one takes long to check
	stepsInOpen  = 60  // writes and syncs until a cut that is to come while the journal opens
	stepsInWork  = 250 // and while people work
	lanes        = 2   // side by side
)

// TestPowerCut cuts the power at moments of chance and loses what was not synced. The
// long form is CUTS=10000.
func TestPowerCut(t *testing.T) {
	if !vfs.SupportsSharedMemory {
		t.Skip("SQLite's connections share no memory here")
	}
	cuts, seed := number(t, "CUTS", 120), number(t, "SEED", 1)
	began := time.Now()
	var mu sync.Mutex
	var all powercut.Tally
	var told tally
	var wg sync.WaitGroup
	for lane := range lanes {
		wg.Go(func() {
			for done, round := 0, 0; done < cuts/lanes && !t.Failed(); round++ {
				n := min(cutsAJournal, cuts/lanes-done)
				w := newWarehouse(t, uint64(seed), uint64(lane<<32|round))
				for _, f := range w.cutMany(n) {
					t.Errorf("SEED=%d, lane %d, round %d: %s", seed, lane, round, f)
				}
				done += n
				mu.Lock()
				all, told = sum(all, w.disk.Tally()), told.plus(w.tally)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	t.Logf("SEED=%d: %d cuts in %v, %d of them while the journal opened; %+v; %+v", seed, all.Cuts, time.Since(began).Round(time.Millisecond), told.InOpen, all, told)
	if all.Lost == 0 || all.Torn == 0 || told.Acked == 0 || told.Uncertain == 0 || told.InOpen == 0 || all.Kills == 0 || all.FailedSyncs == 0 || told.Checkpoints == 0 || told.Taken == 0 {
		t.Error("it was not tried: one of these is zero")
	}
}

// TestPowerCutNotices holds that the test above sees what it is there for: with one of
// these faults it must find something.
func TestPowerCutNotices(t *testing.T) {
	if !vfs.SupportsSharedMemory {
		t.Skip("SQLite's connections share no memory here")
	}
	for name, spoil := range map[string]func(*warehouse){
		"synchronous=NORMAL":           func(w *warehouse) { w.synchronous = "NORMAL" },
		"synchronous=OFF":              func(w *warehouse) { w.synchronous = "OFF" },
		"cursor before the hub has it": func(w *warehouse) { w.cursorFirst = true },
		"told before it is on disk":    func(w *warehouse) { w.tellEarly = true },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const most = 20 * cutsAJournal
			for round := range most / cutsAJournal {
				w := newWarehouse(t, 1, uint64(round))
				spoil(w)
				if found := w.cutMany(cutsAJournal); len(found) > 0 {
					t.Logf("noticed after %d cuts: %s", round*cutsAJournal+w.disk.Tally().Cuts, found[0])
					return
				}
			}
			t.Errorf("not noticed in %d cuts", most)
		})
	}
}

// TestWhatADeadProcessLeft holds that what the next process shows is on disk: the one
// before may have written a commit and been killed before it was synced, or have had
// its sync fail.
func TestWhatADeadProcessLeft(t *testing.T) {
	if !vfs.SupportsSharedMemory {
		t.Skip("SQLite's connections share no memory here")
	}
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
	if !vfs.SupportsSharedMemory {
		t.Skip("SQLite's connections share no memory here")
	}
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

// number returns what the environment says of how much to do.
func number(t testing.TB, name string, otherwise int) int {
	t.Helper()
	n, err := strconv.Atoi(cmp.Or(os.Getenv(name), strconv.Itoa(otherwise)))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

func sum(a, b powercut.Tally) powercut.Tally {
	return powercut.Tally{
		Steps: a.Steps + b.Steps, Syncs: a.Syncs + b.Syncs, Cuts: a.Cuts + b.Cuts, Kills: a.Kills + b.Kills,
		Kept: a.Kept + b.Kept, Lost: a.Lost + b.Lost, Torn: a.Torn + b.Torn,
		FailedSyncs: a.FailedSyncs + b.FailedSyncs,
	}
}

func newWarehouse(t testing.TB, seed, stream uint64) *warehouse {
	t.Helper()
	dir := t.TempDir()
	w := &warehouse{
		disk: powercut.New(dir), r: rand.New(rand.NewPCG(seed, stream)),
		tried: map[string]bool{}, acked: map[string]bool{}, refused: map[string]bool{},
		path: filepath.Join(dir, "journal"),
	}
	t.Cleanup(w.disk.Close)
	return w
}

// options returns those of the warehouse's station.
func (w *warehouse) options() journal.Options {
	o := onDisk(journal.Options{
		Path: w.path, Station: "desk-1",
		Uptime: func() journal.Uptime { return journal.Uptime{BootID: "boot"} },
	}, w.disk, w.synchronous)
	return o.WithLog(func(path string) (walfile.File, error) {
		f, err := w.disk.Open(path)
		if err == nil && w.syncOnly {
			return onlySynced{powercut.Opened{File: f}}, nil
		}
		return powercut.Opened{File: f}, err
	})
}

// onlySynced is a log in which nothing that is there is written again.
type onlySynced struct{ walfile.File }

func (o onlySynced) WriteAt(b []byte, off int64) (int, error) {
	if info, err := o.Stat(); err != nil || off < info.Size() {
		return len(b), err
	}
	return o.File.WriteAt(b, off)
}

// cutMany has the power fail n times and returns what was wrong, at the first cut at
// which anything was.
func (w *warehouse) cutMany(n int) []string {
	for cut := range n {
		for w.life(); w.r.IntN(4) == 0 && len(w.found) == 0; w.life() {
			w.disk.Resume()
		}
		w.disk.Restore(w.r)
		if len(w.found) > 0 {
			return w.told(cut)
		}
	}
	if j := w.open(); j != nil { // what the last cut left
		w.check(j)
		w.close(j)
	}
	return w.told(n)
}

func (w *warehouse) told(cut int) []string {
	for i, f := range w.found {
		w.found[i] = fmt.Sprintf("cut %d: %s", cut, f)
	}
	return w.found
}
