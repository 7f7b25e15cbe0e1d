// Package reopen keeps something open that goes away: it tries again, soon where
// the thing is merely not there, seldom where a person must act. What is opened
// and what is done with it is the caller's.
package reopen

import (
	"cmp"
	"context"
	"time"

	"waybill/internal/fault"
	"waybill/internal/filewatch"
)

// Options is how long to pause between two tries. The zero Options is right for a
// device at the desk.
type Options struct {
	Min time.Duration // after the first; default 250ms
	Max time.Duration // at most; default 5s
	// Away is the longest pause while the thing is merely not there: it is how long
	// what was put back may take to be noticed. Default 1s.
	Away time.Duration
	// Steady is how long a session must have held to count as mended. Default 2s.
	Steady time.Duration
	// Appears names the directories in which something changes when the thing is
	// put back. It is tried at once then, where the system tells.
	Appears []string
}

// gather is how long a change is left to come whole: one device makes several
// files. It is the shortest pause, however much is plugged in.
const gather = 20 * time.Millisecond

// Run calls session, again and again, until ctx ends. A session returns how long
// the thing was open, and why it no longer is; away is told of that before each
// pause. Run returns nil.
func (o Options) Run(ctx context.Context, session func(context.Context) (held time.Duration, err error), away func(error)) error {
	return o.RunTelling(ctx, func(ctx context.Context, _ func(error)) (time.Duration, error) { return session(ctx) }, away)
}

// RunTelling is Run for a thing that may be slow to close: its session calls gone
// as soon as it knows that the thing is, and why. Then away is told at once, and
// not once more when the session returns.
func (o Options) RunTelling(ctx context.Context, session func(ctx context.Context, gone func(error)) (held time.Duration, err error), away func(error)) error {
	least := cmp.Or(o.Min, 250*time.Millisecond)
	wait := least
	var appeared <-chan struct{} // nil where nobody tells
	stop := func() {}
	defer func() { stop() }()
	for first := true; ; first = false {
		told := false
		tell := func(err error, anew bool) {
			if told || ctx.Err() != nil {
				return
			}
			told = true
			old := func() {}
			if anew { // since directories come and go with what is in them
				old = stop
				appeared, stop = o.listen()
			}
			away(err) // who hears it may put the thing back, so that somebody listens already
			old()
		}
		held, err := session(ctx, func(err error) { tell(err, true) })
		if ctx.Err() != nil {
			return nil
		}
		tell(err, first || held > 0)
		if held >= cmp.Or(o.Steady, 2*time.Second) {
			wait = least
		}
		came, goesOn := pause(ctx, wait, appeared)
		switch {
		case !goesOn:
			return nil
		case came:
			wait = least
		default:
			wait = min(wait*2, o.longest(err))
		}
	}
}

// listen has the system tell when the thing may have been put back.
func (o Options) listen() (appeared <-chan struct{}, stop func()) {
	if len(o.Appears) == 0 {
		return nil, func() {}
	}
	return filewatch.Appear(o.Appears)
}

// pause waits, or until the thing may be there again, which it reports.
func pause(ctx context.Context, wait time.Duration, appeared <-chan struct{}) (came, goesOn bool) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return false, true
	case <-ctx.Done():
		return false, false
	case <-appeared:
	}
	timer.Reset(gather)
	select {
	case <-timer.C:
	case <-ctx.Done():
		return false, false
	}
	select {
	case <-appeared:
	default:
	}
	return true, true
}

// longest returns the longest pause after err.
func (o Options) longest(err error) time.Duration {
	most := cmp.Or(o.Max, 5*time.Second)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Transient) {
		return min(cmp.Or(o.Away, time.Second), most)
	}
	return most // another program has it, or a person must change something
}
