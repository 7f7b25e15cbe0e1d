//go:build !unix

package virtual

import "errors"

// A serialLine is the printer's end of a serial line; there is none here.
type serialLine struct{ path string }

var errNoSerial = errors.New("there are pseudo terminals on Unix only; use the network port")

func openSerial(string) (*serialLine, error) { return nil, errNoSerial }

// Read fails.
func (l *serialLine) Read([]byte) (int, error) { return 0, errNoSerial }

// Write fails.
func (l *serialLine) Write([]byte) (int, error) { return 0, errNoSerial }

// Close does nothing.
func (l *serialLine) Close() error { return nil }

func (l *serialLine) reopen() error { return errNoSerial }
func (l *serialLine) close() error  { return nil }
