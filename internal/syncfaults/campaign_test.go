package syncfaults_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"waybill/internal/process"
)

// TestCampaign has STATIONS stations record EVENTS scans while everything goes
// wrong by SEED, and holds the books of all against each other.
func TestCampaign(t *testing.T) {
	process.Skip(t)
	// The stations' clocks jump by hours, again and again.
	bin := buildChanged(t, []edit{
		{"sync/journal/journal.go", "o.Now = time.Now", "o.Now = JumpingNow"},
		{"cmd/waybill/station.go", "Now:   time.Now, NewID: newID", "Now:   journal.JumpingNow, NewID: newID"},
		{"cmd/waybill/station.go", "Now: time.Now, Log: st.log, Stopping", "Now: journal.JumpingNow, Log: st.log, Stopping"},
	}, "sync/journal/jumping_clock.go")
	c := newCampaign(t, bin, seed(t), process.Number(t, "STATIONS", 3), process.Number(t, "EVENTS", 3000))
	c.run(t)
	for _, broken := range c.settle(t) {
		t.Error(broken)
	}
	c.tell(t)
}

// patience is how long the campaign waits for the stations to have brought the
// hub everything, once nothing happens any more, from the last progress on.
const patience = time.Minute

// A campaign is a hub, its stations and what is known of their mishaps.
type campaign struct {
	seed   uint64
	events int
	pause  time.Duration // between two killings, on average

	patience time.Duration // see patience

	small   string // a disk that is full now and then; empty: there is none
	crowded int    // how often it was

	hub      *process.Process
	hubDir   string
	stations []*station

	recording atomic.Int64 // stations that still record
	began     time.Time
	recorded  time.Duration // until when
	drained   time.Duration // until everything was at the hub

	mu     sync.Mutex
	broken []string
}

// A station records scans and says what was acknowledged.
type station struct {
	*process.Process
	name   string
	dir    string
	data   string // the folder of its journal
	wire   *wire
	acked  []string
	again  int // scans that were sent again, because their answer was lost
	unkept int // or because the station said that it could not keep them
}

func seed(t *testing.T) uint64 { return uint64(process.Number(t, "SEED", 1)) }

func newCampaign(t *testing.T, bin string, seed uint64, stations, events int) *campaign {
	t.Helper()
	c := &campaign{
		seed: seed, events: events, hubDir: t.TempDir(), patience: patience,
		pause: time.Duration(process.Number(t, "KILL_EVERY_MS", 700)) * time.Millisecond,
	}
	c.small = mountSmall(t, int64(events/stations)*8<<10+64<<20)
	addrs := process.FreeAddrs(t, 2*stations+1)
	addr := addrs[2*stations]
	var names []string // by which the stations reach the hub
	for i := range stations {
		s := &station{name: fmt.Sprintf("bench-%d", i+1), dir: t.TempDir(), wire: newWire(t, addrs[stations+i], addr, c.randomness(uint64(100+i)))}
		own := addrs[i]
		s.data = filepath.Join(s.dir, "data")
		if i == 0 && c.small != "" {
			s.data = filepath.Join(c.small, "data")
		}
		s.Process = process.New(t, bin, "station", s.dir, own, map[string]string{"station.yaml": fmt.Sprintf(
			"station: %s\nlisten: %s\ndata: %q\njournal: {reserve_mib: 8}\nintake: {dir: orders}\nprinters: []\nscanners: []\nhub: {url: \"http://%s\", max_backoff: 1s, lease_block: 10, low_water: 1}\n",
			s.name, own, s.data, s.wire.listener.Addr())})
		c.stations = append(c.stations, s)
		names = append(names, s.wire.listener.Addr().String())
	}
	c.hub = process.New(t, bin, "hub", c.hubDir, addr, map[string]string{
		"hub.yaml": fmt.Sprintf("listen: %s\ndata: data\nallowed_hosts: [%s]\n", addr, strings.Join(names, ", ")),
	})
	return c
}

func (c *campaign) randomness(part uint64) *rand.Rand { return rand.New(rand.NewPCG(c.seed, part)) }

func (c *campaign) complain(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.broken = append(c.broken, fmt.Sprintf(format, args...))
}

// run has everything recorded while processes are killed.
func (c *campaign) run(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 6*time.Hour)
	defer cancel()
	for _, p := range c.processes() {
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
	}
	c.began = time.Now()
	c.recording.Store(int64(len(c.stations)))
	var wg sync.WaitGroup
	for i, s := range c.stations {
		wg.Go(func() {
			defer c.recording.Add(-1)
			if err := s.record(ctx, (c.events+i)/len(c.stations)); err != nil {
				c.complain("%s: %v", s.name, err)
			}
		})
	}
	wg.Go(func() { c.kill(ctx) })
	wg.Go(func() { c.crowd(ctx) })
	wg.Wait()
	c.recorded = time.Since(c.began)
}

func (c *campaign) processes() []*process.Process {
	all := []*process.Process{c.hub}
	for _, s := range c.stations {
		all = append(all, s.Process)
	}
	return all
}

// kill kills one process after another, the hub as often as three stations.
func (c *campaign) kill(ctx context.Context) {
	rnd := c.randomness(1)
	for c.recording.Load() > 0 && ctx.Err() == nil {
		process.Wait(ctx, time.Duration((0.5+rnd.Float64())*float64(c.pause)))
		victim := c.hub
		if i := rnd.IntN(len(c.stations) + 3); i < len(c.stations) {
			victim = c.stations[i].Process
		}
		if err := victim.Restart(ctx, time.Duration(rnd.IntN(300))*time.Millisecond); err != nil {
			c.complain("%v", err)
		}
	}
}

// record has n scans recorded, each until the station says that it has it.
func (s *station) record(ctx context.Context, n int) error {
	const hands = 4 // that scan at once: their scans share commits
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: hands}}
	var mu sync.Mutex
	var next atomic.Int64
	var first error
	var wg sync.WaitGroup
	for range hands {
		wg.Go(func() {
			for {
				k := int(next.Add(1))
				if k > n || ctx.Err() != nil {
					return
				}
				data := fmt.Sprintf("%s-%07d", s.name, k)
				again, unkept, err := scan(ctx, client, s.URL("/v1/scans"), data)
				mu.Lock()
				s.again += again
				s.unkept += unkept
				if err == nil {
					s.acked = append(s.acked, data)
				} else if first == nil {
					first = err
				}
				mu.Unlock()
				if err != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(first, ctx.Err())
}

// scan sends one scan until the station says that it has it, and returns how often it
// was sent again, and how often of those because the station could not keep it.
func scan(ctx context.Context, client *http.Client, url, data string) (again, unkept int, err error) {
	body, err := json.Marshal(map[string]string{"data": data})
	if err != nil {
		return 0, 0, err
	}
	for ; ctx.Err() == nil; again++ {
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
		if err != nil {
			return again, unkept, err
		}
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", data)
		answer, err := client.Do(r)
		if err != nil { // killed: whether it has the scan, only asking again can tell
			process.Wait(ctx, 20*time.Millisecond)
			continue
		}
		text, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		switch {
		case err != nil:
			process.Wait(ctx, 20*time.Millisecond)
		case answer.StatusCode >= http.StatusInternalServerError:
			unkept++
			process.Wait(ctx, 20*time.Millisecond)
		case answer.StatusCode == http.StatusOK:
			return again, unkept, nil
		default:
			return again, unkept, fmt.Errorf("scan %s: the station answers %d: %s", data, answer.StatusCode, text)
		}
	}
	return again, unkept, ctx.Err()
}

// settle lets everything come to the hub, stops, and returns every broken
// promise.
func (c *campaign) settle(t *testing.T) []string {
	t.Helper()
	for _, s := range c.stations {
		s.wire.settle()
	}
	for _, p := range c.processes() {
		if err := p.Up(t.Context(), "/healthz"); err != nil {
			c.complain("%v", err)
		}
	}
	c.drain(t.Context())
	c.drained = time.Since(c.began)
	for _, s := range c.stations {
		s.Stop(os.Interrupt)
	}
	c.hub.Stop(os.Interrupt)
	for _, s := range c.stations {
		b, err := c.books(t.Context(), s)
		if err != nil {
			c.complain("%s: %v", s.name, err)
		}
		c.broken = append(c.broken, first(b.judge())...)
	}
	if len(c.broken) > 0 {
		t.Logf("the end of the hub's log:\n%s\nand of a station's:\n%s", c.hub.Tail(), c.stations[0].Tail())
	}
	return c.broken
}

// first returns the first few complaints, and how many there are.
func first(broken []string) []string {
	const few = 10
	if n := len(broken); n > few {
		return append(broken[:few:few], fmt.Sprintf("… and %d complaints more", n-few))
	}
	return broken
}

// drain waits until the hub has what the stations have, or nothing moves.
func (c *campaign) drain(ctx context.Context) {
	last, since := -1, time.Now()
	for ctx.Err() == nil && time.Since(since) < c.patience {
		missing := 0
		for _, s := range c.stations {
			var of, at int
			if err := errors.Join(
				count(ctx, filepath.Join(s.data, "journal.db"), "SELECT count(*) FROM events", &of),
				count(ctx, c.store(), "SELECT count(*) FROM events WHERE station = ?", &at, s.name),
			); err != nil {
				at = of - 1 // the file is just being made
			}
			missing += of - at
		}
		if missing == 0 {
			return
		}
		if missing != last {
			last, since = missing, time.Now()
		}
		process.Wait(ctx, 200*time.Millisecond)
	}
}

func (c *campaign) store() string { return filepath.Join(c.hubDir, "data", "hub.db") }

func (c *campaign) books(ctx context.Context, s *station) (books, error) {
	b := books{station: s.name, acked: s.acked}
	var err1, err2 error
	b.journal, err1 = readJournal(ctx, filepath.Join(s.data, "journal.db"))
	b.hub, err2 = readHub(ctx, c.store(), s.name)
	return b, errors.Join(err1, err2)
}

// tell reports the figures.
func (c *campaign) tell(t *testing.T) {
	t.Helper()
	acked, again, kills, unkept := 0, 0, 0, 0
	done := map[string]int{}
	for _, s := range c.stations {
		acked, again, kills, unkept = acked+len(s.acked), again+s.again, kills+s.Kills(), unkept+s.unkept
		for what, n := range s.wire.done {
			done[what] += n
		}
	}
	var at int
	if err := count(t.Context(), c.store(), "SELECT count(*) FROM events", &at); err != nil {
		t.Error(err)
	}
	t.Logf("seed %d: %d stations, %d scans acknowledged in %s and %d events at the hub after %s; %d scans sent again; the hub killed %d times, stations %d times; %d broken promises",
		c.seed, len(c.stations), acked, c.recorded.Round(time.Second), at, c.drained.Round(time.Second), again, c.hub.Kills(), kills, len(c.broken))
	t.Logf("%6d × disk full, %d × \"could not be stored\"", c.crowded, unkept)
	for _, what := range mishaps {
		t.Logf("%6d × connection %s", done[what], what)
	}
}
