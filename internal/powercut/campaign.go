package powercut

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// A Subject is a program on a Disk, and those who use it and know what they were told.
type Subject interface {
	Disk() *Disk

	// Live is the time from a start until the power fails or the process is killed, which
	// it has the Disk do.
	Live()

	// Look starts the program once more, undisturbed, looks and ends it.
	Look()

	// Found returns what was wrong so far.
	Found() []string
}

// A Campaign cuts the power under one subject after the other.
type Campaign[S Subject] struct {
	New   func(t testing.TB, seed, stream uint64) S
	Cuts  int // of one subject; then a new one is begun, since a long history takes long to look at
	Kills int // one life of so many ends by a kill, and not by a cut
	Lanes int // side by side; default 1
}

// Run cuts the power so many times in all and reports whatever is wrong. each is told of
// every subject at its end. It returns what happened to their disks.
func (c Campaign[S]) Run(t *testing.T, cuts, seed int, each func(S)) Tally {
	t.Helper()
	began := time.Now()
	var mu sync.Mutex
	var all Tally
	var lanes sync.WaitGroup
	for lane := range max(c.Lanes, 1) {
		lanes.Go(func() {
			for done, round := 0, 0; done < cuts/max(c.Lanes, 1) && !t.Failed(); round++ {
				n := min(c.Cuts, cuts/max(c.Lanes, 1)-done)
				s := c.New(t, uint64(seed), uint64(lane<<32|round))
				for _, f := range c.cut(s, n, uint64(seed), uint64(lane<<32|round)) {
					t.Errorf("SEED=%d, lane %d, round %d: %s", seed, lane, round, f)
				}
				done += n
				mu.Lock()
				all = all.plus(s.Disk().Tally())
				each(s)
				mu.Unlock()
			}
		})
	}
	lanes.Wait()
	t.Logf("SEED=%d: %d cuts in %v; %+v", seed, all.Cuts, time.Since(began).Round(time.Millisecond), all)
	if all.Lost == 0 || all.Torn == 0 || all.Kills == 0 || all.FailedSyncs == 0 {
		t.Error("it was not tried: one of these is zero")
	}
	return all
}

// Notices holds that something is found wrong in at most so many subjects, each of which
// spoil makes careless.
func (c Campaign[S]) Notices(t *testing.T, subjects int, spoil func(S)) {
	t.Helper()
	for round := range subjects {
		s := c.New(t, 1, uint64(round))
		spoil(s)
		if found := c.cut(s, c.Cuts, 1, uint64(round)); len(found) > 0 {
			t.Logf("noticed after %d cuts: %s", round*c.Cuts+s.Disk().Tally().Cuts, found[0])
			return
		}
	}
	t.Errorf("not noticed in %d cuts", subjects*c.Cuts)
}

// cut has the power fail n times and returns what was wrong, at the first cut at which
// anything was.
func (c Campaign[S]) cut(s S, n int, seed, stream uint64) []string {
	r := rand.New(rand.NewPCG(seed, ^stream))
	for cut := range n {
		for s.Live(); r.IntN(c.Kills) == 0 && len(s.Found()) == 0; s.Live() {
			s.Disk().Resume()
		}
		s.Disk().Restore(r)
		if len(s.Found()) > 0 {
			return at(cut, s.Found())
		}
	}
	s.Look()
	return at(n, s.Found())
}

func at(cut int, found []string) []string {
	told := make([]string, len(found))
	for i, f := range found {
		told[i] = fmt.Sprintf("cut %d: %s", cut, f)
	}
	return told
}

func (a Tally) plus(b Tally) Tally {
	return Tally{
		Steps: a.Steps + b.Steps, Syncs: a.Syncs + b.Syncs, Cuts: a.Cuts + b.Cuts, Kills: a.Kills + b.Kills,
		Kept: a.Kept + b.Kept, Lost: a.Lost + b.Lost, Torn: a.Torn + b.Torn,
		FailedSyncs: a.FailedSyncs + b.FailedSyncs,
	}
}
