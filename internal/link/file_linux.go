package link

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// usbMajor is the major number of the devices of USB classes, of which usblp is
// the only one with a name that a printer's link would give.
const usbMajor = 180

// openDevice opens path so that reads and writes can be broken off.
func openDevice(path string) (io.ReadWriteCloser, error) {
	// Non-blocking puts the file into the runtime's poller: deadlines work, and
	// a printer that takes no data holds no thread.
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	var st unix.Stat_t
	raw, err := f.SyscallConn()
	if err == nil {
		var serr error
		err = raw.Control(func(fd uintptr) { serr = unix.Fstat(int(fd), &st) })
		err = errors.Join(err, serr)
	}
	if err != nil {
		f.Close()
		return nil, &fs.PathError{Op: "stat", Path: path, Err: err}
	}
	if st.Mode&unix.S_IFMT == unix.S_IFCHR && unix.Major(st.Rdev) == usbMajor {
		return newUSBLP(f, raw), nil
	}
	return f, nil
}

// isBusy reports whether err says that another program has the device.
func isBusy(err error) bool { return errors.Is(err, unix.EBUSY) }
