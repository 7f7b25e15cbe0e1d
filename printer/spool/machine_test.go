package spool_test

import (
	"context"
	"errors"
	"io"
	"maps"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/printer"
	"waybill/printer/driver"
	"waybill/printer/spool"
	"waybill/printer/virtual"
)

// bindings keep machines in memory.
type bindings struct {
	mu   sync.Mutex
	of   map[string]printer.Identity
	fail error
}

func (b *bindings) Machine(_ context.Context, name string) (printer.Identity, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.of[name], b.fail
}

func (b *bindings) Bind(_ context.Context, name string, id printer.Identity) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail == nil {
		b.of[name] = id
	}
	return b.fail
}

// serials returns the serial number of each printer's machine.
func (b *bindings) serials() map[string]string {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := map[string]string{}
	for name, id := range maps.All(b.of) {
		all[name] = id.Serial
	}
	return all
}

// A socket is where one of several machines is plugged in.
type socket struct {
	mu   sync.Mutex
	dial printer.Dialer
}

func (s *socket) plug(d printer.Dialer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dial = d
}

func (s *socket) open(ctx context.Context) (io.ReadWriteCloser, error) {
	s.mu.Lock()
	d := s.dial
	s.mu.Unlock()
	return d(ctx)
}

// bound returns a rig with one printer, bound in b, and a socket for it.
func (r *rig) bound(name string) (*bindings, *socket) {
	b, s := &bindings{of: map[string]printer.Identity{}}, &socket{}
	r.conf = []spool.Config{{Name: name, Roles: []string{"shipping"}, Driver: driver.All()["zpl"], Dial: s.open}}
	r.tune = func(o *spool.Options) { o.Bindings = b }
	return b, s
}

// machine makes a virtual printer that is plugged in nowhere yet.
func (r *rig) machine(o virtual.Options) *virtual.Printer {
	v := r.printer("unplugged", o)
	r.conf = r.conf[:len(r.conf)-1]
	return v
}

func TestASwappedPrinterGetsNothingUntilAPersonSaysSo(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		b, s := r.bound("bench")
		first, second := r.machine(virtual.Options{Serial: "S1"}), r.machine(virtual.Options{Serial: "S2"})
		s.plug(r.pipeTo(first))
		r.ledger.add("a", 1)
		r.start()
		r.ledger.untilState(t, "a", 1, printer.Confirmed)
		if diff := cmp.Diff(map[string]string{"bench": "S1"}, b.serials()); diff != "" {
			t.Errorf("bound (-want +got):\n%s", diff)
		}
		s.plug(r.pipeTo(second))
		first.PowerOff()
		time.Sleep(2 * time.Second)
		if !r.hasTold(printer.AnotherPrinter) {
			t.Errorf("told %q", r.seen)
		}
		r.ledger.add("b", 1)
		r.spool.Wake()
		time.Sleep(time.Hour)
		if got := r.ledger.label("b", 1).State; got != printer.Queued || len(second.Labels()) != 0 {
			t.Errorf("the label is %s, and %d on the other machine", got, len(second.Labels()))
		}
		if err := b.Bind(t.Context(), "bench", printer.Identity{Model: "VIRTUAL-203dpi", Serial: "S2"}); err != nil {
			t.Fatal(err)
		}
		r.spool.Wake()
		r.ledger.untilState(t, "b", 1, printer.Confirmed)
		r.exactly(1, first, second)
	})
}

// The label in flight on a machine that was exchanged is that machine's alone to
// tell of. It comes back, and does.
func TestTheRightMachineComesBack(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		_, s := r.bound("bench")
		first, second := r.machine(virtual.Options{Serial: "S1", PerLabel: 3 * time.Second}), r.machine(virtual.Options{Serial: "S2"})
		s.plug(r.pipeTo(first))
		r.ledger.add("a", 1)
		r.start()
		r.ledger.untilState(t, "a", 1, printer.Sent)
		s.plug(r.pipeTo(second))
		first.PowerCut() // the label in its buffer is gone
		time.Sleep(5 * time.Minute)
		if got := r.ledger.label("a", 1).State; got != printer.Sent {
			t.Errorf("with the other machine in its place the label is %s", got)
		}
		s.plug(r.pipeTo(first))
		second.PowerCut()
		r.ledger.untilState(t, "a", 1, printer.Confirmed)
		r.exactly(1, first, second)
	})
}

// Another cable, queue or address changes nothing for the same machine.
func TestTheSameMachineAtAnotherAddress(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		_, s := r.bound("bench")
		v := r.machine(virtual.Options{Serial: "S1"})
		s.plug(r.pipeTo(v))
		r.ledger.add("a", 1)
		r.start()
		r.ledger.untilState(t, "a", 1, printer.Confirmed)
		r.halt()
		s.plug(func(ctx context.Context) (io.ReadWriteCloser, error) { return r.pipeTo(v)(ctx) })
		r.ledger.add("b", 1)
		r.start()
		r.ledger.untilState(t, "b", 1, printer.Confirmed)
		if r.hasTold(printer.AnotherPrinter) {
			t.Errorf("told %q", r.seen)
		}
		r.exactly(1, v)
	})
}

// Nothing is sent to a machine while nobody can say which one belongs there.
func TestBindingsThatCannotBeRead(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		b, s := r.bound("bench")
		v := r.machine(virtual.Options{Serial: "S1"})
		s.plug(r.pipeTo(v))
		b.fail = errors.New("disk on fire")
		r.ledger.add("a", 1)
		r.start()
		time.Sleep(time.Minute)
		if got := r.ledger.label("a", 1).State; got != printer.Queued || len(v.Labels()) != 0 {
			t.Errorf("the label is %s, with %d on paper", got, len(v.Labels()))
		}
		b.mu.Lock()
		b.fail = nil
		b.mu.Unlock()
		r.ledger.untilState(t, "a", 1, printer.Confirmed)
		r.exactly(1, v)
	})
}

// A directory is no machine: the configuration may name another one.
func TestDirectoriesAreNotBound(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		b, _ := r.bound("files")
		r.conf[0].Driver, r.conf[0].Dial = driver.All()["file"], nil
		r.conf[0].Link = "file://" + filepath.ToSlash(t.TempDir())
		r.ledger.add("a", 1)
		r.start()
		r.ledger.untilState(t, "a", 1, printer.Confirmed)
		if len(b.serials()) != 0 {
			t.Errorf("bound: %v", b.serials())
		}
	})
}

// After a restart the machine is known to count, also one that the configuration
// names; that it is silent about it just then does not make it one that never could.
func TestACountingMachineIsKnownAfterARestart(t *testing.T) {
	for name, serial := range map[string]string{"the first that answers": "", "named": "S1"} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				b, s := r.bound("bench")
				r.conf[0].Serial = serial
				if serial != "" { // what was there before the configuration named it
					b.of["bench"] = printer.Identity{Serial: "S0", Counts: true}
				}
				v := r.machine(virtual.Options{Serial: "S1"})
				s.plug(r.pipeTo(v))
				r.ledger.add("a", 1)
				r.start()
				r.ledger.untilState(t, "a", 1, printer.Confirmed)
				r.crash()
				v.SetFaults(func(f *virtual.Faults) { f.NoVariables = true })
				r.ledger.add("b", 1)
				r.start()
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
		})
	}
}
