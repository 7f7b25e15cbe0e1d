package desk

import (
	"context"
	"fmt"
	"time"

	"waybill/internal/fault"
	"waybill/scanner"
	"waybill/shipment"
	"waybill/sync/journal"
)

const kindScanner journal.Kind = "scanner" // which device a scanner of the configuration is

// scannerBinding says which device is a scanner of the configuration.
type scannerBinding struct {
	Device scanner.Device `json:"device"`
	Since  time.Time      `json:"since"`
}

// Scanner returns the device that is the scanner of that name, and the zero Device
// where none is yet.
func (d *Desk) Scanner(ctx context.Context, name string) (scanner.Device, error) {
	var b scannerBinding
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		_, err := tx.Get(kindScanner, name, &b)
		return err
	})
	return b.Device, err
}

// BindScanner makes dev the scanner of that name, and journals it as
// device.changed.
func (d *Desk) BindScanner(ctx context.Context, name string, dev scanner.Device) error {
	err := d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		var before scannerBinding
		if _, err := tx.Get(kindScanner, name, &before); err != nil {
			return err
		}
		message := fmt.Sprintf("The scanner %s is %s.", name, dev.Words())
		if before.Device.Key() != "" && !before.Device.Same(dev) {
			message = fmt.Sprintf("The scanner %s is %s from now on, in place of %s.", name, dev.Words(), before.Device.Words())
		}
		dev.Port = "" // that is where it was, not who it is
		if err := tx.Put(kindScanner, name, scannerBinding{Device: dev, Since: d.o.Now()}, journal.Index{}); err != nil {
			return err
		}
		return d.record(tx, "", shipment.DeviceChanged{Kind: "scanner", Name: name, State: "bound", Message: message, Machine: dev.Key()})
	})
	if err != nil {
		return fmt.Errorf("device of scanner %s: %w", name, err)
	}
	return nil
}

// UseScanner is a person's word that the device which answers in place of another
// is the scanner of that name from now on. device is the one that the person saw,
// by its address: what answers now must still be that.
func (d *Desk) UseScanner(ctx context.Context, name, device string) error {
	op := fmt.Sprintf("scanner %q", name)
	dev, known := d.device("scanner", name)
	other := dev.OtherScanner
	switch {
	case !known:
		return &fault.Error{Op: op, Kind: fault.NotFound, Err: errNoPrinter, Hint: "GET /v1/scanners lists them."}
	case other.Key() == "":
		return &fault.Error{Op: op, Kind: fault.Conflict, Err: errNoOther, Hint: "There is nothing to decide."}
	case other.Key() != device:
		return &fault.Error{
			Op: op, Kind: fault.Conflict, Err: fmt.Errorf("it is %s that answers now, not %q", other.Words(), device),
			Hint: "Look again, and decide anew.",
		}
	}
	if err := d.BindScanner(ctx, name, other); err != nil {
		return err
	}
	d.say(Notice{Topic: "device", At: d.o.Now()})
	return nil
}
