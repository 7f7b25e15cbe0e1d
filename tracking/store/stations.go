package store

import (
	"context"
	"fmt"
	"time"

	"waybill/shipment"
	"waybill/tracking"
)

// maxGaps is the most gaps that are told of one epoch in a list of stations.
const maxGaps = 20

// Stations returns every station that ever sent anything, by name, with the
// first few gaps in each epoch of what it sent.
func (s *Store) Stations(ctx context.Context) ([]tracking.Station, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT id, first_seen, last_seen, last_event,
		(SELECT count(*) FROM quarantine q WHERE q.station = stations.id AND q.decision = '') FROM stations ORDER BY id`)
	if err != nil {
		return nil, fmt.Errorf("stations: %w", err)
	}
	defer rows.Close()
	var out []tracking.Station
	at := map[shipment.StationID]int{}
	for rows.Next() {
		var st tracking.Station
		var first, last, event int64
		if err := rows.Scan((*string)(&st.ID), &first, &last, &event, &st.Quarantined); err != nil {
			return nil, fmt.Errorf("stations: %w", err)
		}
		st.FirstSeen, st.LastSeen, st.LastEvent = fromMillis(first), fromMillis(last), fromMillis(event)
		at[st.ID] = len(out)
		out = append(out, st)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("stations: %w", err)
	}
	if err := s.epochs(ctx, "", func(id shipment.StationID, e tracking.Epoch) {
		if i, ok := at[id]; ok {
			out[i].Events += e.Events
			out[i].Epochs = append(out[i].Epochs, e)
		}
	}); err != nil {
		return nil, fmt.Errorf("epochs of the stations: %w", err)
	}
	return out, nil
}

// epochs calls f with every epoch of a station, or of all for none, in order, and
// the first few gaps of each.
func (s *Store) epochs(ctx context.Context, station shipment.StationID, f func(shipment.StationID, tracking.Epoch)) error {
	gaps, err := s.firstGaps(ctx, station)
	if err != nil {
		return err
	}
	query := `SELECT station, epoch, watermark, highest, events FROM epochs`
	var args []any
	if station != "" {
		query += ` WHERE station = ?`
		args = append(args, string(station))
	}
	rows, err := s.read.QueryContext(ctx, query+` ORDER BY station, epoch`, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var j journal
		var e tracking.Epoch
		if err := rows.Scan((*string)(&j.station), &e.Epoch, &e.Watermark, &e.Highest, &e.Events); err != nil {
			return err
		}
		j.epoch = e.Epoch
		e.Gaps = gaps[j]
		f(j.station, e)
	}
	return rows.Err()
}

// firstGaps returns the first few gaps of each journal of a station, or of all
// for none, that has any.
func (s *Store) firstGaps(ctx context.Context, station shipment.StationID) (map[journal][]tracking.Gap, error) {
	where, args := "", []any{maxGaps}
	if station != "" {
		where = ` WHERE station = ?2`
		args = append(args, string(station))
	}
	rows, err := s.read.QueryContext(ctx, `SELECT station, epoch, low, high, since FROM (
		  SELECT station, epoch, low, high, since, row_number() OVER (PARTITION BY station, epoch ORDER BY low) AS n FROM gaps`+where+`) AS numbered
		WHERE n <= ?1 ORDER BY station, epoch, low`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[journal][]tracking.Gap{}
	for rows.Next() {
		var j journal
		var g tracking.Gap
		var since int64
		if err := rows.Scan((*string)(&j.station), &j.epoch, &g.From, &g.To, &since); err != nil {
			return nil, err
		}
		g.Since = fromMillis(since)
		out[j] = append(out[j], g)
	}
	return out, rows.Err()
}

// readGaps returns all gaps of a journal.
func readGaps(ctx context.Context, q querier, j journal) ([]tracking.Gap, error) {
	rows, err := q.QueryContext(ctx, `SELECT low, high, since FROM gaps WHERE station = ? AND epoch = ? ORDER BY low`, string(j.station), j.epoch)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []tracking.Gap
	for rows.Next() {
		var g tracking.Gap
		var since int64
		if err := rows.Scan(&g.From, &g.To, &since); err != nil {
			return nil, err
		}
		g.Since = fromMillis(since)
		out = append(out, g)
	}
	return out, rows.Err()
}

// Missing returns what has been missing of a station since before a time, by
// epoch and place, at most limit gaps: what it should send again.
func (s *Store) Missing(ctx context.Context, station shipment.StationID, before time.Time, limit int) ([]tracking.Epoch, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT epoch, low, high, since FROM gaps WHERE station = ? AND since < ? ORDER BY epoch, low LIMIT ?`,
		string(station), millis(before), limit)
	if err != nil {
		return nil, fmt.Errorf("what is missing of station %s: %w", station, err)
	}
	defer rows.Close()
	var out []tracking.Epoch
	for rows.Next() {
		var epoch, since int64
		var g tracking.Gap
		if err := rows.Scan(&epoch, &g.From, &g.To, &since); err != nil {
			return nil, fmt.Errorf("what is missing of station %s: %w", station, err)
		}
		g.Since = fromMillis(since)
		if n := len(out); n == 0 || out[n-1].Epoch != epoch {
			out = append(out, tracking.Epoch{Epoch: epoch})
		}
		e := &out[len(out)-1]
		e.Gaps = append(e.Gaps, g)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("what is missing of station %s: %w", station, err)
	}
	return out, nil
}
