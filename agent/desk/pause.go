package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"waybill/internal/fault"
	"waybill/printer"
	"waybill/sync/journal"
)

// holds are what people have paused: in the journal, so that a restart does not
// print on a printer with somebody's hand in it, and here, because the spool asks
// before every label.
type holds struct {
	mu    sync.Mutex
	known bool
	list  []printer.Hold
}

// Holds returns what people have paused, in order of time.
func (d *Desk) Holds(ctx context.Context) ([]printer.Hold, error) {
	d.holds.mu.Lock()
	defer d.holds.mu.Unlock()
	if !d.holds.known {
		err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
			var err error
			d.holds.list, err = collect[printer.Hold](tx, kindPause, journal.Query{States: []string{holdOn}})
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("paused printers: %w", err)
		}
		d.holds.known = true
	}
	return slices.Clone(d.holds.list), nil
}

// States of a hold's document.
const (
	holdOn  = "on"
	holdOff = "off"
)

// HoldLabels pauses a printer or a role until ReleaseLabels. The label in flight
// is finished; once HoldLabels returns, no other is begun.
func (d *Desk) HoldLabels(ctx context.Context, h printer.Hold) error {
	switch h.Reason = strings.TrimSpace(h.Reason); {
	case (h.Printer == "") == (h.Role == ""):
		return &fault.Error{Op: "pause", Kind: fault.Invalid, Err: fmt.Errorf("name a printer or a role, and not both")}
	case h.Reason == "":
		return &fault.Error{Op: "pause", Kind: fault.Invalid, Err: fmt.Errorf("reason: required"), Hint: "Say why, for whoever wonders later."}
	}
	if err := d.holdable("pause", h); err != nil {
		return err
	}
	h.At = d.o.Now()
	return d.setHold(ctx, h, holdOn)
}

// ReleaseLabels lets a paused printer or role go on, also one that is no longer
// configured.
func (d *Desk) ReleaseLabels(ctx context.Context, printerName, role string) error {
	h := printer.Hold{Printer: printerName, Role: role}
	held, err := d.Holds(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(held, func(o printer.Hold) bool { return o.Printer == printerName && o.Role == role }) {
		return d.holdable("resume", h) // there is nothing to end, unless it is a slip of the pen
	}
	return d.setHold(ctx, h, holdOff)
}

// holdable refuses what no printer of the configuration is or has.
func (d *Desk) holdable(op string, h printer.Hold) error {
	if d.printers == nil || d.printers.Knows(h.Printer, h.Role) {
		return nil
	}
	what := fmt.Errorf("no printer is called %q", h.Printer)
	if h.Role != "" {
		what = fmt.Errorf("no printer has the role %q", h.Role)
	}
	return &fault.Error{Op: op, Kind: fault.NotFound, Err: what, Hint: "GET /v1/printers lists them."}
}

func (d *Desk) setHold(ctx context.Context, h printer.Hold, state string) error {
	if _, err := d.Holds(ctx); err != nil {
		return err
	}
	id := "printer:" + h.Printer
	if h.Role != "" {
		id = "role:" + h.Role
	}
	d.holds.mu.Lock()
	err := d.o.Journal.Update(ctx, func(tx *journal.Tx) error { return tx.Put(kindPause, id, h, journal.Index{State: state}) })
	if err == nil {
		d.holds.list = slices.DeleteFunc(slices.Clone(d.holds.list), func(o printer.Hold) bool { return o.Printer == h.Printer && o.Role == h.Role })
		if state == holdOn {
			d.holds.list = append(d.holds.list, h)
		}
	} else {
		d.holds.known = false // what the disk has is read again
	}
	d.holds.mu.Unlock()
	if err != nil {
		return fmt.Errorf("pause: %w", err)
	}
	d.o.Queued()
	d.say(Notice{Topic: "device", At: d.o.Now()})
	return nil
}
