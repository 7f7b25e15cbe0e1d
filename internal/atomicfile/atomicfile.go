// Package atomicfile writes files that are either wholly there or not there at
// all, and that survive a power cut once the call has returned.
//
// It does not lock: two writers of one path end with one of the two contents.
package atomicfile

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// WriteFile puts data into the file at path, replacing what was there. A reader
// sees the old content or the new, never a part; after a nil error the new
// content is on the disk. The directory must exist.
//
// An error before the new name is in place leaves the old file as it was. The
// one error after it is a *[SyncError].
func WriteFile(path string, data []byte, perm fs.FileMode) error {
	dir := filepath.Dir(path)
	tmp, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*.tmp")
	if err != nil {
		return fmt.Errorf("temporary file for %s: %w", path, err)
	}
	if err := fill(tmp, data, perm); err != nil {
		os.Remove(tmp.Name())
		return fmt.Errorf("content of %s: %w", path, err)
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		os.Remove(tmp.Name())
		return fmt.Errorf("new name of %s: %w", path, err)
	}
	if err := SyncDir(dir); err != nil {
		return &SyncError{Path: path, Err: err}
	}
	return nil
}

// A SyncError says that the file has its new content, but that a power cut may
// still undo it.
type SyncError struct {
	Path string
	Err  error
}

// Error names the file and the cause.
func (e *SyncError) Error() string {
	return fmt.Sprintf("directory entry of %s: %v", e.Path, e.Err)
}

// Unwrap returns the cause.
func (e *SyncError) Unwrap() error { return e.Err }

// fill writes, syncs and closes f.
func fill(f *os.File, data []byte, perm fs.FileMode) error {
	_, err := f.Write(data)
	if err == nil {
		err = f.Chmod(perm)
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}
