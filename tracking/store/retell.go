package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

// Retell tells every story again from the events. The buyers' links stay.
func (s *Store) Retell(ctx context.Context) error {
	err := s.submit(ctx, func(ctx context.Context, b *batch) error {
		// Stories changed earlier in this transaction are told again too.
		if err := errors.Join(b.stories.write(ctx), b.flush(ctx)); err != nil {
			return errGiveUp{err}
		}
		if err := s.retellAll(ctx, b.tx); err != nil {
			return errGiveUp{err}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("retelling of the shipments: %w", err)
	}
	return nil
}

// retellAll tells every story again within tx, one order at a time.
func (s *Store) retellAll(ctx context.Context, tx *sql.Tx) error {
	// Ingest does not pay for an index that only this needs.
	for _, q := range []string{
		`DELETE FROM shipments`, `DELETE FROM numbers`,
		`UPDATE events SET note = '' WHERE note <> ''`,
		`CREATE INDEX events_subject ON events (subject)`,
	} {
		if _, err := tx.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	for last := ""; ; {
		var next sql.NullString
		if err := tx.QueryRowContext(ctx, `SELECT min(subject) FROM (SELECT min(subject) AS subject FROM events WHERE subject > ?1
			UNION ALL SELECT min(subject) FROM quarantine WHERE decision = 'released' AND subject > ?1) AS next`, last).Scan(&next); err != nil {
			return err
		}
		if !next.Valid {
			break
		}
		if err := s.retellOne(ctx, tx, shipment.OrderID(next.String)); err != nil {
			return fmt.Errorf("story of %q: %w", next.String, err)
		}
		last = next.String
	}
	_, err := tx.ExecContext(ctx, `DROP INDEX events_subject`)
	return err
}

func (s *Store) retellOne(ctx context.Context, tx *sql.Tx, id shipment.OrderID) error {
	b := newBatch(s, tx)
	defer b.close()
	c := &change{story: tracking.Shipment{OrderID: id}, fresh: true}
	b.stories.changed[id] = c
	if err := b.stories.rebuild(ctx, c); err != nil {
		return err
	}
	return b.stories.write(ctx)
}

// rebuild tells c's story from the events in the store, and those that a person
// has let in beside them.
func (st *stories) rebuild(ctx context.Context, c *change) error {
	rows, err := st.batch.QueryContext(ctx, `SELECT raw, received, '' FROM events WHERE subject = ?1
		UNION ALL SELECT raw, decided, hash FROM quarantine WHERE subject = ?1 AND decision = 'released'`, string(c.story.OrderID))
	if err != nil {
		return err
	}
	defer rows.Close()
	notes := map[string]string{} // by event ID
	for rows.Next() {
		var raw []byte
		var received int64
		var branch string
		if err := rows.Scan(&raw, &received, &branch); err != nil {
			return err
		}
		var e wire.Envelope
		if err := json.Unmarshal(raw, &e); err != nil {
			return err
		}
		f, tells, err := tracking.FactOf(e)
		if err == nil && tells && len(c.heard) >= tracking.MaxFacts {
			err = tracking.ErrTooLong
		}
		if err != nil {
			if branch == "" {
				notes[e.ID] = plain(err.Error())
			}
			continue
		}
		if !tells {
			continue
		}
		f.Branch = branch
		c.heard, c.touched = append(c.heard, f), true
		if at := fromMillis(received); at.After(c.at) {
			c.at = at
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	c.tell()
	for id, note := range notes {
		if _, err := st.batch.exec(ctx, `UPDATE events SET note = ? WHERE id = ?`, note, id); err != nil {
			return err
		}
	}
	return nil
}
