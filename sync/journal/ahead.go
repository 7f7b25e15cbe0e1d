package journal

import (
	"context"
	"database/sql"
	"errors"

	"waybill/internal/fault"
	"waybill/internal/walfile"
)

// The write-ahead log is kept longer than what is in it. A commit that goes over
// bytes that are there already is synced sooner than one that makes the file grow,
// since the file system has nothing to note down, and above all is the slowest of a
// hundred much sooner. SQLite begins the log anew after a checkpoint and does not cut
// it, so that this is for the first time round.
const (
	frameSize = 24 + 4096       // what a page takes in the log
	aheadBy   = 256 * frameSize // how much the log is made longer at a time
	aheadMax  = checkpointBy * frameSize
)

// ahead makes the log longer where it will soon have to be. Only the committer calls
// it, between transactions: nobody else writes to the log, and what it holds lies
// before what is added. It is no harm where it does not work, since SQLite does
// without.
func (j *Journal) ahead() {
	need := j.wal.pages.Load()*frameSize + aheadBy/4
	if j.wal.size < 0 || need <= j.wal.size || j.wal.size >= aheadMax {
		return
	}
	size, err := lengthen(j.o.openLog, j.o.Path+"-wal", need+aheadBy)
	if err != nil {
		j.o.Log.DebugContext(context.Background(), "The journal's write-ahead log could not be made longer ahead of need.", "path", j.o.Path, "err", err)
		size = -1 // until the file is opened anew
	}
	j.wal.size = size
}

// renewLog makes durable what the log holds, before anybody is told of it.
func (j *Journal) renewLog(ctx context.Context, conn *sql.Conn, path string) (err error) {
	op := "write-ahead log of journal " + path
	// Whoever has the write lock is alone with the log.
	if _, err := conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return classify(op, err)
	}
	defer func() {
		_, rollback := conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK")
		err = errors.Join(err, classify(op, rollback))
	}()
	if err := walfile.Renew(j.o.openLog, path+"-wal"); err != nil {
		return &fault.Error{
			Op: op, Kind: fault.Transient, Err: err,
			Hint: "What is in it may not be on disk. Check the disk and the system's log, then start again.",
		}
	}
	j.renewed = true
	return nil
}

// closeWriter closes the connection that writes, and leaves the log to the next start
// where it was not made durable.
func (j *Journal) closeWriter() error {
	if j.renewed {
		return j.w.close()
	}
	beside, err := j.o.connect.open(j.o.Path, true, 1)
	if err != nil {
		return errors.Join(err, j.w.close())
	}
	return walfile.Leave(beside, j.w.close)
}

// lengthen makes the file at path at least size bytes long, durably, and returns how
// long it is.
func lengthen(openFile func(path string) (walfile.File, error), path string, size int64) (_ int64, err error) {
	f, err := openFile(path)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if info.Size() >= size {
		return info.Size(), nil
	}
	if _, err = f.WriteAt(make([]byte, size-info.Size()), info.Size()); err == nil {
		err = f.Sync()
	}
	if err != nil { // a full disk among others, which has better uses for what is left
		return 0, errors.Join(err, f.Truncate(info.Size()))
	}
	return size, nil
}
