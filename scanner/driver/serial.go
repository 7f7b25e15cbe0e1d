package driver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"

	"waybill/internal/fault"
	"waybill/internal/link"
	"waybill/scanner"
)

var serialDriver = serialOn(Ports, "/dev")

// serialOn returns the serial driver over the ports that list tells, whose files
// appear in the directory dev.
func serialOn(list func() ([]Port, error), dev string) scanner.Driver {
	return scanner.Driver{
		Name: "serial",
		Doc:  "a scanner on a serial port, or on USB in serial (COM, CDC) mode",
		Open: func(_ context.Context, o scanner.Options) (scanner.Scanner, error) { return openSerial(o, list) },
		Appears: func(address string) []string {
			if _, usb, _ := scanner.ParseUSB(address); usb || !filepath.IsAbs(address) {
				return []string{dev}
			}
			return []string{filepath.Dir(address), dev} // a staying name is linked after its port has come
		},
	}
}

// The ways to a serial port.
const (
	systemPort  = "system"
	libraryPort = "library"
)

// bestPort returns the way to a serial port that is used where none is named: our
// own on Linux, which has flow control, marks damaged bytes, holds no thread and
// knows no highest descriptor.
func bestPort() string {
	if runtime.GOOS == "linux" {
		return systemPort
	}
	return libraryPort
}

// defaultBaud is what scanners on a real serial line come with. On USB the rate
// means nothing.
const defaultBaud = 9600

func openSerial(o scanner.Options, list func() ([]Port, error)) (scanner.Scanner, error) {
	o = withDefaults(o)
	op := fmt.Sprintf("scanner %q on %s", o.Name, o.Address)
	if err := o.Framing.Check(); err != nil {
		return nil, &fault.Error{Op: op, Kind: fault.Invalid, Err: err}
	}
	line, err := serialLine(o.Line)
	if err != nil {
		return nil, &fault.Error{Op: op, Kind: fault.Invalid, Err: err}
	}
	path, device, err := locate(o.Address, list)
	if err != nil {
		return nil, openError(op, err)
	}
	line.Path = path
	t := trait{poll: lookEvery, device: device}
	var p port
	switch cmp.Or(o.Line.Port, bestPort()) {
	case systemPort:
		var f *link.Line
		if f, err = link.OpenLine(line); err == nil {
			p, t.marked = &filePort{f: f, what: "serial port", gone: errUnplugged}, true
		}
	case libraryPort:
		p, err = openLibrary(line)
		t.poll = pollEvery
	default:
		err = fmt.Errorf("port %q: want system or library", o.Line.Port)
		return nil, &fault.Error{Op: op, Kind: fault.Invalid, Err: err}
	}
	if err != nil {
		return nil, openError(op, err)
	}
	return newStream(o, p, t), nil
}

// serialLine returns the settings of a line, which are checked.
func serialLine(l scanner.Line) (link.Serial, error) {
	s := link.Serial{
		Baud: cmp.Or(l.Baud, defaultBaud), Bits: cmp.Or(l.Bits, 8), Parity: cmp.Or(l.Parity, "none"), Stop: cmp.Or(l.Stop, 1),
		Flow: cmp.Or(link.Flow(l.Flow), link.NoFlow), Hearing: true,
	}
	switch {
	case s.Baud < 50 || s.Baud > 4_000_000:
		return s, fmt.Errorf("baud %d: want 50 to 4000000", s.Baud)
	case s.Bits != 7 && s.Bits != 8:
		return s, fmt.Errorf("data bits %d: want 7 or 8", s.Bits)
	case s.Parity != "none" && s.Parity != "even" && s.Parity != "odd":
		return s, fmt.Errorf("parity %q: want none, even or odd", s.Parity)
	case s.Stop != 1 && s.Stop != 2:
		return s, fmt.Errorf("stop bits %d: want 1 or 2", s.Stop)
	case s.Flow != link.NoFlow && s.Flow != link.XonXoff && s.Flow != link.RTSCTS:
		return s, fmt.Errorf("flow %q: want none, xonxoff or rtscts", s.Flow)
	}
	return s, nil
}

// errUnplugged is the end of a port.
var errUnplugged = errors.New("the scanner was unplugged or switched off")

func openError(op string, err error) error {
	e := &fault.Error{Op: op, Kind: fault.Transient, Err: err}
	var refused *libraryError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Kind, e.Hint = fault.NotFound, "Plug the scanner in; `waybill scanners` lists the ports there are."
	case errors.Is(err, link.ErrPortInUse):
		e.Kind, e.Hint = fault.Conflict, "Close the other program that listens to this scanner; on Linux ModemManager may be one."
	case errors.Is(err, fs.ErrPermission):
		e.Kind, e.Hint = fault.Permanent, "Give this user access to serial ports, on Linux by the group dialout."
	case errors.Is(err, link.ErrNoSerialPort):
		e.Kind, e.Hint = fault.Invalid, "This is not a serial port; `waybill scanners` lists the ports there are."
	case errors.Is(err, errors.ErrUnsupported):
		e.Kind, e.Hint = fault.Invalid, "Write port: library; the system's own way to serial ports is for Linux and macOS."
	case errors.Is(err, errTwins):
		e.Kind = fault.Conflict
	case errors.As(err, &refused):
		e.Kind, e.Hint = fault.Invalid, refused.hint
	}
	return e
}
