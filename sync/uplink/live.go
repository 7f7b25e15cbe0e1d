package uplink

import (
	"context"
	"errors"
	"sync"
	"time"

	"waybill/sync/wire"
)

// live is the lane for what happens now. It is open while the main lane has more
// before it than fits into a request. Every event it sends, the main lane sends
// too, later; the hub counts it once.
type live struct {
	o    Options
	name string // of its cursor

	mu      sync.Mutex
	open    bool
	base    wire.Position // what the main lane has done with, durably
	since   wire.Position // the newest event as the hub was found to be back
	changed chan struct{} // closed and replaced when open or base change

	turn chan struct{} // holds a token while the lane works

	// What follows is the lane's own, or of whoever has its turn.
	begun bool
	pos   wire.Position // sent up to here, durably
	batch int
	wait  waitRule
	told  string // the last error
	weave *weave
}

// laneSuffix is put behind an upstream's name to name the live lane's cursor. An
// address has none of it.
const laneSuffix = "#live"

func newLive(o Options) *live {
	return &live{
		o: o, name: o.Upstream + laneSuffix, changed: make(chan struct{}), turn: make(chan struct{}, 1), batch: o.MaxBatch,
		wait: waitRule{min: o.MinBackoff, max: o.MaxBackoff, rand: o.Rand}, weave: newWeave(o.Source),
	}
}

// steer tells the lane how far the main one has come, and whether to work.
func (l *live) steer(base wire.Position, open bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.base == base && l.open == open {
		return
	}
	l.base, l.open = base, open
	close(l.changed)
	l.changed = make(chan struct{})
}

// rises notes, while the lane is closed, what counts as now if it opens next: what
// is recorded from here on.
func (l *live) rises(ctx context.Context) error {
	if l.isOpen() {
		return nil
	}
	head, err := l.o.Source.Head(ctx)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.since = head
	return nil
}

func (l *live) from() wire.Position {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.since
}

func (l *live) isOpen() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open
}

func (l *live) read() (base wire.Position, open bool, changed <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.base, l.open, l.changed
}

// reset closes the lane, waits until it rests and lets it forget what the hub took
// of it: the hub did, too.
func (l *live) reset(ctx context.Context, base wire.Position) {
	l.steer(base, false)
	select {
	case l.turn <- struct{}{}:
		l.begun, l.weave = false, newWeave(l.o.Source)
		<-l.turn
	case <-ctx.Done():
	}
}

// run sends what happens now, while the lane is open, until ctx ends.
func (l *live) run(ctx context.Context) {
	for ctx.Err() == nil {
		_, open, changed := l.read()
		watch := l.o.Source.Watch()
		if !open {
			watch = nil
		}
		sent, err := l.work(ctx)
		switch {
		case err != nil:
			l.failed(ctx, err)
		case !sent:
			select {
			case <-ctx.Done():
			case <-changed:
			case <-watch:
			}
		}
	}
}

// work sends what has happened since the last time, and reports whether that was
// anything.
func (l *live) work(ctx context.Context) (sent bool, err error) {
	l.turn <- struct{}{}
	defer func() { <-l.turn }()
	base, open, _ := l.read()
	since := l.from()
	if !open {
		l.begun = false
		return false, nil
	}
	if err := l.begin(ctx, base, since); err != nil {
		return false, err
	}
	recs, err := l.o.Source.After(ctx, l.pos, l.o.MaxBatch, l.o.MaxBytes)
	if err != nil || len(recs) == 0 {
		return false, err
	}
	l.weave.forget(base)
	all, err := l.weave.gather(ctx, base, recs)
	if err != nil {
		return false, err
	}
	if err := l.send(ctx, base, all); err != nil {
		return false, err
	}
	last := recs[len(recs)-1].Position
	if err := l.o.Source.SetCursor(ctx, l.name, last); err != nil {
		return false, err
	}
	l.pos, l.told = last, ""
	l.wait.reset()
	return true, nil
}

// begin decides where the lane goes on once it opens: where it stopped, or from
// since on where so much happened meanwhile that it would be a backlog itself. What
// it leaves out the main lane brings.
func (l *live) begin(ctx context.Context, base, since wire.Position) error {
	if l.begun {
		return nil
	}
	pos, _, err := l.o.Source.Cursor(ctx, l.name)
	if err != nil {
		return err
	}
	behind, _, err := l.o.Source.Backlog(ctx, pos)
	if err != nil {
		return err
	}
	if !pos.After(base) || behind > int64(l.o.MaxBatch) {
		for _, p := range []wire.Position{since, base} {
			if p.After(pos) {
				pos = p
			}
		}
		if err := l.o.Source.SetCursor(ctx, l.name, pos); err != nil {
			return err
		}
	}
	l.pos, l.begun, l.weave = pos, true, newWeave(l.o.Source)
	return nil
}

// send brings events to the hub, in order. What it refuses is left to the main
// lane, which finds out whose fault that is.
func (l *live) send(ctx context.Context, base wire.Position, recs []wire.Record) error {
	for len(recs) > 0 {
		n := l.fits(recs)
		d, err := l.o.Client.deliver(ctx, recs[:n], wire.Notice{Cursor: base, Lane: wire.LaneLive})
		var se *StatusError
		switch {
		case errors.As(err, &se) && tooMuch(se) && n > 1:
			l.batch = n / 2
			continue
		case errors.As(err, &se) && tooMuch(se):
			recs = recs[1:]
			continue
		case err != nil:
			return err
		}
		for i, r := range d.Results {
			if r.Status != wire.Rejected {
				l.weave.acked[spotOf(recs[i].Position)] = true
			}
		}
		recs = recs[n:]
		l.batch = min(l.o.MaxBatch, 2*l.batch)
	}
	return nil
}

// fits returns how many of recs go into one request.
func (l *live) fits(recs []wire.Record) int {
	bytes := 0
	for n, rec := range recs {
		if bytes += len(rec.Raw); n > 0 && (n >= l.batch || bytes > l.o.MaxBytes) {
			return n
		}
	}
	return len(recs)
}

// failed waits before the lane is tried again. The main lane goes on meanwhile, and
// says what is wrong with the hub.
func (l *live) failed(ctx context.Context, err error) {
	if ctx.Err() != nil {
		return
	}
	var asked time.Duration
	var se *StatusError
	if errors.As(err, &se) {
		asked = se.RetryAfter
	}
	wait := l.wait.next(asked)
	if l.told != err.Error() {
		l.told = err.Error()
		l.o.Log.WarnContext(ctx, "What happens now cannot be sent ahead of the backlog; it goes with the rest.", "hub", l.o.Upstream, "retry_in", wait, "err", err)
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
