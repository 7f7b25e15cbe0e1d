package journal

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"waybill/internal/diskspace"
	"waybill/internal/walfile"
)

// errCommit is what a commit returns that FailNextCommit has spoilt.
var errCommit = errors.New("input/output error, as a test has it")

// FailNextCommit makes the next commit fail as a disk does whose fsync fails:
// written is what the disk has by then.
func (j *Journal) FailNextCommit(written bool) {
	j.commit = func(w *writer) error {
		j.commit = (*writer).commit
		if written {
			return errors.Join(w.commit(), errCommit)
		}
		return errCommit
	}
}

// Queued returns how many changes wait for their turn.
func (j *Journal) Queued() int { return len(j.queue) }

// Commits returns how many commits there were since the journal was opened.
func (j *Journal) Commits() int64 { return j.wal.commits.Load() }

// LimitPages makes the file as full as a full disk would.
func (j *Journal) LimitPages(extra int) error {
	var pages int
	tx := &ReadTx{s: j.w}
	if _, err := tx.one("PRAGMA page_count", nil, &pages); err != nil {
		return err
	}
	return j.w.run(fmt.Sprintf("PRAGMA max_page_count = %d", pages+extra))
}

// Pragma returns a setting of the writing connection.
func (j *Journal) Pragma(name string) (string, error) {
	var v string
	_, err := (&ReadTx{s: j.w}).one("PRAGMA "+name, nil, &v)
	return v, err
}

// Exec changes the file behind the journal's back.
func (j *Journal) Exec(query string, args ...any) error {
	// In the committer's turn: nobody else writes to the log.
	return j.Update(context.Background(), func(tx *Tx) error {
		if err := tx.c.settle(); err != nil {
			return err
		}
		_, err := tx.s.exec(query, args...)
		return err
	})
}

// Version returns SQLite's version.
func (tx *ReadTx) Version() (string, error) {
	var v string
	_, err := tx.one("SELECT sqlite_version()", nil, &v)
	return v, err
}

// Plan returns how SQLite would run a query.
func (tx *ReadTx) Plan(query string, args ...any) (plan string, err error) {
	err = tx.all("EXPLAIN QUERY PLAN "+query, args, func(rows *sql.Rows) error {
		var a, b, c int
		var step string
		err := rows.Scan(&a, &b, &c, &step)
		plan += step + "\n"
		return err
	})
	return plan, err
}

// RefuseSchema returns why a program that knows schema versions up to known refuses a
// journal of that version.
func RefuseSchema(version, known int) error { return refuseNewer("journal", version, known) }

// FailCheckpoints has the checkpoints fail until there were n, and then tells of each.
func (j *Journal) FailCheckpoints(n int, made chan<- error) {
	failed := 0
	j.copyLog = func() error {
		var err error
		if failed < n {
			failed++
			err = errCommit
		} else {
			err = j.checkpoint()
		}
		made <- err
		return err
	}
}

// WithDisk has the journal believe what disk says of its disk.
func (o Options) WithDisk(disk func(dir string) (diskspace.Space, error)) Options {
	o.disk = disk
	return o
}

// LookAtDisk returns when the disk has been looked at since the call.
func (j *Journal) LookAtDisk() {
	// One may wait already and one may be under way: the third is received when a
	// look that began after the call has ended.
	for range 3 {
		j.reserve.wake <- struct{}{}
	}
}

// CheckLater returns options with which no file is checked as a whole at the start.
func CheckLater(o Options) Options {
	o.wholeAtStart = -1
	return o
}

// WithConnect has the journal reach SQLite in another way.
func (o Options) WithConnect(c func(dsn string) (driver.Connector, error)) Options {
	o.connect = c
	return o
}

// OpenReadOnly opens the journal as the function does, on the options' disk.
func (o Options) OpenReadOnly(ctx context.Context, syncLog func(path string) error) (*Reader, error) {
	return o.connect.openReadOnly(ctx, o.Path, syncLog)
}

// WithLog has the journal find the log's file elsewhere.
func (o Options) WithLog(open func(path string) (walfile.File, error)) Options {
	o.openLog = open
	return o
}

// Checkpoint makes a checkpoint now.
func (j *Journal) Checkpoint() error { return j.checkpoint() }

// Findable says whether the documents in a file that nobody has open can be found.
func Findable(ctx context.Context, path string) error { return findable(ctx, path) }

// PagesOf returns the pages of a table or an index, by their numbers: the root first.
func PagesOf(path, name string) (numbers []uint32, err error) {
	r, closed, err := readRemains(path, "")
	if err != nil {
		return nil, err
	}
	root := r.roots[name]
	numbers = []uint32{root}
	for i := 0; i < len(numbers); i++ {
		page, err := r.p.page(numbers[i])
		if err != nil {
			return nil, errors.Join(err, closed())
		}
		if kind, found, _ := r.p.cells(numbers[i], page); kind == tableInner || kind == indexInner {
			for _, c := range found {
				numbers = append(numbers, c.child)
			}
		}
	}
	return numbers, closed()
}

// LogBytes returns how much the write-ahead log has grown since the last checkpoint.
func (j *Journal) LogBytes() int64 { return j.wal.pages.Load() * frameSize }
