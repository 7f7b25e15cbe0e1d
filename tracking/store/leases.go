package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/wire"
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
			_, err := b.exec(ctx, `INSERT INTO ranges (id, carrier, service, scheme, prefix, low, high, next, block, place) VALUES (?1, ?2, ?9, ?3, ?4, ?5, ?6, ?5, ?7, ?8)
				ON CONFLICT (id) DO UPDATE SET high = excluded.high, block = excluded.block, place = excluded.place`,
				r.ID, string(r.Carrier), r.Scheme, r.Prefix, r.From, r.To, r.Block, i, string(r.Service))
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
		for id, o := range all {
			if id != r.ID && r.Scheme == o.Scheme && r.Prefix == o.Prefix && r.From <= o.To && o.From <= r.To {
				return invalid(r, "Let it begin where the other ends.", "it shares numbers with range %s (%d to %d)", id, o.From, o.To)
			}
		}
	}
	return nil
}

// Lease cuts a block of serial numbers for a station. The same station and key
// always get the same block. The error is of kind fault.Conflict where the key
// stands for another request, and fault.NotFound where no range of the carrier
// has numbers left.
func (s *Store) Lease(ctx context.Context, req wire.LeaseRequest) (wire.Lease, error) {
	if req.Key == "" || req.Station == "" || req.Carrier == "" || req.Count < 0 {
		return wire.Lease{}, &fault.Error{
			Op: "lease", Kind: fault.Invalid, Err: errors.New("key, station and carrier are required, and count must not be negative"),
		}
	}
	var l wire.Lease
	err := s.submit(ctx, func(ctx context.Context, b *batch) error {
		var found bool
		var err error
		if l, found, err = leased(ctx, b, req); err != nil || found {
			return err
		}
		l, err = s.cut(ctx, b, req)
		return err
	})
	if err != nil {
		return wire.Lease{}, fmt.Errorf("lease for %s: %w", req.Station, err)
	}
	return l, nil
}

// leased returns the block that req's key got before.
func leased(ctx context.Context, b *batch, req wire.LeaseRequest) (wire.Lease, bool, error) {
	var l wire.Lease
	err := b.tx.QueryRowContext(ctx, `SELECT id, range_id, carrier, service, scheme, prefix, next, past FROM leases WHERE station = ? AND key = ?`,
		string(req.Station), req.Key).Scan(&l.ID, &l.Range, (*string)(&l.Carrier), (*string)(&l.Service), &l.Scheme, &l.Prefix, &l.Next, &l.End)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return l, false, nil
	case err != nil:
		return l, false, errGiveUp{err}
	case l.Carrier != req.Carrier || l.Service != req.Service:
		return l, false, &fault.Error{
			Op: "key " + req.Key, Kind: fault.Conflict, Err: fmt.Errorf("it stands for a lease of %s %s already", l.Carrier, l.Service),
			Hint: "Make a new key for every lease.",
		}
	}
	return l, true, nil
}

// cut takes a block from the first range of the carrier's service that has any
// left, or else from one that serves all of the carrier's services.
func (s *Store) cut(ctx context.Context, b *batch, req wire.LeaseRequest) (wire.Lease, error) {
	l := wire.Lease{Carrier: req.Carrier, Service: req.Service}
	var high, block int64
	err := b.tx.QueryRowContext(ctx, `SELECT id, scheme, prefix, next, high, block FROM ranges
		WHERE carrier = ? AND service IN (?, '') AND place >= 0 AND next <= high ORDER BY service = '', place LIMIT 1`,
		string(req.Carrier), string(req.Service)).Scan(&l.Range, &l.Scheme, &l.Prefix, &l.Next, &high, &block)
	if errors.Is(err, sql.ErrNoRows) {
		return l, &fault.Error{
			Op: fmt.Sprintf("numbers of %s %s", req.Carrier, req.Service), Kind: fault.NotFound, Err: errors.New("no range has any left"),
			Hint: "Add a range of this carrier and service to the hub's configuration.",
		}
	}
	if err != nil {
		return l, errGiveUp{err}
	}
	want := block
	if req.Count > 0 {
		want = min(req.Count, block)
	}
	want = min(want, high-l.Next+1)
	l.End = l.Next + want
	l.ID = fmt.Sprintf("%s/%d", l.Range, l.Next)
	if _, err := b.exec(ctx, `UPDATE ranges SET next = ? WHERE id = ?`, l.End, l.Range); err != nil {
		return l, err
	}
	_, err = b.exec(ctx, `INSERT INTO leases (station, key, id, range_id, carrier, service, scheme, prefix, next, past, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		string(req.Station), req.Key, l.ID, l.Range, string(l.Carrier), string(l.Service), l.Scheme, l.Prefix, l.Next, l.End, millis(s.now()))
	return l, err
}

// Leases returns every block a station has got, oldest first.
func (s *Store) Leases(ctx context.Context, station shipment.StationID) ([]wire.Lease, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT id, range_id, carrier, service, scheme, prefix, next, past FROM leases WHERE station = ? ORDER BY created, id`, string(station))
	if err != nil {
		return nil, fmt.Errorf("leases of %s: %w", station, err)
	}
	defer rows.Close()
	var ls []wire.Lease
	for rows.Next() {
		var l wire.Lease
		if err := rows.Scan(&l.ID, &l.Range, (*string)(&l.Carrier), (*string)(&l.Service), &l.Scheme, &l.Prefix, &l.Next, &l.End); err != nil {
			return nil, fmt.Errorf("leases of %s: %w", station, err)
		}
		ls = append(ls, l)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("leases of %s: %w", station, err)
	}
	return ls, nil
}
