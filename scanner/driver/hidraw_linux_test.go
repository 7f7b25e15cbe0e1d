package driver

import (
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"waybill/internal/fault"
	"waybill/internal/hid"
	"waybill/internal/hid/hidtest"
	"waybill/scanner"
)

// packets returns the two ends of a socket that keeps reports apart, as the
// kernel does.
func packets(t *testing.T) (host, device *os.File) {
	t.Helper()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	host, device = os.NewFile(uintptr(fds[0]), "host"), os.NewFile(uintptr(fds[1]), "device")
	t.Cleanup(func() { host.Close(); device.Close() })
	return host, device
}

func TestHIDPOS(t *testing.T) {
	host, device := packets(t)
	s, err := newHIDPOS(fakeOptions(), scannerDescriptor(t), host)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	long := strings.Repeat("0123456789", 12)
	pull := func(aim, data string) {
		t.Helper()
		for _, b := range posReports(aim, data) {
			if _, err := device.Write(b); err != nil {
				t.Fatal(err)
			}
		}
	}
	pull("]C1", "42090058")
	pull("]Q1", long)
	wants(t, s, "42090058", "")
	if got := next(t, s); string(got.Raw) != long || got.AIM != "]Q1" || string(got.Data()) != "]Q1"+long {
		t.Errorf("scan %+v", got)
	}

	if err := s.Signal(t.Context(), scanner.Good); err != nil {
		t.Fatal(err)
	}
	heard := make([]byte, 64)
	if err := device.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if n, err := device.Read(heard); err != nil || string(heard[:n]) != "\x04\x40" {
		t.Errorf("the scanner heard %q, %v", heard[:n], err)
	}

	// Half a scan, and the cable is pulled.
	if _, err := device.Write(posReports("]Q1", long)[0]); err != nil {
		t.Fatal(err)
	}
	device.Close()
	wants(t, s, long[:56], badContinued)
	if _, err := s.Next(t.Context()); !fault.Is(err, fault.Transient) {
		t.Errorf("after the cable was pulled: %v", err)
	}
	if err := s.Signal(t.Context(), scanner.Good); err == nil {
		t.Error("a scanner that is gone was told")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// A scanner that takes no signal costs one late beep, and no scan.
func TestHIDPOSNoRead(t *testing.T) {
	host, device := packets(t)
	o := fakeOptions()
	o.NoRead = []string{"NOREAD"}
	s, err := newHIDPOS(o, scannerDescriptor(t), host)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, data := range []string{"NOREAD", "NOREADS"} {
		for _, b := range posReports("", data) {
			if _, err := device.Write(b); err != nil {
				t.Fatal(err)
			}
		}
	}
	wants(t, s, "NOREAD", badNoRead)
	wants(t, s, "NOREADS", "")
}

func TestHIDPOSStuckSignal(t *testing.T) {
	host, device := packets(t)
	s, err := newHIDPOS(fakeOptions(), scannerDescriptor(t), host)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for err == nil { // until the socket is full, and then as many as may wait
		err = s.Signal(t.Context(), scanner.Good)
	}
	if !fault.Is(err, fault.Transient) {
		t.Errorf("a scanner that does not listen: %v", err)
	}
	if _, err := device.Write(posReports("]C0", "A1")[0]); err != nil {
		t.Fatal(err)
	}
	wants(t, s, "A1", "")
}

// A deafFile is a scanner that takes no report until it is let.
type deafFile struct {
	reportFile
	asked, listens chan struct{}
}

func (f deafFile) Write(p []byte) (int, error) {
	f.asked <- struct{}{}
	<-f.listens
	return f.reportFile.Write(p)
}

// A scanner that is slow to listen keeps no scan waiting, and hears each signal all
// the same.
func TestHIDPOSSlowToListen(t *testing.T) {
	host, device := packets(t)
	f := deafFile{host, make(chan struct{}), make(chan struct{})}
	s, err := newHIDPOS(fakeOptions(), scannerDescriptor(t), f)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, data := range []string{"A1", "B2"} {
		if _, err := device.Write(posReports("]C0", data)[0]); err != nil {
			t.Fatal(err)
		}
	}
	for _, data := range []string{"A1", "B2"} { // nothing was written yet
		wants(t, s, data, "")
		if err := s.Signal(t.Context(), scanner.Good); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		<-f.asked
		f.listens <- struct{}{}
		if n, err := device.Read(make([]byte, 64)); err != nil || n == 0 {
			t.Fatalf("the scanner heard %d bytes, %v", n, err)
		}
	}
}

func TestOpenHIDPOSErrors(t *testing.T) {
	tests := []struct {
		name, address string
		want          fault.Kind
		says          string
	}{
		{"bad address", "hidraw0", fault.Invalid, "usb://VENDOR:PRODUCT/SERIAL"},
		{"not there", "/dev/hidraw99", fault.NotFound, "Plug the scanner in"},
		{"not there on USB", "usb://ffff:fffe", fault.NotFound, "no such scanner in HID POS mode"},
		{"no such device", "/dev/null", fault.NotFound, "no human interface device"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := All()["hidpos"].Open(t.Context(), scanner.Options{Address: tt.address})
			if err == nil {
				s.Close()
				t.Fatal("opened")
			}
			if fault.KindOf(err) != tt.want || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v is %v, want %v and %q", err, fault.KindOf(err), tt.want, tt.says)
			}
		})
	}
	keyboard, err := hid.ParseDescriptor(hidtest.Keyboard())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newHIDPOS(fakeOptions(), keyboard, nil); err == nil {
		t.Error("a keyboard is taken for a scanner in HID POS mode")
	}
}

// A device file that the kernel does not close, as of a device that hangs.
type stuckFile struct {
	reportFile
	release chan struct{}
}

func (f stuckFile) Close() error { <-f.release; return f.reportFile.Close() }

func TestHIDPOSStuckClose(t *testing.T) {
	host, _ := packets(t)
	f := stuckFile{host, make(chan struct{})}
	s, err := newHIDPOS(fakeOptions(), scannerDescriptor(t), f)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := s.Close(); err == nil || !strings.Contains(err.Error(), "let go") {
		t.Errorf("Close = %v", err)
	}
	if took := time.Since(began); took > 2*closeTimeout {
		t.Errorf("Close took %v", took)
	}
	close(f.release)
	if _, err := s.Next(t.Context()); !fault.Is(err, fault.Permanent) {
		t.Errorf("after closing: %v", err)
	}
}
