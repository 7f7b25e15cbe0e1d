package spool_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"waybill/internal/raced"
	"waybill/printer"
	"waybill/printer/spool"
	"waybill/printer/virtual"
)

// untilPrinted waits until n labels of a job are in state.
func (l *ledger) untilTally(t *testing.T, id string, state printer.LabelState, n int) {
	t.Helper()
	l.until(t, 2*time.Hour, fmt.Sprintf("%d labels of %s are %s", n, id, state), func() bool {
		for _, j := range l.all() {
			if string(j.ID) == id {
				return tally(j)[state] >= n
			}
		}
		return false
	})
}

func TestBatchIsConfirmedLabelByLabel(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		v := r.printer("p", virtual.Options{PerLabel: 2 * time.Second})
		r.ledger.add("a", 5)
		r.start()
		r.ledger.untilTally(t, "a", printer.Confirmed, 2)
		if n, sum := len(v.Labels()), tally(r.ledger.all()[0]); n > 3 || sum[printer.Sent] < 2 {
			t.Errorf("%d labels on paper, job %v: two were to be known while three were to come", n, sum)
		}
		l := r.ledger.untilState(t, "a", 5, printer.Confirmed)
		if l.Evidence != printer.E3 || *l.Baseline != 4 {
			t.Errorf("last label %+v, baseline %d", l, *l.Baseline)
		}
		r.exactly(5, v)
	})
}

func TestALongBatchLeavesNoGap(t *testing.T) {
	t.Run("100", func(t *testing.T) { leavesNoGap(t, 100) })
	t.Run("1000", func(t *testing.T) {
		raced.Skip(t)
		leavesNoGap(t, 1000)
	})
}

func leavesNoGap(t *testing.T, n int) {
	t.Helper()
	inBubble(t, func(t *testing.T, r *rig) {
		v := r.printer("p", virtual.Options{PerLabel: time.Second})
		r.tune = func(o *spool.Options) { o.Batch = n }
		r.ledger.add("a", n)
		began := time.Now()
		r.start()
		r.ledger.untilTally(t, "a", printer.Confirmed, n)
		if took := time.Since(began); took > time.Duration(n+3)*time.Second {
			t.Errorf("%d labels of a second each took %s", n, took)
		}
		r.exactly(n, v)
	})
}

// A batch cut short goes on at the right label: what was counted is printed, the
// remainder and only the remainder is sent again.
func TestBatchGoesOnAtTheRightLabel(t *testing.T) {
	for name, mishap := range map[string]func(r *rig, v *virtual.Printer){
		"power cut": func(_ *rig, v *virtual.Printer) { v.PowerCut() },
		"crash":     func(r *rig, _ *virtual.Printer) { r.crash(); r.start() },
		"crash and power cut": func(r *rig, v *virtual.Printer) {
			r.crash()
			v.PowerCut()
			r.start()
		},
		"out of paper": func(_ *rig, v *virtual.Printer) {
			v.SetFaults(func(f *virtual.Faults) { f.PaperOut = true })
			time.Sleep(time.Hour)
			v.SetFaults(func(f *virtual.Faults) { f.PaperOut = false })
		},
		"connection cut": func(_ *rig, v *virtual.Printer) {
			n := 1
			v.SetFaults(func(f *virtual.Faults) { f.CutAfter = &n })
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				r.tune = func(o *spool.Options) { o.Grace = time.Nanosecond }
				v := r.printer("p", virtual.Options{PerLabel: 2 * time.Second})
				r.ledger.add("a", 6)
				r.start()
				r.ledger.untilTally(t, "a", printer.Confirmed, 2)
				time.Sleep(500 * time.Millisecond)
				mishap(r, v)
				r.ledger.untilTally(t, "a", printer.Confirmed, 6)
				r.exactly(6, v)
			})
		})
	}
}

// Of labels that were counted while nobody looked, a person is asked; the others
// of the batch certainly did not come out and wait for the answer.
func TestBatchOutOfSightAsksOnlyForWhatWasCounted(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		r.tune = func(o *spool.Options) { o.Grace = time.Nanosecond }
		v := r.printer("p", virtual.Options{PerLabel: 10 * time.Second})
		r.ledger.add("a", 5)
		r.start()
		r.ledger.untilTally(t, "a", printer.Confirmed, 2)
		r.crash()
		time.Sleep(21 * time.Second) // two more come out
		v.PowerCut()
		time.Sleep(time.Minute)
		r.ledger.hold(printer.Hold{Printer: "p", Reason: "to see what is left"})
		r.start()
		r.ledger.untilTally(t, "a", printer.Queued, 1)
		sum := tally(r.ledger.all()[0])
		if sum[printer.Confirmed] != 2 || sum[printer.Unconfirmed] != 2 || sum[printer.Queued] != 1 {
			t.Errorf("%v; history %q", sum, r.ledger.history)
		}
		r.exactly(4, v)
	})
}

func TestPrinterWithoutOdometerGetsOneAtATime(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		v := r.printer("p", virtual.Options{PerLabel: time.Second})
		v.SetFaults(func(f *virtual.Faults) { f.NoVariables = true })
		r.ledger.add("a", 3)
		r.start()
		r.ledger.untilState(t, "a", 1, printer.Sent)
		if sum := tally(r.ledger.all()[0]); sum[printer.Queued] != 2 {
			t.Errorf("%v", sum)
		}
		r.ledger.untilTally(t, "a", printer.Confirmed, 3)
		r.exactly(3, v)
	})
}

// With ^JZY the printer itself prints again what a fault interrupted, and the
// spool waits: a piece for the bin and one label. Were it told ^JZN, the label
// would be gone, and a person be asked rather than a second one sent.
func TestOwnReprintNeverMeetsOurs(t *testing.T) {
	for setting, want := range map[string]struct {
		state printer.LabelState
		whole int
	}{"^JZY": {printer.Confirmed, 1}, "^JZN": {printer.Unconfirmed, 0}} {
		t.Run(setting, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				v := r.printer("p", virtual.Options{PerLabel: 4 * time.Second})
				r.ledger.add("a", 1)
				r.ledger.change(func(j *printer.Job) {
					j.Content = []byte("^XA" + setting + "^FDa^FS^XZ")
					sum := sha256.Sum256(j.Content)
					j.SHA256 = hex.EncodeToString(sum[:])
				})
				r.start()
				r.ledger.untilState(t, "a", 1, printer.Sent)
				time.Sleep(2 * time.Second) // half of it is out
				v.SetFaults(func(f *virtual.Faults) { f.PaperOut = true })
				time.Sleep(time.Minute)
				v.SetFaults(func(f *virtual.Faults) { f.PaperOut = false })
				r.ledger.untilState(t, "a", 1, want.state)
				time.Sleep(time.Hour)
				r.exactly(want.whole, v)
				var pieces, again int
				for _, l := range v.Labels() {
					if l.Partial {
						pieces++
					}
					if l.Reprint {
						again++
					}
				}
				if pieces != 1 || again != want.whole {
					t.Errorf("%d pieces and %d reprints of the printer's own on paper", pieces, again)
				}
			})
		})
	}
}
