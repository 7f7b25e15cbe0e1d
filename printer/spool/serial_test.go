//go:build linux || darwin

package spool_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"waybill/internal/link"
	"waybill/printer"
	"waybill/printer/driver"
	"waybill/printer/spool"
	"waybill/printer/virtual"
)

// onLine puts a printer at the end of a serial line; the line keeps its name
// when the printer changes. It returns how to pull the plug.
func onLine(t *testing.T, r *rig, line, serial, dir string) (v *virtual.Printer, pull func()) {
	t.Helper()
	v = virtual.New(virtual.Options{Listen: "-", Line: line, Serial: serial, Dir: dir})
	ctx, cancel := context.WithCancel(r.ctx)
	done := make(chan struct{})
	r.wg.Go(func() {
		defer close(done)
		if err := v.Run(ctx); err != nil {
			t.Errorf("virtual printer %s: %v", serial, err)
		}
	})
	<-v.Ready()
	return v, func() { cancel(); <-done }
}

// A printer on a serial line confirms its labels by its counter. Another one in
// its place, while the station runs, gets none; the right one, back again, gets
// what waited.
func TestPrinterSwappedOnASerialLine(t *testing.T) {
	r := newRig(t)
	line, dir := filepath.Join(t.TempDir(), "line"), t.TempDir()
	dial, err := link.Parse("serial://" + line + "?baud=115200")
	if err != nil {
		t.Fatal(err)
	}
	r.conf = []spool.Config{{Name: "p", Roles: []string{"shipping"}, Serial: "RIGHT01", Driver: driver.All()["zpl"], Dial: dial, Timeout: 500 * time.Millisecond}}
	r.tune = func(o *spool.Options) {
		o.BackoffMin, o.BackoffMax, o.PollMax = 10*time.Millisecond, 50*time.Millisecond, 50*time.Millisecond
		o.OnStatus = func(name string, s printer.Status, id printer.Identity) {
			r.told(name, s, id)
			r.ledger.mu.Lock()
			defer r.ledger.mu.Unlock()
			r.ledger.tell()
		}
	}
	v, pull := onLine(t, r, line, "RIGHT01", dir)
	r.ledger.add("a", 2)
	r.start()
	for k := 1; k <= 2; k++ {
		if l := r.ledger.untilState(t, "a", k, printer.Confirmed); l.Evidence != printer.E3 {
			t.Errorf("label %d is confirmed by %s", k, l.Evidence)
		}
	}
	if n := len(v.Labels()); n != 2 {
		t.Errorf("%d labels on paper, want 2", n)
	}
	pull()
	wrong, pull := onLine(t, r, line, "WRONG02", t.TempDir())
	r.ledger.add("b", 1)
	r.ledger.until(t, 30*time.Second, "the other printer is noticed", func() bool { return r.hasTold(printer.AnotherPrinter) })
	if l := r.ledger.label("b", 1); l.State != printer.Queued || len(wrong.Labels()) != 0 {
		t.Errorf("label is %s, and the other printer has printed %d", l.State, len(wrong.Labels()))
	}
	pull()
	v, pull = onLine(t, r, line, "RIGHT01", dir)
	if l := r.ledger.untilState(t, "b", 1, printer.Confirmed); l.Evidence != printer.E3 {
		t.Errorf("label is confirmed by %s", l.Evidence)
	}
	if n := onPaper(r.ledger.all(), v)["b"]; n != 1 {
		t.Errorf("label b is on paper %d times", n)
	}
	r.halt()
	pull()
}
