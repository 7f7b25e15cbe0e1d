package scanner

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
)

// A Device is one scanner of the world, by what it says of itself over USB. The
// zero Device is one that says nothing, as on a plain serial line.
type Device struct {
	Vendor  string `json:"vendor,omitempty"`  // four hex digits, lower case
	Product string `json:"product,omitempty"` // four hex digits, lower case
	Serial  string `json:"serial,omitempty"`
	Maker   string `json:"maker,omitempty"`
	Model   string `json:"model,omitempty"`
	Port    string `json:"port,omitempty"` // where it is now; no part of who it is
}

// Key names the device whatever port it is on, and is empty where it cannot be
// told from any other.
func (d Device) Key() string {
	if d.Vendor == "" {
		return ""
	}
	return d.Address()
}

// Address returns the address under which the serial driver finds the device,
// and its port where it has no other.
func (d Device) Address() string {
	switch {
	case d.Vendor == "":
		return d.Port
	case d.Serial == "":
		return fmt.Sprintf("usb://%s:%s", d.Vendor, d.Product)
	}
	return fmt.Sprintf("usb://%s:%s/%s", d.Vendor, d.Product, url.PathEscape(d.Serial))
}

// Words names the device to a person.
func (d Device) Words() string {
	name := strings.TrimSpace(d.Maker + " " + d.Model)
	switch {
	case name == "" && d.Vendor == "":
		return "a scanner that does not say which it is"
	case name == "":
		name = "scanner " + d.Vendor + ":" + d.Product
	}
	if d.Serial == "" {
		return name + " without a serial number"
	}
	return name + ", serial number " + d.Serial
}

// Same reports whether o can be no other device than d, as far as they tell.
func (d Device) Same(o Device) bool { return d.Key() == o.Key() }

var usbKind = regexp.MustCompile(`^([0-9A-Fa-f]{4}):([0-9A-Fa-f]{4})$`)

// ParseUSB reads usb://VENDOR:PRODUCT/SERIAL, where /SERIAL may be left out. ok
// is false where the address is of another form.
func ParseUSB(address string) (d Device, ok bool, err error) {
	rest, ok := strings.CutPrefix(address, "usb://")
	if !ok {
		return Device{}, false, nil
	}
	kind, serial, _ := strings.Cut(rest, "/")
	m := usbKind.FindStringSubmatch(kind)
	if m == nil {
		return Device{}, true, fmt.Errorf("scanner address %q: want usb://VENDOR:PRODUCT/SERIAL as waybill scanners shows it, such as usb://0c2e:0b61/17123B4A5C", address)
	}
	if serial, err = url.PathUnescape(serial); err != nil {
		return Device{}, true, fmt.Errorf("scanner address %q: %w", address, err)
	}
	return Device{Vendor: strings.ToLower(m[1]), Product: strings.ToLower(m[2]), Serial: serial}, true, nil
}
