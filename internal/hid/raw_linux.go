package hid

import (
	"context"
	"errors"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// ErrInUse is another program's lock on a device.
var ErrInUse = errors.New("another program has it")

// Open opens a device file for whole reports. Linux gives each of its readers
// every report; the lock sees to it that there is one reader of ours, so that
// no scan is taken twice.
func Open(ctx context.Context, path string) (*os.File, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	c, err := f.SyscallConn()
	if err == nil {
		cerr := c.Control(func(fd uintptr) { err = unix.Flock(int(fd), unix.LOCK_EX|unix.LOCK_NB) })
		err = errors.Join(err, cerr)
	}
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = ErrInUse
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// InputReport asks the device for its present report of the number in the first
// byte of b, 0 where it has none, and puts it into b. It may take seconds.
func InputReport(f *os.File, b []byte) error {
	c, err := f.SyscallConn()
	if err != nil {
		return err
	}
	const request = 0xC000480A // HIDIOCGINPUT of linux/hidraw.h, without the length
	cerr := c.Control(func(fd uintptr) {
		_, _, errno := unix.Syscall(unix.SYS_IOCTL, fd, uintptr(request|len(b)<<16), uintptr(unsafe.Pointer(&b[0])))
		if errno != 0 {
			err = errno
		}
	})
	return errors.Join(err, cerr)
}
