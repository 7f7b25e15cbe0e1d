package driver

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"waybill/internal/fault"
	"waybill/scanner"
)

// A fakeInput is an event device at the end of a pipe, with the key state that
// the kernel would tell.
type fakeInput struct {
	*os.File          // the reader's end
	keys     *os.File // the scanner's end

	mu      sync.Mutex
	down    []uint16
	asked   chan struct{} // one for each time the state was asked for
	gone    bool          // the state can no longer be asked for
	grabs   []bool
	grabErr error
	lights  []bool
}

func newFakeInput(t *testing.T) *fakeInput {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close() })
	return &fakeInput{File: r, keys: w, asked: make(chan struct{}, 1000)}
}

func (f *fakeInput) ready(p []byte) (int, error) {
	n, err := readyNow(f.File, p)
	return n, err
}

func (f *fakeInput) grab(on bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.grabs = append(f.grabs, on)
	return f.grabErr
}

func (f *fakeInput) held() ([]uint16, error) {
	b := make([]byte, 4096)
	for n, _ := f.ready(b); n > 0; n, _ = f.ready(b) { // as the kernel does
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked <- struct{}{}
	if f.gone {
		return nil, unix.ENODEV
	}
	return slices.Clone(f.down), nil
}

func (f *fakeInput) hold(codes ...uint16) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.down = codes
}

func (f *fakeInput) light(caps bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lights = append(f.lights, caps)
	return nil
}

func (f *fakeInput) send(t *testing.T, events ...event) {
	t.Helper()
	var b []byte
	for _, e := range events {
		b = appendEvent(b, event{4, 4, 0x70004}) // the scan code, which the kernel tells as well
		b = appendEvent(b, e)
		b = appendEvent(b, event{kindSync, syncReport, 0})
	}
	if _, err := f.keys.Write(b); err != nil {
		t.Fatal(err)
	}
}

func fakeOptions() scanner.Options {
	return withDefaults(scanner.Options{Name: "bench", Role: scanner.Bench})
}

func openFake(t *testing.T, f *fakeInput, o scanner.Options) *evdev {
	t.Helper()
	e, err := newEvdev(t.Context(), o, named(t, o.Layout), f)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func next(t *testing.T, s scanner.Scanner) scanner.Scan {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	scan, err := s.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return scan
}

func wants(t *testing.T, s scanner.Scanner, raw, bad string) {
	t.Helper()
	got := next(t, s)
	if string(got.Raw) != raw || (got.Bad == "") != (bad == "") || !strings.Contains(got.Bad, bad) || got.At.IsZero() || got.Scanner != "bench" {
		t.Errorf("scan %+v, want %q and bad %q", got, raw, bad)
	}
}

func TestEvdev(t *testing.T) {
	f := newFakeInput(t)
	e := openFake(t, f, fakeOptions())
	us := newTypist(named(t, "us"))
	f.send(t, us.types("]C1420900581Z\r")...)
	f.send(t, us.types("two\rthree\r")...)
	wants(t, e, "]C1420900581Z", "")
	wants(t, e, "two", "")
	wants(t, e, "three", "")

	// An event may come in parts, although the kernel does not do that.
	b := []byte(nil)
	for _, ev := range us.types("p\r") {
		b = appendEvent(b, ev)
	}
	for _, part := range [][]byte{b[:5], b[5 : eventSize+1], b[eventSize+1:]} {
		if _, err := f.keys.Write(part); err != nil {
			t.Fatal(err)
		}
	}
	wants(t, e, "p", "")

	// Lost events: what comes behind them is older than the state asked for.
	f.send(t, us.types("lo")...)
	f.send(t, event{kindSync, syncDropped, 0}, down(30), down(keyEnter), up(keyEnter))
	for range 3 { // twice when it was taken
		<-f.asked
	}
	f.send(t, us.types("st\r")...)
	wants(t, e, "lo\x1ast", badDropped)
	f.send(t, us.types("whole\r")...)
	wants(t, e, "whole", "")

	f.send(t, with(keyCapsLock)...)
	f.send(t, us.types("x\r")...)
	wants(t, e, "X", "")
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Next(t.Context()); !fault.Is(err, fault.Permanent) {
		t.Errorf("after closing: %v", err)
	}
	if !slices.Equal(f.grabs, []bool{true}) || !slices.Equal(f.lights, []bool{false, true}) {
		t.Errorf("grabbed %v, lights %v", f.grabs, f.lights)
	}
}

func TestEvdevUnplugged(t *testing.T) {
	f := newFakeInput(t)
	e := openFake(t, f, fakeOptions())
	us := newTypist(named(t, "us"))
	f.send(t, us.types("whole\rhal")...)
	f.keys.Close() // a pipe ends with 0 bytes where the kernel says ENODEV
	wants(t, e, "whole", "")
	wants(t, e, "hal", "the connection ended")
	if _, err := e.Next(t.Context()); !fault.Is(err, fault.Transient) {
		t.Errorf("after the cable was pulled: %v", err)
	}
	if err := goneError(unix.ENODEV); !strings.Contains(err.Error(), "unplugged") {
		t.Errorf("%v", err)
	}
}

// What was whole before the scanner went away while the kernel had lost events
// is a scan, in the same read as the news of it.
func TestEvdevGoneAfterLoss(t *testing.T) {
	f := newFakeInput(t)
	e := openFake(t, f, fakeOptions())
	f.mu.Lock()
	f.gone = true
	f.mu.Unlock()
	us := newTypist(named(t, "us"))
	f.send(t, append(us.types("whole\rhal"), event{kindSync, syncDropped, 0})...)
	wants(t, e, "whole", "")
	wants(t, e, "hal", "the connection ended")
	if _, err := e.Next(t.Context()); !fault.Is(err, fault.Transient) {
		t.Errorf("after it was unplugged: %v", err)
	}
}

func TestEvdevNoRead(t *testing.T) {
	f := newFakeInput(t)
	o := fakeOptions()
	o.NoRead = []string{"NOREAD"}
	e := openFake(t, f, o)
	f.send(t, newTypist(named(t, "us")).types("NOREAD\rNOREADS\r")...)
	wants(t, e, "NOREAD", badNoRead)
	wants(t, e, "NOREADS", "")
}

// Silence ends a scan where the configuration says so, by the real clock.
func TestEvdevIdle(t *testing.T) {
	f := newFakeInput(t)
	o := fakeOptions()
	o.Framing.Idle = 20 * time.Millisecond
	e := openFake(t, f, o)
	f.send(t, newTypist(named(t, "us")).types("one")...)
	wants(t, e, "one", "")
}

// The scanner is taken when no key is down, and what went to others before is
// told.
func TestTakeOver(t *testing.T) {
	us := newTypist(named(t, "us"))
	t.Run("a key is held", func(t *testing.T) {
		f := newFakeInput(t)
		f.hold(30)
		f.send(t, us.types("ab")...)
		go func() {
			<-f.asked
			<-f.asked
			f.hold()
		}()
		e := openFake(t, f, fakeOptions())
		f.send(t, us.types("c\r")...)
		wants(t, e, "\x1ac", badBefore)
		f.send(t, us.types("ok\r")...)
		wants(t, e, "ok", "")
	})
	t.Run("bad: a key is held for ever", func(t *testing.T) {
		f := newFakeInput(t)
		f.hold(keyEnter)
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		defer cancel()
		if _, err := newEvdev(ctx, fakeOptions(), named(t, "us"), f); err == nil {
			t.Error("it was taken")
		}
		if len(f.grabs) > 0 {
			t.Errorf("grabbed %v", f.grabs)
		}
		if err := nodeError("scanner", "/dev/input/event3", errHeld); !fault.Is(err, fault.Transient) || !strings.Contains(err.Error(), "Let go") {
			t.Errorf("%v", err)
		}
	})
	t.Run("bad: another program has it", func(t *testing.T) {
		f := newFakeInput(t)
		f.grabErr = unix.EBUSY
		_, err := newEvdev(t.Context(), fakeOptions(), named(t, "us"), f)
		if !errors.Is(err, unix.EBUSY) || !fault.Is(nodeError("scanner", "/dev/input/event3", err), fault.Conflict) {
			t.Errorf("%v", err)
		}
	})
}

func TestOpenEvdevErrors(t *testing.T) {
	tests := []struct {
		name string
		o    scanner.Options
		want fault.Kind
		says string
	}{
		{"bad layout", scanner.Options{Layout: "dvorak", Address: "/dev/input/event0"}, fault.Invalid, "us, gb, de, fr"},
		{"bad framing", scanner.Options{Framing: scanner.Framing{Packet: true}}, fault.Invalid, "prefix"},
		{"bad address", scanner.Options{Address: "event0"}, fault.Invalid, "/dev/input/by-id"},
		{"bad usb address", scanner.Options{Address: "usb://xyz"}, fault.Invalid, "usb://"},
		{"not there", scanner.Options{Address: "/dev/input/by-id/none"}, fault.NotFound, "Plug the scanner in"},
		{"not there on USB", scanner.Options{Address: "usb://ffff:fffe/1"}, fault.NotFound, "no such scanner that types"},
		{"no input device", scanner.Options{Address: "/dev/null"}, fault.NotFound, "no input device"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := All()["evdev"].Open(t.Context(), tt.o)
			if err == nil {
				s.Close()
				t.Fatal("opened")
			}
			if fault.KindOf(err) != tt.want || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v is %v, want %v and %q", err, fault.KindOf(err), tt.want, tt.says)
			}
		})
	}
}
