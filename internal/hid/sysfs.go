package hid

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Devices returns the human interface devices there are, from what Linux tells
// of them: nothing is opened, and no right is needed. Other systems tell none.
func Devices() ([]Device, error) { return devicesIn("/sys", "/dev") }

func devicesIn(sys, dev string) ([]Device, error) {
	dir := filepath.Join(sys, "bus/hid/devices")
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list of human interface devices: %w", err)
	}
	var found []Device
	for _, e := range entries {
		if d, ok := deviceAt(filepath.Join(dir, e.Name()), dev); ok {
			found = append(found, d)
		}
	}
	slices.SortFunc(found, func(a, b Device) int {
		return cmp.Or(cmp.Compare(a.Vendor, b.Vendor), cmp.Compare(a.Product, b.Product), cmp.Compare(a.Serial, b.Serial), cmp.Compare(a.Interface, b.Interface), cmp.Compare(a.Raw, b.Raw))
	})
	return found, nil
}

// deviceAt reads one device's directory. It is no device where it is being
// unplugged at this moment.
func deviceAt(dir, dev string) (Device, bool) {
	about := map[string]string{}
	for line := range strings.Lines(content(dir, "uevent")) {
		k, v, _ := strings.Cut(strings.TrimSpace(line), "=")
		about[k] = v
	}
	id := strings.Split(about["HID_ID"], ":")
	if len(id) != 3 || len(id[1]) < 4 || len(id[2]) < 4 {
		return Device{}, false
	}
	d := Device{
		Bus: bus(id[0]), Vendor: strings.ToLower(id[1][len(id[1])-4:]), Product: strings.ToLower(id[2][len(id[2])-4:]),
		Serial: about["HID_UNIQ"], Model: about["HID_NAME"], Descriptor: []byte(content(dir, "report_descriptor")),
	}
	if real, err := filepath.EvalSymlinks(dir); err == nil && d.Bus == busUSB {
		iface := filepath.Dir(real) // of the USB device above it
		usb := filepath.Dir(iface)
		d.Interface = word(iface, "bInterfaceNumber")
		if word(usb, "idVendor") != "" {
			d.Serial, d.Maker = word(usb, "serial"), word(usb, "manufacturer")
			d.Model = cmp.Or(word(usb, "product"), d.Model)
		}
	}
	if desc, err := ParseDescriptor(d.Descriptor); err == nil {
		d.Is = desc.Applications
	}
	raws, _ := filepath.Glob(filepath.Join(dir, "hidraw/hidraw*")) // its only error is a bad pattern
	if len(raws) > 0 {
		d.Raw = filepath.Join(dev, filepath.Base(raws[0]))
	}
	events, _ := filepath.Glob(filepath.Join(dir, "input/input*/event*"))
	for _, e := range events {
		d.Inputs = append(d.Inputs, nodeAt(filepath.Dir(e), filepath.Join(dev, "input", filepath.Base(e))))
	}
	return d, true
}

// NodeOf returns what is known of an event device file, which need not belong to
// a human interface device: a name under /dev/input/by-id is as good.
func NodeOf(path string) (Node, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return Node{}, err
	}
	dir := filepath.Join("/sys/class/input", filepath.Base(real), "device")
	if _, err := os.Stat(dir); err != nil {
		return Node{}, fmt.Errorf("%s is no input device: %w", path, err)
	}
	return nodeAt(dir, real), nil
}

// Key, relative and absolute codes of linux/input-event-codes.h.
const (
	key1, keyA, keyEnter = 2, 30, 28
	buttonLeft           = 0x110
	axisX, axisY         = 0, 1
)

func nodeAt(input, path string) Node {
	can := func(kind string, codes ...int) bool {
		set := capabilities(content(input, "capabilities/"+kind))
		for _, c := range codes {
			if !set(c) {
				return false
			}
		}
		return true
	}
	return Node{
		Path:     path,
		Typing:   can("key", key1, keyA, keyEnter),
		Pointing: can("rel", axisX) || can("rel", axisY) || can("abs", axisX) || can("abs", axisY) || can("key", buttonLeft),
	}
}

// capabilities reads a bit map as the kernel writes it: machine words in hex, the
// highest first.
func capabilities(s string) func(bit int) bool {
	words := strings.Fields(s)
	return func(bit int) bool {
		at := len(words) - 1 - bit/strconv.IntSize
		if at < 0 {
			return false
		}
		w, err := strconv.ParseUint(words[at], 16, strconv.IntSize)
		return err == nil && w>>(bit%strconv.IntSize)&1 == 1
	}
}

// bus names the buses of linux/input.h on which scanners come.
func bus(id string) string {
	switch id {
	case "0003":
		return busUSB
	case "0005":
		return "bluetooth"
	}
	return id
}

func content(dir, name string) string {
	b, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return ""
	}
	return string(b)
}

func word(dir, name string) string {
	line, _, _ := strings.Cut(content(dir, name), "\n")
	return strings.TrimSpace(line)
}
