package journal_test

import (
	"math/rand/v2"
	"path/filepath"
	"testing"

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

// campaign is how the power is cut under a warehouse.
func campaign() powercut.Campaign[*warehouse] {
	return powercut.Campaign[*warehouse]{New: newWarehouse, Cuts: cutsAJournal, Kills: 4, Lanes: lanes}
}

// TestPowerCut cuts the power at moments of chance and loses what was not synced. The
// long form is CUTS=10000.
func TestPowerCut(t *testing.T) {
	powercut.Skip(t)
	var told tally
	campaign().Run(t, process.Number(t, "CUTS", 120), process.Number(t, "SEED", 1), func(w *warehouse) { told = told.plus(w.tally) })
	t.Logf("%d of them while the journal opened; %+v", told.InOpen, told)
	if told.Acked == 0 || told.Uncertain == 0 || told.InOpen == 0 || told.Checkpoints == 0 || told.Taken == 0 {
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
			campaign().Notices(t, 20, spoil)
		})
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

// Disk returns the one whose power fails.
func (w *warehouse) Disk() *powercut.Disk { return w.disk }

// Look looks at what the last cut left.
func (w *warehouse) Look() {
	if j := w.open(); j != nil {
		w.check(j)
		w.close(j)
	}
}

// Found returns what was wrong.
func (w *warehouse) Found() []string { return w.found }
