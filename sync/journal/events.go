package journal

import (
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/wire"
)

// Append puts e at the end of the station's history. It gives e an ID and a
// time where e has none, its place in the sequence, and the hash of the event
// before it.
func (tx *Tx) Append(e shipment.Event) error {
	if e.Type == "" {
		return &fault.Error{Op: "event", Kind: fault.Invalid, Err: fmt.Errorf("it has no type")}
	}
	if e.ID == "" {
		e.ID = tx.o.NewID()
	} else if there, err := tx.hasEvent(e.ID); err != nil {
		return err
	} else if there {
		return tx.fail(&fault.Error{Op: "event " + e.ID, Kind: fault.Conflict, Err: errors.New("there is one with this ID already")})
	}
	if e.Time.IsZero() {
		e.Time = tx.o.Now()
	}
	env, raw, err := wire.Seal(tx.o.Station, e, tx.head, tx.o.clock())
	if err != nil {
		return err
	}
	if err := env.Check(); err != nil {
		return &fault.Error{Op: "event " + e.ID, Kind: fault.Invalid, Err: err}
	}
	hash := wire.Hash(raw)
	next := wire.Position{Epoch: env.Epoch, Sequence: env.Sequence, Hash: hash}
	if err := tx.c.append(eventRow{next, env.ID, string(e.Type), env.Subject, e.Time.UnixMilli(), raw}); err != nil {
		return tx.fail(err)
	}
	tx.head = next
	return nil
}

// hasEvent reports whether there is an event with that ID.
func (tx *Tx) hasEvent(id string) (bool, error) {
	if tx.c.w.pending.hasEvent(id) {
		return true, nil
	}
	var one int
	return tx.one("SELECT 1 FROM events WHERE id = ?", []any{id}, &one)
}

// Head returns the position of the newest event, counting those this
// transaction has appended.
func (tx *Tx) Head() (wire.Position, error) { return tx.head, nil }

// sequenceBits is the part of a place that holds the sequence. A station would
// have to record a thousand events a second for 34 years to fill it.
const sequenceBits = 40

// place returns the one number under which the event at pos is stored. As the
// key of its table it keeps the history in order without a further index, and
// SQLite's quick check sees when that order is broken.
func place(pos wire.Position) int64 { return pos.Epoch<<sequenceBits | pos.Sequence }

func position(place int64, hash string) wire.Position {
	return wire.Position{Epoch: place >> sequenceBits, Sequence: place & (1<<sequenceBits - 1), Hash: hash}
}

// Head returns the position of the newest event. Before the first one of an
// epoch it is sequence 0 and wire.Genesis.
func (tx *ReadTx) Head() (wire.Position, error) {
	if err := tx.s.forEvents(); err != nil {
		return wire.Position{}, tx.fail(err)
	}
	var epoch, last int64
	var hash string
	if found, err := tx.one("SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'epoch'", nil, &epoch); err != nil {
		return wire.Position{}, err
	} else if !found {
		return wire.Position{}, tx.fail(damaged(tx.op, errors.New("the epoch is missing")))
	}
	found, err := tx.one("SELECT place, hash FROM events ORDER BY place DESC LIMIT 1", nil, &last, &hash)
	if head := position(last, hash); err != nil || (found && head.Epoch >= epoch) {
		return head, err
	}
	return wire.Position{Epoch: epoch, Hash: wire.Genesis}, nil
}

// An EventQuery says which events to walk over.
type EventQuery struct {
	After   wire.Position        // events later than this; the zero Position is before all
	UpTo    wire.Position        // and none later than this; the zero Position sets no bound
	Subject shipment.OrderID     // empty: of any subject
	Types   []shipment.EventType // none: all
	Since   time.Time            // by the station's wall clock; zero: from the beginning
	Until   time.Time            // the first moment that is too late; zero: to the end
	Limit   int                  // 0: no limit
	Newest  bool                 // latest first
}

// Events calls each for the events that q asks for, in order, and stops at the
// first error, which it returns.
func (tx *ReadTx) Events(q EventQuery, each func(rec wire.Record) error) error {
	where, filter := q.where()
	lower, upper, order := place(q.After), int64(math.MaxInt64), "ASC"
	if q.UpTo != (wire.Position{}) {
		upper = place(q.UpTo) + 1
	}
	if q.Newest {
		order = "DESC"
	}
	query := `SELECT place, hash, id, type, subject, time_ms, raw FROM events WHERE ` +
		where + ` AND place > ? AND place < ? ORDER BY place ` + order + ` LIMIT ?`
	for left := q.Limit; ; {
		size := pageSize
		if q.Limit > 0 {
			size = min(size, left)
		}
		if err := tx.s.forEvents(); err != nil { // each may have appended some
			return tx.fail(err)
		}
		page, err := tx.page(query, append(slices.Clip(filter), lower, upper, size))
		if err != nil {
			return err
		}
		for _, rec := range page {
			if err := each(rec); err != nil {
				return err
			}
		}
		left -= len(page)
		if len(page) < pageSize || (q.Limit > 0 && left <= 0) {
			return nil
		}
		if last := place(page[len(page)-1].Position); q.Newest {
			upper = last
		} else {
			lower = last
		}
	}
}

func (q EventQuery) where() (string, []any) {
	where, args := []string{"1"}, []any(nil)
	if q.Subject != "" {
		where, args = append(where, "subject = ?"), append(args, string(q.Subject))
	}
	if len(q.Types) > 0 {
		where = append(where, "type IN ("+placeholders(len(q.Types))+")")
		for _, t := range q.Types {
			args = append(args, string(t))
		}
	}
	if !q.Since.IsZero() {
		where, args = append(where, "time_ms >= ?"), append(args, q.Since.UnixMilli())
	}
	if !q.Until.IsZero() {
		where, args = append(where, "time_ms < ?"), append(args, q.Until.UnixMilli())
	}
	return strings.Join(where, " AND "), args
}

func (tx *ReadTx) page(query string, args []any) ([]wire.Record, error) {
	var page []wire.Record
	err := tx.all(query, args, func(rows *sql.Rows) error {
		var rec wire.Record
		var at, ms int64
		var hash string
		err := rows.Scan(&at, &hash, &rec.ID, &rec.Type, &rec.Subject, &ms, &rec.Raw)
		rec.Position, rec.Time = position(at, hash), time.UnixMilli(ms).UTC()
		page = append(page, rec)
		return err
	})
	return page, err
}
