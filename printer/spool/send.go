package spool

import (
	"context"
	"fmt"
	"time"

	"waybill/internal/fault"
	"waybill/printer"
)

// send sends one queued label and waits for its outcome. The order of its steps
// is the promise: baseline, durable intent, bytes, durable fact, evidence.
func (w *worker) send(ctx context.Context, conv printer.Printer, job printer.Job, label printer.Label) error {
	o := w.spool.o
	if !w.config.Driver.Speaks(job.Language) {
		return w.fail(ctx, job, label, fmt.Sprintf(
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
	ticket, err := w.ticket(lasting, conv, label)
	if err != nil {
		return err
	}
	if ctx.Err() != nil {
		return nil // stopping: what has not begun is left for the next start
	}
	if label, err = label.Move(printer.Sending, o.Now()); err != nil {
		return err
	}
	label.Device, label.Ticket = w.identity.Device(), ticket
	if counted {
		label.Baseline = &baseline
	}
	job.Printer = w.config.Name
	if job, err = w.record(ctx, job, label); err != nil {
		return err
	}
	w.aboard(job, label)
	w.flight.sign = o.Now()
	if sent, err := w.print(lasting, conv, job, label); !sent {
		return err
	}
	if s, ok := conv.(printer.Storer); ok && s.Stores() {
		return w.confirm(ctx, job, label, printer.Stored)
	}
	if label, err = label.Move(printer.Sent, o.Now()); err != nil {
		return err
	}
	label.Evidence = printer.E0
	if job, err = w.record(ctx, job, label); err != nil {
		return err
	}
	if r, ok := conv.(printer.Relay); ok && r.Relays() {
		return w.unconfirm(ctx, job, label, "A print queue took it, and a queue cannot tell whether it came out.")
	}
	return w.watch(ctx, conv, job, label, false)
}

// print hands the label to the driver. When no byte has left, the label goes
// back into the queue; what the printer refuses for good has failed. In any
// other case it stays as it is, to be looked into.
func (w *worker) print(lasting context.Context, conv printer.Printer, job printer.Job, label printer.Label) (sent bool, err error) {
	sending, cancel := context.WithTimeout(lasting, w.spool.o.Send)
	defer cancel()
	err = conv.Print(sending, job.Content)
	switch fault.KindOf(err) {
	case fault.Permanent:
		unsent, merr := label.Move(printer.Queued, w.spool.o.Now())
		if merr != nil {
			return false, merr
		}
		return false, w.fail(lasting, job, unsent, err.Error())
	case fault.Transient:
		if rerr := w.requeue(lasting, job, label); rerr != nil {
			return false, rerr
		}
	case fault.Unknown, fault.Uncertain, fault.NotFound, fault.Conflict, fault.Invalid:
	}
	return err == nil, err
}

// confirm records that the label is where it belongs.
func (w *worker) confirm(ctx context.Context, job printer.Job, label printer.Label, by printer.Evidence) error {
	label, err := label.Move(printer.Confirmed, w.spool.o.Now())
	if err != nil {
		return err
	}
	label.Evidence, label.Reason = by, ""
	_, err = w.record(ctx, job, label)
	return err
}

// unconfirm records that nobody can say what became of the label.
func (w *worker) unconfirm(ctx context.Context, job printer.Job, label printer.Label, reason string) error {
	label, err := label.Move(printer.Unconfirmed, w.spool.o.Now())
	if err != nil {
		return err
	}
	label.Reason = reason
	w.log.WarnContext(ctx, "A label may or may not have been printed; a person has to look.",
		"job", job.ID, "label", label.K, "reason", reason)
	_, err = w.record(ctx, job, label)
	return err
}

// fail records that the label cannot be printed, and was not.
func (w *worker) fail(ctx context.Context, job printer.Job, label printer.Label, reason string) error {
	label, err := label.Move(printer.Failed, w.spool.o.Now())
	if err != nil {
		return err
	}
	label.Reason = reason
	w.log.WarnContext(ctx, "A label cannot be printed.", "job", job.ID, "label", label.K, "reason", reason)
	_, err = w.record(ctx, job, label)
	return err
}

// requeue puts a label that was certainly not printed back into the queue.
func (w *worker) requeue(ctx context.Context, job printer.Job, label printer.Label) error {
	label, err := label.Move(printer.Queued, w.spool.o.Now())
	if err != nil {
		return err
	}
	_, err = w.record(ctx, job, label)
	return err
}

// record makes the label's state durable, even while the spool is stopping: it
// is a fact, and the next start should know it.
func (w *worker) record(ctx context.Context, job printer.Job, label printer.Label) (printer.Job, error) {
	job = job.With(label)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.spool.o.Ask)
	defer cancel()
	if err := w.spool.o.Ledger.Record(ctx, job); err != nil {
		return job, &ledgerError{fmt.Errorf("job %s, label %d, state %s: %w", job.ID, label.K, label.State, err)}
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
