package driver

import (
	"errors"
	"fmt"
	"io/fs"
	"sync/atomic"
	"time"

	"go.bug.st/serial"

	"waybill/internal/link"
)

// A libraryError is a wish that cannot be met, with what to do.
type libraryError struct {
	err  error
	hint string
}

// Error returns the reason.
func (e *libraryError) Error() string { return e.err.Error() }

// Unwrap returns the reason.
func (e *libraryError) Unwrap() error { return e.err }

// openLibrary opens a port by go.bug.st/serial.
func openLibrary(s link.Serial) (port, error) {
	if s.Flow != link.NoFlow {
		return nil, &libraryError{fmt.Errorf("flow %s: the serial library has no flow control", s.Flow), "Write port: system, or switch flow control off in the scanner."}
	}
	lock, err := lockPort(s.Path)
	if err != nil {
		return nil, err
	}
	mode := &serial.Mode{BaudRate: s.Baud, DataBits: s.Bits, Parity: serial.NoParity, StopBits: serial.OneStopBit}
	switch s.Parity {
	case "even":
		mode.Parity = serial.EvenParity
	case "odd":
		mode.Parity = serial.OddParity
	}
	if s.Stop == 2 {
		mode.StopBits = serial.TwoStopBits
	}
	// No initial modem bits: a pseudo terminal has none and would not open.
	p, err := openUninherited(s.Path, mode)
	if err != nil {
		lock.Close()
		return nil, libraryReason(err)
	}
	return &libPort{p: p, lock: lock}, nil
}

// libraryReason puts the library's errors into the words of everyone else.
func libraryReason(err error) error {
	var pe *serial.PortError
	if !errors.As(err, &pe) {
		return err
	}
	switch pe.Code() {
	case serial.PortNotFound:
		return fmt.Errorf("%w: %w", fs.ErrNotExist, err)
	case serial.PortBusy:
		return fmt.Errorf("%w: %w", link.ErrPortInUse, err)
	case serial.PermissionDenied:
		return fmt.Errorf("%w: %w", fs.ErrPermission, err)
	case serial.InvalidSerialPort:
		return fmt.Errorf("%w: %w", link.ErrNoSerialPort, err)
	case serial.InvalidSpeed, serial.InvalidDataBits, serial.InvalidParity, serial.InvalidStopBits:
		return &libraryError{err, "The port has no such setting; 9600 baud, 8 bits, no parity, 1 stop bit is what most have."}
	default:
		return err
	}
}

// A libPort keeps the library's hazards in: its read returns nothing after a
// timeout, panics where the process has too many open files, and calls an
// unplugged device closed.
type libPort struct {
	p    serial.Port
	lock portLock
	wait time.Duration
	shut atomic.Bool
}

func (p *libPort) read(b []byte, wait time.Duration) (n int, err error) {
	defer func() {
		if r := recover(); r != nil {
			n, err = 0, fmt.Errorf("serial port: too many open files for the serial library (write port: system): %v", r)
		}
	}()
	if wait != p.wait {
		if err := p.p.SetReadTimeout(wait); err != nil {
			return 0, fmt.Errorf("serial port: %w", err)
		}
		p.wait = wait
	}
	n, err = p.p.Read(b)
	if err == nil {
		return n, nil
	}
	var pe *serial.PortError
	if errors.As(err, &pe) && pe.Code() == serial.PortClosed {
		return n, errUnplugged // not our doing: close is called only when nobody reads
	}
	return n, fmt.Errorf("serial port: %w", err)
}

func (p *libPort) write(b []byte) error {
	for len(b) > 0 && !p.shut.Load() { // the descriptor's number may be another file's by then
		n, err := p.p.Write(b)
		if err != nil {
			return fmt.Errorf("serial port: %w", err)
		}
		b = b[n:]
	}
	return nil
}

// interrupt does nothing: closing the port to end its read would race the read.
func (p *libPort) interrupt() {}

// close throws away what the device has not taken, so that the kernel does not
// wait for it, and releases both handles: a handle left open makes the system
// give the device another name when it comes back.
func (p *libPort) close() error {
	p.shut.Store(true)
	_ = p.p.ResetOutputBuffer() // fails where the device is gone, which is as good
	err := p.p.Close()
	return errors.Join(err, p.lock.Close())
}
