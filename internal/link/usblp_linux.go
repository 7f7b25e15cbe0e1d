package link

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	idlePause    = 50 * time.Millisecond // after a read that brought nothing
	failurePause = 10 * time.Millisecond // after a read that failed, as the last one before an unplugging does
	readFailures = 10                    // in a row, before the printer counts as gone
)

// A usblp is a printer at the kernel's USB printer driver. Three of that
// driver's ways would lose labels or conversations, and end here:
//
//   - A non-blocking write returns while its last block, of up to 8 KiB, is on
//     its way, and closing the device takes that block back. Write therefore
//     waits until the block has arrived.
//   - A printer that answers "nothing to say" makes a read of no bytes, which is
//     no end. The end is an error.
//   - A failed read is to be tried again: the driver starts the next one only
//     when asked.
type usblp struct {
	f      *os.File
	raw    syscall.RawConn
	closed chan struct{}
	once   sync.Once
}

func newUSBLP(f *os.File, raw syscall.RawConn) *usblp {
	return &usblp{f: f, raw: raw, closed: make(chan struct{})}
}

// Read waits for what the printer says.
func (u *usblp) Read(p []byte) (int, error) {
	for failed := 0; ; {
		wait := idlePause
		n, err := u.f.Read(p)
		switch {
		case n > 0 || (err == nil && len(p) == 0):
			return n, nil
		case errors.Is(err, unix.EINVAL): // the printer has no way back at all
			<-u.closed
			return 0, os.ErrClosed
		case errors.Is(err, unix.EIO):
			if failed++; failed >= readFailures {
				return 0, err
			}
			wait = failurePause
		case errors.Is(err, io.EOF) || err == nil:
			failed = 0
		default:
			return 0, err
		}
		if !u.pause(wait) {
			return 0, os.ErrClosed
		}
	}
}

// pause waits a little; it reports false once the device is closed.
func (u *usblp) pause(wait time.Duration) bool {
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-u.closed:
		return false
	}
}

// Write returns when the printer has taken all of p, or how many bytes the
// system has taken when it breaks off. Of those the last block, of up to 8 KiB,
// may or may not have arrived. Where the device fails, it tells at least one:
// the driver says "none" also of a first block that failed on its way.
func (u *usblp) Write(p []byte) (int, error) {
	n, err := u.f.Write(p)
	switch {
	case err == nil:
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, os.ErrClosed), len(p) == 0:
		return n, err
	default:
		return max(1, n), err
	}
	var perr error
	err = u.raw.Write(func(fd uintptr) bool {
		fds := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}} //nolint:gosec // a descriptor fits
		var ready int
		ready, perr = unix.Poll(fds, 0)
		return ready > 0 || (perr != nil && !errors.Is(perr, unix.EINTR))
	})
	if err = errors.Join(err, perr); err != nil {
		return n, fmt.Errorf("the printer has not taken the last bytes: %w", err)
	}
	return n, nil
}

// SetWriteDeadline sets when a Write breaks off.
func (u *usblp) SetWriteDeadline(t time.Time) error { return u.f.SetWriteDeadline(t) }

// Close closes the device. A block that Write has not seen arrive is taken back.
func (u *usblp) Close() error {
	u.once.Do(func() { close(u.closed) })
	return u.f.Close()
}

// The driver's requests (drivers/usb/class/usblp.c in Linux). The identity's has
// the length of its answer in it.
const (
	deviceIDLength = 1024
	getDeviceID    = 2<<30 | deviceIDLength<<16 | 'P'<<8 | 1
	getStatus      = 0x060b
)

// DeviceID returns the IEEE 1284 device ID.
func (u *usblp) DeviceID() (string, error) {
	var buf [deviceIDLength]byte
	if err := u.request(getDeviceID, unsafe.Pointer(&buf)); err != nil { //nolint:gosec // the kernel fills it
		return "", fmt.Errorf("device ID: %w", err)
	}
	return deviceID(buf[:]), nil
}

// deviceID reads an answer: two bytes of length, which count themselves, before
// the text. Some printers have the length wrong, so that it only shortens.
func deviceID(b []byte) string {
	if len(b) < 2 {
		return ""
	}
	n := min(max(int(b[0])<<8|int(b[1]), 2), len(b))
	text, _, _ := bytes.Cut(b[2:n], []byte{0})
	return string(text)
}

// PortStatus returns the status byte.
func (u *usblp) PortStatus() (PortStatus, error) {
	var status int32
	if err := u.request(getStatus, unsafe.Pointer(&status)); err != nil { //nolint:gosec // the kernel fills it
		return PortStatus{}, fmt.Errorf("port status: %w", err)
	}
	return portStatus(byte(status)), nil //nolint:gosec // the rest of it is not the printer's
}

// request asks the driver.
func (u *usblp) request(number uint, arg unsafe.Pointer) error {
	var errno syscall.Errno
	err := u.raw.Control(func(fd uintptr) {
		_, _, errno = unix.Syscall(unix.SYS_IOCTL, fd, uintptr(number), uintptr(arg))
	})
	if err == nil && errno != 0 {
		err = errno
	}
	return err
}
