package store

import (
	"context"
	"database/sql"
	"sync"
)

// A reader is the connections that nothing is written with. It is asked
// the same few questions all day; in SQLite, where to read a question costs more
// than to answer it, it keeps them prepared. PostgreSQL's driver does that by itself.
type reader struct {
	*sql.DB

	keeps bool

	mu   sync.RWMutex
	kept map[string]*sql.Stmt // by their text; closed with the connections
}

// QueryContext asks, and returns all there is to the answer.
func (r *reader) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if st := r.statement(ctx, query); st != nil {
		return st.QueryContext(ctx, args...)
	}
	return r.DB.QueryContext(ctx, query, args...)
}

// QueryRowContext asks, and returns the first row of the answer.
func (r *reader) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if st := r.statement(ctx, query); st != nil {
		return st.QueryRowContext(ctx, args...)
	}
	return r.DB.QueryRowContext(ctx, query, args...)
}

// statement returns query prepared, or nil where it is not kept so: whoever asks it
// then hears why it cannot be, if it cannot.
func (r *reader) statement(ctx context.Context, query string) *sql.Stmt {
	if !r.keeps {
		return nil
	}
	r.mu.RLock()
	st, full := r.kept[query], len(r.kept) >= maxKept
	r.mu.RUnlock()
	if st != nil || full {
		return st
	}
	made, err := r.PrepareContext(ctx, query)
	if err != nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if st := r.kept[query]; st != nil { // another was quicker
		made.Close()
		return st
	}
	r.kept[query] = made
	return made
}
