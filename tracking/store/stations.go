package store

import (
	"context"
	"fmt"

	"waybill/tracking"
)

// maxGaps is the most holes that are told of one epoch.
const maxGaps = 20

// Stations returns every station that ever sent anything, by name, with the
// holes in what it sent.
func (s *Store) Stations(ctx context.Context) ([]tracking.Station, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT id, first_seen, last_seen, last_event,
		(SELECT count(*) FROM quarantine q WHERE q.station = stations.id) FROM stations ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("stations: %w", err)
	}
	defer rows.Close()
	var out []tracking.Station
	for rows.Next() {
		var st tracking.Station
		var first, last, event int64
		if err := rows.Scan((*string)(&st.ID), &first, &last, &event, &st.Quarantined); err != nil {
			return nil, fmt.Errorf("stations: %w", err)
		}
		st.FirstSeen, st.LastSeen, st.LastEvent = fromMillis(first), fromMillis(last), fromMillis(event)
		out = append(out, st)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("stations: %w", err)
	}
	for i := range out {
		if err := s.epochs(ctx, &out[i]); err != nil {
			return nil, fmt.Errorf("station %s: %w", out[i].ID, err)
		}
	}
	return out, nil
}

func (s *Store) epochs(ctx context.Context, st *tracking.Station) error {
	rows, err := s.read.QueryContext(ctx, `SELECT epoch, watermark, highest, events FROM epochs WHERE station = ? ORDER BY epoch`, string(st.ID))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var e tracking.Epoch
		if err := rows.Scan(&e.Epoch, &e.Watermark, &e.Highest, &e.Events); err != nil {
			return err
		}
		st.Events += e.Events
		st.Epochs = append(st.Epochs, e)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for i := range st.Epochs {
		if e := &st.Epochs[i]; e.Watermark < e.Highest {
			if err := s.gaps(ctx, string(st.ID), e); err != nil {
				return err
			}
		}
	}
	return nil
}

// gaps fills in the first holes above the epoch's watermark.
func (s *Store) gaps(ctx context.Context, station string, e *tracking.Epoch) error {
	rows, err := s.read.QueryContext(ctx, `SELECT before + 1, sequence - 1 FROM (
		  SELECT sequence, lag(sequence, 1, ?3) OVER (ORDER BY sequence) AS before
		  FROM events WHERE station = ?1 AND epoch = ?2 AND sequence > ?3)
		WHERE sequence > before + 1 ORDER BY before LIMIT ?4`, station, e.Epoch, e.Watermark, maxGaps)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var g tracking.Gap
		if err := rows.Scan(&g.From, &g.To); err != nil {
			return err
		}
		e.Gaps = append(e.Gaps, g)
	}
	return rows.Err()
}
