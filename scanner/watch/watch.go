// Package watch keeps one scanner open for ever: it opens it, hands over its
// scans one at a time, and opens it again after it was unplugged. It says when
// the scanner is away and why. What a scan means is not decided here.
package watch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"waybill/internal/reopen"
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

	Device scanner.Device `json:"device,omitzero"` // the one that is used, where it says who it is
	Other  scanner.Device `json:"other,omitzero"`  // answers in place of another, and is not used until a person says so
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
	// OnAside, if not nil, takes each scan that OnScan does not get, and why, in the
	// same order, before it is answered. It leaves a trace and does nothing else. by
	// is the device it came from, where that is another than the scanner's own.
	OnAside func(ctx context.Context, s scanner.Scan, why scanner.Aside, by scanner.Device) error
	// OnState, if not nil, is called for each change, in order, and must not block.
	OnState func(State)
	// Bound, if not nil, returns which device is this scanner, and the zero Device
	// where none is yet; Bind makes it so. They hold a role to the device that has
	// it, where the scanner is found by a port's name, which another device may
	// have tomorrow.
	Bound func(ctx context.Context) (scanner.Device, error)
	Bind  func(ctx context.Context, d scanner.Device) error
	// Kept, if not nil, returns the last scan of this scanner that is on disk. It is
	// asked before each opening: a scanner that missed our answer when the connection
	// broke, or this program ended, may send its last scan again.
	Kept func(ctx context.Context) (scanner.Kept, error)
	// Repeats is how long the same bytes are one look at one label; 0 is the usual
	// time, and less than 0 none.
	Repeats    time.Duration
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
	looks scanner.Duplicates
	last  scanner.Signal // what the scanner was told last
}

var _ task.Task = (*Watch)(nil)

// New returns a watch that has not begun.
func New(o Options) *Watch {
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
	return &Watch{o: o, ready: make(chan struct{}), looks: scanner.Duplicates{Window: o.Repeats}, state: State{
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
	reopening := reopen.Options{Min: w.o.MinBackoff, Max: w.o.MaxBackoff, Away: w.o.AwayBackoff}
	if w.o.Driver.Appears != nil {
		reopening.Appears = w.o.Driver.Appears(w.o.Scanner.Address)
	}
	return reopening.RunTelling(ctx, w.session, func(err error) { w.away(ctx, err) })
}

// session opens the scanner and takes its scans until it goes away. It returns
// how long it was there. That it is gone is told before it is closed, over which the
// kernel may take long.
func (w *Watch) session(ctx context.Context, gone func(error)) (held time.Duration, err error) {
	s, err := w.o.Driver.Open(ctx, w.remembering(ctx))
	if err != nil {
		return 0, err
	}
	began := w.o.Now()
	err = w.use(ctx, s)
	held = w.o.Now().Sub(began)
	gone(err)
	if cerr := s.Close(); cerr != nil && ctx.Err() == nil {
		err = errors.Join(err, cerr)
	}
	return held, err
}

// remembering returns the scanner's options with its last scan.
func (w *Watch) remembering(ctx context.Context) scanner.Options {
	o := w.o.Scanner
	if w.o.Kept == nil {
		return o
	}
	kept, err := w.o.Kept(ctx)
	if err != nil {
		w.o.Log.WarnContext(ctx, "The scanner's last scan cannot be looked up; if it is sent again, it counts again.", "scanner", o.Name, "err", err)
		return o
	}
	o.Kept = kept
	w.mu.Lock()
	w.last = kept.Told
	w.mu.Unlock()
	return o
}

// use takes the scans of an open scanner until it goes away.
func (w *Watch) use(ctx context.Context, s scanner.Scanner) error {
	var dev scanner.Device
	if id, ok := s.(scanner.Identified); ok {
		dev = id.Device()
	}
	if err := w.recognise(ctx, s, dev); err != nil {
		return err
	}
	w.set(ctx, State{Ready: true, Device: dev})
	for {
		scan, err := s.Next(ctx)
		if err != nil {
			return err
		}
		w.take(ctx, s, scan)
	}
}

// take hands a scan on, unless it is one that was handed on before.
func (w *Watch) take(ctx context.Context, s scanner.Scanner, scan scanner.Scan) {
	if scan.Resent {
		w.mu.Lock()
		last := w.last
		w.mu.Unlock()
		w.o.Log.InfoContext(ctx, "The scanner sent a scan again, since it missed the answer; it counts once.", "scanner", scan.Scanner)
		w.aside(ctx, scan, scanner.SentAgain, scanner.Device{})
		w.tell(ctx, s, scan, last)
		return
	}
	w.mu.Lock()
	times := w.looks.Sight(scan)
	w.mu.Unlock()
	if times > 1 {
		w.o.Log.DebugContext(ctx, "The scanner saw the same label again at once; it counts once.", "scanner", scan.Scanner, "sights", times)
		if times == 2 { // under a scanner on a stand it may be seen for minutes: one trace is enough
			w.aside(ctx, scan, scanner.Repeated, scanner.Device{})
		}
		w.tell(ctx, s, scan, scanner.Heard)
		return
	}
	w.o.OnScan(ctx, scan, func(sig scanner.Signal) {
		w.mu.Lock()
		w.last = sig
		if sig == scanner.Unkept {
			w.looks.Forget(scan)
		}
		w.mu.Unlock()
		w.tell(ctx, s, scan, sig)
	})
}

// aside has a trace left of a scan that is not handed on. Where that fails, the
// answer stays: what the scan repeats is kept, and another device's is refused.
func (w *Watch) aside(ctx context.Context, scan scanner.Scan, why scanner.Aside, by scanner.Device) {
	if w.o.OnAside == nil {
		return
	}
	if err := w.o.OnAside(ctx, scan, why, by); err != nil {
		w.o.Log.ErrorContext(ctx, "No trace could be stored of a scan that does not count.", "scanner", scan.Scanner, "why", string(why), "err", err)
	}
}

func (w *Watch) tell(ctx context.Context, s scanner.Scanner, scan scanner.Scan, sig scanner.Signal) {
	if err := s.Signal(ctx, sig); err != nil && ctx.Err() == nil {
		w.o.Log.WarnContext(ctx, "The scanner could not be told whether the scan was good.", "scanner", scan.Scanner, "signal", sig.String(), "err", err)
	}
}

// lookAgain is how often a device that is not the right one is held against what
// a person may have said meanwhile.
const lookAgain = 500 * time.Millisecond

// recognise returns when dev is the device that this scanner is. Scans of another
// are refused.
func (w *Watch) recognise(ctx context.Context, s scanner.Scanner, dev scanner.Device) error {
	if w.o.Bound == nil || w.o.Bind == nil || dev.Key() == "" {
		return nil
	}
	for {
		bound, err := w.o.Bound(ctx)
		switch {
		case err != nil:
			return err
		case bound.Key() == "":
			return w.o.Bind(ctx, dev)
		case bound.Same(dev):
			return nil
		}
		w.set(ctx, State{Other: dev, Why: fmt.Sprintf("it is %s that answers, and not %s", dev.Words(), bound.Words())})
		look, cancel := context.WithTimeout(ctx, lookAgain)
		scan, err := s.Next(look)
		cancel()
		switch {
		case err == nil:
			w.o.Log.WarnContext(ctx, "A scan of a scanner that is not the right one was not taken.", "scanner", scan.Scanner, "device", dev.Words())
			w.aside(ctx, scan, scanner.OtherDevice, dev)
			w.tell(ctx, s, scan, scanner.Unkept)
		case ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded):
			return err
		}
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
	same := s.Ready == old.Ready && s.Why == old.Why && s.Device == old.Device && s.Other == old.Other
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
