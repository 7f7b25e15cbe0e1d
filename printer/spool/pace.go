package spool

import "time"

// fine is how often a printer is asked when its label is about to be out: the
// next one cannot be sent before, and until then the printer stands still.
const fine = 15 * time.Millisecond

// slow is what takes too long for hurry to matter: most of it was something else,
// such as a roll being changed.
const slow = 5 * time.Second

// A pace is how long one label takes on a printer, from the bytes to the proof, as
// the last one did: at before it was not out yet, at seen it was. Once the two are
// far apart the printer is asked often between them, for the next label, which
// brings them together. The zero pace knows nothing.
type pace struct{ before, seen time.Duration }

// wait returns how long to wait before the next question about a label that was
// sent elapsed ago, where it would be poll otherwise.
func (p pace) wait(elapsed, poll time.Duration) time.Duration {
	switch left := p.before - fine - elapsed; {
	case p.seen == 0 || p.seen > slow || elapsed > p.seen+p.seen/4: // it takes longer this time
		return poll
	case left > fine:
		return min(poll, left)
	}
	return min(poll, fine)
}
