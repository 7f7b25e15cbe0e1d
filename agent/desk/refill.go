package desk

import (
	"context"
	"errors"
	"fmt"
	"time"

	"waybill/agent"
	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/shipment/carrier"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// kindLack is why the hub gave no numbers of a pool when it was asked last.
const kindLack journal.Kind = "number_lack"

type lack struct {
	Reason string `json:"reason"` // empty: it gave some
}

// Refill leases numbers for each pool that has too few, then takes up the orders
// that waited for them. It returns the first error, having tried every pool; a
// pool the hub has no range for is no error.
func (d *Desk) Refill(ctx context.Context, hub Lessor, station shipment.StationID, pools []Pool, block int64) error {
	refilled, failed := d.released(ctx)
	for _, p := range pools {
		got, err := d.refill(ctx, hub, station, p, block)
		refilled = refilled || got
		if err != nil && failed == nil {
			failed = fmt.Errorf("numbers for %s: %w", p.key(), err)
		}
	}
	if refilled {
		if err := d.ResumeHeld(ctx, agent.NoNumber); err != nil {
			return err
		}
	}
	return errors.Join(failed, d.tellSupplies(ctx, pools))
}

func (d *Desk) refill(ctx context.Context, hub Lessor, station shipment.StationID, p Pool, block int64) (bool, error) {
	fresh := func() wire.LeaseRequest {
		return wire.LeaseRequest{Key: d.o.NewID(), Station: station, Carrier: p.Carrier, Service: p.Service, Count: block}
	}
	wish := fresh()
	enough := false
	// The wish is durable before it is sent: asked again after a crash, the hub
	// gives the same block.
	err := d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		want, stock, err := d.wanted(&tx.ReadTx, p)
		if err != nil {
			return err
		}
		if enough = stock.lasting >= want; enough {
			return nil
		}
		if _, err := tx.Get(kindWish, p.key(), &wish); err != nil {
			return err
		}
		return tx.Put(kindWish, p.key(), wish, journal.Index{})
	})
	if err != nil || enough {
		return false, err
	}
	lease, err := hub.Lease(ctx, wish)
	switch {
	case fault.Is(err, fault.NotFound):
		return false, d.putLack(ctx, p, err.Error())
	case fault.Is(err, fault.Conflict):
		// The key is good for nothing any more; the next wish gets its own.
		return false, errors.Join(err, d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
			return tx.Put(kindWish, p.key(), fresh(), journal.Index{})
		}))
	case err != nil:
		return false, err
	}
	lease.Service = p.Service // a pool for all services serves this one
	if err := usable(lease, d.o.Now()); err != nil {
		return false, err
	}
	return true, d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		if err := tx.Put(kindLack, p.key(), lack{}, journal.Index{}); err != nil {
			return err
		}
		if err := file(tx, lease, d.o.Now()); err != nil {
			return err
		}
		// The next wish gets a key of its own.
		return tx.Put(kindWish, p.key(), fresh(), journal.Index{})
	})
}

// usable returns what keeps a lease from being used. The wish for it stays, so
// that the same block comes again once that is mended.
func usable(l wire.Lease, now time.Time) error {
	if l.Next < 0 || l.End <= l.Next {
		return fmt.Errorf("lease %s: serials %d to %d are no block", l.ID, l.Next, l.End-1)
	}
	for _, serial := range []int64{l.Next, l.End - 1} {
		if _, err := carrier.Compose(l.Scheme, l.Prefix, serial); err != nil {
			return fmt.Errorf("lease %s: %w", l.ID, err)
		}
	}
	if (held{Lease: l}).over(now) {
		return &fault.Error{
			Op: "lease " + l.ID, Kind: fault.Invalid,
			Err:  fmt.Errorf("it ends on %s, and by this station's clock that is over", l.Expires.UTC().Format("2006-01-02 15:04 MST")),
			Hint: "Set the station's clock (timedatectl set-ntp true); the numbers come by themselves then.",
		}
	}
	return nil
}

// file keeps a lease. One that is known already keeps its high-water mark; only
// its end may have moved.
func file(tx *journal.Tx, l wire.Lease, now time.Time) error {
	var known held
	found, err := tx.Get(kindLease, l.ID, &known)
	if err != nil {
		return err
	}
	if found {
		l.Next = known.Next
	}
	return putLease(tx, held{Lease: l, Got: now})
}

// putLack keeps why the hub gave no numbers, where that is news.
func (d *Desk) putLack(ctx context.Context, p Pool, reason string) error {
	var known lack
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		_, err := tx.Get(kindLack, p.key(), &known)
		return err
	})
	if err != nil || known.Reason == reason {
		return err
	}
	return d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		return tx.Put(kindLack, p.key(), lack{Reason: reason}, journal.Index{})
	})
}
