package downlink

import (
	"os"

	"waybill/internal/atomicfile"
)

// disk is what a shelf is written on. A test has one whose power fails.
type disk interface {
	MkdirAll(dir string) error

	// WriteFile writes a file that is not there, durably but for its name.
	WriteFile(name string, content []byte) error

	// SyncDir makes the names in a directory durable.
	SyncDir(dir string) error

	Rename(from, to string) error
	RemoveAll(name string) error
}

// realDisk is the system's.
type realDisk struct{}

func (realDisk) MkdirAll(dir string) error    { return os.MkdirAll(dir, 0o700) }
func (realDisk) SyncDir(dir string) error     { return atomicfile.SyncDir(dir) }
func (realDisk) Rename(from, to string) error { return os.Rename(from, to) }
func (realDisk) RemoveAll(name string) error  { return os.RemoveAll(name) }

func (realDisk) WriteFile(name string, content []byte) (err error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if closed := f.Close(); err == nil {
			err = closed
		}
	}()
	if _, err = f.Write(content); err != nil {
		return err
	}
	return f.Sync()
}
