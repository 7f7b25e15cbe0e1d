package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// What a transaction does to many rows of a table it says in few statements:
// SQLite spends as much on a statement as on its rows, and to PostgreSQL each is
// a trip to the server and back. What is written, and in which order, is the same
// in both.

// rowsAtOnce are the numbers of rows that one statement of SQLite writes or asks
// for, the most first: each is a statement that is prepared once.
func rowsAtOnce() []int { return []int{50, 10, 1} }

// portion returns how many of n rows the next statement of SQLite is about.
func portion(n int) int {
	for _, most := range rowsAtOnce() {
		if most <= n {
			return most
		}
	}
	return n
}

// A bulk is rows of one table that are written together.
type bulk struct {
	table    string // and its columns
	width    int    // how many values each row has
	conflict string // what becomes of a row that is there

	values []any // row by row
}

func (r *bulk) add(values ...any) { r.values = append(r.values, values...) }

// write writes the rows before the next statement that is waited for.
func (r *bulk) write(ctx context.Context, b *batch) error {
	return r.each(b, func(_, _ int, query string, args []any) error { return b.put(ctx, query, args...) })
}

// counted writes the rows, and calls short with those a statement wrote fewer of
// than it was given.
func (r *bulk) counted(ctx context.Context, b *batch, short func(from, to int) error) error {
	return r.each(b, func(from, to int, query string, args []any) error {
		wrote, err := b.exec(ctx, query, args...)
		if err != nil || wrote == int64(to-from) {
			return err
		}
		return short(from, to)
	})
}

// each calls do with every statement it takes, and the rows it is about.
func (r *bulk) each(b *batch, do func(from, to int, query string, args []any) error) error {
	for from, n := 0, len(r.values)/r.width; from < n; {
		to := n
		if b.store.pg == nil {
			to = from + portion(n-from)
		}
		query, args, err := r.statement(b, from, to)
		if err != nil {
			return errGiveUp{err}
		}
		if err := do(from, to, query, args); err != nil {
			return err
		}
		from = to
	}
	return nil
}

// statement returns what writes some of the rows: PostgreSQL has the values
// column by column, so that it is one statement however many they are.
func (r *bulk) statement(b *batch, from, to int) (string, []any, error) {
	some := r.values[from*r.width : to*r.width]
	if b.store.pg != nil {
		args, types, err := columnsOf(some, r.width)
		if err != nil {
			return "", nil, fmt.Errorf("rows of %s: %w", r.table, err)
		}
		return "INSERT INTO " + r.table + " SELECT * FROM unnest(" + types + ") AS u " + r.conflict, args, nil
	}
	row := "(?" + strings.Repeat(", ?", r.width-1) + ")"
	return "INSERT INTO " + r.table + " VALUES " + strings.Repeat(row+", ", to-from-1) + row + " " + r.conflict, some, nil
}

// columnsOf returns values, which stand row by row, column by column, and the
// columns as PostgreSQL's unnest takes them.
func columnsOf(values []any, width int) (columns []any, types string, err error) {
	for k := range width {
		var column any
		var kind string
		switch values[k].(type) {
		case string:
			kind = "text"
			column, err = columnOf[string](values, k, width)
		case int64:
			kind = "bigint"
			column, err = columnOf[int64](values, k, width)
		case bool:
			kind = "boolean"
			column, err = columnOf[bool](values, k, width)
		default:
			kind = "bytea"
			column, err = columnOf[[]byte](values, k, width)
		}
		if err != nil {
			return nil, "", err
		}
		if k > 0 {
			types += ", "
		}
		types += "?" + strconv.Itoa(k+1) + "::" + kind + "[]"
		columns = append(columns, column)
	}
	return columns, types, nil
}

func columnOf[T any](values []any, k, width int) ([]T, error) {
	column := make([]T, 0, len(values)/width)
	for i := k; i < len(values); i += width {
		v, ok := values[i].(T)
		if !ok {
			return nil, fmt.Errorf("value %d of row %d is a %T", k+1, i/width+1, values[i])
		}
		column = append(column, v)
	}
	return column, nil
}

// keep writes events that fit, and returns those whose ID another event has.
func keep(ctx context.Context, b *batch, fit []*arrival, at time.Time) (map[*arrival]bool, error) {
	events := bulk{
		table: `events (station, epoch, sequence, id, subject, prevhash, hash, received, raw, note)`,
		width: 10, conflict: `ON CONFLICT (id) DO NOTHING`,
	}
	events.values = make([]any, 0, len(fit)*events.width)
	for _, a := range fit {
		events.add(string(a.journal.station), a.journal.epoch, a.Env.Sequence, a.Env.ID, a.Env.Subject, a.Env.PrevHash, a.hash, millis(at), a.Raw, "")
	}
	if b.copies {
		return nil, events.writeNew(ctx, b)
	}
	clashes := map[*arrival]bool{}
	err := events.counted(ctx, b, func(from, to int) error { return findClashes(ctx, b, fit[from:to], clashes) })
	return clashes, err
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
