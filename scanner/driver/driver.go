// Package driver holds the ways to talk to barcode scanners, one file each, and
// the list of them. It frames what comes in and carries signals out; what a scan
// means, and when to open a lost scanner again, is decided elsewhere.
package driver

import "waybill/scanner"

// All returns every built-in driver.
func All() scanner.Registry {
	return scanner.NewRegistry(
		serialDriver,
		tcpDriver,
		evdevDriver,
		hidPOSDriver,
	)
}

// A Port is a serial port that is present on this machine.
type Port struct {
	Path         string `json:"path"`              // the system's name, which may change when the cable is pulled
	ByID         string `json:"by_id,omitempty"`   // a name that stays with the device; use it in the configuration
	VendorID     string `json:"vendor,omitempty"`  // four hex digits, lower case
	ProductID    string `json:"product,omitempty"` // four hex digits, lower case
	Serial       string `json:"serial,omitempty"`  // of the device
	Manufacturer string `json:"manufacturer,omitempty"`
	Model        string `json:"model,omitempty"`
}

var evdevDriver = scanner.Driver{
	Name: "evdev",
	Doc:  "a scanner that types as a keyboard does, taken away from all other programs; on Linux",
	Open: openEvdev, Appears: evdevAppears,
}

var hidPOSDriver = scanner.Driver{
	Name: "hidpos",
	Doc:  "a scanner on USB in HID POS mode, which sends whole scans and what symbol they were; on Linux",
	Open: openHIDPOS, Appears: hidPOSAppears,
}
