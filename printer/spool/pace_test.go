package spool_test

import (
	"fmt"
	"testing"
	"time"

	"waybill/printer/virtual"
)

// Different labels, one after the other, at 300 mm/s: once the first has shown how
// long one takes, the printer hardly stands still. What disks and lines take is
// not in it; the time here is virtual.
func TestPrinterIsFed(t *testing.T) {
	const perLabel, jobs = 517 * time.Millisecond, 30
	inBubble(t, func(t *testing.T, r *rig) {
		v := r.printer("p", virtual.Options{PerLabel: perLabel})
		for i := range jobs {
			r.ledger.add(fmt.Sprint("job", i), 1)
		}
		r.start()
		r.ledger.until(t, time.Minute, "all printed", r.ledger.settled)
		r.exactly(1, v)
		labels := v.Labels()
		for i := range jobs - 1 {
			if gap := labels[i+1].Began.Sub(labels[i].At); i > 0 && gap > 40*time.Millisecond {
				t.Errorf("before label %d the printer stood still for %s", i+2, gap)
			}
		}
		if took := labels[jobs-1].At.Sub(labels[0].Began); took > jobs*(perLabel+20*time.Millisecond) {
			t.Errorf("%d labels took %s", jobs, took)
		}
	})
}
