// Package uplink brings a station's events to the hub: in order, every one of
// them, however long the hub is away. The hub may get an event twice, and
// counts it once.
//
// The main lane sends everything, one event after another, and it alone decides
// what the hub has dealt with. While it works off a backlog, the live lane beside
// it sends ahead what happens now, so that a parcel's hand-off does not wait for
// days of the past; it may fail or be wrong about anything, and nothing is lost.
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
	"sync"
	"time"

	"waybill/shipment"
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
	// Walk calls each for the events after one position and up to another: those
	// of a subject where one is given, and of types where some are.
	Walk(ctx context.Context, subject shipment.OrderID, types []shipment.EventType, after, upTo wire.Position, each func(wire.Record) error) error
	// LastOf returns the number of the last event of an epoch.
	LastOf(ctx context.Context, epoch int64) (int64, error)
	parking
	// Rewind moves upstream's cursor back, because upstream has lost what it had.
	Rewind(ctx context.Context, upstream string, pos wire.Position) error
	// Station returns whose events these are.
	Station() shipment.StationID
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
	Spread     time.Duration    // the longest wait of a restarted station before its first request, so that a thousand do not come at once; default none
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
	took  time.Duration // the last batch
	live  *live
	hub   met

	retried chan struct{} // parked events were sent again
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
		live:  newLive(o),

		retried: make(chan struct{}, 1),
	}
}

// String returns the task's name.
func (u *Uplink) String() string { return "uplink to " + u.o.Upstream }

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
	var lanes sync.WaitGroup
	lanes.Go(func() { u.live.run(ctx) })
	defer lanes.Wait()
	close(u.ready)
	u.spread(ctx)
	for ctx.Err() == nil {
		if err := u.step(ctx); err != nil {
			u.failed(ctx, err)
		}
	}
	return nil
}

// askEvery is how often a hub is asked whether it still has what it had taken. It
// may have been restored from a copy between two events.
const askEvery = 10 * time.Minute

// step sends the next batch, or waits until there is one.
func (u *Uplink) step(ctx context.Context) error {
	if err := u.meet(ctx); err != nil {
		return err
	}
	watch := u.o.Source.Watch()
	recs, err := u.o.Source.After(ctx, u.probe.from, u.batch, u.o.MaxBytes)
	switch {
	case err != nil:
		return err
	case len(recs) > 0:
		return u.send(ctx, recs)
	case len(u.probe.suspects) > 0:
		return u.probe.refused()
	}
	u.tell(ctx, nil)
	idle := time.NewTimer(askEvery)
	defer idle.Stop()
	select {
	case <-watch:
	case <-idle.C:
	case <-u.retried:
		_, parked, err := u.o.Source.Cursor(ctx, u.o.Upstream)
		if err != nil {
			return err
		}
		next := u.state
		next.Parked = parked
		u.report(next)
	case <-ctx.Done():
	}
	return nil
}

// spread lets a station that was there before wait at its start: after a power cut
// a thousand of them start at once.
func (u *Uplink) spread(ctx context.Context) {
	count, _, err := u.o.Source.Backlog(ctx, u.pos)
	if u.o.Spread <= 0 || (err == nil && count == 0 && u.pos.Sequence == 0) {
		return
	}
	sleep(ctx, time.Duration(u.o.Rand()*float64(u.o.Spread)), u.o.Source.Watch, func() { u.tell(ctx, nil) })
}

// send brings one batch to the hub and records what became of it. After an
// error the same events are sent again.
func (u *Uplink) send(ctx context.Context, recs []wire.Record) error {
	if err := u.live.rises(ctx); err != nil {
		return err
	}
	began := u.o.Now()
	d, err := u.o.Client.deliver(ctx, recs, wire.Notice{Cursor: u.pos})
	u.took = u.o.Now().Sub(began)
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

// slow is how long a batch may take before the next one is made smaller: what is
// under way when the line breaks is sent once more.
const slow = time.Second

// resize adapts the next batch to how long one of n events took. It never becomes
// so small that the way there and back is all that counts.
func (u *Uplink) resize(n int) {
	if u.took > slow {
		u.batch = max(n/2, u.o.MaxBatch/5, 1)
		return
	}
	u.batch = min(u.o.MaxBatch, 2*u.batch)
}

func (u *Uplink) succeeded(ctx context.Context, d Delivery) {
	u.wait.reset()
	if u.state.LastError != "" {
		u.o.Log.InfoContext(ctx, "The hub takes events again.", "hub", u.o.Upstream)
	}
	u.state.LastAck = u.o.Now()
	u.state.Condition, u.state.Remedy = "", ""
	u.hub.heard(d)
	u.tell(ctx, nil)
	u.live.steer(u.pos, u.state.Pending > int64(u.batch))
}

// failed tells of an attempt that did not work and waits for the next one,
// which begins again with the first event the hub has not dealt with.
func (u *Uplink) failed(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	u.probe = probe{from: u.pos}
	u.hub.known = false // it may come back as another one
	u.live.steer(u.pos, false)
	var asked time.Duration
	var se *StatusError
	if errors.As(err, &se) {
		asked = se.RetryAfter
		if out := se.shutOut(u.o.Client.Address()); out != nil {
			err = out
		} else {
			err = classify("", err)
		}
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
	u.readClock(ctx, &next)
	next.CatchingUp = failure == nil && u.live.isOpen()
	count, oldest, err := u.o.Source.Backlog(ctx, u.pos)
	if err == nil {
		next.Pending, next.OldestUnsent = count, oldest
	} else if ctx.Err() == nil && next.LastError == "" {
		next.LastError = err.Error()
	}
	u.report(next)
}

// report tells the state where it has changed.
func (u *Uplink) report(next State) {
	if next != u.state {
		u.state = next
		u.o.OnState(next)
	}
}

// skewTold is how wrong a clock must be to be worth a line in the log.
const skewTold = time.Minute

// readClock brings up to date what is known of the clocks, in steps that are
// coarser than what is not known.
func (u *Uplink) readClock(ctx context.Context, next *State) {
	ahead, within := u.o.Client.Skew()
	if within == 0 {
		return
	}
	unit := 100 * time.Millisecond
	if within >= 5*unit {
		unit = time.Second
	}
	next.ClockSkew, next.ClockWithin = ahead.Truncate(unit), (within + unit - 1).Truncate(unit)
	if was := u.state.ClockSkew.Abs() > skewTold; !was && next.ClockSkew.Abs() > skewTold {
		u.o.Log.WarnContext(ctx, "The clocks of station and hub differ; set the station's clock.", "ahead_by", next.ClockSkew, "give_or_take", next.ClockWithin)
	}
}
