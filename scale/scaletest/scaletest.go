// Package scaletest is what every driver of a scale owes, as tests. A driver's
// own test hands it a device and runs it. It simulates no device itself.
package scaletest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/scale"
)

// A Device is a scale at the other end of the cable.
type Device interface {
	// Put puts a load on it in place of what lies there, in steps of its last digit.
	Put(steps int64)
	// Swing keeps the load moving, or lets it come to rest.
	Swing(on bool)
	// Silence makes it answer nothing, or answer again.
	Silence(on bool)
	// Babble makes it answer this, whatever it is asked; nil: as it should.
	Babble(answer []byte)
	// Tare makes it show net weights.
	Tare(on bool)
	// SetUnit makes it weigh in another unit.
	SetUnit(u scale.Unit)
	// Awake makes it say that it was switched on with a load.
	Awake(on bool)
	Unplug() error
	Plug() error
}

// A Rig is one driver with a device that it can open.
type Rig struct {
	Driver scale.Driver
	// New returns a device that is plugged in, with nothing on it, and closed when
	// the test ends, and what its driver opens it with.
	New func(t *testing.T) (Device, scale.Options)
	// Step is what a one in the last digit of the device is.
	Step scale.Weight
	// Capacity is the most the device weighs, in steps.
	Capacity int64
	// Unitless, Tareless and Zeroless say that the language does not tell its unit,
	// that a tare is set, or that it is not at zero.
	Unitless, Tareless, Zeroless bool
}

// Test runs the suite.
func Test(t *testing.T, r Rig) {
	t.Run("what lies on it", r.weighs)
	t.Run("too much and less than nothing", r.bounds)
	t.Run("silence is told and passes", r.silence)
	t.Run("noise is no weight", r.noise)
	t.Run("half an answer is no weight", r.half)
	t.Run("another unit is no weight", r.unit)
	t.Run("a net weight counts only where it may", r.net)
	t.Run("not at zero", r.zero)
	t.Run("hang-up is an error", r.hangUp)
	t.Run("waiting ends with its context", r.cancel)
	t.Run("nobody there", r.nobody)
	t.Run("close releases the link", r.reopen)
}

func ctx(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func (r Rig) open(t *testing.T, o scale.Options) scale.Scale {
	t.Helper()
	s, err := r.Driver.Open(ctx(t), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func (r Rig) steps(n int64) scale.Weight {
	w := r.Step
	w.Value = n
	return w
}

// until returns the first reading that is, and fails where none of the next
// hundred is. Every reading before must be no weight, or the one that was.
func until(t *testing.T, s scale.Scale, was scale.Weight, what string, is func(scale.Reading) bool) scale.Reading {
	t.Helper()
	var got scale.Reading
	for range 100 {
		var err error
		if got, err = s.Next(ctx(t)); err != nil {
			t.Fatal(err)
		}
		if got.Scale != "test" || got.At.IsZero() {
			t.Fatalf("reading %+v does not say of which scale or when", got)
		}
		if state, _ := got.Condition.Words(); state == "" {
			t.Fatalf("condition %q has no words", got.Condition)
		}
		if is(got) {
			return got
		}
		if got.Usable() && got.Weight != was {
			t.Fatalf("%v is a weight that was never there; want %s", got.Weight, what)
		}
	}
	t.Fatalf("the last of a hundred readings is %+v, want %s", got, what)
	return got
}

func (r Rig) weight(t *testing.T, s scale.Scale, was, want scale.Weight) {
	t.Helper()
	got := until(t, s, was, want.String(), func(g scale.Reading) bool { return g.Usable() && g.Weight == want })
	if d := cmp.Diff(want, got.Weight); d != "" || len(got.Raw) == 0 {
		t.Errorf("reading (-want +got):\n%s raw %q", d, got.Raw)
	}
}

func condition(t *testing.T, s scale.Scale, was scale.Weight, want ...scale.Condition) scale.Reading {
	t.Helper()
	return until(t, s, was, string(want[0]), func(g scale.Reading) bool {
		for _, c := range want {
			if g.Condition == c {
				return true
			}
		}
		return false
	})
}

func (r Rig) weighs(t *testing.T) {
	d, o := r.New(t)
	s := r.open(t, o)
	none := r.steps(0)
	r.weight(t, s, none, none)
	was := none
	for _, n := range []int64{1234, 5, 21000, 0, 1234} {
		d.Swing(true)
		d.Put(n)
		until(t, s, was, "motion", func(g scale.Reading) bool { return g.Condition == scale.Motion && !g.Stable })
		d.Swing(false)
		r.weight(t, s, was, r.steps(n))
		was = r.steps(n)
	}
}

func (r Rig) bounds(t *testing.T) {
	d, o := r.New(t)
	s := r.open(t, o)
	d.Put(r.Capacity + 1)
	got := condition(t, s, r.steps(0), scale.Over)
	if got.Weight != (scale.Weight{}) || got.Usable() {
		t.Errorf("an overload has the weight %v", got.Weight)
	}
	d.Put(-20)
	got = condition(t, s, r.steps(0), scale.Under)
	if got.Weight != (scale.Weight{}) || got.Usable() {
		t.Errorf("less than nothing has the weight %v", got.Weight)
	}
	d.Put(70)
	r.weight(t, s, r.steps(0), r.steps(70))
}

func (r Rig) silence(t *testing.T) {
	d, o := r.New(t)
	s := r.open(t, o)
	r.weight(t, s, r.steps(0), r.steps(0))
	d.Silence(true)
	began := time.Now()
	got := condition(t, s, r.steps(0), scale.NoAnswer)
	if took, most := time.Since(began), o.Answer+2*time.Second; took > most {
		t.Errorf("silence was noticed after %v, want %v at most", took, most)
	}
	if got.Weight != (scale.Weight{}) {
		t.Errorf("silence has the weight %v", got.Weight)
	}
	d.Put(300)
	d.Silence(false)
	r.weight(t, s, r.steps(0), r.steps(300))
}

// Whatever comes, it is no weight; and the scale is understood again afterwards.
func (r Rig) noise(t *testing.T) {
	d, o := r.New(t)
	s := r.open(t, o)
	r.weight(t, s, r.steps(0), r.steps(0))
	for _, answer := range []string{
		"HTTP/1.1 400 Bad Request\r\n\r\n", "\xff\xfe\x81\r", "\x02\x02\x02\r\r\r\n\n\r\x03", "S S   1?34.5 g\r\n", "5", string(make([]byte, 700)),
	} {
		d.Babble([]byte(answer))
		until(t, s, r.steps(0), "noise to be told", func(g scale.Reading) bool {
			return g.Condition == scale.Garbled && g.Detail != "" && len(g.Raw) > 0 && len(g.Raw) <= scale.MaxRaw
		})
	}
	d.Babble(nil)
	d.Put(300)
	r.weight(t, s, r.steps(0), r.steps(300))
}

func (r Rig) half(t *testing.T) {
	d, o := r.New(t)
	s := r.open(t, o)
	d.Put(1234)
	r.weight(t, s, r.steps(0), r.steps(1234))
	got := until(t, s, r.steps(1234), "an answer", scale.Reading.Usable)
	for _, part := range [][]byte{got.Raw[:len(got.Raw)-2], got.Raw[:1], got.Raw[2:]} {
		d.Babble(part)
		r := until(t, s, r.steps(1234), "half an answer to be told", func(g scale.Reading) bool { return g.Condition == scale.Garbled })
		if r.Weight != (scale.Weight{}) {
			t.Errorf("half an answer %q has the weight %v", part, r.Weight)
		}
	}
	d.Babble(nil)
	r.weight(t, s, r.steps(1234), r.steps(1234))
}

func (r Rig) unit(t *testing.T) {
	if r.Unitless {
		t.Skip("this language sends no unit")
	}
	d, o := r.New(t)
	o.Unit = r.Step.Unit
	s := r.open(t, o)
	r.weight(t, s, r.steps(0), r.steps(0))
	d.SetUnit(scale.Pound)
	if got := condition(t, s, r.steps(0), scale.WrongUnit); got.Weight != (scale.Weight{}) {
		t.Errorf("a weight in another unit is %v", got.Weight)
	}
	d.SetUnit("")
	r.weight(t, s, r.steps(0), r.steps(0))
}

func (r Rig) net(t *testing.T) {
	if r.Tareless {
		t.Skip("this language does not tell of a tare")
	}
	for _, allowed := range []bool{false, true} {
		d, o := r.New(t)
		o.Net = allowed
		s := r.open(t, o)
		d.Put(500)
		r.weight(t, s, r.steps(0), r.steps(500))
		d.Tare(true)
		if allowed {
			r.weight(t, s, r.steps(500), r.steps(500))
			continue
		}
		if got := condition(t, s, r.steps(500), scale.Net); got.Usable() {
			t.Errorf("a net weight counts: %+v", got)
		}
	}
}

func (r Rig) zero(t *testing.T) {
	if r.Zeroless {
		t.Skip("this language does not tell that it is not at zero")
	}
	d, o := r.New(t)
	s := r.open(t, o)
	d.Awake(true)
	condition(t, s, r.steps(0), scale.NeedsZero)
	d.Awake(false)
	r.weight(t, s, r.steps(0), r.steps(0))
}

func (r Rig) hangUp(t *testing.T) {
	d, o := r.New(t)
	s := r.open(t, o)
	r.weight(t, s, r.steps(0), r.steps(0))
	began := time.Now()
	if err := d.Unplug(); err != nil {
		t.Fatal(err)
	}
	for i := 0; ; i++ {
		if _, err := s.Next(ctx(t)); err != nil {
			break
		}
		if i == 10 {
			t.Fatal("the scale was unplugged, and goes on giving readings")
		}
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("the hang-up was noticed after %v, want 2s at most", took)
	}
	if _, err := s.Next(ctx(t)); err == nil {
		t.Error("the second call after the hang-up has no error")
	}
}

func (r Rig) cancel(t *testing.T) {
	d, o := r.New(t)
	s := r.open(t, o)
	d.Silence(true)
	ctx, cancel := context.WithCancel(ctx(t))
	ended := make(chan error, 1)
	go func() {
		for {
			if _, err := s.Next(ctx); err != nil {
				ended <- err
				return
			}
		}
	}()
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Next ended with %v, want context.Canceled", err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("Next does not end with its context")
	}
	d.Silence(false)
	r.weight(t, s, r.steps(0), r.steps(0)) // the scale itself is still good
}

func (r Rig) nobody(t *testing.T) {
	d, o := r.New(t)
	if err := d.Unplug(); err != nil {
		t.Fatal(err)
	}
	s, err := r.Driver.Open(ctx(t), o)
	if err == nil {
		s.Close()
		t.Fatal("a scale that is not there was opened")
	}
}

func (r Rig) reopen(t *testing.T) {
	d, o := r.New(t)
	for i := range 4 {
		s := r.open(t, o)
		r.weight(t, s, r.steps(0), r.steps(0))
		if err := s.Close(); err != nil {
			t.Fatalf("close %d: %v", i, err)
		}
		if err := s.Close(); err != nil {
			t.Fatalf("second close %d: %v", i, err)
		}
		if _, err := s.Next(ctx(t)); err == nil {
			t.Fatal("a closed scale has no error")
		}
		if i == 1 { // the same link serves after the cable was out
			if err := errors.Join(d.Unplug(), d.Plug()); err != nil {
				t.Fatal(err)
			}
		}
	}
}
