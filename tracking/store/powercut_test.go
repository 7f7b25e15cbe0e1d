package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	_ "github.com/ncruces/go-sqlite3/driver" // "sqlite3"

	"waybill/internal/powercut"
	"waybill/internal/process"
	"waybill/internal/walfile"
	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
	"waybill/tracking/store"
	"waybill/tracking/store/storetest"
)

// What is drawn of a power cut's life.
const (
	cutsAHub    = 10  // then a new one is begun, since a long history takes long to check
	stepsInOpen = 60  // writes and syncs until a cut that is to come while the store opens
	stepsInWork = 400 // and while stations send
)

// campaign is how the power is cut under a hub.
func campaign() powercut.Campaign[*cutHub] {
	return powercut.Campaign[*cutHub]{New: newCutHub, Cuts: cutsAHub, Kills: 3}
}

// TestPowerCut cuts the power under the hub's store at moments of chance, loses what
// was not synced, and holds what stations were told against what is there. The long
// form is HUB_CUTS=2000.
func TestPowerCut(t *testing.T) {
	powercut.Skip(t)
	var taken, leased int
	campaign().Run(t, process.Number(t, "HUB_CUTS", 20), process.Number(t, "SEED", 1), func(h *cutHub) {
		for _, d := range h.desks {
			taken, leased = taken+d.through, leased+len(d.leases)
		}
	})
	t.Logf("%d events taken and %d blocks leased", taken, leased)
	if taken == 0 || leased == 0 {
		t.Error("it was not tried: one of these is zero")
	}
}

// TestPowerCutNotices holds that the test above sees a store that does not sync.
func TestPowerCutNotices(t *testing.T) {
	powercut.Skip(t)
	campaign().Notices(t, 30, func(h *cutHub) { h.careless = true })
}

// TestWhatADeadHubLeft holds that what the next hub shows is on disk: the one before
// may have had the sync of a commit fail, and been killed.
func TestWhatADeadHubLeft(t *testing.T) {
	powercut.Skip(t)
	shown, trusting := 0, 0
	for seed := range uint64(10) {
		h := newCutHub(t, 1, seed)
		if h.leave() > 1 {
			shown++
		}
		for _, f := range h.found {
			t.Errorf("seed %d: %s", seed, f)
		}
		h = newCutHub(t, 1, seed)
		h.trusting = true
		h.leave()
		trusting += min(len(h.found), 1)
	}
	t.Logf("%d found the event that nobody had synced; a hub that takes the log as it finds it lost it %d times", shown, trusting)
	if shown == 0 || trusting == 0 {
		t.Errorf("it was not tried: of 10, %d found the event, and a hub that trusts the log lost %d", shown, trusting)
	}
}

// leave has a hub end with a commit in the system's memory, the next one show what it
// finds, and the power fail. It returns how many events were shown: one, or two.
func (h *cutHub) leave() (shown int) {
	s, d := h.open(), h.desks[0]
	d.write(2)
	if _, err := s.Ingest(context.Background(), d.history[:1]); err != nil {
		h.find("%v", err)
	}
	h.failing = true
	h.disk.FailSyncs(h.r, func(int) bool { return true })
	if rs, err := s.Ingest(context.Background(), d.history[1:2]); err == nil {
		h.find("a commit whose sync failed is answered %v", rs)
	}
	h.disk.FailAfter(1)
	h.close(s)
	h.disk.Resume()
	h.failing = false
	if s = h.open(); s == nil {
		return 0
	}
	h.check(s)
	shown = d.through
	h.disk.FailAfter(1)
	h.close(s)
	h.disk.Restore(h.r)
	if s = h.open(); s != nil {
		h.check(s)
		h.close(s)
	}
	return shown
}

// A cutHub is a store on a disk whose power fails, and the stations that use it.
type cutHub struct {
	disk     *powercut.Disk
	dir      string
	r        *rand.Rand
	desks    []*cutDesk
	failing  bool // in this life, some syncs fail
	careless bool // commits are not synced
	trusting bool // the log is taken as it is found

	mu    sync.Mutex
	found []string
}

// A cutDesk is a station and what the hub has told it.
type cutDesk struct {
	*storetest.Desk
	name    shipment.StationID
	history []tracking.Incoming
	through int // events the hub has taken
	leases  []wire.Lease
	asked   int // blocks
}

func newCutHub(t testing.TB, seed, stream uint64) *cutHub {
	t.Helper()
	h := &cutHub{dir: t.TempDir(), r: rand.New(rand.NewPCG(seed, stream))}
	h.disk = powercut.New(h.dir)
	t.Cleanup(h.disk.Close)
	for i := range 2 {
		name := shipment.StationID(fmt.Sprintf("bench-%d", i+1))
		h.desks = append(h.desks, &cutDesk{Desk: storetest.NewDesk(name, 1), name: name})
	}
	return h
}

func (h *cutHub) find(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.found = append(h.found, fmt.Sprintf(format, args...))
}

func (h *cutHub) excused() bool { return h.failing || h.disk.Off() }

// Disk returns the one whose power fails.
func (h *cutHub) Disk() *powercut.Disk { return h.disk }

// Look looks at what the last cut left.
func (h *cutHub) Look() {
	h.failing = false
	if s := h.open(); s != nil {
		h.check(s)
		h.close(s)
	}
}

// Found returns what was wrong.
func (h *cutHub) Found() []string { return h.found }

// Live is the time until the power fails, or the process is killed.
func (h *cutHub) Live() {
	inOpen := h.r.IntN(4) == 0
	h.failing = false
	if inOpen {
		h.disk.FailAfter(1 + h.r.IntN(stepsInOpen))
	}
	s := h.open()
	if s == nil {
		return
	}
	h.check(s)
	if len(h.found) == 0 {
		if !inOpen {
			h.failSyncs()
			h.disk.FailAfter(1 + h.r.IntN(stepsInWork))
		}
		var wg sync.WaitGroup
		for _, d := range h.desks {
			r := rand.New(rand.NewPCG(h.r.Uint64(), h.r.Uint64()))
			wg.Go(func() { h.send(s, d, r) })
		}
		wg.Wait()
	}
	h.close(s)
}

// failSyncs has every n-th sync fail in one life of three, or one alone.
func (h *cutHub) failSyncs() {
	if h.failing = h.r.IntN(3) == 0; !h.failing {
		return
	}
	n, every := 1+h.r.IntN(8), h.r.IntN(2) == 0
	h.disk.FailSyncs(rand.New(rand.NewPCG(h.r.Uint64(), h.r.Uint64())), func(i int) bool { return i == n || every && i%n == 0 })
}

// open opens the store; nil where the power failed meanwhile.
func (h *cutHub) open() *store.Store {
	s, err := store.Open(context.Background(), h.dir, store.Options{}.OnDisk(h.connect, h.openLog))
	if err == nil {
		err = s.SetRanges(context.Background(), []tracking.Range{{ID: "r", Carrier: "ups", Scheme: "plain", From: 1, To: 1 << 40, Block: 10}})
		if err == nil {
			return s
		}
		s.Close()
	}
	if !h.excused() {
		h.find("the store does not open: %v", err)
	}
	return nil
}

// connect reaches the same SQLite as the store's own, compiled for Go by somebody else.
func (h *cutHub) connect(dsn string) (*sql.DB, error) {
	if h.careless {
		dsn = strings.Replace(dsn, "synchronous%28FULL%29", "synchronous%28NORMAL%29", 1)
	}
	return sql.Open("sqlite3", dsn+"&vfs="+h.disk.VFS())
}

func (h *cutHub) openLog(path string) (walfile.File, error) {
	if h.trusting {
		path = "none" // which is none to renew
	}
	f, err := h.disk.Open(path)
	return powercut.Opened{File: f}, err
}

func (h *cutHub) close(s *store.Store) {
	if err := s.Close(); err != nil && !h.excused() {
		h.find("the store does not close: %v", err)
	}
}

// send has a station send, and ask for numbers, until the power fails.
func (h *cutHub) send(s *store.Store, d *cutDesk, r *rand.Rand) {
	for !h.disk.Off() {
		if r.IntN(8) == 0 {
			h.lease(s, d)
			continue
		}
		from, to := max(0, d.through-r.IntN(4)), d.through+1+r.IntN(9) // overlapping, as after a lost answer
		d.write(to)
		rs, err := s.Ingest(context.Background(), d.history[from:to])
		if err != nil {
			if !h.excused() {
				h.find("%s sends: %v", d.name, err)
				return
			}
			continue
		}
		for _, res := range rs {
			if res.Status != wire.Accepted && res.Status != wire.Duplicate {
				h.find("%s sends event %d: %s, %s", d.name, res.Sequence, res.Status, res.Reason)
			}
		}
		d.through = to
	}
}

// write has the station record n events in all, at least.
func (d *cutDesk) write(n int) {
	for len(d.history) < n {
		k := len(d.history)
		d.history = append(d.history, d.Journey(shipment.OrderID(fmt.Sprintf("%s-o%d", d.name, k)), shipment.TrackingNumber(fmt.Sprintf("N%s%d", d.name, k)))...)
	}
}

func (h *cutHub) lease(s *store.Store, d *cutDesk) {
	key := fmt.Sprintf("%s-%d", d.name, d.asked)
	l, err := s.Lease(context.Background(), wire.LeaseRequest{Key: key, Station: d.name, Carrier: "ups"})
	if err != nil {
		if !h.excused() {
			h.find("%s asks for numbers: %v", d.name, err)
		}
		return
	}
	d.asked++
	d.leases = append(d.leases, l)
}

// check holds what the store has against what the stations were told. What it shows
// now they are told by that.
func (h *cutHub) check(s *store.Store) {
	ctx := context.Background()
	used := map[int64]shipment.StationID{}
	for _, d := range h.desks {
		recs, err := s.History(ctx, d.name, wire.Position{}, 1<<20, 1<<30)
		if err != nil {
			h.excuse("the history of %s: %v", d.name, err)
			return
		}
		if len(recs) < d.through {
			h.find("%s was told that %d events are taken, %d are there", d.name, d.through, len(recs))
			return
		}
		for i, rec := range recs {
			if i >= len(d.history) || rec.Hash != wire.Hash(d.history[i].Raw) || !slices.Equal(rec.Raw, d.history[i].Raw) {
				h.find("event %d of %s is not what was sent", i+1, d.name)
				return
			}
		}
		d.through = len(recs)
		at, err := s.Position(ctx, d.name)
		if err != nil || d.through > 0 && (len(at.Epochs) != 1 || at.Epochs[0].Watermark != int64(d.through)) {
			h.excuse("%s has %d events, and is told %+v, %v", d.name, d.through, at.Epochs, err)
		}
		h.checkStory(s, d)
		ls, err := s.Leases(ctx, d.name)
		if err != nil {
			h.excuse("the leases of %s: %v", d.name, err)
		}
		for _, l := range d.leases {
			if !slices.Contains(ls, l) {
				h.find("block %+v was leased to %s and is gone", l, d.name)
			}
		}
		for _, l := range ls {
			for n := l.Next; n < l.End; n++ {
				if other, ok := used[n]; ok {
					h.find("number %d is leased to %s and %s", n, other, d.name)
				}
				used[n] = d.name
			}
		}
		d.leases = ls
	}
	h.checkFile()
}

// excuse finds something where it is not the disk's doing.
func (h *cutHub) excuse(format string, args ...any) {
	if !h.excused() {
		h.find(format, args...)
	}
}

// checkStory holds that the newest shipment's story has in it what was taken of it.
func (h *cutHub) checkStory(s *store.Store, d *cutDesk) {
	if d.through == 0 {
		return
	}
	last, facts := d.history[d.through-1].Env.Subject, 0
	for _, ev := range d.history[:d.through] {
		if ev.Env.Subject == last {
			facts++
		}
	}
	if r, err := s.Shipment(context.Background(), last); err != nil || len(r.Facts) != facts {
		h.excuse("%d events of %s are taken, its story has %d, %v", facts, last, len(r.Facts), err)
	}
}

// checkFile asks SQLite whether the file is whole.
func (h *cutHub) checkFile() {
	db, err := sql.Open("sqlite3", "file:"+h.dir+"/hub.db?vfs="+h.disk.VFS())
	if err != nil {
		h.find("%v", err)
		return
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRowContext(context.Background(), "PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		h.excuse("the file: %s, %v", verdict, err)
	}
}
