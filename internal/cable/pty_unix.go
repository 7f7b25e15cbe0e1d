//go:build unix

package cable

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// A ptyCable is a pseudo terminal behind a symbolic link that stays, as the
// device links of a real serial device do, while the terminal itself is a new
// one after each plug.
type ptyCable struct{ dir, device string }

// New returns a cable to a pseudo terminal; elsewhere than on Unix, to a loopback
// port. device is what the terminal's link is called.
func New(device string) (Cable, error) {
	dir, err := os.MkdirTemp("", "waybill-"+device+"-")
	if err != nil {
		return nil, err
	}
	return ptyCable{dir, device}, nil
}

func (c ptyCable) Address() string { return filepath.Join(c.dir, c.device) }
func (c ptyCable) Serial() bool    { return true }
func (c ptyCable) Close() error    { return os.RemoveAll(c.dir) }

func (c ptyCable) Plug() (io.ReadWriteCloser, error) {
	ours, theirs, err := pty.Open()
	if err != nil {
		return nil, fmt.Errorf("pseudo terminal: %w", err)
	}
	// Raw before anything is sent: a terminal echoes, and the echo would come
	// back as words from the host.
	if _, err := term.MakeRaw(int(theirs.Fd())); err != nil {
		return nil, errors.Join(fmt.Errorf("pseudo terminal: raw mode: %w", err), ours.Close(), theirs.Close())
	}
	// The package leaves our end in blocking mode, where a read outlives its
	// file's closing; a duplicate in the other mode does not.
	fd, err := unix.FcntlInt(ours.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("pseudo terminal: %w", err), ours.Close(), theirs.Close())
	}
	if err := ours.Close(); err != nil {
		return nil, errors.Join(fmt.Errorf("pseudo terminal: %w", err), theirs.Close(), unix.Close(fd))
	}
	ours = os.NewFile(uintptr(fd), "simulated "+c.device)
	link := c.Address()
	if err := errors.Join(os.Symlink(theirs.Name(), link+".new"), os.Rename(link+".new", link)); err != nil {
		return nil, errors.Join(err, ours.Close(), theirs.Close())
	}
	return &ptyEnd{File: ours, theirs: theirs, link: link}, nil
}

// A ptyEnd is the device's side. It holds the host's side open too: otherwise
// reads would fail whenever no host listens.
type ptyEnd struct {
	*os.File
	theirs *os.File
	link   string
}

// Write sends at most for a few seconds: a host that has stopped reading fills
// the terminal's buffer.
func (e *ptyEnd) Write(b []byte) (int, error) {
	if err := e.File.SetWriteDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return 0, err
	}
	return e.File.Write(b)
}

// Close hangs up.
func (e *ptyEnd) Close() error {
	return errors.Join(os.Remove(e.link), e.theirs.Close(), e.File.Close())
}
