package store

import (
	"context"
	"fmt"
	"time"

	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

// maxQuarantined is the most contradicting events kept of one station. Beyond
// it they are still refused, and counted by the station, which keeps its own.
const maxQuarantined = 10_000

// Ingest takes events and returns one result for each, in order, after those
// it accepted are on the disk. A bad event never keeps a good one out. An
// error means that none was taken and that the same call may be made again.
//
// An event that was taken before, byte for byte, is a duplicate. One that
// stands where another does, bears another's ID or does not follow from the
// event before it is rejected and set aside for a person to look at.
func (s *Store) Ingest(ctx context.Context, in []tracking.Incoming) ([]wire.Result, error) {
	if len(in) == 0 {
		return nil, nil
	}
	var results []wire.Result
	err := s.submit(ctx, func(ctx context.Context, b *batch) error {
		results = make([]wire.Result, len(in))
		return s.ingest(ctx, b, in, results)
	})
	if err != nil {
		return nil, fmt.Errorf("ingest of %d events: %w", len(in), err)
	}
	return results, nil
}

// ingest fills results. Its only errors are those that give the transaction up.
func (s *Store) ingest(ctx context.Context, b *batch, in []tracking.Incoming, results []wire.Result) error {
	at := s.now()
	past, err := loadPast(ctx, b, in)
	if err != nil {
		return err
	}
	seen := map[shipment.StationID]*sighting{}
	for i, ev := range in {
		results[i] = wire.Result{ID: ev.Env.ID, Sequence: ev.Env.Sequence, Status: wire.Rejected}
		r := &results[i]
		if err := ev.Env.Check(); err != nil {
			r.Code, r.Reason = wire.CodeMalformed, err.Error()
			continue
		}
		hash := wire.Hash(ev.Raw)
		h := past.history(ev.Env)
		verdict, why := h.judge(ev.Env, hash)
		code := wire.CodeForked
		if verdict == wire.Accepted {
			if verdict, why, err = s.keep(ctx, b, ev, hash, at); err != nil {
				return err
			}
			code = wire.CodeClash
		}
		r.Status, r.Reason = verdict, why
		if verdict == wire.Rejected {
			r.Code = code
		}
		sighting := seen[ev.Env.Station()]
		if sighting == nil {
			sighting = newSighting()
			seen[ev.Env.Station()] = sighting
		}
		switch verdict {
		case wire.Accepted:
			h.events[ev.Env.Sequence] = link{hash: hash, prev: ev.Env.PrevHash}
			sighting.add(ev.Env)
		case wire.Duplicate: // kept and told already
		case wire.Rejected:
			if err := sighting.quarantine(ctx, b, ev, hash, why, at); err != nil {
				return err
			}
		}
	}
	for station, sighting := range seen {
		if err := sighting.record(ctx, b, station, at); err != nil {
			return err
		}
	}
	return nil
}

// keep writes ev and lets it tell its story. An event no story can be told
// from is kept all the same: the next version may understand it.
func (s *Store) keep(ctx context.Context, b *batch, ev tracking.Incoming, hash string, at time.Time) (wire.Status, string, error) {
	n, err := b.exec(ctx, `INSERT INTO events (station, epoch, sequence, id, subject, prevhash, hash, received, note, raw)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', ?) ON CONFLICT (id) DO NOTHING`,
		string(ev.Env.Station()), ev.Env.Epoch, ev.Env.Sequence, ev.Env.ID, ev.Env.Subject, ev.Env.PrevHash, hash, millis(at), ev.Raw)
	if err != nil {
		return "", "", err
	}
	if n == 0 {
		return wire.Rejected, "another event has this id already", nil
	}
	if err := noteHandoff(ctx, b, ev.Env, at); err != nil {
		return "", "", err
	}
	note, err := b.stories.apply(ctx, ev.Env, at)
	if err != nil {
		return "", "", err
	}
	if note != "" {
		if _, err = b.exec(ctx, `UPDATE events SET note = ? WHERE id = ?`, note, ev.Env.ID); err != nil {
			return "", "", err
		}
		return wire.Accepted, "kept, but not understood: " + note, nil
	}
	return wire.Accepted, "", nil
}

// A sighting is what one call brought from one station.
type sighting struct {
	lastEvent time.Time
	last      wire.Position
	epochs    map[int64]*tracking.Epoch
	aside     int // of the station's events in quarantine; -1 until counted
}

func newSighting() *sighting { return &sighting{epochs: map[int64]*tracking.Epoch{}, aside: -1} }

func (g *sighting) add(e wire.Envelope) {
	if e.Epoch > g.last.Epoch || e.Epoch == g.last.Epoch && e.Sequence > g.last.Sequence {
		g.last, g.lastEvent = wire.Position{Epoch: e.Epoch, Sequence: e.Sequence}, time.Time(e.Time)
	}
	ep := g.epochs[e.Epoch]
	if ep == nil {
		ep = &tracking.Epoch{Epoch: e.Epoch}
		g.epochs[e.Epoch] = ep
	}
	ep.Events++
	ep.Highest = max(ep.Highest, e.Sequence)
}

// quarantine sets a contradicting event aside, once. The table is counted once a
// call: with an index, and not for each event, because there is one writer.
func (g *sighting) quarantine(ctx context.Context, b *batch, ev tracking.Incoming, hash, why string, at time.Time) error {
	station := string(ev.Env.Station())
	if g.aside < 0 {
		if err := b.tx.QueryRowContext(ctx, countAside, station).Scan(&g.aside); err != nil {
			return errGiveUp{fmt.Errorf("count of the events of %s set aside: %w", station, err)}
		}
	}
	if g.aside >= maxQuarantined {
		return nil
	}
	n, err := b.exec(ctx, `INSERT INTO quarantine (station, hash, epoch, sequence, id, reason, received, raw)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		station, hash, ev.Env.Epoch, ev.Env.Sequence, ev.Env.ID, why, millis(at), ev.Raw)
	g.aside += int(n)
	return err
}

// countAside counts by the index alone: the table itself holds the events' bytes.
const countAside = `SELECT count(*) FROM quarantine INDEXED BY quarantine_station WHERE station = ?`

// record notes when station was last heard and moves its watermarks.
func (g *sighting) record(ctx context.Context, b *batch, station shipment.StationID, at time.Time) error {
	var lastEvent int64
	if !g.lastEvent.IsZero() {
		lastEvent = millis(g.lastEvent)
	}
	_, err := b.exec(ctx, `INSERT INTO stations (id, first_seen, last_seen, last_event) VALUES (?1, ?2, ?2, ?3)
		ON CONFLICT (id) DO UPDATE SET last_seen = max(last_seen, excluded.last_seen),
		  last_event = CASE excluded.last_event WHEN 0 THEN last_event ELSE excluded.last_event END`,
		string(station), millis(at), lastEvent)
	if err != nil {
		return err
	}
	for _, ep := range g.epochs {
		if err := advance(ctx, b, station, *ep); err != nil {
			return err
		}
	}
	return nil
}

// advance adds what arrived to the epoch's figures. The new watermark is the
// end of the run of events that begins after the old one.
func advance(ctx context.Context, b *batch, station shipment.StationID, ep tracking.Epoch) error {
	_, err := b.exec(ctx, `INSERT INTO epochs (station, epoch, watermark, highest, events) VALUES (?, ?, 0, ?, ?)
		ON CONFLICT (station, epoch) DO UPDATE SET highest = max(highest, excluded.highest), events = events + excluded.events`,
		string(station), ep.Epoch, ep.Highest, ep.Events)
	if err != nil {
		return err
	}
	// With no hole the counts say it; only with one must the rows be asked.
	_, err = b.exec(ctx, `UPDATE epochs SET watermark = CASE WHEN events = highest THEN highest ELSE (
		  WITH RECURSIVE run(n) AS (
		    SELECT epochs.watermark
		    UNION ALL
		    SELECT n + 1 FROM run WHERE EXISTS (
		      SELECT 1 FROM events e WHERE e.station = epochs.station AND e.epoch = epochs.epoch AND e.sequence = n + 1))
		  SELECT max(n) FROM run) END
		WHERE station = ? AND epoch = ?`, string(station), ep.Epoch)
	return err
}
