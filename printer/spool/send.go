package spool

import (
	"context"
	"fmt"
	"time"

	"waybill/internal/fault"
	"waybill/printer"
)

// untoldMost is in how many conversations a printer that has never shown an odometer,
// and does not rule one out, is waited for to show it.
const untoldMost = 3

// send sends a job's queued labels, as many as the printer can be told to print
// at once, and waits for their outcome. The order of its steps is the promise:
// baseline, durable intent, bytes, durable fact, evidence.
func (w *worker) send(ctx context.Context, conv printer.Printer, job printer.Job) error {
	o := w.spool.o
	labels := job.Queued()
	if len(labels) == 0 {
		return nil // it was taken back meanwhile
	}
	if err := job.Sound(); err != nil {
		return w.fail(ctx, batch{job, labels}, err.Error())
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
	if c, ok := conv.(printer.Counter); ok && !counted && (w.counts || c.MayCount() && w.untold < untoldMost) {
		// To print without a baseline would give proof away.
		w.untold++
		w.report(ctx, printer.Status{
			Conditions: []printer.Condition{printer.NoAnswer},
			Detail:     "the printer does not tell how many labels it has printed",
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
	b, err := w.intend(ctx, batch{job, labels}, intent{baseline: before, shared: shared, ticket: ticket})
	if err != nil {
		return err
	}
	w.aboard(run{b})
	w.flight.sign, w.flight.seen = o.Now(), o.Now()
	if sent, err := w.print(lasting, conv, content, b); !sent {
		return err
	}
	if s, ok := conv.(printer.Storer); ok && s.Stores() {
		return w.confirm(ctx, run{b}, printer.Stored)
	}
	if b, err = w.dispatched(ctx, b); err != nil {
		return err
	}
	if r, ok := conv.(printer.Relay); ok && r.Relays() {
		return w.unconfirm(ctx, run{b}, "A print queue took it, and a queue cannot tell whether it came out.")
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
