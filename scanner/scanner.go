// Package scanner is the vocabulary of barcode scanners: what a driver owes,
// what a scan is, how scans are cut out of a byte stream, and when a second
// scan of one label counts.
//
// The package does no I/O and reads no clock.
package scanner

import (
	"context"
	"io"
	"log/slog"
	"time"
)

// A Scan is one trigger pull: the bytes as they came, without framing.
type Scan struct {
	Scanner string    // the scanner's name in the configuration
	Role    Role      // what the scanner is for
	Raw     []byte    // the data, byte for byte
	At      time.Time // when the last byte came
	Bad     string    // not empty: the frame was damaged, and why; Raw must not be used as data
}

// A Role is what a scanner is for.
type Role string

// The roles.
const (
	Bench Role = "bench" // where parcels are packed and labelled
	Dock  Role = "dock"  // where parcels leave with the carrier
)

// A Signal is what a scanner tells the hand that holds it.
type Signal int

// The signals. Good is given only once the scan is durable.
const (
	Good Signal = iota
	Bad
	Warn // right, but nothing changed: this parcel was scanned before
)

// A Scanner is an open connection to one scanner.
type Scanner interface {
	// Next blocks until a scan is complete and returns it. A damaged frame is a
	// scan with Bad set, not an error. An error means that the scanner is gone;
	// ctx ending is an error wrapping ctx.Err.
	Next(ctx context.Context) (Scan, error)

	// Signal tells the person. A scanner without beeper or light ignores it.
	Signal(ctx context.Context, s Signal) error

	io.Closer
}

// Options is what a driver needs to talk to one scanner.
type Options struct {
	Name    string
	Role    Role
	Address string // serial port, or host:port
	Baud    int
	Framing Framing
	Profile Profile
	Now     func() time.Time
	Log     *slog.Logger
}

// A Profile is how a scanner model is told good from bad. The zero Profile
// tells nothing.
type Profile struct {
	Name string
	Good []byte
	Bad  []byte
	Warn []byte
}

// A Driver is a way to talk to a kind of scanner.
type Driver struct {
	Name string // as in the configuration
	Doc  string // one sentence for help texts
	Open func(ctx context.Context, o Options) (Scanner, error)
}

// A Registry is a set of drivers by name.
type Registry map[string]Driver

// NewRegistry returns the registry of ds.
func NewRegistry(ds ...Driver) Registry {
	r := make(Registry, len(ds))
	for _, d := range ds {
		r[d.Name] = d
	}
	return r
}
