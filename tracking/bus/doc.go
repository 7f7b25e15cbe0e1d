// Package bus carries what the hub's store has taken further: to the pages that
// wait for news in this process, and to a broker where one is configured.
//
// Everything begins at the store's outbox, which is written in the transaction
// that takes the events. Nothing here is needed for an event to be safe: what is
// carried may come twice, is known by its ID, and can be sent again from the
// store at any time.
package bus

import (
	"context"
	"log/slog"
	"time"

	"waybill/shipment"
	"waybill/tracking"
)

// outbox is what this package needs of the hub's store; package tracking/store
// has it.
type outbox interface {
	Postings(ctx context.Context, after int64, limit int) (ps []tracking.Posting, unsettled bool, err error)
	LastPlace(ctx context.Context) (int64, error)
	Posted() (news <-chan struct{}, stop func())
	Trim(ctx context.Context) (int64, error)
	Wake(orders []shipment.OrderID)
}

const (
	page        = 200                   // commits that are read at once
	lookEvery   = time.Second           // where nobody tells of news
	settleEvery = 10 * time.Millisecond // while a commit is under way that comes before others
	trimEvery   = 10 * time.Minute
	retryAfter  = 2 * time.Second
)

// A Dispatcher tells this process' waiting pages what other processes have taken,
// and keeps the outbox short. It is a task.
type Dispatcher struct {
	store outbox
	log   *slog.Logger
	ready chan struct{}
}

// NewDispatcher returns a dispatcher of a store's outbox.
func NewDispatcher(store outbox, log *slog.Logger) *Dispatcher {
	return &Dispatcher{store: store, log: log, ready: make(chan struct{})}
}

// Ready is closed when news is told.
func (d *Dispatcher) Ready() <-chan struct{} { return d.ready }

// String returns the task's name.
func (d *Dispatcher) String() string { return "dispatcher" }

// Run tells news until ctx ends. It begins at the end of the outbox: a page that
// comes later looks at the store first.
func (d *Dispatcher) Run(ctx context.Context) error {
	news, stop := d.store.Posted()
	defer stop()
	place, known := int64(0), false
	trim := time.NewTimer(0)
	defer trim.Stop()
	for ctx.Err() == nil {
		var unsettled bool
		var err error
		if !known {
			place, err = d.store.LastPlace(ctx)
			known = err == nil
		}
		if known {
			place, unsettled, err = d.turn(ctx, place)
		}
		wait := lookEvery
		switch {
		case err != nil && ctx.Err() == nil:
			d.log.WarnContext(ctx, "Pages that wait are not told of news for the moment: the outbox could not be read. Check the database.", "error", err)
			wait = retryAfter
		case unsettled:
			wait = settleEvery
		case err == nil:
			d.open()
		}
		select {
		case <-trim.C:
			if _, err := d.store.Trim(ctx); err != nil && ctx.Err() == nil {
				d.log.WarnContext(ctx, "The outbox could not be trimmed; that is tried again.", "error", err)
			}
			trim.Reset(trimEvery)
		default:
		}
		if !pause(ctx, news, wait) {
			return nil
		}
	}
	return nil
}

func (d *Dispatcher) open() {
	select {
	case <-d.ready:
	default:
		close(d.ready)
	}
}

// turn tells what has come since place.
func (d *Dispatcher) turn(ctx context.Context, place int64) (int64, bool, error) {
	for {
		ps, unsettled, err := d.store.Postings(ctx, place, page)
		if err != nil {
			return place, false, err
		}
		for _, p := range ps {
			d.store.Wake(p.Orders)
			place = p.Place
		}
		if len(ps) < page {
			return place, unsettled, nil
		}
	}
}

// pause waits for news, at most for a while. It returns false when ctx has ended
// or the store is closed.
func pause(ctx context.Context, news <-chan struct{}, d time.Duration) bool {
	wait := time.NewTimer(d)
	defer wait.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-wait.C:
		return true
	case _, ok := <-news:
		return ok
	}
}
