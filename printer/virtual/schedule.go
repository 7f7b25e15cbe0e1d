package virtual

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"
)

// A Moment is when a step of a schedule is taken: one of a label, a byte and a
// time, all counted from when the schedule was ordered.
type Moment struct {
	Label int      `json:"label,omitempty"` // counted from 1
	Part  float64  `json:"part,omitempty"`  // of that label; 0 is at its beginning
	Bytes int      `json:"bytes,omitempty"` // behind so many bytes received
	After Duration `json:"after,omitempty"`
}

// A Step is something that befalls the printer.
type Step struct {
	At Moment `json:"at"`
	// Do is power-cut, power-off, power-on, reset (of every connection), pause,
	// unpause, feed, take, other-host or cancel.
	Do string `json:"do,omitempty"`
	// Faults are the faults that change, as in POST /faults.
	Faults json.RawMessage `json:"faults,omitempty"`
	// For is how long the faults last; 0 for ever. With power-off and pause it
	// is how long that lasts.
	For Duration `json:"for,omitempty"`
}

// deeds are what a step can do.
func deeds() []string {
	return []string{"power-cut", "power-off", "power-on", "reset", "pause", "unpause", "feed", "take", "other-host", "cancel"}
}

// check says what is wrong with a step.
func (s Step) check() error {
	moments := 0
	for _, set := range []bool{s.At.Label != 0, s.At.Bytes != 0, s.At.After != 0} {
		if set {
			moments++
		}
	}
	switch {
	case moments > 1:
		return errors.New(`at: label, bytes and after are three moments; give one ("part" goes with label)`)
	case s.At.Label < 0, s.At.Bytes < 0:
		return errors.New("at: label and bytes count from 1")
	case s.At.Part < 0 || s.At.Part >= 1:
		return fmt.Errorf("at.part: %g is not from 0 up to, but not, 1", s.At.Part)
	case s.Do == "" && s.Faults == nil:
		return errors.New("nothing to do: give do or faults")
	case s.Do != "" && !slices.Contains(deeds(), s.Do):
		return fmt.Errorf("do: %q is not known (have %q)", s.Do, deeds())
	}
	if s.Faults != nil {
		var f Faults
		err := decode(s.Faults, &f)
		if err == nil {
			err = f.check()
		}
		if err != nil {
			return fmt.Errorf("faults: %w", err)
		}
	}
	return nil
}

// A plan is the steps still to come. Its moments count from the printer's
// beginning.
type plan struct{ steps []Step }

// within returns the part at which the next step comes in label n.
func (l *plan) within(n int) (part float64, ok bool) {
	for _, s := range l.steps {
		if s.At.Label > 0 && s.At.Label <= n && (!ok || s.At.Part < part) {
			part, ok = s.At.Part, true
			if s.At.Label < n {
				part = 0 // it was missed; now is the time
			}
		}
	}
	return part, ok
}

// bytes returns behind which byte the next step comes.
func (l *plan) bytes() (n int, ok bool) {
	for _, s := range l.steps {
		if s.At.Bytes > 0 && (!ok || s.At.Bytes < n) {
			n, ok = s.At.Bytes, true
		}
	}
	return n, ok
}

// take removes and returns the first step that has come.
func (l *plan) take(come func(Step) bool) (Step, bool) {
	i := slices.IndexFunc(l.steps, come)
	if i < 0 {
		return Step{}, false
	}
	s := l.steps[i]
	l.steps = slices.Delete(l.steps, i, i+1)
	return s, true
}

// maxSteps bounds a schedule.
const maxSteps = 100_000

// Schedule orders steps, beside those that are still to come.
func (p *Printer) Schedule(steps ...Step) error {
	for i, s := range steps {
		if err := s.check(); err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	p.mu.Lock()
	if p.record == nil {
		p.mu.Unlock()
		return errors.New("the printer is not running yet")
	}
	if len(p.schedule.steps)+len(steps) > maxSteps {
		p.mu.Unlock()
		return fmt.Errorf("%d steps are too many, at most %d", len(p.schedule.steps)+len(steps), maxSteps)
	}
	var now []Step
	for _, s := range steps {
		switch {
		case s.At.Label > 0:
			s.At.Label += p.whole()
		case s.At.Bytes > 0:
			s.At.Bytes += p.received
		case s.At.After > 0:
			p.after(time.Duration(s.At.After), func() { p.carryOut(s) })
			continue
		default:
			now = append(now, s)
			continue
		}
		p.schedule.steps = append(p.schedule.steps, s)
	}
	slices.SortStableFunc(p.schedule.steps, func(a, b Step) int {
		switch {
		case a.At.Label != b.At.Label:
			return a.At.Label - b.At.Label
		case a.At.Part < b.At.Part:
			return -1
		case a.At.Part > b.At.Part:
			return 1
		}
		return a.At.Bytes - b.At.Bytes
	})
	p.changed()
	p.mu.Unlock()
	for _, s := range now {
		p.carryOut(s)
	}
	return nil
}

// Scheduled returns the steps still to come by label and by byte. Their moments
// are the printer's own counts.
func (p *Printer) Scheduled() []Step {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Step{}, p.schedule.steps...)
}

// Unschedule forgets the steps still to come by label and by byte, and ends
// none that has begun.
func (p *Printer) Unschedule() { p.do(func() { p.schedule.steps = nil }) }

// fireLabel takes the step that has come in label n.
func (p *Printer) fireLabel(n int) {
	p.mu.Lock()
	s, ok := p.schedule.take(func(s Step) bool { return s.At.Label > 0 && s.At.Label <= n })
	p.mu.Unlock()
	if ok {
		p.carryOut(s)
	}
}

// carryOut does what a step says.
func (p *Printer) carryOut(s Step) {
	back := func() {}
	if s.Faults != nil {
		var before Faults
		p.SetFaults(func(f *Faults) {
			before = f.clone()
			if err := decode(s.Faults, f); err != nil {
				*f = before // Schedule has checked it
			}
		})
		back = func() { p.SetFaults(func(f *Faults) { f.restore(before, s.Faults) }) }
	}
	switch s.Do {
	case "power-cut":
		p.PowerCut()
	case "power-off":
		p.PowerOff()
		back = p.PowerOn
	case "power-on":
		p.PowerOn()
	case "reset":
		p.dropClients()
	case "pause":
		p.Pause(true)
		back = func() { p.Pause(false) }
	case "unpause":
		p.Pause(false)
	case "take":
		p.Take()
	case "cancel":
		p.do(p.cancelAll)
	case "other-host":
		p.OtherHost(nil)
	case "feed":
		if err := p.Feed(); err != nil {
			p.o.Log.Debug("the feed button did nothing", "err", err)
		}
	}
	if s.For > 0 {
		p.mu.Lock()
		p.after(time.Duration(s.For), back)
		p.mu.Unlock()
	}
}

// after calls f after d, unless the printer ends before. mu is held.
func (p *Printer) after(d time.Duration, f func()) {
	if p.ending {
		return
	}
	key := new(int)
	p.timers[key] = time.AfterFunc(d, func() {
		p.mu.Lock()
		_, alive := p.timers[key]
		delete(p.timers, key)
		p.mu.Unlock()
		if alive {
			f()
		}
	})
}

// decode reads JSON into v; what is unknown is an error, and nothing changes
// nothing.
func decode(body []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(v); errors.Is(err, io.EOF) {
		return nil
	} else if err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one JSON value")
	}
	return nil
}

// RandomSteps returns mishaps spread over so many labels, each with an end. The
// same seed gives the same mishaps.
func RandomSteps(seed uint64, mishaps, labels int, longest time.Duration) []Step {
	r := rand.New(rand.NewPCG(seed, 0))
	kinds := []string{
		`{"paper_out":true}`, `{"head_open":true}`, `{"ribbon_out":true}`, `{"paper_out":true,"silent_hs_on_fault":true}`,
		`{"silent":true}`, `{"half_reply":true}`, `{"garbage_reply":true}`, `{"delay":"1s"}`, `{"no_hqes":true}`, `{"head_hot":true}`,
		"power-cut", "power-off", "reset", "pause", "feed", "other-host",
	}
	steps := make([]Step, 0, mishaps)
	for range mishaps {
		s := Step{
			At:  Moment{Label: 1 + r.IntN(max(labels, 1)), Part: float64(r.IntN(100)) / 100},
			For: Duration(time.Millisecond + time.Duration(r.Int64N(int64(max(longest, 1))))),
		}
		if kind := kinds[r.IntN(len(kinds))]; kind[0] == '{' {
			s.Faults = json.RawMessage(kind)
		} else {
			s.Do = kind
		}
		steps = append(steps, s)
	}
	return steps
}
