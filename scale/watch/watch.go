// Package watch keeps one scale open for ever: it opens it, hands over what it
// says, and opens it again after it was unplugged. It says when the scale is away
// or does not weigh, and why. What a weight belongs to is not decided here.
package watch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"waybill/internal/fault"
	"waybill/internal/reopen"
	"waybill/internal/task"
	"waybill/scale"
)

// A State is whether a scale can be used.
type State struct {
	Scale     string          `json:"scale"`
	Ready     bool            `json:"ready"`
	Since     time.Time       `json:"since"`
	Condition scale.Condition `json:"condition,omitempty"` // what ails it, while it is not ready
	Why       string          `json:"why,omitempty"`       // what that was told by, for the person who mends it
}

// Word returns ready, away or blocked.
func (s State) Word() string {
	switch {
	case s.Ready:
		return "ready"
	case s.Condition == scale.Away:
		return "away"
	}
	return "blocked"
}

// A Weighing is what a scale says now.
type Weighing struct {
	scale.Reading
	// New says that this is the weight, or the size, of something that was not
	// weighed before. A parcel takes only that for its own.
	New bool
	// Empty says that nothing lies on the scale, for sure: what comes next is new.
	Empty bool
	// Lost says that nobody saw what happened on the scale for a while: it was away,
	// or could not weigh. What lies there now may be another thing than what was
	// weighed.
	Lost bool
}

// Options is what a watch needs. Driver and Scale are required.
type Options struct {
	Driver scale.Driver
	Scale  scale.Options
	// OnReading, if not nil, is called for each reading that differs from the one
	// before, for each that is new, and when the scale is known to be empty or was
	// lost sight of. While it works, the scale is not asked.
	OnReading func(Weighing)
	// OnState, if not nil, is called for each change, in order, and must not block.
	OnState func(State)
	// Patience is how many readings in a row must tell of trouble, whichever it is,
	// before it is the scale's state; another trouble takes its place when as many
	// in a row tell of it. Default 3.
	Patience int
	Reopen   reopen.Options
	Now      func() time.Time // default time.Now
	Log      *slog.Logger     // default: discard
}

// A Watch is the task that keeps a scale open.
type Watch struct {
	o         Options
	ready     chan struct{}
	readyOnce sync.Once

	mu    sync.Mutex
	state State
	open  scale.Scale // nil while away

	// Of the one goroutine of Run.
	latch   scale.Latch
	last    scale.Reading
	trouble scale.Condition
	same    int // readings in a row that told of this trouble, up to Patience
	ailing  int // and of any
}

var _ task.Task = (*Watch)(nil)

// New returns a watch that has not begun.
func New(o Options) *Watch {
	if o.Patience <= 0 {
		o.Patience = 3
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Scale.Now == nil {
		o.Scale.Now = o.Now
	}
	if o.Scale.Log == nil {
		o.Scale.Log = o.Log
	}
	return &Watch{o: o, ready: make(chan struct{}), state: State{
		Scale: o.Scale.Name, Since: o.Now(), Condition: scale.Away, Why: "not opened yet",
	}}
}

// String returns the task's name.
func (w *Watch) String() string { return fmt.Sprintf("scale %q", w.o.Scale.Name) }

// Ready is closed after the first try to open the scale, whether it is there or
// not: a station starts without its scale, and says so.
func (w *Watch) Ready() <-chan struct{} { return w.ready }

// State returns the present state.
func (w *Watch) State() State {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.state
}

// Measure orders a measurement of a dimensioner that takes orders.
func (w *Watch) Measure(ctx context.Context) error {
	w.mu.Lock()
	s := w.open
	w.mu.Unlock()
	op := fmt.Sprintf("measurement by %q", w.o.Scale.Name)
	if s == nil {
		return &fault.Error{Op: op, Kind: fault.Transient, Err: errors.New("it is away")}
	}
	m, ok := s.(scale.Measurer)
	if !ok {
		return &fault.Error{Op: op, Kind: fault.Permanent, Err: errors.New("it takes no orders"), Hint: "Measure at the machine itself."}
	}
	return m.Measure(ctx)
}

// Run keeps the scale open until ctx is done.
func (w *Watch) Run(ctx context.Context) error {
	reopening := w.o.Reopen
	if w.o.Driver.Appears != nil {
		reopening.Appears = w.o.Driver.Appears(w.o.Scale.Link)
	}
	return reopening.Run(ctx, w.session, func(err error) {
		if err == nil {
			err = errors.New("the driver gave no reason")
		}
		w.latch.Forget()
		w.last, w.trouble, w.same, w.ailing = scale.Reading{}, scale.Fine, 0, 0
		w.set(ctx, State{Condition: scale.Away, Why: err.Error()})
		w.tell(Weighing{Reading: scale.Reading{Scale: w.o.Scale.Name, Condition: scale.Away, At: w.o.Now()}, Lost: true})
	})
}

// session opens the scale and takes what it says until it goes away.
func (w *Watch) session(ctx context.Context) (held time.Duration, err error) {
	s, err := w.o.Driver.Open(ctx, w.o.Scale)
	if err != nil {
		return 0, err
	}
	began := w.o.Now()
	w.use(s)
	w.readyOnce.Do(func() { close(w.ready) })
	defer func() {
		held = w.o.Now().Sub(began)
		w.use(nil)
		if cerr := s.Close(); cerr != nil && ctx.Err() == nil {
			err = errors.Join(err, cerr)
		}
	}()
	if w.o.Driver.Events { // it may not say a word all day
		w.set(ctx, State{Ready: true})
	}
	for {
		r, err := s.Next(ctx)
		if err != nil {
			return 0, err
		}
		w.take(ctx, r)
	}
}

func (w *Watch) use(s scale.Scale) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open = s
}

// take makes of a reading what it means for the scale and for what lies on it.
func (w *Watch) take(ctx context.Context, r scale.Reading) {
	lost := w.ails(r.Condition)
	switch {
	case !r.Condition.Ails():
		w.set(ctx, State{Ready: true})
	case lost || w.same == w.o.Patience:
		w.latch.Forget()
		w.set(ctx, State{Condition: r.Condition, Why: r.Detail})
	}
	// A dimensioner's measurement is an event: somebody has just measured.
	wasEmpty := w.latch.Empty()
	weighing := Weighing{Reading: r, New: r.Usable() && r.Size != scale.Size{} || r.Size == scale.Size{} && w.latch.Push(r)}
	weighing.Empty, weighing.Lost = w.latch.Empty(), lost
	same := wasEmpty == weighing.Empty && w.last.Weight == r.Weight && w.last.Size == r.Size && w.last.Stable == r.Stable && w.last.Condition == r.Condition
	first := w.last.At.IsZero()
	w.last = r
	if weighing.New || lost || first || !same {
		w.tell(weighing)
	}
}

// ails counts the readings that tell of trouble, and reports whether the scale is
// lost sight of by this one. A scale whose trouble changes from reading to reading
// weighs as little as one that always says the same; only its name in the state
// waits for as many alike, or the state would change with each.
func (w *Watch) ails(c scale.Condition) (lost bool) {
	if !c.Ails() {
		w.trouble, w.same, w.ailing = c, 0, 0
		return false
	}
	if c != w.trouble {
		w.trouble, w.same = c, 0
	}
	same, ailing := w.same, w.ailing
	w.same, w.ailing = min(same+1, w.o.Patience), min(ailing+1, w.o.Patience)
	return w.same == w.o.Patience && same < w.same || w.ailing == w.o.Patience && ailing < w.ailing
}

func (w *Watch) tell(r Weighing) {
	if w.o.OnReading != nil {
		w.o.OnReading(r)
	}
}

// set publishes a change. Another reason for the same is no change of Since.
func (w *Watch) set(ctx context.Context, s State) {
	w.mu.Lock()
	old := w.state
	s.Scale, s.Since = old.Scale, w.o.Now()
	if s.Word() == old.Word() {
		s.Since = old.Since
	}
	first := !w.tried()
	same := s.Ready == old.Ready && s.Condition == old.Condition && (s.Why == old.Why || s.Condition != scale.Away)
	w.state = s
	w.mu.Unlock()
	w.readyOnce.Do(func() { close(w.ready) })
	if same {
		return
	}
	switch {
	case s.Ready:
		w.o.Log.InfoContext(ctx, "The scale is ready.", "scale", s.Scale)
	case first || s.Word() != old.Word():
		w.o.Log.WarnContext(ctx, "The scale does not weigh; it is used again as soon as it does.", "scale", s.Scale, "condition", string(s.Condition), "why", s.Why)
	default:
		w.o.Log.DebugContext(ctx, "The scale still does not weigh, for another reason.", "scale", s.Scale, "condition", string(s.Condition), "why", s.Why)
	}
	if w.o.OnState != nil {
		w.o.OnState(s)
	}
}

func (w *Watch) tried() bool {
	select {
	case <-w.ready:
		return true
	default:
		return false
	}
}
