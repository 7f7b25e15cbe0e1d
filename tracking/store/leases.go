package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/wire"
)

// Lease cuts a block of serial numbers for a station. The same station and key
// always get the same block, and one whose time is over gets a new one: nobody
// else has its numbers, and the station alone knows which of them it gave. The
// error is of kind fault.Conflict where the key stands for another request or
// the time of its range is over, and fault.NotFound where no range of the
// carrier has numbers to give.
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
		if l, found, err = s.leased(ctx, b, req); err != nil || found {
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
func (s *Store) leased(ctx context.Context, b *batch, req wire.LeaseRequest) (wire.Lease, bool, error) {
	var l wire.Lease
	var expires, life, ends int64
	err := b.tx.QueryRowContext(ctx, `SELECT l.id, l.range_id, l.carrier, l.service, l.scheme, l.prefix, l.next, l.past, l.expires, r.life, r.ends
		FROM leases l JOIN ranges r ON r.id = l.range_id WHERE l.station = ? AND l.key = ?`, string(req.Station), req.Key).Scan(
		&l.ID, &l.Range, (*string)(&l.Carrier), (*string)(&l.Service), &l.Scheme, &l.Prefix, &l.Next, &l.End, &expires, &life, &ends)
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
	now := millis(s.now())
	if ends != 0 && ends <= now {
		return l, false, &fault.Error{
			Op: "range " + l.Range, Kind: fault.Conflict, Err: fmt.Errorf("its time was over on %s", fromMillis(ends).Format(time.DateOnly)),
			Hint: "Make a new key, for a block of another range.",
		}
	}
	if expires != 0 && expires <= now {
		expires = endOfLease(now, life, ends)
		if _, err := b.exec(ctx, `UPDATE leases SET expires = ? WHERE station = ? AND key = ?`, expires, string(req.Station), req.Key); err != nil {
			return l, false, err
		}
	}
	l.Expires = momentOf(expires)
	return l, true, nil
}

// endOfLease returns when a lease made now ends, in milliseconds; 0 is never.
func endOfLease(now, life, ends int64) int64 {
	switch {
	case life == 0:
		return ends
	case ends == 0:
		return now + life
	}
	return min(now+life, ends)
}

// cut takes a block from the first range of the carrier's service that has any
// left, or else from one that serves all of the carrier's services.
func (s *Store) cut(ctx context.Context, b *batch, req wire.LeaseRequest) (wire.Lease, error) {
	l := wire.Lease{Carrier: req.Carrier, Service: req.Service}
	now := millis(s.now())
	var high, block, life, ends int64
	err := b.tx.QueryRowContext(ctx, `SELECT id, scheme, prefix, next, high, block, life, ends FROM ranges
		WHERE carrier = ? AND service IN (?, '') AND place >= 0 AND next <= high AND (ends = 0 OR ends > ?) ORDER BY service = '', place LIMIT 1`,
		string(req.Carrier), string(req.Service), now).Scan(&l.Range, &l.Scheme, &l.Prefix, &l.Next, &high, &block, &life, &ends)
	if errors.Is(err, sql.ErrNoRows) {
		why, err := whyNone(ctx, b, req, now)
		if err != nil {
			return l, err
		}
		return l, &fault.Error{
			Op: strings.TrimSpace(fmt.Sprintf("numbers of %s %s", req.Carrier, req.Service)), Kind: fault.NotFound, Err: errors.New(why),
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
	expires := endOfLease(now, life, ends)
	l.Expires = momentOf(expires)
	if _, err := b.exec(ctx, `UPDATE ranges SET next = ? WHERE id = ?`, l.End, l.Range); err != nil {
		return l, err
	}
	_, err = b.exec(ctx, `INSERT INTO leases (station, key, id, range_id, carrier, service, scheme, prefix, next, past, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		string(req.Station), req.Key, l.ID, l.Range, string(l.Carrier), string(l.Service), l.Scheme, l.Prefix, l.Next, l.End, now, expires)
	return l, err
}

// whyNone says why no configured range has a number for req.
func whyNone(ctx context.Context, b *batch, req wire.LeaseRequest, now int64) (string, error) {
	rows, err := b.tx.QueryContext(ctx, `SELECT id, ends FROM ranges WHERE carrier = ? AND service IN (?, '') AND place >= 0 ORDER BY service = '', place`,
		string(req.Carrier), string(req.Service))
	if err != nil {
		return "", errGiveUp{err}
	}
	defer rows.Close()
	var whys []string
	for rows.Next() {
		var id string
		var ends int64
		if err := rows.Scan(&id, &ends); err != nil {
			return "", errGiveUp{err}
		}
		if ends != 0 && ends <= now {
			whys = append(whys, fmt.Sprintf("the time of range %s was over on %s", id, fromMillis(ends).Format(time.DateOnly)))
		} else {
			whys = append(whys, fmt.Sprintf("every number of range %s is leased", id))
		}
	}
	if err := rows.Err(); err != nil {
		return "", errGiveUp{err}
	}
	if len(whys) == 0 {
		return "the hub has no range for it", nil
	}
	return "no range has any left: " + strings.Join(whys, ", "), nil
}

// Leases returns every block a station has got, oldest first.
func (s *Store) Leases(ctx context.Context, station shipment.StationID) ([]wire.Lease, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT id, range_id, carrier, service, scheme, prefix, next, past, expires FROM leases WHERE station = ? ORDER BY created, id`, string(station))
	if err != nil {
		return nil, fmt.Errorf("leases of %s: %w", station, err)
	}
	defer rows.Close()
	var ls []wire.Lease
	for rows.Next() {
		var l wire.Lease
		var expires int64
		if err := rows.Scan(&l.ID, &l.Range, (*string)(&l.Carrier), (*string)(&l.Service), &l.Scheme, &l.Prefix, &l.Next, &l.End, &expires); err != nil {
			return nil, fmt.Errorf("leases of %s: %w", station, err)
		}
		l.Expires = momentOf(expires)
		ls = append(ls, l)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("leases of %s: %w", station, err)
	}
	return ls, nil
}
