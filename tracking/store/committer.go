package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"waybill/internal/fault"
	"waybill/tracking"
)

// ErrClosed is returned by writes to a store that has been closed.
var ErrClosed = errors.New("the store is closed")

// What shares a commit is bounded, so that the first of them does not wait for an
// endless stream, others' turn comes and a process' memory has a bound.
const (
	maxShared     = 64 // writes
	maxEvents     = 5000
	maxEventBytes = 16 << 20
)

// An op is one caller's write.
type op struct {
	do     func(ctx context.Context, b *batch) error
	events []*arrival // that it takes; nil where it does anything else
	err    error
	done   chan struct{}

	beside  bool // it is right beside others that take events, which it waits for only where they hold the same row
	careful bool // PostgreSQL had a row already that it took to be new
}

// A batch is one transaction and what it has touched.
type batch struct {
	store   *Store
	tx      *sql.Tx
	stories *stories
	spans   []tracking.Span // events that were taken
	stmts   map[string]*sql.Stmt

	conn    *sql.Conn // that tx is of, in PostgreSQL
	waiting []waiting // what it is told with the next trip
	copies  bool      // rows that are most likely new are copied in
}

// submit runs do in a transaction that may be shared, and returns after the
// commit. do must return an error only before it has written anything, or when
// the whole transaction should be given up.
func (s *Store) submit(ctx context.Context, do func(ctx context.Context, b *batch) error) error {
	return s.send(ctx, &op{do: do})
}

func (s *Store) send(ctx context.Context, o *op) error {
	o.done = make(chan struct{})
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

// commits is the only writer of a SQLite file, and one of some of a PostgreSQL
// database. It takes whatever waits, runs it in one transaction, or in some where it
// is much, commits, and only then answers.
func (s *Store) commits(ctx context.Context) {
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
		for _, some := range shares(ops) {
			s.commit(context.WithoutCancel(ctx), some)
		}
	}
}

// shares cuts ops, in their order, into what one transaction may take.
func shares(ops []*op) [][]*op {
	var out [][]*op
	events, bytes := 0, 0
	for _, o := range ops {
		size := 0
		for _, a := range o.events {
			size += len(a.Raw)
		}
		if len(out) == 0 || events+len(o.events) > maxEvents || bytes+size > maxEventBytes {
			out, events, bytes = append(out, nil), 0, 0
		}
		out[len(out)-1] = append(out[len(out)-1], o)
		events, bytes = events+len(o.events), bytes+size
	}
	return out
}

// errGiveUp marks an op's error after which the transaction cannot go on.
type errGiveUp struct{ error }

func (e errGiveUp) Unwrap() error { return e.error }

// commit runs ops and answers them. Where that fails, each is tried alone, so that
// one that cannot be written keeps no other out.
func (s *Store) commit(ctx context.Context, ops []*op) {
	touched, err := s.run(ctx, ops)
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
	if err != nil {
		return
	}
	s.watchers.tell(touched)
	s.postings.tell([]string{""})
	if s.pg != nil {
		s.pg.tellOthers()
	}
}

// try runs ops and commits. Where it fails nothing has happened, except that a
// commit cut off by a fault may have: the same write again finds out.
func (s *Store) try(ctx context.Context, ops []*op) ([]string, error) {
	b, end, err := s.begin(ctx)
	if err != nil {
		return nil, fmt.Errorf("begin of a write: %w", err)
	}
	defer end()
	if s.pg != nil {
		if err := s.pg.enter(ctx, b, ops); err != nil {
			return nil, err
		}
	}
	for _, o := range ops {
		o.err = o.do(ctx, b)
		var up errGiveUp
		if errors.As(o.err, &up) {
			return nil, up.error
		}
		if o.events == nil { // the next may ask past the statements that are waited for
			if err := b.flush(ctx); err != nil {
				return nil, err
			}
		}
	}
	if err := b.stories.write(ctx); err != nil {
		return nil, err
	}
	if err := errors.Join(b.post(ctx, s.now()), b.flush(ctx)); err != nil {
		return nil, err
	}
	if err := b.tx.Commit(); err != nil {
		return nil, fmt.Errorf("commit: %w", err)
	}
	if s.pg == nil {
		s.keepStatements(ctx, b)
	}
	return b.stories.told, nil
}

// begin starts a transaction. Call end when done: what was not committed has not
// happened.
func (s *Store) begin(ctx context.Context) (b *batch, end func(), err error) {
	if s.pg != nil {
		return s.pg.begin(ctx)
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return nil, nil, err
	}
	b = newBatch(s, tx)
	return b, func() {
		b.close()
		tx.Rollback() //nolint:errcheck // after Commit it has nothing to do
	}, nil
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

// A statement is asked or carried out within a transaction.
type statement interface {
	QueryContext(ctx context.Context, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, args ...any) *sql.Row
	ExecContext(ctx context.Context, args ...any) (sql.Result, error)
}

// direct is a statement of PostgreSQL, whose driver keeps what it has prepared by
// itself.
type direct struct {
	tx    *sql.Tx
	query string
}

func (d direct) QueryContext(ctx context.Context, args ...any) (*sql.Rows, error) {
	return d.tx.QueryContext(ctx, d.query, args...)
}

func (d direct) QueryRowContext(ctx context.Context, args ...any) *sql.Row {
	return d.tx.QueryRowContext(ctx, d.query, args...)
}

func (d direct) ExecContext(ctx context.Context, args ...any) (sql.Result, error) {
	return d.tx.ExecContext(ctx, d.query, args...)
}

// stmt returns query prepared for this transaction, to be carried out at once.
func (b *batch) stmt(ctx context.Context, query string) (statement, error) {
	if err := b.flush(ctx); err != nil {
		return nil, err
	}
	if b.store.pg != nil {
		return direct{b.tx, query}, nil
	}
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

// QueryContext asks within the transaction.
func (b *batch) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := b.flush(ctx); err != nil {
		return nil, err
	}
	return b.tx.QueryContext(ctx, query, args...)
}

// put runs query before anything that is asked or run after it. Nobody waits for
// its answer alone; any error gives the transaction up.
func (b *batch) put(ctx context.Context, query string, args ...any) error {
	if b.conn == nil {
		_, err := b.exec(ctx, query, args...)
		return err
	}
	b.waiting = append(b.waiting, waiting{query: query, args: args})
	return nil
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
