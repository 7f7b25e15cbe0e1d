package spool

import (
	"context"

	"waybill/internal/fault"
	"waybill/printer"
)

// ahead sends the next job's labels while the last label in flight is on the press,
// so that the printer need not wait for the proof of that one. It does so once for
// each label on the press, and then again when a job is queued.
func (w *worker) ahead(ctx, lasting context.Context, s *sight, r reading) error {
	if ctx.Err() != nil || s.looked || !w.unhurt(s, r) {
		return nil
	}
	s.looked = true
	job, found, err := w.spool.claims.ahead(ctx, w)
	if !found {
		return err
	}
	b := batch{job, job.Queued()}
	if err := job.Sound(); err != nil {
		s.looked = false // for another one
		w.spool.claims.release(w, job.ID)
		return w.fail(ctx, b, err.Error())
	}
	content, n := w.batch(s.conv, job.Content, len(b.labels), true)
	b.labels = b.labels[:n]
	expected := r.odometer + 1 // what it shows once the label on the press is out
	b, err = w.intend(ctx, b, intent{baseline: &expected, behind: 1})
	if fault.Is(err, fault.Conflict) { // a person was faster
		w.spool.claims.release(w, job.ID)
		return nil
	}
	if err != nil {
		return err
	}
	both := append(s.run[:1:1], b)
	w.flight.last, w.flight.sign = both.last(), w.spool.o.Now()
	sent, err := w.print(lasting, s.conv, content, b)
	if !sent {
		if err == nil { // it has failed for good, which has nothing to do with the one on the press
			w.flight.last = s.run.last()
			w.spool.claims.release(w, job.ID)
		}
		return err
	}
	if both[1], err = w.dispatched(ctx, b); err != nil {
		return err
	}
	s.run = both
	return nil
}

// unhurt reports whether nothing speaks against a second batch at the printer, which
// would have to be accounted for with the first if anything went wrong. It is the
// printer of a connection that proves it was never off, nobody else prints there, and
// it has just said that it is well, has one label on the press and nothing else, and
// stands at that label's baseline. A label that a person takes from the printer's
// mouth before the next can come gains nothing by it.
func (w *worker) unhurt(s *sight, r reading) bool {
	if s.resumed || w.flight.late || s.tracker != nil || w.peels || len(s.run) != 1 || !w.unbroken() {
		return false
	}
	head := s.run[0]
	l := head.labels[0]
	switch {
	case len(head.labels) > 1 || len(head.job.Queued()) > 0: // its own come first
		return false
	case l.Baseline == nil || l.Behind > 0 || l.Shared || l.Device == "" || l.Device != w.identity.Device():
		return false
	case !r.counted || r.odometer != *l.Baseline || w.shared(r.odometer):
		return false
	}
	return r.status.Clear() && !r.status.Partial && r.status.Waiting == 0 && r.status.Remaining == 1
}

// noticeStrangers marks the labels in flight of a printer that has counted more than
// it can have printed of ours, while it still has some of them: what it counts from
// now on proves them less.
func (w *worker) noticeStrangers(ctx context.Context, s *sight, r reading, moved bool) {
	labels := s.run.labels()
	n, ok := r.since(labels)
	left, holds := s.run.left(r.status)
	if moved || s.resumed || !ok || !holds || !r.early || labels[0].Shared || n <= int64(max(0, len(labels)-left)) {
		return // moved: the two counts need not have been of the same moment
	}
	w.strange = w.spool.o.Now()
	w.amend(ctx, s, func(l *printer.Label) { l.Shared = true })
}

// noticeVanished marks two batches in flight of which the printer, with nothing to
// complain of, has fewer left than it has not counted: one was cancelled at its panel,
// and what it counts from now on proves neither. The count may lag behind for moments.
func (w *worker) noticeVanished(ctx context.Context, s *sight, r reading, moved bool) {
	labels := s.run.labels()
	n, ok := r.since(labels)
	left, holds := s.run.left(r.status)
	if s.vanished || len(s.run) < 2 || moved || s.resumed || !ok || !r.early || !r.status.Clear() || !holds && !r.status.Done() {
		return
	}
	if n < 0 || n+int64(left) >= int64(len(labels)) || w.spool.o.Now().Sub(s.moved) < w.spool.o.Settle {
		return
	}
	if s.vanished = true; !labels[0].Shared {
		w.amend(ctx, s, func(l *printer.Label) { l.Shared = true })
	}
}
