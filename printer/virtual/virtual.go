// Package virtual is a ZPL printer made of software: it takes raw data as a
// printer does on port 9100, answers the questions a host asks, breaks in the
// ways printers break when it is told to, and keeps an exact record of every
// label that would be on paper. The record is the ground truth for tests that
// nothing is lost and nothing printed twice.
//
// It imitates what Zebra's published guide says, and public captures; no
// hardware stands behind it. Labels are drawn by whoever sets it up. It leaves
// out the printing of RFID tags, of CPCL sessions (they are recorded, not
// drawn) and of languages other than ZPL, CPCL and plain lines.
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

// Options is how the printer is set up. Dir is required.
type Options struct {
	Listen  string // where hosts connect; default 127.0.0.1:9100, "-" for nowhere but Serve
	Status  string // a second port, which answers questions and takes no labels; empty for none
	Control string // where faults are ordered over HTTP; empty for none
	Line    string // a symbolic link to a serial line that is made there; empty for none
	Dir     string // where labels and the odometer are kept

	PerLabel    time.Duration // how long one label takes; default 1ms
	Speed       float64       // mm/s; with it a label takes its length's time instead
	TakeAfter   time.Duration // how long a peeled label waits for a hand; default until Take
	BufferBytes int           // formats it holds before it stops reading; default 1 MiB
	Clients     int           // connections served at a time, the others wait; default 1
	Refuse      bool          // close the connections that would wait

	Model     string   // default "VIRTUAL-203dpi"
	Firmware  string   // default "V1.0.0"
	Serial    string   // default "VIRTUAL0001"
	DotsPerMM int      // default 8
	Language  Language // default ZPL

	// Render draws a label and reads its barcodes back. Without it only the
	// format is kept.
	Render func(Drawing) (Picture, error)

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
	if o.Firmware == "" {
		o.Firmware = "V1.0.0"
	}
	if o.Language == "" {
		o.Language = ZPL
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
	status line
	change chan struct{} // closed and replaced whenever anything changes; guarded by mu

	mu       sync.Mutex
	addrs    addresses
	record   *record
	faults   Faults
	set      settings // as they are
	saved    settings // as they are after a power cut
	schedule plan
	timers   map[*int]*time.Timer // of what comes later
	ending   bool                 // the process ends
	off      bool
	paused   bool
	waiting  bool     // a peeled label waits for a hand
	power    int      // counts power cuts, so that what began before one ends
	queue    []format // received and not started
	queued   int      // bytes in queue
	current  *run
	last     *format // that came out whole
	busy     bool    // a label is being printed
	slews    int     // blank labels that formats ask for
	memory   []stored
	received int // bytes, in all
	conns    map[*client]struct{}
	unknown  []string // commands that mean nothing here
	told     string   // conditions of which alerts know
	notices  []Notice
	dropped  int // notices that are no longer kept
	sketches []sketch
	drawn    int // labels that have their picture
	before   int // whole labels when the process was started
	readings map[int]reading
}

// addresses are where the printer can be reached.
type addresses struct {
	host, status, control net.Addr
	line                  string
}

// New returns a printer that is not yet switched on; Run does that.
func New(o Options) *Printer {
	o = o.withDefaults()
	set := factory()
	set.language = o.Language
	return &Printer{
		o:        o,
		ready:    make(chan struct{}),
		line:     line{free: o.Clients},
		status:   line{free: 16},
		change:   make(chan struct{}),
		conns:    make(map[*client]struct{}),
		timers:   make(map[*int]*time.Timer),
		readings: make(map[int]reading),
		set:      set,
		saved:    set.clone(),
	}
}

// String names the task.
func (p *Printer) String() string { return "virtual printer" }

// Ready is closed once hosts can connect.
func (p *Printer) Ready() <-chan struct{} { return p.ready }

// Addr returns where hosts connect. It is nil before Ready.
func (p *Printer) Addr() net.Addr { return p.where().host }

// StatusAddr returns where the second port is. It is nil before Ready, and
// without one.
func (p *Printer) StatusAddr() net.Addr { return p.where().status }

// ControlAddr returns where faults are ordered. It is nil before Ready, and
// without a control port.
func (p *Printer) ControlAddr() net.Addr { return p.where().control }

// LinePath returns the serial line's device. It is empty before Ready, and
// without one.
func (p *Printer) LinePath() string { return p.where().line }

func (p *Printer) where() addresses {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.addrs
}

// ports are what a running printer listens on; each may be nil.
type ports struct {
	host, status, control net.Listener
	line                  *serialLine
}

// close closes the ports that there are.
func (o ports) close() {
	for _, l := range []net.Listener{o.host, o.status, o.control} {
		if l != nil {
			l.Close()
		}
	}
	if o.line != nil {
		o.line.close()
	}
}

// open listens everywhere.
func (p *Printer) open(ctx context.Context) (ports, error) {
	var o ports
	for _, port := range []struct {
		name, address string
		to            *net.Listener
	}{
		{"printer port", p.o.Listen, &o.host},
		{"status port", p.o.Status, &o.status},
		{"control port", p.o.Control, &o.control},
	} {
		if port.address == "" || port.address == "-" {
			continue
		}
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", port.address)
		if err != nil {
			o.close()
			return ports{}, fmt.Errorf("%s: %w", port.name, err)
		}
		*port.to = l
	}
	if p.o.Line != "" {
		l, err := openSerial(p.o.Line)
		if err != nil {
			o.close()
			return ports{}, fmt.Errorf("serial line: %w", err)
		}
		o.line = l
	}
	return o, nil
}

// Run listens, prints and serves until ctx is done.
func (p *Printer) Run(ctx context.Context) error {
	o, err := p.open(ctx)
	if err != nil {
		return err
	}
	return p.serve(ctx, o)
}

// serve runs the printer on its ports, and closes them.
func (p *Printer) serve(ctx context.Context, o ports) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := p.powerUp(o); err != nil {
		o.close()
		return err
	}
	errs := make(chan error, 6)
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
	run(func() error { p.sendAlerts(ctx); return nil })
	run(func() error { p.draw(ctx); return nil })
	if o.host != nil {
		run(func() error { return p.accept(ctx, o.host, &p.line, &wg) })
	}
	if o.status != nil {
		run(func() error { return p.accept(ctx, o.status, &p.status, &wg) })
	}
	if o.line != nil {
		run(func() error { return p.talk(ctx, o.line) })
	}
	if o.control != nil {
		server := &http.Server{
			Handler: p.Control(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
			BaseContext: func(net.Listener) context.Context { return ctx },
		}
		run(func() error { return server.Serve(o.control) })
		context.AfterFunc(ctx, func() { server.Close() })
	}
	close(p.ready)
	<-ctx.Done()
	o.close()
	p.stopTimers()
	p.dropClients()
	wg.Wait()
	return errors.Join(p.powerDown(), firstOf(errs))
}

// stopTimers forgets what was to come later.
func (p *Printer) stopTimers() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ending = true
	for key, t := range p.timers {
		t.Stop()
		delete(p.timers, key)
	}
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
func (p *Printer) powerUp(o ports) error {
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
	p.drawn, p.before = len(rec.all), rec.whole
	for l, to := range map[net.Listener]*net.Addr{o.host: &p.addrs.host, o.status: &p.addrs.status, o.control: &p.addrs.control} {
		if l != nil {
			*to = l.Addr()
		}
	}
	if o.line != nil {
		p.addrs.line = o.line.path
	}
	p.raise('P', false)
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
	if !p.off {
		p.raiseChanged()
	}
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
