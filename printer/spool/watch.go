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
	tracked  bool // the printer keeps accounts, and this is the label's
	account  printer.Account
}

// same reports whether nothing has moved between two readings.
func (r reading) same(o reading) bool {
	return r.odometer == o.odometer && r.counted == o.counted && r.account == o.account &&
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
	case r.tracked:
		return decideTracked(r.account)
	case l.Baseline == nil && r.status.Done():
		return next{state: printer.Confirmed, evidence: printer.E2}
	case l.Baseline == nil || !r.counted:
		return next{}
	case r.odometer < *l.Baseline:
		return next{state: printer.Unconfirmed, reason: "The printer's label counter went back."}
	case r.odometer > *l.Baseline && r.status.Done():
		return next{state: printer.Confirmed, evidence: printer.E3}
	}
	return next{}
}

// decideTracked says what the printer's account of a label means, whether or not
// this conversation has sent it.
func decideTracked(a printer.Account) next {
	switch a.Verdict {
	case printer.Printed:
		return next{state: printer.Confirmed, evidence: a.Evidence}
	case printer.NotPrinted:
		return next{lost: true}
	case printer.CannotTell:
		if a.Reason != "" {
			return next{state: printer.Unconfirmed, reason: a.Reason}
		}
	case printer.StillComes:
	}
	return next{}
}

// decideResumed says what a reading means for a label whose sending was
// interrupted.
func decideResumed(l printer.Label, r reading) next {
	if r.tracked {
		return decideTracked(r.account)
	}
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
	case label.Baseline == nil && label.Ticket == "":
		return "The connection broke while it was being printed, and this printer neither counts its labels nor keeps account of them.", true
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
		if !r.silent() && (moved || !r.status.Clear() || n.lost || r.account.Verdict == printer.StillComes) {
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

// read asks for the status and, where the label has a baseline, the odometer; a
// printer that keeps accounts is asked for the label's.
func (w *worker) read(ctx context.Context, conv printer.Printer, label printer.Label) (reading, error) {
	st, _, err := w.ask(ctx, conv)
	if err != nil {
		return reading{}, err
	}
	r := reading{status: st}
	if t, ok := conv.(printer.Tracker); ok {
		r.tracked = true
		if !r.silent() {
			r.account, err = w.account(ctx, t, label)
		}
		return r, err
	}
	if label.Baseline != nil && !r.silent() {
		r.odometer, r.counted, err = w.odometer(ctx, conv)
	}
	return r, err
}

// account asks for the printer's account of a label.
func (w *worker) account(ctx context.Context, t printer.Tracker, label printer.Label) (printer.Account, error) {
	asked, cancel := context.WithTimeout(ctx, w.spool.o.Ask)
	defer cancel()
	a, err := t.Account(asked, label.Ticket)
	if err != nil {
		return printer.Account{}, fmt.Errorf("account of ticket %q: %w", label.Ticket, err)
	}
	return a, nil
}

// ticket opens a label's account where the printer keeps accounts. What a former
// try has left there is withdrawn first: it would be printed beside this one.
func (w *worker) ticket(ctx context.Context, conv printer.Printer, label printer.Label) (string, error) {
	t, ok := conv.(printer.Tracker)
	if !ok {
		return "", nil
	}
	asked, cancel := context.WithTimeout(ctx, w.spool.o.Ask)
	defer cancel()
	if label.Ticket != "" {
		if err := t.Withdraw(asked, label.Ticket); err != nil {
			return "", fmt.Errorf("ticket %q of an earlier try: %w", label.Ticket, err)
		}
	}
	ticket, err := t.Ticket(asked)
	if err != nil {
		return "", fmt.Errorf("ticket for a label: %w", err)
	}
	return ticket, nil
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
	case r.tracked:
		return fmt.Sprintf("The printer has not said for %s what became of it.", d)
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
