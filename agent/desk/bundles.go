package desk

import (
	"context"
	"fmt"

	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// kindWorksBy is the document that says by which of the hub's rules and templates the
// station was last said to work.
const kindWorksBy journal.Kind = "hub_bundle"

// thisStation is the one document of that kind.
const thisStation = "station"

type worksBy struct {
	Version int64  `json:"version,omitempty"` // 0: by its own
	Why     string `json:"why,omitempty"`     // not by the newest
}

// BundleApplied records which version of the hub's rules and templates the station
// works by from here on.
func (d *Desk) BundleApplied(ctx context.Context, b wire.Bundle) error {
	return d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		if err := tx.Put(kindWorksBy, thisStation, worksBy{Version: b.Version}, journal.Index{}); err != nil {
			return err
		}
		return d.record(tx, "", shipment.BundleApplied{Version: b.Version, Again: b.Again})
	})
}

// BundleRefused records why the station has kept what it works by.
func (d *Desk) BundleRefused(ctx context.Context, version int64, reason string) error {
	d.say(Notice{Topic: "hub", Tone: Bad, Word: "Rules refused", Message: reason, At: d.o.Now()})
	return d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		return d.record(tx, "", shipment.BundleRefused{Version: version, Reason: reason})
	})
}

// WorksBy records by which version of the hub's rules and templates the station works
// from its start on; 0: by its own. Where it cannot work by the version refused, why
// says so. What was said last is not said again: only after a crash, or when files were
// damaged, is it something else.
func (d *Desk) WorksBy(ctx context.Context, version, refused int64, why string) error {
	now := worksBy{version, why}
	var last worksBy
	get := func(tx *journal.ReadTx) error {
		last = worksBy{}
		_, err := tx.Get(kindWorksBy, thisStation, &last)
		return err
	}
	if err := d.o.Journal.View(ctx, get); err != nil {
		return fmt.Errorf("rules and templates that the station works by: %w", err)
	}
	if last == now {
		return nil
	}
	return d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		if err := get(&tx.ReadTx); err != nil || last == now {
			return err
		}
		refusal := shipment.BundleRefused{Version: refused, Reason: why}
		if why == "" && version == 0 {
			refusal = shipment.BundleRefused{Version: last.Version, Reason: "the station works by its own rules and templates: it was told to, or the hub's are gone from its disk"}
		}
		if refusal.Reason != "" {
			if err := d.record(tx, "", refusal); err != nil {
				return err
			}
		}
		if version > 0 && (version != last.Version || why == "") {
			if err := d.record(tx, "", shipment.BundleApplied{Version: version}); err != nil {
				return err
			}
		}
		return tx.Put(kindWorksBy, thisStation, now, journal.Index{})
	})
}
