package syncfaults_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"waybill/internal/loopdisk"
	"waybill/internal/process"
)

const (
	cutDisk    = 256 << 20 // bytes, each
	scansToCut = 120       // scans that are acknowledged between two power cuts, at least
	afterCut   = 40        // and how many of them come after the cut

	away = time.Second // for which the power is
)

// TestPowerCuts ends the file system under a real station, a real hub or both, while
// scans are acknowledged over HTTP, and holds the scans, the journal and the store
// against each other after each cut. It takes minutes: make power-cuts runs it.
func TestPowerCuts(t *testing.T) {
	cuts := needCuts(t)
	p := newCutPair(t, process.Build(t, nil))
	for cut := range cuts {
		for _, broken := range p.cut(t) {
			t.Errorf("cut %d, of %s: %s", cut+1, p.last, broken)
		}
		if t.Failed() {
			t.Fatalf("the end of the station's log:\n%s\nand of the hub's:\n%s", p.station.Tail(), p.hub.Tail())
		}
	}
	t.Logf("SEED=%d: %d cuts, of the station's power %d, of the hub's %d; %d scans acknowledged, %d of them sent more than once; %d events at the hub; none lost, none twice",
		p.seed, cuts, p.station.cuts, p.hub.cuts, len(p.acked), p.again, p.events)
}

// TestPowerCutsNotice holds that the test above sees a station that does not sync what
// it acknowledges.
func TestPowerCutsNotice(t *testing.T) {
	needCuts(t)
	p := newCutPair(t, buildChanged(t, []edit{{"sync/journal/schema.go", `q.Set("_synchronous", "FULL")`, `q.Set("_synchronous", "NORMAL")`}}, ""))
	p.onlyStation = true
	const most = 12
	for cut := range most {
		if broken := p.cut(t); len(broken) > 0 {
			t.Logf("noticed after %d cuts, %d findings: %s", cut+1, len(broken), broken[0])
			return
		}
	}
	t.Errorf("not noticed in %d cuts", most)
}

func needCuts(t *testing.T) int {
	t.Helper()
	cuts := process.Number(t, "PROGRAM_CUTS", 0)
	if cuts == 0 {
		t.Skip("NOT RUN: it takes minutes, and make power-cuts runs it")
	}
	return cuts
}

// A cutPair is a station and a hub, each on a disk of its own.
type cutPair struct {
	station, hub *machine
	seed         int
	r            *rand.Rand
	onlyStation  bool

	acked  []string
	again  int
	events int    // at the hub, after the last cut
	last   string // whose power was cut
}

// A machine is a process and the disk that its data is on.
type machine struct {
	*process.Process
	disk *loopdisk.Disk
	cuts int
}

func newCutPair(t *testing.T, bin string) *cutPair {
	t.Helper()
	addrs := process.FreeAddrs(t, 2)
	on := func(kind, addr, config string) *machine {
		disk := loopdisk.New(t, cutDisk)
		config = fmt.Sprintf("listen: %s\ndata: %s\n", addr, filepath.Join(disk.Dir(), "data")) + config
		return &machine{Process: process.New(t, bin, kind, t.TempDir(), addr, map[string]string{kind + ".yaml": config}), disk: disk}
	}
	p := &cutPair{seed: process.Number(t, "SEED", 1)}
	p.r = rand.New(rand.NewPCG(uint64(p.seed), 1))
	p.hub = on("hub", addrs[1], "")
	p.station = on("station", addrs[0], fmt.Sprintf(
		"station: bench-1\nintake: {dir: orders}\nprinters: []\nscanners: []\nhub: {url: \"http://%s\", max_backoff: 1s, lease_block: 10, low_water: 1}\n", addrs[1]))
	for _, m := range []*machine{p.hub, p.station} {
		if err := m.Up(t.Context(), "/healthz"); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// cut has somebody scan, cuts the power of the station, the hub or both meanwhile,
// brings it back, and returns every broken promise.
func (p *cutPair) cut(t *testing.T) (broken []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	victims := []*machine{p.station, p.hub}
	switch n := p.r.IntN(3); {
	case n == 0 || p.onlyStation:
		victims, p.last = victims[:1], "the station"
	case n == 1:
		victims, p.last = victims[1:], "the hub"
	default:
		p.last = "both"
	}
	at := 1 + p.r.IntN(scansToCut-afterCut)
	reached, scanned := make(chan struct{}), make(chan error, 1)
	go func() { scanned <- p.scan(ctx, at, reached) }()
	select {
	case <-reached:
	case err := <-scanned:
		t.Fatal(err)
	}
	for _, m := range victims {
		if err := m.cut(t); err != nil {
			t.Fatal(err)
		}
	}
	process.Wait(ctx, away)
	for _, m := range victims {
		if err := m.Up(ctx, "/healthz"); err != nil {
			return append(broken, err.Error())
		}
	}
	if err := <-scanned; err != nil {
		return append(broken, err.Error())
	}
	return p.judge(ctx)
}

// cut ends the machine's file system, and with it the process, and mounts it again.
func (m *machine) cut(t *testing.T) error {
	t.Helper()
	m.cuts++
	off := m.disk.PowerOff(m.Pid())
	m.Stop(os.Kill)
	return errors.Join(off, m.disk.PowerOn(t))
}

// scan has four hands scan, each until the station says that it has it, and tells when
// as many as at are acknowledged.
func (p *cutPair) scan(ctx context.Context, at int, reached chan<- struct{}) error {
	client := &http.Client{Timeout: 30 * time.Second}
	defer client.CloseIdleConnections()
	url := p.station.URL("/v1/scans")
	begin := len(p.acked)
	var next atomic.Int64
	var mu sync.Mutex
	var errs []error
	var hands sync.WaitGroup
	for range 4 {
		hands.Go(func() {
			for k := next.Add(1); k <= scansToCut && ctx.Err() == nil; k = next.Add(1) {
				data := fmt.Sprintf("bench-1-%07d", begin+int(k))
				again, _, err := scan(ctx, client, url, data)
				mu.Lock()
				p.again += min(again, 1)
				if err != nil {
					errs = append(errs, err)
				} else if p.acked = append(p.acked, data); len(p.acked) == begin+at {
					close(reached)
				}
				mu.Unlock()
			}
		})
	}
	hands.Wait()
	return errors.Join(errs...)
}

// judge waits until the hub has what the station has, and holds the books of all three
// against each other.
func (p *cutPair) judge(ctx context.Context) []string {
	journal, store := filepath.Join(p.station.disk.Dir(), "data", "journal.db"), filepath.Join(p.hub.disk.Dir(), "data", "hub.db")
	var of, at int
	for began := time.Now(); time.Since(began) < patience && ctx.Err() == nil; process.Wait(ctx, 50*time.Millisecond) {
		if err := errors.Join(
			count(ctx, journal, "SELECT count(*) FROM events", &of),
			count(ctx, store, "SELECT count(*) FROM events", &at),
		); err != nil {
			return []string{err.Error()}
		}
		if at >= of {
			break
		}
	}
	p.events = at
	b := books{station: "bench-1", acked: p.acked}
	var err1, err2 error
	b.journal, err1 = readJournal(ctx, journal)
	b.hub, err2 = readHub(ctx, store, b.station)
	if err := errors.Join(err1, err2); err != nil {
		return []string{err.Error()}
	}
	return first(b.judge())
}
