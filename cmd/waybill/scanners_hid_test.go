package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/internal/hid"
)

func TestAttachedHIDs(t *testing.T) {
	dev := t.TempDir()
	if real, err := filepath.EvalSymlinks(dev); err == nil {
		dev = real
	}
	event := filepath.Join(dev, "input/event3")
	byID := filepath.Join(dev, "input/by-id/usb-Symbol-event-kbd")
	for _, d := range []string{filepath.Dir(event), filepath.Dir(byID)} {
		if err := os.MkdirAll(d, 0o750); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(event, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("../event3", byID); err != nil {
		t.Skip(err) // some systems let only an administrator
	}
	present := []hid.Device{
		{Bus: "usb", Vendor: "05e0", Product: "1200", Model: "Scanner", Inputs: []hid.Node{{Path: event, Typing: true}, {Path: "/dev/input/event4"}}},
		{Bus: "usb", Vendor: "0c2e", Product: "0b61", Serial: "17 1", Maker: "Honeywell", Model: "Xenon", Raw: "/dev/hidraw1", Is: []hid.Usage{hid.BarCodeScanner}},
		{Bus: "usb", Vendor: "0922", Product: "8003", Maker: "Dymo", Model: "M10", Raw: "/dev/hidraw2", Is: []hid.Usage{hid.ScaleDevice}},
		{Bus: "bluetooth", Vendor: "046d", Product: "b342", Model: "Mouse", Inputs: []hid.Node{{Path: "/dev/input/event5", Pointing: true}}},
	}
	list := attachedHIDs(present, dev, func(path string) (string, string) {
		if path == "/dev/hidraw1" {
			return "the user packer may not use /dev/hidraw1", "Write a rule."
		}
		return "", ""
	})
	want := []attachedHID{
		{What: "keyboard, or a scanner that types", Driver: "evdev", Address: "usb://05e0:1200", Vendor: "05e0", Product: "1200", Device: "Scanner", Path: event, ByID: byID},
		{
			What: "scanner, HID POS", Driver: "hidpos", Address: "usb://0c2e:0b61/17%201", Vendor: "0c2e", Product: "0b61", Serial: "17 1", Device: "Honeywell Xenon", Path: "/dev/hidraw1",
			Problem: "the user packer may not use /dev/hidraw1", Remedy: "Write a rule.",
		},
		{What: "scale", Driver: "usb-hid", Address: "usb://0922:8003", Vendor: "0922", Product: "8003", Device: "Dymo M10", Path: "/dev/hidraw2"},
	}
	if d := cmp.Diff(want, list); d != "" {
		t.Errorf("list (-want +got):\n%s", d)
	}
	var out strings.Builder
	writeHIDs(&out, list)
	for _, says := range []string{"usb://0c2e:0b61/17%201", "Write a rule.", "without a serial number"} {
		if !strings.Contains(out.String(), says) {
			t.Errorf("the list does not say %q:\n%s", says, &out)
		}
	}
}
