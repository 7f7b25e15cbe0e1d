package journal

import (
	"errors"
	"fmt"

	"waybill/internal/fault"
	"waybill/internal/filelock"
)

// lock takes the journal at path for this process. It uses a file of its own,
// because closing any descriptor of the database file would drop the locks that
// SQLite holds on it.
func lock(path, who string) (*filelock.Lock, error) {
	l, err := filelock.Take(path+".lock", who)
	if errors.Is(err, filelock.ErrHeld) {
		return nil, &fault.Error{
			Op: "lock of journal " + path, Kind: fault.Conflict, Err: fmt.Errorf("%w: %w", ErrInUse, err),
			Hint: "Stop the other station, or give this one a journal of its own.",
		}
	}
	if err != nil {
		return nil, fmt.Errorf("journal %s: %w", path, err)
	}
	return l, nil
}
