package desk

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"waybill/printer"
	"waybill/scanner"
	"waybill/shipment"
	"waybill/sync/journal"
)

// A Device is what the desk knows of a printer, a scanner, a scale, the hub or a folder.
type Device struct {
	Kind   string // printer, scanner, scale, hub, folder
	Name   string
	State  string // ready, busy, away, blocked, unknown
	Words  string
	Todo   string
	Detail string
	Since  time.Time

	Conditions []string         // what a printer reports, as package printer names it
	Machine    printer.Identity // the machine that answers as this printer
	Other      printer.Identity // it answers in place of another and a person may say that it is used; zero: nothing to decide

	OtherScanner scanner.Device // as Other, of a scanner
	Role         scanner.Role   // of a scanner; empty where it is not known
}

type devices struct {
	mu    sync.Mutex
	state map[string]Device
	told  map[string]Device // as last journalled
}

// SetDevice notes how a device is. A printer, scanner or scale that stops working, works
// again or has another fault is journalled as device.changed; the hub and the
// folder are not: they would fill the journal while the hub is away, with news
// for the hub alone.
func (d *Desk) SetDevice(ctx context.Context, dev Device) error {
	d.devices.mu.Lock()
	key := dev.Kind + "/" + dev.Name
	was, known := d.devices.state[key]
	changed := !known || was.State != dev.State || was.Words != dev.Words || was.Other != dev.Other || was.OtherScanner != dev.OtherScanner
	dev.Since = was.Since
	if changed {
		dev.Since = d.o.Now()
	}
	d.devices.state[key] = dev
	d.devices.mu.Unlock()

	if changed || was.Detail != dev.Detail {
		d.say(Notice{Topic: "device", At: d.o.Now()})
	}
	if dev.Kind != "printer" && dev.Kind != "scanner" && dev.Kind != "scale" {
		return nil
	}
	told := d.devices.last(key)
	if works(told) == works(dev) && told.Words == dev.Words && told.Other.Device() == dev.Other.Device() && told.OtherScanner.Key() == dev.OtherScanner.Key() {
		return nil
	}
	err := d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		return d.record(tx, "", shipment.DeviceChanged{Kind: dev.Kind, Name: dev.Name, State: dev.State, Message: dev.Words, Machine: dev.Machine.Device()})
	})
	if err == nil {
		d.devices.tell(key, dev)
	}
	return err
}

func (ds *devices) last(key string) Device {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	return ds.told[key]
}

// machine returns which machine a device is, where it says so.
func (ds *devices) machine(kind, name string) string {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	return ds.state[kind+"/"+name].Machine.Device()
}

// knows reports whether a device of that name was ever told of.
func (ds *devices) knows(kind, name string) bool {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	_, known := ds.state[kind+"/"+name]
	return known
}

func (ds *devices) tell(key string, dev Device) {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	ds.told[key] = dev
}

// Devices returns the devices by kind and name.
func (d *Desk) Devices() []Device {
	d.devices.mu.Lock()
	defer d.devices.mu.Unlock()
	list := make([]Device, 0, len(d.devices.state))
	for _, dev := range d.devices.state {
		list = append(list, dev)
	}
	slices.SortFunc(list, func(a, b Device) int { return strings.Compare(a.Kind+"/"+a.Name, b.Kind+"/"+b.Name) })
	return list
}

// works reports whether a device does what it is for. A printer that prints is
// as good as one that is ready, and no news.
func works(dev Device) bool { return dev.State == "ready" || dev.State == "busy" }
