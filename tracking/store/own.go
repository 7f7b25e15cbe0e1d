package store

import (
	"context"
	"fmt"

	"waybill/shipment"
	"waybill/sync/wire"
)

// History returns a station's events after a place, in their order and byte for
// byte: at most limit of them, and no more after maxBytes are reached. It returns
// none only at the end.
func (s *Store) History(ctx context.Context, station shipment.StationID, after wire.Position, limit, maxBytes int) ([]wire.Record, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT epoch, sequence, hash, id, raw FROM events
		WHERE station = ?1 AND (epoch, sequence) > (?2, ?3) ORDER BY epoch, sequence LIMIT ?4`,
		string(station), after.Epoch, after.Sequence, limit)
	if err != nil {
		return nil, fmt.Errorf("history of %s: %w", station, err)
	}
	defer rows.Close()
	var list []wire.Record
	size := 0
	for size < maxBytes && rows.Next() {
		var r wire.Record
		if err := rows.Scan(&r.Epoch, &r.Sequence, &r.Hash, &r.ID, &r.Raw); err != nil {
			return nil, fmt.Errorf("history of %s: %w", station, err)
		}
		size += len(r.Raw)
		list = append(list, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("history of %s: %w", station, err)
	}
	return list, nil
}
