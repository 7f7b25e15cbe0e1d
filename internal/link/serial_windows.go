package link

import (
	"errors"
	"fmt"
	"io"

	"golang.org/x/sys/windows"
)

// Flags and values of the system's device control block that its library for Go
// does not name (winbase.h, DCB).
const (
	dcbBinary     = 1 << 0
	dcbParity     = 1 << 1
	dcbOutCTS     = 1 << 2
	dcbDTREnable  = 1 << 4
	dcbOutX       = 1 << 8
	dcbRTSEnable  = 1 << 12
	dcbRTSByNeed  = 2 << 12
	parityNone    = 0
	parityOdd     = 1
	parityEven    = 2
	oneStopBit    = 0
	twoStopBits   = 2
	writeInterval = 100 // milliseconds that one write waits for a printer that is busy
	sendQueue     = 4096
)

// openSerial opens a port for plain reads and writes. Overlapped ones never end
// with some adapters' drivers.
func openSerial(s Serial) (io.ReadWriteCloser, error) {
	name, err := windows.UTF16PtrFromString(`\\.\` + s.Path)
	if err != nil {
		return nil, err
	}
	h, err := windows.CreateFile(name, windows.GENERIC_READ|windows.GENERIC_WRITE, 0, nil, windows.OPEN_EXISTING, 0, 0)
	if errors.Is(err, windows.ERROR_ACCESS_DENIED) || errors.Is(err, windows.ERROR_SHARING_VIOLATION) {
		return nil, ErrPortInUse // ports have one user at a time, and no other permissions
	}
	if err != nil {
		return nil, err
	}
	if err := setUp(h, s); err != nil {
		windows.CloseHandle(h)
		return nil, err
	}
	return newPump(&comPort{h}), nil
}

// setUp makes a raw line as s says.
func setUp(h windows.Handle, s Serial) error {
	var d windows.DCB
	if err := windows.GetCommState(h, &d); err != nil {
		return ErrNoSerialPort
	}
	d.BaudRate, d.ByteSize = uint32(s.Baud), byte(s.Bits) //nolint:gosec // ParseSerial bounds them
	d.Flags = dcbBinary | dcbDTREnable | dcbRTSEnable
	d.Parity, d.StopBits = parityNone, oneStopBit
	switch s.Parity {
	case "even":
		d.Parity, d.Flags = parityEven, d.Flags|dcbParity
	case "odd":
		d.Parity, d.Flags = parityOdd, d.Flags|dcbParity
	}
	if s.Stop == 2 {
		d.StopBits = twoStopBits
	}
	d.XonChar, d.XoffChar = 0x11, 0x13
	switch s.Flow {
	case XonXoff: // only what we send is held up, as elsewhere
		d.Flags |= dcbOutX
	case RTSCTS:
		d.Flags = d.Flags&^dcbRTSEnable | dcbRTSByNeed | dcbOutCTS
	case NoFlow:
	}
	if err := windows.SetCommState(h, &d); err != nil {
		return fmt.Errorf("%d baud, %d bits, parity %s, %d stop bits, flow %s: %w", s.Baud, s.Bits, s.Parity, s.Stop, s.Flow, err)
	}
	// Reads return what is there, at once; writes wait a little.
	if err := windows.SetCommTimeouts(h, &windows.CommTimeouts{ReadIntervalTimeout: ^uint32(0), WriteTotalTimeoutConstant: writeInterval}); err != nil {
		return fmt.Errorf("time limits: %w", err)
	}
	_ = windows.SetupComm(h, sendQueue, sendQueue) // a wish; the port works without
	return windows.PurgeComm(h, windows.PURGE_RXCLEAR|windows.PURGE_TXCLEAR)
}

// A comPort is an open port.
type comPort struct{ h windows.Handle }

func (c *comPort) readSome(p []byte) (int, error) {
	var n uint32
	err := windows.ReadFile(c.h, p, &n, nil)
	return int(n), err
}

func (c *comPort) writeSome(p []byte) (int, error) {
	var n uint32
	err := windows.WriteFile(c.h, p, &n, nil)
	return int(n), err
}

func (c *comPort) close() error {
	_ = windows.PurgeComm(c.h, windows.PURGE_TXABORT|windows.PURGE_TXCLEAR) // fails where the device is gone
	return windows.CloseHandle(c.h)
}
