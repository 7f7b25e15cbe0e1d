package desk

import (
	"context"
	"fmt"
	"time"

	"waybill/agent"
	"waybill/sync/journal"
)

// kindHold is the document that says why no numbers are given out.
const kindHold journal.Kind = "number_hold"

// A numberHold is kept in the journal, so that a restart does not forget it
// while the hub is away.
type numberHold struct {
	Reason   string `json:"reason"`             // empty: numbers are given out
	Released bool   `json:"released,omitempty"` // and the orders that waited are to be taken up
}

// PerishableKinds returns the kinds of documents that a journal that is rebuilt or
// restored, and a new epoch, go without. Which numbers the station may give out is not
// true any more in an older copy. How far it has come in what the hub says of orders
// may have outlived words before that: the list is read from its beginning.
func PerishableKinds() []journal.Kind {
	return []journal.Kind{kindLease, kindWish, kindHold, kindLack, kindHeard}
}

// holdPatience bounds the wait for the journal's disk.
const holdPatience = 10 * time.Second

// HoldNumbers stops the desk from giving out leased numbers, and says why; the
// empty reason lets it go on. Orders that would need one are held, with the
// reason, until then. It may be called again with the same reason.
func (d *Desk) HoldNumbers(reason string) {
	ctx, cancel := context.WithTimeout(context.Background(), holdPatience)
	defer cancel()
	changed := false
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		h, err := getHold(tx)
		changed = h.Reason != reason
		return err
	})
	if err == nil && changed {
		err = d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
			return tx.Put(kindHold, "numbers", numberHold{Reason: reason, Released: reason == ""}, journal.Index{})
		})
	}
	switch {
	case err != nil:
		d.o.Log.ErrorContext(ctx, "Whether tracking numbers may be given out could not be stored.", "reason", reason, "err", err)
	case changed && reason != "":
		d.o.Log.ErrorContext(ctx, "No leased tracking numbers are given out any more.", "reason", reason)
		d.say(Notice{Topic: "hub", Tone: Bad, Word: "Numbers stopped", Message: reason, At: d.o.Now()})
	case changed:
		d.o.Log.InfoContext(ctx, "Leased tracking numbers are given out again.")
		d.o.Low() // whoever leases numbers takes up the orders that waited
	}
}

func getHold(tx *journal.ReadTx) (numberHold, error) {
	var h numberHold
	_, err := tx.Get(kindHold, "numbers", &h)
	return h, err
}

// mayNumber returns why no number may be given out now, or nil.
func mayNumber(tx *journal.ReadTx) error {
	h, err := getHold(tx)
	if err != nil || h.Reason == "" {
		return err
	}
	return &agent.NumbersHeldError{Reason: h.Reason}
}

// released reports, once, that numbers are given out again.
func (d *Desk) released(ctx context.Context) (bool, error) {
	var h numberHold
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) (err error) {
		h, err = getHold(tx)
		return err
	})
	if err == nil && h.Released {
		err = d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
			now, err := getHold(&tx.ReadTx)
			if err != nil || !now.Released {
				return err
			}
			return tx.Put(kindHold, "numbers", numberHold{}, journal.Index{})
		})
	}
	if err != nil {
		return false, fmt.Errorf("hold of tracking numbers: %w", err)
	}
	return h.Released, nil
}
