package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"waybill/internal/fault"
	"waybill/tracking"
)

const recordColumns = `s.story, s.updated, t.token FROM shipments s JOIN tokens t ON t.order_id = s.order_id`

// Shipment returns the shipment with the given order ID or tracking number.
// Where several orders claim a number it is the one that changed last. The
// error is of kind fault.NotFound where there is none.
func (s *Store) Shipment(ctx context.Context, ref string) (tracking.Record, error) {
	r, err := s.one(ctx, `SELECT `+recordColumns+` WHERE s.order_id = ?`, ref)
	if fault.Is(err, fault.NotFound) {
		r, err = s.one(ctx, `SELECT `+recordColumns+` JOIN numbers n ON n.order_id = s.order_id
			WHERE n.number = ? ORDER BY s.updated DESC, s.order_id LIMIT 1`, normal(ref))
	}
	return r, err
}

// ByToken returns the shipment whose buyer's page token opens. The error is of
// kind fault.NotFound where none does.
func (s *Store) ByToken(ctx context.Context, token string) (tracking.Record, error) {
	return s.one(ctx, `SELECT `+recordColumns+` WHERE t.token = ?`, token)
}

func (s *Store) one(ctx context.Context, query string, args ...any) (tracking.Record, error) {
	r, err := scanRecord(s.read.QueryRowContext(ctx, query, args...))
	if errors.Is(err, sql.ErrNoRows) || fault.Is(err, fault.Invalid) { // what cannot be kept is not there
		return r, &fault.Error{Op: "shipment", Kind: fault.NotFound, Err: errors.New("there is none")}
	}
	if err != nil {
		return r, fmt.Errorf("shipment: %w", err)
	}
	return r, nil
}

func scanRecord(row interface{ Scan(...any) error }) (tracking.Record, error) {
	var r tracking.Record
	var story []byte
	var updated int64
	if err := row.Scan(&story, &updated, &r.Token); err != nil {
		return r, err
	}
	r.Updated = fromMillis(updated)
	var err error
	r.Shipment, err = readStory(story)
	return r, err
}

// List returns the shipments that f chooses, at most limit, the one that
// changed last first.
func (s *Store) List(ctx context.Context, f tracking.Filter, limit int) ([]tracking.Record, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT `+recordColumns+`
		WHERE (?1 = '' OR s.milestone = ?1) AND (NOT ?2 OR s.held) AND (NOT ?3 OR s.rejected)
		ORDER BY s.updated DESC, s.rowid DESC LIMIT ?4`, string(f.Milestone), f.Held, f.Rejected, limit)
	if err != nil {
		return nil, fmt.Errorf("list of shipments: %w", err)
	}
	defer rows.Close()
	var rs []tracking.Record
	for rows.Next() {
		r, err := scanRecord(rows)
		if err != nil {
			return nil, fmt.Errorf("list of shipments: %w", err)
		}
		rs = append(rs, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list of shipments: %w", err)
	}
	return rs, nil
}

// Counts returns how many there are of what.
func (s *Store) Counts(ctx context.Context) (tracking.Counts, error) {
	c := tracking.Counts{Milestones: map[tracking.Milestone]int64{}}
	err := s.read.QueryRowContext(ctx, `SELECT
		(SELECT count(*) FROM shipments), (SELECT count(*) FROM shipments WHERE held), (SELECT count(*) FROM shipments WHERE rejected),
		(SELECT count(*) FROM quarantine WHERE decision = ''), (SELECT count(*) FROM events WHERE note <> ''),
		(SELECT count(*) FROM (SELECT 1 FROM numbers GROUP BY number HAVING count(*) > 1) AS shared)`).
		Scan(&c.Shipments, &c.Held, &c.Rejected, &c.Quarantined, &c.Unreadable, &c.SharedNumbers)
	if err != nil {
		return c, fmt.Errorf("counts: %w", err)
	}
	rows, err := s.read.QueryContext(ctx, `SELECT milestone, count(*) FROM shipments WHERE milestone <> '' GROUP BY milestone`)
	if err != nil {
		return c, fmt.Errorf("counts: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var m tracking.Milestone
		var n int64
		if err := rows.Scan((*string)(&m), &n); err != nil {
			return c, fmt.Errorf("counts: %w", err)
		}
		c.Milestones[m] = n
	}
	if err := rows.Err(); err != nil {
		return c, fmt.Errorf("counts: %w", err)
	}
	return c, nil
}
