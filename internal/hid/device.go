package hid

import (
	"fmt"
	"path/filepath"
	"strings"

	"waybill/internal/fault"
	"waybill/internal/link"
)

// What a device may say that it is.
const (
	Keyboard       = Usage(0x01_0006) // generic desktop, keyboard
	BarCodeScanner = Usage(0x8C_0002) // a scanner in HID POS mode
	ScaleDevice    = Usage(0x8D_0020)
	scales         = Usage(0x8D_0001) // what some scales say instead
)

// A Device is one human interface device that is attached now. A device on USB
// with several interfaces is several of them.
type Device struct {
	Bus             string // usb, bluetooth, or the kernel's number of another
	Vendor, Product string // four hex digits, lower case
	Serial          string // may be empty
	Maker, Model    string // as the device says
	Interface       string // which of its USB interfaces, two hex digits
	Raw             string // the device file for whole reports; empty for none
	Inputs          []Node // the device files for key strokes
	Descriptor      []byte // the report descriptor
	Is              []Usage
}

// A Node is a device file that the kernel makes key strokes of.
type Node struct {
	Path     string
	Typing   bool // it has the keys to type a scan with
	Pointing bool // it moves a pointer, so that taking it away takes away more than scans
}

// Types reports whether the device types as a keyboard does.
func (d Device) Types() bool {
	for _, n := range d.Inputs {
		if n.Typing && !n.Pointing {
			return true
		}
	}
	return false
}

// IsScale reports whether the device says that it is a scale.
func (d Device) IsScale() bool { return d.is(ScaleDevice) || d.is(scales) }

// IsScanner reports whether the device is a scanner in HID POS mode.
func (d Device) IsScanner() bool { return d.is(BarCodeScanner) }

func (d Device) is(u Usage) bool {
	for _, a := range d.Is {
		if a == u {
			return true
		}
	}
	return false
}

// Address names the device wherever it is plugged in, and is empty where it is
// on no USB.
func (d Device) Address() string {
	if d.Bus != busUSB {
		return ""
	}
	return link.USBAddress{Vendor: d.Vendor, Product: d.Product, Serial: d.Serial}.String()
}

// Words says what the device is, to a person.
func (d Device) Words() string {
	switch {
	case d.IsScanner():
		return "scanner, HID POS"
	case d.IsScale():
		return "scale"
	case d.Types():
		return "keyboard, or a scanner that types"
	}
	return "other"
}

// A Use is what a device is looked for: what it is called, and whether one
// serves.
type Use struct {
	Name   string
	Serves func(Device) bool
	// Else says what to do where the device is there and serves otherwise.
	Else string
}

// Choose returns the device at the address that serves the use.
func Choose(present []Device, a link.USBAddress, use Use) (Device, error) {
	var found []Device
	var there string
	for _, d := range present {
		if d.Bus != busUSB || d.Vendor != a.Vendor || d.Product != a.Product || (a.Serial != "" && d.Serial != a.Serial) {
			continue
		}
		if use.Serves(d) {
			found = append(found, d)
		} else if there == "" || d.Words() != "other" {
			there = d.Words()
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) == 0 && there != "":
		return Device{}, &fault.Error{Op: a.String(), Kind: fault.Invalid, Err: fmt.Errorf("it is attached, and is no %s (%s)", use.Name, there), Hint: use.Else}
	case len(found) == 0:
		return Device{}, &fault.Error{Op: a.String(), Kind: fault.NotFound, Err: fmt.Errorf("no such %s is attached", use.Name), Hint: "Plug it in, and check its cable and its address."}
	case same(found):
		return Device{}, &fault.Error{
			Op: a.String(), Kind: fault.Conflict, Err: fmt.Errorf("the device is a %s %d times", use.Name, len(found)),
			Hint: "Write the device file of the one meant as the address, by a name that stays: " + strings.Join(paths(found), " or ") + " and its name under /dev/input/by-id.",
		}
	case a.Serial == "":
		return Device{}, &fault.Error{
			Op: a.String(), Kind: fault.Conflict, Err: fmt.Errorf("%d devices of this kind are attached", len(found)),
			Hint: "Write the serial number of the one meant behind a slash; where they have none, give each the name of its socket under /dev/input/by-path or by a udev rule.",
		}
	}
	return Device{}, &fault.Error{
		Op: a.String(), Kind: fault.Conflict, Err: fmt.Errorf("%d devices have this serial number", len(found)),
		Hint: "Write the name of its socket under /dev/input/by-path, or one given by a udev rule, as the address.",
	}
}

// AtRaw returns the device with that device file for whole reports, which may be
// named by a link.
func AtRaw(present []Device, path string) (Device, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return Device{}, err
	}
	for _, d := range present {
		if d.Raw == real {
			return d, nil
		}
	}
	return Device{}, fmt.Errorf("%s is no human interface device", path)
}

// same reports whether all of found are interfaces of one device.
func same(found []Device) bool {
	seen := map[string]bool{}
	for _, d := range found {
		if d.Serial != found[0].Serial || seen[d.Interface] {
			return false
		}
		seen[d.Interface] = true
	}
	return true
}

func paths(found []Device) []string {
	var all []string
	for _, d := range found {
		for _, n := range d.Inputs {
			all = append(all, n.Path)
		}
		if len(d.Inputs) == 0 {
			all = append(all, d.Raw)
		}
	}
	return all
}

const busUSB = "usb"
