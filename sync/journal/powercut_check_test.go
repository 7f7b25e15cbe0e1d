package journal_test

import (
	"context"
	"encoding/json"

	"waybill/sync/journal"
	"waybill/sync/wire"
)

// check holds what the journal has against what people and the hub were told. What is
// there then is on disk, whoever knew.
func (w *warehouse) check(j *journal.Journal) {
	ctx := context.Background()
	rep, err := j.Verify(ctx)
	if err != nil {
		w.find("it cannot be verified: %v", err)
		return
	}
	for _, p := range rep.Problems { // of the chain, the cursors, and what SQLite's integrity_check says
		w.find("%s, event %d: %s", p.Code, p.Sequence, p.Message)
	}
	recs, err := j.After(ctx, wire.Position{}, 0, 0)
	if err != nil {
		w.find("its events cannot be read: %v", err)
		return
	}
	there := map[string]bool{}
	for _, rec := range recs {
		there[rec.ID] = true
		if !w.tried[rec.ID] {
			w.find("event %s was never asked for", rec.ID)
		}
		if w.refused[rec.ID] {
			w.find("event %s is there, and was said not to be recorded", rec.ID)
		}
	}
	for id := range w.acked {
		if !there[id] {
			w.find("event %s was acknowledged and is gone", id)
		}
	}
	w.checkHub(j, recs)
	w.checkDocuments(j, recs, there)
	w.acked = there
}

// checkHub holds the history against the hub's, and the cursor against both.
func (w *warehouse) checkHub(j *journal.Journal, recs []wire.Record) {
	for i, rec := range w.hub {
		if i >= len(recs) {
			w.find("the hub has event %d, the journal ends at %d", rec.Sequence, len(recs))
			break
		}
		if recs[i].Hash != rec.Hash {
			w.find("event %d is another than the hub has", rec.Sequence)
		}
	}
	pos, _, err := j.Cursor(context.Background(), hubName)
	if err != nil {
		w.find("cursor: %v", err)
		return
	}
	if has := int64(len(w.hub)); pos.Sequence > has {
		w.find("the cursor is at %d, the hub has %d", pos.Sequence, has)
	}
	if pos.Sequence < w.cursor {
		w.find("the cursor was told to be at %d and is at %d", w.cursor, pos.Sequence)
	}
	w.cursor = pos.Sequence
}

// checkDocuments holds that each change is there whole, with its event, or not at all.
func (w *warehouse) checkDocuments(j *journal.Journal, recs []wire.Record, there map[string]bool) {
	docs := 0
	err := j.View(context.Background(), func(tx *journal.ReadTx) error {
		err := tx.List(changes, journal.Query{}, func(id string, raw []byte) error {
			docs++
			var is string
			if err := json.Unmarshal(raw, &is); err != nil || is != id || !there[id] {
				w.find("document %s is %.40s, %v; its event is there: %v", id, raw, err, there[id])
			}
			if owner, _, err := tx.Find(changes, "key-"+id); err != nil || owner != id {
				w.find("the key of document %s is %q's, %v", id, owner, err)
			}
			return nil
		})
		if err != nil || len(recs) == 0 {
			return err
		}
		var last string
		if found, err := tx.Get(latest, "one", &last); err != nil {
			return err
		} else if end := recs[len(recs)-1].ID; !found || last != end {
			w.find("the last change is %s, the document that each writes has %q", end, last)
		}
		return nil
	})
	if err != nil {
		w.find("its documents cannot be read: %v", err)
	}
	if docs != len(recs) {
		w.find("%d documents and %d events, which were written together", docs, len(recs))
	}
}
