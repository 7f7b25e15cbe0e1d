//go:build unix

package virtual

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// A serialLine is the printer's end of a pseudo terminal. It holds the host's
// end open too: otherwise reads would fail whenever no host listens.
type serialLine struct {
	ours, theirs *os.File
	path         string
}

// openSerial makes a serial line whose device is reached by a symbolic link at
// path.
func openSerial(path string) (*serialLine, error) {
	ours, theirs, err := pty.Open()
	if err != nil {
		return nil, fmt.Errorf("pseudo terminal: %w", err)
	}
	// Raw before anything is sent: a terminal echoes, and the echo would come
	// back as words from the host.
	if _, err := term.MakeRaw(int(theirs.Fd())); err != nil {
		return nil, errors.Join(fmt.Errorf("pseudo terminal: raw mode: %w", err), ours.Close(), theirs.Close())
	}
	// The package leaves our end in blocking mode, where no deadline ends a read;
	// a duplicate in the other mode does not.
	fd, err := unix.FcntlInt(ours.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err = errors.Join(err, ours.Close()); err != nil {
		return nil, errors.Join(fmt.Errorf("pseudo terminal: %w", err), theirs.Close())
	}
	l := &serialLine{ours: os.NewFile(uintptr(fd), "virtual printer"), theirs: theirs, path: path}
	if err := os.Symlink(theirs.Name(), path); err != nil {
		return nil, errors.Join(fmt.Errorf("%w (give a path where nothing is yet)", err), l.ours.Close(), theirs.Close())
	}
	return l, nil
}

// Read reads what a host sends.
func (l *serialLine) Read(b []byte) (int, error) { return l.ours.Read(b) }

// Write sends at most for a few seconds: a host that has stopped reading fills
// the terminal's buffer.
func (l *serialLine) Write(b []byte) (int, error) {
	if err := l.ours.SetWriteDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return 0, err
	}
	return l.ours.Write(b)
}

// Close ends a conversation; the line stays.
func (l *serialLine) Close() error { return l.ours.SetReadDeadline(time.Unix(1, 0)) }

// reopen begins another conversation.
func (l *serialLine) reopen() error { return l.ours.SetReadDeadline(time.Time{}) }

// close takes the line away.
func (l *serialLine) close() error {
	return errors.Join(os.Remove(l.path), l.theirs.Close(), l.ours.Close())
}
