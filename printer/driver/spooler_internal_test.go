package driver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/internal/fault"
	"waybill/printer"
)

// A desk is a spooler with one queue, that fails where it is told to.
type desk struct {
	st     queueState
	limit  int              // bytes it takes; -1 without end
	at     map[string]error // what fails
	hang   map[string]chan struct{}
	log    []string
	taken  []byte
	closed int
}

func newDesk() *desk {
	return &desk{st: queueState{driver: "ZDesigner", port: "USB001"}, limit: -1, at: map[string]error{}, hang: map[string]chan struct{}{}}
}

func (d *desk) step(name string) error {
	d.log = append(d.log, name)
	if c := d.hang[name]; c != nil {
		<-c
	}
	return d.at[name]
}

func (d *desk) state() (queueState, error) { return d.st, d.step("state") }
func (d *desk) finish() error              { return d.step("finish") }
func (d *desk) abort() error               { return d.step("abort") }
func (d *desk) close() error               { d.closed++; return d.at["close"] }
func (d *desk) start(_, datatype string) error {
	return d.step("start " + datatype)
}

func (d *desk) write(p []byte) (int, error) {
	n := min(len(p), 8)
	if d.limit >= 0 {
		n = min(n, d.limit-len(d.taken))
	}
	d.taken = append(d.taken, p[:n]...)
	return n, d.step("write")
}

func openDesk(t *testing.T, d *desk) printer.Printer {
	t.Helper()
	p, err := openSpooler(t.Context(), printer.Options{Name: "p", Link: "spooler://Zebra ZD421", Log: slog.New(slog.DiscardHandler)},
		func(name string) (printQueue, error) {
			if name != "Zebra ZD421" {
				return nil, fmt.Errorf("no queue %q", name)
			}
			return d, nil
		})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const deskLabel = "^XA^FDx^FS^XZ" // two writes

func TestSpoolerPrints(t *testing.T) {
	broken := errors.New("broken")
	for _, tt := range []struct {
		name    string
		prepare func(*desk)
		kind    fault.Kind
		log     string
	}{
		{"as it is", func(*desk) {}, fault.Unknown, "state, start RAW, write, write, finish"},
		{"XPS driver", func(d *desk) { d.st.xps = true }, fault.Unknown, "state, start XPS_PASS, write, write, finish"},
		{"queue gone", func(d *desk) { d.at["state"] = broken }, fault.Transient, "state"},
		{"refused", func(d *desk) { d.at["start RAW"] = broken }, fault.Transient, "state, start RAW"},
		{"nothing taken", func(d *desk) { d.limit, d.at["write"] = 0, broken }, fault.Transient, "state, start RAW, write, abort"},
		{"nothing taken, and not taken back", func(d *desk) { d.limit, d.at["write"], d.at["abort"] = 0, broken, broken }, fault.Uncertain, "state, start RAW, write, abort"},
		{"part taken", func(d *desk) { d.at["write"] = broken }, fault.Uncertain, "state, start RAW, write, abort"},
		{"stops taking", func(d *desk) { d.limit = 8 }, fault.Uncertain, "state, start RAW, write, write, abort"},
		{"end refused", func(d *desk) { d.at["finish"] = broken }, fault.Uncertain, "state, start RAW, write, write, finish, abort"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk()
			tt.prepare(d)
			p := openDesk(t, d)
			err := p.Print(t.Context(), []byte(deskLabel))
			if (err == nil) != (tt.kind == fault.Unknown) || fault.KindOf(err) != tt.kind {
				t.Errorf("Print: %v (kind %d), want kind %d", err, fault.KindOf(err), tt.kind)
			}
			if got := strings.Join(d.log, ", "); got != tt.log {
				t.Errorf("calls: %s\nwant:  %s", got, tt.log)
			}
			if err == nil && string(d.taken) != deskLabel {
				t.Errorf("the queue took %q", d.taken)
			}
			for range 2 {
				if err := p.Close(); err != nil || d.closed != 1 {
					t.Errorf("Close: %v, closed %d times", err, d.closed)
				}
			}
		})
	}
}

// A spooler that does not come back holds nobody up, is not called a second
// time, and leaves a label whose fate is unknown as that.
func TestSpoolerHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		p := openDesk(t, d)
		d.hang["finish"] = make(chan struct{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := p.Print(ctx, []byte(deskLabel)); !fault.Is(err, fault.Uncertain) {
			t.Errorf("Print that hangs: %v, want an uncertain error", err)
		}
		if err := p.Print(t.Context(), []byte(deskLabel)); !fault.Is(err, fault.Transient) {
			t.Errorf("Print after that: %v, want a transient error", err)
		}
		if _, err := p.Status(t.Context()); err == nil {
			t.Error("a status came from a spooler that hangs")
		}
		close(d.hang["finish"])
		synctest.Wait()
		if st, err := p.Status(t.Context()); err != nil || !st.Clear() {
			t.Errorf("Status afterwards: %+v, %v", st, err)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := p.Print(ended, []byte(deskLabel)); !fault.Is(err, fault.Transient) {
			t.Errorf("Print after the end: %v, want a transient error", err)
		}
		if got := strings.Count(strings.Join(d.log, " "), "start"); got != 1 {
			t.Errorf("%d documents were begun, want 1", got)
		}
	})
}

func TestSpoolerOpens(t *testing.T) {
	for _, link := range []string{"spooler://", "tcp://x", ""} {
		if _, err := openSpooler(t.Context(), printer.Options{Link: link}, systemSpooler); err == nil {
			t.Errorf("link %q was taken", link)
		}
	}
	for link, want := range map[string]string{
		"spooler://Zebra ZD421":        "Zebra ZD421",
		"spooler://Zebra%20ZD421":      "Zebra ZD421",
		`spooler://\\server\Zebra (2)`: `\\server\Zebra (2)`,
		"spooler://100% Labels":        "100% Labels",
	} {
		if got, err := queueName(link); err != nil || got != want {
			t.Errorf("%s is %q, %v", link, got, err)
		}
	}
	off := errors.New("invalid printer name")
	_, err := openSpooler(t.Context(), printer.Options{Link: "spooler://x"}, func(string) (printQueue, error) { return nil, off })
	if !fault.Is(err, fault.Transient) || !errors.Is(err, off) {
		t.Errorf("a queue that is not there: %v, want a transient error", err)
	}
	synctest.Test(t, func(t *testing.T) {
		release, d := make(chan struct{}), newDesk()
		_, err := openSpooler(t.Context(), printer.Options{Link: "spooler://x"}, func(string) (printQueue, error) { <-release; return d, nil })
		if !fault.Is(err, fault.Transient) {
			t.Errorf("a server that is away: %v, want a transient error", err)
		}
		close(release)
		synctest.Wait()
		if d.closed != 1 {
			t.Error("a queue that opened too late was left open")
		}
	})
}

func TestQueueStatus(t *testing.T) {
	c := func(cs ...printer.Condition) []printer.Condition { return cs }
	for _, tt := range []struct {
		st   queueState
		want []printer.Condition
		word string
	}{
		{queueState{}, nil, "says nothing of its printer"},
		{queueState{status: queuePrinting | queueBusy}, nil, "printing"},
		{queueState{status: queuePaperOut}, c(printer.PaperOut), "paper out"},
		{queueState{status: queuePaused}, c(printer.Paused), "Windows' printer settings"},
		{queueState{job: ofJob(0x20)}, c(printer.Offline), "offline"},
		{queueState{job: ofJob(0x40 | 0x10)}, c(printer.PaperOut), "paper out"},
		{queueState{job: ofJob(0x2)}, c(printer.UnknownFault), "error"},
		{queueState{job: ofJob(0x8 | 0x80 | 0x1000)}, nil, ""}, // spooling, printed, complete: hints, and no proof
		{queueState{status: 0x80000000}, c(printer.UnknownFault), "0x80000000"},
		{queueState{status: queueTonerLow}, nil, "ribbon low"},
	} {
		got := queueStatus(tt.st)
		if diff := cmp.Diff(tt.want, got.Conditions); diff != "" || !strings.Contains(got.Detail, tt.word) {
			t.Errorf("%+v: %q (-want +got):\n%s", tt.st, got.Detail, diff)
		}
	}
	if s := queueStatus(queueState{jobs: 2}); s.Waiting != 2 || s.Idle() {
		t.Errorf("a queue with two jobs is %+v", s)
	}
	if s := queueStatus(queueState{status: queueTonerLow}); !s.Has(printer.RibbonLow) {
		t.Errorf("warnings are %v", s.Warnings)
	}
}

// A queue never proves a label.
func TestSpoolerRelays(t *testing.T) {
	if r, ok := openDesk(t, newDesk()).(printer.Relay); !ok || !r.Relays() {
		t.Error("the spooler's word would count")
	}
}
