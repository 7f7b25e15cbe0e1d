package link

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"
)

// A USBAddress says which printer on USB is meant, whatever socket it is on.
type USBAddress struct {
	Vendor, Product string // four hex digits each, lower case
	Serial          string // empty: the only one of its kind
}

// usbKind is how vendor and product are written.
var usbKind = regexp.MustCompile(`^([0-9A-Fa-f]{4}):([0-9A-Fa-f]{4})$`)

// ParseUSB reads usb://VENDOR:PRODUCT/SERIAL, where /SERIAL may be left out.
func ParseUSB(address string) (USBAddress, error) {
	rest, ok := strings.CutPrefix(address, "usb://")
	kind, serial, _ := strings.Cut(rest, "/")
	m := usbKind.FindStringSubmatch(kind)
	if !ok || m == nil {
		return USBAddress{}, fmt.Errorf("device address %q: want usb://VENDOR:PRODUCT/SERIAL as waybill printers --discover shows it, such as usb://0a5f:0166/D4J204800123", address)
	}
	serial, err := url.PathUnescape(serial)
	if err != nil {
		return USBAddress{}, fmt.Errorf("device address %q: %w", address, err)
	}
	return USBAddress{strings.ToLower(m[1]), strings.ToLower(m[2]), serial}, nil
}

// String returns the address as ParseUSB reads it.
func (a USBAddress) String() string {
	s := "usb://" + a.Vendor + ":" + a.Product
	if a.Serial != "" {
		s += "/" + url.PathEscape(a.Serial)
	}
	return s
}

// A USBPrinter is a printer interface that is on USB now.
type USBPrinter struct {
	USBAddress
	Manufacturer string // as the device's descriptors say
	Model        string
	DeviceID     string // IEEE 1284; empty where the kernel does not tell it
	Path         string // the device file; empty where no driver of ours to talk to holds it
	Holder       string // the kernel's driver that holds it; empty for none
}

// choose returns the device file of the printer that a means.
func (a USBAddress) choose(present []USBPrinter) (string, error) {
	var found []USBPrinter
	for _, p := range present {
		if p.Vendor == a.Vendor && p.Product == a.Product && (a.Serial == "" || p.Serial == a.Serial) {
			found = append(found, p)
		}
	}
	switch {
	case len(found) == 0:
		return "", fmt.Errorf("%s is not attached (switch the printer on and check its cable; waybill printers --discover lists what is there)", a)
	case len(found) > 1 && a.Serial == "":
		return "", fmt.Errorf("%s: %d printers of this kind are attached (write the serial number of the one meant behind a slash)", a, len(found))
	case len(found) > 1:
		return "", fmt.Errorf("%s: %d printers have this serial number (give one of them another, or use file:///dev/usb/lp0)", a, len(found))
	case found[0].Path == "" && found[0].Holder == "":
		return "", fmt.Errorf("%s is attached, and the kernel's printer driver does not hold it (modprobe usblp; CUPS and ipp-usb take it away while they print)", a)
	case found[0].Path == "":
		return "", fmt.Errorf("%s is attached, and %s holds it (stop that program, or print through its queue)", a, found[0].Holder)
	}
	return found[0].Path, nil
}

// dialUSB returns the dialer for a printer on USB. It is looked for at each
// dial: a printer that was on lp0 may come back as lp1.
func dialUSB(a USBAddress) Dialer {
	return func(ctx context.Context) (io.ReadWriteCloser, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		present, err := USBPrinters()
		if err != nil {
			return nil, err
		}
		path, err := a.choose(present)
		if err != nil {
			return nil, err
		}
		return openFile(path)
	}
}
