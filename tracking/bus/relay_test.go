package bus_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"waybill/shipment"
	"waybill/tracking"
	"waybill/tracking/bus"
	"waybill/tracking/store/storetest"
)

// A shelf is a sink in memory that can lose things and refuse them.
type shelf struct {
	mu      sync.Mutex
	got     map[string]int
	refuses int
	lost    bus.Loss
	changed chan struct{}
}

func newShelf() *shelf { return &shelf{got: map[string]int{}, changed: make(chan struct{}, 1)} }

func (s *shelf) Open(context.Context, string) (bus.Loss, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	loss := s.lost
	s.lost = bus.LostNothing
	return loss, nil
}

func (s *shelf) Send(_ context.Context, events []tracking.Incoming) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuses > 0 {
		s.refuses--
		return "", errors.New("no")
	}
	for _, ev := range events {
		s.got[ev.Env.ID]++
	}
	select {
	case s.changed <- struct{}{}:
	default:
	}
	return "mark", nil
}

func (s *shelf) Close() error { return nil }

// has waits until the shelf has n events.
func (s *shelf) has(t *testing.T, n int) {
	t.Helper()
	late := time.After(soon)
	for {
		s.mu.Lock()
		have := len(s.got)
		s.mu.Unlock()
		if have == n {
			return
		}
		select {
		case <-s.changed:
		case <-late:
			t.Fatalf("%d events came, want %d", have, n)
		}
	}
}

// TestARelayGoesOn holds that a relay sends everything once, goes on where another
// process stopped, and sends again what its sink lost.
func TestARelayGoesOn(t *testing.T) {
	s, to := openStore(t), newShelf()
	d := storetest.NewDesk("bench-1", 1)
	total := 0
	more := func() {
		for i := range 10 {
			ingest(t, s, d.Journey(shipment.OrderID(fmt.Sprintf("o%d-%d", total, i)), "N"))
		}
		total += 60
	}
	once := func() {
		t.Helper()
		to.mu.Lock()
		defer to.mu.Unlock()
		for id, n := range to.got {
			if n != 1 {
				t.Errorf("%s was sent %d times", id, n)
			}
		}
	}
	more()
	stop := run(t, relay(t, s, to))
	to.has(t, total)
	more()
	to.has(t, total)
	stop()
	more()
	stop = run(t, relay(t, s, to))
	to.has(t, total)
	once()
	stop()

	to.mu.Lock()
	to.got, to.lost = map[string]int{}, bus.LostTail
	to.mu.Unlock()
	stop = run(t, relay(t, s, to))
	to.has(t, total) // all of it is of the last hour
	once()
	to.mu.Lock()
	to.refuses = 2
	to.mu.Unlock()
	more()
	to.has(t, total)
	stop()
	to.mu.Lock()
	to.got, to.lost = map[string]int{}, bus.LostAll
	to.mu.Unlock()
	run(t, relay(t, s, to))
	to.has(t, total)
	once()
}

// TestADispatcherTells holds that a page is told of what comes into the outbox.
func TestADispatcherTells(t *testing.T) {
	s := openStore(t)
	ingest(t, s, storetest.NewDesk("bench-1", 1).Journey("o1", "N1"))
	d := bus.NewDispatcher(s, logger(t))
	run(t, d)
	<-d.Ready()
	changed, stop := s.Watch("o2")
	defer stop()
	ingest(t, s, storetest.NewDesk("bench-2", 1).Journey("o2", "N2"))
	<-changed
}
