package hub

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"time"

	"waybill/internal/guard"
)

// An admission decides which requests with events are worked on. A request is
// first read, which may take as long as its line is slow, and then worked on,
// for which there are few places. Whoever waits for a place gets it sender by
// sender and not first come, first served: a flood from one station is a long
// queue at its own door, and nobody else's.
type admission struct {
	limits Limits
	rand   func() float64 // in [0, 1)

	mu      sync.Mutex
	memory  int64              // what the bodies that are being read or worked on may still take
	parts   int                // of places, that are free
	working int                // how many have a place, or some of one
	senders map[string]*sender // with a request under way
	turns   []*sender          // with someone waiting; the first is next
	waiting int
}

// A sender is one station, or where stations have no tokens one address, behind
// which there may be many.
type sender struct {
	name  string
	under int             // requests under way
	queue []chan struct{} // closed when there is a place
}

// partsOfPlace is how finely a place can be cut, for what is in it may be small.
const partsOfPlace = 16

// A place is where one request is worked on.
type place struct {
	of    *admission
	parts int
}

func newAdmission(l Limits, rand func() float64) *admission {
	return &admission{limits: l, rand: rand, memory: l.Memory, parts: l.AtOnce * partsOfPlace, senders: map[string]*sender{}}
}

// A busyError is a request that may come again later.
type busyError struct {
	status int
	detail string
	after  time.Duration
}

func (e *busyError) Error() string { return e.detail }

// enter lets a request of name be read, whose body takes so many bytes, or says
// when it may come again. Only what is surely one station is held to what one
// station may do. Call leave at its end.
func (a *admission) enter(name string, station bool, bytes int64) (leave func(), err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s := a.senders[name]
	if s == nil {
		s = &sender{name: name}
	}
	switch {
	case station && s.under >= a.limits.PerStation:
		return nil, a.busy(http.StatusTooManyRequests, fmt.Sprintf("%d requests of this station are under way; wait for their answers, and send the same again then", s.under))
	case bytes > a.memory:
		return nil, a.busy(http.StatusServiceUnavailable, "too many stations are sending at this moment; send the same again shortly")
	}
	a.senders[name] = s
	s.under++
	a.memory -= bytes
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.memory += bytes
		if s.under--; s.under == 0 {
			delete(a.senders, name)
		}
	}, nil
}

// place waits for a place to work on a request of name, which has entered. Release
// it when the work is over. It gives up when ctx ends or the wait is too long.
func (a *admission) place(ctx context.Context, name string) (*place, error) {
	a.mu.Lock()
	s := a.senders[name]
	if a.parts >= partsOfPlace && len(a.turns) == 0 {
		a.take()
		a.mu.Unlock()
		return &place{a, partsOfPlace}, nil
	}
	turn := make(chan struct{})
	if s.queue = append(s.queue, turn); len(s.queue) == 1 {
		a.turns = append(a.turns, s)
	}
	a.waiting++
	a.mu.Unlock()

	timer := time.NewTimer(a.limits.Wait)
	defer timer.Stop()
	var err error
	select {
	case <-turn:
		return &place{a, partsOfPlace}, nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-timer.C:
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.withdraw(s, turn) { // the place came in the same instant
		a.working--
		a.free(partsOfPlace)
	}
	if err == nil {
		err = a.busy(http.StatusServiceUnavailable, "the hub is busy; send the same again shortly")
	}
	return nil, err
}

// shrink keeps as much of the place as a body of so many bytes with so many events
// needs while it only waits for the disk, and gives the rest on: what is in all places
// together is as bounded as before, and as many as are small share one commit.
func (p *place) shrink(body int64, events int) {
	l := p.of.limits
	need := max(int(body*partsOfPlace/l.Body), events*partsOfPlace/l.Events) + 1
	need = min(need, p.parts)
	p.of.mu.Lock()
	defer p.of.mu.Unlock()
	p.of.free(p.parts - need)
	p.parts = need
}

// release gives the place up.
func (p *place) release() {
	p.of.mu.Lock()
	defer p.of.mu.Unlock()
	p.of.working--
	p.of.free(p.parts)
}

// take takes a whole place, which is free.
func (a *admission) take() {
	a.parts -= partsOfPlace
	a.working++
}

// free gives parts back, and places on to whoever is next.
func (a *admission) free(parts int) {
	a.parts += parts
	for len(a.turns) > 0 && a.parts >= partsOfPlace {
		next := a.turns[0]
		a.turns = a.turns[1:]
		turn := next.queue[0]
		if next.queue = next.queue[1:]; len(next.queue) > 0 {
			a.turns = append(a.turns, next)
		}
		a.waiting--
		a.take()
		close(turn)
	}
}

// withdraw takes someone who waits out of the queue, and reports whether it was
// still in it.
func (a *admission) withdraw(s *sender, turn chan struct{}) bool {
	for i, t := range s.queue {
		if t != turn {
			continue
		}
		s.queue = append(s.queue[:i:i], s.queue[i+1:]...)
		a.waiting--
		if len(s.queue) == 0 {
			for k, other := range a.turns {
				if other == s {
					a.turns = append(a.turns[:k:k], a.turns[k+1:]...)
					break
				}
			}
		}
		return true
	}
	return false
}

// busy says when to come again: later the more are waiting, and each at another
// time, so that those who were sent away together do not come back together.
func (a *admission) busy(status int, detail string) error {
	base := time.Second + time.Duration(a.waiting)*20*time.Millisecond
	return &busyError{status, detail, base + time.Duration(a.rand()*float64(2*base))}
}

// answer writes the refusal.
func (e *busyError) answer(w http.ResponseWriter) {
	// Whole seconds, and never none.
	w.Header().Set("Retry-After", strconv.FormatInt(int64((e.after+time.Second-1)/time.Second), 10))
	guard.Problem(w, e.status, e.detail)
}

// figures returns how many requests are worked on and how many wait.
func (a *admission) figures() (working, waiting int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.working, a.waiting
}
