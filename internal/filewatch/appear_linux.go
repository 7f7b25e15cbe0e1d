package filewatch

import (
	"os"

	"golang.org/x/sys/unix"
)

// Appear tells when files are made in dirs, renamed into them, removed, or given
// other rights, as device files are when something is plugged in. It says nothing
// of what is written to them, which in /dev would be endless. stop ends it. The
// channel is nil where the system tells nothing.
func Appear(dirs []string) (told <-chan struct{}, stop func()) {
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		return nil, func() {}
	}
	f := os.NewFile(uintptr(fd), "notices of files")
	watched := false
	for _, dir := range dirs {
		_, err := unix.InotifyAddWatch(fd, dir, unix.IN_CREATE|unix.IN_MOVED_TO|unix.IN_ATTRIB|unix.IN_DELETE|unix.IN_ONLYDIR)
		watched = watched || err == nil
	}
	if !watched {
		f.Close()
		return nil, func() {}
	}
	c := make(chan struct{}, 1)
	done := make(chan struct{})
	go func() { // ends when stop closes the file
		defer close(done)
		buf := make([]byte, 4096)
		for {
			if _, err := f.Read(buf); err != nil {
				return
			}
			select {
			case c <- struct{}{}:
			default:
			}
		}
	}()
	return c, func() {
		f.Close()
		<-done
	}
}
