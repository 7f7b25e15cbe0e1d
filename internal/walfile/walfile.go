// Package walfile makes durable what a SQLite write-ahead log holds, beside SQLite.
//
// SQLite takes what it finds in a log for recorded. But a process that was killed
// between a commit's write and its sync has left the commit in the system's memory
// alone, and so has one whose sync failed. Shown by the next process, and acted upon,
// a power cut would take it back.
package walfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

// A File is the file of a log.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Stat() (fs.FileInfo, error)
	Sync() error
	Truncate(size int64) error
}

// Open opens the log at path, which must be there.
func Open(path string) (File, error) { return os.OpenFile(path, os.O_RDWR, 0) }

// Renew writes what the log at path holds once more, and syncs it. No log is none to
// renew. The caller keeps others from writing to it.
//
// To sync it alone would not do. After a sync that failed, Linux takes the pages for
// written, and the next sync succeeds with nothing on disk (Rebello et al., "Can
// Applications Recover from fsync Failures?", USENIX ATC 2020: so do ext4,
// XFS and Btrfs). Nobody knows what became of the process before.
func Renew(open func(path string) (File, error), path string) (err error) {
	f, err := open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return err
	}
	n, err := io.Copy(io.NewOffsetWriter(f, 0), io.NewSectionReader(f, 0, info.Size()))
	if err == nil && n != info.Size() {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return err
	}
	return f.Sync()
}

// Sync syncs the log at path, for those who must not write to it: it makes durable
// what a killed process has left, and not what one has whose sync failed.
func Sync(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0) // Windows syncs nothing that is open for reading alone
	if err != nil {
		f, err = os.Open(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	err = errors.Join(f.Sync(), f.Close())
	if errors.Is(err, fs.ErrPermission) {
		return nil // nor can whoever may not write to it on Windows
	}
	return err
}
