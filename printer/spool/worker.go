package spool

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"waybill/internal/fault"
	"waybill/printer"
)

// neverAnswered is how much longer a printer is left in peace that takes data and
// has never answered: it may be one that prints what it is asked. Half a minute is
// as long as anyone likes to wait for a printer that was mended.
const neverAnswered = 6

// errSilent ends a conversation with a printer that is connected and says
// nothing: a new connection brings no late answers along.
var errSilent = errors.New("the printer does not answer")

// A ledgerError is a ledger that could not be read or written. The conversation
// goes on; the label is looked at again as the ledger has it.
type ledgerError struct{ err error }

// Error returns the cause.
func (e *ledgerError) Error() string { return "print ledger: " + e.err.Error() }

// Unwrap returns the cause.
func (e *ledgerError) Unwrap() error { return e.err }

// worker sees to one printer. Only its own goroutine uses it, but for state.
type worker struct {
	spool  *Spool
	config Config
	log    *slog.Logger
	wake   chan struct{}

	identity printer.Identity
	machine  printer.Identity // as the printer last said who it is
	belongs  printer.Identity // the machine that belongs here; zero for any
	counts   bool             // that machine has shown an odometer
	untold   int              // how often it might have one and did not tell, when a label was to go out
	peels    bool             // it has held a label out for somebody to take
	away     bool             // there was no connection, or another machine answered
	flight   flight           // the labels last in flight
	clear    time.Time        // when it last said between labels that nothing is wrong
	losses   losses
	pace     pace // of its labels

	lastCount *int64    // the odometer when the last label was settled; nil where that is not known
	strange   time.Time // when the printer last counted a label that was not ours

	mu    sync.Mutex
	state PrinterState
	told  bool // somebody has been told of state
}

// flight is what is remembered about the labels last in flight, across
// connections.
type flight struct {
	last flying    // of them
	sign time.Time // the last sign that something moves
	seen time.Time // when the printer last answered
	late bool      // a person has been asked; the printer may still answer
}

// A flying names one label in flight.
type flying struct {
	job printer.JobID
	k   int
}

// losses is how often in a row the printer has lost what began with one label.
type losses struct {
	first flying
	times int
}

func newWorker(s *Spool, c Config) *worker {
	return &worker{
		spool: s, config: c, log: s.o.Log.With("printer", c.Name),
		wake: make(chan struct{}, 1),
		state: PrinterState{
			Name: c.Name, Roles: c.Roles, Driver: c.Driver.Name, Since: s.o.Now(),
			Status: printer.Status{Conditions: []printer.Condition{printer.Offline}, Detail: "not reached yet"},
		},
	}
}

// run keeps a conversation with the printer going until ctx is done.
func (w *worker) run(ctx context.Context) {
	o := w.spool.o
	backoff := o.BackoffMin
	for ctx.Err() == nil {
		opened, err := w.session(ctx)
		if ctx.Err() != nil {
			return
		}
		silent := errors.Is(err, errSilent)
		if opened && !silent {
			backoff = o.BackoffMin
		}
		if !silent {
			w.offline(ctx, err)
		}
		most := o.BackoffMax
		var wake <-chan struct{}
		if silent && w.machine == (printer.Identity{}) {
			most, wake = most*neverAnswered, w.wake // with a label to print, somebody is there
		}
		if !w.pause(ctx, backoff, wake) {
			return
		}
		backoff = min(2*backoff, most)
	}
}

// session holds one conversation. opened reports whether it began at all; the
// error is why it ended, nil when ctx did.
func (w *worker) session(ctx context.Context) (opened bool, err error) {
	asked, cancel := context.WithTimeout(ctx, w.spool.o.Ask)
	defer cancel()
	conv, err := w.config.Driver.Open(asked, printer.Options{
		Name: w.config.Name, Dial: w.config.Dial, Link: w.config.Link, Access: w.config.Access, Timeout: w.config.Timeout, Log: w.log,
	})
	if err != nil {
		return false, err
	}
	defer conv.Close()
	id, err := conv.Identity(asked)
	if err != nil {
		return false, fmt.Errorf("identity: %w", err)
	}
	if id.Device() != "" && !(id.Serial == "" && id.Model == w.machine.Model) {
		// A machine that only keeps its serial number back today is the same.
		if id.Device() != w.machine.Device() {
			w.counts, w.untold, w.peels, w.lastCount, w.strange = false, 0, false, nil, time.Time{}
		}
		w.machine = id
	}
	w.identity = id
	// One that stays silent has had most of its time by now.
	known, cancelKnown := context.WithTimeout(ctx, w.spool.o.Ask)
	defer cancelKnown()
	if err := w.recognise(known, conv); err != nil {
		return true, err
	}
	return true, w.work(ctx, conv)
}

// present ends the time that the machine was gone: that was no silence.
func (w *worker) present() {
	if w.away {
		w.away, w.flight.sign = false, w.spool.o.Now()
	}
}

// work sees to labels until the conversation breaks or ctx is done.
func (w *worker) work(ctx context.Context, conv printer.Printer) error {
	o := w.spool.o
	poll := o.PollMin
	for ctx.Err() == nil {
		st, moved, err := w.ask(ctx, conv)
		if err != nil {
			return err
		}
		if st.Has(printer.AnotherPrinter) { // what the machine that belongs here has, only that one can tell
			w.absent(ctx)
			w.pause(ctx, o.PollMax, w.wake)
			continue
		}
		w.present()
		if st.Clear() {
			w.clear = o.Now()
		}
		jobs, err := w.spool.claims.take(ctx, w, st.Idle())
		found := len(jobs) > 0
		if found {
			if flying := runOf(jobs); len(flying) > 0 {
				err = w.watch(ctx, conv, flying, true)
			} else {
				err = w.send(ctx, conv, jobs[0])
			}
			w.landed()
			w.spool.claims.releaseAll(w)
		}
		if le := (*ledgerError)(nil); errors.As(err, &le) {
			if ctx.Err() != nil {
				return nil
			}
			if fault.Is(err, fault.Conflict) {
				w.log.InfoContext(ctx, "A job has changed while it was at the printer; it is looked at again.", "err", le.err)
				w.pause(ctx, o.PollMin, nil)
				continue
			}
			w.log.ErrorContext(ctx, "The print ledger cannot be used; printing waits until it can.", "err", le.err)
			w.pause(ctx, o.PollMax, nil)
			continue
		}
		switch {
		case err != nil:
			return err
		case found:
			poll = o.PollMin
			continue
		case st.Has(printer.NoAnswer), st.Has(printer.WrongLanguage):
			return errSilent // who it is, and how it is set, is asked at the beginning alone
		case moved:
			poll = o.PollMin
		default:
			poll = min(2*poll, o.PollMax)
		}
		w.pause(ctx, poll, w.wake)
	}
	return nil
}

// ask asks for the status and reports it. moved says that it has changed.
func (w *worker) ask(ctx context.Context, conv printer.Printer) (st printer.Status, moved bool, err error) {
	asked, cancel := context.WithTimeout(ctx, w.spool.o.Ask)
	defer cancel()
	st, err = conv.Status(asked)
	if err != nil {
		return printer.Status{}, false, fmt.Errorf("status: %w", err)
	}
	foreign, err := w.stranger(asked, conv)
	switch {
	case err != nil:
		return printer.Status{}, false, err
	case foreign:
		st = st.With(printer.AnotherPrinter)
		st.Detail = strings.TrimSuffix(fmt.Sprintf("%s answers where %s belongs; %s", w.identity.Words(), w.belongs.Words(), st.Detail), "; ")
	case !st.Clear():
	case !w.identity.LanguageOK:
		st.Conditions = []printer.Condition{printer.NoAnswer}
		st.Detail = "the printer does not say who it is"
	case w.config.DotsPerMM != 0 && w.identity.DotsPerMM != 0 && w.config.DotsPerMM != w.identity.DotsPerMM:
		st.Conditions = []printer.Condition{printer.WrongDensity}
		st.Detail = fmt.Sprintf("the printer has %d dots per mm, the labels are drawn for %d", w.identity.DotsPerMM, w.config.DotsPerMM)
	case st.Partial && st.Detail == "":
		st.Detail = "the printer holds half a label; if it stays so, switch it off and on"
	}
	return st, w.report(ctx, st), nil
}

// odometer asks for the labels printed so far.
func (w *worker) odometer(ctx context.Context, conv printer.Printer) (n int64, counted bool, err error) {
	counter, ok := conv.(printer.Counter)
	if !ok {
		return 0, false, nil
	}
	asked, cancel := context.WithTimeout(ctx, w.spool.o.Ask)
	defer cancel()
	n, counted, err = counter.Odometer(asked)
	if err != nil {
		return 0, false, fmt.Errorf("odometer: %w", err)
	}
	w.counts = w.counts || counted
	return n, counted, nil
}

// offline reports a printer that cannot be reached.
func (w *worker) offline(ctx context.Context, cause error) {
	w.report(ctx, printer.Status{Conditions: []printer.Condition{printer.Offline}, Detail: cause.Error()})
	w.absent(ctx)
}

// absent gives up the labels in flight on a machine that has been gone for too
// long, or will not be able to say anything about them.
func (w *worker) absent(ctx context.Context) {
	jobs, err := w.spool.claims.take(ctx, w, false)
	flying := runOf(jobs)
	if len(flying) == 0 {
		if err != nil && ctx.Err() == nil {
			w.log.ErrorContext(ctx, "The print ledger cannot be read.", "err", err)
		}
		return
	}
	defer w.spool.claims.releaseAll(w)
	w.aboard(flying)
	defer w.landed()
	o := w.spool.o
	if !w.away {
		w.away, w.flight.sign = true, o.Now()
	}
	reason, lost := w.hopeless(flying[0])
	if away := o.Now().Sub(w.flight.sign); !lost && away > o.Away {
		reason, lost = fmt.Sprintf("The printer has been away for %s.", away.Round(time.Second)), true
	}
	if !lost {
		return
	}
	if err := w.unconfirm(ctx, flying, reason); err != nil && ctx.Err() == nil {
		w.log.ErrorContext(ctx, "A label that needs a person could not be recorded; it is tried again.", "err", err)
	}
}

// aboard notes the labels in flight. Seen again, it keeps what is known of them.
func (w *worker) aboard(r run) {
	if last := r.last(); w.flight.last != last {
		w.flight = flight{last: last, sign: w.spool.o.Now()}
	}
	w.flight.late = false
	w.onPress(r)
}

// onPress tells whose label is printed.
func (w *worker) onPress(r run) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.Job = r[0].job.ID
}

// landed notes that no label is in flight.
func (w *worker) landed() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state.Job = ""
}

// report keeps the status and tells whoever listens, if it or the identity is
// new. It returns whether the printer's state has moved: other words for the same
// state, such as another error bit without a name, are told and move nothing.
func (w *worker) report(ctx context.Context, st printer.Status) bool {
	w.mu.Lock()
	old, oldID := w.state.Status, w.state.Identity
	same := w.told && slices.Equal(old.Conditions, st.Conditions) && slices.Equal(old.Warnings, st.Warnings) && old.Waiting == st.Waiting &&
		old.Remaining == st.Remaining && old.Partial == st.Partial && oldID == w.identity
	w.state.Status, w.state.Identity, w.told = st, w.identity, true
	if !same {
		w.state.Since = w.spool.o.Now()
	}
	w.mu.Unlock()
	if same && old.Detail == st.Detail {
		return false
	}
	if !slices.Equal(old.Conditions, st.Conditions) || !slices.Equal(old.Warnings, st.Warnings) {
		w.log.InfoContext(ctx, "The printer's condition has changed.", "conditions", st.Conditions, "warnings", st.Warnings, "detail", st.Detail)
	}
	w.spool.o.OnStatus(w.config.Name, st, w.identity)
	return !same
}

// pause waits for d or until woken, and reports whether ctx lasts.
func (w *worker) pause(ctx context.Context, d time.Duration, wake <-chan struct{}) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-wake:
	case <-ctx.Done():
	}
	return ctx.Err() == nil
}
