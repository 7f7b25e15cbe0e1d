package spool

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestPace(t *testing.T) {
	const ms = time.Millisecond
	half := pace{before: 480 * ms, seen: 500 * ms}
	for _, tt := range []struct {
		pace                pace
		elapsed, poll, want time.Duration
	}{
		{pace{}, 100 * ms, 50 * ms, 50 * ms}, // nothing is known yet
		{half, 0, 50 * ms, 50 * ms},          // it takes long
		{half, 400 * ms, 100 * ms, 65 * ms},  // the next look would be late
		{half, 465 * ms, 100 * ms, fine},     // about now
		{half, 600 * ms, 100 * ms, fine},     // a little late
		{half, 700 * ms, 100 * ms, 100 * ms}, // something else is the matter
		{pace{599 * time.Second, 10 * time.Minute}, 599 * time.Second, time.Second, time.Second}, // the last one waited for paper
	} {
		if got := tt.pace.wait(tt.elapsed, tt.poll); got != tt.want {
			t.Errorf("pace %v, %v after: %v, want %v", tt.pace, tt.elapsed, got, tt.want)
		}
	}
}

// A printer is never asked less often for its pace, and never without a pause.
func TestPaceOnlyHurries(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		span := func(name string) time.Duration {
			return time.Duration(rapid.Int64Range(int64(fine), int64(time.Hour)).Draw(t, name))
		}
		p, elapsed, poll := pace{span("before"), span("seen")}, span("elapsed"), span("poll")
		if got := p.wait(elapsed, poll); got > poll || got < fine {
			t.Fatalf("%v of %v", got, poll)
		}
	})
}
