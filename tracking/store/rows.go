package store

import (
	"context"
	"fmt"
	"strings"
	"time"
)

const eventColumns = 9

// rowsAtOnce are the numbers of events that one statement writes, the most
// first: each is a statement that is prepared once.
func rowsAtOnce() []int { return []int{50, 10, 1} }

// keep writes events that fit, and returns those whose ID another event has.
func keep(ctx context.Context, b *batch, fit []*arrival, at time.Time) (map[*arrival]bool, error) {
	if b.store.pg != nil {
		return keepTogether(ctx, b, fit, at)
	}
	args := make([]any, 0, rowsAtOnce()[0]*eventColumns)
	var clashes map[*arrival]bool
	for len(fit) > 0 {
		n := 1
		for _, rows := range rowsAtOnce() {
			if rows <= len(fit) {
				n = rows
				break
			}
		}
		args = args[:0]
		for _, a := range fit[:n] {
			args = append(args, string(a.journal.station), a.journal.epoch, a.Env.Sequence, a.Env.ID, a.Env.Subject, a.Env.PrevHash, a.hash, millis(at), a.Raw)
		}
		wrote, err := b.exec(ctx, insertEvents(n), args...)
		if err != nil {
			return nil, err
		}
		if wrote < int64(n) {
			if clashes == nil {
				clashes = map[*arrival]bool{}
			}
			if err := findClashes(ctx, b, fit[:n], clashes); err != nil {
				return nil, err
			}
		}
		fit = fit[n:]
	}
	return clashes, nil
}

// insertEvents returns the statement that writes n events.
func insertEvents(n int) string {
	row := "(?, ?, ?, ?, ?, ?, ?, ?, '', ?)"
	return "INSERT INTO events (station, epoch, sequence, id, subject, prevhash, hash, received, note, raw) VALUES " +
		strings.Repeat(row+", ", n-1) + row + " ON CONFLICT (id) DO NOTHING"
}

// findClashes adds those of some events that were not written because another
// has their ID.
func findClashes(ctx context.Context, b *batch, some []*arrival, clashes map[*arrival]bool) error {
	st, err := b.stmt(ctx, `SELECT count(*) FROM events WHERE station = ? AND epoch = ? AND sequence = ? AND id = ?`)
	if err != nil {
		return err
	}
	for _, a := range some {
		var n int
		if err := st.QueryRowContext(ctx, string(a.journal.station), a.journal.epoch, a.Env.Sequence, a.Env.ID).Scan(&n); err != nil {
			return errGiveUp{fmt.Errorf("event %s: %w", a.Env.ID, err)}
		}
		if n == 0 {
			clashes[a] = true
		}
	}
	return nil
}
