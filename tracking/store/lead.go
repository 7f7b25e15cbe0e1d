package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// A Lead is the right to be the only one to serve a consumer, of all processes
// that have the store open. Where the connection that holds it is lost, another
// process may have it: what is done under it must be right to do twice.
type Lead struct{ conn *sql.Conn }

// Lead returns the right to serve a consumer, or nil where another process has
// it. Close it when done.
func (s *Store) Lead(ctx context.Context, consumer string) (*Lead, error) {
	if s.pg == nil {
		return &Lead{}, nil // one hub serves a file
	}
	conn, err := s.read.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("lead of %s: %w", consumer, err)
	}
	var ok bool
	if err := conn.QueryRowContext(ctx, `SELECT pg_try_advisory_lock(?::int, hashtext(?))`, pgLockLead, consumer).Scan(&ok); err != nil {
		return nil, errors.Join(fmt.Errorf("lead of %s: %w", consumer, err), conn.Close())
	}
	if !ok {
		return nil, conn.Close()
	}
	return &Lead{conn}, nil
}

// Check reports an error where the lead is lost.
func (l *Lead) Check(ctx context.Context) error {
	if l.conn == nil {
		return nil
	}
	if err := l.conn.PingContext(ctx); err != nil {
		return fmt.Errorf("lead: %w", err)
	}
	return nil
}

// Close gives the right back.
func (l *Lead) Close() error {
	if l.conn == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	// The connection goes back to others, so it must not keep the lock.
	_, err := l.conn.ExecContext(ctx, `SELECT pg_advisory_unlock_all()`)
	return errors.Join(err, l.conn.Close())
}
