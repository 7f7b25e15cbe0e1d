// Package virtual is a ZPL printer made of software: it takes raw data as a
// printer does on port 9100, answers the questions a host asks, breaks in the
// ways printers break when it is told to, and keeps an exact record of every
// label that would be on paper. The record is the ground truth for tests that
// nothing is lost and nothing printed twice.
//
// It imitates what Zebra's published guide says; no hardware stands behind it.
// It leaves out: ^PQ pauses and cuts, ^JZN (an interrupted label is always
// printed again), peel-off and ^MM, ^HV, alerts (^SX), changed command
// prefixes (^CC, ^CT), binary graphics (^GFB), serial ports and languages
// other than ZPL. Stored formats and graphics reach the record only in so far
// as they stand inside the format that uses them.
package virtual

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// A Symbol is a barcode that was found on a rendered label.
type Symbol struct {
	Symbology string `json:"symbology"`
	Text      string `json:"text"`
}

// Options is how the printer is set up. Dir is required.
type Options struct {
	Listen  string // where hosts connect; default 127.0.0.1:9100, "-" for nowhere but Serve
	Control string // where faults are ordered over HTTP; empty for none
	Dir     string // where labels and the odometer are kept

	PerLabel    time.Duration // how long one label takes; default 1ms
	BufferBytes int           // formats it holds before it stops reading; default 1 MiB
	Clients     int           // connections served at a time, the others wait; default 1
	Refuse      bool          // close the connections that would wait

	Model     string // default "VIRTUAL-203dpi"
	Serial    string // default "VIRTUAL0001"
	DotsPerMM int    // default 8

	// Render draws a label and reads its barcodes back. Without it only the
	// format is kept.
	Render func(format []byte) (png []byte, symbols []Symbol, err error)

	Now func() time.Time // default time.Now
	Log *slog.Logger     // default: discard
}

// withDefaults returns o with every gap filled.
func (o Options) withDefaults() Options {
	if o.Listen == "" {
		o.Listen = "127.0.0.1:9100"
	}
	if o.PerLabel <= 0 {
		o.PerLabel = time.Millisecond
	}
	if o.BufferBytes <= 0 {
		o.BufferBytes = 1 << 20
	}
	if o.Clients <= 0 {
		o.Clients = 1
	}
	if o.Model == "" {
		o.Model = "VIRTUAL-203dpi"
	}
	if o.Serial == "" {
		o.Serial = "VIRTUAL0001"
	}
	if o.DotsPerMM <= 0 {
		o.DotsPerMM = 8
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// A Printer is a virtual printer. It is a task.
type Printer struct {
	o      Options
	ready  chan struct{}
	line   line
	change chan struct{} // closed and replaced whenever anything changes; guarded by mu

	mu          sync.Mutex
	addr        net.Addr
	controlAddr net.Addr
	record      *record
	faults      Faults
	off         bool
	paused      bool
	power       int      // counts power cuts, so that what began before one ends
	queue       []format // received and not started
	queued      int      // bytes in queue
	current     *format
	remaining   int // labels of current that are not printed
	conns       map[*client]struct{}
}

// New returns a printer that is not yet switched on; Run does that.
func New(o Options) *Printer {
	o = o.withDefaults()
	return &Printer{
		o:      o,
		ready:  make(chan struct{}),
		line:   line{free: o.Clients},
		change: make(chan struct{}),
		conns:  make(map[*client]struct{}),
	}
}

// String names the task.
func (p *Printer) String() string { return "virtual printer" }

// Ready is closed once hosts can connect.
func (p *Printer) Ready() <-chan struct{} { return p.ready }

// Addr returns where hosts connect. It is nil before Ready.
func (p *Printer) Addr() net.Addr {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.addr
}

// ControlAddr returns where faults are ordered. It is nil before Ready, and
// without a control port.
func (p *Printer) ControlAddr() net.Addr {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.controlAddr
}

// Run listens, prints and serves until ctx is done.
func (p *Printer) Run(ctx context.Context) error {
	var listener, control net.Listener
	var err error
	if p.o.Listen != "-" {
		if listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", p.o.Listen); err != nil {
			return fmt.Errorf("printer port: %w", err)
		}
	}
	if p.o.Control != "" {
		if control, err = (&net.ListenConfig{}).Listen(ctx, "tcp", p.o.Control); err != nil {
			closeAll(listener)
			return fmt.Errorf("control port: %w", err)
		}
	}
	return p.serve(ctx, listener, control)
}

// closeAll closes the listeners that there are.
func closeAll(listeners ...net.Listener) {
	for _, l := range listeners {
		if l != nil {
			l.Close()
		}
	}
}

// serve runs the printer on listeners, which may be nil, and closes them.
func (p *Printer) serve(ctx context.Context, listener, control net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := p.powerUp(listener, control); err != nil {
		closeAll(listener, control)
		return err
	}
	errs := make(chan error, 3)
	var wg sync.WaitGroup
	run := func(f func() error) {
		wg.Go(func() {
			if err := f(); err != nil && ctx.Err() == nil {
				errs <- err
			}
			cancel() // the printer works as a whole or not at all
		})
	}
	run(func() error { return p.press(ctx) })
	if listener != nil {
		run(func() error { return p.accept(ctx, listener, &wg) })
	}
	if control != nil {
		server := &http.Server{Handler: p.Control(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second}
		run(func() error { return server.Serve(control) })
		context.AfterFunc(ctx, func() { server.Close() })
	}
	close(p.ready)
	<-ctx.Done()
	closeAll(listener)
	p.dropClients()
	wg.Wait()
	return errors.Join(p.powerDown(), firstOf(errs))
}

// firstOf returns the first error that waits in errs.
func firstOf(errs chan error) error {
	select {
	case err := <-errs:
		return err
	default:
		return nil
	}
}

// powerUp opens the record.
func (p *Printer) powerUp(listener, control net.Listener) error {
	if p.o.Dir == "" {
		return errors.New("virtual printer: no directory for its labels")
	}
	if err := os.MkdirAll(p.o.Dir, 0o750); err != nil {
		return fmt.Errorf("directory of labels: %w", err)
	}
	rec, err := openRecord(p.o.Dir)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.record = rec
	if listener != nil {
		p.addr = listener.Addr()
	}
	if control != nil {
		p.controlAddr = control.Addr()
	}
	return nil
}

// powerDown closes the record.
func (p *Printer) powerDown() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.record.close()
}

// Labels returns the record of everything printed, oldest first.
func (p *Printer) Labels() []Printed {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.record == nil {
		return nil
	}
	return append([]Printed(nil), p.record.all...)
}

// changed tells whoever waits that something is different. mu is held.
func (p *Printer) changed() {
	close(p.change)
	p.change = make(chan struct{})
}

// do changes the state and tells whoever waits.
func (p *Printer) do(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
	p.changed()
}
