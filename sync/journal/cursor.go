package journal

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"time"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/wire"
)

// A Parked event is one that an upstream has refused for good. It stays in the
// history, and here with the reason, until a person looks at it.
type Parked struct {
	Upstream string             `json:"upstream"`
	Position wire.Position      `json:"position"`
	ID       string             `json:"id"`
	Type     shipment.EventType `json:"type"`
	Subject  shipment.OrderID   `json:"subject,omitempty"`
	Reason   string             `json:"reason"`
	At       time.Time          `json:"at"`
}

// Cursor returns the position of the last event that upstream has dealt with,
// and how many of those up to it are parked. An unknown upstream has dealt with
// none.
func (r *Reader) Cursor(ctx context.Context, upstream string) (pos wire.Position, parked int, err error) {
	err = r.View(ctx, func(tx *ReadTx) error {
		if pos, err = tx.cursor(upstream); err != nil {
			return err
		}
		_, err := tx.one("SELECT count(*) FROM parked WHERE upstream = ?", []any{upstream}, &parked)
		return err
	})
	return pos, parked, err
}

func (tx *ReadTx) cursor(upstream string) (wire.Position, error) {
	if err := tx.s.forEvents(); err != nil {
		return wire.Position{}, tx.fail(err)
	}
	var at int64
	var hash string
	_, err := tx.one(`SELECT c.place, coalesce(e.hash, '') FROM cursors c LEFT JOIN events e USING (place) WHERE upstream = ?`,
		[]any{upstream}, &at, &hash)
	return position(at, hash), err
}

// SetCursor moves upstream's cursor forward to pos and parks the events that
// upstream has rejected, in one transaction. A cursor never moves back, and
// never past the last event.
func (j *Journal) SetCursor(ctx context.Context, upstream string, pos wire.Position, rejected ...wire.Result) error {
	return j.Update(ctx, func(tx *Tx) error {
		op := fmt.Sprintf("cursor of %q at epoch %d, sequence %d", upstream, pos.Epoch, pos.Sequence)
		old, err := tx.cursor(upstream)
		if err != nil {
			return err
		}
		if old.After(pos) || pos.After(tx.head) {
			return &fault.Error{
				Op: op, Kind: fault.Conflict,
				Err: fmt.Errorf("it stands at epoch %d, sequence %d, and the last event is epoch %d, sequence %d",
					old.Epoch, old.Sequence, tx.head.Epoch, tx.head.Sequence),
			}
		}
		now := tx.o.Now().UnixMilli()
		// The events are in the database: the cursor was looked for among them.
		for _, r := range rejected {
			res, err := tx.s.exec(`INSERT INTO parked (upstream, place, reason, parked_ms)
				SELECT ?, place, ?, ? FROM events WHERE id = ? ON CONFLICT DO NOTHING`,
				upstream, r.Reason, now, r.ID)
			if err != nil {
				return tx.fail(err)
			}
			if n, err := res.RowsAffected(); err != nil {
				return tx.fail(err)
			} else if n == 0 {
				return &fault.Error{Op: op, Kind: fault.NotFound, Err: fmt.Errorf("event %q to park is unknown, or parked already", r.ID)}
			}
		}
		if _, err := tx.s.exec(`INSERT INTO cursors (upstream, place, moved_ms) VALUES (?, ?, ?)
			ON CONFLICT (upstream) DO UPDATE SET place = excluded.place, moved_ms = excluded.moved_ms`,
			upstream, place(pos), now); err != nil {
			return tx.fail(err)
		}
		return nil
	})
}

// Parked returns what upstream has refused, oldest first; the empty upstream is
// all of them.
func (r *Reader) Parked(ctx context.Context, upstream string) ([]Parked, error) {
	var parked []Parked
	err := r.View(ctx, func(tx *ReadTx) error {
		return tx.all(`SELECT p.upstream, p.place, e.hash, e.id, e.type, e.subject, p.reason, p.parked_ms
			FROM parked p JOIN events e USING (place) WHERE ?1 = '' OR p.upstream = ?1 ORDER BY p.place, p.upstream`, []any{upstream}, func(rows *sql.Rows) error {
			var p Parked
			var at, ms int64
			var hash string
			err := rows.Scan(&p.Upstream, &at, &hash, &p.ID, &p.Type, &p.Subject, &p.Reason, &ms)
			p.Position, p.At = position(at, hash), time.UnixMilli(ms).UTC()
			parked = append(parked, p)
			return err
		})
	})
	return parked, err
}

// Backlog returns how many events stand after pos, and the time of the oldest
// of them.
func (r *Reader) Backlog(ctx context.Context, pos wire.Position) (count int64, oldest time.Time, err error) {
	err = r.View(ctx, func(tx *ReadTx) error {
		head, err := tx.Head()
		if err != nil || !head.After(pos) {
			return err
		}
		if head.Epoch == pos.Epoch {
			count = head.Sequence - pos.Sequence // a history has no gaps
		} else if count, _, err = tx.countBetween(place(pos), place(head)); err != nil {
			return err
		}
		return tx.Events(EventQuery{After: pos, Limit: 1}, func(rec wire.Record) error {
			oldest = rec.Time
			return nil
		})
	})
	return count, oldest, err
}

// countBetween returns how many events stand after one place and up to another, by the
// first and the last of each epoch, and the place of the first; 0 where there is none.
// To count a million takes longer than a station may for what it asks at its start, and
// every second while its hub is away.
func (tx *ReadTx) countBetween(after, upTo int64) (count, begin int64, err error) {
	for {
		var first, last int64
		if found, err := tx.one("SELECT place FROM events WHERE place > ? AND place <= ? ORDER BY place LIMIT 1", []any{after, upTo}, &first); err != nil || !found {
			return count, begin, err
		}
		end := min(upTo, place(wire.Position{Epoch: position(first, "").Epoch + 1}))
		if _, err := tx.one("SELECT place FROM events WHERE place <= ? ORDER BY place DESC LIMIT 1", []any{end}, &last); err != nil {
			return count, begin, err
		}
		count, begin, after = count+last-first+1, cmp.Or(begin, first), last
	}
}
