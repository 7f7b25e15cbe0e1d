//go:build unix

package driver

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"

	"waybill/internal/link"
)

// A portLock is a handle of our own on the port, which holds an advisory lock:
// the terminal's own exclusive mode does not stop the superuser, and a second
// reader would take every other byte.
type portLock struct{ fd int }

func lockPort(path string) (portLock, error) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if errors.Is(err, unix.EBUSY) {
		return portLock{}, link.ErrPortInUse
	}
	if err != nil {
		return portLock{}, err
	}
	err = unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		unix.Close(fd)
		return portLock{}, link.ErrPortInUse
	}
	return portLock{fd}, nil // a system that cannot lock a device still has the exclusive mode
}

// Close releases the lock.
func (l portLock) Close() error { return unix.Close(l.fd) }

// openUninherited opens the port so that no child process gets hold of it: a
// child would keep the port busy after this process has closed it. The library
// does not ask for that, and does not tell the descriptor; holding the fork lock
// until it is found closes the gap.
func openUninherited(path string, mode *serial.Mode) (serial.Port, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	p, err := serial.Open(path, mode)
	if err != nil {
		return nil, err
	}
	if err := closeOnExec(path); err != nil {
		p.Close()
		return nil, fmt.Errorf("serial port: %w", err)
	}
	return p, nil
}

// closeOnExec marks every descriptor of this process on the device. Where the
// system does not list descriptors, it does nothing.
func closeOnExec(path string) error {
	var dev unix.Stat_t
	if err := unix.Stat(path, &dev); err != nil {
		return err
	}
	fds, err := os.ReadDir("/dev/fd")
	if err != nil {
		return nil
	}
	for _, e := range fds {
		fd, err := strconv.Atoi(filepath.Base(e.Name()))
		var st unix.Stat_t
		if err != nil || unix.Fstat(fd, &st) != nil {
			continue
		}
		if st.Rdev == dev.Rdev && st.Mode&unix.S_IFMT == unix.S_IFCHR && st.Ino == dev.Ino {
			unix.CloseOnExec(fd)
		}
	}
	return nil
}
