//go:build !linux && !darwin

package link

import (
	"errors"
	"time"
)

// A Line is an open serial port. There is none on this system.
type Line struct{}

// OpenLine says that it cannot.
func OpenLine(Serial) (*Line, error) { return nil, errors.ErrUnsupported }

// Read fails.
func (*Line) Read([]byte) (int, error) { return 0, errors.ErrUnsupported }

// Write fails.
func (*Line) Write([]byte) (int, error) { return 0, errors.ErrUnsupported }

// SetReadDeadline fails.
func (*Line) SetReadDeadline(time.Time) error { return errors.ErrUnsupported }

// SetWriteDeadline fails.
func (*Line) SetWriteDeadline(time.Time) error { return errors.ErrUnsupported }

// Close does nothing.
func (*Line) Close() error { return nil }
