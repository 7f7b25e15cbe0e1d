package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"waybill/internal/fault"
)

// ErrClosed is returned by writes to a store that has been closed.
var ErrClosed = errors.New("the store is closed")

// maxShared is the most writes that share a commit, so that the first of them
// does not wait for an endless stream.
const maxShared = 64

// An op is one caller's write.
type op struct {
	do   func(ctx context.Context, b *batch) error
	err  error
	done chan struct{}
}

// A batch is one transaction and what it has touched.
type batch struct {
	store   *Store
	tx      *sql.Tx
	stories *stories
	stmts   map[string]*sql.Stmt
}

// submit runs do in a transaction that may be shared, and returns after the
// commit. do must return an error only before it has written anything, or when
// the whole transaction should be given up.
func (s *Store) submit(ctx context.Context, do func(ctx context.Context, b *batch) error) error {
	o := &op{do: do, done: make(chan struct{})}
	select {
	case s.ops <- o:
	case <-ctx.Done():
		return ctx.Err()
	case <-s.done:
		return ErrClosed
	}
	select {
	case <-o.done:
		return o.err
	case <-ctx.Done():
		// The write goes on without its caller, who must ask again to know.
		return &fault.Error{Op: "write to the store", Kind: fault.Uncertain, Err: ctx.Err()}
	case <-s.done:
		select {
		case <-o.done:
			return o.err
		default:
			return ErrClosed
		}
	}
}

// commits is the only writer. It takes whatever waits, runs it in one
// transaction, commits, and only then answers.
func (s *Store) commits(ctx context.Context) {
	defer close(s.done)
	for {
		var ops []*op
		select {
		case o := <-s.ops:
			ops = append(ops, o)
		case <-ctx.Done():
			// What was already asked for is still done.
			select {
			case o := <-s.ops:
				ops = append(ops, o)
			default:
				return
			}
		}
	more:
		for len(ops) < maxShared {
			select {
			case o := <-s.ops:
				ops = append(ops, o)
			default:
				break more
			}
		}
		s.commit(context.WithoutCancel(ctx), ops)
	}
}

// errGiveUp marks an op's error after which the transaction cannot go on.
type errGiveUp struct{ error }

func (e errGiveUp) Unwrap() error { return e.error }

// commit runs ops in one transaction and answers them. Where that fails, each is
// tried alone, so that one that cannot be written keeps no other out.
func (s *Store) commit(ctx context.Context, ops []*op) {
	touched, err := s.try(ctx, ops)
	if err != nil && len(ops) > 1 {
		for _, o := range ops {
			s.commit(ctx, []*op{o})
		}
		return
	}
	if err != nil {
		ops[0].err = err
	}
	for _, o := range ops {
		close(o.done)
	}
	if err == nil {
		s.watchers.tell(touched)
	}
}

// try runs ops and commits. Where it fails nothing has happened, except that a
// commit cut off by a fault may have: the same write again finds out.
func (s *Store) try(ctx context.Context, ops []*op) ([]string, error) {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("begin of a write: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // after Commit it has nothing to do
	b := newBatch(s, tx)
	defer b.close()
	for _, o := range ops {
		o.err = o.do(ctx, b)
		var up errGiveUp
		if errors.As(o.err, &up) {
			return nil, up.error
		}
	}
	if err := b.stories.write(ctx); err != nil {
		return nil, err
	}
	if err := tx.Commit(); err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	s.keepStatements(ctx, b)
	return b.stories.told, nil
}

// maxKept is the most statements that are kept prepared.
const maxKept = 64

// keepStatements keeps what b has prepared for the transactions to come. Only the
// committer asks for it. A statement that cannot be kept is prepared again.
func (s *Store) keepStatements(ctx context.Context, b *batch) {
	for query := range b.stmts {
		if s.kept[query] != nil || len(s.kept) >= maxKept {
			continue
		}
		if st, err := s.write.PrepareContext(ctx, query); err == nil {
			s.kept[query] = st
		}
	}
}

func newBatch(s *Store, tx *sql.Tx) *batch {
	b := &batch{store: s, tx: tx, stmts: map[string]*sql.Stmt{}}
	b.stories = newStories(s, b)
	return b
}

func (b *batch) close() {
	for _, st := range b.stmts {
		st.Close() // its transaction is over
	}
}

// stmt returns query prepared for this transaction.
func (b *batch) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	if st, ok := b.stmts[query]; ok {
		return st, nil
	}
	if kept := b.store.kept[query]; kept != nil {
		st := b.tx.StmtContext(ctx, kept)
		b.stmts[query] = st
		return st, nil
	}
	st, err := b.tx.PrepareContext(ctx, query)
	if err != nil {
		return nil, errGiveUp{fmt.Errorf("statement: %w", err)}
	}
	b.stmts[query] = st
	return st, nil
}

// exec runs query; any error gives the transaction up.
func (b *batch) exec(ctx context.Context, query string, args ...any) (int64, error) {
	st, err := b.stmt(ctx, query)
	if err != nil {
		return 0, err
	}
	res, err := st.ExecContext(ctx, args...)
	if err != nil {
		return 0, errGiveUp{fmt.Errorf("write: %w", err)}
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, errGiveUp{fmt.Errorf("write: %w", err)}
	}
	return n, nil
}
