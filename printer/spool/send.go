package spool

import (
	"context"
	"fmt"
	"slices"
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
		return w.fail(ctx, job, labels, fmt.Sprintf(
			"No printer for %q understands %q; this one takes %q.", job.Role, job.Language, w.config.Driver.Languages))
	}
	lasting, cancel := w.lasting(ctx)
	defer cancel()
	baseline, counted, err := w.odometer(lasting, conv)
	if err != nil {
		return err
	}
	if !counted && w.counts {
		// It can count: to print without a baseline would give proof away.
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
	for i := range labels {
		if labels[i], err = labels[i].Move(printer.Sending, o.Now()); err != nil {
			return err
		}
		labels[i].Device, labels[i].Shared, labels[i].Ticket, labels[i].Seen = w.identity.Device(), shared, ticket, time.Time{}
		if counted {
			before := baseline + int64(i)
			labels[i].Baseline = &before
		}
	}
	w.lastCount = nil // until these are settled
	job.Printer = w.config.Name
	if job, err = w.record(ctx, job, labels...); err != nil {
		return err
	}
	w.aboard(job, labels)
	w.flight.sign, w.flight.seen = o.Now(), o.Now()
	if sent, err := w.print(lasting, conv, content, job, labels); !sent {
		return err
	}
	if s, ok := conv.(printer.Storer); ok && s.Stores() {
		return w.confirm(ctx, job, labels, printer.Stored)
	}
	for i := range labels {
		if labels[i], err = labels[i].Move(printer.Sent, o.Now()); err != nil {
			return err
		}
		labels[i].Evidence = printer.E0
	}
	if job, err = w.record(ctx, job, labels...); err != nil {
		return err
	}
	if r, ok := conv.(printer.Relay); ok && r.Relays() {
		return w.unconfirm(ctx, job, labels, "A print queue took it, and a queue cannot tell whether it came out.")
	}
	return w.watch(ctx, conv, job, labels, false)
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
func (w *worker) print(lasting context.Context, conv printer.Printer, content []byte, job printer.Job, labels []printer.Label) (sent bool, err error) {
	limit := w.spool.o.Send
	if rate := w.config.Rate; rate > 0 { // a serial line takes minutes for a picture, and that is no fault
		limit += time.Duration(len(job.Content)) * time.Second / time.Duration(rate)
	}
	sending, cancel := context.WithTimeout(lasting, limit)
	defer cancel()
	err = conv.Print(sending, content)
	switch fault.KindOf(err) {
	case fault.Permanent:
		return false, w.failSent(lasting, job, labels, err.Error())
	case fault.Transient:
		if rerr := w.requeue(lasting, job, labels); rerr != nil {
			return false, rerr
		}
	case fault.Unknown, fault.Uncertain, fault.NotFound, fault.Conflict, fault.Invalid:
	}
	return err == nil, err
}

// settle records labels in a state, with the evidence or the reason for it.
func (w *worker) settle(ctx context.Context, job printer.Job, labels []printer.Label, to printer.LabelState, by printer.Evidence, reason string) (printer.Job, error) {
	moved := make([]printer.Label, 0, len(labels))
	for _, l := range labels {
		l, err := l.Move(to, w.spool.o.Now())
		if err != nil {
			return job, err
		}
		if l.Reason = reason; by != printer.NoEvidence {
			l.Evidence = by
		}
		moved = append(moved, l)
	}
	return w.record(ctx, job, moved...)
}

// confirm records that labels are where they belong.
func (w *worker) confirm(ctx context.Context, job printer.Job, labels []printer.Label, by printer.Evidence) error {
	_, err := w.settle(ctx, job, labels, printer.Confirmed, by, "")
	return err
}

// unconfirm records that nobody can say what became of labels.
func (w *worker) unconfirm(ctx context.Context, job printer.Job, labels []printer.Label, reason string) error {
	w.log.WarnContext(ctx, "A label may or may not have been printed; a person has to look.",
		"job", job.ID, "label", labels[0].K, "labels", len(labels), "reason", reason)
	_, err := w.settle(ctx, job, labels, printer.Unconfirmed, printer.NoEvidence, reason)
	return err
}

// fail records that labels cannot be printed, and were not.
func (w *worker) fail(ctx context.Context, job printer.Job, labels []printer.Label, reason string) error {
	w.log.WarnContext(ctx, "A label cannot be printed.", "job", job.ID, "label", labels[0].K, "reason", reason)
	_, err := w.settle(ctx, job, labels, printer.Failed, printer.NoEvidence, reason)
	return err
}

// failSent records that labels whose sending had begun were not printed and
// cannot be. They go by way of the queue: only there nothing of them has left.
func (w *worker) failSent(ctx context.Context, job printer.Job, labels []printer.Label, reason string) error {
	job, err := w.settle(ctx, job, labels, printer.Queued, printer.NoEvidence, "")
	if err != nil {
		return err
	}
	unsent := slices.DeleteFunc(job.Queued(), func(l printer.Label) bool {
		return !slices.ContainsFunc(labels, func(o printer.Label) bool { return o.K == l.K })
	})
	return w.fail(ctx, job, unsent, reason)
}

// requeue puts labels that were certainly not printed back into the queue.
func (w *worker) requeue(ctx context.Context, job printer.Job, labels []printer.Label) error {
	_, err := w.settle(ctx, job, labels, printer.Queued, printer.NoEvidence, "")
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
