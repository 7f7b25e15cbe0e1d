//go:build !linux

package link

import "errors"

// USBPrinters returns an error: nobody has written how this system tells.
func USBPrinters() ([]USBPrinter, error) {
	return nil, errors.New("printers on USB are found on Linux only; on Windows use the queue's driver spooler, elsewhere IPP")
}
