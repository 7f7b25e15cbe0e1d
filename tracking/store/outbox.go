package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

// keptPosting is how long the outbox keeps what every consumer has: longer than
// a bus may take to write to its disk what it has acknowledged.
const keptPosting = time.Hour

// A postingText is a posting as the outbox holds it.
type postingText struct {
	Orders []string   `json:"o,omitempty"`
	Spans  []spanText `json:"s,omitempty"`
}

type spanText struct {
	Station string `json:"s"`
	Epoch   int64  `json:"e"`
	From    int64  `json:"f"`
	To      int64  `json:"t"`
}

// posting returns what a commit puts into the outbox; nil is nothing.
func posting(orders []string, spans []tracking.Span) ([]byte, error) {
	if len(orders) == 0 && len(spans) == 0 {
		return nil, nil
	}
	p := postingText{Orders: orders, Spans: make([]spanText, len(spans))}
	for i, s := range spans {
		p.Spans[i] = spanText{string(s.Station), s.Epoch, s.From, s.To}
	}
	return json.Marshal(p)
}

const insertPosting = `INSERT INTO outbox (at, what) VALUES (?, ?)`

// post puts what the transaction did into the outbox, so that it is told exactly
// if it happened.
func (b *batch) post(ctx context.Context, at time.Time) error {
	what, err := posting(b.stories.told, b.spans)
	if err != nil || what == nil {
		return err
	}
	return b.put(ctx, insertPosting, millis(at), what)
}

// Postings returns what is in the outbox after a place, at most limit commits in
// their order. unsettled says that more has come in that cannot be put in order
// yet, because a commit before it is still under way.
func (s *Store) Postings(ctx context.Context, after int64, limit int) (ps []tracking.Posting, unsettled bool, err error) {
	query := `SELECT n, what FROM outbox WHERE n > ? ORDER BY n LIMIT ?`
	if s.pg != nil {
		// A transaction's number is given out when it begins and not when it
		// commits: only what is below every one under way is in order.
		query = `SELECT n, what FROM outbox WHERE n > ? AND n < pg_snapshot_xmin(pg_current_snapshot())::text::bigint ORDER BY n LIMIT ?`
	}
	rows, err := s.read.QueryContext(ctx, query, after, limit)
	if err != nil {
		return nil, false, fmt.Errorf("outbox: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var p tracking.Posting
		var what []byte
		var text postingText
		if err := rows.Scan(&p.Place, &what); err != nil {
			return nil, false, fmt.Errorf("outbox: %w", err)
		}
		if err := json.Unmarshal(what, &text); err != nil {
			return nil, false, fmt.Errorf("outbox at %d: %w", p.Place, err)
		}
		for _, id := range text.Orders {
			p.Orders = append(p.Orders, shipment.OrderID(id))
		}
		for _, sp := range text.Spans {
			p.Spans = append(p.Spans, tracking.Span{Station: shipment.StationID(sp.Station), Epoch: sp.Epoch, From: sp.From, To: sp.To})
		}
		ps = append(ps, p)
	}
	if err := rows.Err(); err != nil {
		return nil, false, fmt.Errorf("outbox: %w", err)
	}
	if s.pg != nil && len(ps) < limit {
		err = s.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT FROM outbox WHERE n > ? AND n >= pg_snapshot_xmin(pg_current_snapshot())::text::bigint)`, after).Scan(&unsettled)
	}
	return ps, unsettled, err
}

// LastPlace returns the place after which the outbox will tell whatever is
// committed from now on.
func (s *Store) LastPlace(ctx context.Context) (int64, error) {
	query := `SELECT coalesce(max(n), 0) FROM outbox`
	if s.pg != nil {
		query = `SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1`
	}
	var n int64
	if err := s.read.QueryRowContext(ctx, query).Scan(&n); err != nil {
		return 0, fmt.Errorf("end of the outbox: %w", err)
	}
	return n, nil
}

// Events returns the events of spans, in their order.
func (s *Store) Events(ctx context.Context, spans []tracking.Span) ([]tracking.Incoming, error) {
	var out []tracking.Incoming
	for _, sp := range spans {
		err := s.eachEvent(ctx, func(ev tracking.Incoming) { out = append(out, ev) },
			`SELECT raw FROM events WHERE station = ? AND epoch = ? AND sequence BETWEEN ? AND ? ORDER BY sequence`,
			string(sp.Station), sp.Epoch, sp.From, sp.To)
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// EventsAfter returns the first limit events after one that is kept, in the order
// of station, epoch and sequence: the whole store, page by page. The zero span
// begins.
func (s *Store) EventsAfter(ctx context.Context, last tracking.Span, limit int) ([]tracking.Incoming, error) {
	var out []tracking.Incoming
	err := s.eachEvent(ctx, func(ev tracking.Incoming) { out = append(out, ev) },
		`SELECT raw FROM events WHERE (station, epoch, sequence) > (?, ?, ?) ORDER BY station, epoch, sequence LIMIT ?`,
		string(last.Station), last.Epoch, last.To, limit)
	return out, err
}

func (s *Store) eachEvent(ctx context.Context, do func(tracking.Incoming), query string, args ...any) error {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("events: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var raw []byte
		var e wire.Envelope
		if err := rows.Scan(&raw); err != nil {
			return fmt.Errorf("events: %w", err)
		}
		if err := json.Unmarshal(raw, &e); err != nil {
			return fmt.Errorf("events: %w", err)
		}
		do(tracking.Incoming{Env: e, Raw: raw})
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("events: %w", err)
	}
	return nil
}

// Cursor returns up to where a consumer of the outbox has it all, and what it
// noted there; both are zero where there is no such consumer yet.
func (s *Store) Cursor(ctx context.Context, consumer string) (place int64, mark string, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT n, mark FROM cursors WHERE consumer = ?`, consumer).Scan(&place, &mark)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, "", nil
	}
	if err != nil {
		return 0, "", fmt.Errorf("cursor of %s: %w", consumer, err)
	}
	return place, mark, nil
}

// SetCursor notes that a consumer has everything up to a place. From then on the
// outbox keeps for it what comes after.
func (s *Store) SetCursor(ctx context.Context, consumer string, place int64, mark string) error {
	_, err := s.alone(ctx, `INSERT INTO cursors (consumer, n, mark) VALUES (?, ?, ?)
		ON CONFLICT (consumer) DO UPDATE SET n = excluded.n, mark = excluded.mark`, consumer, place, mark)
	if err != nil {
		return fmt.Errorf("cursor of %s: %w", consumer, err)
	}
	return nil
}

// Forget drops a consumer, so that the outbox keeps nothing for it.
func (s *Store) Forget(ctx context.Context, consumer string) error {
	_, err := s.alone(ctx, `DELETE FROM cursors WHERE consumer = ?`, consumer)
	if err != nil {
		return fmt.Errorf("cursor of %s: %w", consumer, err)
	}
	return nil
}

// Trim drops what every consumer has had for a while from the outbox, and returns
// how many commits that were.
func (s *Store) Trim(ctx context.Context) (int64, error) {
	dropped, err := s.alone(ctx, `DELETE FROM outbox WHERE at < ? AND n <= coalesce((SELECT min(n) FROM cursors), n)`, millis(s.now().Add(-keptPosting)))
	if err != nil {
		return 0, fmt.Errorf("outbox: %w", err)
	}
	return dropped, nil
}

// alone runs a statement that needs no company, and so in PostgreSQL no lock.
func (s *Store) alone(ctx context.Context, query string, args ...any) (int64, error) {
	if s.pg != nil {
		ctx, cancel := context.WithTimeout(ctx, pgDeadline)
		defer cancel()
		res, err := s.write.ExecContext(ctx, query, args...)
		if err != nil {
			return 0, err
		}
		return res.RowsAffected()
	}
	var n int64
	err := s.submit(ctx, func(ctx context.Context, b *batch) error {
		var err error
		n, err = b.exec(ctx, query, args...)
		return err
	})
	if err != nil {
		return 0, err // the write may go on without us, and n is its own then
	}
	return n, nil
}

// Posted returns a channel that has a value when something has come into the
// outbox since it was last received from, as far as this process knows: of what
// others commit it may learn late, or never. It is closed when the store is. Call
// stop when done.
func (s *Store) Posted() (news <-chan struct{}, stop func()) { return s.postings.watch("") }

// Wake tells those who watch the given orders that they have changed.
func (s *Store) Wake(orders []shipment.OrderID) {
	ids := make([]string, len(orders))
	for i, id := range orders {
		ids[i] = string(id)
	}
	s.watchers.tell(ids)
}
