package uplink

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// TestTheClocksDifferenceLiesWithinItsBounds asks a hub over a line of any delay,
// with clocks that run apart, and one of them set now and then.
func TestTheClocksDifferenceLiesWithinItsBounds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var s skew
		hub := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
		ahead := time.Duration(rapid.Int64Range(-int64(time.Hour), int64(time.Hour)).Draw(rt, "ahead"))
		pace := rapid.Float64Range(-drift, drift).Draw(rt, "pace") / 2
		for range rapid.IntRange(1, 30).Draw(rt, "answers") {
			pause := time.Duration(rapid.Int64Range(0, int64(10*time.Minute)).Draw(rt, "pause"))
			ahead += time.Duration(float64(pause) * pace)
			hub = hub.Add(pause)
			if rapid.IntRange(0, 9).Draw(rt, "set") == 0 {
				// A step that no answer can contradict is not seen, so it is a large one.
				ahead += time.Duration(rapid.SampledFrom([]int{-1, 1}).Draw(rt, "way")) * time.Hour
			}
			there := time.Duration(rapid.Int64Range(0, int64(3*time.Second)).Draw(rt, "there"))
			back := time.Duration(rapid.Int64Range(0, int64(3*time.Second)).Draw(rt, "back"))
			sent := hub.Add(ahead)
			read := hub.Add(there)
			hub = read.Add(back)
			unit := rapid.SampledFrom([]time.Duration{time.Second, time.Millisecond}).Draw(rt, "unit")
			early := read.Truncate(unit)
			s.learn(sent, hub.Add(ahead), early, early.Add(unit))
			got, within := s.estimate(hub.Add(ahead))
			if (got - ahead).Abs() > within {
				rt.Fatalf("told %v ± %v, is %v", got, within, ahead)
			}
			if within > there+back+unit {
				rt.Fatalf("give or take %v after an answer that took %v", within, there+back)
			}
		}
	})
}

func TestNothingIsKnownOfTheClocksBeforeAnAnswer(t *testing.T) {
	var s skew
	if ahead, within := s.estimate(time.Now()); ahead != 0 || within != 0 {
		t.Errorf("%v ± %v", ahead, within)
	}
	now := time.Now()
	s.learn(now, now.Add(-time.Minute), now, now) // the clock was set while the hub was asked
	if _, within := s.estimate(now); within != 0 {
		t.Errorf("± %v", within)
	}
}
