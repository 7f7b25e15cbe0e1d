package intake

import (
	"errors"

	"golang.org/x/sys/unix"
)

// writerOf asks the kernel for a read lease, which it only gives while nobody
// has the file open for writing, and gives it back at once. Network shares and
// other people's files give none.
func writerOf(path string) writing {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return cannotTell
	}
	defer unix.Close(fd)
	_, err = unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_RDLCK)
	switch {
	case errors.Is(err, unix.EAGAIN):
		return somebodyWrites
	case err != nil:
		return cannotTell
	}
	_, err = unix.FcntlInt(uintptr(fd), unix.F_SETLEASE, unix.F_UNLCK)
	if err != nil {
		return cannotTell
	}
	return nobodyWrites
}
