package uplink

import (
	"sync"
	"time"
)

// drift is how far two clocks may run apart in a while, as a share of it: four
// times what a quartz without a time server does.
const drift = 200e-6

// A skew is what is known of the difference between the station's wall clock and
// the hub's. Each answer narrows it: the hub's clock was read between the request
// and its answer, so the difference lies between two bounds.
type skew struct {
	mu     sync.Mutex
	known  bool
	lo, hi time.Duration // how far the station is ahead
	at     time.Time     // when these bounds held
}

// learn takes in that the hub's clock was read between sent and back, by the
// station's wall clock, and showed something from early to late.
func (s *skew) learn(sent, back, early, late time.Time) {
	lo, hi := sent.Round(0).Sub(late), back.Round(0).Sub(early)
	if hi < lo {
		return // the station's clock was set meanwhile
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.known {
		wider := time.Duration(float64(max(0, back.Sub(s.at))) * drift)
		if l, h := max(lo, s.lo-wider), min(hi, s.hi+wider); l <= h {
			lo, hi = l, h
		} // else one of the clocks was set, and what was known is not true any more
	}
	s.known, s.lo, s.hi, s.at = true, lo, hi, back
}

// estimate returns by how much the station's clock is ahead of the hub's, give or
// take within. A within of zero means that nothing is known.
func (s *skew) estimate(now time.Time) (ahead, within time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.known {
		return 0, 0
	}
	wider := time.Duration(float64(max(0, now.Sub(s.at))) * drift)
	return s.lo + (s.hi-s.lo)/2, max((s.hi-s.lo)/2+wider, time.Millisecond)
}
