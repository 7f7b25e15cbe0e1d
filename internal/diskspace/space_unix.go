//go:build linux || darwin || freebsd

package diskspace

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Of returns the room of the file system that dir is on. It is an error that wraps
// errors.ErrUnsupported where the system cannot tell.
func Of(dir string) (Space, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return Space{}, fmt.Errorf("free space of %s: %w", dir, err)
	}
	// Signed on some systems: below zero where root alone has room left.
	free, block := uint64(max(0, int64(s.Bavail))), uint64(s.Bsize)
	return Space{Free: int64(free * block), Total: int64(s.Blocks * block)}, nil
}
