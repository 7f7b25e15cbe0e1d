// Package scannertest is what every scanner driver owes, as tests. A driver's
// own test hands it a device and runs it. It simulates no device itself.
package scannertest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/scanner"
)

// A Device is the other end of the cable.
type Device interface {
	Address() string
	Pull(data []byte) error
	Send(b []byte) error
	Unplug() error
	Plug() error
}

// A Rig is one driver with a device that it can open.
type Rig struct {
	Driver scanner.Driver
	// New returns a device that is plugged in and closed when the test ends, and
	// a function that waits for the next signal the device was told.
	New func(t *testing.T) (Device, func(ctx context.Context) (scanner.Signal, error))
	// Profile is the one the device understands.
	Profile scanner.Profile
	// Line is how bytes travel; the zero Line is fine where no bytes are lost.
	Line scanner.Line
	// Protocol and Handshake are the device's.
	Protocol  scanner.Protocol
	Handshake scanner.Handshake
}

// Test runs the suite.
func Test(t *testing.T, r Rig) {
	t.Run("every scan once, in order", r.everyScanOnce)
	t.Run("scans in parts and run together", r.parts)
	t.Run("damaged scan is told", r.damaged)
	t.Run("hang-up is an error after the last scan", r.hangUp)
	t.Run("half a scan at hang-up is told", r.hangUpHalf)
	t.Run("waiting ends with its context", r.cancel)
	t.Run("signals arrive", r.signals)
	t.Run("nobody there", r.nobody)
	t.Run("close releases the port", r.reopen)
}

func (r Rig) ctx(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func (r Rig) options(d Device) scanner.Options {
	line := r.Line
	line.Baud = 115200
	return scanner.Options{
		Name: "test", Role: scanner.Bench, Address: d.Address(), Line: line, Profile: r.Profile, Protocol: r.Protocol, Handshake: r.Handshake,
		Framing: scanner.Framing{MaxSize: 100}, Log: slog.New(slog.DiscardHandler),
	}
}

func (r Rig) open(t *testing.T, d Device) scanner.Scanner {
	t.Helper()
	s, err := r.Driver.Open(r.ctx(t), r.options(d))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func want(t *testing.T, ctx context.Context, s scanner.Scanner, raw string) {
	t.Helper()
	got, err := s.Next(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if got.At.IsZero() || got.Scanner != "test" || got.Role != scanner.Bench {
		t.Errorf("scan %+v has no time or does not say which scanner", got)
	}
	if d := cmp.Diff([]string{raw, ""}, []string{string(got.Raw), got.Bad}); d != "" {
		t.Fatalf("scan (-want +got):\n%s", d)
	}
}

func (r Rig) everyScanOnce(t *testing.T) {
	d, _ := r.New(t)
	s := r.open(t, d)
	const n = 1000
	pulled := make(chan error, 1)
	go func() {
		for i := range n {
			if err := d.Pull(fmt.Appendf(nil, "1Z999AA1%010d", i)); err != nil {
				pulled <- err
				return
			}
		}
		pulled <- nil
	}()
	ctx := r.ctx(t)
	for i := range n {
		want(t, ctx, s, fmt.Sprintf("1Z999AA1%010d", i))
	}
	if err := <-pulled; err != nil {
		t.Fatal(err)
	}
	if err := d.Pull([]byte("last")); err != nil {
		t.Fatal(err)
	}
	want(t, ctx, s, "last") // and nothing doubled in between
}

func (r Rig) parts(t *testing.T) {
	d, _ := r.New(t)
	s := r.open(t, d)
	ctx := r.ctx(t)
	for _, part := range []string{"AB", "C\r\nDEF\rG", "H", "\r", "\n", "]C1\x1dIJ\x00\xff\r"} {
		if err := d.Send([]byte(part)); err != nil {
			t.Fatal(err)
		}
	}
	for _, raw := range []string{"ABC", "DEF", "GH", "]C1\x1dIJ\x00\xff"} {
		want(t, ctx, s, raw)
	}
}

func (r Rig) damaged(t *testing.T) {
	d, _ := r.New(t)
	s := r.open(t, d)
	long := make([]byte, 101)
	for i := range long {
		long[i] = 'x'
	}
	for _, b := range [][]byte{long, []byte("whole")} {
		if err := d.Pull(b); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.Next(r.ctx(t))
	if err != nil || got.Bad == "" {
		t.Fatalf("a frame that is too long is %+v, %v; want a damaged scan", got, err)
	}
	want(t, r.ctx(t), s, "whole")
}

func (r Rig) hangUp(t *testing.T) {
	d, _ := r.New(t)
	s := r.open(t, d)
	ctx := r.ctx(t)
	if err := d.Pull([]byte("one")); err != nil {
		t.Fatal(err)
	}
	want(t, ctx, s, "one")
	began := time.Now()
	if err := d.Unplug(); err != nil {
		t.Fatal(err)
	}
	if scan, err := s.Next(ctx); err == nil {
		t.Fatalf("after the hang-up came %+v, want an error", scan)
	} else if ctx.Err() != nil {
		t.Fatalf("the hang-up was not noticed: %v", err)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("the hang-up was noticed after %v, want 1s at most", took)
	}
	if _, err := s.Next(ctx); err == nil {
		t.Error("the second call after the hang-up has no error")
	}
}

func (r Rig) hangUpHalf(t *testing.T) {
	d, _ := r.New(t)
	s := r.open(t, d)
	ctx := r.ctx(t)
	if err := d.Pull([]byte("whole")); err != nil {
		t.Fatal(err)
	}
	if err := d.Send([]byte("ha")); err != nil {
		t.Fatal(err)
	}
	want(t, ctx, s, "whole")
	if err := d.Unplug(); err != nil {
		t.Fatal(err)
	}
	// Some systems throw away what was not read when the line breaks: then no
	// half is left to tell. It must only never be taken for a whole.
	if scan, err := s.Next(ctx); err == nil && scan.Bad == "" {
		t.Errorf("half a scan was taken for a whole one: %q", scan.Raw)
	}
}

func (r Rig) cancel(t *testing.T) {
	d, _ := r.New(t)
	s := r.open(t, d)
	ctx, cancel := context.WithCancel(r.ctx(t))
	ended := make(chan error, 1)
	go func() {
		_, err := s.Next(ctx)
		ended <- err
	}()
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Next ended with %v, want context.Canceled", err)
		}
	case <-time.After(2 * time.Second):
		t.Fatal("Next does not end with its context")
	}
	if err := d.Pull([]byte("after")); err != nil {
		t.Fatal(err)
	}
	want(t, r.ctx(t), s, "after") // the scanner itself is still good
}

func (r Rig) signals(t *testing.T) {
	d, told := r.New(t)
	s := r.open(t, d)
	ctx := r.ctx(t)
	for _, sig := range []scanner.Signal{scanner.Good, scanner.Bad, scanner.Warn, scanner.Good} {
		if err := d.Pull([]byte("x")); err != nil {
			t.Fatal(err)
		}
		want(t, ctx, s, "x")
		if err := s.Signal(ctx, sig); err != nil {
			t.Fatal(err)
		}
		got, err := told(ctx)
		if err != nil || got != sig {
			t.Fatalf("the scanner was told %v (%v), want %v", got, err, sig)
		}
	}
}

func (r Rig) nobody(t *testing.T) {
	d, _ := r.New(t)
	if err := d.Unplug(); err != nil {
		t.Fatal(err)
	}
	s, err := r.Driver.Open(r.ctx(t), r.options(d))
	if err == nil {
		s.Close()
		t.Fatal("a scanner that is not there was opened")
	}
}

func (r Rig) reopen(t *testing.T) {
	d, _ := r.New(t)
	for i := range 5 {
		s := r.open(t, d)
		r.pullUntilHeard(t, d, s)
		if err := s.Close(); err != nil {
			t.Fatalf("close %d: %v", i, err)
		}
		if err := s.Close(); err != nil {
			t.Fatalf("second close %d: %v", i, err)
		}
		if _, err := s.Next(r.ctx(t)); err == nil {
			t.Fatal("a closed scanner has no error")
		}
		if i == 2 { // the same address serves after the cable was out
			if err := errors.Join(d.Unplug(), d.Plug()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// pullUntilHeard pulls the trigger as a person does: again, if no scan comes. A
// network scanner may for a moment hold the connection that was closed before.
func (r Rig) pullUntilHeard(t *testing.T, d Device, s scanner.Scanner) {
	t.Helper()
	for range 20 {
		if err := d.Pull([]byte("again")); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		scan, err := s.Next(ctx)
		cancel()
		if errors.Is(err, context.DeadlineExceeded) {
			continue
		}
		if err != nil || string(scan.Raw) != "again" || scan.Bad != "" {
			t.Fatalf("scan = %+v, %v; want again", scan, err)
		}
		return
	}
	t.Fatal("no scan comes from a scanner opened again")
}
