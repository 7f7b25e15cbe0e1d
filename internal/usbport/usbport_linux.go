package usbport

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// lastLook is how long what the device sent last may be on its way to its readers
// when the port says that it is gone.
const lastLook = 5 * time.Millisecond

// A File is a device file whose reads end with ENODEV as soon as its USB port says
// that the device is gone. What had come before is read first. Where there is no
// such port, or the kernel is older than Linux 6.5 and does not tell of it, the
// reads end when the kernel ends them.
type File struct {
	*os.File
	port *os.File      // the state of the device's port; nil where nobody tells of it
	done chan struct{} // closed when nobody listens to the port

	mu    sync.Mutex
	until time.Time // for how long to look for what came before; zero while the device is there
}

// Watch makes the reads of f, which is not read by another way any more, end when
// the device is unplugged. It fails with [ErrUnplugged] where it is already. It
// needs no right to the port, and holds no thread.
func Watch(f *os.File) (*File, error) { return watch(f, stateFile("/sys", f)) }

// stateFile returns the path of the state of the USB port that f's device is
// plugged into, and nothing where it is not on USB. See
// Documentation/ABI/testing/sysfs-bus-usb in Linux (port<X>/state, June 2023;
// checked_on 2026-11-28).
func stateFile(sys string, f *os.File) string {
	raw, err := f.SyscallConn()
	if err != nil {
		return ""
	}
	var st unix.Stat_t
	if cerr := raw.Control(func(fd uintptr) { err = unix.Fstat(int(fd), &st) }); cerr != nil || err != nil || st.Mode&unix.S_IFMT != unix.S_IFCHR {
		return ""
	}
	return stateOf(sys, unix.Major(st.Rdev), unix.Minor(st.Rdev))
}

// stateOf is stateFile by the device's numbers.
func stateOf(sys string, major, minor uint32) string {
	dir, err := filepath.EvalSymlinks(filepath.Join(sys, "dev/char", fmt.Sprintf("%d:%d", major, minor)))
	if err != nil {
		return "" // a pseudo terminal, for one
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "idVendor")); err == nil {
			return filepath.Join(dir, "port", "state")
		}
	}
	return ""
}

// watch is Watch with the path of the port's state, which may be empty.
func watch(f *os.File, state string) (*File, error) {
	w := &File{File: f, done: make(chan struct{})}
	if state == "" {
		return w, nil
	}
	port, err := os.OpenFile(state, os.O_RDONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return w, nil //nolint:nilerr // an older kernel has none, and tells its readers in its own time
	}
	raw, err := port.SyscallConn()
	there := true
	if err == nil {
		err = raw.Control(func(fd uintptr) { there = attached(int(fd)) })
	}
	switch {
	case err != nil:
		port.Close()
		return w, nil //nolint:nilerr // as above
	case !there:
		port.Close()
		return nil, ErrUnplugged
	}
	w.port = port
	go w.listen(raw)
	return w, nil
}

// listen waits for the port to say that nothing is attached to it. The kernel wakes
// the runtime's poller at each change of the file, so that nothing runs meanwhile.
func (w *File) listen(port syscall.RawConn) {
	defer close(w.done)
	if err := port.Read(func(fd uintptr) bool { return !attached(int(fd)) }); err != nil {
		return // closed, or the system cannot wait for it
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.until = time.Now().Add(lastLook)
	_ = w.File.SetReadDeadline(w.until) // fails where the file was closed, and then nobody reads
}

// attached reads the port's state from its beginning. A port that is no more, since
// its hub was pulled out, has nothing attached.
func attached(fd int) bool {
	_, _ = unix.Seek(fd, 0, io.SeekStart) // the next read shows whether it is there
	var b [32]byte
	for {
		n, err := unix.Read(fd, b[:])
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return !errors.Is(err, unix.ENODEV)
		}
		return !strings.HasPrefix(string(b[:max(n, 0)]), "not") // "not attached"; the documentation has a hyphen in it
	}
}

// SetReadDeadline sets when a Read breaks off, also one that waits already.
func (w *File) SetReadDeadline(t time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.until.IsZero() && (t.IsZero() || t.After(w.until)) {
		t = w.until
	}
	return w.File.SetReadDeadline(t)
}

// Read reads what the device sends.
func (w *File) Read(p []byte) (int, error) {
	n, err := w.File.Read(p)
	if errors.Is(err, os.ErrDeadlineExceeded) && w.over() {
		return w.rest(p)
	}
	return n, err
}

// over reports whether the device is gone and nothing of it is on its way.
func (w *File) over() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.until.IsZero() && !time.Now().Before(w.until)
}

// rest reads what waits, although the time for it is over: this program may have
// stood still.
func (w *File) rest(p []byte) (n int, err error) {
	raw, err := w.File.SyscallConn()
	if err != nil {
		return 0, err
	}
	cerr := raw.Control(func(fd uintptr) {
		for n, err = unix.Read(int(fd), p); errors.Is(err, unix.EINTR); {
			n, err = unix.Read(int(fd), p)
		}
	})
	if errors.Is(err, unix.EAGAIN) {
		err = unix.ENODEV
	}
	switch {
	case cerr != nil:
		return 0, cerr
	case err != nil:
		return 0, &fs.PathError{Op: "read", Path: w.Name(), Err: err}
	case n == 0 && len(p) > 0:
		return 0, io.EOF
	}
	return n, nil
}

// End ends the watch. The device file stays open.
func (w *File) End() {
	if w.port != nil {
		w.port.Close() // the second time it is closed already
		<-w.done
	}
}

// Close ends the watch and closes the device file.
func (w *File) Close() error {
	w.End()
	return w.File.Close()
}
