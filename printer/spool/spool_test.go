package spool_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/printer"
	"waybill/printer/driver"
	"waybill/printer/spool"
	"waybill/printer/virtual"
)

// inBubble runs f with virtual time and production timings.
func inBubble(t *testing.T, f func(t *testing.T, r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(t, newRig(t)) })
}

func TestEveryStepIsDurableInOrder(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		v := r.printer("p", virtual.Options{})
		r.tune = func(o *spool.Options) { o.Batch = 1 }
		r.ledger.add("a", 2)
		r.start()
		l := r.ledger.untilState(t, "a", 2, printer.Confirmed)
		if l.Evidence != printer.E3 || l.Baseline == nil || *l.Baseline != 1 || l.Device != "VIRTUAL0001" {
			t.Errorf("second label is %+v, baseline %v", l, l.Baseline)
		}
		want := []string{
			"a/1 sending ", "a/2 queued ", "a/1 sent E0", "a/2 queued ", "a/1 confirmed E3", "a/2 queued ",
			"a/1 confirmed E3", "a/2 sending ", "a/1 confirmed E3", "a/2 sent E0", "a/1 confirmed E3", "a/2 confirmed E3",
		}
		if diff := cmp.Diff(want, r.ledger.history); diff != "" {
			t.Errorf("history (-want +got):\n%s", diff)
		}
		r.exactly(2, v)
		st := r.spool.Status()
		if len(st) != 1 || !st[0].Status.Clear() || st[0].Identity.Serial != "VIRTUAL0001" {
			t.Errorf("status is %+v", st)
		}
	})
}

func TestWakeIsPrompt(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		v := r.printer("p", virtual.Options{})
		r.start()
		time.Sleep(time.Minute)
		r.ledger.add("a", 1)
		began := time.Now()
		r.spool.Wake()
		r.ledger.untilState(t, "a", 1, printer.Sent)
		if took := time.Since(began); took > 10*time.Millisecond {
			t.Errorf("a label waited %s for an idle printer", took)
		}
		r.ledger.untilState(t, "a", 1, printer.Confirmed)
		r.exactly(1, v)
	})
}

func TestPoolSharesJobs(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		a := r.printer("a", virtual.Options{PerLabel: time.Second, Serial: "A"})
		b := r.printer("b", virtual.Options{PerLabel: time.Second, Serial: "B"})
		for i := range 10 {
			r.ledger.add(fmt.Sprint("job", i), 1)
		}
		r.start()
		r.ledger.until(t, time.Minute, "all printed", r.ledger.settled)
		r.exactly(1, a, b)
		if len(a.Labels()) < 3 || len(b.Labels()) < 3 {
			t.Errorf("printers shared %d to %d", len(a.Labels()), len(b.Labels()))
		}
	})
}

func TestPrinterOffThenOn(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		v := r.printer("p", virtual.Options{})
		v.PowerOff()
		r.ledger.add("a", 1)
		r.start()
		time.Sleep(time.Hour)
		if got := r.ledger.label("a", 1).State; got != printer.Queued || !r.hasTold(printer.Offline) {
			t.Errorf("with the printer off the label is %s; told %q", got, r.seen)
		}
		v.PowerOn()
		r.ledger.untilState(t, "a", 1, printer.Confirmed)
		r.exactly(1, v)
	})
}

func TestFaultBeforeSendingHoldsTheLabel(t *testing.T) {
	for c, set := range map[printer.Condition]func(v *virtual.Printer, on bool){
		printer.PaperOut:  func(v *virtual.Printer, on bool) { v.SetFaults(func(f *virtual.Faults) { f.PaperOut = on }) },
		printer.RibbonOut: func(v *virtual.Printer, on bool) { v.SetFaults(func(f *virtual.Faults) { f.RibbonOut = on }) },
		printer.HeadOpen: func(v *virtual.Printer, on bool) {
			v.SetFaults(func(f *virtual.Faults) { f.HeadOpen, f.SilentHS = on, on })
		},
		printer.CutterFault: func(v *virtual.Printer, on bool) { v.SetFaults(func(f *virtual.Faults) { f.CutterFault = on }) },
		printer.TooHot:      func(v *virtual.Printer, on bool) { v.SetFaults(func(f *virtual.Faults) { f.MotorHot = on }) },
		printer.TooCold:     func(v *virtual.Printer, on bool) { v.SetFaults(func(f *virtual.Faults) { f.HeadCold = on }) },
		printer.MemoryLost:  func(v *virtual.Printer, on bool) { v.SetFaults(func(f *virtual.Faults) { f.RAMLost = on }) },
		printer.HeadFault: func(v *virtual.Printer, on bool) {
			v.SetFaults(func(f *virtual.Faults) { f.ErrorBits = map[bool]uint32{true: 0x40}[on] })
		},
		printer.Paused:   func(v *virtual.Printer, on bool) { v.Pause(on) },
		printer.NoAnswer: func(v *virtual.Printer, on bool) { v.SetFaults(func(f *virtual.Faults) { f.Silent = on }) },
	} {
		t.Run(string(c), func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				v := r.printer("p", virtual.Options{})
				r.start()
				time.Sleep(10 * time.Second)
				set(v, true)
				limit := time.Second + time.Millisecond
				if c == printer.NoAnswer {
					limit += 4 * time.Second // silence takes its deadlines to be noticed
				}
				time.Sleep(limit)
				if !r.hasTold(c) {
					t.Errorf("%s was not told within %s; told %q", c, limit, r.seen)
				}
				r.ledger.add("a", 1)
				r.spool.Wake()
				time.Sleep(time.Minute)
				if got := r.ledger.label("a", 1).State; got != printer.Queued {
					t.Errorf("with %s the label is %s", c, got)
				}
				set(v, false)
				if l := r.ledger.untilState(t, "a", 1, printer.Confirmed); l.Evidence != printer.E3 {
					t.Errorf("evidence is %s", l.Evidence)
				}
				r.exactly(1, v)
			})
		})
	}
}

func TestPaperOutWhilePrintingGoesOn(t *testing.T) {
	for _, silent := range []bool{false, true} {
		inBubble(t, func(t *testing.T, r *rig) {
			v := r.printer("p", virtual.Options{PerLabel: time.Second})
			r.ledger.add("a", 1)
			r.start()
			r.ledger.untilState(t, "a", 1, printer.Sent)
			v.SetFaults(func(f *virtual.Faults) { f.PaperOut, f.SilentHS = true, silent })
			time.Sleep(2 * time.Hour)
			if got := r.ledger.label("a", 1).State; got != printer.Sent || !r.hasTold(printer.PaperOut) {
				t.Errorf("out of paper the label is %s; told %q", got, r.seen)
			}
			v.SetFaults(func(f *virtual.Faults) { f.PaperOut = false })
			r.ledger.untilState(t, "a", 1, printer.Confirmed)
			r.exactly(1, v)
		})
	}
}

func TestConnectionCutAnywhere(t *testing.T) {
	size := len("^XA^FO20,20^A0N,30^FDa^FS^XZ")
	for _, at := range []int{1, size / 2, size - 1, size, size + 3} {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				v := r.printer("p", virtual.Options{PerLabel: 300 * time.Millisecond})
				r.start()
				time.Sleep(10 * time.Second)
				// The questions before the label are whole exchanges; the cut is
				// counted from the label's first byte.
				before := len("~HQES\r\n~HS\r\n! U1 getvar \"odometer.total_label_count\"\r\n") + at
				v.SetFaults(func(f *virtual.Faults) { f.CutAfter = &before })
				r.ledger.add("a", 1)
				r.spool.Wake()
				if l := r.ledger.untilState(t, "a", 1, printer.Confirmed); l.Evidence != printer.E3 {
					t.Errorf("evidence is %s", l.Evidence)
				}
				if !r.hasTold(printer.Offline) {
					t.Error("the connection was not cut")
				}
				r.exactly(1, v)
			})
		})
	}
}

func TestPowerCutWithLabelInBuffer(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		v := r.printer("p", virtual.Options{PerLabel: time.Second})
		r.ledger.add("a", 1)
		r.start()
		r.ledger.untilState(t, "a", 1, printer.Sent)
		time.Sleep(500 * time.Millisecond)
		v.PowerCut()
		r.ledger.untilWas(t, "a", 1, printer.Queued)
		r.exactly(0, v) // but for half of one
		r.ledger.untilState(t, "a", 1, printer.Confirmed)
		r.exactly(1, v)
	})
}

func TestPowerCutAgainAndAgainEnds(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		v := r.printer("p", virtual.Options{PerLabel: time.Second})
		r.ledger.add("a", 1)
		r.start()
		for range 4 {
			r.ledger.untilState(t, "a", 1, printer.Sent)
			time.Sleep(100 * time.Millisecond)
			v.PowerCut()
			r.ledger.until(t, time.Minute, "dealt with", func() bool { return r.ledger.label("a", 1).State != printer.Sent })
		}
		if l := r.ledger.untilState(t, "a", 1, printer.Failed); l.Reason == "" {
			t.Error("failed without a reason")
		}
		r.exactly(0, v)
	})
}

func TestWithoutOdometer(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		v := r.printer("p", virtual.Options{PerLabel: time.Second})
		v.SetFaults(func(f *virtual.Faults) { f.NoVariables = true })
		r.ledger.add("a", 1)
		r.start()
		if l := r.ledger.untilState(t, "a", 1, printer.Confirmed); l.Evidence != printer.E2 || l.Baseline != nil {
			t.Errorf("label is %+v", l)
		}
		r.exactly(1, v)
		r.ledger.add("b", 1)
		r.spool.Wake()
		r.ledger.untilState(t, "b", 1, printer.Sent)
		v.PowerCut() // nobody can say whether it came out
		if l := r.ledger.untilState(t, "b", 1, printer.Unconfirmed); l.Reason == "" {
			t.Error("unconfirmed without a reason")
		}
	})
}

func TestUnconfirmed(t *testing.T) {
	for name, f := range map[string]func(r *rig, v *virtual.Printer){
		"silence": func(_ *rig, v *virtual.Printer) { v.SetFaults(func(f *virtual.Faults) { f.Silent = true }) },
		"printed nothing and forgot": func(_ *rig, v *virtual.Printer) {
			v.SetFaults(func(f *virtual.Faults) { f.Swallow = true })
		},
		"away for long":    func(_ *rig, v *virtual.Printer) { v.PowerOff() },
		"crash, then away": func(r *rig, v *virtual.Printer) { r.crash(); v.PowerOff(); r.start() },
		"crash, then silence": func(r *rig, v *virtual.Printer) {
			r.crash()
			v.SetFaults(func(f *virtual.Faults) { f.Silent = true })
			r.start()
		},
		"printer taken out of the configuration": func(r *rig, _ *virtual.Printer) {
			r.crash()
			r.conf[0].Name = "other"
			r.start()
		},
		"another machine in its place": func(r *rig, _ *virtual.Printer) {
			r.crash()
			r.conf = nil
			r.printer("p", virtual.Options{Serial: "OTHER"})
			r.start()
		},
		"others have printed since": func(r *rig, v *virtual.Printer) {
			r.crash()
			time.Sleep(time.Minute)
			if err := v.Feed(); err != nil {
				r.t.Error(err)
			}
			r.start()
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				r.tune = func(o *spool.Options) { o.Grace = time.Nanosecond }
				v := r.printer("p", virtual.Options{PerLabel: 2 * time.Second})
				r.ledger.add("a", 1)
				r.start()
				r.ledger.untilState(t, "a", 1, printer.Sent)
				f(r, v)
				if l := r.ledger.untilState(t, "a", 1, printer.Unconfirmed); l.Reason == "" {
					t.Error("unconfirmed without a reason")
				}
				v.SetFaults(func(f *virtual.Faults) { *f = virtual.Faults{} })
				v.PowerOn()
				time.Sleep(time.Hour)
				if got := r.ledger.label("a", 1).State; got != printer.Unconfirmed {
					t.Errorf("the label went on to %s by itself", got)
				}
				if n := onPaper(r.ledger.all(), v)["a"]; n > 1 {
					t.Errorf("%d labels on paper", n)
				}
			})
		})
	}
}

func TestStopFinishesTheLabelInFlight(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		v := r.printer("p", virtual.Options{PerLabel: time.Second})
		r.ledger.add("a", 1)
		r.ledger.add("b", 1)
		r.start()
		r.ledger.untilState(t, "a", 1, printer.Sent)
		r.halt()
		if a, b := r.ledger.label("a", 1).State, r.ledger.label("b", 1).State; a != printer.Confirmed || b != printer.Queued {
			t.Errorf("after the stop a is %s and b is %s", a, b)
		}
		r.start()
		r.ledger.untilState(t, "b", 1, printer.Confirmed)
		r.exactly(1, v)
	})
}

func TestStopLeavesAStuckLabelForTheNextStart(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		v := r.printer("p", virtual.Options{PerLabel: time.Second})
		r.ledger.add("a", 1)
		r.start()
		r.ledger.untilState(t, "a", 1, printer.Sent)
		v.SetFaults(func(f *virtual.Faults) { f.HeadOpen = true })
		began := time.Now()
		r.halt()
		if took := time.Since(began); took > 6*time.Second || r.ledger.label("a", 1).State != printer.Sent {
			t.Errorf("stop took %s and left the label %s", took, r.ledger.label("a", 1).State)
		}
		v.SetFaults(func(f *virtual.Faults) { f.HeadOpen = false })
		r.start()
		r.ledger.untilState(t, "a", 1, printer.Confirmed)
		r.exactly(1, v)
	})
}

func TestLanguageNobodySpeaks(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		v := r.printer("p", virtual.Options{})
		r.ledger.add("a", 1)
		r.ledger.jobs[0].Language = "pdf"
		r.start()
		if l := r.ledger.untilState(t, "a", 1, printer.Failed); l.Reason == "" {
			t.Error("failed without a reason")
		}
		r.exactly(0, v)
	})
}

func TestWrongMachineGetsNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		v := r.printer("p", virtual.Options{})
		r.conf[0].Serial = "THE-RIGHT-ONE"
		r.ledger.add("a", 1)
		r.start()
		time.Sleep(time.Minute)
		if got := r.ledger.label("a", 1).State; got != printer.Queued || !r.hasTold(printer.AnotherPrinter) {
			t.Errorf("the label is %s; told %q", got, r.seen)
		}
		r.exactly(0, v)
	})
}

// Labels drawn for other dots would come out too large or too small to scan.
func TestWrongDensityGetsNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		v := r.printer("p", virtual.Options{DotsPerMM: 12})
		r.conf[0].DotsPerMM = 8
		r.ledger.add("a", 1)
		r.start()
		time.Sleep(time.Minute)
		if got := r.ledger.label("a", 1).State; got != printer.Queued || !r.hasTold(printer.WrongDensity) {
			t.Errorf("the label is %s; told %q", got, r.seen)
		}
		r.exactly(0, v)
	})
}

func TestFilePrinterStores(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		dir := filepath.Join(t.TempDir(), "labels")
		r.conf = []spool.Config{{
			Name: "f", Roles: []string{"shipping"}, Driver: driver.All()["file"], Link: "file://" + filepath.ToSlash(dir),
		}}
		r.ledger.add("a", 2)
		r.start()
		if l := r.ledger.untilState(t, "a", 2, printer.Confirmed); l.Evidence != printer.Stored {
			t.Errorf("evidence is %s", l.Evidence)
		}
		if files, err := os.ReadDir(dir); err != nil || len(files) != 2 {
			t.Errorf("directory holds %v, %v", files, err)
		}
	})
}

func TestOptionsAreChecked(t *testing.T) {
	for _, o := range []spool.Options{
		{},
		{Ledger: newLedger(), Printers: []spool.Config{{Name: "a"}}},
		{Ledger: newLedger(), Printers: []spool.Config{{Driver: driver.All()["zpl"]}}},
		{Ledger: newLedger(), Printers: []spool.Config{
			{Name: "a", Driver: driver.All()["zpl"]}, {Name: "a", Driver: driver.All()["zpl"]},
		}},
	} {
		if err := spool.New(o).Run(t.Context()); err == nil {
			t.Errorf("options %+v were taken", o)
		}
	}
}

func TestCountingPrinterPrintsNothingUncounted(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		v := r.printer("p", virtual.Options{})
		r.ledger.add("a", 1)
		r.start()
		r.ledger.untilState(t, "a", 1, printer.Confirmed)
		v.SetFaults(func(f *virtual.Faults) { f.NoVariables = true })
		r.ledger.add("b", 1)
		time.Sleep(time.Minute)
		if got := r.ledger.label("b", 1).State; got != printer.Queued || !r.hasTold(printer.NoAnswer) {
			t.Errorf("without the counter the label is %s; told %q", got, r.seen)
		}
		v.SetFaults(func(f *virtual.Faults) { f.NoVariables = false })
		if l := r.ledger.untilState(t, "b", 1, printer.Confirmed); l.Evidence != printer.E3 {
			t.Errorf("evidence is %s", l.Evidence)
		}
		r.exactly(1, v)
	})
}

// Two bits without a word are one condition; whoever mends the printer needs to
// read the one that it is.
func TestOtherWordsForTheSameStateAreTold(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		v := r.printer("bench", virtual.Options{})
		var mu sync.Mutex
		var details []string
		r.tune = func(o *spool.Options) {
			o.OnStatus = func(_ string, st printer.Status, _ printer.Identity) {
				mu.Lock()
				defer mu.Unlock()
				details = append(details, st.Detail)
			}
		}
		r.start()
		time.Sleep(2 * time.Second)
		v.SetFaults(func(f *virtual.Faults) { f.ErrorBits = 1 << 31 })
		time.Sleep(2 * time.Second)
		since := r.spool.Status()[0].Since
		v.SetFaults(func(f *virtual.Faults) { f.ErrorBits = 1 << 30 })
		time.Sleep(10 * time.Second)
		if got := r.spool.Status()[0].Since; got != since {
			t.Errorf("the state lasts since %s, want %s", got, since)
		}
		mu.Lock()
		defer mu.Unlock()
		if diff := cmp.Diff([]string{"", "errors 00000000 80000000", "errors 00000000 40000000"}, details); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	})
}
