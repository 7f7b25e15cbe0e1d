package downlink

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"time"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/wire"
)

// hub is what answers; package sync/uplink implements it.
type hub interface {
	Self(ctx context.Context) (wire.Credential, error)
	Instructions(ctx context.Context, from int64) (wire.Signed, error)
	Bundle(ctx context.Context, have int64) (s wire.Signed, changed bool, err error)
}

// desk is who acts on it; package agent/desk implements it. What it has taken is
// durable.
type desk interface {
	HeardInstruction(ctx context.Context) (last wire.Instruction, found bool, err error)
	Instruct(ctx context.Context, list []wire.Instruction) error
	BundleApplied(ctx context.Context, b wire.Bundle) error
	BundleRefused(ctx context.Context, version int64, reason string) error
}

// Options are what a downlink needs. Hub, Desk, Shelf and Station are required.
type Options struct {
	Hub     hub
	Desk    desk
	Shelf   *Shelf
	Station shipment.StationID

	// Check says what is wrong with a bundle whose files are in a directory, before
	// anybody works by them; nil: bundles are not wanted.
	Check func(dir string) error

	Every time.Duration // between two questions; default 15 s
	Log   *slog.Logger  // default discards
}

// A Downlink asks the hub now and then. It is used by one goroutine.
type Downlink struct {
	o       Options
	refused refusal // so that it is told once, and not fetched again
	said    string  // the last trouble, so that it is told once
}

// A refusal is a bundle that was not put in place.
type refusal struct{ version int64 }

// New returns a downlink.
func New(o Options) *Downlink {
	if o.Every <= 0 {
		o.Every = 15 * time.Second
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Downlink{o: o}
}

// Run asks until ctx ends. A hub that is away is for others to tell; whatever else
// is wrong is logged once.
func (d *Downlink) Run(ctx context.Context) error {
	// Stations that start together do not ask together.
	wait := time.Duration(rand.Int64N(int64(d.o.Every))) //nolint:gosec // spreads load, hides nothing
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(wait):
		}
		wait = d.o.Every
		err := d.Ask(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err == nil:
			d.said = ""
		case fault.Is(err, fault.Transient) || fault.Is(err, fault.NotFound):
			d.o.Log.DebugContext(ctx, "the hub was not asked for what it has for the station", "retry_in", wait, "err", err)
		case err.Error() != d.said:
			d.said = err.Error()
			d.o.Log.ErrorContext(ctx, "What the hub has for the station was not taken.", "err", err)
		}
	}
}

// Ask asks once: for every word about orders that the station has not, and for a
// bundle where there is another. That one cannot be had keeps the other not back.
func (d *Downlink) Ask(ctx context.Context) error {
	key, err := d.o.Shelf.Key()
	if err != nil {
		return err
	}
	if key == nil { // enrolled before there were keys, or listed in the hub's configuration
		self, err := d.o.Hub.Self(ctx)
		if err != nil {
			return err
		}
		if err := d.o.Shelf.Pin(self.SigningKey, false); err != nil {
			return err
		}
		if key, err = d.o.Shelf.Key(); err != nil || key == nil {
			return err // an older hub has none
		}
	}
	bundle, err := d.instructions(ctx, key)
	if err != nil || d.o.Check == nil || bundle == 0 {
		return err
	}
	return d.bundle(ctx, key, bundle)
}

// maxPages bounds what is asked for at once; the next question goes on.
const maxPages = 200

// instructions takes every word about orders that the station has not, and returns
// the version of the bundle.
func (d *Downlink) instructions(ctx context.Context, key []byte) (bundle int64, err error) {
	last, found, err := d.o.Desk.HeardInstruction(ctx)
	if err != nil {
		return 0, err
	}
	for range maxPages {
		signed, err := d.o.Hub.Instructions(ctx, last.Sequence)
		if err != nil {
			return 0, err
		}
		var page wire.Instructions
		if err := signed.Open(key, wire.ForInstructions, &page); err != nil {
			return 0, notTheHubs(err)
		}
		if err := page.Check(d.o.Station, last.Sequence); err != nil {
			return 0, &fault.Error{Op: "instructions of the hub", Kind: fault.Permanent, Err: err}
		}
		list := page.List
		if found {
			if len(list) == 0 || list[0] != last {
				// The hub's store was restored from before, or made anew under its key: all
				// of it is asked for again. What it has lost stays as the station heard it.
				d.o.Log.WarnContext(ctx, "The hub does not know its last instruction any more, so all of them are read again.", "sequence", last.Sequence, "order", string(last.Order))
				last, found = wire.Instruction{}, false
				continue
			}
			list = list[1:]
		}
		if len(list) > 0 {
			if err := d.o.Desk.Instruct(ctx, list); err != nil {
				return 0, err
			}
			last, found = list[len(list)-1], true
		}
		if !page.More {
			return page.Bundle, nil
		}
	}
	return 0, nil
}

// bundle gets a bundle that the station has not and puts it in place, or says why
// not.
func (d *Downlink) bundle(ctx context.Context, key []byte, version int64) error {
	have, _, err := d.o.Shelf.InUse()
	if err != nil {
		return err
	}
	if version == have || version == d.refused.version {
		return nil
	}
	signed, changed, err := d.o.Hub.Bundle(ctx, have)
	if err != nil || !changed {
		return err
	}
	var b wire.Bundle
	if err := signed.Open(key, wire.ForBundle, &b); err != nil {
		return d.refuse(ctx, version, 0, notTheHubs(err))
	}
	if b.Version < have {
		return d.refuse(ctx, version, b.Version, fmt.Errorf("version %d is older than %d, which the station works by (where the hub's store was restored from before, put the bundle there again until its version is higher)", b.Version, have))
	}
	if b.Version == have || b.Version == d.refused.version {
		return nil
	}
	dir, err := d.o.Shelf.Lay(b)
	if err == nil {
		err = d.o.Check(dir)
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}
	if err != nil {
		return d.refuse(ctx, b.Version, b.Version, err)
	}
	// Said first: a crash in between has it said twice, and never not at all.
	if err := d.o.Desk.BundleApplied(ctx, b); err != nil {
		return err
	}
	if err := d.o.Shelf.Use(b.Version); err != nil {
		return err
	}
	d.o.Log.InfoContext(ctx, "Other rules and templates of the hub are in place.", "version", b.Version, "again", b.Again, "by", b.By)
	return d.o.Shelf.Tidy(b.Version, have)
}

// refuse says, once, why the station goes on with what it has.
func (d *Downlink) refuse(ctx context.Context, asked, version int64, why error) error {
	if err := d.o.Desk.BundleRefused(ctx, version, why.Error()); err != nil {
		return err
	}
	d.refused = refusal{asked}
	return &fault.Error{Op: "rules and templates of the hub", Kind: fault.Permanent, Err: why, Hint: "The station goes on with what it has. At the hub: waybill hub bundles put, or roll-back."}
}

func notTheHubs(err error) error {
	return &fault.Error{
		Op: "what the hub has for the station", Kind: fault.Permanent, Err: err,
		Hint: "If the hub's store was made anew, enrol the station again; if not, find out who answers in its place.",
	}
}
