package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"waybill/sync/wire"
)

// missing names the events that are not there, and the epoch that comes next.
func (b *builder) missing() error {
	tx := &ReadTx{s: b.w, op: "rebuilt journal"}
	var last wire.Position
	gap := func(epoch, from, to int64) {
		if from <= to && len(b.s.Missing) < maxListed {
			b.s.Missing = append(b.s.Missing, wire.Range{Epoch: epoch, From: from, To: to})
		}
	}
	begins, err := tx.kept()
	if err != nil {
		return err
	}
	err = tx.all("SELECT place, hash FROM events ORDER BY place", nil, func(rows *sql.Rows) error {
		var at int64
		var hash string
		if err := rows.Scan(&at, &hash); err != nil {
			return err
		}
		next := position(at, hash)
		if next.Epoch != last.Epoch {
			last = begins.before(next.Epoch)
		}
		gap(next.Epoch, last.Sequence+1, next.Sequence-1)
		last = next
		return nil
	})
	if err != nil {
		return err
	}
	b.s.Last = wire.Position{Epoch: last.Epoch, Sequence: last.Sequence}
	// What the hub has acknowledged was there.
	heard := position(max(0, b.r.acknowledged()), "")
	if heard.Epoch == last.Epoch {
		gap(heard.Epoch, last.Sequence+1, heard.Sequence)
	} else if heard.Epoch > last.Epoch {
		gap(heard.Epoch, 1, heard.Sequence)
	}
	epoch, err := strconv.ParseInt(b.r.meta("epoch"), 10, 64)
	if err != nil || epoch < last.Epoch {
		epoch = max(last.Epoch, heard.Epoch) + 1 // one more may have begun, of which nothing is left
	}
	if epoch >= maxEpoch {
		epoch = maxEpoch - 1
	}
	b.s.Epoch = epoch + 1
	return nil
}

// Salvages returns what became of each damaged journal that this one was built from,
// the latest last.
func (r *Reader) Salvages(ctx context.Context) (list []Salvage, err error) {
	err = r.View(ctx, func(tx *ReadTx) error {
		list, err = tx.salvages()
		return err
	})
	return list, err
}

func (tx *ReadTx) salvages() (list []Salvage, err error) {
	err = tx.all("SELECT value FROM meta WHERE key LIKE 'salvage:%' ORDER BY CAST(substr(key, 9) AS INTEGER)", nil, func(rows *sql.Rows) error {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		var s Salvage
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			return fmt.Errorf("what is kept of a salvage: %w", err)
		}
		list = append(list, s)
		return nil
	})
	return list, err
}

// readSalvage returns what the rebuilt journal at path says of itself.
func readSalvage(path string) (s Salvage, err error) {
	ctx := context.Background()
	r, err := OpenReadOnly(ctx, path)
	if err != nil {
		return s, err
	}
	defer r.Close()
	list, err := r.Salvages(ctx)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("it says nothing of a salvage")
	}
	if err != nil {
		return s, err
	}
	return list[len(list)-1], nil
}

// toldLost reports whether a gap is one that a salvage has named.
func toldLost(list []Salvage, gap wire.Range) bool {
	for _, s := range list {
		if slices.Contains(s.Missing, gap) {
			return true
		}
	}
	return false
}

// words names the events, and the verb that follows.
func words(r wire.Range) string {
	if r.From == r.To {
		return fmt.Sprintf("event %d is", r.From)
	}
	return fmt.Sprintf("events %d to %d are", r.From, r.To)
}
