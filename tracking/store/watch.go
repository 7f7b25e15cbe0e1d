package store

import (
	"sync"

	"waybill/shipment"
)

// watchers are those who want to know when a shipment changes.
type watchers struct {
	mu     sync.Mutex
	of     map[string]map[chan struct{}]struct{}
	closed bool
}

// Watch returns a channel that has a value when the shipment of order has
// changed since it was last received from. It is closed when the store is.
// Call stop when done.
func (s *Store) Watch(order shipment.OrderID) (changed <-chan struct{}, stop func()) {
	return s.watchers.watch(string(order))
}

func (w *watchers) watch(id string) (changed <-chan struct{}, stop func()) {
	ch := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		close(ch)
		return ch, func() {}
	}
	if w.of == nil {
		w.of = map[string]map[chan struct{}]struct{}{}
	}
	if w.of[id] == nil {
		w.of[id] = map[chan struct{}]struct{}{}
	}
	w.of[id][ch] = struct{}{}
	return ch, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.of[id], ch)
		if len(w.of[id]) == 0 {
			delete(w.of, id)
		}
	}
}

// tell wakes the watchers of orders. One who has not looked yet is not woken
// twice.
func (w *watchers) tell(orders []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, id := range orders {
		for ch := range w.of[id] {
			select {
			case ch <- struct{}{}:
			default:
			}
		}
	}
}

func (w *watchers) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	for _, set := range w.of {
		for ch := range set {
			close(ch)
		}
	}
	w.of = nil
}
