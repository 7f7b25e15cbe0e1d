package spool_test

import (
	"context"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"waybill/printer"
	"waybill/printer/spool"
	"waybill/printer/virtual"
)

// feed presses FEED: a blank label comes out, and the printer counts it.
func feed(t *testing.T, v *virtual.Printer) {
	t.Helper()
	if err := v.Feed(); err != nil {
		t.Fatal(err)
	}
}

// The label is lost with the printer's memory, and somebody presses FEED before
// the printer can be asked: its count has moved by one, as if it had printed.
func TestFeedWhileNobodyLooksIsNoLabel(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.tune = func(o *spool.Options) { o.Grace = time.Nanosecond }
		v := r.printer("p", virtual.Options{PerLabel: 2 * time.Second})
		r.ledger.add("a", 1)
		r.start()
		r.ledger.untilState(t, "a", 1, printer.Sent)
		r.crash()
		v.PowerCut()
		time.Sleep(20 * time.Second)
		feed(t, v)
		time.Sleep(20 * time.Second)
		r.start()
		l := r.ledger.untilState(t, "a", 1, printer.Unconfirmed)
		if !strings.Contains(l.Reason, "FEED") {
			t.Errorf("the reason is %q", l.Reason)
		}
		time.Sleep(time.Hour)
		r.exactly(0, v)
		if got := r.ledger.label("a", 1).State; got != printer.Unconfirmed {
			t.Errorf("the label went on to %s by itself", got)
		}
	})
}

// A power cut that the clock does not survive sets it back to before the label:
// that the printer was out of sight for long does not show by it.
func TestAClockThatWentBackProvesNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.tune = func(o *spool.Options) { o.Grace = time.Nanosecond }
		v := r.printer("p", virtual.Options{PerLabel: 2 * time.Second})
		r.ledger.add("a", 1)
		r.start()
		r.ledger.untilState(t, "a", 1, printer.Sent)
		r.crash()
		v.PowerCut()
		time.Sleep(20 * time.Second)
		feed(t, v)
		time.Sleep(20 * time.Second)
		r.tune = func(o *spool.Options) { o.Now = func() time.Time { return time.Now().Add(-time.Hour) } }
		r.start()
		r.ledger.untilState(t, "a", 1, printer.Unconfirmed)
		r.exactly(0, v)
	})
}

// What a person does with other labels of the job is no answer of the printer.
func TestAPersonIsNoSightOfThePrinter(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.tune = func(o *spool.Options) { o.Grace, o.Batch = time.Nanosecond, 1 }
		v := r.printer("p", virtual.Options{PerLabel: 2 * time.Second})
		r.ledger.add("a", 2)
		r.start()
		r.ledger.untilState(t, "a", 1, printer.Sent)
		r.crash()
		v.PowerCut()
		time.Sleep(20 * time.Second)
		feed(t, v)
		time.Sleep(20 * time.Second)
		l, err := r.ledger.label("a", 2).Move(printer.Cancelled, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if err := r.ledger.Record(t.Context(), r.ledger.all()[0].With(l)); err != nil {
			t.Fatal(err)
		}
		r.start()
		r.ledger.untilState(t, "a", 1, printer.Unconfirmed)
		r.exactly(0, v)
	})
}

// Two printers of the configuration may be one machine: what the one prints moves
// the count of the other.
func TestOneMachineUnderTwoNamesIsShared(t *testing.T) {
	for name, link := range map[string]string{"by its serial number": "", "by its link": "tcp://p:9100"} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				o := virtual.Options{PerLabel: 2 * time.Second, Serial: "S1", Clients: 2}
				r.printer("p", o)
				two := r.conf[0]
				two.Name, two.Roles = "q", []string{"returns"}
				r.conf = append(r.conf, two)
				for i := range r.conf {
					r.conf[i].Link = link
				}
				r.start()
				time.Sleep(10 * time.Second)
				r.ledger.add("a", 1)
				r.spool.Wake()
				r.ledger.untilState(t, "a", 1, printer.Confirmed)
				if !r.ledger.label("a", 1).Shared {
					t.Error("its count is held for the label's alone")
				}
			})
		})
	}
}

// A printer that a fault has stopped prints by itself what it has; not every one
// says meanwhile that it has something. Who answers that no label came out would
// get it twice.
func TestAStoppedPrinterKeepsItsLabel(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		v := r.printer("p", virtual.Options{PerLabel: 2 * time.Second})
		v.SetFaults(func(f *virtual.Faults) { f.SilentHS = true })
		r.ledger.add("a", 1)
		r.start()
		r.ledger.untilState(t, "a", 1, printer.Sent)
		v.SetFaults(func(f *virtual.Faults) { f.PaperOut = true })
		time.Sleep(10 * time.Second)
		if got := r.spool.Keeps("p"); !strings.Contains(got, "out of labels") {
			t.Errorf("it keeps %q, want its label", got)
		}
		v.SetFaults(func(f *virtual.Faults) { f.PaperOut = false })
		r.ledger.untilState(t, "a", 1, printer.Confirmed)
		time.Sleep(10 * time.Second)
		if got := r.spool.Keeps("p"); got != "" {
			t.Errorf("it keeps %q with nothing to do", got)
		}
		r.exactly(1, v)
	})
}

// The same on the connection that brought the label, which a printer that was
// switched off cannot have kept.
func TestPaperChangeOnOneConnectionIsBelieved(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		v := r.printer("p", virtual.Options{PerLabel: 2 * time.Second})
		r.conf[0].Link = "tcp://p:9100"
		r.ledger.add("a", 1)
		r.start()
		r.ledger.untilState(t, "a", 1, printer.Sent)
		v.SetFaults(func(f *virtual.Faults) { f.PaperOut = true })
		time.Sleep(time.Hour)
		v.SetFaults(func(f *virtual.Faults) { f.PaperOut = false })
		r.ledger.untilState(t, "a", 1, printer.Confirmed)
		r.exactly(1, v)
	})
}

// A crash long after the paper ran out, on a printer that then tells nothing of what
// it has: the printer was seen until a moment ago, and the journal knows.
func TestSightSurvivesACrash(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		v := r.printer("p", virtual.Options{PerLabel: 2 * time.Second})
		r.conf[0].Link = "tcp://p:9100"
		r.ledger.add("a", 1)
		r.start()
		r.ledger.untilState(t, "a", 1, printer.Sent)
		v.SetFaults(func(f *virtual.Faults) { f.PaperOut, f.SilentHS = true, true })
		time.Sleep(time.Minute)
		r.crash()
		v.SetFaults(func(f *virtual.Faults) { f.PaperOut = false })
		time.Sleep(3 * time.Second)
		r.start()
		r.ledger.untilState(t, "a", 1, printer.Confirmed)
		r.exactly(1, v)
		for _, h := range r.ledger.history {
			if strings.HasPrefix(h, "a/1 unconfirmed") {
				t.Errorf("a person was asked; history %q", r.ledger.history)
			}
		}
	})
}

// A printer takes seconds for the questions that a conversation begins with. The first
// status among them is sight of it, though the count comes later.
func TestFirstStatusIsSight(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		v := r.printer("p", virtual.Options{PerLabel: 2 * time.Second})
		r.conf[0].Link = "tcp://p:9100"
		r.ledger.add("a", 1)
		r.start()
		r.ledger.untilState(t, "a", 1, printer.Sent)
		r.crash()
		v.SetFaults(func(f *virtual.Faults) { f.Delay = virtual.Duration(600 * time.Millisecond) })
		time.Sleep(4 * time.Second)
		r.start()
		r.ledger.untilState(t, "a", 1, printer.Confirmed)
		r.exactly(1, v)
		for _, h := range r.ledger.history {
			if strings.HasPrefix(h, "a/1 unconfirmed") {
				t.Errorf("a person was asked; history %q", r.ledger.history)
			}
		}
	})
}

// A crash while the printer is out of paper: the label was not printed when the
// printer was seen again, and the printer said that it still had it.
func TestLabelThatIsSeenToComeIsBelieved(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.tune = func(o *spool.Options) { o.Grace = time.Nanosecond }
		v := r.printer("p", virtual.Options{PerLabel: 5 * time.Second})
		r.ledger.add("a", 1)
		r.start()
		r.ledger.untilState(t, "a", 1, printer.Sent)
		v.SetFaults(func(f *virtual.Faults) { f.PaperOut = true })
		time.Sleep(time.Minute)
		r.crash()
		time.Sleep(10 * time.Minute)
		r.start()
		time.Sleep(time.Minute)
		v.SetFaults(func(f *virtual.Faults) { f.PaperOut = false })
		r.ledger.untilState(t, "a", 1, printer.Confirmed)
		r.exactly(1, v)
	})
}

// On a printer that others use, a count of one says little even moments after a
// crash: the label may have been cut short, and the other's counted.
func TestSharedPrinterIsAskedAbout(t *testing.T) {
	for name, tt := range map[string]struct{ seen, said bool }{
		"ours alone":           {},
		"others print on it":   {seen: true},
		"others are said to":   {said: true},
		"said to and seen too": {seen: true, said: true},
	} {
		others := tt.seen || tt.said
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				r.tune = func(o *spool.Options) { o.Grace = time.Nanosecond }
				v := r.printer("p", virtual.Options{PerLabel: time.Second})
				r.conf[0].Shared = tt.said
				r.ledger.add("a", 1)
				r.start()
				r.ledger.untilState(t, "a", 1, printer.Confirmed)
				time.Sleep(time.Minute)
				if tt.seen {
					feed(t, v)
				}
				r.ledger.add("b", 1)
				r.spool.Wake()
				r.ledger.untilState(t, "b", 1, printer.Sent)
				r.crash()
				time.Sleep(2 * time.Second)
				r.start()
				want := printer.Confirmed
				if others {
					want = printer.Unconfirmed
				}
				if l := r.ledger.untilState(t, "b", 1, want); l.Shared != others {
					t.Errorf("label %+v", l)
				}
				r.exactly(1, v)
			})
		})
	}
}

// A printer that says it has nothing left, and has the label all the same, must
// not print it beside the one that is sent again.
func TestLyingStatusDoublesNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.tune = func(o *spool.Options) { o.Grace = time.Nanosecond }
		v := r.printer("p", virtual.Options{PerLabel: time.Second})
		dial := r.conf[0].Dial
		var lying atomic.Bool
		r.conf[0].Dial = func(ctx context.Context) (io.ReadWriteCloser, error) {
			conn, err := dial(ctx)
			return liar{conn, &lying}, err
		}
		r.ledger.add("a", 1)
		r.start()
		r.ledger.untilState(t, "a", 1, printer.Sent)
		v.SetFaults(func(f *virtual.Faults) { f.PaperOut = true })
		lying.Store(true)
		r.crash()
		r.start()
		time.Sleep(30 * time.Second)
		v.SetFaults(func(f *virtual.Faults) { f.PaperOut = false })
		lying.Store(false)
		r.ledger.untilState(t, "a", 1, printer.Confirmed)
		time.Sleep(time.Minute)
		r.exactly(1, v)
	})
}

// A liar is a conversation with a printer that says it is well and idle.
type liar struct {
	io.ReadWriteCloser
	lying *atomic.Bool
}

// Read puts lies in the place of answers about the status.
func (l liar) Read(p []byte) (int, error) {
	n, err := l.ReadWriteCloser.Read(p)
	switch text := string(p[:n]); {
	case !l.lying.Load():
	case strings.Contains(text, "PRINTER STATUS"):
		n = copy(p, "\x02\r\n\r\n  PRINTER STATUS                            \r\n"+
			"   ERRORS:         0 00000000 00000000      \r\n   WARNINGS:       0 00000000 00000000      \r\n\x03")
	case strings.HasPrefix(text, "\x02030,"):
		n = copy(p, "\x02030,0,0,1225,000,0,0,0,000,0,0,0\x03\r\n\x02001,0,0,0,1,2,6,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n")
	}
	return n, err
}

// A printer that falls silent is asked about after its deadline; where it was the
// same connection all along, it may still answer in time to spare the person.
func TestLateAnswerConfirms(t *testing.T) {
	for name, tt := range map[string]struct {
		link    string
		shared  bool
		swallow bool
		want    printer.LabelState
	}{
		"same connection":            {"tcp://p:9100", false, false, printer.Confirmed},
		"a line hides a restart":     {"serial:///dev/ttyS0", false, false, printer.Unconfirmed},
		"a box may hide a restart":   {"tcp://p:9100", true, false, printer.Unconfirmed},
		"it answers and has lost it": {"tcp://p:9100", false, true, printer.Unconfirmed},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				v := r.printer("p", virtual.Options{PerLabel: 2 * time.Second})
				r.conf[0].Link, r.conf[0].Shared = tt.link, tt.shared
				v.SetFaults(func(f *virtual.Faults) { f.Swallow = tt.swallow })
				r.ledger.add("a", 1)
				r.start()
				r.ledger.untilState(t, "a", 1, printer.Sent)
				v.SetFaults(func(f *virtual.Faults) { f.Silent = true })
				r.ledger.untilState(t, "a", 1, printer.Unconfirmed)
				time.Sleep(time.Minute)
				v.SetFaults(func(f *virtual.Faults) { f.Silent = false })
				time.Sleep(time.Minute)
				if l := r.ledger.label("a", 1); l.State != tt.want || tt.want == printer.Confirmed && (l.Evidence != printer.E3 || l.Reason != "") {
					t.Errorf("label %+v, want %s; history %q", l, tt.want, r.ledger.history)
				}
				r.ledger.add("b", 1) // and the printer works on
				v.SetFaults(func(f *virtual.Faults) { f.Swallow = false })
				r.spool.Wake()
				r.ledger.untilState(t, "b", 1, printer.Confirmed)
			})
		})
	}
}

// Many a printer is silent as long as it has no paper. Who looks then sees no label;
// it comes by itself once there is paper, and must not come again.
func TestWhatComesOutAfterAllIsNotSentAgain(t *testing.T) {
	for name, answer := range map[string]func(*ledger){
		"asked for its silence":    func(*ledger) {},
		"somebody stopped waiting": func(l *ledger) { l.decide(t, printer.Unconfirmed) },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				v := r.printer("p", virtual.Options{PerLabel: 2 * time.Second})
				r.conf[0].Link = "tcp://p:9100"
				r.ledger.add("a", 1)
				r.start()
				r.ledger.untilState(t, "a", 1, printer.Sent)
				v.SetFaults(func(f *virtual.Faults) { f.Silent, f.PaperOut = true, true })
				answer(r.ledger)
				r.ledger.untilState(t, "a", 1, printer.Unconfirmed)
				r.ledger.decide(t, printer.Queued)
				time.Sleep(time.Second)
				v.SetFaults(func(f *virtual.Faults) { f.Silent, f.PaperOut = false, false })
				if l := r.ledger.untilState(t, "a", 1, printer.Confirmed); l.Evidence != printer.E3 {
					t.Errorf("label %+v", l)
				}
				time.Sleep(time.Minute)
				r.exactly(1, v)
			})
		})
	}
}

// A person who answers before the printer does has the last word.
func TestPersonBeforeLateAnswer(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		v := r.printer("p", virtual.Options{PerLabel: 2 * time.Second})
		r.conf[0].Link = "tcp://p:9100"
		r.ledger.add("a", 1)
		r.start()
		r.ledger.untilState(t, "a", 1, printer.Sent)
		v.SetFaults(func(f *virtual.Faults) { f.Silent = true })
		l := r.ledger.untilState(t, "a", 1, printer.Unconfirmed)
		l, err := l.Move(printer.Cancelled, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		job := r.ledger.all()[0]
		if err := r.ledger.Record(t.Context(), job.With(l)); err != nil {
			t.Fatal(err)
		}
		v.SetFaults(func(f *virtual.Faults) { f.Silent = false })
		time.Sleep(time.Minute)
		if got := r.ledger.label("a", 1).State; got != printer.Cancelled {
			t.Errorf("the label is %s", got)
		}
		r.ledger.add("b", 1)
		r.spool.Wake()
		r.ledger.untilState(t, "b", 1, printer.Confirmed)
	})
}

// A printer that was off for long and is then looked at before somebody presses FEED
// has not been in sight all along.
func TestSightOnceLostIsNotRegained(t *testing.T) {
	for name, again := range map[string]func(r *rig, v *virtual.Printer){
		"the same conversation": func(*rig, *virtual.Printer) {},
		"a new one": func(_ *rig, v *virtual.Printer) {
			n := 1
			v.SetFaults(func(f *virtual.Faults) { f.CutAfter = &n })
			time.Sleep(500 * time.Millisecond)
			v.SetFaults(func(f *virtual.Faults) { f.CutAfter = nil })
		},
		"after a crash": func(r *rig, _ *virtual.Printer) { r.crash(); r.start() },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				r.tune = func(o *spool.Options) { o.Grace, o.Settle = time.Nanosecond, time.Minute }
				v := r.printer("p", virtual.Options{PerLabel: 2 * time.Second})
				r.ledger.add("a", 1)
				r.start()
				r.ledger.untilState(t, "a", 1, printer.Sent)
				v.PowerOff()
				time.Sleep(time.Minute)
				v.PowerOn()
				time.Sleep(15 * time.Second) // the printer is looked at, and has nothing
				again(r, v)
				feed(t, v)
				r.ledger.untilState(t, "a", 1, printer.Unconfirmed)
				r.exactly(0, v)
			})
		})
	}
}
