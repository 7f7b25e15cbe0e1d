package usbport

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A desk is a device file that is a pipe, and its port's state that is another:
// the system wakes readers of both as it does those of a device and of sysfs.
type desk struct {
	t      *testing.T
	device *os.File // the device's own end
	port   *os.File // the kernel's end of the state
	f      *os.File // what is watched
	state  string
}

func newDesk(t *testing.T, state string) desk {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	d := desk{t: t, device: w, f: r, state: filepath.Join(t.TempDir(), "state")}
	if err := unix.Mkfifo(d.state, 0o600); err != nil {
		t.Fatal(err)
	}
	if d.port, err = os.OpenFile(d.state, os.O_RDWR|unix.O_NONBLOCK, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(); w.Close(); d.port.Close() })
	d.says(d.port, state+"\n")
	return d
}

func (d desk) says(f *os.File, text string) {
	d.t.Helper()
	if _, err := f.WriteString(text); err != nil {
		d.t.Fatal(err)
	}
}

// portSays changes the port's state and waits until that was read: in a pipe two
// states follow one another, where in sysfs there is only the present one.
func (d desk) portSays(state string) {
	d.t.Helper()
	d.says(d.port, state+"\n")
	for began := time.Now(); ; runtime.Gosched() {
		left, err := unix.IoctlGetInt(int(d.port.Fd()), unix.TIOCINQ)
		if err != nil {
			d.t.Fatal(err)
		}
		if left == 0 {
			return
		}
		if time.Since(began) > 10*time.Second {
			d.t.Fatalf("nobody reads that the port is %s", state)
		}
	}
}

func (d desk) watched() *File {
	d.t.Helper()
	w, err := watch(d.f, d.state)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { w.Close() })
	return w
}

func (d desk) reads(w *File, want string) {
	d.t.Helper()
	b := make([]byte, 64)
	n, err := w.Read(b)
	if string(b[:n]) != want || err != nil {
		d.t.Errorf("read %q, %v, want %q", b[:n], err, want)
	}
}

// A read that waits ends when the port says that nothing is attached, and no state
// before that ends it.
func TestReadEndsWithThePort(t *testing.T) {
	d := newDesk(t, "configured")
	w := d.watched()
	d.says(d.device, "one")
	d.reads(w, "one")
	ended := make(chan error, 1)
	go func() {
		b := make([]byte, 64)
		n, err := w.Read(b)
		if n > 0 {
			err = errors.New("read " + string(b[:n]))
		}
		ended <- err
	}()
	d.portSays("suspended")
	d.portSays("configured")
	began := time.Now()
	d.portSays("not attached")
	if err := <-ended; !errors.Is(err, unix.ENODEV) {
		t.Errorf("the read ended with %v", err)
	}
	if took := time.Since(began); took < lastLook {
		t.Errorf("it ended after %v, and did not wait for what was on its way", took)
	}
	if _, err := w.Read(make([]byte, 64)); !errors.Is(err, unix.ENODEV) {
		t.Errorf("the read after it: %v", err)
	}
}

// What came before the device was pulled out is read before its end is told,
// whatever deadlines were set.
func TestWhatCameBeforeIsRead(t *testing.T) {
	for name, deadline := range map[string]time.Time{"no deadline": {}, "a late one": time.Now().Add(time.Hour), "one that has passed": time.Unix(1, 0)} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, "configured")
			w := d.watched()
			d.portSays("not attached")
			<-w.done
			d.says(d.device, "last words")
			if err := w.SetReadDeadline(deadline); err != nil {
				t.Fatal(err)
			}
			var got []byte
			b := make([]byte, 4)
			for {
				n, err := w.Read(b)
				got = append(got, b[:n]...)
				if errors.Is(err, os.ErrDeadlineExceeded) {
					continue // the caller's own, for the few milliseconds until the end
				}
				if err != nil {
					if !errors.Is(err, unix.ENODEV) {
						t.Errorf("ended with %v", err)
					}
					break
				}
			}
			if string(got) != "last words" {
				t.Errorf("read %q", got)
			}
		})
	}
}

func TestAnUnpluggedDeviceIsNotOpened(t *testing.T) {
	for _, state := range []string{"not attached", "not-attached"} { // as the kernel has it, and as its documentation
		d := newDesk(t, state)
		if _, err := watch(d.f, d.state); !errors.Is(err, ErrUnplugged) || !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: %v", state, err)
		}
	}
}

// Where nobody tells of the port, reads and deadlines are those of the file.
func TestNoPort(t *testing.T) {
	regular := filepath.Join(t.TempDir(), "state") // the poller cannot wait for one
	if err := os.WriteFile(regular, []byte("configured\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, state := range map[string]string{"none": "", "of an older kernel": "/sys/none/port/state", "that cannot be waited for": regular} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t, "not attached")
			d.state = state
			w := d.watched()
			d.says(d.device, "one")
			d.reads(w, "one")
			if err := w.SetReadDeadline(time.Now().Add(time.Millisecond)); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("after its deadline: %v", err)
			}
			d.device.Close()
			if err := w.SetReadDeadline(time.Time{}); err != nil {
				t.Fatal(err)
			}
			if _, err := w.Read(make([]byte, 1)); err == nil {
				t.Error("no end")
			}
			if err := w.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

// Closing ends a watch whose port says nothing, on a pipe and on a file of the
// kernel's own.
func TestCloseEndsTheWatch(t *testing.T) {
	states := []string{""}
	if own := "/sys/devices/system/cpu/online"; exists(own) {
		states = append(states, own)
	}
	for _, state := range states {
		d := newDesk(t, "configured")
		if state != "" {
			d.state = state
		}
		w := d.watched()
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		<-w.done
		if _, err := w.Read(make([]byte, 1)); !errors.Is(err, os.ErrClosed) {
			t.Errorf("after closing: %v", err)
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// The port is found from the numbers of the device file, through however many
// levels a class has between them.
func TestStateOf(t *testing.T) {
	sys := t.TempDir()
	make := func(path, content string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(sys, path)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(sys, path), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	link := func(to, path string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(filepath.Join(sys, path)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, filepath.Join(sys, path)); err != nil {
			t.Fatal(err)
		}
	}
	const hub = "devices/pci0000:00/usb1"
	make(hub+"/idVendor", "1d6b\n")
	make(hub+"/1-1/idVendor", "05e0\n")
	make(hub+"/1-1/1-1:1.0/0003:05E0:1200.0001/input/input5/event5/dev", "13:69\n")
	make(hub+"/1-1/1-1:1.0/0003:05E0:1200.0001/hidraw/hidraw0/dev", "244:0\n")
	make(hub+"/1-1/1-1:1.0/tty/ttyACM0/dev", "166:0\n")
	make("devices/platform/serial8250/tty/ttyS0/dev", "4:64\n")
	link("../1-0:1.0/usb1-port1", hub+"/1-1/port")
	link("../../"+hub+"/1-1/1-1:1.0/0003:05E0:1200.0001/input/input5/event5", "dev/char/13:69")
	link("../../"+hub+"/1-1/1-1:1.0/0003:05E0:1200.0001/hidraw/hidraw0", "dev/char/244:0")
	link("../../"+hub+"/1-1/1-1:1.0/tty/ttyACM0", "dev/char/166:0")
	link("../../devices/platform/serial8250/tty/ttyS0", "dev/char/4:64")
	real, err := filepath.EvalSymlinks(sys)
	if err != nil {
		t.Fatal(err)
	}
	port := filepath.Join(real, hub, "1-1/port/state")
	for _, tt := range []struct {
		what         string
		major, minor uint32
		want         string
	}{
		{"a keyboard", 13, 69, port},
		{"reports", 244, 0, port},
		{"a serial port on USB", 166, 0, port},
		{"a built-in serial port", 4, 64, ""},
		{"bad: no such device", 136, 0, ""},
	} {
		t.Run(tt.what, func(t *testing.T) {
			if got := stateOf(sys, tt.major, tt.minor); got != tt.want {
				t.Errorf("its port's state is in %q, want %q", got, tt.want)
			}
		})
	}
	d := newDesk(t, "configured")
	if got := stateFile("/sys", d.f); got != "" {
		t.Errorf("a pipe has the port %q", got)
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	if got := stateFile("/sys", null); got != "" {
		t.Errorf("a device that is on no bus has the port %q", got)
	}
}
