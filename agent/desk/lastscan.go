package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"waybill/scanner"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

const (
	lastScanWithin = 5 * time.Minute // older than anything that a scanner sends again
	lastScanAmong  = 2000            // scans of all scanners that are looked through for it
	lastScanNewest = 20000           // and events, of which a station without scans has only others
)

// LastScan returns the last scan of a scanner that is in the journal, and what its
// hand was told, to know it where the scanner sends it again after its connection
// broke or this program ended. It is the zero Kept where there was none of late, or
// that was damaged, so that the scanner was asked for it anew.
func (d *Desk) LastScan(ctx context.Context, name string) (scanner.Kept, error) {
	var kept scanner.Kept
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		after, err := beforeNewest(tx, lastScanNewest)
		if err != nil {
			return err
		}
		q := journal.EventQuery{
			After: after,
			Types: []shipment.EventType{shipment.ScanAcceptedType, shipment.ScanRefusedType, shipment.ParcelScannedType, shipment.ParcelHandedOverType},
			Since: d.o.Now().Add(-lastScanWithin), Limit: lastScanAmong, Newest: true,
		}
		return tx.Events(q, func(rec wire.Record) error {
			var env wire.Envelope
			if err := json.Unmarshal(rec.Raw, &env); err != nil {
				return err
			}
			var f shipment.ScanAccepted // the others have the same members
			if err := json.Unmarshal(env.Data, &f); err != nil {
				return err
			}
			switch aside := scanner.Aside(f.Code); {
			case f.Scanner != name || aside == scanner.OtherDevice || aside == scanner.SentAgain || aside == scanner.Repeated:
				return nil // another's, or nothing but a trace of one that came before
			case f.Damaged != "":
				return errStop
			}
			raw, err := f.Bytes()
			if err != nil {
				return err
			}
			kept = scanner.Kept{Raw: raw, At: f.Received, Told: toldBy(rec.Type, f.Repeated)}
			return errStop
		})
	})
	if err != nil && !errors.Is(err, errStop) {
		return scanner.Kept{}, fmt.Errorf("last scan of scanner %s: %w", name, err)
	}
	return kept, nil
}

// beforeNewest returns where the newest n events begin, which may be in an earlier
// epoch.
func beforeNewest(tx *journal.ReadTx, n int64) (wire.Position, error) {
	last, err := tx.Head()
	for err == nil && last.Sequence <= n {
		n -= last.Sequence
		upTo := wire.Position{Epoch: last.Epoch} // before its first
		last = wire.Position{}
		err = tx.Events(journal.EventQuery{UpTo: upTo, Newest: true, Limit: 1}, func(rec wire.Record) error {
			last = rec.Position
			return nil
		})
		if last.Sequence == 0 {
			return wire.Position{}, err
		}
	}
	return wire.Position{Epoch: last.Epoch, Sequence: last.Sequence - n}, err
}

// toldBy returns what a hand was told of a scan that left an event of that type.
func toldBy(t shipment.EventType, repeated bool) scanner.Signal {
	switch {
	case t == shipment.ScanRefusedType:
		return scanner.Bad
	case repeated:
		return scanner.Warn
	}
	return scanner.Good
}
