// Package diskspacetest has disks for tests that are small enough to be filled.
package diskspacetest

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// A Disk is a file system of its own, gone with the test.
type Disk struct{ Dir string }

// Small returns a disk of size bytes. Where this machine or this user cannot have
// one, the test is skipped and says why.
func Small(t testing.TB, size int64) Disk {
	t.Helper()
	dir := t.TempDir()
	unmount, err := mount(dir, size)
	if err != nil {
		t.Skipf("no small disk can be had here, and a full one is not tried: %v", err)
	}
	t.Cleanup(func() {
		if err := unmount(); err != nil {
			t.Errorf("small disk %s: %v", dir, err)
		}
	})
	return Disk{Dir: dir}
}

// Fill takes all but left bytes of what is free, in a file of its own.
func (d Disk) Fill(t testing.TB, free, left int64) {
	t.Helper()
	f, err := os.OpenFile(d.filler(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	buf := make([]byte, 4096)
	for n := free - left; n > 0; n -= int64(len(buf)) {
		if _, err := f.Write(buf); err != nil {
			if left > 0 || !full(err) {
				t.Fatal(err)
			}
			return
		}
	}
}

// Empty takes away what Fill has put there.
func (d Disk) Empty(t testing.TB) {
	t.Helper()
	if err := os.Remove(d.filler()); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
}

func (d Disk) filler() string { return filepath.Join(d.Dir, "filler") }
