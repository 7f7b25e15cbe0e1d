package store

import (
	"context"
	"database/sql"
	"encoding/base32"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

// stories are the shipments that a transaction changes. Each is read once and
// written once, however many events are about it.
type stories struct {
	store   *Store
	batch   *batch
	changed map[shipment.OrderID]*change
	told    []string // orders whose stories were written
}

type change struct {
	story   tracking.Shipment
	heard   []tracking.Fact           // what the story does not tell yet
	known   []shipment.TrackingNumber // that the store finds it by
	dropped []shipment.TrackingNumber // what it told once
	fresh   bool                      // was not in the store before
	touched bool                      // has to be written
	at      time.Time
}

// A keptStory is what is kept of a story: the rest is made of it whenever it is
// read, which costs less than to keep it. Stores of before have all of it.
type keptStory struct {
	OrderID shipment.OrderID `json:"order_id"`
	Facts   []tracking.Fact  `json:"facts,omitempty"`
}

// encode returns the story as it is kept; it has facts.
func (k keptStory) encode() []byte {
	const perFact = 320 // bytes, or so
	b := wire.AppendText(append(make([]byte, 0, perFact*(1+len(k.Facts))), `{"order_id":`...), string(k.OrderID))
	return append(tracking.AppendFacts(append(b, `,"facts":`...), k.Facts), '}')
}

// readStory returns the story that was kept as raw.
func readStory(raw []byte) (tracking.Shipment, error) {
	var kept keptStory
	if err := json.Unmarshal(raw, &kept); err != nil {
		return tracking.Shipment{}, err
	}
	return tracking.Shipment{OrderID: kept.OrderID}.Tell(kept.Facts...), nil
}

func newStories(s *Store, b *batch) *stories {
	return &stories{store: s, batch: b, changed: map[shipment.OrderID]*change{}}
}

// add lets a fact of an order, which has been loaded, be told, or returns in
// words why it cannot be. The story itself is made once, when it is written.
func (st *stories) add(id shipment.OrderID, f tracking.Fact, at time.Time) string {
	c := st.changed[id]
	if len(c.story.Facts)+len(c.heard) >= tracking.MaxFacts {
		return tracking.ErrTooLong.Error()
	}
	c.heard = append(c.heard, f)
	c.touched, c.at = true, at
	return ""
}

// without has an order's story told without some events.
func (st *stories) without(ctx context.Context, id shipment.OrderID, source string, epoch, from, to int64, at time.Time) error {
	if err := st.load(ctx, []shipment.OrderID{id}); err != nil {
		return err
	}
	c := st.changed[id]
	c.tell()
	c.dropped = append(c.dropped, c.story.Numbers()...)
	c.story = c.story.Without(source, epoch, from, to)
	c.touched, c.at = true, at
	return nil
}

// tell makes the story of all that was heard.
func (c *change) tell() {
	if len(c.heard) > 0 {
		c.story = c.story.Hear(c.heard...)
		c.heard = nil
	}
}

// load reads the stories of orders, those that are not in the store included. In
// PostgreSQL it locks them.
func (st *stories) load(ctx context.Context, ids []shipment.OrderID) error {
	var missing []string
	for _, id := range ids {
		if st.changed[id] == nil {
			st.changed[id] = &change{story: tracking.Shipment{OrderID: id}, fresh: true}
			missing = append(missing, string(id))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if st.store.pg != nil {
		return st.loadSome(ctx, len(missing), `SELECT order_id, story FROM shipments WHERE order_id = ANY (?::text[]) ORDER BY order_id FOR UPDATE`, missing)
	}
	for len(missing) > 0 {
		n := portion(len(missing))
		args := make([]any, n)
		for i, id := range missing[:n] {
			args[i] = id
		}
		if err := st.loadSome(ctx, n, `SELECT order_id, story FROM shipments WHERE order_id IN (?`+strings.Repeat(`, ?`, n-1)+`)`, args...); err != nil {
			return err
		}
		missing = missing[n:]
	}
	return nil
}

// loadSome reads the stories of n orders, which a query selects.
func (st *stories) loadSome(ctx context.Context, n int, query string, args ...any) error {
	fail := func(err error) error { return errGiveUp{fmt.Errorf("stories of %d orders: %w", n, err)} }
	q, err := st.batch.stmt(ctx, query)
	if err != nil {
		return err
	}
	rows, err := q.QueryContext(ctx, args...)
	if err != nil {
		return fail(err)
	}
	defer rows.Close()
	var spoilt []*change
	for rows.Next() {
		var id string
		var raw sql.RawBytes
		if err := rows.Scan(&id, &raw); err != nil {
			return fail(err)
		}
		c := st.changed[shipment.OrderID(id)]
		c.fresh = false
		var kept keptStory
		if err := json.Unmarshal(raw, &kept); err != nil {
			st.store.log.ErrorContext(ctx, "A shipment's story could not be read and is told again from its events.", "order_id", id, "error", err)
			spoilt = append(spoilt, c)
			continue
		}
		c.heard = kept.Facts // told again together with what comes
		c.known = tracking.Shipment{Facts: kept.Facts}.Numbers()
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return fail(err)
	}
	for _, c := range spoilt { // the events are still there, so it keeps nothing out
		if err := st.rebuild(ctx, c); err != nil {
			return fail(err)
		}
	}
	return nil
}

// write writes what changed and remembers whom to tell.
func (st *stories) write(ctx context.Context) error {
	var ids []string
	for id, c := range st.changed {
		if c.touched {
			ids = append(ids, string(id))
		}
	}
	slices.Sort(ids) // neighbours share pages
	w := newWriting()
	var numbers []string
	for _, id := range ids {
		c := st.changed[shipment.OrderID(id)]
		if err := st.writeOne(ctx, w, id, c); err != nil {
			return fmt.Errorf("story of %q: %w", id, err)
		}
		for _, n := range slices.Concat(c.story.Numbers(), c.dropped) {
			numbers = append(numbers, normal(string(n)))
		}
	}
	fail := func(err error) error { return fmt.Errorf("stories of %d orders: %w", len(ids), err) }
	if err := w.known.write(ctx, st.batch); err != nil {
		return fail(err)
	}
	for _, r := range []*bulk{&w.fresh, &w.tokens, &w.numbers} {
		if err := r.writeNew(ctx, st.batch); err != nil {
			return fail(err)
		}
	}
	if err := isNews(ctx, st.batch, parcelNews, numbers); err != nil {
		return fmt.Errorf("news of %d orders: %w", len(ids), err)
	}
	st.told = append(st.told, ids...)
	clear(st.changed)
	return nil
}

// A writing is the rows that stories leave, to be written together.
type writing struct{ fresh, known, tokens, numbers bulk }

func newWriting() *writing {
	shipments := bulk{table: `shipments (order_id, milestone, held, rejected, updated, story)`, width: 6}
	w := &writing{
		// Where another process of PostgreSQL made one of these since it was looked
		// for, this fails, and all of it is done again.
		fresh:   shipments,
		known:   shipments,
		tokens:  bulk{table: `tokens (order_id, token, created)`, width: 3, conflict: `ON CONFLICT (order_id) DO NOTHING`},
		numbers: bulk{table: `numbers (number, order_id)`, width: 2, conflict: `ON CONFLICT DO NOTHING`},
	}
	w.known.conflict = `ON CONFLICT (order_id) DO UPDATE SET milestone = excluded.milestone, held = excluded.held, rejected = excluded.rejected,
		updated = CASE WHEN shipments.updated > excluded.updated THEN shipments.updated ELSE excluded.updated END, story = excluded.story`
	return w
}

// writeOne takes back what is no longer so of one story, and adds its rows to w.
func (st *stories) writeOne(ctx context.Context, w *writing, id string, c *change) error {
	c.tell()
	for _, n := range c.dropped {
		if err := st.batch.put(ctx, `DELETE FROM numbers WHERE number = ? AND order_id = ?`, normal(string(n)), id); err != nil {
			return err
		}
	}
	if len(c.story.Facts) == 0 { // nothing is known of it any more; the buyer's link stays
		return st.batch.put(ctx, `DELETE FROM shipments WHERE order_id = ?`, id)
	}
	raw := keptStory{c.story.OrderID, c.story.Facts}.encode()
	var there []string // that need no row
	if len(c.dropped) == 0 {
		for _, n := range c.known {
			there = append(there, normal(string(n)))
		}
	}
	for _, n := range c.story.Numbers() {
		if number := normal(string(n)); !slices.Contains(there, number) {
			w.numbers.add(number, id)
			there = append(there, number)
		}
	}
	row := &w.known
	if c.fresh {
		row = &w.fresh
		token, err := newToken(st.store.rand)
		if err != nil {
			return err
		}
		w.tokens.add(id, token, millis(c.at))
	}
	row.add(id, string(c.story.Milestone), c.story.Held != nil, c.story.Rejected != nil, millis(c.at), raw)
	return nil
}

// newToken returns 128 random bits as 26 lower-case letters and digits.
func newToken(r io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return "", fmt.Errorf("token of the buyer's page: %w", err)
	}
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:])), nil
}

// normal writes a tracking number as it is compared: without blanks, in
// capitals.
func normal(number string) string {
	return plain(strings.ToUpper(strings.Join(strings.Fields(number), "")))
}

// plain returns s without the one character that not every database has in its
// texts. Whatever it was in is kept whole in the event's own bytes.
func plain(s string) string { return strings.ReplaceAll(s, "\x00", "\uFFFD") }
