package desk

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"waybill/agent"
	"waybill/agent/handoff"
	"waybill/sync/journal"
)

// Expect brings what earlier versions have kept for the dock up to date: what is
// expected there, by what scans onto pick-ups are found, and who holds the scanners.
// It is for the start of a station.
func (d *Desk) Expect(ctx context.Context) error {
	for name, do := range map[string]func(context.Context, *journal.Tx) error{"expected": d.expectAll, "keyed": d.keyEntries, "guests": d.findGuests} {
		err := d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
			var done bool
			if found, err := tx.Get(kindWaiting, name, &done); err != nil || found {
				return err
			}
			if err := do(ctx, tx); err != nil {
				return err
			}
			return tx.Put(kindWaiting, name, true, journal.Index{State: gone})
		})
		if err != nil {
			return err
		}
	}
	return d.o.Journal.Update(ctx, func(tx *journal.Tx) error { return d.gatherHands(ctx, tx) })
}

// expectAll is for orders that were taken before it was kept what is expected.
func (d *Desk) expectAll(_ context.Context, tx *journal.Tx) error {
	orders, err := collect[agent.State](&tx.ReadTx, kindOrder, journal.Query{States: []string{
		string(agent.Printing), string(agent.Unconfirmed), string(agent.Unprinted), string(agent.Printed), string(agent.Checked),
	}})
	if err != nil {
		return err
	}
	for _, s := range orders {
		if err := d.expect(tx, s, nil); err != nil {
			return err
		}
	}
	return nil
}

// staysInSight is after what time it is unlikely that other stations tell of a pick-up.
const staysInSight = 3 * 24 * time.Hour

// maxMet is of how many pick-ups, the latest, it is looked whether they are in sight.
const maxMet = 200

// inSight reports whether other stations are likely to tell of a pick-up still.
func (d *Desk) inSight(s handoff.Session) bool {
	since := d.o.Now().Add(-staysInSight)
	return s.Open() || s.Taken != nil && s.Taken.At.After(since) || s.Closed.After(since)
}

// keyEntries is for pick-ups that other stations may still tell of, with scans of
// before those that a correction took back, or that came late, were found by a key.
func (d *Desk) keyEntries(ctx context.Context, tx *journal.Tx) error {
	sessions, err := readable[handoff.Session](ctx, d, tx, kindHandoff, journal.Query{Limit: maxMet, Newest: true})
	if err != nil {
		return err
	}
	for _, s := range sessions {
		if !d.inSight(s) {
			continue
		}
		entries, err := readable[handoff.Entry](ctx, d, tx, kindEntry, journal.Query{States: []string{s.ID, conflictState(s.ID)}})
		if err != nil {
			return err
		}
		slices.SortFunc(entries, func(a, b handoff.Entry) int { return cmp.Compare(a.N, b.N) }) // a late one never comes before the other
		for _, e := range entries {
			owner, taken, err := tx.Find(kindEntry, entryKey(s.ID, e.Parcel, e.TrackingNumber))
			if err != nil {
				return err
			}
			if taken && owner != entryID(s.ID, e.N) { // a scan of the same parcel is found by it
				continue
			}
			if err := putEntry(tx, s.ID, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// readable returns the documents that can be read: no other keeps the station from
// starting.
func readable[T any](ctx context.Context, d *Desk, tx *journal.Tx, kind journal.Kind, q journal.Query) ([]T, error) {
	var list []T
	err := tx.List(kind, q, func(id string, raw []byte) error {
		var doc T
		if err := json.Unmarshal(raw, &doc); err != nil {
			d.o.Log.WarnContext(ctx, "A document in the journal cannot be read and is passed over.", "kind", string(kind), "id", id, "err", err)
			return nil
		}
		list = append(list, doc)
		return nil
	})
	return list, err
}
