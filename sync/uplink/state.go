package uplink

import (
	"context"
	"time"
)

// A State is how things stand between a station and its hub.
type State struct {
	Hub          string        // the upstream's name
	Reachable    bool          // the last attempt was answered by the hub; false until the first answer
	Pending      int64         // events the hub has not taken yet; they are safe on disk
	OldestUnsent time.Time     // zero where nothing is pending
	Parked       int           // events the hub refused for good, kept with the reason
	LastAck      time.Time     // when the hub last took events; zero before the first time
	LastError    string        // why the last attempt did not work; empty after one that did
	RetryAt      time.Time     // when the next attempt comes; zero where none waits
	ClockSkew    time.Duration // how far the station's clock is ahead of the hub's; 0 until known
	ClockWithin  time.Duration // give or take so much; 0 while nothing is known
	CatchingUp   bool          // a backlog is being worked off, and what happens now is sent beside it
	Condition    Condition     // what a person must mend before the hub takes anything; it outlasts a hub that is away
	Remedy       string        // how to mend the condition; empty where there is none
}

// A Condition is what keeps every event of a station from its hub until a person
// acts.
type Condition string

// The conditions.
const (
	// ConditionForked is a hub that has another history of this station: the
	// journal was lost, or an older copy of it restored.
	ConditionForked Condition = "forked"
	// ConditionForeign is a token that the hub knows as another station's.
	ConditionForeign Condition = "foreign_station"
	// ConditionRevoked is a station that people at the hub have shut out.
	ConditionRevoked Condition = "revoked"
	// ConditionReplaced is a station whose name another machine or disk was
	// enrolled under.
	ConditionReplaced Condition = "replaced"
	// ConditionToken is a token that the hub does not know, or knows no more.
	ConditionToken Condition = "token"
)

// HoldNumbers returns why no tracking number may be given out from what the
// journal says is leased, or nothing where they may. known is false where the
// hub has not said yet, and what it said before still holds.
//
// A journal that went back has forgotten which numbers it gave out.
func (s State) HoldNumbers() (reason string, known bool) {
	if s.Condition == ConditionForked {
		return "tracking numbers are held back, because the hub has another history of this station: its journal was lost or an older copy restored, " +
			"and numbers might be given out twice; " + s.Remedy, true
	}
	return "", s.Condition == "" && s.Pending == 0 && !s.LastAck.IsZero()
}

// A waitRule says how long to wait after an attempt that did not work.
type waitRule struct {
	min, max time.Duration
	rand     func() float64
	tries    int
}

// next returns the time until the next attempt: anything up to a limit that
// doubles, so that a thousand stations do not come back at the same moment. A
// hub that asks for a pause gets it, and a share more for the same reason.
func (w *waitRule) next(asked time.Duration) time.Duration {
	limit := w.max
	if w.tries < 30 && w.min<<w.tries < w.max {
		limit = w.min << w.tries
	}
	w.tries++
	wait := time.Duration(w.rand() * float64(limit))
	if asked > 0 {
		return asked + wait
	}
	return max(wait, w.min/4) // never a spin, whatever the dice say
}

func (w *waitRule) reset() { w.tries = 0 }

// sleep waits, and calls news whenever events arrive meanwhile.
func sleep(ctx context.Context, d time.Duration, watch func() <-chan struct{}, news func()) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	for {
		ch := watch()
		news()
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		case <-ch:
		}
	}
}
