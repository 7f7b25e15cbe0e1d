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
	dropped []shipment.TrackingNumber // what it told once
	fresh   bool                      // was not in the store before
	touched bool                      // has to be written
	at      time.Time
}

func newStories(s *Store, b *batch) *stories {
	return &stories{store: s, batch: b, changed: map[shipment.OrderID]*change{}}
}

// add lets a fact of an order be told, or returns in words why it cannot be. The
// story itself is made once, when it is written.
func (st *stories) add(ctx context.Context, id shipment.OrderID, f tracking.Fact, at time.Time) (string, error) {
	c, err := st.get(ctx, id)
	if err != nil {
		return "", err
	}
	if len(c.story.Facts)+len(c.heard) >= tracking.MaxFacts {
		return tracking.ErrTooLong.Error(), nil
	}
	c.heard = append(c.heard, f)
	c.touched, c.at = true, at
	return "", nil
}

// without has an order's story told without some events.
func (st *stories) without(ctx context.Context, id shipment.OrderID, source string, epoch, from, to int64, at time.Time) error {
	c, err := st.get(ctx, id)
	if err != nil {
		return err
	}
	c.tell()
	c.dropped = append(c.dropped, c.story.Numbers()...)
	c.story = c.story.Without(source, epoch, from, to)
	c.touched, c.at = true, at
	return nil
}

// tell makes the story of all that was heard.
func (c *change) tell() {
	if len(c.heard) > 0 {
		c.story = c.story.Tell(c.heard...)
		c.heard = nil
	}
}

func (st *stories) get(ctx context.Context, id shipment.OrderID) (*change, error) {
	if c, ok := st.changed[id]; ok {
		return c, nil
	}
	query := `SELECT story FROM shipments WHERE order_id = ?`
	if st.store.pg != nil {
		query += ` FOR UPDATE`
	}
	q, err := st.batch.stmt(ctx, query)
	if err != nil {
		return nil, err
	}
	var raw []byte
	c := &change{story: tracking.Shipment{OrderID: id}}
	switch err := q.QueryRowContext(ctx, string(id)).Scan(&raw); {
	case errors.Is(err, sql.ErrNoRows):
		c.fresh = true
	case err != nil:
		return nil, errGiveUp{fmt.Errorf("story of %q: %w", id, err)}
	default:
		if err := st.read(ctx, id, c, raw); err != nil {
			return nil, err
		}
	}
	st.changed[id] = c
	return c, nil
}

// read reads the story that is kept of an order into c.
func (st *stories) read(ctx context.Context, id shipment.OrderID, c *change, raw []byte) error {
	err := json.Unmarshal(raw, &c.story)
	if err == nil {
		return nil
	}
	// The events are still there, so a spoilt story keeps nothing out.
	st.store.log.ErrorContext(ctx, "A shipment's story could not be read and is told again from its events.", "order_id", string(id), "error", err)
	c.story = tracking.Shipment{OrderID: id}
	if err := st.rebuild(ctx, c); err != nil {
		return errGiveUp{fmt.Errorf("story of %q: %w", id, err)}
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
	if st.store.pg != nil {
		if err := st.writeTogether(ctx, ids); err != nil {
			return err
		}
		ids, st.told = nil, append(st.told, ids...)
	}
	for _, id := range ids {
		if err := st.writeOne(ctx, id, st.changed[shipment.OrderID(id)]); err != nil {
			return fmt.Errorf("story of %q: %w", id, err)
		}
	}
	st.told = append(st.told, ids...)
	clear(st.changed)
	return nil
}

func (st *stories) writeOne(ctx context.Context, id string, c *change) error {
	c.tell()
	for _, n := range c.dropped {
		if _, err := st.batch.exec(ctx, `DELETE FROM numbers WHERE number = ? AND order_id = ?`, normal(string(n)), id); err != nil {
			return err
		}
	}
	if len(c.story.Facts) == 0 { // nothing is known of it any more; the buyer's link stays
		_, err := st.batch.exec(ctx, `DELETE FROM shipments WHERE order_id = ?`, id)
		return err
	}
	raw, err := json.Marshal(c.story)
	if err != nil {
		return err
	}
	_, err = st.batch.exec(ctx, `INSERT INTO shipments (order_id, milestone, held, rejected, updated, story) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (order_id) DO UPDATE SET milestone = excluded.milestone, held = excluded.held, rejected = excluded.rejected,
		  updated = CASE WHEN shipments.updated > excluded.updated THEN shipments.updated ELSE excluded.updated END, story = excluded.story`,
		id, string(c.story.Milestone), c.story.Held != nil, c.story.Rejected != nil, millis(c.at), raw)
	if err != nil {
		return err
	}
	for _, n := range c.story.Numbers() {
		if _, err := st.batch.exec(ctx, `INSERT INTO numbers (number, order_id) VALUES (?, ?) ON CONFLICT DO NOTHING`, normal(string(n)), id); err != nil {
			return err
		}
	}
	if !c.fresh {
		return nil
	}
	token, err := newToken(st.store.rand)
	if err != nil {
		return err
	}
	_, err = st.batch.exec(ctx, `INSERT INTO tokens (order_id, token, created) VALUES (?, ?, ?) ON CONFLICT (order_id) DO NOTHING`, id, token, millis(c.at))
	return err
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
	return strings.ToUpper(strings.Join(strings.Fields(number), ""))
}
