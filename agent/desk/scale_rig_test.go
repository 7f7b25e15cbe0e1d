package desk_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"waybill/agent/desk"
	"waybill/internal/reopen"
	"waybill/scale"
	scalewatch "waybill/scale/watch"
	"waybill/shipment"
)

var errUnplugged = errors.New("unplugged")

// A stagedScale is a scale that shows what a test wants, kept open by the same
// watch as a real one. It takes the next reading only once all that the one before
// comes to is done, so that no test waits by the clock.
type stagedScale struct {
	opens chan struct{} // somebody opens it
	plug  chan struct{} // and finds it there
	asks  chan struct{} // it is asked for a reading
	shows chan scale.Reading
	pull  chan struct{} // and hears that it is gone instead

	plugged bool
	stop    func()
}

// stage puts a scale on a desk's first bench, not plugged in yet.
func stage(t testing.TB, d *desk.Desk, now func() time.Time) *stagedScale {
	t.Helper()
	s := &stagedScale{
		opens: make(chan struct{}), plug: make(chan struct{}), asks: make(chan struct{}),
		shows: make(chan scale.Reading), pull: make(chan struct{}),
	}
	ctx, cancel := context.WithCancel(t.Context())
	w := scalewatch.New(scalewatch.Options{
		Driver: scale.Driver{Name: "staged", Open: s.open}, Scale: scale.Options{Name: "scale-1"}, Now: now,
		Reopen: reopen.Options{Min: time.Nanosecond, Max: time.Nanosecond, Away: time.Nanosecond},
		OnReading: func(r scalewatch.Weighing) {
			if err := d.Weigh(ctx, weightOf(r)); err != nil && ctx.Err() == nil {
				t.Error(err)
			}
		},
	})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := w.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	s.stop = func() { cancel(); <-ended }
	<-s.opens
	return s
}

// weightOf is what a station makes of what a scale says.
func weightOf(r scalewatch.Weighing) desk.Weight {
	w := desk.Weight{
		Scale: r.Scale, Grams: r.Weight.Grams(), Step: r.Weight.Step(), Stable: r.Usable(), Weighed: r.New, Empty: r.Empty, Lost: r.Lost, At: r.At,
	}
	if r.Condition != scale.Fine {
		w.Words = string(r.Condition)
	}
	return w
}

func (s *stagedScale) open(ctx context.Context, _ scale.Options) (scale.Scale, error) {
	select {
	case s.opens <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case <-s.plug:
		return s, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *stagedScale) Next(ctx context.Context) (scale.Reading, error) {
	select {
	case s.asks <- struct{}{}:
	case <-ctx.Done():
		return scale.Reading{}, ctx.Err()
	}
	select {
	case r := <-s.shows:
		return r, nil
	case <-s.pull:
		return scale.Reading{}, errUnplugged
	case <-ctx.Done():
		return scale.Reading{}, ctx.Err()
	}
}

func (*stagedScale) Close() error { return nil }

// show has the scale say something, which is done with when show returns.
func (s *stagedScale) show(r scale.Reading) {
	r.Scale = "scale-1"
	s.shows <- r
	<-s.asks
}

func (s *stagedScale) plugIn() {
	s.plug <- struct{}{}
	<-s.asks
	s.plugged = true
}

func (s *stagedScale) unplug() {
	s.pull <- struct{}{}
	<-s.opens
	s.plugged = false
}

// atRest is a reading that may be trusted.
func atRest(grams shipment.Grams) scale.Reading {
	return scale.Reading{Weight: scale.Weight{Value: int64(grams), Unit: scale.Gram}, Stable: true}
}
