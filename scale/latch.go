package scale

import (
	"math/big"

	"waybill/shipment"
)

// A Latch makes weighings of readings: it says when a stable weight is that of
// something new on the scale, and never twice that of the same. A parcel left
// lying keeps its one weighing; the next one counts once the scale has been
// empty in between, or shows another weight after it has moved.
//
// Two parcels of one weight that are exchanged faster than the scale can see it
// empty are one to the latch: it rather misses a weighing than hands one parcel's
// weight to the next.
//
// Few languages of scales have a checksum, and on the wire a digit can get lost.
// So a reading counts only when the next one bears it out.
//
// The zero Latch is a scale that was never seen empty: what lies on it when it is
// first seen may be anybody's, and does not count until it is lifted.
type Latch struct {
	// Least is the least weight that is a parcel; less is an empty scale that
	// does not stand quite at zero. Zero stands for 2 g or two of the scale's
	// steps, whichever is more.
	Least shipment.Grams
	// Change is by how much a load must differ from the last that counted to be
	// another one, where the scale was not empty in between. Zero stands for 5 g
	// or three of the scale's steps, whichever is more.
	Change shipment.Grams

	before Reading // the one pushed last
	known  bool    // a stable load or an empty scale was seen
	empty  bool    // and it is, or was since, empty
	bare   bool    // and it is so now
	last   Weight  // the load that counted, or that lay there at first
}

// Push takes the next reading and reports whether it is a weighing.
func (l *Latch) Push(r Reading) bool {
	before := l.before
	l.before, l.bare = r, false
	switch {
	case r.Condition != before.Condition:
		return false
	case r.Condition == Under: // what was on it at zero is gone, and so is everything else
		l.known, l.empty, l.bare = true, true, true
		return false
	case !r.Usable() || !before.Usable() || l.differ(r.Weight, before.Weight):
		return false
	}
	if r.Weight.mass().Cmp(atLeast(l.Least, 2, r.Weight, 2)) < 0 {
		l.known, l.empty, l.bare = true, true, true
		return false
	}
	known, empty := l.known, l.empty
	l.known, l.empty = true, false
	counts := known && (empty || l.differ(r.Weight, l.last))
	if counts || !known { // creep is held against what counted, not against itself
		l.last = r.Weight
	}
	return counts
}

// differ reports whether two weights are of two loads.
func (l *Latch) differ(a, b Weight) bool {
	d := a.mass()
	d.Sub(d, b.mass()).Abs(d)
	return d.Cmp(atLeast(l.Change, 5, a, 3)) >= 0
}

// Empty reports whether the last reading proved that nothing lies on the scale.
func (l *Latch) Empty() bool { return l.bare }

// Forget is for a scale that was away or not understood: what lies on it now may
// be what lay there before. Only another weight, or an empty scale, counts.
func (l *Latch) Forget() { l.before, l.empty, l.bare = Reading{}, false, false }

// atLeast returns set, or where it is zero the larger of so many grams and so many
// steps of the scale that sent w. It is exact: a step of 0.1 lb is 45.36 g, and
// two of them rounded are more than the two that the scale shows.
func atLeast(set, grams shipment.Grams, w Weight, steps int64) *big.Rat {
	if set > 0 {
		return new(big.Rat).SetInt64(int64(set))
	}
	least := new(big.Rat).SetInt64(int64(grams))
	if s := (Weight{Value: steps, Exponent: w.Exponent, Unit: w.Unit}).mass(); s.Cmp(least) > 0 {
		return s
	}
	return least
}
