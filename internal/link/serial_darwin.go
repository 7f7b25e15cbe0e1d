package link

import "golang.org/x/sys/unix"

const getTermios = unix.TIOCGETA

// The queues that TIOCFLUSH empties, as the system's sys/fcntl.h names them.
const (
	flushRead  = 1
	flushWrite = 2
)

// setTermios sets the rates that the system knows.
func setTermios(fd int, t *unix.Termios, baud int) error {
	t.Ispeed, t.Ospeed = uint64(baud), uint64(baud) //nolint:gosec // ParseSerial bounds it
	return unix.IoctlSetTermios(fd, unix.TIOCSETA, t)
}

func flushBoth(fd int) error {
	return unix.IoctlSetPointerInt(fd, unix.TIOCFLUSH, flushRead|flushWrite)
}

func flushOutput(fd int) error { return unix.IoctlSetPointerInt(fd, unix.TIOCFLUSH, flushWrite) }
