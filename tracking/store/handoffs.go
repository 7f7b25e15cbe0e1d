package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

const (
	maxHandoffs   = 200                // that are told at once
	keptInSight   = 3 * 24 * time.Hour // how long a station is told of a pick-up that was taken from it
	voidedInSight = 7 * 24 * time.Hour // how long a pick-up is told of labels that were voided
)

// A mention is an event that is about a pick-up.
type mention struct {
	handoff, station string
	epoch, sequence  int64
	closes           bool
	at               time.Time
}

func mentionOf(handoff string, e wire.Envelope, at time.Time) mention {
	t, _ := e.EventType()
	return mention{handoff, string(e.Station()), e.Epoch, e.Sequence, t == shipment.HandoffClosedType, at}
}

// noteHandoffs remembers which events are about which pick-ups.
func noteHandoffs(ctx context.Context, b *batch, ms []mention) error {
	events := bulk{table: `handoff_events (handoff, station, epoch, sequence)`, width: 4, conflict: `ON CONFLICT DO NOTHING`}
	for _, m := range ms {
		events.add(m.handoff, m.station, m.epoch, m.sequence)
	}
	if err := events.writeNew(ctx, b); err != nil {
		return err
	}
	return touchHandoffs(ctx, b, ms)
}

// touchHandoffs notes in the list of pick-ups that events, in their order, are
// about them. A truckload of parcels changes its pick-up once.
func touchHandoffs(ctx context.Context, b *batch, ms []mention) error {
	first := map[string]*mention{}
	var others []mention // what others say closes a pick-up, which it does where it is theirs
	for _, m := range ms {
		f := first[m.handoff]
		switch {
		case f == nil:
			first[m.handoff] = &m
		case f.station == m.station:
			f.closes = f.closes || m.closes
		case m.closes:
			others = append(others, m)
		}
		if f != nil && m.at.After(f.at) {
			f.at = m.at
		}
	}
	list := bulk{
		table: `handoffs (id, station, closed, changed)`, width: 4,
		conflict: `ON CONFLICT (id) DO UPDATE SET changed = CASE WHEN handoffs.changed > excluded.changed THEN handoffs.changed ELSE excluded.changed END,
			closed = handoffs.closed OR excluded.closed AND handoffs.station = excluded.station`,
	}
	ids := slices.Sorted(maps.Keys(first))
	for _, id := range ids {
		f := first[id]
		list.add(id, f.station, f.closes, millis(f.at))
	}
	if err := list.write(ctx, b); err != nil {
		return err
	}
	for _, m := range others {
		if err := b.put(ctx, `UPDATE handoffs SET closed = ? WHERE id = ? AND station = ?`, true, m.handoff, m.station); err != nil {
			return err
		}
	}
	return isNews(ctx, b, handoffNews, ids)
}

// remakeHandoff brings the list of pick-ups in line with the events that are
// left of one.
func remakeHandoff(ctx context.Context, b *batch, id string) error {
	fail := func(err error) error { return errGiveUp{fmt.Errorf("pick-up %s: %w", id, err)} }
	if err := isNews(ctx, b, handoffNews, []string{id}); err != nil {
		return err
	}
	events, err := envelopes(ctx, b, handoffEvents, id)
	if err != nil {
		return fail(err)
	}
	if len(events) == 0 {
		_, err := b.exec(ctx, `DELETE FROM handoffs WHERE id = ?`, id)
		return err
	}
	taken, err := takeovers(ctx, b, id)
	if err != nil {
		return fail(err)
	}
	h := tracking.TellHandoff(id, events, taken)
	_, err = b.exec(ctx, `UPDATE handoffs SET station = ?, closed = ? WHERE id = ?`, string(h.Station), !h.Closed.IsZero(), id)
	return err
}

// handoffEvents selects what is told of a pick-up: the events in their stations'
// chains, and those that a person has let in beside them.
const handoffEvents = `SELECT e.raw FROM handoff_events h JOIN events e
	  ON e.station = h.station AND e.epoch = h.epoch AND e.sequence = h.sequence WHERE h.handoff = ?1
	UNION ALL SELECT raw FROM quarantine WHERE handoff = ?1 AND decision = 'released'`

// findHandoffs finds the pick-ups in the events of a file that did not keep them
// apart.
func (s *Store) findHandoffs(ctx context.Context, tx *sql.Tx) error {
	b := newBatch(s, tx)
	defer b.close()
	const page = 1000
	for last := int64(0); ; {
		rows, err := tx.QueryContext(ctx, `SELECT rowid, received, raw FROM events WHERE rowid > ? ORDER BY rowid LIMIT ?`, last, page)
		if err != nil {
			return fmt.Errorf("pick-ups in the events: %w", err)
		}
		var some []mention
		n := 0
		for rows.Next() {
			var received int64
			var raw []byte
			if err := rows.Scan(&last, &received, &raw); err != nil {
				return errors.Join(fmt.Errorf("pick-ups in the events: %w", err), rows.Close())
			}
			n++
			var e wire.Envelope
			if json.Unmarshal(raw, &e) != nil {
				continue // what cannot be read was never told either
			}
			if id, about := tracking.HandoffOf(e); about {
				some = append(some, mentionOf(plain(id), e, fromMillis(received)))
			}
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return fmt.Errorf("pick-ups in the events: %w", err)
		}
		if err := noteHandoffs(ctx, b, some); err != nil {
			return err
		}
		if n < page {
			return nil
		}
	}
}

// Handoffs returns the open pick-ups, newest first, without their parcels: those
// of every station, or of one that is named, and then also those that were taken
// from it of late, whether they are open or not.
func (s *Store) Handoffs(ctx context.Context, station shipment.StationID) ([]wire.Handoff, error) {
	query, args := `SELECT id FROM handoffs WHERE NOT closed ORDER BY id DESC LIMIT ?1`, []any{maxHandoffs}
	if station != "" {
		query = `SELECT id FROM handoffs WHERE station = ?2 AND NOT closed
			UNION SELECT handoff FROM takeovers WHERE previous = ?2 AND at > ?3
			UNION SELECT handoff FROM takeovers WHERE station = ?2 AND at > ?3 ORDER BY 1 DESC LIMIT ?1`
		args = append(args, string(station), millis(s.now().Add(-keptInSight)))
	}
	return s.list(ctx, query, args...)
}

// MovedHandoffs returns the pick-ups that another station took from one, or it
// from another, of late, for a station that does not say what it has heard of.
func (s *Store) MovedHandoffs(ctx context.Context, station shipment.StationID) ([]wire.Handoff, error) {
	return s.list(ctx, `SELECT handoff FROM takeovers WHERE previous = ?2 AND at > ?3
		UNION SELECT handoff FROM takeovers WHERE station = ?2 AND at > ?3 ORDER BY 1 DESC LIMIT ?1`,
		maxHandoffs, string(station), millis(s.now().Add(-keptInSight)))
}

// list returns the pick-ups whose IDs a query selects, without their parcels.
func (s *Store) list(ctx context.Context, query string, args ...any) ([]wire.Handoff, error) {
	ids, err := texts(ctx, s.read, query, args...)
	if err != nil {
		return nil, fmt.Errorf("pick-ups: %w", err)
	}
	var out []wire.Handoff
	for _, id := range ids {
		h, err := s.handoff(ctx, id)
		if err != nil {
			return nil, err
		}
		h.Entries = nil
		out = append(out, h)
	}
	return out, nil
}

// A querier asks the file, within a transaction or beside.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// texts returns the only column of a query.
func texts(ctx context.Context, q querier, query string, args ...any) ([]string, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	return out, rows.Err()
}

// Handoff returns a pick-up with its parcels and what waits for it. The error is
// of kind fault.NotFound where the hub has heard of none.
func (s *Store) Handoff(ctx context.Context, id string) (wire.Handoff, error) {
	h, err := s.handoff(ctx, id)
	if err == nil && h.Closed.IsZero() {
		h.Expected, err = s.expected(ctx, h)
	}
	return h, err
}

// handoff returns a pick-up with its parcels.
func (s *Store) handoff(ctx context.Context, id string) (wire.Handoff, error) {
	taken, err := takeovers(ctx, s.read, id)
	if err != nil {
		return wire.Handoff{}, fmt.Errorf("pick-up %s: %w", id, err)
	}
	events, err := envelopes(ctx, s.read, handoffEvents, id)
	if err != nil {
		return wire.Handoff{}, fmt.Errorf("pick-up %s: %w", id, err)
	}
	if len(events) == 0 {
		return wire.Handoff{}, &fault.Error{
			Op: "pick-up " + id, Kind: fault.NotFound, Err: errors.New("the hub has not heard of it"),
			Hint: "Its station may not have reached the hub since it was opened.",
		}
	}
	h := tracking.TellHandoff(id, events, taken)
	var heard int64
	err = s.read.QueryRowContext(ctx, `SELECT last_seen FROM stations WHERE id = ?`, string(h.Station)).Scan(&heard)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return h, fmt.Errorf("pick-up %s: %w", id, err)
	}
	h.Heard = momentOf(heard)
	return h, nil
}

func takeovers(ctx context.Context, q querier, id string) ([]wire.Takeover, error) {
	return takeoversOf(ctx, q, `SELECT station, previous, by_whom, at FROM takeovers WHERE handoff = ? ORDER BY n`, id)
}

// takeoversOf returns the take-overs that a query selects.
func takeoversOf(ctx context.Context, q querier, query string, args ...any) ([]wire.Takeover, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []wire.Takeover
	for rows.Next() {
		var t wire.Takeover
		var at int64
		if err := rows.Scan((*string)(&t.Station), (*string)(&t.From), &t.By, &at); err != nil {
			return nil, err
		}
		t.At = fromMillis(at)
		out = append(out, t)
	}
	return out, rows.Err()
}

// envelopes returns the events that a query selects the bytes of.
func envelopes(ctx context.Context, q querier, query string, args ...any) ([]wire.Envelope, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []wire.Envelope
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return nil, err
		}
		var e wire.Envelope
		if err := json.Unmarshal(raw, &e); err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, rows.Err()
}

// expected returns the parcels of the stations that had the pick-up which wait
// for its carrier, and those of which it is known why they must not go.
func (s *Store) expected(ctx context.Context, h wire.Handoff) ([]wire.HandoffParcel, error) {
	had := map[shipment.StationID]bool{h.OpenedAt: true}
	for _, t := range h.Takeovers {
		had[t.Station] = true
	}
	rows, err := s.read.QueryContext(ctx, `SELECT story FROM shipments INDEXED BY shipments_waiting WHERE milestone IN ('order_confirmed', 'label_created', 'packed')
		UNION ALL SELECT story FROM shipments WHERE updated > ? AND milestone = 'cancelled'`, millis(s.now().Add(-voidedInSight)))
	if err != nil {
		return nil, fmt.Errorf("what waits for pick-up %s: %w", h.ID, err)
	}
	defer rows.Close()
	var stories []tracking.Shipment
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return nil, fmt.Errorf("what waits for pick-up %s: %w", h.ID, err)
		}
		story, err := readStory(raw)
		if err != nil {
			continue // the next event of it has it told anew
		}
		if story.MayGoBy(h.Carrier, h.Service) {
			stories = append(stories, story)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("what waits for pick-up %s: %w", h.ID, err)
	}
	var out []wire.HandoffParcel
	for _, story := range stories {
		details, err := s.details(ctx, story)
		if err != nil {
			return nil, fmt.Errorf("what waits for pick-up %s: %w", h.ID, err)
		}
		for _, p := range story.Waiting(details) {
			if had[p.Station] && p.Carrier == h.Carrier && (h.Service == "" || h.Service == p.Service) {
				out = append(out, p)
			}
		}
	}
	return out, s.stopGiven(ctx, h.Station, out)
}

// details returns the events of a story's facts that its pick-up looks at.
func (s *Store) details(ctx context.Context, story tracking.Shipment) ([]wire.Envelope, error) {
	return detailsOf(ctx, s.read, story, tracking.Fact.NeedsDetail)
}

// detailsOf returns the events of a story's facts that are needed, in their order.
func detailsOf(ctx context.Context, q querier, story tracking.Shipment, needed func(tracking.Fact) bool) ([]wire.Envelope, error) {
	var out []wire.Envelope
	for _, f := range story.Facts {
		if !needed(f) {
			continue
		}
		query, args := `SELECT raw FROM events WHERE station = ? AND epoch = ? AND sequence = ?`, []any{f.Epoch, f.Sequence}
		if f.Branch != "" { // another event may have its place
			query, args = `SELECT raw FROM quarantine WHERE station = ? AND hash = ? AND decision = 'released'`, []any{f.Branch}
		}
		es, err := envelopes(ctx, q, query, append([]any{string(wire.Envelope{Source: f.Source}.Station())}, args...)...)
		if err != nil {
			return nil, err
		}
		out = append(out, es...)
	}
	return out, nil
}

// TakeOver gives a pick-up to the station that asks, once for a key. The error
// is of kind fault.Conflict where another station has it than was said, or it is
// closed, and fault.NotFound where the hub has not heard of it.
func (s *Store) TakeOver(ctx context.Context, id string, req wire.TakeoverRequest) (wire.Handoff, error) {
	op := "take-over of pick-up " + id
	if req.Key == "" || req.Station == "" || req.From == "" {
		return wire.Handoff{}, &fault.Error{Op: op, Kind: fault.Invalid, Err: errors.New("key, station and from are required")}
	}
	err := s.submit(ctx, func(ctx context.Context, b *batch) error {
		var before string
		err := b.tx.QueryRowContext(ctx, `SELECT handoff FROM takeovers WHERE station = ? AND key = ?`, string(req.Station), req.Key).Scan(&before)
		switch {
		case err == nil && before == id:
			return nil // asked again
		case err == nil:
			return &fault.Error{Op: op, Kind: fault.Conflict, Err: fmt.Errorf("the key %q stands for another pick-up", req.Key), Hint: "Make a new key for every take-over."}
		case !errors.Is(err, sql.ErrNoRows):
			return errGiveUp{err}
		}
		return s.takeOver(ctx, b, op, id, req)
	})
	if err != nil {
		return wire.Handoff{}, err
	}
	return s.Handoff(ctx, id)
}

func (s *Store) takeOver(ctx context.Context, b *batch, op, id string, req wire.TakeoverRequest) error {
	var has string
	var closed bool
	err := b.tx.QueryRowContext(ctx, `SELECT station, closed FROM handoffs WHERE id = ?`, id).Scan(&has, &closed)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return &fault.Error{Op: op, Kind: fault.NotFound, Err: errors.New("the hub has not heard of it"), Hint: "Open a new pick-up."}
	case err != nil:
		return errGiveUp{err}
	case closed:
		return &fault.Error{Op: op, Kind: fault.Conflict, Err: errors.New("it is closed"), Hint: "Open a new pick-up."}
	case has != string(req.From):
		return &fault.Error{Op: op, Kind: fault.Conflict, Err: fmt.Errorf("station %s has it, not %s", has, req.From), Hint: "Look again who has it."}
	}
	_, err = b.exec(ctx, `INSERT INTO takeovers (handoff, n, station, previous, by_whom, key, at)
		VALUES (?1, 1 + (SELECT count(*) FROM takeovers WHERE handoff = ?1), ?2, ?3, ?4, ?5, ?6)`,
		id, string(req.Station), string(req.From), req.By, req.Key, millis(s.now()))
	if err != nil {
		return err
	}
	if err := changedHands(ctx, b, handoffNews, id, req.From, req.Station); err != nil {
		return err
	}
	_, err = b.exec(ctx, `UPDATE handoffs SET station = ?, changed = ? WHERE id = ?`, string(req.Station), millis(s.now()), id)
	return err
}
