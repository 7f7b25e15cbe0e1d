package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
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
	size, err := lengthen(j.o.Path+"-wal", need+aheadBy)
	if err != nil {
		j.o.Log.DebugContext(context.Background(), "The journal's write-ahead log could not be made longer ahead of need.", "path", j.o.Path, "err", err)
		size = -1 // until the file is opened anew
	}
	j.wal.size = size
}

// syncLog makes durable what the log holds, before anybody reads it. A process that is
// killed between a commit's write and its sync leaves the commit in the system's memory
// alone, where the next one finds it as if it were recorded. Were it shown then, sent
// and acted upon, a power cut soon after would take it back.
func syncLog(path string) error {
	f, err := os.OpenFile(path+"-wal", os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = errors.Join(f.Sync(), f.Close())
	}
	if err != nil {
		return fmt.Errorf("log of journal %s: %w", path, err)
	}
	return nil
}

// lengthen makes the file at path at least size bytes long, durably, and returns how
// long it is.
func lengthen(path string, size int64) (_ int64, err error) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil || info.Size() >= size {
		return info.Size(), err
	}
	if _, err = f.WriteAt(make([]byte, size-info.Size()), info.Size()); err == nil {
		err = f.Sync()
	}
	if err != nil { // a full disk among others, which has better uses for what is left
		return 0, errors.Join(err, f.Truncate(info.Size()))
	}
	return size, nil
}
