package journal

import (
	"context"
	"database/sql"
	"errors"
)

// maxPlanned bounds the statements that a connection keeps: their texts are few,
// but for lists of states, of which nobody knows how many a caller brings.
const maxPlanned = 64

// statements are a connection and what was planned on it: planning a statement
// costs more than running it.
type statements struct {
	conn    *sql.Conn
	planned map[string]*sql.Stmt
}

func newStatements(conn *sql.Conn) *statements {
	return &statements{conn: conn, planned: map[string]*sql.Stmt{}}
}

// of returns the statement of a query.
func (s *statements) of(query string) (*sql.Stmt, error) {
	if st, ok := s.planned[query]; ok {
		return st, nil
	}
	if len(s.planned) >= maxPlanned {
		if err := s.forget(); err != nil {
			return nil, err
		}
	}
	st, err := s.conn.PrepareContext(context.Background(), query)
	if err != nil {
		return nil, err
	}
	s.planned[query] = st
	return st, nil
}

func (s *statements) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	st, err := s.of(query)
	if err != nil {
		return nil, err
	}
	return st.ExecContext(ctx, args...)
}

func (s *statements) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	st, err := s.of(query)
	if err != nil {
		return nil, err
	}
	return st.QueryContext(ctx, args...)
}

// forget drops every statement.
func (s *statements) forget() error {
	var errs []error
	for _, st := range s.planned {
		errs = append(errs, st.Close())
	}
	clear(s.planned)
	return errors.Join(errs...)
}

// close ends the connection.
func (s *statements) close() error { return errors.Join(s.forget(), s.conn.Close()) }
