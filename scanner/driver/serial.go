package driver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync/atomic"
	"time"

	"go.bug.st/serial"

	"waybill/internal/fault"
	"waybill/scanner"
)

var serialDriver = scanner.Driver{
	Name: "serial",
	Doc:  "a scanner on a serial port, or on USB in serial (COM, CDC) mode",
	Open: openSerial,
}

// defaultBaud is what scanners on a real serial line come with. On USB the rate
// means nothing.
const defaultBaud = 9600

func openSerial(_ context.Context, o scanner.Options) (scanner.Scanner, error) {
	o = withDefaults(o)
	op := fmt.Sprintf("scanner %q on %s", o.Name, o.Address)
	if err := o.Framing.Check(); err != nil {
		return nil, &fault.Error{Op: op, Kind: fault.Invalid, Err: err}
	}
	lock, err := lockPort(o.Address)
	if err != nil {
		return nil, openError(op, err)
	}
	baud := o.Line.Baud
	if baud == 0 {
		baud = defaultBaud
	}
	// No initial modem bits: a pseudo terminal has none and would not open.
	p, err := openUninherited(o.Address, &serial.Mode{BaudRate: baud, DataBits: 8, Parity: serial.NoParity, StopBits: serial.OneStopBit})
	if err != nil {
		lock.Close()
		return nil, openError(op, err)
	}
	return newStream(o, &serialPort{p: p, lock: lock}), nil
}

// errInUse is another program's lock on the port.
var errInUse = errors.New("the port is in use")

func openError(op string, err error) error {
	e := &fault.Error{Op: op, Kind: fault.Transient, Err: err}
	var pe *serial.PortError
	code := serial.PortErrorCode(-1)
	if errors.As(err, &pe) {
		code = pe.Code()
	}
	switch {
	case code == serial.PortNotFound || errors.Is(err, fs.ErrNotExist):
		e.Kind, e.Hint = fault.NotFound, "Plug the scanner in; `waybill scanners` lists the ports there are."
	case code == serial.PortBusy || errors.Is(err, errInUse):
		e.Kind, e.Hint = fault.Conflict, "Close the other program that listens to this scanner."
	case code == serial.PermissionDenied || errors.Is(err, fs.ErrPermission):
		e.Kind, e.Hint = fault.Permanent, "Give this user access to serial ports, on Linux by the group dialout."
	case code == serial.InvalidSerialPort:
		e.Kind, e.Hint = fault.Invalid, "This is not a serial port; `waybill scanners` lists the ports there are."
	case code == serial.InvalidSpeed:
		e.Kind, e.Hint = fault.Invalid, "Write a baud rate such as 9600 or 115200."
	}
	return e
}

// A serialPort keeps the library's hazards in: its read returns nothing after a
// timeout, panics where the process has too many open files, and calls an
// unplugged device closed.
type serialPort struct {
	p    serial.Port
	lock portLock
	wait time.Duration
	shut atomic.Bool
}

func (p *serialPort) read(b []byte, wait time.Duration) (n int, err error) {
	defer func() {
		if r := recover(); r != nil {
			n, err = 0, fmt.Errorf("serial port: too many open files for its driver: %v", r)
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
		// Not our doing: close is called only when nobody reads.
		return n, errors.New("the scanner was unplugged or switched off")
	}
	return n, fmt.Errorf("serial port: %w", err)
}

func (p *serialPort) write(b []byte) error {
	for len(b) > 0 && !p.shut.Load() { // the descriptor's number may be another file's by then
		n, err := p.p.Write(b)
		if err != nil {
			return fmt.Errorf("serial port: %w", err)
		}
		b = b[n:]
	}
	return nil
}

// close throws away what the device has not taken, so that the kernel does not
// wait for it, and releases both handles: a handle left open makes the system
// give the device another name when it comes back.
func (p *serialPort) close() error {
	p.shut.Store(true)
	_ = p.p.ResetOutputBuffer() // fails where the device is gone, which is as good
	err := p.p.Close()
	return errors.Join(err, p.lock.Close())
}
