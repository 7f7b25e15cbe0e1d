package driver_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"waybill/scanner"
	"waybill/scanner/driver"
	"waybill/scanner/virtual"
	"waybill/scanner/watch"
)

// A scanner that comes back under another name is found again within two seconds,
// by itself.
func TestBackUnderAnotherName(t *testing.T) {
	v, err := virtual.Open(virtual.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if v.Driver() != "serial" {
		t.Skip("no pseudo terminals here")
	}
	dev := t.TempDir()
	attach := func(name string) {
		t.Helper()
		if err := os.Symlink(v.Address(), filepath.Join(dev, name)); err != nil {
			t.Fatal(err)
		}
	}
	list := func() ([]driver.Port, error) {
		names, err := filepath.Glob(filepath.Join(dev, "tty*"))
		var ports []driver.Port
		for _, n := range names {
			ports = append(ports, driver.Port{Path: n, VendorID: "0c2e", ProductID: "0b61", Serial: "17"})
		}
		return ports, err
	}
	attach("ttyACM0")
	scans, states := make(chan string, 9), make(chan watch.State, 99)
	w := watch.New(watch.Options{
		Driver: driver.SerialOn(list, dev), Scanner: scanner.Options{Name: "s", Address: "usb://0c2e:0b61/17"},
		OnScan:      func(_ context.Context, s scanner.Scan, _ watch.Reply) { scans <- string(s.Raw) },
		OnState:     func(s watch.State) { states <- s },
		AwayBackoff: time.Minute, MinBackoff: time.Minute, // the system tells, or nobody
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	until := func(ready bool) watch.State {
		t.Helper()
		deadline := time.After(10 * time.Second)
		for {
			select {
			case s := <-states:
				if s.Ready == ready {
					return s
				}
			case <-deadline:
				t.Fatalf("never became ready = %v", ready)
			}
		}
	}
	if s := until(true); s.Device.Port != filepath.Join(dev, "ttyACM0") {
		t.Errorf("opened %+v", s.Device)
	}
	if err := v.Unplug(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dev, "ttyACM0")); err != nil {
		t.Fatal(err)
	}
	until(false)
	began := time.Now()
	if err := v.Plug(); err != nil {
		t.Fatal(err)
	}
	attach("ttyACM1")
	if s := until(true); s.Device.Port != filepath.Join(dev, "ttyACM1") {
		t.Errorf("opened %+v", s.Device)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("back after %v, want 2s at most", took)
	}
	if err := v.Pull([]byte("1Z")); err != nil {
		t.Fatal(err)
	}
	if got := <-scans; got != "1Z" {
		t.Errorf("scan %q", got)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
