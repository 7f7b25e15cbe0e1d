package driver

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Ports returns the serial ports there are, from what the kernel tells: opening
// a port to see whether it is one may hang, and moves its modem lines.
func Ports() ([]Port, error) { return portsIn("/sys/class/tty", "/dev") }

func portsIn(sys, dev string) ([]Port, error) {
	entries, err := os.ReadDir(sys)
	if err != nil {
		return nil, fmt.Errorf("list of serial ports: %w", err)
	}
	byID := map[string]string{}
	links, _ := filepath.Glob(filepath.Join(dev, "serial/by-id/*")) // its only error is a bad pattern
	for _, l := range links {
		if target, err := filepath.EvalSymlinks(l); err == nil {
			byID[filepath.Base(target)] = l
		}
	}
	var ports []Port
	for _, e := range entries {
		name := e.Name()
		device := filepath.Join(sys, name, "device")
		if _, err := os.Stat(device); err != nil {
			continue // a console or a pseudo terminal
		}
		if strings.HasPrefix(name, "ttyS") && firstLine(filepath.Join(sys, name, "type")) == "0" {
			continue // a built-in port that is not there
		}
		p := Port{Path: filepath.Join(dev, name), ByID: byID[name]}
		if usb := usbParent(device); usb != "" {
			p.VendorID, p.ProductID = firstLine(usb+"/idVendor"), firstLine(usb+"/idProduct")
			p.Serial = firstLine(usb + "/serial")
			p.Manufacturer, p.Model = firstLine(usb+"/manufacturer"), firstLine(usb+"/product")
		}
		ports = append(ports, p)
	}
	slices.SortFunc(ports, func(a, b Port) int { return cmp.Compare(a.Path, b.Path) })
	return ports, nil
}

// usbParent returns the directory of the USB device that a tty's device belongs
// to, which is a few levels up.
func usbParent(device string) string {
	dir, err := filepath.EvalSymlinks(device)
	if err != nil {
		return ""
	}
	for range 4 {
		if _, err := os.Stat(filepath.Join(dir, "idVendor")); err == nil {
			return dir
		}
		dir = filepath.Dir(dir)
	}
	return ""
}

func firstLine(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(b), "\n")
	return strings.TrimSpace(line)
}
