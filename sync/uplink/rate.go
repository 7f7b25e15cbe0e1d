package uplink

import (
	"context"
	"sync"
	"time"
)

// A rate keeps what is sent under so many bytes a second over any longer time.
// What was sent is owed, and the next request waits until it is paid off. What is
// sent live does not wait for what the backlog owes, but the backlog waits for
// both.
type rate struct {
	perSecond float64 // 0: no limit
	now       func() time.Time

	mu         sync.Mutex
	at         time.Time
	live, both float64 // bytes owed
}

// wait waits until n bytes may be sent, and counts them as sent.
func (r *rate) wait(ctx context.Context, n int, live bool) error {
	if r.perSecond <= 0 {
		return nil
	}
	for {
		pause := r.take(n, live)
		if pause <= 0 {
			return nil
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}

// take counts n bytes as sent, or returns how long to wait first.
func (r *rate) take(n int, live bool) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	paid := max(0, now.Sub(r.at).Seconds()) * r.perSecond
	r.live, r.both, r.at = max(0, r.live-paid), max(0, r.both-paid), now
	owed := r.both
	if live {
		owed = r.live
	}
	// A byte owed is none: what rounding leaves must not keep anything waiting.
	if owed >= 1 {
		return time.Duration(owed / r.perSecond * float64(time.Second))
	}
	r.both += float64(n)
	if live {
		r.live += float64(n)
	}
	return 0
}
