// Package fault says what a caller can do about an error.
//
// A Kind exists only where the answer to "what now?" differs; everything else
// is an ordinary wrapped error.
package fault

import (
	"errors"
	"fmt"
)

// A Kind is an answer to "what now?".
type Kind int

// The kinds. The zero Kind is an error nobody classified.
const (
	Unknown   Kind = iota
	Transient      // nothing happened; the same call may work later
	Permanent      // the same call will never work
	Uncertain      // it may have happened; ask before doing it again
	NotFound       // there is no such thing
	Conflict       // it contradicts what is already there
	Invalid        // the input is wrong; Hint says how to mend it
)

// An Error is an error with a kind and, for the person at the desk, a hint.
type Error struct {
	Op   string // what was being done, as a noun phrase: "print label 1 of 2"
	Kind Kind
	Err  error
	Hint string // what a person can do, as a sentence
}

// Error returns the operation, the cause and the hint.
func (e *Error) Error() string {
	s := e.Err.Error()
	if e.Op != "" {
		s = e.Op + ": " + s
	}
	if e.Hint != "" {
		s = fmt.Sprintf("%s (%s)", s, e.Hint)
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of the first classified error in err's chain.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Unknown
}

// Is reports whether err is of the given kind.
func Is(err error, k Kind) bool { return err != nil && KindOf(err) == k }
