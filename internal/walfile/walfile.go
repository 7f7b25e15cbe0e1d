// Package walfile makes durable what a SQLite write-ahead log holds, beside SQLite, or
// leaves it where it is.
//
// SQLite takes what it finds in a log for recorded. But a process that was killed
// between a commit's write and its sync has left the commit in the system's memory
// alone, and so has one whose sync failed. Shown by the next process, and acted upon,
// a power cut would take it back.
package walfile

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
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
// renew. The caller keeps others from writing to it. What lies behind is left as it is:
// frames from before the log was begun anew, which SQLite goes over and never reads.
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
	end, err := held(f, info.Size())
	if err != nil {
		return err
	}
	n, err := io.Copy(io.NewOffsetWriter(f, 0), io.NewSectionReader(f, 0, end))
	if err == nil && n != end {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return err
	}
	return f.Sync()
}

// Leave has a database closed whose log was not renewed, and leaves that as it is. The
// last connection to close copies the log into the file; but what may not be on disk must
// stay where it is, for the next start: a power cut in the midst of the copying would
// leave a file half new and nothing to mend it by. So beside, a handle on the database
// that may only read and so cannot copy, is closed after all that closeRest closes.
func Leave(beside *sql.DB, closeRest func() error) (err error) {
	defer func() { err = errors.Join(err, beside.Close()) }()
	ctx := context.Background()
	conn, err := beside.Conn(ctx)
	if err != nil {
		return errors.Join(err, closeRest())
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	var version int
	// It is at the log once it has read. What is wrong with the file has been told; by now
	// it is held, or has no log.
	_ = conn.QueryRowContext(ctx, "PRAGMA schema_version").Scan(&version)
	return closeRest()
}

// The format of a log: SQLite's "Database File Format", section 4.1 "WAL File Format".
const (
	magic       = 0x377f0682 // or one more, by the order of the bytes in its checksums
	headerSize  = 32
	frameHeader = 24 // before each page
	minPage     = 512
	maxPage     = 65536
)

// held returns where that ends in a log of so many bytes which SQLite may take for
// recorded. It reads the frames one by one from the first and stops at one whose salts
// are not the header's. It stops at more, as at a checksum; so this is never too little.
// What is no log as we know it is held as a whole.
func held(f io.ReaderAt, size int64) (int64, error) {
	var header [headerSize]byte
	var frame [frameHeader]byte
	if size <= headerSize {
		return size, nil
	}
	if _, err := f.ReadAt(header[:], 0); err != nil {
		return 0, fmt.Errorf("header: %w", err)
	}
	page := int64(binary.BigEndian.Uint32(header[8:]))
	if binary.BigEndian.Uint32(header[:])&^1 != magic || page < minPage || page > maxPage || page&(page-1) != 0 {
		return size, nil
	}
	end := int64(headerSize)
	for end+frameHeader+page <= size {
		if _, err := f.ReadAt(frame[:], end); err != nil {
			return 0, fmt.Errorf("frame at byte %d: %w", end, err)
		}
		if !bytes.Equal(frame[8:16], header[16:24]) {
			break
		}
		end += frameHeader + page
	}
	return end, nil
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
