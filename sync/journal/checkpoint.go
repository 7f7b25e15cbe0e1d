package journal

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"modernc.org/sqlite"
)

// A checkpoint copies what the write-ahead log holds into the file proper, and
// costs several syncs of the disk. Left to SQLite, every so often a commit pays
// for it, and whoever waits for that commit waits several times as long. Ours are
// made beside the commits, on a connection of their own, and at best while nobody
// commits anything: both go to the same disk.
const (
	checkpointAt  = 1000                   // pages in the log; then at the next quiet moment
	checkpointBy  = 4 * checkpointAt       // then also without one
	checkpointMax = 2 * checkpointBy       // then a commit pays for it after all: the log must not grow for ever
	quiet         = 100 * time.Millisecond // without a commit
)

// wal is how much the write-ahead log has grown since the last checkpoint.
type wal struct {
	pages   atomic.Int64
	size    int64 // of its file, as far as it is known to be there; the committer's
	commits atomic.Int64
	grown   chan struct{} // told when there is something for a checkpoint
	ended   chan struct{} // closed when no checkpoint is made any more
}

// wrote notes what a commit has added.
func (l *wal) wrote(w *writer) {
	l.commits.Add(1)
	n, err := w.pagesWritten()
	if err != nil {
		return // SQLite's own checkpoint comes instead, a little later
	}
	if l.pages.Add(int64(n)) >= checkpointAt {
		select {
		case l.grown <- struct{}{}:
		default: // it has been told already
		}
	}
}

// pagesWritten returns how many pages the connection has written since it was
// last asked.
func (w *writer) pagesWritten() (n int, err error) {
	err = w.on.conn.Raw(func(c any) error {
		counts, ok := c.(sqlite.DBStatus)
		if !ok {
			return fmt.Errorf("%T counts no pages", c)
		}
		n, _, err = counts.Status(sqlite.DBStatusCacheWrite, true)
		return err
	})
	return n, err
}

// checkpoints makes them until the journal closes.
func (j *Journal) checkpoints() {
	defer close(j.wal.ended)
	failing := false // which is told when it begins and when it is over: a busy station tries it at every commit
	for {
		select {
		case <-j.stop:
			return
		case <-j.wal.grown:
		}
		if !j.untilQuiet() {
			return
		}
		before := j.wal.pages.Load()
		if err := j.copyLog(); err != nil {
			if !failing {
				j.o.Log.WarnContext(context.Background(), "The journal's write-ahead log could not be copied into the file; it grows until it can.", "path", j.o.Path, "err", err)
			}
			failing = true
			continue
		}
		if failing {
			j.o.Log.InfoContext(context.Background(), "The journal's write-ahead log is copied into the file again.", "path", j.o.Path)
		}
		failing = false
		j.wal.pages.Add(-before)
	}
}

// untilQuiet waits until nobody commits, but not for ever. It returns false when
// the journal closes.
func (j *Journal) untilQuiet() bool {
	t := time.NewTimer(quiet)
	defer t.Stop()
	for seen := j.wal.commits.Load(); j.wal.pages.Load() < checkpointBy; {
		select {
		case <-j.stop:
			return false
		case <-t.C:
		}
		now := j.wal.commits.Load()
		if now == seen {
			break
		}
		seen = now
		t.Reset(quiet)
	}
	return true
}

// checkpoint copies the log, as far as no reader needs it as it is. Its connection
// is made for it alone: one that was there when the disk failed is not to be
// trusted.
func (j *Journal) checkpoint() (err error) {
	w, err := openWriter(context.Background(), j.o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close()) }()
	if err := w.run("PRAGMA wal_checkpoint(PASSIVE)"); err != nil {
		return classify("checkpoint of journal "+j.o.Path, err)
	}
	return nil
}
