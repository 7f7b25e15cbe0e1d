package store

import (
	"context"
	"fmt"
	"slices"

	"waybill/sync/wire"
	"waybill/tracking"
)

// A link is what the chain needs of an event.
type link struct{ hash, prev string }

// A journal is one epoch of one station.
type journal struct {
	source string
	epoch  int64
}

// A history is the part of a journal that a batch of events touches.
type history struct{ events map[int64]link }

// A past is the histories a batch of events touches.
type past map[journal]*history

func (p past) history(e wire.Envelope) *history { return p[journal{e.Source, e.Epoch}] }

// maxHole is the widest run of sequences without an arriving event that is
// still read as one; a wider one is cheaper to skip.
const maxHole = 64

// loadPast reads the kept events at and around those in in: a few range reads
// in place of three look-ups an event.
func loadPast(ctx context.Context, b *batch, in []tracking.Incoming) (past, error) {
	wanted := map[journal][]int64{}
	for _, ev := range in {
		if ev.Env.Check() == nil {
			j := journal{ev.Env.Source, ev.Env.Epoch}
			wanted[j] = append(wanted[j], ev.Env.Sequence)
		}
	}
	p := past{}
	for j, seqs := range wanted {
		h := &history{events: make(map[int64]link, len(seqs))}
		p[j] = h
		slices.Sort(seqs)
		for from := 0; from < len(seqs); {
			to := from
			for to+1 < len(seqs) && seqs[to+1]-seqs[to] <= maxHole {
				to++
			}
			if err := h.load(ctx, b, j, seqs[from]-1, seqs[to]+1); err != nil {
				return nil, err
			}
			from = to + 1
		}
	}
	return p, nil
}

func (h *history) load(ctx context.Context, b *batch, j journal, low, high int64) error {
	st, err := b.stmt(ctx, `SELECT sequence, hash, prevhash FROM events WHERE station = ? AND epoch = ? AND sequence BETWEEN ? AND ?`)
	if err != nil {
		return err
	}
	station := wire.Envelope{Source: j.source}.Station()
	rows, err := st.QueryContext(ctx, string(station), j.epoch, low, high)
	if err != nil {
		return errGiveUp{fmt.Errorf("history of %s: %w", station, err)}
	}
	defer rows.Close()
	for rows.Next() {
		var seq int64
		var l link
		if err := rows.Scan(&seq, &l.hash, &l.prev); err != nil {
			return errGiveUp{fmt.Errorf("history of %s: %w", station, err)}
		}
		h.events[seq] = l
	}
	if err := rows.Err(); err != nil {
		return errGiveUp{fmt.Errorf("history of %s: %w", station, err)}
	}
	return nil
}

// judge says whether e, whose bytes have the given hash, fits what is kept. What
// does not is another history of the same station.
func (h *history) judge(e wire.Envelope, hash string) (wire.Status, string) {
	if kept, ok := h.events[e.Sequence]; ok {
		if kept.hash == hash {
			return wire.Duplicate, ""
		}
		return wire.Rejected, fmt.Sprintf("forked history: another event stands at %d/%d", e.Epoch, e.Sequence)
	}
	if e.Sequence == 1 && e.PrevHash != wire.Genesis {
		return wire.Rejected, "broken chain: the first event of an epoch must have the zero prevhash"
	}
	if before, ok := h.events[e.Sequence-1]; ok && before.hash != e.PrevHash {
		return wire.Rejected, fmt.Sprintf("broken chain: prevhash is not the hash of %d/%d", e.Epoch, e.Sequence-1)
	}
	if after, ok := h.events[e.Sequence+1]; ok && after.prev != hash {
		return wire.Rejected, fmt.Sprintf("broken chain: %d/%d, which is kept, follows another event", e.Epoch, e.Sequence+1)
	}
	return wire.Accepted, ""
}
