package spool_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"waybill/printer"
	"waybill/printer/spool"
	"waybill/printer/virtual"
)

// plugged gives the last printer a cable that can be pulled, and put back.
func (r *rig) plugged(v *virtual.Printer) (pull, put func()) {
	var out atomic.Bool
	c := &r.conf[len(r.conf)-1]
	dial := c.Dial
	c.Dial = func(ctx context.Context) (io.ReadWriteCloser, error) {
		if out.Load() {
			return nil, errors.New("no route to host")
		}
		return dial(ctx)
	}
	pull = func() {
		cut := 0
		out.Store(true)
		v.SetFaults(func(f *virtual.Faults) { f.CutAfter = &cut })
	}
	return pull, func() { out.Store(false) }
}

// While the printer is away with two labels, a person says that none came out of the
// first. The second's baseline rests on that one: what was counted since may be either.
func TestTheSecondOfTwoAfterAnAnswerAboutTheFirst(t *testing.T) {
	for name, tt := range map[string]struct {
		meanwhile func(v *virtual.Printer)
		b         printer.LabelState
		paper     [2]int
	}{
		"the first was cancelled at the printer, the second came out": {func(v *virtual.Printer) {
			v.SetFaults(func(f *virtual.Faults) { f.Swallow = true })
			time.Sleep(4500 * time.Millisecond)
			v.SetFaults(func(f *virtual.Faults) { f.Swallow = false })
		}, printer.Unconfirmed, [2]int{1, 1}},
		"neither came out": {func(v *virtual.Printer) { v.PowerCut() }, printer.Confirmed, [2]int{1, 1}},
		"the first came out all the same, the second did not": {func(v *virtual.Printer) {
			time.Sleep(4500 * time.Millisecond)
			v.PowerCut()
		}, printer.Unconfirmed, [2]int{2, 0}},
		"both came out all the same": {func(*virtual.Printer) {}, printer.Unconfirmed, [2]int{2, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				v := r.fed(virtual.Options{PerLabel: 4 * time.Second})
				pull, put := r.plugged(v)
				r.twoDeep(t)
				time.Sleep(time.Second) // the printer has taken in what the link took
				pull()
				tt.meanwhile(v)
				r.ledger.decide(t, printer.Unconfirmed)
				r.ledger.decide(t, printer.Queued)
				time.Sleep(time.Minute)
				put()
				r.ledger.until(t, time.Hour, "settled", r.ledger.settled)
				time.Sleep(time.Hour) // and stays so
				n := onPaper(r.ledger.all(), v)
				a, b := r.ledger.label("a", 1), r.ledger.label("b", 1)
				if got := [2]int{n["a"], n["b"]}; a.State != printer.Confirmed || b.State != tt.b || got != tt.paper {
					t.Errorf("a is %s, b %s (%s), on paper %v; want b %s, %v; history %q", a.State, b.State, b.Reason, got, tt.b, tt.paper, r.ledger.history)
				}
			})
		})
	}
}

// A label cancelled at the printer while the station watches is not taken for the one
// behind it when the station loses sight of them for a moment.
func TestOneOfTwoCancelledAndThenACrash(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.tune = func(o *spool.Options) { o.Grace = time.Nanosecond }
		v := r.fed(virtual.Options{PerLabel: 4 * time.Second})
		r.twoDeep(t)
		v.SetFaults(func(f *virtual.Faults) { f.Swallow = true })
		time.Sleep(4500 * time.Millisecond)
		v.SetFaults(func(f *virtual.Faults) { f.Swallow = false })
		time.Sleep(2500 * time.Millisecond)
		r.crash()
		time.Sleep(2 * time.Second)
		r.start()
		r.ledger.until(t, time.Hour, "settled", r.ledger.settled)
		time.Sleep(time.Hour)
		r.exactlyTwo(t, v, printer.Unconfirmed, [2]int{0, 1})
	})
}

// exactlyTwo holds that jobs a and b are both in a state, and how often each is on paper.
func (r *rig) exactlyTwo(t *testing.T, v *virtual.Printer, want printer.LabelState, paper [2]int) {
	t.Helper()
	n := onPaper(r.ledger.all(), v)
	a, b := r.ledger.label("a", 1), r.ledger.label("b", 1)
	if got := [2]int{n["a"], n["b"]}; a.State != want || b.State != want || got != paper {
		t.Errorf("a is %s (%s), b %s (%s), on paper %v; want %s, %v; history %q", a.State, a.Reason, b.State, b.Reason, got, want, paper, r.ledger.history)
	}
}

// What becomes of two labels is one record: the machine dies at it, before or after it
// is durable, and finds both as they were or both as they are.
func TestCrashAtTheRecordOfTwoJobs(t *testing.T) {
	for name, tt := range map[string]struct {
		mishap func(v *virtual.Printer)
		record printer.LabelState // that is made of both
		want   printer.LabelState // in the end
		paper  [2]int
	}{
		"one was cancelled at the printer": {func(v *virtual.Printer) {
			v.SetFaults(func(f *virtual.Faults) { f.Swallow = true })
			time.Sleep(4500 * time.Millisecond)
			v.SetFaults(func(f *virtual.Faults) { f.Swallow = false })
		}, printer.Unconfirmed, printer.Unconfirmed, [2]int{0, 1}},
		"both were lost":      {func(v *virtual.Printer) { v.PowerCut() }, printer.Queued, printer.Confirmed, [2]int{1, 1}},
		"the printer is gone": {func(v *virtual.Printer) { v.PowerOff() }, printer.Unconfirmed, printer.Unconfirmed, [2]int{0, 0}},
	} {
		for _, durable := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", durable ", durable), func(t *testing.T) {
				inBubble(t, func(t *testing.T, r *rig) {
					r.tune = func(o *spool.Options) { o.Grace = time.Nanosecond }
					v := r.fed(virtual.Options{PerLabel: 4 * time.Second})
					r.twoDeep(t)
					died := make(chan struct{})
					r.ledger.mu.Lock()
					r.ledger.keepIt, r.ledger.onDeath = durable, func() { close(died) }
					r.ledger.dieOf = func(jobs []printer.Job) bool {
						return slices.ContainsFunc(jobs, func(j printer.Job) bool { return j.Labels[0].State == tt.record })
					}
					r.ledger.mu.Unlock()
					tt.mishap(v)
					select {
					case <-died:
					case <-time.After(time.Hour):
						t.Fatalf("no label became %s; history %q", tt.record, r.ledger.history)
					}
					at := printer.Sent
					if durable {
						at = tt.record
					}
					if a, b := r.ledger.label("a", 1).State, r.ledger.label("b", 1).State; a != at || b != at {
						t.Errorf("at the crash a is %s and b %s, want %s", a, b, at)
					}
					r.crash()
					r.start()
					r.ledger.until(t, time.Hour, "settled", r.ledger.settled)
					time.Sleep(time.Hour)
					r.exactlyTwo(t, v, tt.want, tt.paper)
				})
			})
		}
	}
}

// A label whose bytes are gone or damaged fails by itself, with the remedy; the others
// are printed, also where it would have gone ahead.
func TestALabelWithoutItsBytesKeepsNobody(t *testing.T) {
	for name, spoil := range map[string]func(*printer.Job){
		"gone":    func(j *printer.Job) { j.Content = nil },
		"damaged": func(j *printer.Job) { j.Content = []byte("^XA^FDsomebody else's^FS^XZ") },
	} {
		for _, fed := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", ahead ", fed), func(t *testing.T) {
				inBubble(t, func(t *testing.T, r *rig) {
					v := r.fed(virtual.Options{PerLabel: time.Second})
					if !fed {
						r.conf[0].Link = ""
					}
					for _, id := range []string{"a", "x", "b"} {
						r.ledger.add(id, 1)
					}
					spoil(&r.ledger.jobs[1])
					r.start()
					r.ledger.until(t, time.Minute, "settled", r.ledger.settled)
					n := onPaper(r.ledger.all(), v)
					if x := r.ledger.label("x", 1); x.State != printer.Failed || !strings.Contains(x.Reason, "once more") || n["a"] != 1 || n["b"] != 1 || len(v.Labels()) != 2 {
						t.Errorf("x is %s (%s), on paper %v of %d; history %q", x.State, x.Reason, n, len(v.Labels()), r.ledger.history)
					}
				})
			})
		}
	}
}

// One that is in flight when its bytes go is followed to its outcome all the same.
func TestALabelInFlightNeedsNoBytes(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		v := r.printer("p", virtual.Options{PerLabel: time.Second})
		r.ledger.add("a", 1)
		r.start()
		r.ledger.untilState(t, "a", 1, printer.Sent)
		r.crash()
		r.ledger.jobs[0].Content = nil
		r.start()
		r.ledger.untilState(t, "a", 1, printer.Confirmed)
		r.exactly(1, v)
	})
}
