package diskspace

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// setApart has the file system set size bytes apart without writing them.
func setApart(f *os.File, size int64) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := raw.Control(func(fd uintptr) {
		for {
			if failed = unix.Fallocate(int(fd), 0, 0, size); failed != unix.EINTR {
				return
			}
		}
	}); err != nil {
		return err
	}
	if errors.Is(failed, unix.EOPNOTSUPP) || errors.Is(failed, unix.ENOSYS) {
		return errors.ErrUnsupported
	}
	return failed
}
