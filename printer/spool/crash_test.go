package spool_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"waybill/internal/link"
	"waybill/internal/raced"
	"waybill/printer"
	"waybill/printer/driver"
	"waybill/printer/spool"
	"waybill/printer/virtual"
)

// The machine dies at each record of two labels: of one job, sent one by one or as a
// batch, or of two jobs of which the second is sent ahead; before and after the record
// is durable, and with and without the printer's memory. Where the printer counts, the
// next start finds out everything; where it does not, it asks a person, and prints
// nothing twice.
func TestCrashAtEveryRecord(t *testing.T) {
	for _, tt := range []crash{
		{counts: true, jobs: 1, batch: 1, records: 6},
		{counts: false, jobs: 1, batch: 1, records: 6},
		{counts: true, jobs: 1, batch: 2, records: 4},
		{counts: true, jobs: 2, batch: 1, records: 6},
		{counts: false, jobs: 2, batch: 1, records: 6},
	} {
		for tt.at = 1; tt.at <= tt.records; tt.at++ {
			for i := range 4 {
				tt.durable, tt.power = i&1 != 0, i&2 != 0
				t.Run(fmt.Sprintf("%+v", tt), func(t *testing.T) {
					if tt.durable != tt.power { // of the four ways to die, two show the detector what runs side by side
						raced.Skip(t)
					}
					inBubble(t, func(t *testing.T, r *rig) { crashAt(t, r, tt) })
				})
			}
		}
	}
}

// A crash is how the machine dies.
type crash struct {
	counts               bool
	jobs, batch, records int
	at                   int
	durable              bool // the record at which it dies
	power                bool // of the printer is cut as well
}

func crashAt(t *testing.T, r *rig, c crash) {
	v := r.fed(virtual.Options{PerLabel: time.Second})
	v.SetFaults(func(f *virtual.Faults) { f.NoVariables = !c.counts })
	r.tune = func(o *spool.Options) { o.Grace, o.Batch = time.Nanosecond, c.batch }
	for i := range c.jobs {
		r.ledger.add(fmt.Sprint("job", i), 2/c.jobs)
	}
	r.ledger.dieAt, r.ledger.keepIt = c.at, c.durable
	died := make(chan struct{})
	r.ledger.onDeath = func() { close(died) }
	r.start()
	select {
	case <-died:
	case <-time.After(time.Hour):
		t.Fatalf("there was no record %d; history %q", c.at, r.ledger.history)
	}
	r.crash()
	if c.power {
		v.PowerCut()
	}
	r.start()
	r.ledger.until(t, time.Hour, "settled", r.ledger.settled)
	time.Sleep(15 * time.Minute) // and stays so, past every time limit there is
	for _, j := range r.ledger.all() {
		sum, n := tally(j), onPaper(r.ledger.all(), v)[j.ID]
		if c.counts && (sum[printer.Confirmed] != len(j.Labels) || n != len(j.Labels)) {
			t.Errorf("%s: %v, %d on paper; want all confirmed; history %q", j.ID, sum, n, r.ledger.history)
		}
		if n < sum[printer.Confirmed] || n > len(j.Labels) {
			t.Errorf("%s: %v, %d on paper; history %q", j.ID, sum, n, r.ledger.history)
		}
	}
}

// tally counts the labels of a job by state.
func tally(j printer.Job) map[printer.LabelState]int {
	n := make(map[printer.LabelState]int)
	for _, l := range j.Labels {
		n[l.State]++
	}
	return n
}

// mishap is something that goes wrong at a time, and for how long.
type mishap struct {
	Kind   string
	At     time.Duration
	Length time.Duration
	Bytes  int
}

// Whatever goes wrong, in whatever order: no label comes out twice, a confirmed
// one did come out, and none is left without an outcome.
func TestRandomMishaps(t *testing.T) {
	kinds := []string{"paper", "head", "pause", "silent", "slow", "cut", "power-cut", "power-off", "crash", "stop", "no-hs"}
	rapid.Check(t, func(rt *rapid.T) {
		perLabel := time.Duration(rapid.IntRange(1, 1500).Draw(rt, "ms per label")) * time.Millisecond
		fed := rapid.Bool().Draw(rt, "labels go ahead")
		copies := rapid.SliceOfN(rapid.SampledFrom([]int{1, 1, 1, 2, 5}), 1, 6).Draw(rt, "copies")
		counts := rapid.IntRange(0, 4).Draw(rt, "counts") > 0
		mishaps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) mishap {
			return mishap{
				Kind:   rapid.SampledFrom(kinds).Draw(t, "kind"),
				At:     time.Duration(rapid.IntRange(0, 2000).Draw(t, "after")) * time.Millisecond,
				Length: time.Duration(rapid.IntRange(1, 40_000).Draw(t, "for")) * time.Millisecond,
				Bytes:  rapid.IntRange(0, 200).Draw(t, "bytes"),
			}
		}), 0, 6).Draw(rt, "mishaps")
		var failure string
		synctest.Test(t, func(t *testing.T) {
			r := newRig(t)
			v := r.printer("p", virtual.Options{PerLabel: perLabel})
			if fed {
				r.conf[0].Link = "tcp://p:9100"
			}
			v.SetFaults(func(f *virtual.Faults) { f.NoVariables = !counts })
			r.tune = func(o *spool.Options) { o.Grace = 300 * time.Millisecond }
			for i, n := range copies {
				r.ledger.add(fmt.Sprint("job", i), n)
			}
			r.start()
			for _, m := range mishaps {
				time.Sleep(m.At)
				befall(r, v, m)
			}
			deadline := time.Now().Add(3 * time.Hour)
			for !r.ledger.settled() && time.Now().Before(deadline) {
				time.Sleep(time.Second)
			}
			time.Sleep(time.Minute)
			failure = verdict(r, v)
		})
		if failure != "" {
			rt.Fatal(failure)
		}
	})
}

// befall makes m happen.
func befall(r *rig, v *virtual.Printer, m mishap) {
	fault := func(set func(f *virtual.Faults, on bool)) {
		v.SetFaults(func(f *virtual.Faults) { set(f, true) })
		time.Sleep(m.Length)
		v.SetFaults(func(f *virtual.Faults) { set(f, false) })
	}
	switch m.Kind {
	case "paper":
		fault(func(f *virtual.Faults, on bool) { f.PaperOut = on })
	case "head":
		fault(func(f *virtual.Faults, on bool) { f.HeadOpen = on })
	case "no-hs":
		fault(func(f *virtual.Faults, on bool) { f.RibbonOut, f.SilentHS = on, on })
	case "silent":
		fault(func(f *virtual.Faults, on bool) { f.Silent = on })
	case "slow":
		fault(func(f *virtual.Faults, on bool) {
			f.Delay = 0
			if on {
				f.Delay = virtual.Duration(m.Length / 10)
			}
		})
	case "pause":
		v.Pause(true)
		time.Sleep(m.Length)
		v.Pause(false)
	case "cut":
		v.SetFaults(func(f *virtual.Faults) { f.CutAfter = &m.Bytes })
	case "power-cut":
		v.PowerCut()
	case "power-off":
		v.PowerOff()
		time.Sleep(m.Length)
		v.PowerOn()
	case "crash":
		r.crash()
		time.Sleep(m.Length / 10)
		r.start()
	case "stop":
		r.halt()
		r.start()
	}
}

// verdict says what is wrong with the outcome; empty is nothing.
func verdict(r *rig, v *virtual.Printer) string {
	jobs := r.ledger.all()
	paper := onPaper(jobs, v)
	for _, j := range jobs {
		n := tally(j)
		switch confirmed, unsure := n[printer.Confirmed], n[printer.Unconfirmed]; {
		case !r.ledger.settled():
			return fmt.Sprintf("job %s is not settled: %v, printer %+v, history %q", j.ID, n, v.State(), r.ledger.history)
		case paper[j.ID] < confirmed:
			return fmt.Sprintf("job %s lost: %v, %d on paper, history %q", j.ID, n, paper[j.ID], r.ledger.history)
		case paper[j.ID] > confirmed+unsure:
			return fmt.Sprintf("job %s twice: %v, %d on paper, history %q", j.ID, n, paper[j.ID], r.ledger.history)
		}
	}
	return ""
}

// The same over a real TCP link: printer off and on, a cut in the label, a
// power cut, a crash.
func TestOverTCP(t *testing.T) {
	r := newRig(t)
	v := virtual.New(virtual.Options{Listen: "127.0.0.1:0", Dir: t.TempDir(), PerLabel: 50 * time.Millisecond})
	ctx, cancel := context.WithCancel(r.ctx)
	defer cancel()
	r.wg.Go(func() {
		if err := v.Run(ctx); err != nil {
			t.Errorf("virtual printer: %v", err)
		}
	})
	<-v.Ready()
	dial, err := link.Parse("tcp://" + v.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	r.conf = []spool.Config{{Name: "p", Roles: []string{"shipping"}, Driver: driver.All()["zpl"], Dial: dial}}
	r.tune = func(o *spool.Options) {
		o.PollMin, o.PollMax, o.Grace = 5*time.Millisecond, 50*time.Millisecond, time.Nanosecond
		o.BackoffMin, o.BackoffMax, o.Settle = 5*time.Millisecond, 50*time.Millisecond, 200*time.Millisecond
	}
	v.PowerOff()
	r.ledger.add("off", 1)
	r.start()
	v.PowerOn()
	r.ledger.untilState(t, "off", 1, printer.Confirmed)

	cut := len("^XA^FO20")
	r.ledger.add("cut", 1)
	v.SetFaults(func(f *virtual.Faults) { f.CutAfter = &cut })
	r.ledger.untilState(t, "cut", 1, printer.Confirmed)

	r.ledger.add("power", 1)
	r.ledger.untilState(t, "power", 1, printer.Sent)
	v.PowerCut()
	r.ledger.untilState(t, "power", 1, printer.Confirmed)

	r.ledger.add("crash", 1)
	r.ledger.untilState(t, "crash", 1, printer.Sent)
	r.crash()
	r.start()
	r.ledger.untilState(t, "crash", 1, printer.Confirmed)
	r.exactly(1, v)
}
