package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"waybill/shipment"
	"waybill/tracking"
)

// What a transaction does to many rows of a table PostgreSQL is told in one
// statement, because each is a trip to the server and back. SQLite, which is in
// this process, does it row by row.

// enter locks what ops are about. Those that take events share the store with
// others that do, and lock, each kind by name, the stations they hear, so that a
// station's history is judged by one at a time, and the shipments they may tell
// of. A shipment that is new to two at once is made by the one that commits
// first; the other finds out and begins again. Whatever else is done is done
// alone.
func (e *pgEngine) enter(ctx context.Context, b *batch, ops []*op) error {
	if ops[0].events == nil {
		if _, err := b.tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock(?)`, int64(pgLockWrite)); err != nil {
			return fmt.Errorf("lock of a write: %w", err)
		}
		return nil
	}
	heard, told := map[string]bool{}, map[string]bool{}
	for _, o := range ops {
		for _, a := range o.events {
			if a.bad != nil {
				continue
			}
			heard[string(a.journal.station)] = true
			if a.tells && a.note == "" {
				told[a.Env.Subject] = true
			}
		}
	}
	stations, now := sorted(heard), millis(e.store.now())
	for _, q := range []struct {
		query string
		args  []any
	}{
		{`SELECT pg_advisory_xact_lock_shared(?)`, []any{int64(pgLockWrite)}},
		{`INSERT INTO stations (id, first_seen, last_seen, last_event)
			SELECT id, ?2, ?2, 0 FROM unnest(?1::text[]) AS u (id) ORDER BY id ON CONFLICT (id) DO NOTHING`, []any{stations, now}},
		{`SELECT count(*) FROM (SELECT id FROM stations WHERE id = ANY (?::text[]) ORDER BY id FOR UPDATE) AS locked`, []any{stations}},
	} {
		if _, err := b.tx.ExecContext(ctx, q.query, q.args...); err != nil {
			return fmt.Errorf("lock of a write: %w", err)
		}
	}
	return b.stories.lock(ctx, sorted(told))
}

// lock locks and reads the stories of orders.
func (st *stories) lock(ctx context.Context, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	kept := map[string][]byte{}
	rows, err := st.batch.tx.QueryContext(ctx, `SELECT order_id, story FROM shipments WHERE order_id = ANY (?::text[]) ORDER BY order_id FOR UPDATE`, ids)
	if err != nil {
		return fmt.Errorf("stories: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var raw []byte
		if err := rows.Scan(&id, &raw); err != nil {
			return fmt.Errorf("stories: %w", err)
		}
		kept[id] = raw
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("stories: %w", err)
	}
	for _, id := range ids {
		order := shipment.OrderID(id)
		c := &change{story: tracking.Shipment{OrderID: order}}
		if raw, ok := kept[id]; !ok {
			c.fresh = true
		} else if err := st.read(ctx, order, c, raw); err != nil {
			return err
		}
		st.changed[order] = c
	}
	return nil
}

// keepTogether is keep in one statement.
func keepTogether(ctx context.Context, b *batch, fit []*arrival, at time.Time) (map[*arrival]bool, error) {
	n := len(fit)
	if n == 0 {
		return nil, nil
	}
	stations, ids, subjects, prevs, hashes := make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	epochs, sequences, raws := make([]int64, n), make([]int64, n), make([][]byte, n)
	for i, a := range fit {
		stations[i], ids[i], subjects[i], prevs[i], hashes[i] = string(a.journal.station), a.Env.ID, a.Env.Subject, a.Env.PrevHash, a.hash
		epochs[i], sequences[i], raws[i] = a.Env.Epoch, a.Env.Sequence, a.Raw
	}
	wrote, err := b.exec(ctx, `INSERT INTO events (station, epoch, sequence, id, subject, prevhash, hash, received, note, raw)
		SELECT u.station, u.epoch, u.sequence, u.id, u.subject, u.prevhash, u.hash, ?9, '', u.raw
		FROM unnest(?1::text[], ?2::bigint[], ?3::bigint[], ?4::text[], ?5::text[], ?6::text[], ?7::text[], ?8::bytea[])
			AS u (station, epoch, sequence, id, subject, prevhash, hash, raw)
		ON CONFLICT (id) DO NOTHING`, stations, epochs, sequences, ids, subjects, prevs, hashes, raws, millis(at))
	if err != nil || wrote == int64(n) {
		return nil, err
	}
	clashes := map[*arrival]bool{}
	return clashes, findClashes(ctx, b, fit, clashes)
}

// noteTogether is noteHandoff of all events that were put off to here.
func (b *batch) noteTogether(ctx context.Context, at time.Time) error {
	if len(b.about) == 0 {
		return nil
	}
	n := len(b.about)
	handoffs, stations, epochs, sequences := make([]string, n), make([]string, n), make([]int64, n), make([]int64, n)
	heard := map[string]bool{}
	first := map[string]string{} // the station that a pick-up is heard of from first
	var closed, by []string
	for i, a := range b.about {
		id, station := a.handoff, string(a.journal.station)
		handoffs[i], stations[i], epochs[i], sequences[i] = id, station, a.Env.Epoch, a.Env.Sequence
		if !heard[id] {
			heard[id], first[id] = true, station
		}
		if t, _ := a.Env.EventType(); t == shipment.HandoffClosedType {
			closed, by = append(closed, id), append(by, station)
		}
	}
	b.about = nil
	ids := sorted(heard)
	firsts := make([]string, len(ids))
	for i, id := range ids {
		firsts[i] = first[id]
	}
	if _, err := b.exec(ctx, `INSERT INTO handoff_events (handoff, station, epoch, sequence)
		SELECT * FROM unnest(?1::text[], ?2::text[], ?3::bigint[], ?4::bigint[]) ON CONFLICT DO NOTHING`, handoffs, stations, epochs, sequences); err != nil {
		return err
	}
	if _, err := b.exec(ctx, `INSERT INTO handoffs (id, station, closed, changed)
		SELECT u.id, u.station, false, ?3 FROM unnest(?1::text[], ?2::text[]) AS u (id, station) ORDER BY u.id
		ON CONFLICT (id) DO UPDATE SET changed = greatest(handoffs.changed, excluded.changed)`, ids, firsts, millis(at)); err != nil {
		return err
	}
	if len(closed) == 0 {
		return nil
	}
	_, err := b.exec(ctx, `UPDATE handoffs h SET closed = true FROM unnest(?1::text[], ?2::text[]) AS u (id, station) WHERE h.id = u.id AND h.station = u.station`, closed, by)
	return err
}

// columns are those of some shipments.
type columns struct {
	ids, milestones []string
	held, rejected  []bool
	updated         []int64
	raws            [][]byte
}

func (s *columns) add(id string, c *change, raw []byte) {
	s.ids, s.milestones, s.updated = append(s.ids, id), append(s.milestones, string(c.story.Milestone)), append(s.updated, millis(c.at))
	s.held, s.rejected, s.raws = append(s.held, c.story.Held != nil), append(s.rejected, c.story.Rejected != nil), append(s.raws, raw)
}

// write runs a statement on the rows, which it has as u.
func (s *columns) write(ctx context.Context, b *batch, before, after string) error {
	if len(s.ids) == 0 {
		return nil
	}
	_, err := b.exec(ctx, before+` unnest(?1::text[], ?2::text[], ?3::boolean[], ?4::boolean[], ?5::bigint[], ?6::bytea[])
		AS u (order_id, milestone, held, rejected, updated, story) `+after, s.ids, s.milestones, s.held, s.rejected, s.updated, s.raws)
	return err
}

// writeTogether is writeOne of all stories that changed.
func (st *stories) writeTogether(ctx context.Context, ids []string) error {
	var fresh, known columns
	var numbers, ofOrders, dropped, ofDropped, gone, newOrders, tokens []string
	var created []int64
	for _, id := range ids {
		c := st.changed[shipment.OrderID(id)]
		before := c.story.Numbers()
		c.tell()
		for _, n := range c.dropped {
			dropped, ofDropped = append(dropped, postgresText(normal(string(n)))), append(ofDropped, id)
		}
		if len(c.story.Facts) == 0 { // nothing is known of it any more; the buyer's link stays
			gone = append(gone, id)
			continue
		}
		raw, err := json.Marshal(c.story)
		if err != nil {
			return fmt.Errorf("story of %q: %w", id, err)
		}
		for _, n := range c.story.Numbers() {
			if c.fresh || len(c.dropped) > 0 || !slices.Contains(before, n) {
				numbers, ofOrders = append(numbers, postgresText(normal(string(n)))), append(ofOrders, id)
			}
		}
		if !c.fresh {
			known.add(id, c, raw)
			continue
		}
		fresh.add(id, c, raw)
		token, err := newToken(st.store.rand)
		if err != nil {
			return err
		}
		newOrders, tokens, created = append(newOrders, id), append(tokens, token), append(created, millis(c.at))
	}
	// Where another made one of the fresh since it was looked for, this fails, and
	// all of it is done again.
	if err := fresh.write(ctx, st.batch, `INSERT INTO shipments (order_id, milestone, held, rejected, updated, story) SELECT u.* FROM`, ``); err != nil {
		return err
	}
	if err := known.write(ctx, st.batch, `UPDATE shipments s SET milestone = u.milestone, held = u.held, rejected = u.rejected, story = u.story, updated = greatest(s.updated, u.updated) FROM`,
		`WHERE s.order_id = u.order_id`); err != nil {
		return err
	}
	for _, q := range []struct {
		query string
		rows  int
		args  []any
	}{
		{`INSERT INTO tokens (order_id, token, created) SELECT * FROM unnest(?1::text[], ?2::text[], ?3::bigint[]) ON CONFLICT (order_id) DO NOTHING`, len(newOrders), []any{newOrders, tokens, created}},
		{`DELETE FROM numbers n USING unnest(?1::text[], ?2::text[]) AS u (number, order_id) WHERE n.number = u.number AND n.order_id = u.order_id`, len(dropped), []any{dropped, ofDropped}},
		{`DELETE FROM shipments WHERE order_id = ANY (?::text[])`, len(gone), []any{gone}},
		{`INSERT INTO numbers (number, order_id) SELECT * FROM unnest(?1::text[], ?2::text[]) ON CONFLICT DO NOTHING`, len(numbers), []any{numbers, ofOrders}},
	} {
		if q.rows == 0 {
			continue
		}
		if _, err := st.batch.exec(ctx, q.query, q.args...); err != nil {
			return err
		}
	}
	return nil
}

// sorted returns the names of a set in order.
func sorted(set map[string]bool) []string {
	out := make([]string, 0, len(set))
	for name := range set {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// postgresText returns s without the one character that PostgreSQL's texts
// cannot hold; whatever it was in is kept whole in the event's own bytes.
func postgresText(s string) string { return strings.ReplaceAll(s, "\x00", "\uFFFD") }
