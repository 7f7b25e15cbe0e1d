package spool

import (
	"context"
	"sync"

	"waybill/internal/fault"
	"waybill/printer"
)

// A watchedLedger is a ledger whose troubles are told: while it cannot be read or
// written, printing waits, and somebody has to know why.
type watchedLedger struct {
	Ledger
	tell func(error)

	mu          sync.Mutex
	read, write error // why not; nil: it can
}

// Pending is Ledger.Pending.
func (l *watchedLedger) Pending(ctx context.Context, want func(printer.Route) bool, limit int) ([]printer.Job, error) {
	jobs, err := l.Ledger.Pending(ctx, want, limit)
	l.note(ctx, &l.read, err)
	return jobs, err
}

// Record is Ledger.Record.
func (l *watchedLedger) Record(ctx context.Context, jobs ...printer.Job) error {
	err := l.Ledger.Record(ctx, jobs...)
	l.note(ctx, &l.write, err)
	return err
}

// note tells when the first trouble comes and when the last one has gone. A job
// that has changed meanwhile is no trouble of the ledger's.
func (l *watchedLedger) note(ctx context.Context, what *error, err error) {
	if err != nil && (ctx.Err() != nil || fault.Is(err, fault.Conflict) || fault.Is(err, fault.NotFound)) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	before := l.read != nil || l.write != nil
	*what = err
	if after := l.read != nil || l.write != nil; after != before {
		l.tell(err)
	}
}
