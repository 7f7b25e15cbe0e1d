// Package reopen keeps something open that goes away: it tries again, soon where
// the thing is merely not there, seldom where a person must act. What is opened
// and what is done with it is the caller's.
package reopen

import (
	"cmp"
	"context"
	"time"

	"waybill/internal/fault"
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
}

// Run calls session, again and again, until ctx ends. A session returns how long
// the thing was open, and why it no longer is; away is told of that before each
// pause. Run returns nil.
func (o Options) Run(ctx context.Context, session func(context.Context) (held time.Duration, err error), away func(error)) error {
	least := cmp.Or(o.Min, 250*time.Millisecond)
	wait := least
	for {
		held, err := session(ctx)
		if ctx.Err() != nil {
			return nil
		}
		away(err)
		if held >= cmp.Or(o.Steady, 2*time.Second) {
			wait = least
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil
		}
		wait = min(wait*2, o.longest(err))
	}
}

// longest returns the longest pause after err.
func (o Options) longest(err error) time.Duration {
	most := cmp.Or(o.Max, 5*time.Second)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Transient) {
		return min(cmp.Or(o.Away, time.Second), most)
	}
	return most // another program has it, or a person must change something
}
