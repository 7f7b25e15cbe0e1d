package virtual

import (
	"slices"
	"sync"
)

// A line is where hosts wait for their turn, in the order in which they came.
type line struct {
	mu      sync.Mutex
	free    int // hosts that may be served besides those who are
	waiting []*place
}

// A place in the line. turn is closed when it is served.
type place struct{ turn chan struct{} }

// enter takes the next place. Where hosts may not wait and none is free, it
// returns nil.
func (l *line) enter(refuse bool) *place {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := &place{turn: make(chan struct{})}
	switch {
	case l.free > 0:
		l.free--
		close(p.turn)
	case refuse:
		return nil
	default:
		l.waiting = append(l.waiting, p)
	}
	return p
}

// leave gives a place up, served or not.
func (l *line) leave(p *place) {
	if p == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.Index(l.waiting, p); i >= 0 {
		l.waiting = slices.Delete(l.waiting, i, i+1)
		return
	}
	if len(l.waiting) == 0 {
		l.free++
		return
	}
	close(l.waiting[0].turn)
	l.waiting = l.waiting[1:]
}
