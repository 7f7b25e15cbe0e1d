package journal_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"waybill/internal/powercut"
	"waybill/internal/process"
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
	powercut.Skip(t)
	cuts, seed := process.Number(t, "CUTS", shortCuts), process.Number(t, "SEED", 1)
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
	powercut.Skip(t)
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
