package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

// A link is what the chain needs of an event.
type link struct{ hash, prev string }

// A journal is one epoch of one station.
type journal struct {
	station shipment.StationID
	epoch   int64
}

// A history is the part of a journal that a batch of events touches: those kept
// at and around the events of the batch, and how far the hub has it.
type history struct {
	journal
	events  map[int64]link
	epoch   tracking.Epoch
	known   []tracking.Gap  // its gaps as they are stored
	aside   map[string]bool // hashes of events of the batch that another history has
	arrived []int64         // sequences accepted of the batch, in order
	moved   bool            // events that were kept have been set aside

	later      *wire.Envelope // an event of a later epoch, where there is one; the hub heard it first at laterHeard
	laterHeard time.Time
}

// A past is the histories a batch of events touches.
type past map[journal]*history

// maxHole is the widest run of sequences without an arriving event that is
// still read as one; a wider one is cheaper to skip.
const maxHole = 64

// loadPast reads the kept events at and around those in in: a few range reads
// in place of three look-ups an event.
func loadPast(ctx context.Context, b *batch, in []*arrival) (past, error) {
	wanted := map[journal][]int64{}
	for _, a := range in {
		if a.bad == nil {
			wanted[a.journal] = append(wanted[a.journal], a.Env.Sequence)
		}
	}
	p := past{}
	for j, seqs := range wanted {
		h := &history{journal: j, events: make(map[int64]link, len(seqs)), aside: map[string]bool{}}
		p[j] = h
		if err := h.loadEpochs(ctx, b); err != nil {
			return nil, err
		}
		slices.Sort(seqs)
		for from := 0; from < len(seqs); {
			to := from
			for to+1 < len(seqs) && seqs[to+1]-seqs[to] <= maxHole {
				to++
			}
			high := seqs[to]
			if high < math.MaxInt64 {
				high++
			}
			if err := h.load(ctx, b, seqs[from]-1, high); err != nil {
				return nil, err
			}
			from = to + 1
		}
	}
	return p, nil
}

// loadEpochs reads how far the hub has this journal, and whether there is a later
// one.
func (h *history) loadEpochs(ctx context.Context, b *batch) error {
	fail := func(err error) error { return errGiveUp{fmt.Errorf("epochs of %s: %w", h.station, err)} }
	h.epoch.Epoch = h.journal.epoch
	later, err := h.readEpochs(ctx, b)
	if err != nil {
		return err
	}
	if h.epoch.Events < h.epoch.Highest {
		if h.known, err = readGaps(ctx, b, h.journal); err != nil {
			return fail(err)
		}
		h.epoch.Gaps = slices.Clone(h.known)
	}
	if !later {
		return nil
	}
	st, err := b.stmt(ctx, `SELECT raw, received FROM events WHERE station = ? AND epoch > ? ORDER BY epoch, sequence LIMIT 1`)
	if err != nil {
		return err
	}
	var raw []byte
	var received int64
	switch err := st.QueryRowContext(ctx, string(h.station), h.journal.epoch).Scan(&raw, &received); {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return fail(err)
	}
	h.later = &wire.Envelope{}
	h.laterHeard = fromMillis(received)
	if err := json.Unmarshal(raw, h.later); err != nil {
		return fail(err)
	}
	return nil
}

// readEpochs reads how far the hub has this journal, and reports whether it has
// heard of a later one of the station.
func (h *history) readEpochs(ctx context.Context, b *batch) (later bool, err error) {
	fail := func(err error) (bool, error) { return false, errGiveUp{fmt.Errorf("epochs of %s: %w", h.station, err)} }
	st, err := b.stmt(ctx, `SELECT epoch, watermark, highest, events FROM epochs WHERE station = ? AND epoch >= ?`)
	if err != nil {
		return false, err
	}
	rows, err := st.QueryContext(ctx, string(h.station), h.journal.epoch)
	if err != nil {
		return fail(err)
	}
	defer rows.Close()
	for rows.Next() {
		var e tracking.Epoch
		if err := rows.Scan(&e.Epoch, &e.Watermark, &e.Highest, &e.Events); err != nil {
			return fail(err)
		}
		if e.Epoch > h.journal.epoch {
			later = true
			continue
		}
		h.epoch = e
	}
	if err := rows.Err(); err != nil {
		return fail(err)
	}
	return later, nil
}

func (h *history) load(ctx context.Context, b *batch, low, high int64) error {
	st, err := b.stmt(ctx, `SELECT sequence, hash, prevhash FROM events WHERE station = ? AND epoch = ? AND sequence BETWEEN ? AND ?`)
	if err != nil {
		return err
	}
	rows, err := st.QueryContext(ctx, string(h.station), h.journal.epoch, low, high)
	if err != nil {
		return errGiveUp{fmt.Errorf("history of %s: %w", h.station, err)}
	}
	defer rows.Close()
	for rows.Next() {
		var seq int64
		var l link
		if err := rows.Scan(&seq, &l.hash, &l.prev); err != nil {
			return errGiveUp{fmt.Errorf("history of %s: %w", h.station, err)}
		}
		h.events[seq] = l
	}
	if err := rows.Err(); err != nil {
		return errGiveUp{fmt.Errorf("history of %s: %w", h.station, err)}
	}
	return nil
}

// A verdict is what becomes of an event, by the chain alone.
type verdict struct {
	status wire.Status
	reason string
	island bool // it is taken, and the events behind it, which follow another, are not
}

// judge says whether a fits what is kept. What does not is another history of
// the same station. The events of a batch are judged in the order of their
// sequences.
func (h *history) judge(ctx context.Context, b *batch, a *arrival) (verdict, error) {
	e := a.Env
	no := func(format string, args ...any) (verdict, error) {
		return verdict{status: wire.Rejected, reason: fmt.Sprintf(format, args...)}, nil
	}
	if kept, ok := h.events[e.Sequence]; ok {
		if kept.hash == a.hash {
			return verdict{status: wire.Duplicate}, nil
		}
		return no("forked history: another event stands at %d/%d", e.Epoch, e.Sequence)
	}
	if e.Sequence == 1 && e.PrevHash != wire.Genesis {
		return no("broken chain: the first event of an epoch must have the zero prevhash")
	}
	before, follows := h.events[e.Sequence-1]
	if follows && before.hash != e.PrevHash {
		return no("broken chain: prevhash is not the hash of %d/%d", e.Epoch, e.Sequence-1)
	}
	if !follows && e.Sequence > 1 && !a.let {
		forked, err := h.isAside(ctx, b, e.PrevHash)
		if err != nil {
			return verdict{}, err
		}
		if forked {
			return no("forked history: it follows an event that was set aside, %d/%d", e.Epoch, e.Sequence-1)
		}
	}
	after, leads := h.events[e.Sequence+1]
	if leads && after.prev != a.hash {
		// Whatever is known from the first event on is the station's history; what
		// stands alone behind a hole is that only as long as it fits.
		if e.Sequence == 1 || follows && e.Sequence-1 <= h.anchored() {
			return verdict{status: wire.Accepted, island: true}, nil
		}
		return no("broken chain: %d/%d, which is kept, follows another event", e.Epoch, e.Sequence+1)
	}
	if !leads && !a.let && h.later != nil && wentBack(e, *h.later, h.laterHeard) {
		return no("epoch went back: it was recorded after epoch %d had begun", h.later.Epoch)
	}
	return verdict{status: wire.Accepted}, nil
}

// anchored returns up to where the events are known to follow from the first.
func (h *history) anchored() int64 {
	at := h.epoch.Watermark
	for {
		if _, ok := h.events[at+1]; !ok {
			return at
		}
		at++
	}
}

// isAside reports whether the event with the given hash was set aside because it
// is of another history.
func (h *history) isAside(ctx context.Context, b *batch, hash string) (bool, error) {
	if h.aside[hash] {
		return true, nil
	}
	st, err := b.stmt(ctx, `SELECT count(*) FROM quarantine WHERE station = ? AND hash = ? AND code = ? AND decision <> 'taken'`)
	if err != nil {
		return false, err
	}
	var n int
	if err := st.QueryRowContext(ctx, string(h.station), hash, string(wire.CodeForked)).Scan(&n); err != nil {
		return false, errGiveUp{fmt.Errorf("events of %s set aside: %w", h.station, err)}
	}
	return n > 0, nil
}

// leeway is how far a station's clock may be ahead before an old epoch's event
// is taken for one that was made in a later one's time.
const leeway = 10 * time.Minute

// wentBack reports whether e, of an earlier epoch, was made after the hub heard
// of a later one: as by a station that runs from an old copy of its disk. Within
// one start of the machine the clock that nobody sets tells; otherwise the wall
// clock must be ahead of when the hub heard the later epoch first.
func wentBack(e, later wire.Envelope, heard time.Time) bool {
	if e.BootID != "" && e.BootID == later.BootID {
		return e.Monotonic > later.Monotonic
	}
	return time.Time(e.Time).After(heard.Add(leeway))
}
