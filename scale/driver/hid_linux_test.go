package driver

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"waybill/internal/fault"
	"waybill/internal/hid/hidtest"
	"waybill/scale"
	"waybill/scale/scaletest"
)

// A fakeHID is a scale that sends a report now and then, over a socket that keeps
// reports apart as the kernel does.
type fakeHID struct {
	t *testing.T

	mu       sync.Mutex
	device   *os.File // nil: unplugged
	host     *os.File
	load     int64
	moving   int // reports of motion still to come
	unit     byte
	swinging bool
	silent   bool
	babble   []byte
	rezero   bool
}

const fakeCapacity = 30_000

func newFakeHID(t *testing.T) *fakeHID {
	t.Helper()
	f := &fakeHID{t: t, unit: 2}
	if err := f.Plug(); err != nil {
		t.Fatal(err)
	}
	stop, done := make(chan struct{}), make(chan struct{})
	tick := time.NewTicker(5 * time.Millisecond)
	go func() {
		defer close(done)
		for {
			select {
			case <-tick.C:
				f.send()
			case <-stop:
				return
			}
		}
	}()
	t.Cleanup(func() { tick.Stop(); close(stop); <-done; f.Unplug() })
	return f
}

func (f *fakeHID) send() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.device == nil || f.silent {
		return
	}
	report := f.babble
	if report == nil {
		report = f.report()
	}
	f.device.Write(report) // a reader that is gone is noticed by itself
}

func (f *fakeHID) report() []byte {
	status, load := byte(4), f.load
	switch {
	case f.rezero:
		status = 8
	case load < 0:
		status, load = 5, -load
	case load > fakeCapacity:
		status = 6
	case f.moving > 0 || f.swinging:
		f.moving = max(0, f.moving-1)
		status, load = 3, load/2
	case load == 0:
		status = 2
	}
	return []byte{3, status, f.unit, 0, byte(load), byte(load >> 8)}
}

func (f *fakeHID) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

func (f *fakeHID) Put(n int64)     { f.set(func() { f.load, f.moving = n, 40 }) }
func (f *fakeHID) Swing(on bool)   { f.set(func() { f.swinging = on }) }
func (f *fakeHID) Silence(on bool) { f.set(func() { f.silent = on }) }
func (f *fakeHID) Babble(b []byte) { f.set(func() { f.babble = b }) }
func (f *fakeHID) Tare(bool)       {}
func (f *fakeHID) Awake(on bool)   { f.set(func() { f.rezero = on }) }
func (f *fakeHID) SetUnit(u scale.Unit) {
	f.set(func() {
		f.unit = 2
		if u == scale.Pound {
			f.unit = 12
		}
	})
}

func (f *fakeHID) Unplug() error {
	f.set(func() {
		if f.device != nil {
			f.device.Close()
			f.device = nil
		}
	})
	return nil
}

func (f *fakeHID) Plug() error {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	f.set(func() {
		f.host, f.device = os.NewFile(uintptr(fds[0]), "host"), os.NewFile(uintptr(fds[1]), "device")
		f.device.SetWriteDeadline(time.Time{})
	})
	return nil
}

// open is the driver's Open from where the device file is open.
func (f *fakeHID) open(_ context.Context, o scale.Options) (scale.Scale, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.device == nil {
		return nil, hidError("scale", "/dev/hidraw0", fs.ErrNotExist)
	}
	fd, err := unix.Dup(int(f.host.Fd()))
	if err != nil {
		return nil, err
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, err
	}
	return newHIDScale(withDefaults(o), hidReaderOf(f.t, hidtest.Scale()), os.NewFile(uintptr(fd), "host"), func([]byte) error { return unix.EPIPE }), nil
}

func TestHIDConformance(t *testing.T) {
	var f *fakeHID
	scaletest.Test(t, scaletest.Rig{
		Driver: scale.Driver{Name: "usb-hid", Open: func(ctx context.Context, o scale.Options) (scale.Scale, error) { return f.open(ctx, o) }},
		New: func(t *testing.T) (scaletest.Device, scale.Options) {
			f = newFakeHID(t)
			return f, scale.Options{Name: "test", Link: "usb://0922:8003", Poll: 100 * time.Millisecond, Answer: 150 * time.Millisecond}
		},
		Step: scale.Weight{Unit: scale.Gram}, Capacity: fakeCapacity, Tareless: true,
	})
}

// A scale that speaks only when something changes is asked.
func TestHIDIsAsked(t *testing.T) {
	f := newFakeHID(t)
	f.Silence(true)
	fd, err := unix.Dup(int(f.host.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	s := newHIDScale(withDefaults(scale.Options{Name: "s"}), hidReaderOf(t, hidtest.Scale()), os.NewFile(uintptr(fd), "host"), func(b []byte) error {
		if len(b) != 6 || b[0] != 3 {
			return errors.New("asked for another report")
		}
		copy(b[1:], []byte{4, 2, 0, 20, 0})
		return nil
	})
	defer s.Close()
	if r, err := s.Next(t.Context()); err != nil || !r.Usable() || r.Weight.Value != 20 {
		t.Errorf("reading %+v, %v", r, err)
	}
}

func TestOpenHIDErrors(t *testing.T) {
	tests := []struct {
		link string
		want fault.Kind
		says string
	}{
		{"usb://ffff:fffe", fault.NotFound, "no such scale"},
		{"usb://xyz", fault.Invalid, "usb://0922:8003"},
		{"hid:///dev/hidraw99", fault.NotFound, "Plug the scale in"},
		{"hid:///dev/null", fault.NotFound, "no human interface device"},
	}
	for _, tt := range tests {
		s, err := All()["usb-hid"].Open(t.Context(), scale.Options{Name: "s", Link: tt.link})
		if err == nil {
			s.Close()
			t.Errorf("%s was opened", tt.link)
		} else if fault.KindOf(err) != tt.want || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%v is %v, want %v and %q", err, fault.KindOf(err), tt.want, tt.says)
		}
	}
}
