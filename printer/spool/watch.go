package spool

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"waybill/internal/fault"
	"waybill/printer"
)

// hopeless reports whether no answer of the printer can settle what became of
// interrupted labels, and why.
func (w *worker) hopeless(job printer.Job, labels []printer.Label) (reason string, is bool) {
	switch {
	case job.Printer != w.config.Name:
		return fmt.Sprintf("The printer %q, which had it, is no longer configured.", job.Printer), true
	case labels[0].Baseline == nil && labels[0].Ticket == "":
		return "The connection broke while it was being printed, and this printer neither counts its labels nor keeps account of them.", true
	}
	return "", false
}

// A sight is one unbroken look at labels in flight.
type sight struct {
	conv      printer.Printer
	job       printer.Job
	labels    []printer.Label
	resumed   bool // this conversation is not the one that sent them, or might as well not be
	held      bool // the printer was seen to have something left to print
	last      reading
	first     bool
	lostSince time.Time
	tracker   printer.Tracker // of this conversation; nil where the printer keeps no accounts
	withdrawn bool            // what seemed lost was taken back
	emptied   bool            // the printer was told to forget what it may still have
}

// watch follows labels in flight to their outcome. resumed says that the
// conversation is not the one that sent them.
func (w *worker) watch(ctx context.Context, conv printer.Printer, job printer.Job, labels []printer.Label, resumed bool) error {
	w.aboard(job, labels)
	if resumed {
		reason, is := w.hopeless(job, labels)
		if !is && w.identity.LanguageOK && labels[0].Device != w.identity.Device() {
			reason, is = fmt.Sprintf("It was sent to the machine %q, and %q answers in its place.", labels[0].Device, w.identity.Device()), true
		}
		if is {
			return w.unconfirm(ctx, job, labels, reason)
		}
	}
	lasting, cancel := w.lasting(ctx)
	defer cancel()
	o := w.spool.o
	poll, began, looked := o.PollMin, o.Now(), time.Duration(0)
	s := &sight{conv: conv, job: job, labels: labels, resumed: resumed, first: true}
	s.tracker, _ = conv.(printer.Tracker)
	for {
		r, err := w.read(lasting, conv, s.labels)
		if err != nil {
			return err
		}
		if s.resumed && !w.identity.LanguageOK && !r.silent() {
			return errSilent // it speaks again: ask it anew who it is
		}
		moved := s.first || !r.same(s.last)
		done, err := w.see(ctx, s, r, moved)
		if done || err != nil {
			if done && !resumed && len(labels) == 1 {
				w.pace = pace{before: looked, seen: o.Now().Sub(began)}
			}
			return err
		}
		if w.flight.late && r.silent() && o.Now().Sub(w.flight.sign) > o.Away {
			return errSilent
		}
		if s.resumed && r.silent() {
			return errSilent
		}
		// A quarter longer each time: however long a label takes, no more than
		// a quarter of it again is waited after it is out, and less where it takes
		// as long as the one before.
		if poll = min(poll+poll/4, o.PollMax); moved || !s.lostSince.IsZero() {
			poll = o.PollMin
		}
		looked = o.Now().Sub(began)
		if !w.pause(lasting, w.pace.wait(looked, poll), nil) {
			return lasting.Err()
		}
	}
}

// see takes in one reading and records what it settles. done says that nothing
// is left to watch.
func (w *worker) see(ctx context.Context, s *sight, r reading, moved bool) (done bool, err error) {
	o := w.spool.o
	now := o.Now()
	trusted := w.trusts(s, r, now)
	v := decide(s.labels, r)
	if s.resumed {
		v = decideResumed(s.labels, r, trusted)
	}
	s.first, s.last = false, r
	if w.flight.late {
		return w.seeLate(ctx, s, r, v)
	}
	if !r.silent() && (moved || !r.status.Clear() || v.lost || r.account.Verdict == printer.StillComes) {
		w.flight.sign = now
	}
	if v == (verdict{}) && now.Sub(w.flight.sign) > o.Deadline {
		return w.overdue(ctx, s, r)
	}
	if v.printed > 0 || v.doubtful > 0 {
		if n, ok := r.since(s.labels); ok && n > int64(len(s.labels)) {
			w.strange = now
		}
		if err := w.part(ctx, s, v); err != nil {
			return false, err
		}
		w.noteCount(r)
		if len(s.labels) == 0 {
			return true, nil
		}
		w.flight.resends = 0
	}
	switch {
	case !v.lost:
		s.lostSince = time.Time{}
	case s.lostSince.IsZero():
		s.lostSince = now
		return false, w.empty(ctx, s)
	case now.Sub(s.lostSince) >= o.Settle && s.tracker != nil && !s.withdrawn:
		// What is still on its way must not arrive after the printer was asked.
		s.withdrawn = true
		return false, w.withdraw(ctx, s.tracker, s.labels[0].Ticket)
	case now.Sub(s.lostSince) >= o.Settle:
		w.noteCount(r)
		return true, w.resend(ctx, s.job, s.labels)
	}
	w.keepSight(ctx, s, now)
	return false, nil
}

// keepSight writes down now and then that the printer is seen with labels in
// flight, so that the next life of this program knows it as well. What cannot be
// written is no loss but of a proof.
func (w *worker) keepSight(ctx context.Context, s *sight, now time.Time) {
	if !w.flight.seen.Equal(now) || within(now, lastAnswer(s.job, s.labels[0].Device), w.spool.o.Unwatched/3) {
		return
	}
	seen := slices.Clone(s.labels)
	for i := range seen {
		seen[i].Seen = now
	}
	job, err := w.record(ctx, s.job, seen...)
	if err != nil {
		w.log.DebugContext(ctx, "That the printer was seen could not be recorded.", "job", s.job.ID, "err", err)
		return
	}
	s.job, s.labels = job, seen
}

// trusts reports whether what was counted while nobody looked can only be the
// labels in flight, and notes that the printer has been seen.
//
// A count says that something came out, not what: FEED, another computer and the
// feed of a printer that is switched on count as well. They are ruled out where
// the printer was out of sight for moments only, or where it was seen to have
// something left to print; never on a printer that others use.
func (w *worker) trusts(s *sight, r reading, now time.Time) bool {
	seen := w.flight.seen
	if seen.IsZero() { // another life of this program saw it last
		seen = lastAnswer(s.job, s.labels[0].Device)
	}
	near := within(now, seen, w.spool.o.Unwatched)
	shared := s.labels[0].Shared
	if r.silent() {
		return false
	}
	if !near && !s.resumed && !w.unbroken() {
		s.resumed = true // a line without connections hides that the printer was off
	}
	if n, ok := r.since(s.labels); ok && n < int64(len(s.labels)) && r.holds() {
		s.held = true
	}
	if (near || s.held) && (r.status.Clear() || r.holds()) || !s.resumed {
		// A fault may hide that the printer has lost what it had; and what has once
		// been out of sight is not in sight again because the printer is.
		w.flight.seen = now
	}
	return !shared && (near || s.held)
}

// lastAnswer returns when the printer on that machine has certainly answered for
// the last time, by what the job's labels say. What a person has done with other
// labels of the job since is no answer of the printer.
func lastAnswer(job printer.Job, device string) time.Time {
	var last time.Time
	for _, l := range job.Labels {
		proved := l.State == printer.Confirmed && (l.Evidence == printer.E2 || l.Evidence == printer.E3)
		flying := l.State == printer.Sending || l.State == printer.Sent
		if !proved && !flying || l.Device != device {
			continue
		}
		for _, at := range []time.Time{l.At, l.Seen} {
			if at.After(last) {
				last = at
			}
		}
	}
	return last
}

// within reports whether now is no more than d after then. What this program's
// own clock has missed while the machine slept, the wall's clock tells; one that
// stands before then, as after a power cut that it did not survive, tells nothing.
func within(now, then time.Time, d time.Duration) bool {
	gone := max(now.Sub(then), now.Round(0).Sub(then.Round(0)))
	return gone >= 0 && gone <= d
}

// unbroken reports whether a conversation that lasts proves that the printer was
// not off meanwhile: a TCP connection does not outlive one of its ends. That end may
// be a print server's box with the printer behind it, which the configuration then
// says is shared.
func (w *worker) unbroken() bool {
	return strings.HasPrefix(w.config.Link, "tcp:") && !w.config.Shared
}

// empty has the printer forget the labels that it says it does not have: one that
// says so and has them all the same would print them beside those that are sent
// again. Where others print, it could forget theirs.
func (w *worker) empty(ctx context.Context, s *sight) error {
	d, ok := s.conv.(printer.Discarder)
	if !ok || s.emptied || s.labels[0].Shared {
		return nil
	}
	s.emptied = true
	ctx, cancel := context.WithTimeout(ctx, w.spool.o.Ask)
	defer cancel()
	return d.Discard(ctx)
}

// part records the labels that v settles and goes on with the others.
func (w *worker) part(ctx context.Context, s *sight, v verdict) (err error) {
	now := w.spool.o.Now()
	var settled []printer.Label
	move := func(l printer.Label, to printer.LabelState, by printer.Evidence, reason string) error {
		l, err := l.Move(to, now)
		if l.Reason = reason; by != printer.NoEvidence {
			l.Evidence = by
		}
		settled = append(settled, l)
		return err
	}
	for i, l := range s.labels[:v.printed+v.doubtful] {
		if i < v.printed {
			err = move(l, printer.Confirmed, v.evidence, "")
		} else {
			err = move(l, printer.Unconfirmed, printer.NoEvidence, v.reason)
		}
		if err != nil {
			return err
		}
	}
	if v.doubtful > 0 {
		w.log.WarnContext(ctx, "A label may or may not have been printed; a person has to look.",
			"job", s.job.ID, "label", s.labels[v.printed].K, "labels", v.doubtful, "reason", v.reason)
	}
	if s.job, err = w.record(ctx, s.job, settled...); err != nil {
		return err
	}
	s.labels = s.labels[len(settled):]
	return nil
}

// overdue gives up labels after their deadline: those that were counted are
// printed, a person has to look for the others. Where the conversation lasts, the
// printer may still come round; it is listened to.
func (w *worker) overdue(ctx context.Context, s *sight, r reading) (done bool, err error) {
	v := verdict{reason: overdueReason(r, w.spool.o.Deadline), doubtful: len(s.labels)}
	if n, ok := r.since(s.labels); ok && !s.resumed && r.status.Idle() {
		v.printed, v.evidence = int(min(n, int64(len(s.labels)))), printer.E3
		v.doubtful -= v.printed
	}
	labels := s.labels
	if err := w.part(ctx, s, v); err != nil {
		return false, err
	}
	w.lastCount = nil
	if _, counts := s.conv.(printer.Counter); !counts && s.tracker == nil && r.status.Clear() && !r.silent() {
		// It waits for a sign that does not come, and is told from one that still
		// prints by a new conversation alone.
		return true, errSilent
	}
	if s.resumed || !w.unbroken() || r.status.Idle() {
		return true, nil
	}
	s.labels = nil
	for _, l := range s.job.Labels {
		if l.State == printer.Unconfirmed && l.K >= labels[0].K && l.K <= labels[len(labels)-1].K {
			s.labels = append(s.labels, l)
		}
	}
	w.flight.late, w.flight.sign = true, w.spool.o.Now()
	w.spool.claims.release(w, s.job.ID) // a person may decide before the printer does
	return false, nil
}

// seeLate takes in a reading about labels that a person was already asked about:
// the printer may still say that they came out, never that they go out again.
func (w *worker) seeLate(ctx context.Context, s *sight, r reading, v verdict) (done bool, err error) {
	if s.resumed {
		return true, nil
	}
	if !r.silent() {
		w.flight.sign = w.spool.o.Now()
	}
	switch {
	case v.printed == len(s.labels) && r.alone(s.labels):
		err := w.part(ctx, s, verdict{printed: v.printed, evidence: v.evidence})
		if fault.Is(err, fault.Conflict) {
			err = nil // the person was faster
		}
		return true, err
	case r.status.Idle():
		return true, nil // it has nothing left, and did not count them
	}
	return false, nil
}

// overdueReason says why labels are given up after their deadline.
func overdueReason(r reading, d time.Duration) string {
	switch s := r.status; {
	case r.silent():
		return fmt.Sprintf("The printer has not answered for %s.", d)
	case s.Partial:
		return "The printer holds half a label and waits for the rest."
	case r.holds():
		return fmt.Sprintf("The printer has labels to print, and nothing has moved for %s.", d)
	case r.tracked:
		return fmt.Sprintf("The printer has not said for %s what became of it.", d)
	case !r.counted:
		return "The printer no longer tells how many labels it has printed."
	}
	return "The printer has nothing left to print, and did not count this label."
}

// resend puts labels that were certainly lost back into the queue, but not for
// ever: what loses the same labels again and again needs a person.
func (w *worker) resend(ctx context.Context, job printer.Job, labels []printer.Label) error {
	if w.flight.resends++; w.flight.resends <= w.spool.o.Resends {
		w.log.InfoContext(ctx, "Labels were lost on their way to the printer and are sent again; the printer has not printed them.",
			"job", job.ID, "label", labels[0].K, "labels", len(labels))
		return w.requeue(ctx, job, labels)
	}
	return w.failSent(ctx, job, labels, fmt.Sprintf("The printer lost it %d times and printed none.", w.flight.resends))
}

// shared reports whether others than this spool print on the printer: somebody
// says so, or its count is not where the last label left it, now or shortly
// before.
func (w *worker) shared(odometer int64) bool {
	now := w.spool.o.Now()
	if w.lastCount != nil && *w.lastCount != odometer {
		w.strange = now
	}
	return w.config.Shared || w.twin() || !w.strange.IsZero() && now.Sub(w.strange) < w.spool.o.Strangers
}

// twin reports whether the configuration has the same machine under another name
// as well: what that one prints moves this one's count.
func (w *worker) twin() bool {
	return slices.ContainsFunc(w.spool.workers, func(o *worker) bool {
		if o == w {
			return false
		}
		o.mu.Lock()
		defer o.mu.Unlock()
		serial := o.state.Identity.Serial
		return o.config.Link != "" && o.config.Link == w.config.Link || serial != "" && serial == w.identity.Serial
	})
}

// noteCount notes where the count stands once labels have been settled.
func (w *worker) noteCount(r reading) {
	if w.lastCount = nil; r.counted && r.status.Done() {
		n := r.odometer
		w.lastCount = &n
	}
}
