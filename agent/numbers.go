package agent

// A NumbersHeldError is an ErrNoNumbers where there are numbers, and a person
// must mend something before they may be given out.
type NumbersHeldError struct{ Reason string }

// Error returns the reason.
func (e *NumbersHeldError) Error() string { return e.Reason }

// Is makes it a kind of ErrNoNumbers.
func (e *NumbersHeldError) Is(target error) bool { return target == ErrNoNumbers }
