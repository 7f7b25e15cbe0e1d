// Package diskspace tells how much room a disk has, and takes some of it in
// advance.
//
// It knows nothing of what the room is for, and watches nothing by itself.
package diskspace

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"waybill/internal/atomicfile"
)

// A Space is the room of one file system, in bytes.
type Space struct {
	Free  int64 // what this user may still write
	Total int64
}

// chunk is how much is written at a time where the system cannot set room apart.
const chunk = 1 << 20

// Take makes a file of size bytes at path whose room is really taken: no hole, and
// nothing that a file system could press together. It is there whole or not at all,
// and durable. What was at path before is replaced.
func Take(path string, size int64) (err error) {
	partial := path + ".partial"
	f, err := os.OpenFile(partial, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("room taken in advance: %w", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(partial) // the first error is the one to tell; the next try writes over it
		}
	}()
	err = setApart(f, size)
	if errors.Is(err, errors.ErrUnsupported) {
		err = fill(f, size)
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("room taken in advance, %s: %w", partial, err)
	}
	if err = os.Rename(partial, path); err != nil {
		return fmt.Errorf("room taken in advance: %w", err)
	}
	return atomicfile.SyncDir(filepath.Dir(path))
}

// fill writes size bytes that cannot be pressed together, syncing as it goes so
// that other writers of the disk never wait for all of it.
func fill(f *os.File, size int64) error {
	src := rand.NewChaCha8([32]byte{})
	buf := make([]byte, chunk)
	for size > 0 {
		n := min(size, chunk)
		_, _ = src.Read(buf[:n]) // never fails; see its documentation
		if _, err := f.Write(buf[:n]); err != nil {
			return err
		}
		if err := f.Sync(); err != nil {
			return err
		}
		size -= n
	}
	return nil
}

// GiveUp removes the file at path and gives its room back. One that is not there
// is no error.
func GiveUp(path string) error {
	// Emptied first: the room is free then even where something still holds the file.
	err := os.Truncate(path, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return errors.Join(err, os.Remove(path))
}

// Taken returns how many bytes the file at path takes up; 0 where there is none.
func Taken(path string) int64 {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return 0
	}
	return info.Size()
}
