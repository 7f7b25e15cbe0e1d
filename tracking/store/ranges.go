package store

import (
	"context"
	"fmt"
	"time"

	"waybill/internal/fault"
	"waybill/shipment/carrier"
	"waybill/tracking"
)

// SetRanges makes rs the ranges that leases are cut from, in that order. A
// range keeps its high-water mark for ever, also while it is not among rs. It
// may grow, but not change what its numbers look like, nor share numbers with
// another: both would print a number twice.
func (s *Store) SetRanges(ctx context.Context, rs []tracking.Range) error {
	err := s.submit(ctx, func(ctx context.Context, b *batch) error {
		kept, err := loadRanges(ctx, b)
		if err != nil {
			return err
		}
		if err := checkRanges(rs, kept); err != nil {
			return err
		}
		if _, err := b.exec(ctx, `UPDATE ranges SET place = -1`); err != nil {
			return err
		}
		for i, r := range rs {
			if r.Block <= 0 {
				r.Block = tracking.DefaultBlock
			}
			_, err := b.exec(ctx, `INSERT INTO ranges (id, carrier, service, scheme, prefix, low, high, next, block, place, life, ends) VALUES (?1, ?2, ?9, ?3, ?4, ?5, ?6, ?5, ?7, ?8, ?10, ?11)
				ON CONFLICT (id) DO UPDATE SET high = excluded.high, block = excluded.block, place = excluded.place, life = excluded.life, ends = excluded.ends`,
				r.ID, string(r.Carrier), r.Scheme, r.Prefix, r.From, r.To, r.Block, i, string(r.Service), r.Life.Milliseconds(), momentMillis(r.Ends))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("number ranges: %w", err)
	}
	return nil
}

// A pool is a range with its high-water mark.
type pool struct {
	tracking.Range
	next int64
}

func loadRanges(ctx context.Context, b *batch) (map[string]pool, error) {
	rows, err := b.tx.QueryContext(ctx, `SELECT id, carrier, service, scheme, prefix, low, high, next, block FROM ranges`)
	if err != nil {
		return nil, errGiveUp{err}
	}
	defer rows.Close()
	ps := map[string]pool{}
	for rows.Next() {
		var p pool
		if err := rows.Scan(&p.ID, (*string)(&p.Carrier), (*string)(&p.Service), &p.Scheme, &p.Prefix, &p.From, &p.To, &p.next, &p.Block); err != nil {
			return nil, errGiveUp{err}
		}
		ps[p.ID] = p
	}
	if err := rows.Err(); err != nil {
		return nil, errGiveUp{err}
	}
	return ps, nil
}

// checkRanges says what in rs would give one number to two parcels.
func checkRanges(rs []tracking.Range, kept map[string]pool) error {
	invalid := func(r tracking.Range, hint, format string, args ...any) error {
		return &fault.Error{Op: "range " + r.ID, Kind: fault.Invalid, Err: fmt.Errorf(format, args...), Hint: hint}
	}
	all := make(map[string]tracking.Range, len(kept)+len(rs))
	for id, k := range kept {
		// Of a range that is no longer configured only the used part counts.
		k.To = k.next - 1
		all[id] = k.Range
	}
	named := map[string]bool{}
	for _, r := range rs {
		if r.ID == "" || named[r.ID] {
			return invalid(r, "Give every range a name of its own.", "the name %q is missing or used twice", r.ID)
		}
		named[r.ID] = true
		if r.From < 0 || r.To < r.From {
			return invalid(r, "Give 0 ≤ from ≤ to.", "from %d to %d is no range", r.From, r.To)
		}
		if k, ok := kept[r.ID]; ok {
			if k.Carrier != r.Carrier || k.Service != r.Service || k.Scheme != r.Scheme || k.Prefix != r.Prefix || k.From != r.From {
				return invalid(r, "Give the new range another name.", "its carrier, service, scheme, prefix or start changed")
			}
			if r.To < k.next-1 {
				return invalid(r, fmt.Sprintf("End it at %d or later.", k.next-1), "numbers up to %d are leased already", k.next-1)
			}
		}
		all[r.ID] = r
	}
	for _, r := range rs {
		if _, err := carrier.Last(r.Scheme, r.Prefix); err != nil {
			return invalid(r, "Correct scheme or prefix.", "%w", err)
		}
		for id, o := range all {
			if id == r.ID {
				continue
			}
			over, err := block(r).Overlap(block(o))
			if err != nil { // o is of a time when more prefixes passed: the same ones make the same numbers
				over = r.Scheme == o.Scheme && r.Prefix == o.Prefix && r.From <= o.To && o.From <= r.To
			}
			if over {
				return invalid(r, "Let it begin where the other ends.", "it shares numbers with range %s (%d to %d)", id, o.From, o.To)
			}
		}
	}
	return nil
}

func block(r tracking.Range) carrier.Block {
	return carrier.Block{Scheme: r.Scheme, Prefix: r.Prefix, First: r.From, Last: r.To}
}

// Ranges returns every range there ever was, the configured ones first and in
// their order, and how far each has been leased.
func (s *Store) Ranges(ctx context.Context) (configured, retired []tracking.RangeUse, err error) {
	rows, err := s.read.QueryContext(ctx, `SELECT r.id, r.carrier, r.service, r.scheme, r.prefix, r.low, r.high, r.next, r.block, r.place, r.life, r.ends,
			coalesce((SELECT sum(l.past - l.next) FROM leases l WHERE l.range_id = r.id AND l.created > ?), 0),
			coalesce((SELECT min(l.created) FROM leases l WHERE l.range_id = r.id), 0)
		FROM ranges r ORDER BY r.place, r.id`, millis(s.now().AddDate(0, 0, -7)))
	if err != nil {
		return nil, nil, fmt.Errorf("number ranges: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var u tracking.RangeUse
		var next, place, life, ends, started int64
		err := rows.Scan(&u.ID, (*string)(&u.Carrier), (*string)(&u.Service), &u.Scheme, &u.Prefix, &u.From, &u.To, &next, &u.Block, &place, &life, &ends, &u.Leased, &started)
		if err != nil {
			return nil, nil, fmt.Errorf("number ranges: %w", err)
		}
		u.Left, u.Life, u.Ends, u.Started = u.To-next+1, time.Duration(life)*time.Millisecond, momentOf(ends), momentOf(started)
		if place < 0 {
			retired = append(retired, u)
		} else {
			configured = append(configured, u)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, nil, fmt.Errorf("number ranges: %w", err)
	}
	return configured, retired, nil
}

// momentMillis is millis, with 0 for the zero time.
func momentMillis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return millis(t)
}

func momentOf(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return fromMillis(ms)
}
