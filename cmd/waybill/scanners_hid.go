package main

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"waybill/internal/hid"
)

// attachedHID is a scanner or scale on USB that is no serial port, or a keyboard,
// which may be one.
type attachedHID struct {
	What    string `json:"what"`
	Driver  string `json:"driver"`            // the one to configure for it
	Address string `json:"address,omitempty"` // names it wherever it is plugged in; use it in the configuration
	Vendor  string `json:"vendor"`
	Product string `json:"product"`
	Serial  string `json:"serial,omitempty"`
	Device  string `json:"device"` // maker and model, as the device says
	Path    string `json:"path"`   // the system's name, which may change when the cable is pulled
	ByID    string `json:"by_id,omitempty"`
	Problem string `json:"problem,omitempty"` // why this user cannot have it
	Remedy  string `json:"remedy,omitempty"`
}

// attachedHIDs lists the human interface devices that a packing desk may use.
// Nothing is opened. access says why this user may not use a device file, and
// what to do.
func attachedHIDs(present []hid.Device, dev string, access func(path string) (problem, remedy string)) []attachedHID {
	byID := map[string]string{}
	links, _ := filepath.Glob(filepath.Join(dev, "input/by-id/*")) // its only error is a bad pattern
	for _, l := range links {
		if target, err := filepath.EvalSymlinks(l); err == nil {
			byID[target] = l
		}
	}
	list := []attachedHID{}
	add := func(d hid.Device, driver, path string) {
		a := attachedHID{
			What: d.Words(), Driver: driver, Address: d.Address(), Vendor: d.Vendor, Product: d.Product, Serial: d.Serial,
			Device: strings.TrimSpace(d.Maker + " " + d.Model), Path: path, ByID: byID[path],
		}
		a.Problem, a.Remedy = access(path)
		list = append(list, a)
	}
	for _, d := range present {
		switch {
		case d.IsScanner() && d.Raw != "":
			add(d, "hidpos", d.Raw)
		case d.IsScale() && d.Raw != "":
			add(d, "usb-hid", d.Raw)
		default:
			for _, n := range d.Inputs {
				if n.Typing && !n.Pointing {
					add(d, "evdev", n.Path)
				}
			}
		}
	}
	return list
}

// writeHIDs writes the list for a person; none where there is nothing to tell.
func writeHIDs(w io.Writer, list []attachedHID) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintln(w, "WHAT\tDRIVER\tADDRESS\tDEVICE")
	for _, a := range list {
		device := a.Device
		if a.Serial == "" && a.Address != "" {
			device += ", without a serial number"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", a.What, a.Driver, cmp.Or(a.Address, a.ByID, a.Path), device)
		if a.Problem != "" {
			fmt.Fprintf(w, "\t\t%s\t%s\n", a.Problem, a.Remedy)
		}
	}
}
