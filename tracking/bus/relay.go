package bus

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"waybill/tracking"
)

// source is what a relay needs of the hub's store.
type source interface {
	outbox
	Events(ctx context.Context, spans []tracking.Span) ([]tracking.Incoming, error)
	EventsAfter(ctx context.Context, last tracking.Span, limit int) ([]tracking.Incoming, error)
	Cursor(ctx context.Context, consumer string) (place int64, mark string, err error)
	SetCursor(ctx context.Context, consumer string, place int64, mark string) error
}

// A Loss is how much of what was sent before a sink may have lost.
type Loss int

// The losses.
const (
	LostNothing Loss = iota
	LostTail         // what came last, as when its machine lost power
	LostAll          // everything, or it is new
)

// A Sink is where a relay sends events. An event may come to it more than once.
type Sink interface {
	// Open connects. mark is what Send returned last, here or in another process;
	// empty is the first time. What it reports as lost is sent again.
	Open(ctx context.Context, mark string) (Loss, error)
	// Send returns when the sink has the events for good, and a mark by which Open
	// can tell later whether it still has. After an error Open is called again.
	Send(ctx context.Context, events []tracking.Incoming) (mark string, err error)
	Close() error
}

// A Lead is the right to be the only process that serves a consumer.
type Lead interface {
	Check(ctx context.Context) error
	Close() error
}

// Options are what a relay is told. All are required but the last.
type Options struct {
	Name  string // of its cursor, the same in every process
	Store source
	Sink  Sink
	Lead  func(ctx context.Context) (Lead, error) // nil with no error: another process has it
	Log   *slog.Logger

	LookEvery time.Duration // for news that nobody tells of, and for the lead; default 1 s
}

// A Relay sends every event of the store's outbox to a sink, at least once and in
// the order of the commits. Of all processes one does. It is a task.
type Relay struct {
	o     Options
	ready chan struct{}
}

// NewRelay returns a relay.
func NewRelay(o Options) *Relay {
	o.LookEvery = cmp.Or(o.LookEvery, lookEvery)
	r := &Relay{o: o, ready: make(chan struct{})}
	close(r.ready) // the hub works without it
	return r
}

// Ready is closed from the start: nothing waits for a broker.
func (r *Relay) Ready() <-chan struct{} { return r.ready }

// String returns the task's name.
func (r *Relay) String() string { return "relay " + r.o.Name }

// maxRetry is the longest that a relay waits before it tries again.
const maxRetry = 30 * time.Second

// Run sends until ctx ends. What cannot be sent waits in the store.
func (r *Relay) Run(ctx context.Context) error {
	news, stop := r.o.Store.Posted()
	defer stop()
	wait := r.o.LookEvery
	for ctx.Err() == nil {
		sent, err := r.lead(ctx, news)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			r.o.Log.WarnContext(ctx, "Events are not sent on for the moment; they are safe in the store and wait there.", "to", r.o.Name, "retry_in", wait, "error", err)
		}
		if sent {
			wait = r.o.LookEvery
		}
		if !pause(ctx, nil, wait) {
			return nil
		}
		if err != nil {
			wait = min(2*wait, maxRetry)
		}
	}
	return nil
}

// lead serves the consumer while this process is the one that does, and reports
// whether anything was sent.
func (r *Relay) lead(ctx context.Context, news <-chan struct{}) (sent bool, err error) {
	lead, err := r.o.Lead(ctx)
	if err != nil || lead == nil {
		return false, err
	}
	defer func() { err = errors.Join(err, lead.Close()) }()
	place, mark, err := r.o.Store.Cursor(ctx, r.o.Name)
	if err != nil {
		return false, err
	}
	loss, err := r.o.Sink.Open(ctx, mark)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, r.o.Sink.Close()) }()
	switch {
	case loss == LostAll, mark == "":
		if place, err = r.everything(ctx, lead); err != nil {
			return false, err
		}
	case loss == LostTail:
		r.o.Log.WarnContext(ctx, "The bus has lost what it was sent last, and gets it again.", "to", r.o.Name)
		place = 0 // the outbox keeps of the past what may be lost
	}
	for {
		place, err = r.turn(ctx, lead, place)
		if err != nil {
			return true, err
		}
		if !pause(ctx, news, r.o.LookEvery) {
			return true, nil
		}
		// Somebody may have asked for everything from the beginning.
		if _, mark, err := r.o.Store.Cursor(ctx, r.o.Name); err != nil || mark == "" {
			return true, err
		}
	}
}

// everything sends the whole store.
func (r *Relay) everything(ctx context.Context, lead Lead) (int64, error) {
	place, err := r.o.Store.LastPlace(ctx) // what comes meanwhile may come twice
	if err != nil {
		return 0, err
	}
	r.o.Log.InfoContext(ctx, "The bus gets every event of the store from the beginning.", "to", r.o.Name)
	var last tracking.Span
	mark, n := "", 0
	for {
		some, err := r.o.Store.EventsAfter(ctx, last, batch)
		if err != nil {
			return 0, err
		}
		if m, err := r.send(ctx, lead, some); err != nil {
			return 0, err
		} else if m != "" {
			mark = m
		}
		n += len(some)
		if len(some) < batch {
			break
		}
		e := some[len(some)-1].Env
		last = tracking.Span{Station: e.Station(), Epoch: e.Epoch, To: e.Sequence}
	}
	r.o.Log.InfoContext(ctx, "The bus has every event of the store.", "to", r.o.Name, "events", n)
	return place, r.o.Store.SetCursor(ctx, r.o.Name, place, cmp.Or(mark, "empty"))
}

// batch is how many events are sent before they are waited for.
const batch = 500

// turn sends what has come since place.
func (r *Relay) turn(ctx context.Context, lead Lead, place int64) (int64, error) {
	for {
		ps, unsettled, err := r.o.Store.Postings(ctx, place, page)
		if err != nil {
			return place, err
		}
		full := len(ps) == page
		for len(ps) > 0 {
			var spans []tracking.Span
			events, k := int64(0), 0
			for k < len(ps) && (k == 0 || events < batch) {
				for _, s := range ps[k].Spans {
					events += s.To - s.From + 1
				}
				spans = append(spans, ps[k].Spans...)
				k++
			}
			if err := r.carry(ctx, lead, spans, ps[k-1].Place); err != nil {
				return place, err
			}
			place, ps = ps[k-1].Place, ps[k:]
		}
		switch {
		case unsettled:
			if !pause(ctx, nil, settleEvery) {
				return place, nil
			}
		case !full:
			return place, nil
		}
	}
}

func (r *Relay) carry(ctx context.Context, lead Lead, spans []tracking.Span, place int64) error {
	events, err := r.o.Store.Events(ctx, spans)
	if err != nil {
		return err
	}
	mark, err := r.send(ctx, lead, events)
	if err != nil {
		return err
	}
	if mark == "" { // a commit that told only of stories
		if _, mark, err = r.o.Store.Cursor(ctx, r.o.Name); err != nil {
			return err
		}
	}
	return r.o.Store.SetCursor(ctx, r.o.Name, place, mark)
}

// send sends events in parts and returns the last mark.
func (r *Relay) send(ctx context.Context, lead Lead, events []tracking.Incoming) (string, error) {
	mark := ""
	for len(events) > 0 {
		if err := lead.Check(ctx); err != nil {
			return "", err
		}
		n := min(batch, len(events))
		m, err := r.o.Sink.Send(ctx, events[:n])
		if err != nil {
			return "", fmt.Errorf("%d events: %w", n, err)
		}
		mark, events = m, events[n:]
	}
	return mark, nil
}
