package diskspacetest

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// mount puts a file system of size bytes, in memory, on dir.
func mount(dir string, size int64) (unmount func() error, err error) {
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%d", size)); err != nil {
		return nil, fmt.Errorf("mount of a tmpfs: %w", err)
	}
	return func() error { return unix.Unmount(dir, unix.MNT_DETACH) }, nil
}

func full(err error) bool { return errors.Is(err, unix.ENOSPC) }
