// Package uplink brings a station's events to the hub: in order, every one of
// them, however long the hub is away. The hub may get an event twice, and
// counts it once.
//
// The package keeps nothing in memory that matters: after a restart it goes on
// where the hub's last answer was recorded. It never gives an event up because
// of its age.
package uplink

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"time"

	"waybill/sync/wire"
)

// source is where the events are; the journal implements it.
type source interface {
	// After returns up to limit events after pos, of about maxBytes together.
	After(ctx context.Context, pos wire.Position, limit, maxBytes int) ([]wire.Record, error)
	// Cursor returns how far upstream has come and how many events it refused.
	Cursor(ctx context.Context, upstream string) (pos wire.Position, parked int, err error)
	// SetCursor moves upstream on and parks what it refused, durably and in
	// one step.
	SetCursor(ctx context.Context, upstream string, pos wire.Position, rejected ...wire.Result) error
	// Backlog returns how many events stand after pos, and the oldest's time.
	Backlog(ctx context.Context, pos wire.Position) (count int64, oldest time.Time, err error)
	// Head returns the position of the newest event.
	Head(ctx context.Context) (wire.Position, error)
	// Watch returns a channel that is closed when further events are there.
	Watch() <-chan struct{}
}

// Options say what goes where.
type Options struct {
	Client     *Client
	Source     source
	Upstream   string           // whose cursor to use, default the client's name
	MaxBatch   int              // events a request, default 500
	MaxBytes   int              // of events a request, before compression; default 1 MiB
	MinBackoff time.Duration    // default 1s
	MaxBackoff time.Duration    // default 1m
	Rand       func() float64   // in [0, 1); default math/rand/v2
	Now        func() time.Time // default time.Now
	OnState    func(State)      // called when the state changes, by one goroutine; must not block
	Log        *slog.Logger     // default: discard
}

// An Uplink is the task that sends events.
type Uplink struct {
	o     Options
	ready chan struct{}
	state State
	wait  waitRule
	pos   wire.Position // what the hub has dealt with, durably
	batch int           // how many events to send next
	probe probe         // what the hub refused since pos, and nobody knows whose fault that is
}

// New returns the uplink. It does nothing until it runs.
func New(o Options) *Uplink {
	o.Upstream = cmp.Or(o.Upstream, o.Client.Name())
	o.MaxBatch = cmp.Or(o.MaxBatch, 500)
	o.MaxBytes = cmp.Or(o.MaxBytes, 1<<20)
	o.MinBackoff = cmp.Or(o.MinBackoff, time.Second)
	o.MaxBackoff = cmp.Or(o.MaxBackoff, time.Minute)
	if o.Rand == nil {
		o.Rand = rand.Float64
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.OnState == nil {
		o.OnState = func(State) {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Uplink{
		o:     o,
		ready: make(chan struct{}),
		state: State{Hub: o.Upstream},
		wait:  waitRule{min: o.MinBackoff, max: o.MaxBackoff, rand: o.Rand},
		batch: o.MaxBatch,
	}
}

// String returns the task's name.
func (u *Uplink) String() string { return "uplink" }

// Ready is closed once the uplink knows where to go on. A hub that is away does
// not keep a station from its work.
func (u *Uplink) Ready() <-chan struct{} { return u.ready }

// Run sends events until ctx ends.
func (u *Uplink) Run(ctx context.Context) error {
	pos, parked, err := u.o.Source.Cursor(ctx, u.o.Upstream)
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return err
	}
	u.pos, u.state.Parked = pos, parked
	u.probe = probe{from: pos}
	close(u.ready)
	for ctx.Err() == nil {
		watch := u.o.Source.Watch()
		recs, err := u.o.Source.After(ctx, u.probe.from, u.batch, u.o.MaxBytes)
		switch {
		case err != nil:
			u.failed(ctx, err)
		case len(recs) == 0 && len(u.probe.suspects) > 0:
			u.failed(ctx, u.probe.refused())
		case len(recs) == 0:
			u.tell(ctx, nil)
			select {
			case <-watch:
			case <-ctx.Done():
			}
		default:
			if err := u.send(ctx, recs); err != nil {
				u.failed(ctx, err)
			}
		}
	}
	return nil
}

// send brings one batch to the hub and records what became of it. After an
// error the same events are sent again.
func (u *Uplink) send(ctx context.Context, recs []wire.Record) error {
	d, err := u.o.Client.Send(ctx, recs)
	var se *StatusError
	switch {
	case errors.As(err, &se) && tooMuch(se):
		if len(recs) > 1 {
			u.batch = len(recs) / 2
			return nil
		}
		d = Delivery{Results: []wire.Result{{Status: wire.Rejected, Code: se.code(), Reason: se.Error()}}}
	case err != nil:
		return err
	}
	return u.settle(ctx, recs, d)
}

// skewTold is how wrong a clock must be to be worth a line in the log.
const skewTold = time.Minute

func (u *Uplink) succeeded(ctx context.Context, d Delivery) {
	u.wait.reset()
	if u.state.LastError != "" {
		u.o.Log.InfoContext(ctx, "The hub takes events again.", "hub", u.o.Upstream)
	}
	if d.Clock {
		if was := u.state.ClockSkew.Abs() > skewTold; !was && d.Skew.Abs() > skewTold {
			u.o.Log.WarnContext(ctx, "The clocks of station and hub differ; set the station's clock.", "ahead_by", d.Skew)
		}
		u.state.ClockSkew = d.Skew
	}
	u.state.LastAck = u.o.Now()
	u.state.Condition, u.state.Remedy = "", ""
	u.tell(ctx, nil)
}

// failed tells of an attempt that did not work and waits for the next one,
// which begins again with the first event the hub has not dealt with.
func (u *Uplink) failed(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	u.probe = probe{from: u.pos}
	var asked time.Duration
	var se *StatusError
	if errors.As(err, &se) {
		asked = se.RetryAfter
		err = classify("", err)
	}
	wait := u.wait.next(asked)
	isNews := u.state.LastError != err.Error()
	u.state.RetryAt = u.o.Now().Add(wait)
	sleep(ctx, wait, u.o.Source.Watch, func() {
		u.tell(ctx, err)
		if isNews {
			isNews = false
			u.o.Log.WarnContext(ctx, "Events cannot be brought to the hub now; they are safe on disk and will be.",
				"hub", u.o.Upstream, "pending", u.state.Pending, "retry_in", wait, "err", err)
		}
	})
	u.state.RetryAt = time.Time{}
}

// tell brings the state up to date and reports it where it has changed.
func (u *Uplink) tell(ctx context.Context, failure error) {
	next := u.state
	next.Reachable, next.LastError = true, ""
	var refused *refusedError
	var stopped *stoppedError
	var se *StatusError
	switch {
	case errors.As(failure, &stopped):
		next.LastError, next.Condition, next.Remedy = failure.Error(), stopped.condition, stopped.remedy
	case failure != nil:
		answered := errors.As(failure, &refused) || (errors.As(failure, &se) && se.Hub)
		next.Reachable, next.LastError = answered, failure.Error()
	case next.LastAck.IsZero():
		next.Reachable = false // nobody has asked yet
	}
	count, oldest, err := u.o.Source.Backlog(ctx, u.pos)
	if err == nil {
		next.Pending, next.OldestUnsent = count, oldest
	} else if ctx.Err() == nil && next.LastError == "" {
		next.LastError = err.Error()
	}
	if next != u.state {
		u.state = next
		u.o.OnState(next)
	}
}
