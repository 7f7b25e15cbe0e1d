package driver

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"

	"waybill/internal/fault"
	"waybill/internal/hid"
	"waybill/internal/link"
	"waybill/scanner"
)

// lookUp reads an address and lists what is attached.
func lookUp(address string) (d scanner.Device, present []hid.Device, isUSB bool, err error) {
	d, isUSB, err = scanner.ParseUSB(address)
	if err != nil {
		return d, nil, isUSB, err
	}
	if !isUSB && !strings.HasPrefix(address, "/") {
		return d, nil, false, fmt.Errorf("scanner address %q: want usb://VENDOR:PRODUCT/SERIAL as waybill scanners shows it, or a device file such as /dev/input/by-id/NAME", address)
	}
	present, err = hid.Devices()
	return d, present, isUSB, err
}

func wanted(d scanner.Device) link.USBAddress {
	return link.USBAddress{Vendor: d.Vendor, Product: d.Product, Serial: d.Serial}
}

// known is a human interface device in the words of scanners.
func known(d hid.Device) scanner.Device {
	k := scanner.Device{Maker: d.Maker, Model: d.Model, Serial: d.Serial, Port: d.Raw}
	if d.Address() != "" {
		k.Vendor, k.Product = d.Vendor, d.Product
	}
	return k
}

// nodeError says why a device file could not be had.
func nodeError(op, path string, err error) error {
	e := &fault.Error{Op: op, Kind: fault.Transient, Err: err}
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENODEV) || errors.Is(err, unix.ENXIO):
		e.Kind, e.Hint = fault.NotFound, "Plug the scanner in; `waybill scanners` lists what there is."
	case errors.Is(err, fs.ErrPermission):
		e.Kind = fault.Permanent
		if _, remedy := hid.Access(path); remedy != "" {
			e.Hint = remedy
		}
	case errors.Is(err, unix.EBUSY) || errors.Is(err, hid.ErrInUse):
		e.Kind, e.Hint = fault.Conflict, "Close the other program that has taken this scanner."
	case errors.Is(err, errHeld):
		e.Hint = "Let go of the keys; if this is a person's keyboard, it is the wrong address for a scanner."
	}
	return e
}

// goneError says that a scanner was unplugged, in the words of a person.
func goneError(err error) error {
	if errors.Is(err, unix.ENODEV) || errors.Is(err, unix.EIO) {
		return errors.New("the scanner was unplugged or switched off")
	}
	return err
}

// ioctlBytes asks the kernel to fill b.
func ioctlBytes(fd int, request uint, b []byte) error {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), uintptr(request), uintptr(unsafe.Pointer(&b[0])))
	if errno != 0 {
		return errno
	}
	return nil
}
