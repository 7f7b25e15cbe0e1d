// Package cable is the wire between a simulated device and the real driver that
// opens it: a pseudo terminal or a loopback port, which can be pulled and put
// back. What the device says is not its business.
package cable

import "io"

// A Cable can be pulled and put back.
type Cable interface {
	// Plug returns the device's end of the cable, under the same address each
	// time. Closing the end pulls the cable.
	Plug() (io.ReadWriteCloser, error)
	// Address is what a driver opens: a path, or host:port.
	Address() string
	// Serial reports whether the address is a serial port's.
	Serial() bool
	// Close removes what is left of a cable that is pulled.
	Close() error
}
