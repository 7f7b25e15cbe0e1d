package journal

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"sync"

	"waybill/internal/fault"
	"waybill/internal/walfile"
	"waybill/shipment"
	"waybill/sync/wire"
)

// readers is how many snapshots may be looked at side by side.
const readers = 4

// A Reader reads a journal. It never writes, and it may read while a station
// in another process writes.
type Reader struct {
	path    string
	db      *sql.DB
	station shipment.StationID
	free    chan struct{} // one for each connection that may be in use
	mu      sync.Mutex
	idle    []*statements   // connections made and not in use, the last used last
	damaged func(err error) // if not nil, told of an error of the database, which may be that it is damaged
}

func newReader(path string, db *sql.DB) *Reader {
	return &Reader{path: path, db: db, free: make(chan struct{}, readers)}
}

// OpenReadOnly opens the journal at path for reading, beside a running station
// or without one.
func OpenReadOnly(ctx context.Context, path string) (*Reader, error) {
	return connect(nil).openReadOnly(ctx, path, walfile.Sync)
}

func (via connect) openReadOnly(ctx context.Context, path string, syncLog func(path string) error) (*Reader, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, &fault.Error{
			Op: "journal " + path, Kind: fault.NotFound, Err: err,
			Hint: "Name the journal file of a station that has been started once.",
		}
	}
	db, err := via.open(path, true, readers)
	if err != nil {
		return nil, err
	}
	r := newReader(path, db)
	if err := r.check(ctx); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	// By now SQLite has taken what a killed station has left for recorded.
	if err := syncLog(path + "-wal"); err != nil {
		return nil, errors.Join(&fault.Error{
			Op: "write-ahead log of journal " + path, Kind: fault.Transient, Err: err,
			Hint: "What is in it may not be on disk. Check the disk and the system's log.",
		}, r.Close())
	}
	return r, nil
}

func (r *Reader) check(ctx context.Context) error {
	conn, err := r.db.Conn(ctx)
	if err != nil {
		return classify("journal "+r.path, err)
	}
	defer conn.Close()
	// An empty file first: what else can be said of it leads nowhere.
	current := checkCurrent(ctx, conn, r.path)
	if err := checkFile(ctx, conn, r.path); err != nil && !errors.Is(current, errEmpty) {
		return err
	}
	if current != nil {
		return current
	}
	return r.View(ctx, func(tx *ReadTx) error {
		station, err := tx.meta("station")
		r.station = shipment.StationID(station)
		return err
	})
}

// Close ends the reading, when the views under way have ended.
func (r *Reader) Close() error {
	for range readers {
		r.free <- struct{}{}
	}
	var errs []error
	for _, s := range r.idle {
		errs = append(errs, s.close())
	}
	r.idle = nil
	errs = append(errs, r.db.Close())
	for range readers {
		<-r.free // whoever comes now hears from the database that it is closed
	}
	return errors.Join(errs...)
}

// Station returns the station whose journal this is.
func (r *Reader) Station() shipment.StationID { return r.station }

// View runs f on one consistent snapshot, beside writers. What f is handed is
// good only until f returns.
func (r *Reader) View(ctx context.Context, f func(tx *ReadTx) error) error {
	op := "reading journal " + r.path
	s, err := r.take(ctx)
	if err != nil {
		return classify(op, err)
	}
	if _, err := s.exec(ctx, "BEGIN"); err != nil {
		r.drop(s)
		return classify(op, err)
	}
	defer func() {
		// Nothing was written; there is nothing to lose but the connection.
		if _, err := s.exec(context.WithoutCancel(ctx), "ROLLBACK"); err != nil {
			r.drop(s)
			return
		}
		r.put(s)
	}()
	tx := &ReadTx{s: snapshot{ctx, s}, op: op}
	err = f(tx)
	if tx.broken != nil && r.damaged != nil {
		r.damaged(tx.broken)
	}
	return err
}

// take returns a connection that nobody uses, the one used last if there is one: where
// few read at the same time, few connections are made, each of which has its plans and
// its pages in memory.
func (r *Reader) take(ctx context.Context) (*statements, error) {
	select {
	case r.free <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if s := r.pop(); s != nil {
		return s, nil
	}
	conn, err := r.db.Conn(ctx)
	if err != nil {
		<-r.free
		return nil, err
	}
	return newStatements(conn), nil
}

func (r *Reader) pop() *statements {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.idle) == 0 {
		return nil
	}
	s := r.idle[len(r.idle)-1]
	r.idle = r.idle[:len(r.idle)-1]
	return s
}

// put gives back a connection.
func (r *Reader) put(s *statements) {
	r.mu.Lock()
	r.idle = append(r.idle, s)
	r.mu.Unlock()
	<-r.free
}

// drop gives up a connection of which nobody knows what state it is in. What was
// planned on it goes first: there is nothing to end it on afterwards.
func (r *Reader) drop(s *statements) {
	_ = s.forget()
	_ = s.conn.Raw(func(any) error { return driver.ErrBadConn }) // which ends it for good
	_ = s.close()
	<-r.free
}

// A ReadTx is a consistent view of the journal.
type ReadTx struct {
	s      session
	op     string
	broken error // the first error of the database itself, after which the transaction is not to be trusted
}

// session is what a transaction runs its statements on.
type session interface {
	exec(query string, args ...any) (sql.Result, error)
	query(query string, args ...any) (*sql.Rows, error)
	// forEvents is called before the events in the database are looked at, forDocs
	// before the documents of a kind are: what a transaction has added may not be
	// there yet.
	forEvents() error
	forDocs(kind Kind) error
	// waiting returns a document that is at hand without looking there.
	waiting(kind Kind, id string) (raw []byte, ok bool, err error)
}

// snapshot is the session of a View. The context lives as long as the
// transaction, which is as long as the call of View.
type snapshot struct {
	ctx context.Context
	on  *statements
}

func (s snapshot) exec(query string, args ...any) (sql.Result, error) {
	return s.on.exec(s.ctx, query, args...)
}

func (s snapshot) query(query string, args ...any) (*sql.Rows, error) {
	return s.on.query(s.ctx, query, args...)
}

func (snapshot) forEvents() error                           { return nil }
func (snapshot) forDocs(Kind) error                         { return nil }
func (snapshot) waiting(Kind, string) ([]byte, bool, error) { return nil, false, nil }

// fail records an error of the database and gives it kind and remedy.
func (tx *ReadTx) fail(err error) error {
	err = classify(tx.op, err)
	if tx.broken == nil {
		tx.broken = err
	}
	return err
}

// all runs query and calls scan for each row.
func (tx *ReadTx) all(query string, args []any, scan func(rows *sql.Rows) error) error {
	rows, err := tx.s.query(query, args...)
	if err != nil {
		return tx.fail(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return tx.fail(err)
		}
	}
	if err := rows.Err(); err != nil {
		return tx.fail(err)
	}
	return nil
}

// one scans the first row of query into dest and reports whether there is one.
func (tx *ReadTx) one(query string, args []any, dest ...any) (bool, error) {
	found := false
	err := tx.all(query, args, func(rows *sql.Rows) error {
		found = true
		return rows.Scan(dest...)
	})
	return found, err
}

func (tx *ReadTx) meta(key string) (string, error) {
	var value string
	_, err := tx.one("SELECT value FROM meta WHERE key = ?", []any{key}, &value)
	return value, err
}

// After returns the events after pos, in order: at most limit of them, and no
// more than about maxBytes together, though always one if there is one. A zero
// limit or maxBytes sets no bound. An event whose bytes are not those that were
// recorded is ErrDamaged and not returned, nor is one after it.
func (r *Reader) After(ctx context.Context, pos wire.Position, limit, maxBytes int) ([]wire.Record, error) {
	var recs []wire.Record
	bytes := 0
	err := r.View(ctx, func(tx *ReadTx) error {
		return tx.Events(EventQuery{After: pos, Limit: limit}, func(rec wire.Record) error {
			if err := sound(tx.op, rec); err != nil {
				return err
			}
			bytes += len(rec.Raw)
			if maxBytes > 0 && bytes > maxBytes && len(recs) > 0 {
				return errEnough
			}
			recs = append(recs, rec)
			return nil
		})
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	return recs, nil
}

// errEnough ends a walk over events early.
var errEnough = errors.New("enough")

// Head returns the position of the newest event.
func (r *Reader) Head(ctx context.Context) (wire.Position, error) {
	var head wire.Position
	err := r.View(ctx, func(tx *ReadTx) (err error) {
		head, err = tx.Head()
		return err
	})
	return head, err
}

func placeholders(n int) string {
	if n == 0 {
		return "NULL"
	}
	b := make([]byte, 0, 2*n)
	for range n {
		b = append(b, '?', ',')
	}
	return string(b[:len(b)-1])
}

func quoted(kind Kind, id string) string { return fmt.Sprintf("%s %q", kind, id) }
