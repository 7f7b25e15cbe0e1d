package spool

import (
	"context"
	"errors"
	"time"

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
	content, n := w.batch(s.conv, job.Content, len(b.labels), true)
	b.labels = b.labels[:n]
	expected := r.odometer + 1 // what it shows once the label on the press is out
	b, err = w.intend(ctx, b, &expected, false, "")
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
	case l.Baseline == nil || l.Shared || l.Device == "" || l.Device != w.identity.Device():
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

// amend changes what is known of the labels in flight. What cannot be written is no
// loss but of a proof.
func (w *worker) amend(ctx context.Context, s *sight, change func(*printer.Label)) {
	for i, b := range s.run {
		labels := make([]printer.Label, len(b.labels))
		for j, l := range b.labels {
			change(&l)
			labels[j] = l
		}
		job, err := w.record(ctx, b.job, labels...)
		if err != nil {
			w.log.DebugContext(ctx, "What was seen of a label in flight could not be recorded.", "job", b.job.ID, "err", err)
			continue
		}
		s.run[i] = batch{job, labels}
	}
}

// intend makes it durable that labels are about to be sent; baseline is what the
// printer has counted before the first of them, nil where it does not count.
func (w *worker) intend(ctx context.Context, b batch, baseline *int64, shared bool, ticket string) (batch, error) {
	labels := make([]printer.Label, len(b.labels))
	for i, l := range b.labels {
		l, err := l.Move(printer.Sending, w.spool.o.Now())
		if err != nil {
			return b, err
		}
		l.Device, l.Shared, l.Ticket, l.Seen = w.identity.Device(), shared, ticket, time.Time{}
		if baseline != nil {
			before := *baseline + int64(i)
			l.Baseline = &before
		}
		labels[i] = l
	}
	b.job.Printer = w.config.Name
	job, err := w.record(ctx, b.job, labels...)
	return batch{job, labels}, err
}

// dispatched makes it durable that the link has taken every byte of labels.
func (w *worker) dispatched(ctx context.Context, b batch) (batch, error) {
	labels := make([]printer.Label, len(b.labels))
	for i, l := range b.labels {
		l, err := l.Move(printer.Sent, w.spool.o.Now())
		if err != nil {
			return b, err
		}
		l.Evidence = printer.E0
		labels[i] = l
	}
	job, err := w.record(ctx, b.job, labels...)
	return batch{job, labels}, err
}

// each does something to every batch of r, from the last to the first: should it be
// cut short, those that are left begin where the printer's count does.
func (r run) each(do func(batch) error) error {
	var errs []error
	for i := len(r) - 1; i >= 0; i-- {
		errs = append(errs, do(r[i]))
	}
	return errors.Join(errs...)
}
