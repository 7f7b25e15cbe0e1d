package wire

import "time"

// ClockStep is the least change of a wall clock that is worth telling. Less is
// what the time servers do, and what passes between a decision and its event on
// a busy machine.
const ClockStep = 2 * time.Second

// ClockStep returns by how much the station's wall clock was set between the
// event before and env: positive is forward. Where the two cannot be held
// against the clock that nobody sets, only a wall clock that went back is seen,
// and by how much at least.
func (env Envelope) ClockStep(before Envelope) time.Duration {
	went := time.Time(env.Time).Sub(time.Time(before.Time))
	if env.BootID == "" || env.BootID != before.BootID {
		return min(went, 0)
	}
	return went - time.Duration(env.Monotonic-before.Monotonic)
}
