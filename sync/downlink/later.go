package downlink

import (
	"errors"
	"fmt"
	"time"

	"waybill/internal/fault"
)

// A later is when a bundle is got again that could not be had, or not be put in place.
// It is megabytes, and what was in the way, as a full disk, is often there for long:
// the station is told of nothing new by getting it with every question.
type later struct {
	of    offer
	err   error // why it is to be got again; nil: nothing was in the way
	times int
	skip  int       // questions that are still to pass
	not   time.Time // and it is not got before: the hub said so
	since time.Time
}

// mostSkipped bounds the questions that pass between two tries: ten minutes of them.
const mostSkipped = 40

// longestWait bounds what the hub may ask for. Whatever answers in its place, or a clock
// that is wrong, does not keep rules back for days.
const longestWait = 10 * time.Minute

// waits reports whether it is too early for an offer, and counts the question.
func (l *later) waits(has offer) bool {
	if l.err == nil || l.of != has {
		return false
	}
	if l.skip > 0 {
		l.skip--
		return true
	}
	return time.Now().Before(l.not)
}

// note takes in what came of getting an offer. What the hub has refused to give for a
// long time is told, though the hub answers other questions.
func (l *later) note(has offer, err error) {
	if err == nil || fault.Is(err, fault.Permanent) {
		*l = later{}
		return
	}
	if l.err == nil || l.of != has {
		*l = later{of: has, since: time.Now()}
	}
	l.err = err
	l.skip = min(1<<l.times-1, mostSkipped)
	l.times = min(l.times+1, 10)
	var hub interface{ Wait() time.Duration }
	if l.not = (time.Time{}); errors.As(err, &hub) {
		l.not = time.Now().Add(min(hub.Wait(), longestWait))
	}
	if time.Since(l.since) >= patience && fault.Is(err, fault.Transient) {
		l.err = &fault.Error{
			Op: "rules and templates of the hub", Err: fmt.Errorf("they could not be fetched since %s: %w", l.since.Local().Format("15:04"), err),
			Hint: "The station goes on with what it has and tries again.",
		}
	}
}
