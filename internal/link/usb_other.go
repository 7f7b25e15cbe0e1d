//go:build !linux

package link

// USBPrinters returns the printers on USB.
func USBPrinters() ([]USBPrinter, error) { return nil, errNoUSB }
