package driver

import (
	"time"

	"waybill/scanner"
)

// SerialOn is the serial driver over other ports than this machine's.
func SerialOn(list func() ([]Port, error), dev string) scanner.Driver { return serialOn(list, dev) }

// Unmark reads a marked stream in one go.
func Unmark(c scanner.Cutter, b []byte, at time.Time) []scanner.Frame {
	var u unmarker
	return u.push(c, b, at)
}

// UnmarkBytes reads a marked stream byte by byte.
func UnmarkBytes(c scanner.Cutter, b []byte, at time.Time) []scanner.Frame {
	var u unmarker
	var frames []scanner.Frame
	for i := range b {
		frames = append(frames, u.push(c, b[i:i+1], at)...)
	}
	return frames
}
