package spool

import (
	"context"
	"fmt"
	"slices"
	"time"

	"waybill/printer"
)

// A reading is what the printer says about a label in flight.
type reading struct {
	status   printer.Status
	odometer int64
	counted  bool
}

// same reports whether nothing has moved between two readings.
func (r reading) same(o reading) bool {
	return r.odometer == o.odometer && r.counted == o.counted &&
		r.status.Waiting == o.status.Waiting && r.status.Remaining == o.status.Remaining &&
		r.status.Partial == o.status.Partial && slices.Equal(r.status.Conditions, o.status.Conditions)
}

// silent reports whether the printer said nothing of use.
func (r reading) silent() bool { return r.status.Has(printer.NoAnswer) }

// A next is what to do about a label in flight.
type next struct {
	state    printer.LabelState // where it goes; empty to keep waiting
	evidence printer.Evidence
	reason   string
	lost     bool // it looks as if it was never printed
}

// decide says what a reading means for a label that this very conversation has
// sent. The printer reads the stream in order, so that an answer of "idle" was
// given after the label.
func decide(l printer.Label, r reading) next {
	switch {
	case l.Baseline == nil && r.status.Idle():
		return next{state: printer.Confirmed, evidence: printer.E2}
	case l.Baseline == nil || !r.counted:
		return next{}
	case r.odometer < *l.Baseline:
		return next{state: printer.Unconfirmed, reason: "The printer's label counter went back."}
	case r.odometer > *l.Baseline && r.status.Idle():
		return next{state: printer.Confirmed, evidence: printer.E3}
	}
	return next{}
}

// decideResumed says what a reading means for a label whose sending was
// interrupted.
func decideResumed(l printer.Label, r reading) next {
	switch printer.Judge(l, r.odometer, r.counted, r.status) {
	case printer.Printed:
		if r.status.Waiting > 0 || r.status.Remaining > 0 {
			return next{} // perhaps ours is among those to come
		}
		if n := r.odometer - *l.Baseline; n > 1 {
			return next{state: printer.Unconfirmed, reason: fmt.Sprintf(
				"The connection broke, and the printer has printed %d labels since; nobody can say whether this is one of them.", n)}
		}
		return next{state: printer.Confirmed, evidence: printer.E3}
	case printer.NotPrinted:
		return next{lost: true}
	case printer.CannotTell:
		if r.counted && l.Baseline != nil && r.odometer < *l.Baseline {
			return next{state: printer.Unconfirmed, reason: "The printer's label counter went back."}
		}
	case printer.StillComes:
	}
	return next{}
}

// hopeless reports whether no answer of the printer can settle what became of an
// interrupted label, and why.
func (w *worker) hopeless(job printer.Job, label printer.Label) (reason string, is bool) {
	switch {
	case job.Printer != w.config.Name:
		return fmt.Sprintf("The printer %q, which had it, is no longer configured.", job.Printer), true
	case label.Baseline == nil:
		return "The connection broke while it was being printed, and this printer does not count its labels.", true
	}
	return "", false
}

// watch follows a label in flight to its outcome. resumed says that the
// conversation is not the one that sent it.
func (w *worker) watch(ctx context.Context, conv printer.Printer, job printer.Job, label printer.Label, resumed bool) error {
	w.aboard(job, label)
	if resumed {
		reason, is := w.hopeless(job, label)
		if !is && w.identity.LanguageOK && label.Device != w.identity.Device() {
			reason, is = fmt.Sprintf("It was sent to the machine %q, and %q answers in its place.", label.Device, w.identity.Device()), true
		}
		if is {
			return w.unconfirm(ctx, job, label, reason)
		}
	}
	lasting, cancel := w.lasting(ctx)
	defer cancel()
	o := w.spool.o
	var last reading
	var lostSince time.Time
	poll := o.PollMin
	for first := true; ; first = false {
		r, err := w.read(lasting, conv, label)
		if err != nil {
			return err
		}
		if resumed && !w.identity.LanguageOK && !r.silent() {
			return errSilent // it speaks again: ask it anew who it is
		}
		n := decide(label, r)
		if resumed {
			n = decideResumed(label, r)
		}
		now := o.Now()
		switch {
		case !n.lost:
			lostSince = time.Time{}
		case lostSince.IsZero():
			lostSince = now
		case now.Sub(lostSince) >= o.Settle:
			return w.resend(ctx, job, label)
		}
		moved := first || !r.same(last)
		last = r
		if !r.silent() && (moved || !r.status.Clear() || n.lost) {
			w.flight.sign = now
		}
		if n.state == "" && now.Sub(w.flight.sign) > o.Deadline {
			n = next{state: printer.Unconfirmed, reason: overdue(r, o.Deadline)}
		}
		switch n.state {
		case printer.Confirmed:
			return w.confirm(ctx, job, label, n.evidence)
		case printer.Unconfirmed:
			return w.unconfirm(ctx, job, label, n.reason)
		case printer.Queued, printer.Sending, printer.Sent, printer.Failed, printer.Cancelled:
		}
		if resumed && r.silent() {
			return errSilent
		}
		// A quarter longer each time: however long a label takes, no more than
		// a quarter of it again is waited after it is out.
		if poll = min(poll+poll/4, o.PollMax); moved || n.lost {
			poll = o.PollMin
		}
		if !w.pause(lasting, poll, nil) {
			return lasting.Err()
		}
	}
}

// read asks for the status and, where the label has a baseline, the odometer.
func (w *worker) read(ctx context.Context, conv printer.Printer, label printer.Label) (reading, error) {
	st, _, err := w.ask(ctx, conv)
	if err != nil {
		return reading{}, err
	}
	r := reading{status: st}
	if label.Baseline != nil && !r.silent() {
		r.odometer, r.counted, err = w.odometer(ctx, conv)
	}
	return r, err
}

// overdue says why a label is given up after its deadline.
func overdue(r reading, d time.Duration) string {
	switch s := r.status; {
	case r.silent():
		return fmt.Sprintf("The printer has not answered for %s.", d)
	case s.Partial:
		return "The printer holds half a label and waits for the rest."
	case s.Waiting > 0 || s.Remaining > 0:
		return fmt.Sprintf("The printer has labels to print, and nothing has moved for %s.", d)
	case !r.counted:
		return "The printer no longer tells how many labels it has printed."
	}
	return "The printer has nothing left to print, and did not count this label."
}

// resend puts a label that was certainly lost back into the queue, but not for
// ever: what loses the same label again and again needs a person.
func (w *worker) resend(ctx context.Context, job printer.Job, label printer.Label) error {
	if w.flight.resends++; w.flight.resends <= w.spool.o.Resends {
		w.log.InfoContext(ctx, "A label was lost on its way to the printer and is sent again; the printer has not printed it.",
			"job", job.ID, "label", label.K)
		return w.requeue(ctx, job, label)
	}
	label, err := label.Move(printer.Queued, w.spool.o.Now())
	if err != nil {
		return err
	}
	return w.fail(ctx, job, label, fmt.Sprintf("The printer lost it %d times and printed none.", w.flight.resends))
}
