package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"waybill/agent"
	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/shipment/carrier"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// numbers hands out tracking numbers from the leases in the journal. The
// lease's high-water mark and the order that uses the number are kept in one
// transaction, so a number is never given twice.
func (d *Desk) numbers(tx *journal.Tx) agent.Numbers {
	return func(c shipment.CarrierID, s shipment.ServiceID) (shipment.TrackingNumber, string, error) {
		if err := mayNumber(&tx.ReadTx); err != nil {
			return "", "", err
		}
		leases, left, err := leasesOf(&tx.ReadTx, Pool{c, s}, d.o.Now())
		if err != nil {
			return "", "", err
		}
		if left-1 < d.o.LowWater {
			d.o.Low()
		}
		for _, l := range leases {
			n, next, err := unused(tx, l)
			if err != nil {
				return "", "", err
			}
			l.Next = next
			if err := putLease(tx, l); err != nil {
				return "", "", err
			}
			if n != "" {
				return n, l.ID, nil
			}
		}
		return "", "", agent.ErrNoNumbers
	}
}

// unused returns the first number of a lease that no order has, and the serial
// after it. An order may have brought a number of ours from elsewhere; it is
// passed over. The empty number says that the lease has none left.
func unused(tx *journal.Tx, l wire.Lease) (n shipment.TrackingNumber, next int64, err error) {
	for serial := l.Next; serial < l.End; serial++ {
		n, err := carrier.Compose(l.Scheme, l.Prefix, serial)
		if err != nil {
			return "", serial, fmt.Errorf("number %d of range %s: %w", serial, l.Range, err)
		}
		_, used, err := tx.Find(kindOrder, "number:"+string(n))
		if err != nil {
			return "", serial, err
		}
		if !used {
			return n, serial + 1, nil
		}
	}
	return "", l.End, nil
}

// A Pool is what numbers are leased for: a carrier's service.
type Pool struct {
	Carrier shipment.CarrierID
	Service shipment.ServiceID
}

func (p Pool) key() string { return string(p.Carrier) + "/" + string(p.Service) }

// putLease files a lease under its pool while it has numbers left.
func putLease(tx *journal.Tx, l wire.Lease) error {
	state := "spent"
	if l.Next < l.End {
		state = Pool{l.Carrier, l.Service}.key()
	}
	return tx.Put(kindLease, l.ID, l, journal.Index{State: state})
}

// leasesOf returns a pool's leases that have numbers left and are not
// expired, oldest first, and how many numbers that is.
func leasesOf(tx *journal.ReadTx, p Pool, now time.Time) (good []wire.Lease, left int64, err error) {
	all, err := collect[wire.Lease](tx, kindLease, journal.Query{States: []string{p.key()}})
	if err != nil {
		return nil, 0, err
	}
	for _, l := range all {
		if l.Expires.IsZero() || now.Before(l.Expires) {
			good = append(good, l)
			left += l.End - l.Next
		}
	}
	return good, left, nil
}

// A Lessor leases blocks of numbers: the hub.
type Lessor interface {
	Lease(ctx context.Context, req wire.LeaseRequest) (wire.Lease, error)
}

// Refill leases numbers for each pool that has fewer than LowWater, then takes
// up the orders that waited for them. It returns the first error, having tried
// every pool; a pool the hub has no range for is no error.
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
	return failed
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
		_, left, err := leasesOf(&tx.ReadTx, p, d.o.Now())
		if err != nil {
			return err
		}
		if enough = left >= max(1, d.o.LowWater); enough {
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
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	lease.Service = p.Service // a pool for all services serves this one
	if _, err := carrier.Compose(lease.Scheme, lease.Prefix, lease.Next); err != nil {
		return false, fmt.Errorf("lease %s: %w", lease.ID, err)
	}
	return true, d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		var known wire.Lease
		found, err := tx.Get(kindLease, lease.ID, &known)
		if err != nil {
			return err
		}
		if !found {
			if err := putLease(tx, lease); err != nil {
				return err
			}
		}
		// The next wish gets a key of its own.
		return tx.Put(kindWish, p.key(), fresh(), journal.Index{})
	})
}

// ResumeHeld takes up the orders that wait for one of codes, or for whatever
// where none is given: at the start the rules may be others.
func (d *Desk) ResumeHeld(ctx context.Context, codes ...string) error {
	held, err := d.Orders(ctx, 0, agent.Held)
	if err != nil {
		return fmt.Errorf("held orders: %w", err)
	}
	for i := len(held) - 1; i >= 0; i-- { // oldest first
		if len(codes) > 0 && !slices.Contains(codes, held[i].Why.Code) {
			continue
		}
		if err := d.resume(ctx, held[i].Order.ID); err != nil {
			return err
		}
	}
	return nil
}

func (d *Desk) resume(ctx context.Context, id shipment.OrderID) error {
	var stage agent.Stage
	err := d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		s, err := getOrder(&tx.ReadTx, id)
		if err != nil {
			return err
		}
		s, effects, taken, err := d.o.Rules.Resume(s, d.o.Now(), d.numbers(tx))
		if err != nil || taken == agent.AlreadyTaken {
			return err
		}
		stage = s.Stage()
		_, err = d.keep(tx, s, effects)
		return err
	})
	if err != nil {
		return fmt.Errorf("order %q: %w", id, err)
	}
	if stage == agent.Labelling {
		_, err = d.label(ctx, id)
	}
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}
