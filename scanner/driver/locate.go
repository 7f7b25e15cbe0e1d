package driver

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"waybill/scanner"
)

// errTwins is an address that more than one device has.
var errTwins = errors.New("more than one scanner has this address")

// locate returns where the scanner with that address is now, and which it is. An
// address on USB is looked for anew each time: a scanner that was ttyACM0 may come
// back as ttyACM1.
func locate(address string, list func() ([]Port, error)) (path string, d scanner.Device, err error) {
	want, usb, err := scanner.ParseUSB(address)
	if err != nil {
		return "", d, &libraryError{err: err, hint: "`waybill scanners` lists the addresses of those attached."}
	}
	ports, err := list()
	if !usb {
		// Who it is counts less than that it works, so that the list may fail.
		return address, deviceOn(address, ports), nil
	}
	if err != nil {
		return "", d, err
	}
	var found []scanner.Device
	for _, p := range ports {
		at := p.Device()
		if at.Vendor == want.Vendor && at.Product == want.Product && (want.Serial == "" || at.Serial == want.Serial) {
			found = append(found, at)
		}
	}
	switch {
	case len(found) == 0:
		return "", d, fmt.Errorf("it is not attached: %w", fs.ErrNotExist)
	case len(found) > 1 && want.Serial == "":
		return "", d, fmt.Errorf("%w: %d of this kind are attached (write the serial number of the one meant behind a slash, or its /dev/serial/by-path name where it has none)", errTwins, len(found))
	case len(found) > 1:
		return "", d, fmt.Errorf("%w: %d ports are of scanners with this serial number (write the /dev/serial/by-path name of the one meant)", errTwins, len(found))
	}
	return found[0].Port, found[0], nil
}

// deviceOn returns the device on the port of that name.
func deviceOn(path string, ports []Port) scanner.Device {
	target, err := filepath.EvalSymlinks(path)
	for _, p := range ports {
		if p.Path == path || (err == nil && samePort(p.Path, target)) {
			return p.Device()
		}
	}
	return scanner.Device{Port: path}
}

func samePort(path, target string) bool {
	if path == target {
		return true
	}
	real, err := filepath.EvalSymlinks(path)
	return err == nil && real == target
}

// Device returns the device on the port.
func (p Port) Device() scanner.Device {
	return scanner.Device{Vendor: p.VendorID, Product: p.ProductID, Serial: p.Serial, Maker: p.Manufacturer, Model: p.Model, Port: p.Path}
}
