package tracking_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/tracking"
)

// TestGapsAreWhatIsMissing holds the figures of an epoch against a plain set of
// the events that are there, whatever comes and goes.
func TestGapsAreWhatIsMissing(t *testing.T) {
	start := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	rapid.Check(t, func(rt *rapid.T) {
		e := tracking.Epoch{Epoch: 1}
		there := map[int64]bool{}
		for step := range rapid.IntRange(1, 30).Draw(rt, "steps") {
			at := start.Add(time.Duration(step) * time.Minute)
			if len(there) > 0 && rapid.IntRange(0, 4).Draw(rt, "remove") == 0 {
				from, to := runOf(there, rapid.Int64Range(1, 40).Draw(rt, "from"))
				if from == 0 {
					continue
				}
				for s := from; s <= to; s++ {
					delete(there, s)
				}
				e.Remove(from, to, at)
			} else {
				var fresh []int64
				for _, s := range rapid.SliceOfDistinct(rapid.Int64Range(1, 40), rapid.ID).Draw(rt, "sequences") {
					if !there[s] {
						fresh = append(fresh, s)
						there[s] = true
					}
				}
				slices.Sort(fresh)
				e.Add(fresh, at)
			}
			want := tracking.Epoch{Epoch: 1, Events: int64(len(there))}
			for s := range there {
				want.Highest = max(want.Highest, s)
			}
			for s := int64(1); s <= want.Highest; s++ {
				if there[s] {
					continue
				}
				if n := len(want.Gaps); n > 0 && want.Gaps[n-1].To == s-1 {
					want.Gaps[n-1].To = s
				} else {
					want.Gaps = append(want.Gaps, tracking.Gap{From: s, To: s})
				}
			}
			want.Watermark = want.Highest
			if len(want.Gaps) > 0 {
				want.Watermark = want.Gaps[0].From - 1
			}
			got := e
			got.Gaps = nil
			for _, g := range e.Gaps {
				if g.Since.IsZero() || g.Since.After(at) {
					rt.Fatalf("gap %+v is of no time", g)
				}
				got.Gaps = append(got.Gaps, tracking.Gap{From: g.From, To: g.To})
			}
			if diff := cmp.Diff(want, got); diff != "" {
				rt.Fatalf("step %d (-want +got):\n%s", step, diff)
			}
		}
	})
}

// runOf returns the run of events that are there from the first one at or above
// from, or zeros.
func runOf(there map[int64]bool, from int64) (first, last int64) {
	for ; from <= 40 && !there[from]; from++ {
	}
	if from > 40 {
		return 0, 0
	}
	for last = from; there[last+1]; last++ {
	}
	return from, last
}

func TestAGapIsAsOldAsItsFirstSign(t *testing.T) {
	at := func(minute int) time.Time { return time.Date(2026, 11, 20, 9, minute, 0, 0, time.UTC) }
	e := tracking.Epoch{Epoch: 1}
	e.Add([]int64{1, 9}, at(0)) // 2 to 8 are missing
	e.Add([]int64{5}, at(5))    // and of them 2 to 4 and 6 to 8 still are
	e.Add([]int64{12}, at(6))   // 10 and 11, too
	want := []tracking.Gap{{From: 2, To: 4, Since: at(0)}, {From: 6, To: 8, Since: at(0)}, {From: 10, To: 11, Since: at(6)}}
	if diff := cmp.Diff(want, e.Gaps); diff != "" {
		t.Errorf("gaps (-want +got):\n%s", diff)
	}
	st := tracking.Station{Epochs: []tracking.Epoch{{Epoch: 1}, e}}
	if oldest, ok := st.OldestGap(); !ok || !oldest.Equal(at(0)) {
		t.Errorf("the oldest is of %v, %v", oldest, ok)
	}
}
