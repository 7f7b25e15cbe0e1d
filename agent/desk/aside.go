package desk

import (
	"context"
	"fmt"
	"time"

	"waybill/agent"
	"waybill/internal/fault"
	"waybill/scanner"
	"waybill/shipment"
	"waybill/shipment/scan"
	"waybill/sync/journal"
)

// asideWords are what is kept with a scan that does nothing, by its reason.
var asideWords = map[scanner.Aside]string{
	scanner.Repeated:    "The same label again at once; it counts once.",
	scanner.SentAgain:   "It was sent again since the answer was missed; it counts once.",
	scanner.OtherDevice: "It came from another scanner than this one, and was not taken. Put the right one back, or say that this is the one to use.",
}

// SetAside journals a scan that must do nothing, with its bytes and why: every
// trigger pull can be looked up afterwards. by is the device it came from, where
// that is not the scanner's own.
func (d *Desk) SetAside(ctx context.Context, in scanner.Scan, why scanner.Aside, by scanner.Device) error {
	var parsed scan.Scan
	if in.Bad == "" {
		parsed = d.o.Senders[in.Scanner].Parse(d.o.Rules.Carriers, in.Data())
	}
	err := d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		return d.setAside(tx, in, parsed, why, by.Key(), d.benchOf(in.Scanner).Name)
	})
	if err != nil {
		return fmt.Errorf("trace of scan %s: %w", shipment.Quoted(string(in.Raw)), err)
	}
	return nil
}

// Repeated journals a scan of a page or a program that repeats one which was
// answered already. bench is for a bench; empty: the scanner's.
func (d *Desk) Repeated(ctx context.Context, in scanner.Scan, parsed scan.Scan, bench string) error {
	b, err := d.benchNamed(bench, in.Scanner)
	if err != nil {
		return err
	}
	err = d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		return d.setAside(tx, in, parsed, scanner.Repeated, "", b.Name)
	})
	if err != nil {
		return fmt.Errorf("trace of scan %s: %w", shipment.Quoted(string(in.Raw)), err)
	}
	return nil
}

func (d *Desk) setAside(tx *journal.Tx, in scanner.Scan, parsed scan.Scan, why scanner.Aside, device, bench string) error {
	a := agent.Answer{Signal: scanner.Warn, Code: string(why), Message: asideWords[why]}
	if why == scanner.OtherDevice {
		a.Signal = scanner.Bad
	}
	ev := evidence(in, parsed, a)
	if ev.Device = device; device == "" {
		ev.Device = d.devices.machine("scanner", in.Scanner)
	}
	if in.Role == scanner.Bench {
		b, err := d.bench(&tx.ReadTx, bench)
		if err != nil {
			return err
		}
		ev.Bench, ev.Operator = bench, b.Operator
	} else if in.Role == scanner.Dock {
		m, err := d.atDock(tx, in.Scanner, in.At)
		if err != nil {
			return err
		}
		ev.Operator = m.Operator
	}
	return d.leaveEvidence(tx, ev, verdict{answer: a})
}

// scanAnswered is what a scan was answered, for a caller that missed it.
type scanAnswered struct {
	agent.Answer

	Order shipment.OrderID `json:"order,omitempty"`
	At    time.Time        `json:"at,omitzero"` // the scan's last byte
}

// A keyClash is a key that was used for something else.
type keyClash struct{ error }

// Unwrap returns what is wrong with the key.
func (k keyClash) Unwrap() error { return k.error }

// answeredBefore answers a scan as it was answered under the same key, and leaves
// a trace of its having come again. The empty Aside says that it had not.
func (d *Desk) answeredBefore(tx *journal.Tx, once Once, in scanner.Scan, r *ScanResult, bench string) (scanner.Aside, error) {
	if once.Key == "" {
		return "", nil
	}
	before, found, err := claimed(&tx.ReadTx, once, Request{})
	switch {
	case fault.Is(err, fault.Conflict):
		return "", keyClash{err}
	case err != nil || !found:
		return "", err
	case before.Scan == nil:
		return "", keyClash{once.clash(before)}
	}
	r.answer(before.Scan.Answer)
	r.Order = before.Scan.Order
	why := scanner.SentAgain
	if age := in.At.Sub(before.Scan.At); age >= 0 && age < scanner.DefaultDuplicateWindow {
		why = scanner.Repeated // a page keeps its key for so long
	}
	return why, d.setAside(tx, in, r.Parsed, why, "", bench)
}
