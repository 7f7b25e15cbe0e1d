package driver

import "go.bug.st/serial"

// A portLock does nothing on Windows, where the system opens a serial port for
// one program only.
type portLock struct{}

func lockPort(string) (portLock, error) { return portLock{}, nil }

// Close does nothing.
func (portLock) Close() error { return nil }

// openUninherited opens the port; handles are not inherited on Windows unless
// asked for.
func openUninherited(path string, mode *serial.Mode) (serial.Port, error) {
	return serial.Open(path, mode)
}
