package link

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"runtime"
	"strconv"
	"strings"
)

// A Flow is how a device on a serial line says that it can take no more.
type Flow string

// The ways of flow control. A printer without any loses what comes while its
// buffer is full.
const (
	NoFlow  Flow = "none"
	XonXoff Flow = "xonxoff" // by the characters DC1 and DC3
	RTSCTS  Flow = "rtscts"  // by wires of their own
)

// A Serial says how to open a serial port.
type Serial struct {
	Path   string // /dev/ttyUSB0, COM3
	Baud   int
	Bits   int    // 7 or 8
	Parity string // none, even or odd
	Stop   int    // 1 or 2
	Flow   Flow

	// Hearing is for a device that speaks and is seldom spoken to. The bytes that
	// the line has damaged are then marked, as FF 00 and the byte, FF itself is
	// doubled, and XonXoff holds up what comes instead of what is sent.
	Hearing bool
}

// The bounds of what is taken for a rate; anything between them is left to the
// port.
const (
	minBaud = 50
	maxBaud = 4_000_000
)

// ParseSerial reads serial:///dev/ttyUSB0?baud=19200&flow=xonxoff, or
// serial://COM3 on Windows. What is left out is as most label printers come:
// 9600 baud, 8 bits, no parity, one stop bit. Flow is xonxoff, which costs
// nothing where the printer does not use it.
func ParseSerial(address string) (Serial, error) {
	s := Serial{Baud: 9600, Bits: 8, Parity: "none", Stop: 1, Flow: XonXoff}
	u, err := url.Parse(address)
	if err != nil {
		return s, fmt.Errorf("device address %q: %w", address, err)
	}
	switch {
	case u.Scheme != "serial":
		return s, fmt.Errorf("device address %q is no serial port; write serial:///dev/ttyUSB0", address)
	case isCOM(u.Host) && (u.Path == "" || u.Path == "/"):
		s.Path = strings.ToUpper(u.Host)
	case u.Host != "":
		return s, fmt.Errorf("device address %q names the host %q; write three slashes: serial:///dev/ttyUSB0, or serial://COM3 on Windows", address, u.Host)
	case isCOM(strings.TrimPrefix(u.Path, "/")):
		s.Path = strings.ToUpper(strings.TrimPrefix(u.Path, "/"))
	case u.Path == "" || u.Path == "/":
		return s, fmt.Errorf("device address %q names no port; write serial:///dev/ttyUSB0, or serial://COM3 on Windows", address)
	default:
		s.Path = u.Path
	}
	if isCOM(s.Path) != (runtime.GOOS == "windows") {
		return s, fmt.Errorf("device address %q: ports are called COM3 on Windows and /dev/ttyUSB0 elsewhere", address)
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return s, fmt.Errorf("device address %q: %w", address, err)
	}
	for key, values := range query {
		if err := s.set(key, values[len(values)-1]); err != nil {
			return s, fmt.Errorf("device address %q: %w", address, err)
		}
	}
	return s, nil
}

// set takes one setting.
func (s *Serial) set(key, value string) error {
	n, err := strconv.Atoi(value)
	number := err == nil
	switch {
	case key == "baud" && number && n >= minBaud && n <= maxBaud:
		s.Baud = n
	case key == "bits" && number && (n == 7 || n == 8):
		s.Bits = n
	case key == "stop" && number && (n == 1 || n == 2):
		s.Stop = n
	case key == "parity" && (value == "none" || value == "even" || value == "odd"):
		s.Parity = value
	case key == "flow" && (value == string(NoFlow) || value == string(XonXoff) || value == string(RTSCTS)):
		s.Flow = Flow(value)
	default:
		return fmt.Errorf("%s=%s: want baud=%d…%d, bits=7 or 8, parity=none, even or odd, stop=1 or 2, flow=none, xonxoff or rtscts", key, value, minBaud, maxBaud)
	}
	return nil
}

// isCOM reports whether name is that of a port on Windows.
func isCOM(name string) bool {
	digits, ok := strings.CutPrefix(strings.ToUpper(name), "COM")
	_, err := strconv.ParseUint(digits, 10, 8)
	return ok && err == nil
}

// dialSerial returns the dialer for a serial port.
func dialSerial(s Serial) Dialer {
	return func(ctx context.Context) (io.ReadWriteCloser, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		port, err := openSerial(s)
		if err != nil {
			return nil, fmt.Errorf("serial port %s: %w", s.Path, serialRemedy(err))
		}
		return port, nil
	}
}

// Rate returns how many bytes a second the link of an address carries, where
// that is little: on a serial line. It is 0 for any other.
func Rate(address string) int {
	s, err := ParseSerial(address)
	if err != nil {
		return 0
	}
	bits := 1 + s.Bits + s.Stop
	if s.Parity != "none" {
		bits++
	}
	return max(1, s.Baud/bits)
}
