package desk

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"waybill/agent"
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
		pool, now := Pool{c, s}, d.o.Now()
		stock, err := stockOf(&tx.ReadTx, pool, now)
		if err != nil {
			return "", "", err
		}
		if stock.left-1 < d.o.LowWater {
			d.o.Low()
		}
		for _, l := range stock.good {
			n, next, err := unused(tx, l.Lease)
			if err != nil {
				return "", "", err
			}
			l.Next = next
			if err := putLease(tx, l); err != nil {
				return "", "", err
			}
			if n != "" {
				return n, l.ID, countUse(tx, pool, now)
			}
		}
		why, err := whySpent(&tx.ReadTx, pool, stock)
		if err != nil {
			return "", "", err
		}
		return "", "", &agent.NumbersSpentError{Why: why}
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

// A held lease is a lease as the station keeps it.
type held struct {
	wire.Lease
	Got time.Time `json:"got,omitzero"`
}

// over reports whether none of its numbers may be given out any more.
func (h held) over(now time.Time) bool { return !h.Expires.IsZero() && !now.Before(h.Expires) }

// ageing reports whether the lease is in the last quarter of its time: what it
// has left is no reserve any more.
func (h held) ageing(now time.Time) bool {
	if h.Expires.IsZero() || h.Got.IsZero() {
		return h.over(now)
	}
	return h.Expires.Sub(now) < h.Expires.Sub(h.Got)/4
}

// putLease files a lease under its pool while it has numbers left.
func putLease(tx *journal.Tx, l held) error {
	state := "spent"
	if l.Next < l.End {
		state = Pool{l.Carrier, l.Service}.key()
	}
	return tx.Put(kindLease, l.ID, l, journal.Index{State: state})
}

// A stock is what the station has of a pool.
type stock struct {
	good    []held    // with numbers that may be given out, those first that end first
	left    int64     // how many numbers that is
	lasting int64     // those of them whose lease does not end soon
	ended   int64     // numbers that nobody gave out before their time was over
	since   time.Time // when the first of the ended ones ended
}

// stockOf returns a pool's leases that have numbers left.
func stockOf(tx *journal.ReadTx, p Pool, now time.Time) (stock, error) {
	all, err := collect[held](tx, kindLease, journal.Query{States: []string{p.key()}})
	if err != nil {
		return stock{}, err
	}
	var st stock
	for _, l := range all {
		n := l.End - l.Next
		if l.over(now) {
			if st.ended += n; st.since.IsZero() || l.Expires.Before(st.since) {
				st.since = l.Expires
			}
			continue
		}
		st.good = append(st.good, l)
		st.left += n
		if !l.ageing(now) {
			st.lasting += n
		}
	}
	slices.SortStableFunc(st.good, func(a, b held) int {
		switch {
		case a.Expires.Equal(b.Expires):
			return 0
		case a.Expires.IsZero():
			return 1
		case b.Expires.IsZero():
			return -1
		}
		return a.Expires.Compare(b.Expires)
	})
	return st, nil
}

// A Lessor leases blocks of numbers: the hub.
type Lessor interface {
	Lease(ctx context.Context, req wire.LeaseRequest) (wire.Lease, error)
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
		err = d.keep(tx, s, effects)
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
