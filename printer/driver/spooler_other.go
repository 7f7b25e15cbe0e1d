//go:build !windows

package driver

import "errors"

// systemSpooler returns an error: there is no such spooler here.
func systemSpooler(string) (printQueue, error) {
	return nil, errors.New("print queues by name exist on Windows only; here write the queue as ipp://localhost/printers/NAME, or the printer itself")
}

// Queues returns nothing: print queues by name exist on Windows only.
func Queues() ([]Queue, error) { return nil, nil }
