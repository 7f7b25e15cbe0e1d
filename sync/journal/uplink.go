package journal

import (
	"context"
	"fmt"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/wire"
)

// Walk calls each for the events after one position and up to another, in order:
// those of a subject where one is given, and of types where some are. It stops at
// the first error, which it returns.
func (r *Reader) Walk(ctx context.Context, subject shipment.OrderID, types []shipment.EventType, after, upTo wire.Position, each func(wire.Record) error) error {
	return r.View(ctx, func(tx *ReadTx) error {
		return tx.Events(EventQuery{Subject: subject, Types: types, After: after, UpTo: upTo}, each)
	})
}

// LastOf returns the number of the last event of an epoch that is here; 0 where
// there is none.
func (r *Reader) LastOf(ctx context.Context, epoch int64) (last int64, err error) {
	err = r.View(ctx, func(tx *ReadTx) error {
		var at int64
		_, err := tx.one("SELECT place FROM events WHERE place > ? AND place < ? ORDER BY place DESC LIMIT 1",
			[]any{place(wire.Position{Epoch: epoch}), place(wire.Position{Epoch: epoch + 1})}, &at)
		last = position(at, "").Sequence
		return err
	})
	return last, err
}

// ParkedRecords returns the events that upstream has refused for good, oldest
// first, as they were recorded.
func (r *Reader) ParkedRecords(ctx context.Context, upstream string) ([]wire.Record, error) {
	var recs []wire.Record
	err := r.View(ctx, func(tx *ReadTx) error {
		page, err := tx.page(`SELECT place, hash, id, type, subject, time_ms, raw FROM parked JOIN events USING (place)
			WHERE upstream = ? ORDER BY place`, []any{upstream})
		recs = page
		return err
	})
	return recs, err
}

// Rewind moves upstream's cursor back to pos, because upstream has lost what came
// after it. What was parked after pos is not any more: it is sent once more with
// the rest.
func (j *Journal) Rewind(ctx context.Context, upstream string, pos wire.Position) error {
	return j.Update(ctx, func(tx *Tx) error {
		old, err := tx.cursor(upstream)
		if err != nil {
			return err
		}
		if pos.After(old) {
			return &fault.Error{
				Op: fmt.Sprintf("cursor of %q back to epoch %d, sequence %d", upstream, pos.Epoch, pos.Sequence), Kind: fault.Conflict,
				Err: fmt.Errorf("it stands before that, at epoch %d, sequence %d", old.Epoch, old.Sequence),
			}
		}
		if _, err := tx.s.exec("UPDATE cursors SET place = ?, moved_ms = ? WHERE upstream = ?",
			place(pos), tx.o.Now().UnixMilli(), upstream); err != nil {
			return tx.fail(err)
		}
		if _, err := tx.s.exec("DELETE FROM parked WHERE upstream = ? AND place > ?", upstream, place(pos)); err != nil {
			return tx.fail(err)
		}
		return nil
	})
}

// Reconsider records what upstream made of parked events that were sent again:
// those it took are parked no longer, of the others the reason is the new one. An
// event that is not parked is passed by.
func (j *Journal) Reconsider(ctx context.Context, upstream string, results ...wire.Result) error {
	return j.Update(ctx, func(tx *Tx) error {
		if err := tx.s.forEvents(); err != nil {
			return tx.fail(err)
		}
		for _, r := range results {
			query, args := `DELETE FROM parked WHERE upstream = ? AND place = (SELECT place FROM events WHERE id = ?)`, []any{upstream, r.ID}
			if r.Status == wire.Rejected {
				query = `UPDATE parked SET reason = ?, parked_ms = ? WHERE upstream = ? AND place = (SELECT place FROM events WHERE id = ?)`
				args = []any{r.Reason, tx.o.Now().UnixMilli(), upstream, r.ID}
			}
			if _, err := tx.s.exec(query, args...); err != nil {
				return tx.fail(err)
			}
		}
		return nil
	})
}
