package printfaults_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"waybill/internal/printaudit"
	"waybill/internal/process"
)

// TestCampaign prints JOBS jobs from BENCHES stations of four printers each,
// while everything goes wrong by SEED, and counts.
func TestCampaign(t *testing.T) {
	process.Skip(t)
	jobs := process.Number(t, "JOBS", 60)
	c := newCampaign(t, jobs, process.Number(t, "BENCHES", 1))
	c.limit = time.Duration(process.Number(t, "MINUTES", 0)) * time.Minute
	if only := os.Getenv("ONLY"); only != "" {
		c.only = strings.Split(only, ",")
	}
	bin := process.Build(t, nil)
	for _, complaint := range c.run(t, bin) {
		t.Error(complaint)
	}
	c.tell(t)
	for _, q := range c.needless {
		t.Log(q)
	}
	if most := max(2, jobs/500); len(c.needless) > most {
		t.Errorf("%d needless questions; docs/reliability.md knows of less than one in a thousand labels, and at most %d are borne here", len(c.needless), most)
	}
}

// A campaign is benches at work and what is known of their mishaps.
type campaign struct {
	seed  uint64
	jobs  int
	only  []string      // the mishaps that happen; none: all
	kinds []kind        // the printers of a bench
	limit time.Duration // how long things go wrong and orders come; 0: until all are handed in
	env   []string      // of the stations; nil: this process's
	sweep sweep

	took    time.Duration
	benches []*bench

	mu       sync.Mutex
	offsets  map[int]int // traps by the byte at which they went off
	mishaps  map[string]int
	reports  []printaudit.Report
	asked    []question
	needless []string // questions that the odometer could have answered
	avoided  int      // unconfirmed labels that the journal tells of and nobody had to decide
	killings int
}

func newCampaign(t *testing.T, jobs, benches int) *campaign {
	t.Helper()
	c := &campaign{seed: uint64(process.Number(t, "SEED", 1)), jobs: jobs, kinds: kinds(), offsets: map[int]int{}, mishaps: map[string]int{}}
	for i := range benches {
		c.benches = append(c.benches, &bench{c: c, number: i + 1, jobs: (jobs + i) / benches})
	}
	return c
}

// run carries the campaign out and returns every broken promise.
func (c *campaign) run(t *testing.T, bin string) []string {
	t.Helper()
	c.prepare(t, bin)
	c.work(t.Context())
	return c.settle(t)
}

// prepare starts every bench.
func (c *campaign) prepare(t *testing.T, bin string) {
	t.Helper()
	for _, b := range c.benches {
		b.prepare(t, bin)
	}
}

// work has everything printed.
func (c *campaign) work(ctx context.Context) {
	began := time.Now()
	var wg sync.WaitGroup
	for _, b := range c.benches {
		wg.Go(func() { b.work(ctx) })
	}
	wg.Wait()
	c.took = time.Since(began)
}

// settle stops and counts.
func (c *campaign) settle(t *testing.T) []string {
	t.Helper()
	var complaints []string
	for _, b := range c.benches {
		complaints = append(complaints, b.settle(t)...)
	}
	return complaints
}

// tell reports the figures.
func (c *campaign) tell(t *testing.T) {
	t.Helper()
	var sum printaudit.Report
	for _, r := range c.reports {
		sum = sum.Plus(r)
	}
	t.Logf("seed %d, %s: %s", c.seed, c.took.Round(time.Second), sum)
	total := 0
	for _, name := range slices.SortedFunc(keys(c.mishaps), func(a, b string) int { return cmp.Compare(c.mishaps[b], c.mishaps[a]) }) {
		t.Logf("%6d × %s", c.mishaps[name], name)
		total += c.mishaps[name]
	}
	t.Logf("%6d mishaps in all, and stations killed %d times", total, c.killings)
	swept, least := 0, 0
	for at := 0; at <= smallLabel; at++ {
		if c.offsets[at] > 0 {
			swept++
		}
		if at == 0 || c.offsets[at] < least {
			least = c.offsets[at]
		}
	}
	t.Logf("something happened at %d of the %d places in a small label, %d times at the rarest", swept, smallLabel+1, least)
	why := map[string]int{}
	for _, q := range c.asked {
		why[q.kind+": "+q.doubt.Why]++
	}
	t.Logf("%d labels unconfirmed on the way, %d of them settled before a person looked", len(c.asked)+c.avoided, c.avoided)
	for _, w := range slices.Sorted(keys(why)) {
		t.Logf("%6d × printer %s", why[w], w)
	}
}

// smallLabel is the length of the small label, from its ^XA to its ^XZ.
const smallLabel = 125

func keys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// A question is an unconfirmed label that a person was asked about.
type question struct {
	job    string
	k      int
	kind   string
	reason string
	doubt  printaudit.Doubt
}

// A bench is one station with its printers, its person and its mishaps.
type bench struct {
	c       *campaign
	number  int
	jobs    int
	dir     string
	station *station
	units   []*unit
	reader  *printaudit.Reader

	orders     []printaudit.Order
	handed     atomic.Bool // every order is in
	unfinished atomic.Int64
	asked      map[string]bool

	mu      sync.Mutex
	trouble []string
}

// complain notes that the bench itself does not work, or a broken promise.
func (b *bench) complain(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.trouble = append(b.trouble, fmt.Sprintf("bench %d: ", b.number)+fmt.Sprintf(format, args...))
}

// rand returns the randomness of one part of the bench.
func (b *bench) rand(part uint64) *rand.Rand {
	return rand.New(rand.NewPCG(b.c.seed, uint64(b.number)<<8|part))
}

// prepare switches the printers on and starts the station.
func (b *bench) prepare(t *testing.T, bin string) {
	t.Helper()
	b.dir, b.asked = t.TempDir(), map[string]bool{}
	var printers strings.Builder
	for i, k := range b.c.kinds {
		u := newUnit(context.WithoutCancel(t.Context()), t, b.dir, fmt.Sprintf("FAULTS%d%d", b.number, i+1), k, between(b.rand(uint64(100+i)), 50*time.Millisecond, 250*time.Millisecond))
		u.die = func() { b.station.Stop(os.Kill) }
		u.kill = func(ctx context.Context, pause time.Duration) {
			if err := b.station.Restart(ctx, pause); err != nil && ctx.Err() == nil {
				b.complain("%v", err)
			}
		}
		b.units = append(b.units, u)
		fmt.Fprintf(&printers, "  - {name: %s, driver: zpl, link: \"tcp://%s\", roles: [shipping], dpi: 203, shared: %v}\n", k.name, u.wire.listener.Addr(), k.shared)
	}
	b.station = newStation(t, bin, b.dir, printers.String())
	b.station.Env = b.c.env
	if err := b.station.Up(t.Context(), "/readyz"); err != nil {
		t.Fatal(err)
	}
	var err error
	if b.reader, err = printaudit.OpenJournal(filepath.Join(b.dir, "data", "journal.db")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.reader.Close() })
}

// settle stops the station, counts, and returns every broken promise.
func (b *bench) settle(t *testing.T) []string {
	t.Helper()
	b.station.Stop(os.Interrupt)
	journal, err := b.reader.All(t.Context())
	if err != nil {
		b.complain("%v", err)
	}
	papers := b.papers()
	r := printaudit.Count(journal, papers, b.orders)
	strangers := 0
	for _, u := range b.units {
		strangers += u.strangers
	}
	told := map[string]bool{}
	unconfirmed := 0
	for _, e := range journal.Events {
		if e.Type == "label.unconfirmed" {
			told[fmt.Sprint(e.Job, "/", e.Label)] = true
			unconfirmed++
		}
	}
	b.mu.Lock()
	complaints := append(b.trouble, r.Broken()...)
	b.mu.Unlock()
	c := b.c
	c.mu.Lock()
	defer c.mu.Unlock()
	mine := 0
	for _, q := range c.asked {
		if !b.asked[fmt.Sprint(q.job, "/", q.k)] {
			continue
		}
		mine++
		if !told[fmt.Sprint(q.job, "/", q.k)] {
			complaints = append(complaints, fmt.Sprintf("job %s, label %d was unconfirmed, and no event says so", q.job, q.k))
		}
		if q.doubt.Decidable {
			c.needless = append(c.needless, fmt.Sprintf("job %s, label %d at printer %s: a person was asked (%s), and the odometer could have told: %s", q.job, q.k, q.kind, q.reason, q.doubt.Why))
		}
	}
	c.avoided += max(0, unconfirmed-mine)
	c.reports = append(c.reports, r)
	c.killings += b.station.Kills()
	for _, u := range b.units {
		for name, n := range u.done {
			c.mishaps[name] += n
		}
		for at, n := range u.wire.offsets {
			c.offsets[at] += n
		}
	}
	if len(complaints) > 0 {
		t.Logf("bench %d, the end of the station's log:\n%s", b.number, b.station.Tail())
	}
	return complaints
}

// papers returns what is on paper now.
func (b *bench) papers() []printaudit.Paper {
	var all []printaudit.Paper
	for _, u := range b.units {
		p, err := u.paper()
		if err != nil {
			b.complain("%v", err)
		}
		all = append(all, p)
	}
	return all
}
