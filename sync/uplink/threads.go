package uplink

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"waybill/shipment"
	"waybill/sync/wire"
)

// A thread is what events are about: a shipment or a carrier's pick-up. The order
// of events is kept within each, whatever the lane.
type thread struct {
	shipment shipment.OrderID
	pickup   string
}

// ofPickups returns the types of events that are about a pick-up.
func ofPickups() []shipment.EventType {
	return []shipment.EventType{
		shipment.HandoffOpenedType, shipment.HandoffClosedType, shipment.HandoffTakenOverType, shipment.HandoffYieldedType,
		shipment.HandoffMergedType, shipment.ParcelHandedOverType, shipment.ParcelTakenBackType,
	}
}

// threadsOf returns what an event is about. What is about the station alone, as a
// printer without paper, belongs to no thread, and can wait.
func threadsOf(rec wire.Record) []thread {
	var threads []thread
	if rec.Subject != "" {
		threads = append(threads, thread{shipment: rec.Subject})
	}
	if id := pickupOf(rec); id != "" {
		threads = append(threads, thread{pickup: id})
	}
	return threads
}

func pickupOf(rec wire.Record) string {
	if !slices.Contains(ofPickups(), rec.Type) {
		return ""
	}
	var event struct {
		Data struct {
			Handoff string `json:"handoff"`
		} `json:"data"`
	}
	if json.Unmarshal(rec.Raw, &event) != nil {
		return "" // the main lane brings it all the same
	}
	return event.Data.Handoff
}

// A spot is a position without its hash.
type spot struct{ epoch, sequence int64 }

func spotOf(p wire.Position) spot { return spot{p.Epoch, p.Sequence} }

// A weave finds what must be sent before an event, so that it overtakes nothing
// of its own.
type weave struct {
	source  source
	acked   map[spot]bool              // sent live before, and taken
	pickups map[string][]wire.Position // of the backlog, by pick-up
	known   wire.Position              // how far pickups goes
}

func newWeave(s source) *weave {
	return &weave{source: s, acked: map[spot]bool{}, pickups: map[string][]wire.Position{}}
}

// forget drops what is dealt with up to base.
func (w *weave) forget(base wire.Position) {
	for at := range w.acked {
		if !(wire.Position{Epoch: at.epoch, Sequence: at.sequence}).After(base) {
			delete(w.acked, at)
		}
	}
}

// gather returns the events among recs that are about a shipment or a pick-up, and
// with them what stands after base, was not sent, and is about the same ones, about
// those that these are about, and so on; in order.
func (w *weave) gather(ctx context.Context, base wire.Position, recs []wire.Record) ([]wire.Record, error) {
	upTo := recs[len(recs)-1].Position
	found, seen := map[spot]wire.Record{}, map[thread]bool{}
	var todo []thread
	add := func(rec wire.Record) error {
		at := spotOf(rec.Position)
		if _, twice := found[at]; twice || w.acked[at] {
			return nil // whatever had to be before it was sent before it, or is found already
		}
		found[at] = rec
		for _, t := range threadsOf(rec) {
			if !seen[t] {
				seen[t], todo = true, append(todo, t)
			}
		}
		return nil
	}
	for _, rec := range recs {
		if len(threadsOf(rec)) > 0 {
			_ = add(rec) // it has no error to return
		}
	}
	for len(todo) > 0 {
		t := todo[0]
		todo = todo[1:]
		if err := w.walk(ctx, t, base, upTo, add); err != nil {
			return nil, err
		}
	}
	all := make([]wire.Record, 0, len(found))
	for _, rec := range found {
		all = append(all, rec)
	}
	slices.SortFunc(all, func(a, b wire.Record) int {
		return cmp.Or(cmp.Compare(a.Epoch, b.Epoch), cmp.Compare(a.Sequence, b.Sequence))
	})
	return all, nil
}

// walk calls each for the events of a thread.
func (w *weave) walk(ctx context.Context, t thread, base, upTo wire.Position, each func(wire.Record) error) error {
	if t.pickup == "" {
		return w.source.Walk(ctx, t.shipment, nil, base, upTo, each)
	}
	if err := w.index(ctx, base, upTo); err != nil {
		return err
	}
	for _, at := range w.pickups[t.pickup] {
		if !at.After(base) || at.After(upTo) {
			continue
		}
		recs, err := w.source.After(ctx, wire.Position{Epoch: at.Epoch, Sequence: at.Sequence - 1}, 1, 0)
		if err != nil {
			return err
		}
		for _, rec := range recs {
			if err := each(rec); err != nil {
				return err
			}
		}
	}
	return nil
}

// index notes which events up to a position are about which pick-up. The journal
// finds a shipment's events by itself, but not a pick-up's.
func (w *weave) index(ctx context.Context, base, upTo wire.Position) error {
	from := w.known
	if base.After(from) {
		from = base
	}
	if !upTo.After(from) {
		return nil
	}
	err := w.source.Walk(ctx, "", ofPickups(), from, upTo, func(rec wire.Record) error {
		if id := pickupOf(rec); id != "" {
			w.pickups[id] = append(w.pickups[id], rec.Position)
		}
		return nil
	})
	if err == nil {
		w.known = upTo
	}
	return err
}
