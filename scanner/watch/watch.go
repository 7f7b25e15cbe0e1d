// Package watch keeps one scanner open for ever: it opens it, hands over its
// scans one at a time, and opens it again after it was unplugged. It says when
// the scanner is away and why. What a scan means is not decided here.
package watch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"waybill/internal/fault"
	"waybill/internal/task"
	"waybill/scanner"
)

// A State is whether a scanner can be used.
type State struct {
	Scanner string    `json:"scanner"`
	Role    string    `json:"role"`
	Ready   bool      `json:"ready"`
	Since   time.Time `json:"since"`
	Why     string    `json:"why,omitempty"` // not empty while away: what is wrong, and how to mend it
}

// Word returns ready or away.
func (s State) Word() string {
	if s.Ready {
		return "ready"
	}
	return "away"
}

// Reply tells the person with the scanner. It may be called once or more, also
// after OnScan has returned; a scanner that has gone away since hears nothing,
// which the log says.
type Reply func(scanner.Signal)

// Options is what a watch needs. Driver, Scanner and OnScan are required.
type Options struct {
	Driver  scanner.Driver
	Scanner scanner.Options
	// OnScan takes one scan at a time, in order. While it works, further scans
	// wait on the wire.
	OnScan func(ctx context.Context, s scanner.Scan, reply Reply)
	// OnState, if not nil, is called for each change, in order, and must not block.
	OnState    func(State)
	MinBackoff time.Duration // default 250ms
	MaxBackoff time.Duration // default 5s
	// AwayBackoff is the longest pause while the scanner is merely not there: it
	// is how long a scanner put back may take to be noticed. Default 1s.
	AwayBackoff time.Duration
	Now         func() time.Time // default time.Now
	Log         *slog.Logger     // default: discard
}

// A Watch is the task that keeps a scanner open.
type Watch struct {
	o         Options
	ready     chan struct{}
	readyOnce sync.Once

	mu    sync.Mutex
	state State
}

var _ task.Task = (*Watch)(nil)

// steady is how long a connection must have held to count as mended.
const steady = 2 * time.Second

// New returns a watch that has not begun.
func New(o Options) *Watch {
	o.MinBackoff = cmp.Or(o.MinBackoff, 250*time.Millisecond)
	o.MaxBackoff = cmp.Or(o.MaxBackoff, 5*time.Second)
	o.AwayBackoff = cmp.Or(o.AwayBackoff, time.Second)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Scanner.Now == nil {
		o.Scanner.Now = o.Now
	}
	if o.Scanner.Log == nil {
		o.Scanner.Log = o.Log
	}
	return &Watch{o: o, ready: make(chan struct{}), state: State{
		Scanner: o.Scanner.Name, Role: string(o.Scanner.Role), Since: o.Now(), Why: "not opened yet",
	}}
}

// String returns the task's name.
func (w *Watch) String() string { return fmt.Sprintf("scanner %q", w.o.Scanner.Name) }

// Ready is closed after the first try to open the scanner, whether it is there
// or not: a station starts without its scanner, and says so.
func (w *Watch) Ready() <-chan struct{} { return w.ready }

// State returns the present state.
func (w *Watch) State() State {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state
}

// Run keeps the scanner open until ctx is done.
func (w *Watch) Run(ctx context.Context) error {
	wait := w.o.MinBackoff
	for {
		held, err := w.session(ctx)
		if ctx.Err() != nil {
			return nil
		}
		w.away(ctx, err)
		if held >= steady {
			wait = w.o.MinBackoff
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil
		}
		wait = min(wait*2, w.longest(err))
	}
}

// longest returns the longest pause after err.
func (w *Watch) longest(err error) time.Duration {
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Transient) {
		return min(w.o.AwayBackoff, w.o.MaxBackoff)
	}
	return w.o.MaxBackoff // another program has it, or a person must change something
}

// session opens the scanner and takes its scans until it goes away. It returns
// how long it was there.
func (w *Watch) session(ctx context.Context) (held time.Duration, err error) {
	s, err := w.o.Driver.Open(ctx, w.o.Scanner)
	if err != nil {
		return 0, err
	}
	began := w.o.Now()
	defer func() {
		held = w.o.Now().Sub(began)
		if cerr := s.Close(); cerr != nil && ctx.Err() == nil {
			err = errors.Join(err, cerr)
		}
	}()
	w.set(ctx, State{Ready: true})
	for {
		scan, err := s.Next(ctx)
		if err != nil {
			return 0, err
		}
		w.o.OnScan(ctx, scan, func(sig scanner.Signal) {
			if err := s.Signal(ctx, sig); err != nil && ctx.Err() == nil {
				w.o.Log.WarnContext(ctx, "The scanner could not be told whether the scan was good.", "scanner", scan.Scanner, "signal", sig.String(), "err", err)
			}
		})
	}
}

func (w *Watch) away(ctx context.Context, err error) {
	if err == nil {
		err = errors.New("the driver gave no reason")
	}
	w.set(ctx, State{Why: err.Error()})
}

// set publishes a change. Another reason for being away is a change; Since stays.
func (w *Watch) set(ctx context.Context, s State) {
	w.mu.Lock()
	old := w.state
	s.Scanner, s.Role, s.Since = old.Scanner, old.Role, w.o.Now()
	if s.Ready == old.Ready {
		s.Since = old.Since
	}
	first := !w.opened()
	same := s.Ready == old.Ready && s.Why == old.Why
	w.state = s
	w.mu.Unlock()
	w.readyOnce.Do(func() { close(w.ready) })
	if same {
		return
	}
	switch {
	case s.Ready:
		w.o.Log.InfoContext(ctx, "The scanner is ready.", "scanner", s.Scanner)
	case first || old.Ready:
		w.o.Log.WarnContext(ctx, "The scanner is away; it is used again as soon as it is back.", "scanner", s.Scanner, "why", s.Why)
	default:
		w.o.Log.DebugContext(ctx, "The scanner is still away, for another reason.", "scanner", s.Scanner, "why", s.Why)
	}
	if w.o.OnState != nil {
		w.o.OnState(s)
	}
}

func (w *Watch) opened() bool {
	select {
	case <-w.ready:
		return true
	default:
		return false
	}
}
