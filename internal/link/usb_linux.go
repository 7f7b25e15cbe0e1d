package link

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// printerClass is the USB class of printers, as sysfs writes it.
const printerClass = "07"

// USBPrinters returns the printers on USB, from what the kernel tells: nothing
// is opened, and no right is needed.
func USBPrinters() ([]USBPrinter, error) { return usbPrintersIn("/sys") }

func usbPrintersIn(sys string) ([]USBPrinter, error) {
	dir := filepath.Join(sys, "bus/usb/devices")
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil // no USB at all
	}
	if err != nil {
		return nil, fmt.Errorf("list of USB devices: %w", err)
	}
	var found []USBPrinter
	for _, e := range entries {
		device, _, isInterface := strings.Cut(e.Name(), ":") // 1-2:1.0 is an interface of 1-2
		at := filepath.Join(dir, e.Name())
		if !isInterface || firstLine(at, "bInterfaceClass") != printerClass {
			continue
		}
		of := filepath.Join(dir, device)
		p := USBPrinter{
			USBAddress: USBAddress{
				Vendor: strings.ToLower(firstLine(of, "idVendor")), Product: strings.ToLower(firstLine(of, "idProduct")),
				Serial: firstLine(of, "serial"),
			},
			Manufacturer: firstLine(of, "manufacturer"), Model: firstLine(of, "product"),
			DeviceID: firstLine(at, "ieee1284_id"),
		}
		if driver, err := os.Readlink(filepath.Join(at, "driver")); err == nil {
			p.Holder = filepath.Base(driver)
		}
		// The node is made anew at each plug, so that its name is asked for.
		nodes, _ := filepath.Glob(filepath.Join(at, "usbmisc/lp*")) // its only error is a bad pattern
		if len(nodes) > 0 {
			p.Path = filepath.Join("/dev/usb", filepath.Base(nodes[0]))
		}
		found = append(found, p)
	}
	return found, nil
}

// firstLine returns the first line of a file, and nothing where there is none.
func firstLine(dir, name string) string {
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(b), "\n")
	return strings.TrimSpace(line)
}
