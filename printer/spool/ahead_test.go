package spool_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"waybill/printer"
	"waybill/printer/spool"
	"waybill/printer/virtual"
)

// fed adds a printer on a link that tells when it was off, which therefore gets
// labels ahead.
func (r *rig) fed(o virtual.Options) *virtual.Printer {
	v := r.printer("p", o)
	r.conf[len(r.conf)-1].Link = "tcp://p:9100"
	return v
}

// twoDeep has job b at the printer while a is on the press.
func (r *rig) twoDeep(t *testing.T) {
	t.Helper()
	r.ledger.add("a", 1)
	r.ledger.add("b", 1)
	r.start()
	r.ledger.untilState(t, "b", 1, printer.Sent)
	if got := r.ledger.label("a", 1).State; got != printer.Sent {
		t.Fatalf("a is %s when b is at the printer; history %q", got, r.ledger.history)
	}
}

// Jobs of a label each leave the printer no pause, and each has its own proof.
func TestJobsOfOneLabelLeaveNoGap(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		v := r.fed(virtual.Options{PerLabel: time.Second})
		const n = 50
		for i := range n {
			r.ledger.add(fmt.Sprint("job", i), 1)
		}
		r.start()
		r.ledger.until(t, time.Hour, "all printed", r.ledger.settled)
		r.exactly(1, v)
		labels := v.Labels()
		for i, l := range labels[1:] {
			if gap := l.Began.Sub(labels[i].At); gap > 0 {
				t.Errorf("the printer stood still for %s after label %d", gap, i+1)
			}
		}
		for i := range n {
			l := r.ledger.label(fmt.Sprint("job", i), 1)
			if l.State != printer.Confirmed || l.Evidence != printer.E3 || *l.Baseline != int64(i) {
				t.Errorf("label %d is %+v with baseline %d", i, l, *l.Baseline)
			}
		}
	})
}

// The intent of the label ahead is durable, with its own baseline, before it is sent;
// and a third is not sent before the first is proved.
func TestNoMoreThanTwoLabelsAreOut(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.fed(virtual.Options{PerLabel: 10 * time.Second})
		r.ledger.add("c", 1)
		r.ledger.jobs[0].Priority = printer.Later
		r.twoDeep(t)
		time.Sleep(5 * time.Second)
		if got := r.ledger.label("c", 1).State; got != printer.Queued {
			t.Errorf("the third label is %s", got)
		}
		if l := r.ledger.label("b", 1); *l.Baseline != 1 {
			t.Errorf("the baseline of the second label is %d", *l.Baseline)
		}
		r.ledger.untilState(t, "c", 1, printer.Sent)
		if a, b := r.ledger.label("a", 1).State, r.ledger.label("b", 1).State; a != printer.Confirmed || b != printer.Sent {
			t.Errorf("with c at the printer, a is %s and b is %s", a, b)
		}
	})
}

// What speaks against a label ahead: then the second waits for the first's proof.
func TestWhereNothingIsSentAhead(t *testing.T) {
	for name, set := range map[string]func(r *rig, v *virtual.Printer){
		"a line that hides a restart": func(r *rig, _ *virtual.Printer) { r.conf[0].Link = "serial:///dev/ttyS0" },
		"others print there":          func(r *rig, _ *virtual.Printer) { r.conf[0].Shared = true },
		"it does not count":           func(_ *rig, v *virtual.Printer) { v.SetFaults(func(f *virtual.Faults) { f.NoVariables = true }) },
		"it is paused":                func(r *rig, _ *virtual.Printer) { r.ledger.hold(printer.Hold{Role: "shipping", Reason: "lunch"}) },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				v := r.fed(virtual.Options{PerLabel: 10 * time.Second})
				r.ledger.add("a", 1)
				if name != "it is paused" {
					set(r, v)
				}
				r.start()
				r.ledger.untilState(t, "a", 1, printer.Sent)
				if name == "it is paused" {
					set(r, v)
				}
				r.ledger.add("b", 1)
				r.spool.Wake()
				r.ledger.untilState(t, "a", 1, printer.Confirmed)
				if got := r.ledger.label("b", 1); got.State == printer.Sent && got.At.Before(r.ledger.label("a", 1).At) {
					t.Errorf("b was sent ahead: %+v", got)
				}
				r.ledger.hold()
				r.ledger.untilState(t, "b", 1, printer.Confirmed)
				r.exactly(1, v)
			})
		})
	}
}

// A job that comes while a label prints goes ahead as soon as it is there, and an
// urgent one before those that came earlier.
func TestAWokenSpoolSendsTheUrgentAhead(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.fed(virtual.Options{PerLabel: 10 * time.Second})
		r.ledger.add("a", 1)
		r.start()
		r.ledger.untilState(t, "a", 1, printer.Sent)
		time.Sleep(time.Second)
		r.ledger.add("b", 1)
		r.ledger.add("u", 1)
		r.ledger.mu.Lock()
		r.ledger.jobs[2].Priority = printer.Urgent
		r.ledger.mu.Unlock()
		r.spool.Wake()
		time.Sleep(time.Second)
		if b, u := r.ledger.label("b", 1).State, r.ledger.label("u", 1).State; b != printer.Queued || u != printer.Sent {
			t.Errorf("b is %s, the urgent one %s", b, u)
		}
	})
}

// A printer that has time takes what would otherwise go ahead to one that has none.
func TestNothingGoesAheadThatAnotherPrinterCanTake(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		a := r.fed(virtual.Options{PerLabel: 10 * time.Second, Serial: "A"})
		b := r.printer("q", virtual.Options{PerLabel: 10 * time.Second, Serial: "B"})
		r.start()
		time.Sleep(time.Minute)
		began := time.Now()
		r.ledger.add("a", 1)
		r.ledger.add("b", 1)
		r.spool.Wake()
		r.ledger.until(t, time.Minute, "both printed", r.ledger.settled)
		if took := time.Since(began); took > 13*time.Second || len(a.Labels()) != 1 || len(b.Labels()) != 1 {
			t.Errorf("%d and %d labels took %s", len(a.Labels()), len(b.Labels()), took)
		}
	})
}

// A label that is lost while ahead, or behind the one ahead, and whose job was then
// moved goes to the other printer and no more to the one that lost it.
func TestWhatWasLostAheadGoesWhereItIsMoved(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		v := r.fed(virtual.Options{PerLabel: 4 * time.Second, Serial: "A"})
		r.twoDeep(t)
		r.halt()
		q := r.printer("q", virtual.Options{PerLabel: time.Second, Serial: "B"})
		r.conf[len(r.conf)-1].Roles = []string{"spare"}
		v.PowerCut()
		r.ledger.afterwards = func(j *printer.Job) { // a person moves what is queued again at once
			if j.ID == "b" && len(j.Queued()) > 0 {
				j.Only = "q"
			}
		}
		r.start()
		r.ledger.until(t, 15*time.Minute, "both printed", r.ledger.settled)
		if a, b := onPaper(r.ledger.all(), v), onPaper(r.ledger.all(), q); a["a"] != 1 || a["b"] != 0 || b["a"] != 0 || b["b"] != 1 {
			t.Errorf("on the first %v, on the second %v; history %q", a, b, r.ledger.history)
		}
	})
}

// Whatever happens with two labels at the printer, each is settled by itself.
func TestTwoInFlight(t *testing.T) {
	type outcome struct {
		a, b printer.LabelState
		why  string // the reason of those that are unconfirmed
		want [2]int // how often they are on paper
	}
	printed := outcome{printer.Confirmed, printer.Confirmed, "", [2]int{1, 1}}
	for name, tt := range map[string]struct {
		do   func(t *testing.T, r *rig, v *virtual.Printer)
		want outcome
	}{
		"nothing": {func(*testing.T, *rig, *virtual.Printer) {}, printed},
		"a crash": {func(_ *testing.T, r *rig, _ *virtual.Printer) { r.crash(); r.start() }, printed},
		"a crash while both come out": {func(_ *testing.T, r *rig, _ *virtual.Printer) {
			r.crash()
			time.Sleep(9 * time.Second)
			r.start()
		}, printed},
		"a power cut": {func(_ *testing.T, _ *rig, v *virtual.Printer) { v.PowerCut() }, printed},
		"a power cut with the second on the press": {func(_ *testing.T, r *rig, v *virtual.Printer) {
			time.Sleep(4500 * time.Millisecond)
			v.PowerCut()
		}, printed},
		"a crash and a power cut": {func(_ *testing.T, r *rig, v *virtual.Printer) {
			r.crash()
			v.PowerCut()
			r.start()
		}, printed},
		"a crash, and a power cut with the second on the press": {func(_ *testing.T, r *rig, v *virtual.Printer) {
			r.crash()
			time.Sleep(5 * time.Second)
			v.PowerCut()
			r.start()
		}, printed},
		"paper out": {func(_ *testing.T, _ *rig, v *virtual.Printer) {
			v.SetFaults(func(f *virtual.Faults) { f.PaperOut = true })
			time.Sleep(time.Hour)
			v.SetFaults(func(f *virtual.Faults) { f.PaperOut = false })
		}, printed},
		"paper out, and a crash meanwhile": {func(_ *testing.T, r *rig, v *virtual.Printer) {
			v.SetFaults(func(f *virtual.Faults) { f.PaperOut = true })
			time.Sleep(time.Minute)
			r.crash()
			time.Sleep(time.Minute)
			r.start()
			time.Sleep(time.Minute)
			v.SetFaults(func(f *virtual.Faults) { f.PaperOut = false })
		}, printed},
		"off for long with both": {func(_ *testing.T, _ *rig, v *virtual.Printer) {
			v.PowerOff()
			time.Sleep(time.Minute)
			v.PowerOn()
		}, printed},
		"off for long, and FEED": {func(t *testing.T, r *rig, v *virtual.Printer) {
			v.PowerOff()
			time.Sleep(time.Minute)
			v.PowerOn()
			feed(t, v)
		}, outcome{printer.Unconfirmed, printer.Unconfirmed, "FEED", [2]int{0, 0}}},
		"off for long, and FEED twice": {func(t *testing.T, r *rig, v *virtual.Printer) {
			v.PowerOff()
			time.Sleep(time.Minute)
			v.PowerOn()
			feed(t, v)
			feed(t, v)
		}, outcome{printer.Unconfirmed, printer.Unconfirmed, "FEED", [2]int{0, 0}}},
		"off for ever": {
			func(_ *testing.T, _ *rig, v *virtual.Printer) { v.PowerOff() },
			outcome{printer.Unconfirmed, printer.Unconfirmed, "away", [2]int{0, 0}},
		},
		"silence": {func(t *testing.T, r *rig, v *virtual.Printer) {
			v.SetFaults(func(f *virtual.Faults) { f.Silent = true })
			r.ledger.untilState(t, "b", 1, printer.Unconfirmed)
			if got := r.ledger.label("a", 1).State; got != printer.Unconfirmed {
				t.Errorf("a is %s, though the printer says nothing", got)
			}
			v.SetFaults(func(f *virtual.Faults) { f.Silent = false })
		}, printed},
		"a label that vanishes": {func(t *testing.T, r *rig, v *virtual.Printer) {
			v.SetFaults(func(f *virtual.Faults) { f.Swallow = true })
			time.Sleep(4500 * time.Millisecond)
			v.SetFaults(func(f *virtual.Faults) { f.Swallow = false })
		}, outcome{printer.Unconfirmed, printer.Unconfirmed, "counted 1 of 2", [2]int{0, 1}}},
		"a label that vanishes, and FEED": {func(t *testing.T, r *rig, v *virtual.Printer) {
			v.SetFaults(func(f *virtual.Faults) { f.Swallow = true })
			time.Sleep(4500 * time.Millisecond)
			v.SetFaults(func(f *virtual.Faults) { f.Swallow = false })
			time.Sleep(8 * time.Second)
			feed(t, v)
		}, outcome{printer.Unconfirmed, printer.Unconfirmed, "cancelled", [2]int{0, 1}}},
		"a person stops waiting for the first": {func(t *testing.T, r *rig, v *virtual.Printer) {
			r.ledger.decide(t, printer.Unconfirmed)
		}, printed},
		"a person stops waiting for the first, and a crash": {func(t *testing.T, r *rig, v *virtual.Printer) {
			v.SetFaults(func(f *virtual.Faults) { f.PaperOut = true })
			r.ledger.decide(t, printer.Unconfirmed)
			r.crash()
			r.start()
			time.Sleep(2 * time.Second)
			v.SetFaults(func(f *virtual.Faults) { f.PaperOut = false })
		}, outcome{printer.Unconfirmed, printer.Confirmed, "", [2]int{1, 1}}},
		"stop and start": {func(_ *testing.T, r *rig, _ *virtual.Printer) { r.halt(); r.start() }, printed},
		"the second lost with its order taken back": {func(_ *testing.T, r *rig, v *virtual.Printer) {
			r.ledger.void("b")
			time.Sleep(4500 * time.Millisecond)
			v.PowerCut()
		}, outcome{printer.Confirmed, printer.Cancelled, "", [2]int{1, 0}}},
		"both lost with the first's order taken back": {func(_ *testing.T, r *rig, v *virtual.Printer) {
			r.ledger.void("a")
			v.PowerCut()
		}, outcome{printer.Cancelled, printer.Confirmed, "", [2]int{0, 1}}},
		"an order taken back whose label comes out": {func(_ *testing.T, r *rig, _ *virtual.Printer) {
			r.ledger.void("b")
		}, printed},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				r.tune = func(o *spool.Options) { o.Grace = time.Nanosecond }
				v := r.fed(virtual.Options{PerLabel: 4 * time.Second})
				r.twoDeep(t)
				tt.do(t, r, v)
				r.ledger.until(t, 3*time.Hour, "settled", r.ledger.settled)
				time.Sleep(2 * time.Hour) // and stays so
				a, b := r.ledger.label("a", 1), r.ledger.label("b", 1)
				n := onPaper(r.ledger.all(), v)
				got := outcome{a.State, b.State, tt.want.why, [2]int{n["a"], n["b"]}}
				if got != tt.want {
					t.Errorf("%+v, want %+v; history %q", got, tt.want, r.ledger.history)
				}
				for _, l := range []printer.Label{a, b} {
					if l.State == printer.Unconfirmed && !strings.Contains(l.Reason, tt.want.why) {
						t.Errorf("label %+v: the reason has no %q", l, tt.want.why)
					}
				}
			})
		})
	}
}
