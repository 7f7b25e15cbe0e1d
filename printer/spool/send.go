package spool

import (
	"context"
	"fmt"
	"time"

	"waybill/internal/fault"
	"waybill/printer"
)

// send sends a job's queued labels, as many as the printer can be told to print
// at once, and waits for their outcome. The order of its steps is the promise:
// baseline, durable intent, bytes, durable fact, evidence.
func (w *worker) send(ctx context.Context, conv printer.Printer, job printer.Job) error {
	o := w.spool.o
	labels := job.Queued()
	if len(labels) == 0 {
		return nil // it was taken back meanwhile
	}
	if !w.config.Driver.Speaks(job.Language) {
		return w.fail(ctx, batch{job, labels}, fmt.Sprintf(
			"No printer for %q understands %q; this one takes %q.", job.Role, job.Language, w.config.Driver.Languages))
	}
	lasting, cancel := w.lasting(ctx)
	defer cancel()
	baseline, counted, err := w.odometer(lasting, conv)
	if err != nil {
		return err
	}
	if c, ok := conv.(printer.Counter); ok && !counted && (w.counts || c.MayCount()) {
		// To print without a baseline would give proof away.
		w.report(ctx, printer.Status{
			Conditions: []printer.Condition{printer.NoAnswer},
			Detail:     "the printer no longer tells how many labels it has printed",
		})
		return errSilent
	}
	shared := counted && w.shared(baseline)
	// Where others print in between, the count of a batch is not its labels' place.
	content, n := w.batch(conv, job.Content, len(labels), counted && !shared)
	labels = labels[:n]
	ticket, err := w.ticket(lasting, conv, labels[0])
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return nil // stopping: what has not begun is left for the next start
	}
	w.lastCount = nil // until these are settled
	var before *int64
	if counted {
		before = &baseline
	}
	b, err := w.intend(ctx, batch{job, labels}, before, shared, ticket)
	if err != nil {
		return err
	}
	w.aboard(run{b})
	w.flight.sign, w.flight.seen = o.Now(), o.Now()
	if sent, err := w.print(lasting, conv, content, b); !sent {
		return err
	}
	if s, ok := conv.(printer.Storer); ok && s.Stores() {
		return w.confirm(ctx, b, printer.Stored)
	}
	if b, err = w.dispatched(ctx, b); err != nil {
		return err
	}
	if r, ok := conv.(printer.Relay); ok && r.Relays() {
		return w.unconfirm(ctx, b, "A print queue took it, and a queue cannot tell whether it came out.")
	}
	return w.watch(ctx, conv, run{b}, false)
}

// batch returns the bytes that print as many of max equal labels as may be in
// flight at once, and how many these are. Where the printer does not count, it is
// one: a person could not say of several which came out.
func (w *worker) batch(conv printer.Printer, content []byte, max int, counted bool) ([]byte, int) {
	b, ok := conv.(printer.Batcher)
	n := min(max, w.spool.o.Batch)
	if !ok || !counted || n < 2 {
		return content, 1
	}
	many, ok := b.Batch(content, n)
	if !ok {
		return content, 1
	}
	return many, n
}

// print hands labels to the driver. When no byte has left, they go back into the
// queue; what the printer refuses for good has failed. In any other case they stay
// as they are, to be looked into.
func (w *worker) print(lasting context.Context, conv printer.Printer, content []byte, b batch) (sent bool, err error) {
	limit := w.spool.o.Send
	if rate := w.config.Rate; rate > 0 { // a serial line takes minutes for a picture, and that is no fault
		limit += time.Duration(len(b.job.Content)) * time.Second / time.Duration(rate)
	}
	sending, cancel := context.WithTimeout(lasting, limit)
	defer cancel()
	err = conv.Print(sending, content)
	switch fault.KindOf(err) {
	case fault.Permanent:
		return false, w.failSent(lasting, b, err.Error())
	case fault.Transient:
		if rerr := w.requeue(lasting, b); rerr != nil {
			return false, rerr
		}
	case fault.Unknown, fault.Uncertain, fault.NotFound, fault.Conflict, fault.Invalid:
	}
	return err == nil, err
}

// settle records labels in a state, with the evidence or the reason for it. It
// returns them as they are then.
func (w *worker) settle(ctx context.Context, b batch, to printer.LabelState, by printer.Evidence, reason string) (batch, error) {
	moved := make([]printer.Label, 0, len(b.labels))
	for _, l := range b.labels {
		l, err := l.Move(to, w.spool.o.Now())
		if err != nil {
			return b, err
		}
		if l.Reason = reason; by != printer.NoEvidence {
			l.Evidence = by
		}
		moved = append(moved, l)
	}
	job, err := w.record(ctx, b.job, moved...)
	return batch{job, moved}, err
}

// confirm records that labels are where they belong.
func (w *worker) confirm(ctx context.Context, b batch, by printer.Evidence) error {
	_, err := w.settle(ctx, b, printer.Confirmed, by, "")
	return err
}

// unconfirm records that nobody can say what became of labels.
func (w *worker) unconfirm(ctx context.Context, b batch, reason string) error {
	_, err := w.doubt(ctx, b, reason)
	return err
}

// doubt is unconfirm, and returns the labels as they are then.
func (w *worker) doubt(ctx context.Context, b batch, reason string) (batch, error) {
	w.log.WarnContext(ctx, "A label may or may not have been printed; a person has to look.",
		"job", b.job.ID, "label", b.labels[0].K, "labels", len(b.labels), "reason", reason)
	return w.settle(ctx, b, printer.Unconfirmed, printer.NoEvidence, reason)
}

// unconfirmRun records that nobody can say what became of any label of a run.
func (w *worker) unconfirmRun(ctx context.Context, r run, reason string) error {
	return r.each(func(b batch) error { return w.unconfirm(ctx, b, reason) })
}

// fail records that labels cannot be printed, and were not.
func (w *worker) fail(ctx context.Context, b batch, reason string) error {
	w.log.WarnContext(ctx, "A label cannot be printed.", "job", b.job.ID, "label", b.labels[0].K, "reason", reason)
	_, err := w.settle(ctx, b, printer.Failed, printer.NoEvidence, reason)
	return err
}

// failSent records that labels whose sending had begun were not printed and
// cannot be. They go by way of the queue: only there nothing of them has left.
func (w *worker) failSent(ctx context.Context, b batch, reason string) error {
	b, err := w.settle(ctx, b, printer.Queued, printer.NoEvidence, "")
	if err != nil {
		return err
	}
	return w.fail(ctx, b, reason)
}

// requeue puts labels that were certainly not printed back into the queue.
func (w *worker) requeue(ctx context.Context, b batch) error {
	_, err := w.settle(ctx, b, printer.Queued, printer.NoEvidence, "")
	return err
}

// record makes the labels' state durable, even while the spool is stopping: it
// is a fact, and the next start should know it.
func (w *worker) record(ctx context.Context, job printer.Job, labels ...printer.Label) (printer.Job, error) {
	job = job.With(labels...)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.spool.o.Ask)
	defer cancel()
	if err := w.spool.o.Ledger.Record(ctx, job); err != nil {
		return job, &ledgerError{fmt.Errorf("job %s, label %d, state %s: %w", job.ID, labels[0].K, labels[0].State, err)}
	}
	return job, nil
}

// lasting returns a context that outlives ctx by the grace period.
func (w *worker) lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	lasting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		t := time.NewTimer(w.spool.o.Grace)
		defer t.Stop()
		select {
		case <-t.C:
			cancel()
		case <-lasting.Done():
		}
	})
	return lasting, func() { stop(); cancel() }
}
