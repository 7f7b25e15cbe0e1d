package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"waybill/internal/fault"
	"waybill/printer"
	"waybill/shipment"
	"waybill/sync/journal"
)

const kindMachine journal.Kind = "machine" // which machine a printer of the configuration is

// binding says which machine is a printer of the configuration.
type binding struct {
	Machine printer.Identity `json:"machine"`
	Since   time.Time        `json:"since"`
}

// Machine returns the machine that is the printer of that name, and the zero
// Identity where none is yet.
func (d *Desk) Machine(ctx context.Context, name string) (printer.Identity, error) {
	var b binding
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		_, err := tx.Get(kindMachine, name, &b)
		return err
	})
	return b.Machine, err
}

// Bind makes id the machine that is the printer of that name, and journals it as
// device.changed.
func (d *Desk) Bind(ctx context.Context, name string, id printer.Identity) error {
	err := d.o.Journal.Update(ctx, func(tx *journal.Tx) error { return d.bind(tx, name, id) })
	if err != nil {
		return fmt.Errorf("machine of printer %s: %w", name, err)
	}
	return nil
}

func (d *Desk) bind(tx *journal.Tx, name string, id printer.Identity) error {
	var before binding
	if _, err := tx.Get(kindMachine, name, &before); err != nil {
		return err
	}
	message := fmt.Sprintf("The printer %s is %s.", name, id.Words())
	if before.Machine.Device() != "" && !before.Machine.Same(id) {
		message = fmt.Sprintf("The printer %s is %s from now on, in place of %s.", name, id.Words(), before.Machine.Words())
	}
	id.LanguageOK = false // that is how it was, not who it is
	if err := tx.Put(kindMachine, name, binding{Machine: id, Since: d.o.Now()}, journal.Index{}); err != nil {
		return err
	}
	if before.Machine.Device() == id.Device() && id.Device() != "" {
		return nil // more is known of it, and it is the same
	}
	return d.record(tx, "", shipment.DeviceChanged{Kind: "printer", Name: name, State: "bound", Message: message, Machine: id.Device()})
}

// UseMachine is a person's word that the machine which answers in place of
// another is the printer of that name from now on. machine is the one that the
// person saw, as Identity.Device names it: what answers now must still be that.
func (d *Desk) UseMachine(ctx context.Context, name, machine string) error {
	op := fmt.Sprintf("printer %q", name)
	dev, known := d.device("printer", name)
	other := dev.Other
	switch {
	case !known:
		return &fault.Error{Op: op, Kind: fault.NotFound, Err: errNoPrinter, Hint: "GET /v1/printers lists them."}
	case other.Device() == "":
		return &fault.Error{Op: op, Kind: fault.Conflict, Err: errNoOther, Hint: "There is nothing to decide."}
	case other.Device() != machine:
		return &fault.Error{
			Op: op, Kind: fault.Conflict, Err: fmt.Errorf("it is %s that answers now, not %q", other.Words(), machine),
			Hint: "Look again, and decide anew.",
		}
	}
	if err := d.Bind(ctx, name, other); err != nil {
		return err
	}
	d.say(Notice{Topic: "device", At: d.o.Now()})
	d.o.Queued()
	return nil
}

var (
	errNoPrinter = errors.New("the configuration has none of that name")
	errNoOther   = errors.New("no other machine answers in its place")
)

// device returns what is known of a device.
func (d *Desk) device(kind, name string) (Device, bool) {
	d.devices.mu.Lock()
	defer d.devices.mu.Unlock()
	dev, known := d.devices.state[kind+"/"+name]
	return dev, known
}
