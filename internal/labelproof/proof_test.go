package labelproof_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"waybill/internal/labelproof"
	"waybill/internal/raced"
	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/labels/fonts/system"
)

const (
	root    = "../.."
	generic = "generic-4x6.json"
	seed    = 20261123
)

// missing ends a test for want of a program: in CI it is a failure.
func missing(t testing.TB, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if errors.Is(err, labelproof.ErrMissing) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	t.Fatal(err)
}

// count returns how many are asked for by an environment variable.
func count(t *testing.T, name string, without int) int {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return without
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("%s=%s: want a number", name, s)
	}
	return n
}

func specimens(t testing.TB) []labelproof.Specimen {
	t.Helper()
	all, err := labelproof.Specimens(os.DirFS(filepath.Join(root, "configs", "samples")), generic)
	if err != nil {
		t.Error(err)
	}
	if len(all) == 0 {
		t.Fatal("no templates")
	}
	return all
}

// scripts returns those that this machine has fonts for.
func scripts(t *testing.T, faces *fonts.Set) []labelproof.Script {
	t.Helper()
	var have []labelproof.Script
	for _, s := range labelproof.Scripts() {
		if _, err := faces.Face(s.Probe, false); err != nil {
			t.Logf("no labels in %s letters: %v", s.Name, err)
			continue
		}
		have = append(have, s)
	}
	return have
}

// TestLabelsReadBack lays random orders out on every template, writes them as
// ZPL, PDF and PNG, has programs draw them that are not ours, and reads every
// barcode with decoders that are not ours. LABELS=5000 is the full proof.
func TestLabelsReadBack(t *testing.T) {
	raced.Skip(t)
	n := count(t, "LABELS", 24)
	first := count(t, "FIRST", 1) - 1 // to try a part again
	faces := fonts.New(system.Sources()...)
	maker := &maker{specimens: specimens(t), scripts: scripts(t, faces), faces: faces, refused: map[string]int{}}

	started := time.Now()
	tally := newTally()
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(t.Context())
	jobs := make(chan []job)
	g.Go(func() error {
		defer close(jobs)
		return maker.batches(ctx, first, n, jobs)
	})
	for range count(t, "WORKERS", 2) {
		b := newBench(t, ctx)
		g.Go(func() error {
			for batch := range jobs {
				one, err := b.prove(ctx, batch)
				if err != nil {
					return err
				}
				mu.Lock()
				tally.add(one)
				if tally.labels/250 > (tally.labels-one.labels)/250 {
					t.Logf("%d labels in %.0f s, %d complaints", tally.labels, time.Since(started).Seconds(), len(tally.wrong))
				}
				mu.Unlock()
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	t.Logf("seed %d, labels %d to %d, %.0f s\n%s%s", seed, first+1, first+n, time.Since(started).Seconds(), tally, maker)
	for _, w := range tally.wrong {
		t.Error(w)
	}
	for _, err := range maker.unmade[:min(20, len(maker.unmade))] {
		t.Error(err)
	}
	if len(maker.unmade) > 0 || maker.pages < n {
		t.Errorf("%d labels of %d could not be made", len(maker.unmade), n)
	}
}

// A job is a page to prove.
type job struct {
	number int
	what   string
	label  labels.Label
}

// A maker makes the labels: the same for the same numbers.
type maker struct {
	specimens []labelproof.Specimen
	scripts   []labelproof.Script
	faces     *fonts.Set
	refused   map[string]int // by template and reason
	reach     [3]int         // how many labels were varied so far
	pages     int
	unmade    []error
}

// resolutions has the true ones of label printers; the finer ones take the
// slower programs many times as long, so they come up less often.
var resolutions = []labels.Resolution{
	labels.DPI203, labels.DPI300, labels.DPI203, labels.DPI305, labels.DPI203, labels.DPI203, labels.DPI300, labels.DPI203, labels.DPI600, labels.DPI203,
}

// batches sends n labels, a dozen of one resolution at a time.
func (m *maker) batches(ctx context.Context, first, n int, to chan<- []job) error {
	waiting := map[labels.Resolution][]job{}
	send := func(res labels.Resolution) error {
		select {
		case to <- waiting[res]:
			waiting[res] = nil
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	for i := first; i < first+n; i++ {
		pages, res, err := m.make(i)
		if err != nil {
			m.unmade = append(m.unmade, err)
			continue
		}
		waiting[res] = append(waiting[res], pages...)
		m.pages += len(pages)
		if len(waiting[res]) >= 12 {
			if err := send(res); err != nil {
				return err
			}
		}
	}
	for res, left := range waiting {
		if len(left) > 0 {
			if err := send(res); err != nil {
				return err
			}
		}
	}
	return nil
}

// make returns the pages of the i-th label. Where a template refuses an order,
// as it should, the next one keeps more of what it came with.
func (m *maker) make(i int) ([]job, labels.Resolution, error) {
	s := m.specimens[i%len(m.specimens)]
	var last error
	for reach := labelproof.Abroad; reach <= labelproof.Carrier; reach++ {
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		res := resolutions[(i+i/len(m.specimens))%len(resolutions)]
		script := m.scripts[r.IntN(len(m.scripts))]
		o := labelproof.Vary(s.Order, r, script, reach)
		k := 1 + r.IntN(max(1, len(o.Parcels)))
		pages, err := s.Lay(o, k, res, m.faces)
		if err != nil {
			m.refused[fmt.Sprintf("%s: %.160s", s.Name, err)]++
			last = err
			continue
		}
		m.reach[reach]++
		jobs := make([]job, len(pages))
		for p, l := range pages {
			jobs[p] = job{i + 1, fmt.Sprintf("label %d: %s, page %d, %.1f dpi, %s", i+1, s.Name, p+1, float64(res)/10, script.Name), l}
		}
		return jobs, res, nil
	}
	return nil, 0, fmt.Errorf("label %d of template %s: %w", i+1, s.Name, last)
}
