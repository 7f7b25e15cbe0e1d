package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

// maxQuarantined is the most contradicting events kept of one station that nobody
// has decided on. Beyond it they are still refused, and counted by the station,
// which keeps its own.
const maxQuarantined = 10_000

// setAside keeps an event that contradicts others where no story is told from it,
// once. The table is counted once a call: with an index, and not for each event,
// because there is one writer.
func (s *Store) setAside(ctx context.Context, b *batch, h *history, g *sighting, a *arrival, code wire.Code, at time.Time) error {
	a.result.Code = code
	station := string(a.journal.station)
	if err := g.countAside(ctx, b, station); err != nil {
		return err
	}
	if g.aside < maxQuarantined {
		n, err := b.exec(ctx, `INSERT INTO quarantine (station, hash, epoch, sequence, id, subject, handoff, code, reason, received, raw)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) `+asideAgain,
			station, a.hash, a.Env.Epoch, a.Env.Sequence, a.Env.ID, a.Env.Subject, a.handoff, string(code), a.result.Reason, millis(at), a.Raw)
		if err != nil {
			return err
		}
		g.aside += int(n)
	}
	if code != wire.CodeForked {
		return nil
	}
	h.aside[a.hash] = true
	// What came earlier and follows from it is of the same other history.
	if after, ok := h.events[a.Env.Sequence+1]; ok && after.prev == a.hash {
		return s.moveIsland(ctx, b, h, a.Env.Sequence+1, at)
	}
	return nil
}

// asideAgain opens anew what was set aside once, fitted for a while and does so no
// longer. What a person has decided on, or nobody yet, stays as it is.
const asideAgain = `ON CONFLICT (station, hash) DO UPDATE SET code = excluded.code, reason = excluded.reason, decision = '', decided = 0, note = ''
	WHERE quarantine.decision = 'taken'`

// noLongerAside notes that an event is in its station's chain after all.
func (g *sighting) noLongerAside(ctx context.Context, b *batch, a *arrival, at time.Time) error {
	if err := g.countAside(ctx, b, string(a.journal.station)); err != nil || g.aside == 0 {
		return err
	}
	n, err := b.exec(ctx, `UPDATE quarantine SET decision = 'taken', decided = ?, note = 'it fits by now' WHERE station = ? AND hash = ? AND decision = ''`,
		millis(at), string(a.journal.station), a.hash)
	g.aside -= int(n)
	return err
}

// countAside counts once what is set aside of the station.
func (g *sighting) countAside(ctx context.Context, b *batch, station string) error {
	if g.aside >= 0 {
		return nil
	}
	st, err := b.stmt(ctx, countAside)
	if err != nil {
		return err
	}
	if err := st.QueryRowContext(ctx, station).Scan(&g.aside); err != nil {
		return errGiveUp{fmt.Errorf("count of the events of %s set aside: %w", station, err)}
	}
	return nil
}

// countAside counts by the index alone: the table itself holds the events' bytes.
const countAside = `SELECT count(*) FROM quarantine INDEXED BY quarantine_open WHERE station = ? AND decision = ''`

// moveIsland sets the events from a sequence up to the next gap aside, though
// they were taken: they came before what they follow, and that turned out to be
// of another history. Their stories are told without them.
func (s *Store) moveIsland(ctx context.Context, b *batch, h *history, from int64, at time.Time) error {
	to := h.epoch.Highest
	for _, g := range h.epoch.Gaps {
		if g.From > from {
			to = g.From - 1
			break
		}
	}
	where := []any{string(h.station), h.journal.epoch, from, to}
	source := wire.Source(h.station)
	subjects, err := texts(ctx, b, `SELECT DISTINCT subject FROM events WHERE station = ? AND epoch = ? AND sequence BETWEEN ? AND ? AND subject <> ''`, where...)
	if err != nil {
		return errGiveUp{fmt.Errorf("events of %s set aside: %w", h.station, err)}
	}
	for _, id := range subjects {
		if err := b.stories.without(ctx, shipment.OrderID(id), source, h.journal.epoch, from, to, at); err != nil {
			return err
		}
	}
	handoffs, err := texts(ctx, b, `SELECT DISTINCT handoff FROM handoff_events WHERE station = ? AND epoch = ? AND sequence BETWEEN ? AND ?`, where...)
	if err != nil {
		return errGiveUp{fmt.Errorf("events of %s set aside: %w", h.station, err)}
	}
	reason := fmt.Sprintf("forked history: it came before %d/%d, and follows another event", h.journal.epoch, from-1)
	for _, q := range []struct {
		query string
		args  []any
	}{
		{`INSERT INTO quarantine (station, hash, epoch, sequence, id, subject, handoff, code, reason, received, raw)
			SELECT station, hash, epoch, sequence, id, subject, coalesce((SELECT handoff FROM handoff_events h
				WHERE h.station = e.station AND h.epoch = e.epoch AND h.sequence = e.sequence), ''), ?5, ?6, received, raw
			FROM events e WHERE station = ?1 AND epoch = ?2 AND sequence BETWEEN ?3 AND ?4 ` + asideAgain, append(where[:4:4], string(wire.CodeForked), reason)},
		{`DELETE FROM events WHERE station = ? AND epoch = ? AND sequence BETWEEN ? AND ?`, where},
		{`DELETE FROM handoff_events WHERE station = ? AND epoch = ? AND sequence BETWEEN ? AND ?`, where},
	} {
		if _, err := b.exec(ctx, q.query, q.args...); err != nil {
			return err
		}
	}
	for _, id := range handoffs {
		if err := remakeHandoff(ctx, b, id); err != nil {
			return err
		}
	}
	for seq := range h.events {
		if seq >= from && seq <= to {
			delete(h.events, seq)
		}
	}
	h.epoch.Remove(from, to, at)
	h.moved = true
	s.log.WarnContext(ctx, "Events that had been taken turned out to be of another history of their station and were set aside. 'waybill hub quarantine list' shows them.",
		"station", string(h.station), "epoch", h.journal.epoch, "from", from, "to", to)
	return nil
}

// Quarantine returns the events that were set aside, by station and place: those
// that nobody has decided on, or all.
func (s *Store) Quarantine(ctx context.Context, station shipment.StationID, all bool, limit int) ([]tracking.SetAside, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT station, hash, epoch, sequence, id, subject, code, reason, received, raw, decision, decided, decided_by, note
		FROM quarantine WHERE (?1 = '' OR station = ?1) AND (?2 OR decision = '') ORDER BY station, epoch, sequence, received, hash LIMIT ?3`, string(station), all, limit)
	if err != nil {
		return nil, fmt.Errorf("events set aside: %w", err)
	}
	defer rows.Close()
	var out []tracking.SetAside
	for rows.Next() {
		var q tracking.SetAside
		var received, decided int64
		var raw []byte
		if err := rows.Scan((*string)(&q.Station), &q.Hash, &q.Epoch, &q.Sequence, &q.ID, (*string)(&q.Subject), (*string)(&q.Code), &q.Reason, &received, &raw,
			(*string)(&q.Decision), &decided, &q.By, &q.Note); err != nil {
			return nil, fmt.Errorf("events set aside: %w", err)
		}
		q.Received, q.Decided, q.Raw = fromMillis(received), momentOf(decided), raw
		out = append(out, q)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("events set aside: %w", err)
	}
	return out, nil
}

// Decide says what becomes of an event that was set aside. A released one that
// fits its station's chain is taken like any other; one that does not tells its
// story beside the chain. Nothing is ever deleted, and what was discarded can
// still be released. The error is of kind fault.NotFound where there is no such
// event, and fault.Conflict where it has been released and should be discarded.
func (s *Store) Decide(ctx context.Context, d tracking.Decide) (tracking.Decision, error) {
	op := fmt.Sprintf("event %s of station %s", d.Hash, d.Station)
	if d.By == "" || d.Decision != tracking.Released && d.Decision != tracking.Discarded {
		return "", &fault.Error{Op: op, Kind: fault.Invalid, Err: errors.New("who decides, and released or discarded, are required")}
	}
	result, at := d.Decision, s.now()
	err := s.submit(ctx, func(ctx context.Context, b *batch) error {
		var raw []byte
		var before string
		err := b.tx.QueryRowContext(ctx, `SELECT raw, decision FROM quarantine WHERE station = ? AND hash = ?`, string(d.Station), d.Hash).Scan(&raw, &before)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return &fault.Error{Op: op, Kind: fault.NotFound, Err: errors.New("it is not among those set aside"), Hint: "List them with 'waybill hub quarantine list --all'."}
		case err != nil:
			return errGiveUp{err}
		}
		if was := tracking.Decision(before); was == tracking.Released || was == tracking.Taken {
			if d.Decision == tracking.Discarded {
				return &fault.Error{Op: op, Kind: fault.Conflict, Err: errors.New("it has been released, and its story is told"), Hint: "What has been told is not taken back."}
			}
			result = was
			return nil
		}
		if d.Decision == tracking.Released {
			if result, err = s.release(ctx, b, raw, at); err != nil {
				return err
			}
		}
		_, err = b.exec(ctx, `UPDATE quarantine SET decision = ?, decided = ?, decided_by = ?, note = ? WHERE station = ? AND hash = ?`,
			string(result), millis(at), d.By, d.Note, string(d.Station), d.Hash)
		return err
	})
	return result, err
}

// release lets an event that was set aside tell its story, in its station's chain
// where it fits now.
func (s *Store) release(ctx context.Context, b *batch, raw []byte, at time.Time) (tracking.Decision, error) {
	env, err := wire.ReadEnvelope(raw)
	if err != nil {
		return "", &fault.Error{Op: "release", Kind: fault.Invalid, Err: err, Hint: "It cannot be read, so it tells nothing: discard it."}
	}
	in := prepare([]tracking.Incoming{{Env: env, Raw: raw}})
	a := in[0]
	a.let = true
	if err := s.ingest(ctx, b, in); err != nil {
		return "", err
	}
	if a.result.Status != wire.Rejected {
		return tracking.Taken, nil
	}
	if a.handoff != "" {
		if err := touchHandoffs(ctx, b, []mention{mentionOf(a.handoff, env, at)}); err != nil {
			return "", err
		}
	}
	if a.tells {
		a.fact.Branch = a.hash
		id := shipment.OrderID(env.Subject)
		if err := b.stories.load(ctx, []shipment.OrderID{id}); err != nil {
			return "", err
		}
		b.stories.add(id, a.fact, at) // what is too much for the story is kept all the same
	}
	return tracking.Released, nil
}
