package journal

import (
	"context"
	"database/sql"
	"errors"
	"strconv"
	"sync/atomic"
	"time"

	"waybill/internal/fault"
	"waybill/sync/wire"
)

// batchSize bounds the changes that share one commit, and with it how long the
// first of them waits for the others.
const batchSize = 256

// A request is one change on its way to the disk.
type request struct {
	f        func(tx *Tx) error
	taken    atomic.Bool // by the committer, or back by a caller who gave up
	done     chan struct{}
	err      error
	broken   error // what the database itself said to it
	panicked any
}

func (r *request) take() bool { return r.taken.CompareAndSwap(false, true) }

func (r *request) answer(err error) {
	if r.err == nil {
		r.err = err
	}
	close(r.done)
}

// run is the committer: the one goroutine that writes. It ends when the journal
// closes.
func (j *Journal) run() {
	defer close(j.ended)
	var batch []*request
	var before crowd
	for {
		select {
		case <-j.stop:
			return
		case r := <-j.queue:
			batch = append(batch, r)
		}
		before.gather(j.queue)
		for len(batch) < batchSize {
			select {
			case r := <-j.queue:
				batch = append(batch, r)
				continue
			default:
			}
			break
		}
		changes, waiting := j.write(batch)
		before.wrote(time.Now(), changes, waiting)
		clear(batch)
		batch = batch[:0]
		j.ahead()
	}
}

// write runs a batch as one transaction and answers everyone in it. It returns how
// many those were, and how many had come by then for the next.
func (j *Journal) write(batch []*request) (changes, waiting int) {
	taken := batch[:0]
	for _, r := range batch {
		if r.take() {
			taken = append(taken, r)
		}
	}
	if len(taken) == 0 {
		return 0, 0
	}
	j.reserve.beforeWrite()
	err := j.transact(taken)
	if errors.Is(err, ErrDiskFull) {
		j.reserve.full() // so that whoever tries again finds room
	}
	if err != nil {
		j.failed = true
		j.tellLost(len(taken), err)
		j.met(err)
	}
	changes, waiting = len(taken), len(j.queue)
	for _, r := range taken {
		j.met(r.broken)
		r.answer(err)
	}
	if err != nil {
		// A commit that erred may have landed, and whoever watches must hear of
		// it. Where the file cannot be opened, the next batch tries again.
		if err := j.reopen(); err != nil {
			j.met(err)
			j.o.Log.ErrorContext(context.Background(), "The journal could not be opened anew; the next change tries again.", "path", j.o.Path, "err", err)
			return changes, waiting
		}
	}
	if j.w.head != j.told {
		j.told = j.w.head
		j.announce()
	}
	return changes, waiting
}

// tellLost logs what became of changes for which err is the answer.
func (j *Journal) tellLost(changes int, err error) {
	ctx, attrs := context.Background(), []any{"path", j.o.Path, "changes", changes, "err", err}
	if fault.Is(err, fault.Uncertain) {
		j.o.Log.ErrorContext(ctx, "A commit to the journal did not succeed, and it is opened anew; what was just done may be recorded or not.", attrs...)
		return
	}
	j.o.Log.ErrorContext(ctx, "The journal could not be written and is opened anew; what was just done is not recorded.", attrs...)
}

// reopen gives the committer a fresh connection where a write has failed: what that has
// done to the one it has is anyone's guess, and a sync that failed is never tried again
// on the same handle.
//
// The old one is closed last. As long as there is one, what SQLite's connections share
// ends before the commit whose sync failed: nobody sees it, and the next overwrites it.
// Were there none, SQLite would read the log anew and find it, on disk or not.
func (j *Journal) reopen() error {
	if !j.failed {
		return nil
	}
	_ = j.w.run("ROLLBACK") // a commit that failed has done that itself, and this then says so
	w, err := openWriter(context.Background(), j.o)
	if err != nil {
		return err
	}
	if err := w.claim(j.o); err != nil {
		return errors.Join(err, w.close())
	}
	_ = j.w.close() // what is wrong with it has been told
	j.w, j.failed = w, false
	j.wal.size = 0 // as for any file that was just opened
	return nil
}

// transact runs the changes and commits those that succeed. Its error is the
// fate of all of them; a single change's own error is left in the request.
func (j *Journal) transact(batch []*request) (err error) {
	if err := j.reopen(); err != nil {
		return err
	}
	w := j.w
	op := "journal " + j.o.Path
	if err := w.begin(); err != nil {
		return classify(op, err)
	}
	head := w.head
	for _, r := range batch {
		if head, err = w.apply(r, head, j.o); err != nil {
			return lost(op, err)
		}
	}
	if err := w.settle(); err != nil {
		return lost(op, classify(op, err))
	}
	if err := j.commit(w); err != nil {
		return uncertain("commit of "+op, err)
	}
	w.head = head
	w.recent.keep(&w.pending)
	j.wal.wrote(w)
	return nil
}

// lost is the fate of changes whose transaction broke before its commit.
func lost(op string, err error) error {
	if errors.Is(err, ErrDiskFull) {
		return err // which says more
	}
	return &fault.Error{Op: op, Kind: fault.Transient, Err: err, Hint: "Nothing was recorded; try again."}
}

// apply runs one change and returns the head after it. Its error means that the
// transaction as a whole is lost.
func (w *writer) apply(r *request, head wire.Position, o Options) (wire.Position, error) {
	c := w.change()
	tx := &Tx{ReadTx: ReadTx{s: c, op: "journal " + o.Path}, o: o, head: head, c: c}
	r.err = call(r, tx)
	r.broken = tx.broken
	if r.err == nil {
		r.err = r.broken // f overlooked it; we must not, because SQLite may have rolled back more than it says
	}
	tx.s = spent{} // whoever keeps the transaction finds it useless rather than dangerous
	if r.err == nil && r.panicked == nil {
		return tx.head, c.keep()
	}
	if err := c.undo(); err != nil {
		return head, errors.Join(tx.broken, err)
	}
	return head, nil
}

// call runs f and keeps a panic for the goroutine that asked for f.
func call(r *request, tx *Tx) error {
	defer func() {
		if v := recover(); v != nil {
			r.panicked = v
		}
	}()
	return r.f(tx)
}

// A writer is the one connection that writes.
//
// Its statements run without the callers' contexts: a cancelled one would make
// SQLite interrupt, and so undo, the changes of everyone in the batch. They
// end by themselves, within the busy timeout and the disk's own patience.
type writer struct {
	db   *sql.DB
	on   *statements
	head wire.Position

	recent  recent  // of the transactions before
	pending pending // of the transaction under way
	written bool    // a change of it that is kept has written to the database

	keyed map[Kind]bool // the kinds of which a document has, or had, a key
}

func openWriter(ctx context.Context, o Options) (*writer, error) {
	db, err := o.connect.open(o.Path, false, 1)
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(classify("journal "+o.Path, err), db.Close())
	}
	return &writer{db: db, on: newStatements(conn), recent: recent{}}, nil
}

// claim makes the journal the station's, or refuses one that is another's, and
// reads where the history ends.
func (w *writer) claim(o Options) error {
	op := "journal " + o.Path
	for key, value := range map[string]string{
		"station": string(o.Station),
		"epoch":   strconv.FormatInt(o.Epoch, 10),
	} {
		if _, err := w.exec("INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO NOTHING", key, value); err != nil {
			return classify(op, err)
		}
	}
	tx := &ReadTx{s: w, op: op}
	station, err := tx.meta("station")
	if err != nil {
		return err
	}
	if station != string(o.Station) {
		return anothers(op, station, string(o.Station))
	}
	if w.head, err = tx.Head(); err != nil {
		return err
	}
	w.keyed, err = tx.keyed()
	return err
}

func (w *writer) commit() error { return w.run("COMMIT") }

func (w *writer) run(query string) error {
	_, err := w.exec(query)
	return err
}

func (w *writer) exec(query string, args ...any) (sql.Result, error) {
	return w.on.exec(context.Background(), query, args...)
}

func (w *writer) query(query string, args ...any) (*sql.Rows, error) {
	return w.on.query(context.Background(), query, args...)
}

// Between transactions nothing waits.
func (*writer) forEvents() error                           { return nil }
func (*writer) forDocs(Kind) error                         { return nil }
func (*writer) waiting(Kind, string) ([]byte, bool, error) { return nil, false, nil }

func (w *writer) close() error { return errors.Join(w.on.close(), w.db.Close()) }
