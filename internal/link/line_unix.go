//go:build linux || darwin

package link

import (
	"errors"
	"io"
	"time"

	"golang.org/x/sys/unix"

	"waybill/internal/usbport"
)

// A Line is an open serial port for short messages both ways: a Write returns
// when the system has taken the bytes, and reads and writes have deadlines. It
// holds no thread while nothing comes, and Close ends a Read. Its file is kept
// from child processes and locked.
type Line struct {
	p  *serialPort
	in *usbport.File
}

// OpenLine opens a port.
func OpenLine(s Serial) (*Line, error) {
	p, err := openPort(s)
	if err != nil {
		return nil, err
	}
	in, err := usbport.Watch(p.f)
	if err != nil {
		p.Close()
		return nil, err
	}
	return &Line{p, in}, nil
}

// Read waits for what the device says. [io.EOF] means that it is gone.
func (l *Line) Read(b []byte) (int, error) {
	n, err := l.in.Read(b)
	if errors.Is(err, unix.ENODEV) {
		err = io.EOF
	}
	return n, err
}

// Write hands b to the system.
func (l *Line) Write(b []byte) (int, error) { return l.p.f.Write(b) }

// SetReadDeadline sets when a Read breaks off, also one that waits already.
func (l *Line) SetReadDeadline(t time.Time) error { return l.in.SetReadDeadline(t) }

// SetWriteDeadline sets when a Write breaks off.
func (l *Line) SetWriteDeadline(t time.Time) error { return l.p.f.SetWriteDeadline(t) }

// Close closes the port. What has not left it yet is thrown away.
func (l *Line) Close() error {
	l.in.End()
	return l.p.Close()
}
