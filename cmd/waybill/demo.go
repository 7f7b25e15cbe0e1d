package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"waybill/configs"
	"waybill/internal/task"
	"waybill/labels"
	"waybill/printer/virtual"
	scalevirtual "waybill/scale/virtual"
	scannervirtual "waybill/scanner/virtual"
	"waybill/shipment"
)

// samples are the demo's own orders, in the shapes that shops export.
//
//go:embed samples
var samples embed.FS

// demoCmd is `waybill demo`.
type demoCmd struct {
	Once    bool          `help:"Run one order from the file to the tracking page, print a JSON summary, and exit 0 only if every step was observed."`
	Dir     string        `placeholder:"DIR" help:"Where the demo keeps its files. Default: a new temporary directory, removed at the end."`
	Station string        `placeholder:"ADDR" default:"127.0.0.1:9630" help:"Where the packer's page listens (${default})."`
	Hub     string        `placeholder:"ADDR" default:"127.0.0.1:9640" help:"Where the hub listens (${default})."`
	Every   time.Duration `default:"6s" help:"How often a sample order is dropped (${default})."`
}

// Help is shown under waybill demo --help.
func (*demoCmd) Help() string {
	return "Starts a hub, a station, a virtual printer, a simulated scanner and a simulated scale on this machine's loopback, and packs sample orders until Ctrl-C.\n\nExamples:\n  waybill demo\n  waybill demo --once"
}

// Run runs the demo.
func (c *demoCmd) Run(con *console) error {
	dir, remove, err := c.dir()
	if err != nil {
		return err
	}
	if c.Once {
		c.Station, c.Hub = "127.0.0.1:0", "127.0.0.1:0"
	} else {
		defer remove()
	}
	ctx, stop := context.WithCancel(con.ctx)
	defer stop()
	d := &demo{con: con, dir: dir, began: time.Now(), verbose: !c.Once}
	g, ctx := errgroup.WithContext(ctx)
	err = d.start(ctx, g, c)
	if err == nil && c.Once {
		err = d.once(ctx)
	} else if err == nil {
		err = d.show(ctx, c.Every)
	}
	stop()
	if ended := g.Wait(); err == nil || errors.Is(err, context.Canceled) {
		err = ended
	}
	d.close()
	return err
}

// dir makes the demo's directory. The files of --once stay, since the summary
// names them.
func (c *demoCmd) dir() (dir string, remove func(), err error) {
	if c.Dir != "" {
		if err := os.MkdirAll(c.Dir, 0o750); err != nil {
			return "", nil, fmt.Errorf("demo directory: %w", err)
		}
		dir, err = filepath.Abs(c.Dir)
		return dir, func() {}, err
	}
	if dir, err = os.MkdirTemp("", "waybill-demo-"); err != nil {
		return "", nil, fmt.Errorf("demo directory: %w", err)
	}
	// What cannot be removed is left to the system's own cleaning.
	return dir, func() { _ = os.RemoveAll(dir) }, nil
}

// A demo is the whole system in one process.
type demo struct {
	con     *console
	dir     string
	began   time.Time
	verbose bool

	hub     *runningHub
	station *station
	printer *virtual.Printer
	scanner *scannervirtual.Scanner
	scale   *scalevirtual.Scale // nil: nothing is weighed
	seen    int                 // labels of the virtual printer that were looked at
}

func (d *demo) close() {
	if d.station != nil {
		d.station.close()
	}
	if d.hub != nil {
		if err := d.hub.Close(); err != nil {
			d.con.log.Error("hub could not be closed", "err", err)
		}
	}
	if d.scanner != nil {
		if err := d.scanner.Close(); err != nil {
			d.con.log.Error("simulated scanner could not be closed", "err", err)
		}
	}
	if d.scale != nil {
		if err := d.scale.Close(); err != nil {
			d.con.log.Error("simulated scale could not be closed", "err", err)
		}
	}
}

// console returns the demo's console with a context and a log of its own.
func (d *demo) console(ctx context.Context, log *slog.Logger) *console {
	con := *d.con
	con.ctx, con.log = ctx, log
	return &con
}

// inbox is the demo station's hot folder.
func (d *demo) inbox() string { return filepath.Join(d.dir, "orders") }

// start brings hub, printer, scanner and station up, in this order, and returns
// when all of them are ready.
func (d *demo) start(ctx context.Context, g *errgroup.Group, c *demoCmd) error {
	log := newLogger(d.con.err, "warn")
	hubConfig := configs.DefaultHub()
	hubConfig.Listen, hubConfig.Data = c.Hub, filepath.Join(d.dir, "hub")
	var err error
	if d.hub, err = newHub(d.console(ctx, log), hubConfig); err != nil {
		return busy(err, "--hub")
	}
	perLabel := 900 * time.Millisecond // as long as a desk printer takes
	if c.Once {
		perLabel = 50 * time.Millisecond
	}
	d.printer = virtual.New(virtual.Options{
		Listen: "127.0.0.1:0", Dir: filepath.Join(d.dir, "printer"), PerLabel: perLabel, Render: labelRenderer(labels.DPI203), Log: log,
	})
	if d.scanner, err = scannervirtual.Open(scannervirtual.Options{}); err != nil {
		return fmt.Errorf("simulated scanner: %w", err)
	}
	if err := runInBackground(ctx, g, d, d.hub.web, d.printer); err != nil {
		return err
	}
	d.seen = len(d.printer.Labels()) // of an earlier demo in this directory
	cfg := configs.DefaultStation()
	cfg.ID, cfg.Listen, cfg.Data, cfg.Intake.Dir = "demo", c.Station, filepath.Join(d.dir, "station"), d.inbox()
	cfg.Intake.Rescan = 250 * time.Millisecond
	cfg.Hub.URL = d.hub.hub.BaseURL()
	cfg.Printers[0].Link = "tcp://" + d.printer.Addr().String()
	cfg.Scanners[0].Driver, cfg.Scanners[0].Address, cfg.Scanners[0].Profile = d.scanner.Driver(), d.scanner.Address(), "ack_nak"
	if !c.Once {
		if d.scale, err = scalevirtual.Open(scalevirtual.Options{}); err != nil {
			return err
		}
		cfg.Packing = demoPacking()
		cfg.Scales = []configs.Scale{{Name: "bench", Driver: d.scale.Driver(), Link: d.scale.Link(), Unit: "kg"}}
	}
	if d.station, err = newStation(ctx, cfg, systemFonts(cfg), log); err != nil {
		return busy(err, "--station")
	}
	ready := make(chan struct{})
	g.Go(func() error { return d.station.run(ctx, func() { close(ready) }) })
	select {
	case <-ready:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// busy says of an address that cannot be had which flag changes it.
func busy(err error, flag string) error {
	var listen *net.OpError
	if errors.As(err, &listen) && listen.Op == "listen" {
		return fmt.Errorf("demo: %w (is a demo running already? %s 127.0.0.1:0 takes a free port)", listen, flag)
	}
	return err
}

// runInBackground runs tasks in g and returns when they are ready.
func runInBackground(ctx context.Context, g *errgroup.Group, d *demo, tasks ...task.Task) error {
	ready := make(chan struct{})
	g.Go(func() error { return task.Run(ctx, d.con.log, func() { close(ready) }, tasks...) })
	select {
	case <-ready:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// show drops sample orders at a human pace and scans each label that comes out,
// until ctx ends.
func (d *demo) show(ctx context.Context, every time.Duration) error {
	fmt.Fprintf(d.con.out, `Waybill demo: a hub, a station, a virtual printer, a simulated scale and a simulated scanner (%s).

  packer's page    %s/ (each item is scanned into the box, and the box weighed; the label prints when all is right)
  scanner set-up   %s/scanners/setup
  dock             %s/dock
  tracking hub     %s/
  hot folder       %s
  labels           %s

Drop an order file into the hot folder, or watch the samples. Ctrl-C ends it.

`, d.scannerWords(), d.station.web.URL(), d.station.web.URL(), d.station.web.URL(), d.hub.hub.BaseURL(), d.inbox(), filepath.Join(d.dir, "printer"))
	if d.seen > 0 {
		fmt.Fprintf(d.con.out, "An earlier demo has used this directory (labels printed: %d). Its sample orders do not print again; choose another --dir for that.\n\n", d.seen)
	}
	names, err := fs.Glob(samples, "samples/*")
	if err != nil {
		return err
	}
	drop, look := time.NewTicker(every), time.NewTicker(lookEvery)
	hand, driver := time.NewTicker(handEvery), time.NewTimer(demoQuiet)
	defer drop.Stop()
	defer look.Stop()
	defer hand.Stop()
	defer driver.Stop()
	atBench := &packer{desk: d.station.desk, left: map[shipment.OrderID]bool{}, scale: d.scale}
	next := 0
	if err := d.drop(names[next]); err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-drop.C:
			if next++; next < len(names) {
				if err := d.drop(names[next]); err != nil {
					return err
				}
			}
		case <-hand.C:
			d.pack(ctx, atBench)
		case <-driver.C:
			d.driverComes(ctx)
		case <-look.C:
			l, ok, err := d.nextLabel()
			if err != nil {
				fmt.Fprintf(d.con.out, "%s  %v\n", stamp(), err)
				continue
			}
			if !ok {
				continue
			}
			driver.Reset(demoQuiet)
			number, found := l.trackingNumber()
			if !found {
				fmt.Fprintf(d.con.out, "%s  label %d has no tracking number that reads\n", stamp(), l.N)
				continue
			}
			fmt.Fprintf(d.con.out, "%s  label printed   %s\n", stamp(), number)
			if !pause(ctx, 2*time.Second) { // a hand sticks it on and takes up the scanner
				return nil
			}
			if _, err := atBench.pull(ctx, number); err != nil {
				fmt.Fprintf(d.con.out, "%s  scan of %s: %v\n", stamp(), number, err)
			}
			if err := d.scan(ctx, number); err != nil {
				fmt.Fprintf(d.con.out, "%s  scan of %s: %v\n", stamp(), number, err)
				continue
			}
			fmt.Fprintf(d.con.out, "%s  handed over     %s  %s\n", stamp(), number, d.trackingPage(ctx, number))
		}
	}
}

func (d *demo) scannerWords() string {
	if d.scanner.Driver() == "serial" {
		return "on pseudo-terminal " + d.scanner.Address()
	}
	return "on TCP serial bridge " + d.scanner.Address() + ", since this system has no pseudo-terminals"
}

func stamp() string { return time.Now().Format("15:04:05") }

// pause waits for d and reports whether ctx goes on.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
