//go:build unix

package driver_test

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"

	"waybill/internal/fault"
	"waybill/scanner"
	"waybill/scanner/driver"
	"waybill/scanner/virtual"
)

// One port has one reader, even for the superuser.
func TestSerialIsExclusive(t *testing.T) {
	v, err := virtual.Open(virtual.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	o := scanner.Options{Name: "s", Address: v.Address()}
	first, err := driver.All()["serial"].Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if _, err := driver.All()["serial"].Open(t.Context(), o); !fault.Is(err, fault.Conflict) {
		t.Errorf("second open = %v, want a conflict", err)
	}
}

// A device that takes no bytes costs one late beep, and no scan.
func TestStuckSignal(t *testing.T) {
	ours, theirs, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	defer theirs.Close()
	if _, err := term.MakeRaw(int(theirs.Fd())); err != nil {
		t.Fatal(err)
	}
	// Nobody reads our end, so the terminal's buffer fills up.
	flood := scanner.Profile{Name: "flood", Good: make([]byte, 1<<20)}
	s, err := driver.All()["serial"].Open(t.Context(), scanner.Options{Name: "s", Address: theirs.Name(), Profile: flood})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := s.Signal(t.Context(), scanner.Good); err == nil {
		t.Fatal("the signal came through")
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("Signal gave up after %v, want about 1s", took)
	}
	began = time.Now()
	if err := s.Signal(t.Context(), scanner.Good); err == nil || time.Since(began) > 500*time.Millisecond {
		t.Errorf("the next signal gave up after %v with %v, want an error at once", time.Since(began), err)
	}
	if _, err := ours.WriteString("A1\r"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if scan, err := s.Next(ctx); err != nil || string(scan.Raw) != "A1" {
		t.Errorf("scan = %q, %v; want A1", scan.Raw, err)
	}
	began = time.Now()
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("Close took %v", took)
	}
}

// A child process gets no hold of the port.
func TestSerialIsNotInherited(t *testing.T) {
	v, err := virtual.Open(virtual.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	s, err := driver.All()["serial"].Open(t.Context(), scanner.Options{Name: "s", Address: v.Address()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	device, err := filepath.EvalSymlinks(v.Address())
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "ls", "-l", "/proc/self/fd").Output()
	if err != nil {
		t.Skipf("no way to list a child's descriptors: %v", err)
	}
	if strings.Contains(string(out), device) {
		t.Errorf("a child holds %s:\n%s", device, out)
	}
}
