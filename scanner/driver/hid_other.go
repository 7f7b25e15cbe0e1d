//go:build !linux

package driver

import (
	"context"
	"errors"
	"fmt"

	"waybill/internal/fault"
	"waybill/scanner"
)

func openEvdev(_ context.Context, o scanner.Options) (scanner.Scanner, error) {
	return nil, onlyLinux(o, "Switch the scanner to serial (COM) mode and use the driver serial, or let it type into the packer's page.")
}

func openHIDPOS(_ context.Context, o scanner.Options) (scanner.Scanner, error) {
	return nil, onlyLinux(o, "Switch the scanner to serial (COM) mode and use the driver serial.")
}

func onlyLinux(o scanner.Options, hint string) error {
	return &fault.Error{
		Op: fmt.Sprintf("scanner %q on %s", o.Name, o.Address), Kind: fault.Invalid,
		Err: errors.New("scanners of this kind are read on Linux only"), Hint: hint,
	}
}

func evdevAppears(string) []string  { return nil }
func hidPOSAppears(string) []string { return nil }
