package agent

// A NumbersHeldError is an ErrNoNumbers where there are numbers, and a person
// must mend something before they may be given out.
type NumbersHeldError struct{ Reason string }

// Error returns the reason.
func (e *NumbersHeldError) Error() string { return e.Reason }

// Is makes it a kind of ErrNoNumbers.
func (e *NumbersHeldError) Is(target error) bool { return target == ErrNoNumbers }

// A NumbersSpentError is an ErrNoNumbers that says why none are left.
type NumbersSpentError struct{ Why string }

// Error returns why none are left.
func (e *NumbersSpentError) Error() string { return e.Why }

// Is makes it a kind of ErrNoNumbers.
func (e *NumbersSpentError) Is(target error) bool { return target == ErrNoNumbers }
