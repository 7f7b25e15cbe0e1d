package driver_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/scanner"
	"waybill/scanner/driver"
	"waybill/scanner/virtual"
)

// Scanners that nobody uses hold no threads: 32 of them at most 8 above those
// there were.
func TestIdlePortsHoldNoThreads(t *testing.T) {
	threads := func() int {
		t.Helper()
		list, err := os.ReadDir("/proc/self/task")
		if err != nil {
			t.Skip(err)
		}
		return len(list)
	}
	base := threads()
	const ports = 32
	open := make([]scanner.Scanner, 0, ports)
	devices := make([]*virtual.Scanner, 0, ports)
	for range ports {
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
		open, devices = append(open, s), append(devices, v)
	}
	for round := range 3 {
		for i, s := range open {
			raw := fmt.Sprintf("scan %d of %d", round, i)
			if err := devices[i].Pull([]byte(raw)); err != nil {
				t.Fatal(err)
			}
			got, err := s.Next(t.Context())
			if err != nil || string(got.Raw) != raw {
				t.Fatalf("scan %+v, %v, want %q", got, err, raw)
			}
		}
	}
	if more := threads() - base; more > 8 {
		t.Errorf("%d idle ports hold %d threads more, want 8 at most", ports, more)
	}
}

// A process with many open files has its scanners all the same; the library's way
// cannot, and says so instead of ending the process.
func TestManyOpenFiles(t *testing.T) {
	files := make([]*os.File, 0, 1100)
	for range cap(files) {
		f, err := os.Open("/dev/null")
		if err != nil {
			t.Skip("this user may not open so many files:", err)
		}
		defer f.Close()
		files = append(files, f)
	}
	v, err := virtual.Open(virtual.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	o := scanner.Options{Name: "s", Address: v.Address()}
	s, err := driver.All()["serial"].Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Pull([]byte("1Z")); err != nil {
		t.Fatal(err)
	}
	got, err := s.Next(t.Context())
	if d := cmp.Diff([]string{"1Z", ""}, []string{string(got.Raw), got.Bad}); d != "" || err != nil {
		t.Errorf("scan (-want +got):\n%s%v", d, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}

	o.Line.Port = "library"
	s, err = driver.All()["serial"].Open(t.Context(), o)
	if err == nil {
		_, err = s.Next(t.Context())
		s.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "too many open files") {
		t.Errorf("the library's port gave %v, want words about open files", err)
	}
}

// Closing is at once, whatever is being read, and a pulled cable is noticed in
// 50 ms.
func TestUnplugIsNoticedAtOnce(t *testing.T) {
	best := time.Hour
	for range 5 {
		v, err := virtual.Open(virtual.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer v.Close()
		s, err := driver.All()["serial"].Open(t.Context(), scanner.Options{Name: "s", Address: v.Address()})
		if err != nil {
			t.Fatal(err)
		}
		if err := v.Pull([]byte("1Z")); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
		gone := make(chan error, 1)
		go func() {
			_, err := s.Next(t.Context())
			gone <- err
		}()
		began := time.Now()
		if err := v.Unplug(); err != nil {
			t.Fatal(err)
		}
		if err := <-gone; err == nil {
			t.Fatal("no error after the cable was pulled")
		}
		best = min(best, time.Since(began))
		s.Close()
	}
	if best > 50*time.Millisecond {
		t.Errorf("noticed after %v, want 50ms at most", best)
	}
}
