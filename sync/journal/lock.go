package journal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"waybill/internal/fault"
)

// lock takes the journal at path for this process. It uses a file of its own,
// because closing any descriptor of the database file would drop the locks that
// SQLite holds on it. The file stays: removing it would let two processes hold
// locks on two files of the same name.
func lock(path string) (*os.File, error) {
	f, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock of journal %s: %w", path, err)
	}
	ok, err := tryLock(f)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock of journal %s: %w", path, err), f.Close())
	}
	if !ok {
		holder, _ := io.ReadAll(io.LimitReader(f, 64)) // only to say who; the lock itself is certain
		_ = f.Close()
		return nil, &fault.Error{Op: "lock of journal " + path, Kind: fault.Conflict,
			Err:  fmt.Errorf("%w (%s)", ErrInUse, strings.TrimSpace(string(holder))),
			Hint: "Stop the other station, or give this one a journal of its own."}
	}
	if err := f.Truncate(0); err == nil {
		_, _ = fmt.Fprintf(f, "process %d\n", os.Getpid()) // a courtesy to whoever finds it locked
	}
	return f, nil
}
