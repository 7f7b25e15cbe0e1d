package journal

import (
	"database/sql"
	"encoding/json"
	"math"
	"slices"

	"waybill/shipment"
	"waybill/sync/wire"
)

// kept is where the history begins that is kept: after what Forget deleted.
type kept struct {
	anchors map[int64]wire.Position // by epoch: its last event that is gone
	last    int64                   // the last place that is gone
}

func (tx *ReadTx) kept() (k kept, err error) {
	k.anchors = map[int64]wire.Position{}
	err = tx.all("SELECT epoch, sequence, hash FROM anchors", nil, func(rows *sql.Rows) error {
		var a wire.Position
		err := rows.Scan(&a.Epoch, &a.Sequence, &a.Hash)
		k.anchors[a.Epoch] = a
		k.last = max(k.last, place(a))
		return err
	})
	return k, err
}

// before returns what the first kept event of an epoch follows.
func (k kept) before(epoch int64) wire.Position {
	if a, ok := k.anchors[epoch]; ok {
		return a
	}
	return wire.Position{Epoch: epoch, Hash: wire.Genesis}
}

// purges holds purged events against what the history says of them: each step of
// Purge has recorded what it left, in an event of its own.
type purges struct {
	rows    []purgeRow // by place, from the one under way on
	digest  *purgeDigest
	chained map[string]bool // digests that an event of the history vouches for
	lost    [][2]int64      // places, from and to, that are known to be lost
}

// misses reports whether something between two places is known to be lost.
func (p *purges) misses(first, last int64) bool {
	return slices.ContainsFunc(p.lost, func(l [2]int64) bool { return l[0] <= last && l[1] >= first })
}

type purgeRow struct {
	first, last int64
	events      int
	digest      string
	cut         bool // some of its events were deleted since, or are lost
}

func (tx *ReadTx) purges(k kept, salvages []Salvage) (p purges, err error) {
	p = purges{digest: newPurgeDigest(), chained: map[string]bool{}}
	for _, s := range salvages {
		for _, m := range s.Missing {
			p.lost = append(p.lost, [2]int64{place(wire.Position{Epoch: m.Epoch, Sequence: m.From}), place(wire.Position{Epoch: m.Epoch, Sequence: m.To})})
		}
	}
	err = tx.all("SELECT first, last, events, digest FROM purges ORDER BY first", nil, func(rows *sql.Rows) error {
		var r purgeRow
		err := rows.Scan(&r.first, &r.last, &r.events, &r.digest)
		r.cut = r.first <= k.last || p.misses(r.first, r.last)
		p.rows = append(p.rows, r)
		return err
	})
	return p, err
}

// isPurged reports whether an event's bytes say that they were recorded under its hash,
// and are not those any more.
func isPurged(rec wire.Record, env wire.Envelope) bool {
	return env.Purged != "" && env.Purged == rec.Hash
}

// see takes in one event of the walk.
func (p *purges) see(rep *Report, rec wire.Record, env wire.Envelope) {
	if rec.Type == shipment.JournalPurgedType {
		var told shipment.JournalPurged
		if json.Unmarshal(env.Data, &told) == nil {
			p.chained[told.Digest] = true
		}
	}
	if !isPurged(rec, env) {
		return
	}
	rep.Purged++
	at := place(rec.Position)
	for len(p.rows) > 0 && p.rows[0].last < at {
		p.end(rep)
	}
	if len(p.rows) == 0 || at < p.rows[0].first {
		rep.add(rec.Position, "purge", "the event was changed as if personal data had been taken out, and no purge tells of it")
		return
	}
	p.digest.add(rec)
}

// end judges the purge under way, whose last event has been passed.
func (p *purges) end(rep *Report) {
	r := p.rows[0]
	if !r.cut && (p.digest.n != r.events || p.digest.sum() != r.digest) {
		rep.add(position(r.first, ""), "purge", "what a purge has left here, up to sequence %d, is not what stands here now", position(r.last, "").Sequence)
	}
	p.rows, p.digest = p.rows[1:], newPurgeDigest()
}

// finish judges what is left when the walk has ended: all is what these rows say, so
// that each must be vouched for.
func (p *purges) finish(tx *ReadTx, rep *Report) error {
	for len(p.rows) > 0 {
		p.end(rep)
	}
	return tx.all("SELECT first, digest FROM purges", nil, func(rows *sql.Rows) error {
		var first int64
		var digest string
		err := rows.Scan(&first, &digest)
		if !p.chained[digest] && !p.misses(first, math.MaxInt64) {
			rep.add(position(first, ""), "purge", "no event of the history vouches for a purge of this event")
		}
		return err
	})
}
