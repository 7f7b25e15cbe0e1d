//go:build linux && rig

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"waybill/internal/link"
	"waybill/scale"
	scaledriver "waybill/scale/driver"
	scalewatch "waybill/scale/watch"
	"waybill/scanner"
	scannerdriver "waybill/scanner/driver"
	"waybill/scanner/watch"
)

// cycles is how often each device is pulled out and put back.
const cycles = 5

// TestDeviceRig tries the drivers on devices that the kernel emulates: what they
// send arrives once and whole, a pulled plug is noticed and a device put back is
// used again, under whatever name it comes.
func TestDeviceRig(t *testing.T) {
	var f rigFigures
	defer f.table(os.Stdout)
	t.Run("serial", func(t *testing.T) {
		g := serialGadget(t, 0)
		rigScanner{
			driver: "serial", g: g, text: "]C100340123450000%08d", send: g.line,
			half: func() { g.write([]byte("]C1HALF")) },
		}.try(t, f.of("scanner, serial (ttyACM)"))
	})
	t.Run("evdev", func(t *testing.T) {
		g := keyboardGadget(t, 1, "KB01")
		rigScanner{
			driver: "evdev", g: g, text: "]C101000123%08d\x1d21ABcd", send: g.types,
			half:  func() { g.keys("HALF") },
			other: keyboardGadget(t, 6, "KB02"),
		}.try(t, f.of("scanner that types (evdev)"))
	})
	t.Run("hidpos", func(t *testing.T) {
		g := posGadget(t, 2)
		rigScanner{
			driver: "hidpos", g: g, text: "]Q1" + strings.Repeat("ABCDEFGHIJ0123456789", 7) + "%08d", send: g.reports,
			half: func() { g.report("]Q1", "HALF", true) },
		}.try(t, f.of("scanner, HID POS (hidraw)"))
	})
	t.Run("beep", rigBeep)
	t.Run("scale", func(t *testing.T) { rigScale(t, f.of("scale (hidraw)")) })
	t.Run("printer", func(t *testing.T) { rigPrinter(t, f.of("printer, its link alone (usblp)")) })
}

// A rigScanner is one kind of scanner to try.
type rigScanner struct {
	driver string
	g      *gadget
	text   string // with a place for a number, so that no two scans are the same
	send   func(text string)
	half   func()  // sends a scan without its end
	other  *gadget // of the same kind, takes the scanner's name while that is away
}

func (r rigScanner) try(t *testing.T, x *rigTimes) {
	n := 0
	before, _ := r.g.plug()
	beside := look(t, before)
	w := watchScanner(t, r.driver, r.g.address())
	w.await(true)
	next := func() {
		t.Helper()
		for n++; ; n++ {
			text := fmt.Sprintf(r.text, n)
			began := time.Now()
			if stood := r.g.scans(r.send, text); stood && w.hearsDamage() {
				t.Logf("the machine stood still for %v within a scan, which was told to be damaged; it is scanned again", r.g.stood)
				continue
			}
			x.read = append(x.read, w.hears(text).Sub(began))
			return
		}
	}
	for range 20 {
		next()
	}
	if r.driver == "evdev" {
		if n, err := unix.Read(int(beside.Fd()), make([]byte, 4096)); n > 0 {
			t.Errorf("another program read %d bytes of key strokes, %v", n, err)
		}
	}
	for i := range cycles {
		kernel := kernelTells(look(t, before), r.g.portState())
		r.half()
		time.Sleep(100 * time.Millisecond) // the half is on its way; what is sent of a scan must be read, or this tries nothing
		pulled := r.g.unplug()
		noticed := w.await(false)
		x.gone(pulled, <-kernel, noticed)
		if s := w.next(); s.Bad == "" {
			t.Errorf("half a scan was taken for a whole one: %q", s.Raw)
		}
		// The kernel gives a name again that a program holds where the device types,
		// so that every second time another device takes it.
		taken := r.other != nil && i%2 == 0
		if taken {
			r.other.plug()
		}
		tried := w.opened.Load()
		node, there := r.g.plug()
		x.back = append(x.back, max(0, w.await(true).Sub(there)))
		x.attempts += int(w.opened.Load() - tried)
		if node == before {
			t.Errorf("it came back under its old name %s", node)
		}
		before = node
		next()
		if taken {
			r.other.unplug()
		}
	}
	w.hearsNoMore()
	r.g.unplug()
	x.judge(t)
}

// rigBeep: a scanner in HID POS mode is told good from bad.
func rigBeep(t *testing.T) {
	g := posGadget(t, 5)
	g.plug()
	w := watchScanner(t, "hidpos", g.address())
	w.await(true)
	began := time.Now()
	g.reports("]C1A1")
	select {
	case told := <-g.told:
		if !bytes.HasPrefix(told, []byte{4, 0x40}) {
			t.Errorf("it was told %x, want report 4, good read", told)
		}
		t.Logf("scan out and good beep back in %v", time.Since(began).Round(time.Microsecond))
	case <-time.After(20 * time.Second):
		t.Error("it was told nothing")
	}
	g.unplug()
}

// A stateAt is a state and when it was told.
type stateAt struct {
	ready bool
	why   string
	at    time.Time
}

// awaitState waits for a device to be ready, or away, and returns when it was
// told.
func awaitState(t *testing.T, states <-chan stateAt, ready bool) time.Time {
	t.Helper()
	limit := time.After(30 * time.Second)
	var meanwhile []stateAt
	for {
		select {
		case s := <-states:
			if s.ready == ready {
				return s.at
			}
			meanwhile = append(meanwhile, s)
		case <-limit:
			t.Fatalf("it is never ready=%v; it was %+v", ready, meanwhile)
		}
	}
}

func rigScale(t *testing.T, x *rigTimes) {
	g := scaleGadget(t, 3)
	before, _ := g.plug()
	readings, states := make(chan scalewatch.Weighing, 1000), make(chan stateAt, 1000)
	task := scalewatch.New(scalewatch.Options{
		Driver: scaledriver.All()["usb-hid"], Scale: scale.Options{Name: "scale", Link: g.address()},
		OnReading: func(r scalewatch.Weighing) { readings <- r },
		OnState:   func(s scalewatch.State) { states <- stateAt{s.Ready, s.Why, time.Now()} },
	})
	runRig(t, task.Run)
	says := func(report []byte, want func(scalewatch.Weighing) bool) time.Time {
		t.Helper()
		limit := time.After(30 * time.Second)
		for {
			g.write(report) // as a scale does, again and again
			select {
			case r := <-readings:
				if want(r) {
					return r.At
				}
			case <-time.After(100 * time.Millisecond):
			case <-limit:
				t.Fatalf("the reading of % x never comes", report)
			}
		}
	}
	says([]byte{3, 3, 11, 0xFF, 0x20, 0x19}, func(r scalewatch.Weighing) bool { return r.Condition == scale.Motion && !r.Usable() })
	says([]byte{3, 4, 11, 0xFF, 0x34, 0x19}, func(r scalewatch.Weighing) bool {
		return r.Usable() && r.Weight == scale.Weight{Value: 6452, Exponent: -1, Unit: scale.Ounce}
	})
	awaitState(t, states, true)
	for i := range cycles {
		kernel := kernelTells(look(t, before), g.portState())
		pulled := g.unplug()
		x.gone(pulled, <-kernel, awaitState(t, states, false))
		node, there := g.plug()
		if node == before {
			t.Errorf("it came back under its old name %s", node)
		}
		before = node
		weight := scale.Weight{Value: int64(20 + i), Unit: scale.Gram}
		says([]byte{3, 4, 2, 0, byte(20 + i), 0}, func(r scalewatch.Weighing) bool { return r.Usable() && r.Weight == weight })
		x.back = append(x.back, max(0, awaitState(t, states, true).Sub(there)))
	}
	g.unplug()
	x.judge(t)
}

// runRig runs a task until the test ends.
func runRig(t *testing.T, run func(context.Context) error) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// rigPrinter tries the link alone, dialled as soon as the printer is there: the
// station over it is tried in TestDeviceRigStation.
func rigPrinter(t *testing.T, x *rigTimes) {
	g := printerGadget(t, 4)
	before, _ := g.plug()
	dial, err := link.Parse(g.address())
	if err != nil {
		t.Fatal(err)
	}
	var c io.ReadWriteCloser
	printed := func(n int) {
		t.Helper()
		label := bytes.Repeat(fmt.Appendf(nil, "^XA^FDlabel %03d^FS^XZ\n", n), 50)
		if c, err = dial(t.Context()); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err := c.Write(label); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(label))
		if _, err := io.ReadFull(g.end, got); err != nil || !bytes.Equal(got, label) {
			t.Errorf("the label came out otherwise: %v", err)
		}
		x.read = append(x.read, time.Since(began))
	}
	printed(0)
	for i := range cycles {
		ended := make(chan time.Time, 1)
		go func() {
			_, _ = c.Read(make([]byte, 64)) // ends when the printer goes
			ended <- time.Now()
		}()
		kernel := nodeGoes(before)
		pulled := g.unplug()
		x.gone(pulled, <-kernel, <-ended)
		held := c // by which no name is kept back: usblp gives it again
		var there time.Time
		before, there = g.plug()
		printed(i + 1)
		x.back = append(x.back, time.Since(there))
		held.Close()
	}
	c.Close()
	g.unplug()
	x.judge(t)
}

// A rigWatch is a scanner kept open as the station keeps it.
type rigWatch struct {
	t      *testing.T
	scans  chan rigScan
	states chan stateAt
	opened *atomic.Int64 // attempts to open it
}

type rigScan struct {
	scanner.Scan
	at time.Time
}

func watchScanner(t *testing.T, driver, address string) rigWatch {
	t.Helper()
	w := rigWatch{t, make(chan rigScan, 1000), make(chan stateAt, 1000), new(atomic.Int64)}
	d := scannerdriver.All()[driver]
	open := d.Open
	d.Open = func(ctx context.Context, o scanner.Options) (scanner.Scanner, error) {
		w.opened.Add(1)
		return open(ctx, o)
	}
	task := watch.New(watch.Options{
		Driver: d, Scanner: scanner.Options{Name: driver, Role: scanner.Bench, Address: address},
		OnScan: func(_ context.Context, s scanner.Scan, reply watch.Reply) {
			w.scans <- rigScan{s, time.Now()}
			reply(scanner.Good)
		},
		OnState: func(s watch.State) { w.states <- stateAt{s.Ready, s.Why, time.Now()} },
	})
	runRig(t, task.Run)
	return w
}

func (w rigWatch) await(ready bool) time.Time {
	w.t.Helper()
	return awaitState(w.t, w.states, ready)
}

func (w rigWatch) next() rigScan {
	w.t.Helper()
	select {
	case s := <-w.scans:
		return s
	case <-time.After(30 * time.Second):
		w.t.Fatal("no scan comes")
		return rigScan{}
	}
}

// hears waits for the next scan, which must be that text, and returns when it
// came.
func (w rigWatch) hears(text string) time.Time {
	w.t.Helper()
	s := w.next()
	if got := string(s.Data()); got != text || s.Bad != "" {
		w.t.Errorf("scan %q, bad %q, want %q", got, s.Bad, text)
	}
	return s.at
}

// hearsDamage reports whether what came next is told to be damaged, as is what
// came right behind it then: its rest.
func (w rigWatch) hearsDamage() bool {
	w.t.Helper()
	s := w.next()
	if s.Bad == "" {
		w.scans <- s // to be heard; nothing else is on its way
		return false
	}
	for {
		select {
		case s := <-w.scans:
			if s.Bad == "" {
				w.t.Errorf("the rest of a damaged scan was taken for a whole one: %q", s.Raw)
			}
		case <-time.After(3 * time.Second):
			return true
		}
	}
}

func (w rigWatch) hearsNoMore() {
	w.t.Helper()
	select {
	case s := <-w.scans:
		w.t.Errorf("a scan that nobody sent: %q, bad %q", s.Raw, s.Bad)
	case <-time.After(300 * time.Millisecond):
	}
}
