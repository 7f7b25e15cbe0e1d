package uplink

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"waybill/internal/fault"
	"waybill/sync/wire"
)

// met is what the uplink knows of the hub's store.
type met struct {
	known   bool         // the position was asked for since the hub was last away
	asked   time.Time    // and when
	store   string       // the name of its store
	missing []wire.Range // what it asks for again
	asks    []wire.Range // what it asked for last
	filled  wire.Range   // the first of what it got again last
	at      time.Time    // and when
	dumb    bool         // it does not know how far it has come, which was told
}

// heard takes in what the hub says of its store beside its results.
func (m *met) heard(d Delivery) {
	m.missing = d.Missing
	if d.Store == "" || d.Store == m.store {
		return
	}
	if m.store != "" {
		m.known = false // another store: it may have lost everything
	}
	m.store = d.Store
}

// refillPause is how long a hub waits that asks for the same again: a hub that
// keeps nothing would else be sent everything for ever.
const refillPause = time.Hour

// meet finds out, after the hub was away, whether it still has what it had taken,
// and gives it again what it lost.
func (u *Uplink) meet(ctx context.Context) error {
	if u.hub.known && u.o.Now().Sub(u.hub.asked) < askEvery {
		missing := u.hub.missing
		u.hub.missing = nil
		if len(missing) == 0 || slices.Equal(missing, u.hub.asks) {
			return nil // the same again is what it was refused, or lost for good; it is looked at with the position
		}
		u.hub.asks = missing
		return u.refill(ctx, upTo(u.pos, missing))
	}
	u.hub.asked = u.o.Now()
	if u.pos.Sequence == 0 && u.pos.Epoch <= 1 {
		u.hub.known = true // it has had nothing, so it can have lost nothing
		return nil
	}
	p, err := u.o.Client.Position(ctx, u.o.Source.Station())
	var se *StatusError
	switch {
	case errors.As(err, &se) && unknowing(se):
		u.hub.known = true
		u.tellDumb(ctx, err)
		return nil
	case err != nil:
		return err
	}
	u.hub.known, u.hub.store, u.hub.missing, u.hub.asks = true, p.Store, nil, nil
	var errLast error
	lacks := p.Lacks(u.pos, func(epoch int64) int64 {
		last, err := u.o.Source.LastOf(ctx, epoch)
		errLast = errors.Join(errLast, err)
		return last
	})
	if errLast != nil {
		return errLast
	}
	return u.refill(ctx, lacks)
}

// tellDumb tells, once, that nobody will notice what the hub loses.
func (u *Uplink) tellDumb(ctx context.Context, err error) {
	if u.hub.dumb {
		return
	}
	u.hub.dumb = true
	u.o.Log.WarnContext(ctx, "The hub does not say how far it has come with this station, so that events it loses are not noticed. Update the hub; or if something stands before it, have that let every path under /v1 through.",
		"hub", u.o.Upstream, "err", err)
}

// unknowing reports whether a hub, or what stands before it, does not know the
// question. Sending events will show whether it takes those.
func unknowing(e *StatusError) bool {
	return e.Status >= 400 && e.Status < 500 && e.Status != http.StatusTooManyRequests && e.Status != http.StatusRequestTimeout &&
		e.Status != http.StatusProxyAuthRequired && e.Status != http.StatusMisdirectedRequest
}

// upTo leaves out what comes after pos, which is on its way.
func upTo(pos wire.Position, ranges []wire.Range) []wire.Range {
	var in []wire.Range
	for _, r := range ranges {
		if r.Epoch == pos.Epoch {
			r.To = min(r.To, pos.Sequence)
		}
		if r.Epoch >= 1 && r.Epoch <= pos.Epoch && r.From >= 1 && r.Count() > 0 {
			in = append(in, r)
		}
	}
	return in
}

// refill gives the hub again what it lacks and the station has: a few events at
// once, many by moving the cursor back, which goes on after a restart.
func (u *Uplink) refill(ctx context.Context, lacks []wire.Range) error {
	if len(lacks) == 0 {
		return nil
	}
	lacks, err := u.kept(ctx, lacks)
	if err != nil || len(lacks) == 0 {
		return err
	}
	first, count := lacks[0], int64(0)
	for _, r := range lacks {
		count += r.Count()
	}
	now := u.o.Now()
	if first.Epoch == u.hub.filled.Epoch && first.From == u.hub.filled.From && now.Sub(u.hub.at) < refillPause {
		return nil
	}
	u.hub.filled, u.hub.at = first, now
	u.o.Log.WarnContext(ctx, "The hub has not got events that it had taken; they are sent again from the journal.",
		"hub", u.o.Upstream, "events", count, "epoch", first.Epoch, "from", first.From)
	if count > int64(u.o.MaxBatch) {
		return u.rewind(ctx, wire.Position{Epoch: first.Epoch, Sequence: first.From - 1})
	}
	for _, r := range lacks {
		if err := u.resend(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// kept returns the part of ranges that the journal has and the hub did not refuse.
func (u *Uplink) kept(ctx context.Context, ranges []wire.Range) ([]wire.Range, error) {
	parked, err := u.o.Source.ParkedRecords(ctx, u.o.Upstream)
	if err != nil {
		return nil, err
	}
	var kept []wire.Range
	for _, r := range ranges {
		for _, part := range without(r, parked) {
			recs, err := u.o.Source.After(ctx, wire.Position{Epoch: part.Epoch, Sequence: part.From - 1}, 1, 0)
			if err != nil {
				return nil, err
			}
			if len(recs) == 0 || recs[0].Epoch != part.Epoch || recs[0].Sequence > part.To {
				continue
			}
			part.From = recs[0].Sequence
			kept = append(kept, part)
		}
	}
	slices.SortFunc(kept, func(a, b wire.Range) int {
		return cmp.Or(cmp.Compare(a.Epoch, b.Epoch), cmp.Compare(a.From, b.From))
	})
	return kept, nil
}

// without returns what is left of a range without the records, which are in order.
func without(r wire.Range, recs []wire.Record) []wire.Range {
	var parts []wire.Range
	for _, rec := range recs {
		if rec.Epoch != r.Epoch || rec.Sequence < r.From || rec.Sequence > r.To {
			continue
		}
		if rec.Sequence > r.From {
			parts = append(parts, wire.Range{Epoch: r.Epoch, From: r.From, To: rec.Sequence - 1})
		}
		r.From = rec.Sequence + 1
	}
	if r.Count() > 0 {
		parts = append(parts, r)
	}
	return parts
}

// resend sends a range of events again. What the hub refuses of it is told, and
// asked no further: the event is in the journal.
func (u *Uplink) resend(ctx context.Context, r wire.Range) error {
	at := wire.Position{Epoch: r.Epoch, Sequence: r.From - 1}
	for at.Sequence < r.To {
		recs, err := u.o.Source.After(ctx, at, min(u.o.MaxBatch, int(r.To-at.Sequence)), u.o.MaxBytes)
		if err != nil {
			return err
		}
		recs = slices.DeleteFunc(recs, func(rec wire.Record) bool { return rec.Epoch != r.Epoch || rec.Sequence > r.To })
		if len(recs) == 0 {
			return nil // the journal keeps no more of them
		}
		d, err := u.o.Client.deliver(ctx, recs, wire.Notice{Cursor: u.pos, Lane: wire.LaneGaps})
		if err != nil {
			return err
		}
		for _, res := range d.Results {
			if res.Status == wire.Rejected {
				u.o.Log.WarnContext(ctx, "The hub asked for an event again and does not take it.", "event", res.ID, "sequence", res.Sequence, "code", res.Code, "reason", res.Reason)
			}
		}
		at = recs[len(recs)-1].Position
	}
	return nil
}

// rewind moves the cursor back, durably.
func (u *Uplink) rewind(ctx context.Context, pos wire.Position) error {
	u.live.reset(ctx, pos)
	if err := u.live.rises(ctx); err != nil {
		return err
	}
	err := u.o.Source.Rewind(ctx, u.o.Upstream, pos)
	if err != nil && !fault.Is(err, fault.Conflict) { // it stands before that already
		return err
	}
	at, parked, err := u.o.Source.Cursor(ctx, u.o.Upstream)
	if err != nil {
		return err
	}
	u.pos, u.state.Parked, u.probe = at, parked, probe{from: at}
	u.tell(ctx, nil)
	u.live.steer(u.pos, u.state.Pending > int64(u.batch))
	return nil
}
