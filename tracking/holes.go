package tracking

import (
	"slices"
	"time"
)

// A Gap is a run of events that have not arrived though later ones have.
type Gap struct {
	From  int64     `json:"from"`
	To    int64     `json:"to"`
	Since time.Time `json:"since,omitzero"` // the hub's clock when an event behind it arrived first
}

// An Epoch is one journal of a station, as far as the hub has it. Add and Remove
// keep its figures and gaps true of one another: the watermark ends below the
// first gap, and what is not in a gap has arrived.
type Epoch struct {
	Epoch     int64 `json:"epoch"`
	Watermark int64 `json:"watermark"` // everything up to here has arrived
	Highest   int64 `json:"highest"`
	Events    int64 `json:"events"`
	Gaps      []Gap `json:"gaps,omitempty"` // the lowest first; a list of stations tells the first few, and Missing counts all
}

// Add notes that the events with the given sequences, which are sorted and new,
// arrived at a time.
func (e *Epoch) Add(sequences []int64, at time.Time) {
	for from := 0; from < len(sequences); {
		to := from
		for to+1 < len(sequences) && sequences[to+1] == sequences[to]+1 {
			to++
		}
		e.addRun(sequences[from], sequences[to], at)
		from = to + 1
	}
	e.Events += int64(len(sequences))
	e.settle()
}

func (e *Epoch) addRun(from, to int64, at time.Time) {
	if from > e.Highest {
		if from > e.Highest+1 {
			e.Gaps = append(e.Gaps, Gap{From: e.Highest + 1, To: from - 1, Since: at})
		}
		e.Highest = to
		return
	}
	// Whatever stands below the highest and is new lies in one gap.
	i, _ := slices.BinarySearchFunc(e.Gaps, from, func(g Gap, seq int64) int {
		if g.To < seq {
			return -1
		}
		return 1
	})
	if i == len(e.Gaps) {
		return
	}
	g := e.Gaps[i]
	var left []Gap
	if g.From < from {
		left = append(left, Gap{From: g.From, To: from - 1, Since: g.Since})
	}
	if to < g.To {
		left = append(left, Gap{From: to + 1, To: g.To, Since: g.Since})
	}
	e.Gaps = slices.Replace(e.Gaps, i, i+1, left...)
}

// Remove notes that the events from one sequence to another, all of which had
// arrived, are kept no longer.
func (e *Epoch) Remove(from, to int64, at time.Time) {
	e.Events -= to - from + 1
	if to == e.Highest {
		// What remains ends before them, or before the gap that they stood behind.
		e.Highest = from - 1
		if n := len(e.Gaps); n > 0 && e.Gaps[n-1].To == e.Highest {
			e.Highest = e.Gaps[n-1].From - 1
			e.Gaps = e.Gaps[:n-1]
		}
		e.settle()
		return
	}
	g := Gap{From: from, To: to, Since: at}
	i := 0
	for i < len(e.Gaps) && e.Gaps[i].From < from {
		i++
	}
	lo, hi := i, i
	if i > 0 && e.Gaps[i-1].To == from-1 {
		lo, g.From, g.Since = i-1, e.Gaps[i-1].From, e.Gaps[i-1].Since
	}
	if i < len(e.Gaps) && e.Gaps[i].From == to+1 {
		hi, g.To = i+1, e.Gaps[i].To
	}
	e.Gaps = slices.Replace(e.Gaps, lo, hi, g)
	e.settle()
}

func (e *Epoch) settle() {
	e.Watermark = e.Highest
	if len(e.Gaps) > 0 {
		e.Watermark = e.Gaps[0].From - 1
	}
}

// OldestGap returns since when the oldest of the station's gaps is there, and
// false where there is none.
func (s Station) OldestGap() (time.Time, bool) {
	var oldest time.Time
	for _, e := range s.Epochs {
		for _, g := range e.Gaps {
			if oldest.IsZero() || g.Since.Before(oldest) {
				oldest = g.Since
			}
		}
	}
	return oldest, !oldest.IsZero()
}
