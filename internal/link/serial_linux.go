package link

import "golang.org/x/sys/unix"

const getTermios = unix.TCGETS2

// setTermios sets any rate, not only those that have a name.
func setTermios(fd int, t *unix.Termios, baud int) error {
	t.Cflag = t.Cflag&^unix.CBAUD | unix.BOTHER
	t.Ispeed, t.Ospeed = uint32(baud), uint32(baud) //nolint:gosec // ParseSerial bounds it
	return unix.IoctlSetTermios(fd, unix.TCSETS2, t)
}

func flushBoth(fd int) error { return unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCIOFLUSH) }

func flushOutput(fd int) error { return unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCOFLUSH) }
