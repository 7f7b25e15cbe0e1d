package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

// Ingest takes events and returns one result for each, in order, after those
// it accepted are on the disk. A bad event never keeps a good one out. An
// error means that none was taken and that the same call may be made again.
//
// An event that was taken before, byte for byte, is a duplicate. One that
// stands where another does, bears another's ID or does not follow from the
// event before it is rejected and set aside for a person to look at.
func (s *Store) Ingest(ctx context.Context, in []tracking.Incoming) ([]wire.Result, error) {
	if len(in) == 0 {
		return nil, nil
	}
	o := s.taking(in)
	if err := s.send(ctx, o); err != nil {
		return nil, fmt.Errorf("ingest of %d events: %w", len(in), err)
	}
	return o.results(), nil
}

// taking returns the write that takes events.
func (s *Store) taking(in []tracking.Incoming) *op {
	arrivals := prepare(in)
	return &op{events: arrivals, do: func(ctx context.Context, b *batch) error { return s.ingest(ctx, b, arrivals) }}
}

// results returns what became of the events that o took, in the order in which they came.
func (o *op) results() []wire.Result {
	results := make([]wire.Result, len(o.events))
	for _, a := range o.events {
		results[a.place] = a.result
	}
	return results
}

// An arrival is an event on its way in, and all that can be made of it without
// the store. There is one writer, so it gets no work that others can do.
type arrival struct {
	tracking.Incoming
	place   int // in the batch
	journal journal
	hash    string
	bad     error         // what keeps it from being looked at at all
	fact    tracking.Fact // what it tells its order's story
	tells   bool
	note    string // why it tells nothing, where it should
	handoff string // the pick-up it is about
	let     bool   // a person answers for it: only what contradicts the chain keeps it out

	result wire.Result
}

// prepare returns the arrivals of a batch in the order in which they are judged:
// each journal's by sequence, so that no event comes before the one it follows.
func prepare(in []tracking.Incoming) []*arrival {
	out := make([]*arrival, len(in))
	all := make([]arrival, len(in))
	for i, ev := range in {
		a := &all[i]
		out[i] = a
		a.Incoming, a.place = ev, i
		if a.bad = wellFormed(ev.Env); a.bad != nil {
			continue
		}
		a.journal = journal{ev.Env.Station(), ev.Env.Epoch}
		a.hash = ev.Env.Recorded(ev.Raw)
		a.handoff, _ = tracking.HandoffOf(ev.Env)
		a.handoff = plain(a.handoff)
		if ev.Env.Subject == "" {
			continue
		}
		var err error
		if a.fact, a.tells, err = tracking.FactOf(ev.Env); err != nil {
			a.note = err.Error()
		}
	}
	slices.SortStableFunc(out, func(a, b *arrival) int {
		return cmp.Or(cmp.Compare(a.journal.station, b.journal.station), cmp.Compare(a.journal.epoch, b.journal.epoch), cmp.Compare(a.Env.Sequence, b.Env.Sequence))
	})
	return out
}

// wellFormed says why e cannot be kept.
func wellFormed(e wire.Envelope) error {
	if err := e.Check(); err != nil {
		return err
	}
	for _, text := range []string{e.ID, e.Source, e.Subject, e.PrevHash} {
		if err := storable(text); err != nil {
			return err
		}
	}
	return nil
}

// ingest judges the arrivals and keeps those that fit. Its only errors are those
// that give the transaction up.
func (s *Store) ingest(ctx context.Context, b *batch, in []*arrival) error {
	at := s.now()
	past, err := loadPast(ctx, b, in)
	if err != nil {
		return err
	}
	seen := map[shipment.StationID]*sighting{}
	fit, err := s.judge(ctx, b, in, past, seen, at)
	if err != nil {
		return err
	}
	if err := s.keepAndTell(ctx, b, past, seen, fit, at); err != nil {
		return err
	}
	for _, h := range past {
		h.epoch.Add(h.arrived, at)
		if err := h.record(ctx, b); err != nil {
			return err
		}
	}
	for station, g := range seen {
		if in[0].let {
			break // it was heard of long ago
		}
		if err := g.record(ctx, b, station, at); err != nil {
			return err
		}
	}
	return nil
}

// judge says of each arrival what becomes of it, sets aside what contradicts, and
// returns what fits.
func (s *Store) judge(ctx context.Context, b *batch, in []*arrival, past past, seen map[shipment.StationID]*sighting, at time.Time) ([]*arrival, error) {
	var fit []*arrival
	for _, a := range in {
		a.result = wire.Result{ID: a.Env.ID, Sequence: a.Env.Sequence, Status: wire.Rejected}
		if a.bad != nil {
			a.result.Code, a.result.Reason = wire.CodeMalformed, a.bad.Error()
			continue
		}
		g := seen[a.journal.station]
		if g == nil {
			g = &sighting{aside: -1}
			seen[a.journal.station] = g
		}
		h := past[a.journal]
		v, err := h.judge(ctx, b, a)
		if err != nil {
			return nil, err
		}
		a.result.Status, a.result.Reason = v.status, v.reason
		switch v.status {
		case wire.Accepted:
			if v.island {
				if err := s.moveIsland(ctx, b, h, a.Env.Sequence+1, at); err != nil {
					return nil, err
				}
			}
			h.events[a.Env.Sequence] = link{hash: a.hash, prev: a.Env.PrevHash}
			fit = append(fit, a)
		case wire.Duplicate: // kept and told already
		case wire.Rejected:
			if err := s.setAside(ctx, b, h, g, a, wire.CodeForked, at); err != nil {
				return nil, err
			}
		}
	}
	return fit, nil
}

// keepAndTell writes the events that fit and lets them tell their stories, but for
// those whose ID another event has.
func (s *Store) keepAndTell(ctx context.Context, b *batch, past past, seen map[shipment.StationID]*sighting, fit []*arrival, at time.Time) error {
	clashes, err := keep(ctx, b, fit, at)
	if err != nil {
		return err
	}
	kept := fit[:0]
	for _, a := range fit {
		h, g := past[a.journal], seen[a.journal.station]
		if clashes[a] {
			a.result.Status, a.result.Reason = wire.Rejected, "another event has this id already"
			if err := s.setAside(ctx, b, h, g, a, wire.CodeClash, at); err != nil {
				return err
			}
			continue
		}
		kept = append(kept, a)
		h.arrived = append(h.arrived, a.Env.Sequence)
		b.spans = tracking.Extend(b.spans, a.Env)
		g.add(a.Env)
		if err := g.noLongerAside(ctx, b, a, at); err != nil {
			return err
		}
	}
	return s.tell(ctx, b, kept, at)
}

// tell lets events that are kept tell their stories. One that no story can be
// told from is kept all the same: the next version may understand it.
func (s *Store) tell(ctx context.Context, b *batch, kept []*arrival, at time.Time) error {
	var orders []shipment.OrderID
	var mentions []mention
	for _, a := range kept {
		if a.tells && a.note == "" {
			orders = append(orders, shipment.OrderID(a.Env.Subject))
		}
		if a.handoff != "" {
			mentions = append(mentions, mentionOf(a.handoff, a.Env, at))
		}
	}
	if err := b.stories.load(ctx, orders); err != nil {
		return err
	}
	for _, a := range kept {
		note := a.note
		if note == "" && a.tells {
			note = b.stories.add(shipment.OrderID(a.Env.Subject), a.fact, at)
		}
		if note == "" {
			continue
		}
		a.result.Reason = "kept, but not understood: " + note
		if err := b.put(ctx, `UPDATE events SET note = ? WHERE id = ?`, plain(note), a.Env.ID); err != nil {
			return err
		}
	}
	return noteHandoffs(ctx, b, mentions)
}

// A sighting is what one call brought from one station.
type sighting struct {
	lastEvent time.Time
	last      wire.Position
	aside     int // of the station's events in quarantine; -1 until counted
}

func (g *sighting) add(e wire.Envelope) {
	if at := (wire.Position{Epoch: e.Epoch, Sequence: e.Sequence}); at.After(g.last) {
		g.last, g.lastEvent = at, time.Time(e.Time)
	}
}

// record notes when station was last heard.
func (g *sighting) record(ctx context.Context, b *batch, station shipment.StationID, at time.Time) error {
	var lastEvent int64
	if !g.lastEvent.IsZero() {
		lastEvent = millis(g.lastEvent)
	}
	return b.put(ctx, `INSERT INTO stations (id, first_seen, last_seen, last_event) VALUES (?1, ?2, ?2, ?3)
		ON CONFLICT (id) DO UPDATE SET last_seen = CASE WHEN stations.last_seen > excluded.last_seen THEN stations.last_seen ELSE excluded.last_seen END,
		  last_event = CASE excluded.last_event WHEN 0 THEN stations.last_event ELSE excluded.last_event END`,
		string(station), millis(at), lastEvent)
}

// record writes how far the hub has the journal, and its gaps where they changed.
func (h *history) record(ctx context.Context, b *batch) error {
	if len(h.arrived) == 0 && !h.moved {
		return nil
	}
	err := b.put(ctx, `INSERT INTO epochs (station, epoch, watermark, highest, events) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (station, epoch) DO UPDATE SET watermark = excluded.watermark, highest = excluded.highest, events = excluded.events`,
		string(h.station), h.journal.epoch, h.epoch.Watermark, h.epoch.Highest, h.epoch.Events)
	if err != nil {
		return err
	}
	still := map[tracking.Gap]bool{}
	for _, g := range h.epoch.Gaps {
		still[g] = true
	}
	for _, g := range h.known {
		if still[g] {
			delete(still, g)
			continue
		}
		if err := b.put(ctx, `DELETE FROM gaps WHERE station = ? AND epoch = ? AND low = ?`, string(h.station), h.journal.epoch, g.From); err != nil {
			return err
		}
	}
	for _, g := range h.epoch.Gaps {
		if !still[g] { // it stands there already
			continue
		}
		if err := b.put(ctx, `INSERT INTO gaps (station, epoch, low, high, since) VALUES (?, ?, ?, ?, ?)`,
			string(h.station), h.journal.epoch, g.From, g.To, millis(g.Since)); err != nil {
			return err
		}
	}
	return nil
}
