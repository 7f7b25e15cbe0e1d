package driver_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/scanner"
	"waybill/scanner/driver"
	"waybill/scanner/virtual"
)

// A wired scanner is one that waits for its host, and the host's end of it.
func wired(t *testing.T, v virtual.Options, o scanner.Options) (*virtual.Scanner, scanner.Scanner) {
	t.Helper()
	d, err := virtual.Open(v)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	o.Name, o.Address, o.Protocol, o.Handshake = "s", d.Address(), v.Protocol, v.Handshake
	s, err := driver.All()[d.Driver()].Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return d, s
}

// serve answers each scan as answers say, and returns what came.
func serve(t *testing.T, s scanner.Scanner, answers ...scanner.Signal) <-chan []scanner.Scan {
	t.Helper()
	out := make(chan []scanner.Scan, 1)
	go func() {
		var got []scanner.Scan
		defer func() { out <- got }()
		for _, a := range answers {
			scan, err := s.Next(t.Context())
			if err != nil {
				return
			}
			got = append(got, scan)
			if s.Signal(t.Context(), a) != nil {
				return
			}
		}
	}()
	return out
}

func handshakes() map[string]virtual.Options {
	return map[string]virtual.Options{
		"ACK and NAK": {Handshake: scanner.AckNak},
		"ENQ":         {Handshake: scanner.Enq},
		"SSI":         {Protocol: scanner.SSI},
	}
}

// A scan is acknowledged whatever it means, and asked for again where it was not
// kept.
func TestHandshake(t *testing.T) {
	for name, v := range handshakes() {
		t.Run(name, func(t *testing.T) {
			v.Patience = time.Minute
			d, s := wired(t, v, scanner.Options{})
			got := serve(t, s, scanner.Good, scanner.Bad, scanner.Warn, scanner.Unkept, scanner.Good)
			for i := range 4 {
				if err := d.Deliver(t.Context(), fmt.Appendf(nil, "1Z%d", i)); err != nil {
					t.Fatalf("scan %d: %v", i, err)
				}
			}
			var raw []string
			for _, scan := range <-got {
				raw = append(raw, string(scan.Raw))
				if scan.Bad != "" || scan.Resent {
					t.Errorf("scan %+v is damaged or was sent before", scan)
				}
			}
			if d := cmp.Diff([]string{"1Z0", "1Z1", "1Z2", "1Z3", "1Z3"}, raw); d != "" {
				t.Errorf("scans (-want +got):\n%s", d)
			}
		})
	}
}

// A scan that the host does not keep is given up after some tries, and one that
// it does not answer too: the hand hears of it.
func TestHandshakeFails(t *testing.T) {
	for name, v := range handshakes() {
		t.Run(name, func(t *testing.T) {
			v.Patience = time.Minute
			d, s := wired(t, v, scanner.Options{})
			got := serve(t, s, scanner.Unkept, scanner.Unkept, scanner.Unkept, scanner.Unkept)
			if err := d.Deliver(t.Context(), []byte("1Z")); !errors.Is(err, virtual.ErrRefused) {
				t.Fatalf("a scan that is never kept: %v", err)
			}
			if n := len(<-got); n != 4 {
				t.Errorf("it was sent %d times, want 4", n)
			}
			v.Patience = 10 * time.Millisecond
			d, _ = wired(t, v, scanner.Options{})
			if err := d.Deliver(t.Context(), []byte("1Z")); !errors.Is(err, virtual.ErrNoAnswer) {
				t.Errorf("a scan that nobody takes: %v", err)
			}
		})
	}
}

// A scanner that missed our ACK sends again: the scan is marked as that, and the
// same label read later is a scan of its own.
func TestLostAck(t *testing.T) {
	for name, v := range handshakes() {
		if v.Handshake == scanner.Enq {
			continue // its answers cannot be told apart from the asking here
		}
		t.Run(name, func(t *testing.T) {
			clock := time.Now()
			d, s := wired(t, v, scanner.Options{Now: func() time.Time { return clock }, Resends: 2 * time.Second})
			take := func() scanner.Scan {
				scan, err := s.Next(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if err := s.Signal(t.Context(), scanner.Good); err != nil {
					t.Fatal(err)
				}
				return scan
			}
			send := func(again bool) {
				b := []byte("1Z\r")
				if v.Protocol == scanner.SSI {
					b = scanner.SSIDecodePacket(0x03, []byte("1Z"), again)
				}
				if err := d.Send(b); err != nil {
					t.Fatal(err)
				}
			}
			send(false)
			if take().Resent {
				t.Error("the first scan counts as sent again")
			}
			clock = clock.Add(900 * time.Millisecond)
			send(false)
			if take().Resent {
				t.Error("the next item of the same kind is taken for the scan sent again")
			}
			clock = clock.Add(2050 * time.Millisecond)
			send(true)
			if !take().Resent {
				t.Error("the scan sent again is taken for another")
			}
			clock = clock.Add(4 * time.Second)
			send(false)
			if take().Resent {
				t.Error("the same label later is taken for the same scan")
			}
		})
	}
}

// A scan is known again over a new connection: by what was kept of it, and only as
// long as the scanner may still be at it.
func TestSentAgainOverANewConnection(t *testing.T) {
	now := time.Now()
	for _, tt := range []struct {
		name  string
		kept  string
		ago   time.Duration
		again bool
		want  bool
	}{
		{"our answer was lost", "1Z", 4 * time.Second, true, true},
		{"it never came here", "1Y", 4 * time.Second, true, false},
		{"the next item of its kind", "1Z", 4 * time.Second, false, false},
		{"an item of its kind much later, whose first try was lost", "1Z", time.Minute, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, s := wired(t, virtual.Options{Protocol: scanner.SSI}, scanner.Options{
				Now: func() time.Time { return now }, Kept: scanner.Kept{Raw: []byte(tt.kept), At: now.Add(-tt.ago)},
			})
			if err := d.Send(scanner.SSIDecodePacket(0x03, []byte("1Z"), tt.again)); err != nil {
				t.Fatal(err)
			}
			if scan, err := s.Next(t.Context()); err != nil || scan.Resent != tt.want {
				t.Errorf("%+v, error %v; want it sent again %v", scan, err, tt.want)
			}
		})
	}
}

// A scanner that is not said to send again does not: the same bytes are another
// item, however soon a hand gets at it.
func TestEqualItemsAreTwoScans(t *testing.T) {
	clock := time.Now()
	d, s := wired(t, virtual.Options{Handshake: scanner.AckNak}, scanner.Options{Now: func() time.Time { return clock }})
	for range 4 {
		if err := d.Send([]byte("4006381333931\r")); err != nil {
			t.Fatal(err)
		}
		scan, err := s.Next(t.Context())
		if err != nil || scan.Resent {
			t.Fatalf("%+v, error %v", scan, err)
		}
		if err := s.Signal(t.Context(), scanner.Good); err != nil {
			t.Fatal(err)
		}
		clock = clock.Add(700 * time.Millisecond)
	}
}

// A scan that is damaged on the way is asked for again, and comes whole.
func TestDamagedIsAskedForAgain(t *testing.T) {
	v := virtual.Options{Handshake: scanner.AckNak, Patience: time.Minute, Prefix: []byte{2}, Suffix: []byte{3}, LRC: true}
	d, s := wired(t, v, scanner.Options{Framing: scanner.Framing{Prefix: []byte{2}, Suffix: []byte{3}, LRC: true}})
	if err := d.Send([]byte("\x02damaged\x03\x00")); err != nil {
		t.Fatal(err)
	}
	bad, err := s.Next(t.Context())
	if err != nil || bad.Bad == "" {
		t.Fatalf("%+v, %v, want a damaged scan", bad, err)
	}
	if err := s.Signal(t.Context(), scanner.Bad); err != nil {
		t.Fatal(err)
	}
	got := serve(t, s, scanner.Good)
	if err := d.Deliver(t.Context(), []byte("whole")); err != nil {
		t.Fatal(err)
	}
	if scans := <-got; len(scans) != 1 || string(scans[0].Raw) != "whole" {
		t.Errorf("scans %+v", scans)
	}
}

// The scanner's own beeper is told over SSI, and what the symbol was comes too.
func TestSSIBeeps(t *testing.T) {
	profile, _ := scanner.ProfileNamed("zebra_ssi")
	d, s := wired(t, virtual.Options{Protocol: scanner.SSI, Patience: time.Minute}, scanner.Options{Profile: profile})
	for _, sig := range []scanner.Signal{scanner.Good, scanner.Bad, scanner.Warn} {
		got := serve(t, s, sig)
		if err := d.Deliver(t.Context(), []byte("]C10112"+sig.String())); err != nil {
			t.Fatal(err)
		}
		if scans := <-got; len(scans) != 1 || string(scans[0].Data()) != "]C10112"+sig.String() {
			t.Errorf("scans %+v", scans)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		select {
		case told := <-d.Signals():
			if !told.Known || told.Signal != sig {
				t.Errorf("told %v, want %v", told, sig)
			}
		case <-ctx.Done():
			t.Fatal("no beep")
		}
		cancel()
	}
}

// A line as slow as a real one brings scans whole, and a silence within ends none.
func TestPacedLine(t *testing.T) {
	d, s := wired(t, virtual.Options{Baud: 9600}, scanner.Options{})
	began := time.Now()
	if err := d.Pull([]byte("1Z999AA10123456784 paced")); err != nil {
		t.Fatal(err)
	}
	got, err := s.Next(t.Context())
	if err != nil || string(got.Raw) != "1Z999AA10123456784 paced" || got.Bad != "" {
		t.Fatalf("scan %+v, %v", got, err)
	}
	if took := time.Since(began); took < 20*time.Millisecond {
		t.Errorf("25 bytes took %v, want 25 ms and not less than 20", took)
	}
	if got.First.IsZero() || !got.At.After(got.First) {
		t.Errorf("first byte %v, last byte %v", got.First, got.At)
	}
}
