package journal

import (
	"context"
	"errors"
	"strconv"

	"waybill/internal/fault"
	"waybill/sync/wire"
)

// An Epoch is what NewEpoch did.
type Epoch struct {
	Head    wire.Position  // where the next event follows: sequence 0 of the new epoch
	Dropped map[Kind]int64 // how many documents of each kind asked for were dropped
}

// maxEpoch is what a place has room for.
const maxEpoch = 1<<(63-sequenceBits) - 1

// NewEpoch begins the next epoch of the station's history, and drops every
// document of the kinds in drop: what an older copy of a journal says of them is
// not true any more. All of it is one durable step. The events so far stay.
//
// It is for a station whose journal was lost or restored from a copy. Its events
// would stand where the hub has others; in an epoch of their own they do not.
// at is the epoch to begin; 0 is the next, and one that has begun already is
// refused.
func (j *Journal) NewEpoch(ctx context.Context, at int64, drop ...Kind) (Epoch, error) {
	done := Epoch{Dropped: map[Kind]int64{}}
	err := j.Update(ctx, func(tx *Tx) error {
		next := tx.head.Epoch + 1
		if at != 0 && at < next {
			return &fault.Error{
				Op: "epoch " + strconv.FormatInt(at, 10), Kind: fault.Invalid, Err: errors.New("the journal has come as far already"),
				Hint: "Begin epoch " + strconv.FormatInt(next, 10) + " or a later one.",
			}
		}
		if next = max(next, at); next > maxEpoch {
			return &fault.Error{Op: "epoch " + strconv.FormatInt(next, 10), Kind: fault.Invalid, Err: errors.New("epochs end at " + strconv.Itoa(maxEpoch))}
		}
		if _, err := tx.s.exec("UPDATE meta SET value = ? WHERE key = 'epoch'", strconv.FormatInt(next, 10)); err != nil {
			return tx.fail(err)
		}
		for _, kind := range drop {
			tx.c.w.keyed[kind] = true // what the transaction remembers of its documents is not asked
			if err := tx.s.forDocs(kind); err != nil {
				return tx.fail(err)
			}
			if _, err := tx.s.exec("DELETE FROM keys WHERE kind = ?", string(kind)); err != nil {
				return tx.fail(err)
			}
			res, err := tx.s.exec("DELETE FROM docs WHERE kind = ?", string(kind))
			if err != nil {
				return tx.fail(err)
			}
			if done.Dropped[kind], err = res.RowsAffected(); err != nil {
				return tx.fail(err)
			}
		}
		tx.head = wire.Position{Epoch: next, Hash: wire.Genesis}
		done.Head = tx.head
		return nil
	})
	return done, err
}
