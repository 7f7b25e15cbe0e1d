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
func (w *worker) hopeless(b batch) (reason string, is bool) {
	switch {
	case b.job.Printer != w.config.Name:
		return fmt.Sprintf("The printer %q, which had it, is no longer configured.", b.job.Printer), true
	case b.labels[0].Baseline == nil && b.labels[0].Ticket == "":
		return "The station lost touch while it was being printed, and this printer neither counts its labels nor keeps account of them.", true
	}
	return "", false
}

// A sight is one unbroken look at labels in flight.
type sight struct {
	conv      printer.Printer
	run       run
	resumed   bool // this conversation is not the one that sent them, or might as well not be
	held      bool // the printer was seen to have something left to print
	last      reading
	first     bool
	lostSince time.Time
	tracker   printer.Tracker // of this conversation; nil where the printer keeps no accounts
	began     time.Time       // when the first label's turn came
	before    time.Duration   // after that, when the printer was last seen with it
	moved     time.Time       // when something last moved
	withdrawn bool            // what seemed lost was taken back
	emptied   bool            // the printer was told to forget what it may still have
	vanished  bool            // one of two jobs' labels has gone without being printed
	looked    bool            // for a job to send ahead, while this label is on the press
}

// watch follows labels in flight to their outcome, and those that it sends ahead
// meanwhile. resumed says that the conversation is not the one that sent them.
func (w *worker) watch(ctx context.Context, conv printer.Printer, r run, resumed bool) error {
	w.aboard(r)
	if resumed {
		reason, is := w.hopeless(r[0])
		if was := r[0].labels[0].Device; !is && w.identity.LanguageOK && was != w.identity.Device() {
			reason, is = fmt.Sprintf("It was sent to the machine %q, and %q answers in its place.", was, w.identity.Device()), true
		}
		if is {
			return w.unconfirm(ctx, r, reason)
		}
	}
	lasting, cancel := w.lasting(ctx)
	defer cancel()
	s := &sight{conv: conv, run: r, resumed: resumed, first: true, began: w.spool.o.Now()}
	s.tracker, _ = conv.(printer.Tracker)
	w.glimpse(ctx, s)
	for {
		r, err := w.read(lasting, s)
		if err != nil {
			return err
		}
		if s.resumed && !w.identity.LanguageOK && !r.silent() {
			return errSilent // it speaks again: ask it anew who it is
		}
		moved := s.first || !r.same(s.last)
		done, err := w.see(ctx, s, r, moved)
		if done || err != nil {
			return err
		}
		if err := w.ahead(ctx, lasting, s, r); err != nil {
			return err
		}
		if w.flight.late && r.silent() && w.spool.o.Now().Sub(w.flight.sign) > w.spool.o.Away || s.resumed && r.silent() {
			return errSilent
		}
		if moved || !s.lostSince.IsZero() {
			s.moved = w.spool.o.Now()
		}
		if !w.rest(lasting, s, r) {
			return lasting.Err()
		}
	}
}

// rest waits until the printer is asked again, or until a job is queued that may be
// sent ahead. It reports whether ctx lasts.
func (w *worker) rest(ctx context.Context, s *sight, r reading) bool {
	now := w.spool.o.Now()
	s.before = now.Sub(s.began)
	// The longer nothing moves, the less often: however long a label takes, no more
	// than a quarter of it again is waited after it is out, and less where it takes
	// as long as the one before.
	poll := min(w.spool.o.PollMin+now.Sub(s.moved)/4, w.spool.o.PollMax)
	var wake <-chan struct{}
	if w.unhurt(s, r) {
		wake = w.wake
	}
	t := time.NewTimer(w.pace.wait(s.before, poll))
	defer t.Stop()
	select {
	case <-t.C:
	case <-wake:
		s.looked = false
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}

// see takes in one reading and records what it settles. done says that nothing
// is left to watch.
func (w *worker) see(ctx context.Context, s *sight, r reading, moved bool) (done bool, err error) {
	o := w.spool.o
	now := o.Now()
	trusted := w.trusts(s, r, now)
	w.noticeStrangers(ctx, s, r, moved)
	w.noticeVanished(ctx, s, r, moved)
	w.peels = w.peels || r.status.Has(printer.LabelWaiting)
	v := decide(s.run, r)
	switch {
	case s.resumed:
		v = decideResumed(s.run, r, trusted)
	case s.vanished && v.printed > 0: // FEED makes up for the one that has gone
		v = verdict{doubtful: len(s.run.labels()), reason: oneVanished}
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
		labels := s.run.labels()
		if n, ok := r.since(labels); ok && n > int64(len(labels)) {
			w.strange = now
		}
		if _, err := w.part(ctx, s, v); err != nil {
			return false, err
		}
		w.noteCount(r)
		if len(s.run) == 0 {
			return true, nil
		}
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
		return false, w.withdraw(ctx, s.tracker, s.run[0].labels[0].Ticket)
	case now.Sub(s.lostSince) >= o.Settle:
		w.noteCount(r)
		return true, w.resend(ctx, s.run)
	}
	w.keepSight(ctx, s, now)
	return false, nil
}

// glimpse counts the status that the conversation began with as sight of labels that
// were in flight before: until the first reading, a slow printer takes its time.
func (w *worker) glimpse(ctx context.Context, s *sight) {
	if seen := w.lastSeen(s); s.resumed && w.clear.After(seen) && within(w.clear, seen, w.spool.o.Unwatched) {
		w.flight.seen = w.clear
		w.keepSight(ctx, s, w.clear)
	}
}

// lastSeen returns when the printer was last in sight for labels in flight; what
// another life of this program saw is in the ledger.
func (w *worker) lastSeen(s *sight) time.Time {
	if w.flight.seen.IsZero() {
		return lastAnswer(s.run)
	}
	return w.flight.seen
}

// keepSight writes down now and then that the printer is seen with labels in
// flight, so that the next life of this program knows it as well.
func (w *worker) keepSight(ctx context.Context, s *sight, now time.Time) {
	if w.flight.seen.Equal(now) && !within(now, lastAnswer(s.run), w.spool.o.Unwatched/10) {
		w.amend(ctx, s, func(l *printer.Label) { l.Seen = now })
	}
}

// trusts reports whether what was counted while nobody looked can only be the
// labels in flight, and notes that the printer has been seen.
//
// A count says that something came out, not what: FEED, another computer and the
// feed of a printer that is switched on count as well. They are ruled out where
// the printer was out of sight for moments only, or where it was seen to have
// something left to print; never on a printer that others use.
func (w *worker) trusts(s *sight, r reading, now time.Time) bool {
	near := within(now, w.lastSeen(s), w.spool.o.Unwatched)
	labels := s.run.labels()
	if r.silent() {
		return false
	}
	if !near && !s.resumed && !w.unbroken() {
		s.resumed = true // a line without connections hides that the printer was off
	}
	if n, ok := r.since(labels); ok && n < int64(len(labels)) && r.holds() {
		s.held = true
	}
	if (near || s.held) && (r.status.Clear() || r.holds()) || !s.resumed {
		// A fault may hide that the printer has lost what it had; and what has once
		// been out of sight is not in sight again because the printer is.
		w.flight.seen = now
	}
	return !labels[0].Shared && (near || s.held)
}

// lastAnswer returns when the printer of a run has certainly answered for the last
// time, by what the labels of its jobs say that this machine had. What a person has
// done with other labels of a job since is no answer of the printer.
func lastAnswer(r run) time.Time {
	var last time.Time
	for _, b := range r {
		for _, l := range b.job.Labels {
			proved := l.State == printer.Confirmed && (l.Evidence == printer.E2 || l.Evidence == printer.E3)
			flying := l.State == printer.Sending || l.State == printer.Sent
			if !proved && !flying || l.Device != b.labels[0].Device {
				continue
			}
			for _, at := range []time.Time{l.At, l.Seen} {
				if at.After(last) {
					last = at
				}
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
	if !ok || s.emptied || s.run[0].labels[0].Shared {
		return nil
	}
	s.emptied = true
	ctx, cancel := context.WithTimeout(ctx, w.spool.o.Ask)
	defer cancel()
	return d.Discard(ctx)
}

// overdue gives up labels after their deadline: those that were counted are
// printed, a person has to look for the others. Where the conversation lasts, the
// printer may still come round; it is listened to.
func (w *worker) overdue(ctx context.Context, s *sight, r reading) (done bool, err error) {
	labels := s.run.labels()
	v := verdict{reason: overdueReason(r, labels, w.spool.o.Deadline), doubtful: len(labels)}
	if n, ok := r.since(labels); ok && !s.resumed && r.status.Idle() && len(s.run) == 1 { // of two jobs the count does not say whose
		v.printed, v.evidence = int(min(n, int64(len(labels)))), printer.E3
		v.doubtful -= v.printed
	}
	asked, err := w.part(ctx, s, v)
	if err != nil {
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
	s.run = asked
	w.flight.late, w.flight.sign = true, w.spool.o.Now() // and a person may decide before the printer does
	return len(asked) == 0, nil
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
	case v.printed == len(s.run.labels()) && r.alone(s.run.labels()):
		return true, w.confirmLate(ctx, s.run, v.evidence)
	case r.status.Idle():
		return true, nil // it has nothing left, and did not count them
	}
	return false, nil
}

// confirmLate confirms labels that came out after all, but those with which a person
// was faster.
func (w *worker) confirmLate(ctx context.Context, r run, by printer.Evidence) error {
	err := w.confirm(ctx, r, by)
	if !fault.Is(err, fault.Conflict) {
		return err
	}
	for _, b := range r {
		if err := w.confirm(ctx, run{b}, by); err != nil && !fault.Is(err, fault.Conflict) {
			return err
		}
	}
	return nil
}

// overdueReason says why labels are given up after their deadline.
func overdueReason(r reading, labels []printer.Label, d time.Duration) string {
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
	if n, ok := r.since(labels); ok && n > 0 {
		return fmt.Sprintf("The printer has nothing left to print, and has counted %d of %d labels; nobody can say which.", n, len(labels))
	}
	return "The printer has nothing left to print, and did not count this label."
}

// resend puts labels that were certainly lost back into the queue, but not for
// ever: what loses the same labels again and again needs a person.
func (w *worker) resend(ctx context.Context, r run) error {
	first := flying{r[0].job.ID, r[0].labels[0].K}
	if w.losses.first != first {
		w.losses = losses{first: first}
	}
	w.losses.times++
	for _, b := range r {
		w.log.InfoContext(ctx, "Labels were lost on their way to the printer and go back into the queue; the printer has not printed them.",
			"job", b.job.ID, "label", b.labels[0].K, "labels", len(b.labels))
	}
	r, err := w.settle(ctx, r, printer.Queued, printer.NoEvidence, "")
	if err != nil || w.losses.times <= w.spool.o.Resends {
		return err
	}
	return w.fail(ctx, r[0], fmt.Sprintf("The printer lost it %d times and printed none.", w.losses.times))
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
