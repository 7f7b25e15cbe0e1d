package spool

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"waybill/internal/fault"
	"waybill/printer"
)

// record makes the labels of a run as they are now durable, in one step: what one
// look at the printer has shown of two jobs is known of both or of neither. It does so
// even while the spool is stopping: it is a fact, and the next start should know it.
func (w *worker) record(ctx context.Context, r run) (run, error) {
	recorded := make(run, len(r))
	jobs := make([]printer.Job, len(r))
	for i, b := range r {
		jobs[i] = b.job.With(b.labels...)
		recorded[i] = batch{jobs[i], b.labels}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), w.spool.o.Ask)
	defer cancel()
	if err := w.spool.o.Ledger.Record(ctx, jobs...); err != nil {
		first := r[0].labels[0]
		return r, &ledgerError{fmt.Errorf("job %s, label %d, state %s: %w", r[0].job.ID, first.K, first.State, err)}
	}
	return recorded, nil
}

// recordOne is record for a single batch.
func (w *worker) recordOne(ctx context.Context, b batch) (batch, error) {
	r, err := w.record(ctx, run{b})
	return r[0], err
}

// moved returns labels in a state, with the evidence or the reason for it.
func (w *worker) moved(labels []printer.Label, to printer.LabelState, by printer.Evidence, reason string) ([]printer.Label, error) {
	now := w.spool.o.Now()
	moved := make([]printer.Label, 0, len(labels))
	for _, l := range labels {
		l, err := l.Move(to, now)
		if err != nil {
			return nil, err
		}
		if l.Reason = reason; by != printer.NoEvidence {
			l.Evidence = by
		}
		moved = append(moved, l)
	}
	return moved, nil
}

// settle records the labels of a run in a state, with the evidence or the reason for
// it. It returns them as they are then.
func (w *worker) settle(ctx context.Context, r run, to printer.LabelState, by printer.Evidence, reason string) (run, error) {
	settled := slices.Clone(r)
	for i, b := range r {
		labels, err := w.moved(b.labels, to, by, reason)
		if err != nil {
			return r, err
		}
		settled[i].labels = labels
	}
	return w.record(ctx, settled)
}

// confirm records that labels are where they belong.
func (w *worker) confirm(ctx context.Context, r run, by printer.Evidence) error {
	_, err := w.settle(ctx, r, printer.Confirmed, by, "")
	return err
}

// unconfirm records that nobody can say what became of labels.
func (w *worker) unconfirm(ctx context.Context, r run, reason string) error {
	for _, b := range r {
		w.warnDoubt(ctx, b, reason)
	}
	_, err := w.settle(ctx, r, printer.Unconfirmed, printer.NoEvidence, reason)
	return err
}

// warnDoubt tells of labels that a person has to look for.
func (w *worker) warnDoubt(ctx context.Context, b batch, reason string) {
	w.log.WarnContext(ctx, "A label may or may not have been printed; a person has to look.",
		"job", b.job.ID, "label", b.labels[0].K, "labels", len(b.labels), "reason", reason)
}

// fail records that labels cannot be printed, and were not.
func (w *worker) fail(ctx context.Context, b batch, reason string) error {
	w.log.WarnContext(ctx, "A label cannot be printed.", "job", b.job.ID, "label", b.labels[0].K, "reason", reason)
	_, err := w.settle(ctx, run{b}, printer.Failed, printer.NoEvidence, reason)
	return err
}

// failSent records that labels whose sending had begun were not printed and
// cannot be. They go by way of the queue: only there nothing of them has left.
func (w *worker) failSent(ctx context.Context, b batch, reason string) error {
	r, err := w.settle(ctx, run{b}, printer.Queued, printer.NoEvidence, "")
	if err != nil {
		return err
	}
	return w.fail(ctx, r[0], reason)
}

// requeue puts labels that were certainly not printed back into the queue.
func (w *worker) requeue(ctx context.Context, b batch) error {
	_, err := w.settle(ctx, run{b}, printer.Queued, printer.NoEvidence, "")
	return err
}

// An intent is with what labels are sent.
type intent struct {
	baseline *int64 // what the printer shows before the first of them; nil where it does not count
	behind   int64  // how many of these are still on the press
	shared   bool
	ticket   string
}

// intend makes it durable that labels are about to be sent.
func (w *worker) intend(ctx context.Context, b batch, with intent) (batch, error) {
	labels, err := w.moved(b.labels, printer.Sending, printer.NoEvidence, "")
	if err != nil {
		return b, err
	}
	for i := range labels {
		l := &labels[i]
		l.Device, l.Shared, l.Ticket, l.Behind, l.Seen = w.identity.Device(), with.shared, with.ticket, with.behind, time.Time{}
		if with.baseline != nil {
			before := *with.baseline + int64(i)
			l.Baseline = &before
		}
	}
	b.job.Printer = w.config.Name
	return w.recordOne(ctx, batch{b.job, labels})
}

// dispatched makes it durable that the link has taken every byte of labels.
func (w *worker) dispatched(ctx context.Context, b batch) (batch, error) {
	labels, err := w.moved(b.labels, printer.Sent, printer.E0, "")
	if err != nil {
		return b, err
	}
	return w.recordOne(ctx, batch{b.job, labels})
}

// part records the labels that v settles, in their order, and goes on with the
// others. It returns those that a person is asked about.
func (w *worker) part(ctx context.Context, s *sight, v verdict) (asked run, err error) {
	if v.printed == 1 && len(s.run[0].labels) == 1 && !s.resumed {
		w.pace = pace{before: s.before, seen: w.spool.o.Now().Sub(s.began)}
	}
	shares, err := w.share(ctx, s.run, v)
	if err != nil {
		return nil, err
	}
	if err := w.recordShares(ctx, shares); err != nil {
		return nil, err
	}
	s.run = nil
	for _, sh := range shares {
		if len(sh.doubtful) > 0 {
			asked = append(asked, batch{sh.job, sh.doubtful})
		}
		if len(sh.left) > 0 {
			s.run = append(s.run, batch{sh.job, sh.left})
			continue
		}
		w.spool.claims.release(w, sh.job.ID)
	}
	s.began, s.before, s.looked = w.spool.o.Now(), 0, false // the next one's turn
	if len(s.run) > 0 {
		w.onPress(s.run)
	}
	return asked, nil
}

// A share is what a verdict says of one batch.
type share struct {
	job                     printer.Job
	printed, doubtful, left []printer.Label
}

// share says what v settles of each batch of r. Where all that went out before a label
// is proved, so is its baseline.
func (w *worker) share(ctx context.Context, r run, v verdict) ([]share, error) {
	shares := make([]share, 0, len(r))
	proved := v.doubtful == 0
	for _, b := range r {
		n := min(v.printed, len(b.labels))
		m := min(v.doubtful, len(b.labels)-n)
		v.printed, v.doubtful = v.printed-n, v.doubtful-m
		printed, err := w.moved(b.labels[:n], printer.Confirmed, v.evidence, "")
		if err != nil {
			return nil, err
		}
		doubtful, err := w.moved(b.labels[n:n+m], printer.Unconfirmed, printer.NoEvidence, v.reason)
		if err != nil {
			return nil, err
		}
		if m > 0 {
			w.warnDoubt(ctx, batch{b.job, doubtful}, v.reason)
		}
		left := slices.Clone(b.labels[n+m:])
		for i := range left {
			if proved {
				left[i].Behind = 0
			}
		}
		proved = proved && len(left) == 0
		shares = append(shares, share{b.job, printed, doubtful, left})
	}
	return shares, nil
}

// recordShares makes shares durable in one step. Where a person has been faster with
// a job of which nothing is settled here, the others are.
func (w *worker) recordShares(ctx context.Context, shares []share) error {
	var all, settled run
	var of, ofSettled []*share
	for i := range shares {
		sh := &shares[i]
		b := batch{sh.job, slices.Concat(sh.printed, sh.doubtful, sh.left)}
		all, of = append(all, b), append(of, sh)
		if len(sh.printed)+len(sh.doubtful) > 0 {
			settled, ofSettled = append(settled, b), append(ofSettled, sh)
		}
	}
	recorded, err := w.record(ctx, all)
	if fault.Is(err, fault.Conflict) && len(settled) < len(all) {
		of = ofSettled
		recorded, err = w.record(ctx, settled)
	}
	if err != nil {
		return err
	}
	for i, b := range recorded {
		of[i].job = b.job
	}
	return nil
}

// amend changes what is known of the labels in flight. What cannot be written is no
// loss but of a proof.
func (w *worker) amend(ctx context.Context, s *sight, change func(*printer.Label)) {
	changed := slices.Clone(s.run)
	for i, b := range changed {
		changed[i].labels = slices.Clone(b.labels)
		for j := range b.labels {
			change(&changed[i].labels[j])
		}
	}
	recorded, err := w.record(ctx, changed)
	if fault.Is(err, fault.Conflict) && len(changed) > 1 { // a person has changed one of them
		recorded = slices.Clone(s.run)
		var errs []error
		for i, b := range changed {
			one, err := w.recordOne(ctx, b)
			if err == nil {
				recorded[i] = one
			}
			errs = append(errs, err)
		}
		s.run, err = recorded, errors.Join(errs...)
	}
	if err != nil {
		w.log.DebugContext(ctx, "What was seen of a label in flight could not be recorded.", "job", s.run[0].job.ID, "err", err)
		return
	}
	s.run = recorded
}
