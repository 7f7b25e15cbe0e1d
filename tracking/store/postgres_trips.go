package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"waybill/shipment"
)

// Every statement is a trip to the server and back, which the transaction waits
// for, and holds its locks. So what needs no answer of its own waits for the next
// that does, and goes with it.

// waiting is a statement that has not been sent yet.
type waiting struct {
	query string
	args  []any
	read  func(pgx.Row) error // its answer; nil where there is none that matters
}

// begin starts a transaction on a connection of its own, which can be told many
// things at once.
func (e *pgEngine) begin(ctx context.Context) (b *batch, end func(), err error) {
	conn, err := e.store.write.Conn(ctx)
	if err != nil {
		return nil, nil, err
	}
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return nil, nil, errors.Join(err, conn.Close())
	}
	b = newBatch(e.store, tx)
	b.conn = conn
	return b, func() {
		tx.Rollback() //nolint:errcheck // after Commit it has nothing to do
		conn.Close()  // gives it back
	}, nil
}

// flush sends what waits, in one trip.
func (b *batch) flush(ctx context.Context) error {
	if len(b.waiting) == 0 {
		return nil
	}
	some := b.waiting
	b.waiting = nil
	return b.raw(func(c translated) error {
		var all pgx.Batch
		for _, w := range some {
			q := all.Queue(c.dialect.translate(w.query), w.args...)
			if w.read != nil {
				q.QueryRow(w.read)
			}
		}
		return c.Conn.Conn().SendBatch(ctx, &all).Close()
	})
}

// raw lets do speak with the server past database/sql; any error gives the
// transaction up.
func (b *batch) raw(do func(c translated) error) error {
	err := b.conn.Raw(func(dc any) error {
		c, ok := dc.(translated)
		if !ok {
			return fmt.Errorf("a connection is a %T", dc)
		}
		return do(c)
	})
	if err != nil {
		return errGiveUp{fmt.Errorf("write: %w", err)}
	}
	return nil
}

// enter locks what ops are about. Those that take events share the store with
// others that do, and lock, each kind by name, the stations they hear, so that a
// station's history is judged by one at a time, and the shipments they may tell
// of. A shipment that is new to two at once is made by the one that commits
// first; the other finds out and begins again. What is right beside them shares
// the store as well; whatever else is done is done alone.
func (e *pgEngine) enter(ctx context.Context, b *batch, ops []*op) error {
	b.copies = ops[0].events != nil && !ops[0].careful
	lock := waiting{query: `SELECT pg_advisory_xact_lock_shared(?)`, args: []any{int64(pgLockWrite)}}
	if ops[0].events == nil {
		if !ops[0].beside {
			lock.query = `SELECT pg_advisory_xact_lock(?)`
		}
		b.waiting = append(b.waiting, lock, e.look())
		return b.flush(ctx)
	}
	heard, told := map[string]bool{}, map[shipment.OrderID]bool{}
	for _, o := range ops {
		for _, a := range o.events {
			if a.bad != nil {
				continue
			}
			heard[string(a.journal.station)] = true
			if a.tells && a.note == "" {
				told[shipment.OrderID(a.Env.Subject)] = true
			}
		}
	}
	stations, now := slices.Sorted(maps.Keys(heard)), millis(e.store.now())
	b.waiting = append(
		b.waiting,
		lock,
		e.look(),
		waiting{query: `INSERT INTO stations (id, first_seen, last_seen, last_event)
			SELECT id, ?2, ?2, 0 FROM unnest(?1::text[]) AS u (id) ORDER BY id ON CONFLICT (id) DO NOTHING`, args: []any{stations, now}},
		waiting{query: `SELECT count(*) FROM (SELECT id FROM stations WHERE id = ANY (?::text[]) ORDER BY id FOR UPDATE) AS locked`, args: []any{stations}},
	)
	return b.stories.load(ctx, slices.Sorted(maps.Keys(told)))
}

// look looks at the version of the tables, which cannot change once they are locked.
func (e *pgEngine) look() waiting {
	return waiting{query: pgVersion, read: func(row pgx.Row) error { return e.current(row) }}
}
