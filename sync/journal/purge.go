package journal

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"time"

	"waybill/shipment"
	"waybill/sync/wire"
)

// A Redactor returns the data of an event without what it says of persons, and
// whether there was any.
type Redactor func(t shipment.EventType, data json.RawMessage) (redacted json.RawMessage, changed bool, err error)

// A Progress is what one step of Purge or Forget has done.
type Progress struct {
	Events int  // that were redacted or deleted
	More   bool // there is more to do
}

// Purge takes the personal data out of the oldest events that were recorded before a
// moment, of at most limit of them, so that scans in between never wait for long.
// Events that some upstream has not acknowledged keep theirs.
//
// A purged event keeps its place and says which hash it was recorded under, which
// the event after it vouches for: the chain holds. What it says now is vouched for by
// an event journal.purged, recorded in the same step, with the digest of all that it
// left: nobody can change it unseen afterwards.
func (j *Journal) Purge(ctx context.Context, before time.Time, limit int, redact Redactor) (Progress, error) {
	var plan purgePlan
	if err := j.View(ctx, func(tx *ReadTx) (err error) {
		plan, err = tx.planPurge(before, limit, redact)
		return err
	}); err != nil || plan.to == plan.from {
		return Progress{}, err
	}
	err := j.Update(ctx, func(tx *Tx) error { return tx.purge(plan) })
	return Progress{Events: len(plan.rows), More: plan.more}, err
}

// purgedTo is up to which place all is purged that has to be.
const purgedTo = "purged_to"

// looksPerRow bounds how many events are looked at for each that is purged.
const looksPerRow = 20

// A purgePlan is what one step of Purge is to do.
type purgePlan struct {
	from, to int64 // places: what is done already, and what is then
	rows     []wire.Record
	more     bool
}

func (tx *ReadTx) planPurge(before time.Time, limit int, redact Redactor) (p purgePlan, err error) {
	text, err := tx.meta(purgedTo)
	if err != nil {
		return p, err
	}
	if text != "" {
		if p.from, err = strconv.ParseInt(text, 10, 64); err != nil {
			return p, tx.fail(damaged(tx.op, fmt.Errorf("%s: %w", purgedTo, err)))
		}
	}
	p.to = p.from
	acked, err := tx.acknowledged()
	if err != nil {
		return p, err
	}
	looks := limit * looksPerRow
	err = tx.Events(EventQuery{After: position(p.from, ""), Limit: looks}, func(rec wire.Record) error {
		if place(rec.Position) > acked || !rec.Time.Before(before) {
			return errEnough
		}
		if len(p.rows) == limit {
			p.more = true
			return errEnough
		}
		looks--
		p.to = place(rec.Position)
		row, changed, err := purged(rec, redact)
		if changed {
			p.rows = append(p.rows, row)
		}
		return err
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	p.more = p.more || looks == 0
	return p, err
}

// acknowledged returns the last place that every upstream has dealt with, former ones
// among them. A lane beside a main one holds nothing back: it may have rested for long.
func (tx *ReadTx) acknowledged() (last int64, err error) {
	_, err = tx.one("SELECT coalesce(min(place), 0) FROM cursors WHERE instr(upstream, ?) = 0", []any{laneMark}, &last)
	return last, err
}

// heard returns the last place that some upstream has dealt with, be it a former one. What
// a lane beside a main one is ahead by, it does not have all of.
func (tx *ReadTx) heard() (last int64, err error) {
	_, err = tx.one("SELECT coalesce(max(place), 0) FROM cursors WHERE instr(upstream, ?) = 0", []any{laneMark}, &last)
	return last, err
}

// purged returns an event without personal data. One whose bytes are not what was
// recorded, or that has been purged, is left as it is.
func purged(rec wire.Record, redact Redactor) (wire.Record, bool, error) {
	var env wire.Envelope
	if wire.Hash(rec.Raw) != rec.Hash || json.Unmarshal(rec.Raw, &env) != nil {
		return rec, false, nil
	}
	data, changed, err := redact(rec.Type, env.Data)
	if err != nil || !changed {
		return rec, false, err
	}
	env.Data, env.Purged = data, rec.Hash
	rec.Raw, err = json.Marshal(env)
	return rec, true, err
}

func (tx *Tx) purge(p purgePlan) error {
	if err := tx.Forgetting(func() error {
		for _, rec := range p.rows {
			if _, err := tx.s.exec("UPDATE events SET raw = ? WHERE place = ? AND hash = ?", rec.Raw, place(rec.Position), rec.Hash); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return tx.fail(err)
	}
	if _, err := tx.s.exec("INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", purgedTo, strconv.FormatInt(p.to, 10)); err != nil {
		return tx.fail(err)
	}
	if len(p.rows) == 0 {
		return nil
	}
	d := newPurgeDigest()
	for _, rec := range p.rows {
		d.add(rec)
	}
	first, last := p.rows[0].Position, p.rows[len(p.rows)-1].Position
	if _, err := tx.s.exec("INSERT INTO purges (last, first, events, digest) VALUES (?, ?, ?, ?)", place(last), place(first), len(p.rows), d.sum()); err != nil {
		return tx.fail(err)
	}
	e, err := shipment.NewEvent(tx.o.Now(), "", shipment.JournalPurged{
		FromEpoch: first.Epoch, From: first.Sequence, ToEpoch: last.Epoch, To: last.Sequence, Events: len(p.rows), Digest: d.sum(),
	})
	if err != nil {
		return err
	}
	return tx.Append(e)
}

// Forgetting runs f with SQLite overwriting what f deletes or writes over, so that
// it stands in no free part of the file either.
func (tx *Tx) Forgetting(f func() error) error {
	if err := tx.c.settle(); err != nil { // what others have put is no business of f's
		return tx.fail(err)
	}
	// Not by a statement that is kept: SQLite sets this when it plans, not when it runs.
	if _, err := tx.c.w.on.conn.ExecContext(context.Background(), "PRAGMA secure_delete = ON"); err != nil {
		return tx.fail(err)
	}
	err := f()
	settled := tx.c.settle()
	_, off := tx.c.w.on.conn.ExecContext(context.Background(), "PRAGMA secure_delete = OFF")
	if wrong := errors.Join(settled, off); wrong != nil {
		return tx.fail(wrong)
	}
	return err
}

// A purgeDigest is taken of purged events, in order: of where each stands, the hash
// it was recorded under, and the hash of what is left.
type purgeDigest struct {
	h hash.Hash
	n int
}

func newPurgeDigest() *purgeDigest { return &purgeDigest{h: sha256.New()} }

func (d *purgeDigest) add(rec wire.Record) {
	fmt.Fprintf(d.h, "%d %d %s %s\n", rec.Epoch, rec.Sequence, rec.Hash, wire.Hash(rec.Raw))
	d.n++
}

func (d *purgeDigest) sum() string { return hex.EncodeToString(d.h.Sum(nil)) }

// An Anchor is where the kept history of an epoch begins: after an event that was
// deleted because it was old.
type Anchor struct {
	Epoch    int64  `json:"epoch"`
	Sequence int64  `json:"sequence"`
	Hash     string `json:"hash"`
}

// Forget deletes the oldest events that were recorded before a moment, at most limit
// of them. It keeps those that some upstream, be it a former one, has not acknowledged,
// what stands after one that an upstream has refused, and always the last one. The hash
// of the last one that goes is kept: the chain begins there.
func (j *Journal) Forget(ctx context.Context, before time.Time, limit int) (s Progress, err error) {
	err = j.Update(ctx, func(tx *Tx) error {
		bound, err := tx.forgettable()
		if err != nil {
			return err
		}
		var anchors []Anchor
		var last int64
		done := false
		err = tx.all("SELECT place, hash, time_ms FROM events WHERE place < ? ORDER BY place LIMIT ?", []any{bound, limit + 1}, func(rows *sql.Rows) error {
			var at, ms int64
			var hash string
			if err := rows.Scan(&at, &hash, &ms); err != nil {
				return err
			}
			s.More = s.More || !done && s.Events == limit
			if done = done || s.Events == limit || ms >= before.UnixMilli(); done {
				return nil
			}
			pos := position(at, hash)
			if n := len(anchors); n == 0 || anchors[n-1].Epoch != pos.Epoch {
				anchors = append(anchors, Anchor{Epoch: pos.Epoch})
			}
			anchors[len(anchors)-1].Sequence, anchors[len(anchors)-1].Hash = pos.Sequence, hash
			s.Events++
			last = at
			return nil
		})
		if err != nil || s.Events == 0 {
			s.More = false
			return err
		}
		return tx.drop(last, anchors)
	})
	return s, err
}

// forgettable returns the first place that must be kept however old it is.
func (tx *Tx) forgettable() (bound int64, err error) {
	head := place(tx.head)
	if tx.head.Sequence == 0 { // of an epoch without events
		if _, err := tx.one("SELECT coalesce(max(place), 0) FROM events", nil, &head); err != nil {
			return 0, err
		}
	}
	if bound, err = tx.acknowledged(); err != nil {
		return 0, err
	}
	var refused int64
	if _, err := tx.one("SELECT coalesce(min(place), ?) FROM parked", []any{bound}, &refused); err != nil {
		return 0, err
	}
	return min(bound, refused, head), nil
}

func (tx *Tx) drop(last int64, anchors []Anchor) error {
	for _, a := range anchors {
		if _, err := tx.s.exec(`INSERT INTO anchors (epoch, sequence, hash) VALUES (?, ?, ?)
			ON CONFLICT (epoch) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash`, a.Epoch, a.Sequence, a.Hash); err != nil {
			return tx.fail(err)
		}
	}
	if _, err := tx.s.exec("DELETE FROM purges WHERE last <= ?", last); err != nil {
		return tx.fail(err)
	}
	if err := tx.Forgetting(func() error {
		_, err := tx.s.exec("DELETE FROM events WHERE place <= ?", last)
		return err
	}); err != nil {
		return tx.fail(err)
	}
	return nil
}
