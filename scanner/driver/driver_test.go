package driver_test

import (
	"context"
	"errors"
	"path/filepath"
	"runtime"
	"testing"

	"waybill/internal/fault"
	"waybill/scanner"
	"waybill/scanner/driver"
	"waybill/scanner/scannertest"
	"waybill/scanner/virtual"
)

func rig(t *testing.T, open func(virtual.Options) (*virtual.Scanner, error), profile string) scannertest.Rig {
	t.Helper()
	p, ok := scanner.ProfileNamed(profile)
	if !ok {
		t.Fatalf("no profile %q", profile)
	}
	v, err := open(virtual.Options{})
	if err != nil {
		t.Fatal(err)
	}
	name := v.Driver()
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	d, ok := driver.All()[name]
	if !ok {
		t.Fatalf("no driver %q", name)
	}
	return scannertest.Rig{Driver: d, Profile: p, New: func(t *testing.T) (scannertest.Device, func(context.Context) (scanner.Signal, error)) {
		v, err := open(virtual.Options{Profile: p})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { v.Close() })
		return v, func(ctx context.Context) (scanner.Signal, error) {
			select {
			case told := <-v.Signals():
				if !told.Known {
					return 0, errors.New(told.String())
				}
				return told.Signal, nil
			case <-ctx.Done():
				return 0, ctx.Err()
			}
		}
	}}
}

func TestConformance(t *testing.T) {
	t.Run("serial", func(t *testing.T) { scannertest.Test(t, rig(t, virtual.Open, "ack_nak")) })
	t.Run("serial by the library", func(t *testing.T) {
		r := rig(t, virtual.Open, "ack_nak")
		r.Line.Port = "library"
		scannertest.Test(t, r)
	})
	t.Run("serial honeywell", func(t *testing.T) { scannertest.Test(t, rig(t, virtual.Open, "honeywell")) })
	t.Run("tcp", func(t *testing.T) { scannertest.Test(t, rig(t, virtual.OpenBridge, "zebra")) })
}

func TestOpenErrors(t *testing.T) {
	tests := []struct {
		name, driver, address string
		framing               scanner.Framing
		want                  fault.Kind
	}{
		{name: "bad serial port that is not there", driver: "serial", address: filepath.Join(t.TempDir(), "ttyACM9"), want: fault.NotFound},
		{name: "bad host:port without port", driver: "tcp", address: "localhost", want: fault.Invalid},
		{name: "bad framing", driver: "serial", address: "x", framing: scanner.Framing{Packet: true}, want: fault.Invalid},
		{name: "bad framing", driver: "tcp", address: "localhost:1", framing: scanner.Framing{Packet: true}, want: fault.Invalid},
	}
	if runtime.GOOS != "windows" {
		tests = append(tests, tests[0])
		tests[len(tests)-1].name, tests[len(tests)-1].address, tests[len(tests)-1].want = "bad device that is no serial port", "/dev/null", fault.Invalid
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := driver.All()[tt.driver].Open(t.Context(), scanner.Options{Name: "s", Address: tt.address, Framing: tt.framing})
			if err == nil {
				s.Close()
				t.Fatal("opened")
			}
			if got := fault.KindOf(err); got != tt.want {
				t.Errorf("kind of %q = %v, want %v", err, got, tt.want)
			}
		})
	}
}

func TestPorts(t *testing.T) {
	ports, err := driver.Ports()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range ports {
		if p.Path == "" {
			t.Errorf("port without a name: %+v", p)
		}
	}
}
