// Package spool takes queued labels to printers and finds out what became of
// them: one batch of equal labels in flight on each printer, and one ahead where
// nothing speaks against it; every step durable in a ledger before the next, and
// after every broken connection or crash the printer is asked before anything is
// sent again.
//
// It keeps no queue of its own: the ledger is the queue. It never sends a label
// whose fate is unknown a second time; that is for a person to decide.
package spool

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"waybill/printer"
)

// A Ledger keeps the jobs. It is used by several goroutines at once.
type Ledger interface {
	// Pending returns up to max jobs whose route is wanted and that have a label
	// queued, sending or sent: those in flight first, then the most urgent, then
	// the oldest. A job whose labels all wait for a person or are final is not
	// among them.
	Pending(ctx context.Context, wanted func(printer.Route) bool, max int) ([]printer.Job, error)

	// Holds returns what people have paused. It is asked often.
	Holds(ctx context.Context) ([]printer.Hold, error)

	// Record makes the jobs' new states durable before it returns: all of them in
	// one step, or none. It refuses, with kind fault.Conflict, what contradicts the
	// state that is kept. After an error the spool does not know which state is
	// kept, and reads it again.
	Record(ctx context.Context, jobs ...printer.Job) error
}

// A Config is one printer.
type Config struct {
	Name      string
	Roles     []string     // the jobs it takes
	Serial    string       // the only machine it may be; empty for any
	Shared    bool         // others print on it, also where it does not show
	DotsPerMM int          // the dots its labels are drawn for; 0 for any
	Media     printer.Form // what is loaded; zero for any. Its dots are DotsPerMM
	Driver    printer.Driver
	Dial      printer.Dialer
	Link      string // for drivers that do not talk over a byte stream
	Access    printer.Access
	Timeout   time.Duration // for one reply; 0 is the driver's default
	Rate      int           // bytes a second that the link carries, where that is slow; 0: no matter
}

// Options is how a spool works. Ledger is required; every duration has a
// default.
type Options struct {
	Ledger   Ledger
	Printers []Config
	Bindings Bindings // nil: whatever machine answers is the printer, but for Config.Serial

	Now func() time.Time // default time.Now
	Log *slog.Logger     // default: discard
	// OnStatus is told whenever a printer's status or identity changes. It is
	// called by the printer's own goroutine and must not block.
	OnStatus func(name string, s printer.Status, id printer.Identity)
	// OnLedger is told why the ledger cannot be read or written, when that begins,
	// and nil when it is over. It must not block.
	OnLedger func(err error)

	PollMin    time.Duration // between questions while things move; default 50ms
	PollMax    time.Duration // between questions while nothing does; default 1s
	BackoffMin time.Duration // before the first new connection; default 250ms
	BackoffMax time.Duration // before later ones; default 5s
	Ask        time.Duration // for one question, or one record in the ledger; default 10s
	Send       time.Duration // for the link to take one label; default 1m
	Deadline   time.Duration // without any sign of the label; then it is unconfirmed; default 30s
	Away       time.Duration // the same while the printer is offline; default 10m
	Settle     time.Duration // how long "not printed" must hold before a label is sent again; default 2s
	Grace      time.Duration // for the label in flight when the spool stops; default 5s
	Resends    int           // how often a label that was certainly lost is sent again; default 3
	Batch      int           // the most equal labels that are sent as one; default 500
	// Unwatched is how long the printer may go without answering for a label that
	// was counted in that time still to be ours: no printer is off and on again,
	// and hardly anyone at its FEED button, in so short a time; default 10s.
	Unwatched time.Duration
	// Strangers is for how long a printer counts as used by others after it
	// counted a label that was not ours; default 1h.
	Strangers time.Duration
}

// withDefaults returns o with every gap filled.
func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.OnStatus == nil {
		o.OnStatus = func(string, printer.Status, printer.Identity) {}
	}
	o.PollMin = cmp.Or(o.PollMin, 50*time.Millisecond)
	o.PollMax = cmp.Or(o.PollMax, time.Second)
	o.BackoffMin = cmp.Or(o.BackoffMin, 250*time.Millisecond)
	o.BackoffMax = cmp.Or(o.BackoffMax, 5*time.Second)
	o.Ask = cmp.Or(o.Ask, 10*time.Second)
	o.Send = cmp.Or(o.Send, time.Minute)
	o.Deadline = cmp.Or(o.Deadline, 30*time.Second)
	o.Away = cmp.Or(o.Away, 10*time.Minute)
	o.Settle = cmp.Or(o.Settle, 2*time.Second)
	o.Grace = cmp.Or(o.Grace, 5*time.Second)
	o.Resends = cmp.Or(o.Resends, 3)
	o.Batch = cmp.Or(o.Batch, 500)
	o.Unwatched = cmp.Or(o.Unwatched, 10*time.Second)
	o.Strangers = cmp.Or(o.Strangers, time.Hour)
	return o
}

// check reports what is wrong with o.
func (o Options) check() error {
	var errs []error
	if o.Ledger == nil {
		errs = append(errs, errors.New("no ledger"))
	}
	seen := make(map[string]bool)
	for i, p := range o.Printers {
		switch {
		case p.Name == "":
			errs = append(errs, fmt.Errorf("printer %d has no name", i+1))
		case seen[p.Name]:
			errs = append(errs, fmt.Errorf("two printers are named %q", p.Name))
		case p.Driver.Open == nil:
			errs = append(errs, fmt.Errorf("printer %q has no driver", p.Name))
		}
		seen[p.Name] = true
	}
	return errors.Join(errs...)
}

// A Spool takes labels to printers. It is a task.
type Spool struct {
	o       Options
	ready   chan struct{}
	workers []*worker
	claims  claims
}

// New returns a spool that does nothing yet; Run works.
func New(o Options) *Spool {
	s := &Spool{o: o.withDefaults(), ready: make(chan struct{})}
	if o.OnLedger != nil && o.Ledger != nil {
		s.o.Ledger = &watchedLedger{Ledger: o.Ledger, tell: o.OnLedger}
	}
	for _, c := range s.o.Printers {
		s.workers = append(s.workers, newWorker(s, c))
	}
	s.claims = claims{ledger: s.o.Ledger, workers: s.workers, taken: make(map[printer.JobID]*worker)}
	return s
}

// String names the task.
func (s *Spool) String() string { return "print spool" }

// Ready is closed once every printer has its goroutine; no printer needs to
// answer for that.
func (s *Spool) Ready() <-chan struct{} { return s.ready }

// Run works until ctx is done. A label in flight then has the grace period to
// be finished; past that it stays as the ledger has it, for the next start.
func (s *Spool) Run(ctx context.Context) error {
	if err := s.o.check(); err != nil {
		return fmt.Errorf("printers: %w", err)
	}
	var wg sync.WaitGroup
	for _, w := range s.workers {
		wg.Go(func() { w.run(ctx) })
	}
	close(s.ready)
	<-ctx.Done()
	wg.Wait()
	return nil
}

// Wake says that a job was queued. It never blocks.
func (s *Spool) Wake() {
	for _, w := range s.workers {
		select {
		case w.wake <- struct{}{}:
		default: // it has been told already
		}
	}
}

// A PrinterState is what the spool knows about one printer.
type PrinterState struct {
	Name     string           `json:"name"`
	Roles    []string         `json:"roles"`
	Driver   string           `json:"driver"`
	Status   printer.Status   `json:"status"`
	Identity printer.Identity `json:"identity"`
	Job      printer.JobID    `json:"job,omitempty"`  // in flight
	Hold     *printer.Hold    `json:"hold,omitempty"` // by which a person paused it
	Since    time.Time        `json:"since"`          // when the status last changed
}

// Status returns what is known about each printer, in the order of the
// configuration. A printer not reached yet is offline.
func (s *Spool) Status() []PrinterState {
	states := make([]PrinterState, 0, len(s.workers))
	for _, w := range s.workers {
		w.mu.Lock()
		states = append(states, w.state)
		w.mu.Unlock()
	}
	return states
}
