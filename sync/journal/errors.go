package journal

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"waybill/internal/fault"
)

// The errors a caller may want to tell apart. Each comes wrapped in a
// *fault.Error that says what to do, except ErrClosed.
var (
	ErrClosed   = errors.New("the journal is closed")
	ErrDiskFull = errors.New("the disk is full")
	ErrDiskLow  = errors.New("the disk is nearly full") // what room there is left is kept for work that has begun
	ErrDamaged  = errors.New("the journal is damaged")
	ErrGarbled  = errors.New("the document is none of its kind") // and ErrDamaged; the others can be read
	ErrInUse    = errors.New("the journal is in use by another process")
)

// A ClashError is a key that another document already owns, such as a tracking
// number that belongs to another order.
type ClashError struct {
	Kind   Kind
	Key    string
	Owner  string // the document that has the key
	Wanted string // the document that asked for it
}

// Error says who owns the key.
func (e *ClashError) Error() string {
	return fmt.Sprintf("%s %q asks for key %q, which belongs to %q", e.Kind, e.Wanted, e.Key, e.Owner)
}

// classify gives err, which came out of SQLite while op was being done, the
// kind and the remedy that a caller needs.
func classify(op string, err error) error {
	if err == nil {
		return nil
	}
	var classified *fault.Error
	var se *sqlite.Error
	if errors.As(err, &classified) || !errors.As(err, &se) {
		return fmt.Errorf("%s: %w", op, err)
	}
	switch se.Code() & 0xff { // the low byte is the primary code
	case sqlite3.SQLITE_FULL:
		return &fault.Error{
			Op: op, Kind: fault.Transient, Err: fmt.Errorf("%w: %w", ErrDiskFull, err),
			Hint: "Free space on the journal's disk; everything recorded so far is safe, this was not recorded.",
		}
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return damaged(op, err)
	case sqlite3.SQLITE_CONSTRAINT:
		return &fault.Error{Op: op, Kind: fault.Conflict, Err: err}
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return &fault.Error{
			Op: op, Kind: fault.Transient, Err: err,
			Hint: "Another program holds the journal, such as a backup or a virus scanner; try again when it has finished.",
		}
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH:
		return &fault.Error{
			Op: op, Kind: fault.Permanent, Err: err,
			Hint: "Check that the journal's folder exists and that the account Waybill runs under may write in it.",
		}
	}
	return fmt.Errorf("%s: %w", op, err)
}

// anothers refuses a journal of another station.
func anothers(op, owner, wanted string) error {
	return &fault.Error{
		Op: op, Kind: fault.Conflict,
		Err:  fmt.Errorf("it belongs to station %q, not to %q", owner, wanted),
		Hint: "Set the station's name back, or name a journal file of its own.",
	}
}

func damaged(op string, err error) error {
	return &fault.Error{
		Op: op, Kind: fault.Permanent, Err: fmt.Errorf("%w: %w", ErrDamaged, err),
		Hint: "Copy the file and the -wal file beside it to a safe place before anything else, " +
			"then restore a backup; 'waybill journal export' saves what can still be read.",
	}
}

// uncertain marks a commit that did not answer: it may or may not be on disk.
// Disk full is no such case, because SQLite has rolled the transaction back.
func uncertain(op string, err error) error {
	err = classify(op, err)
	if errors.Is(err, ErrDiskFull) {
		return err
	}
	return &fault.Error{
		Op: op, Kind: fault.Uncertain, Err: err,
		Hint: "Look at what is recorded before doing it again; check the disk.",
	}
}
