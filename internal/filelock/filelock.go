// Package filelock keeps two processes from working on the same thing: a file
// that one of them holds locked, however that process ends.
package filelock

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// A Lock is held until Close, or until the process ends.
type Lock struct{ file *os.File }

// ErrHeld is wrapped by the error of a lock that another holds.
var ErrHeld = errors.New("another process holds it")

// Take takes the lock whose file is path, making the file where there is none.
// who is written into it, as a courtesy to whoever finds it locked. The error
// wraps ErrHeld, and tells the holder, where another has it. The file stays:
// removing it would let two processes hold locks on two files of one name.
func Take(path, who string) (*Lock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	ok, err := try(f)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	if !ok {
		holder, _ := io.ReadAll(io.LimitReader(f, 64)) // only to say who; the lock itself is certain
		return nil, errors.Join(fmt.Errorf("%w (%s)", ErrHeld, strings.TrimSpace(string(holder))), f.Close())
	}
	if err := f.Truncate(0); err == nil {
		_, _ = fmt.Fprintf(f, "%s, process %d\n", who, os.Getpid())
	}
	return &Lock{f}, nil
}

// Close gives the lock back.
func (l *Lock) Close() error { return l.file.Close() }
