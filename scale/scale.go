// Package scale is the vocabulary of scales and dimensioners: what a driver
// owes, what a reading is and what is wrong with one, how units become grams,
// and when a weight is that of a new parcel.
//
// The package does no I/O and reads no clock.
package scale

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"
)

// A Reading is what a scale said at one moment. Weight and Size are to be
// trusted only where [Reading.Usable] says so: with a Condition they are zero,
// but for Motion and Net, where they are what the display shows.
type Reading struct {
	Scale     string    `json:"scale"` // the scale's name in the configuration
	Weight    Weight    `json:"weight,omitzero"`
	Size      Size      `json:"size,omitzero"`       // of a dimensioner; zero: not measured
	Stable    bool      `json:"stable"`              // by the scale's own word, not by ours
	Condition Condition `json:"condition,omitempty"` // not empty: why this is no weight
	Detail    string    `json:"detail,omitempty"`    // what the condition was told by, for the person who mends it
	Raw       []byte    `json:"raw,omitempty"`       // the answer as it came, cut at MaxRaw
	At        time.Time `json:"at"`                  // when its last byte came
}

// MaxRaw is how much of an answer a reading keeps.
const MaxRaw = 256

// Usable reports whether the reading is the weight of what lies on the scale.
func (r Reading) Usable() bool { return r.Condition == Fine && r.Stable }

// A Scale is an open connection to one scale or dimensioner.
type Scale interface {
	// Next blocks until the scale has said something, or has failed to for as
	// long as Options.Answer, and returns it. An answer that cannot be
	// understood, and one that does not come, are readings with a Condition, not
	// errors. An error means that the scale is gone; ctx ending is an error
	// wrapping ctx.Err. No reading is older than the call before it: what came
	// while nobody asked is thrown away.
	Next(ctx context.Context) (Reading, error)

	io.Closer
}

// A Measurer is a Scale that measures when it is told to, as dimensioners do. It
// is optional: test for it with a type assertion.
type Measurer interface {
	// Measure orders one measurement. The next call of Next returns it.
	Measure(ctx context.Context) error
}

// A Dialer opens a fresh byte stream to one scale.
type Dialer = func(ctx context.Context) (io.ReadWriteCloser, error)

// Options is what a driver needs to talk to one scale. The zero value of each
// field but Dial or Link is right.
type Options struct {
	Name string
	Dial Dialer // opens the link; nil for drivers that open it themselves, see Driver.Schemes
	Link string // the link as the configuration has it
	// Unit is what the scale is set to. It is required for a language that sends
	// no unit; any other unit that a scale sends is refused as WrongUnit. Empty:
	// whatever the scale sends.
	Unit Unit
	// LengthUnit is the same for what a dimensioner measures.
	LengthUnit LengthUnit
	// Format is what one line of a dimensioner of no known language looks like:
	// L,W,H or L;W;H;K with the letters for length, width, height and weight and
	// between them what stands between the numbers.
	Format string
	// Net lets net weights count: somebody tares the tote on purpose.
	Net    bool
	Poll   time.Duration // between two questions; default 200ms, at least 100ms
	Answer time.Duration // how long an answer may take; default 1s
	Now    func() time.Time
	Log    *slog.Logger
}

// A Driver is a way to talk to a kind of scale.
type Driver struct {
	Name string // as in the configuration
	Doc  string // one sentence for help texts
	// Line is how such scales leave the factory, in the words of a serial link's
	// settings: baud=9600&bits=7&parity=even. What a link says goes first.
	Line string
	// Schemes are those of the links that the driver opens by itself, such as
	// "hid". None listed means that it talks over a byte stream.
	Schemes []string
	// Events says that it speaks only when something was measured, so that its
	// silence is no fault.
	Events bool
	// Unitless says that the language sends no unit, so Options.Unit is required.
	Unitless bool
	// Open starts a conversation. Its error is of kind fault.NotFound or
	// fault.Transient where the scale is merely out of reach, and fault.Invalid
	// where the options are wrong.
	Open func(ctx context.Context, o Options) (Scale, error)
	// Appears, where not nil, returns the directories in which something changes
	// when the scale at that link is plugged in.
	Appears func(link string) []string
}

// OpensLink reports whether the driver opens link by itself. Its error says that
// the driver and the link do not go together.
func (d Driver) OpensLink(link string) (bool, error) {
	if len(d.Schemes) == 0 {
		return false, nil
	}
	scheme, _, ok := strings.Cut(link, "://")
	if !ok || !slices.Contains(d.Schemes, scheme) {
		return true, fmt.Errorf("link %q: the driver %s takes links that begin with %s://", link, d.Name, strings.Join(d.Schemes, ":// or "))
	}
	return true, nil
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
