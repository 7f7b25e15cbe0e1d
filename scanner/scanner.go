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
	"slices"
	"time"
)

// A Scan is one trigger pull: the bytes as they came, without framing.
type Scan struct {
	Scanner string    // the scanner's name in the configuration
	Role    Role      // what the scanner is for
	Raw     []byte    // the data, byte for byte
	AIM     string    // the symbology as ISO/IEC 15424 writes it, as ]C1, where it came beside the data and not before it
	First   time.Time // when the first byte came; zero where nobody knows
	At      time.Time // when the last byte came
	Bad     string    // not empty: the frame was damaged, and why; Raw must not be used as data
	Resent  bool      // the scanner sends the scan before this one again: our answer to it may have been lost
}

// Data returns the scan as a scanner that puts the identifier before the data
// sends it.
func (s Scan) Data() []byte {
	if s.AIM == "" {
		return s.Raw
	}
	return append([]byte(s.AIM), s.Raw...)
}

// A Role is what a scanner is for.
type Role string

// The roles.
const (
	Bench Role = "bench" // where parcels are packed and labelled
	Dock  Role = "dock"  // where parcels leave with the carrier
)

// An Aside is why a scan is kept as evidence only, and does nothing.
type Aside string

// The reasons.
const (
	Repeated    Aside = "repeated"     // the same look at the same label
	SentAgain   Aside = "resent"       // the scanner, or the page, missed the answer and sent it once more
	OtherDevice Aside = "other_device" // it came from a device that is not the scanner of that name
)

// A Kept is the last scan of a scanner that is on disk, and what its hand was
// told. The zero Kept is none.
type Kept struct {
	Raw  []byte
	At   time.Time // when its last byte came
	Told Signal
}

// A Signal is what a scanner tells the hand that holds it.
type Signal int

// The signals. All but Unkept and Wait are given only once the scan is durable: a scanner
// that waits for the host's ACK takes them for it.
const (
	Good Signal = iota
	Bad
	Warn   // right, but nothing changed: this parcel was scanned before
	Unkept // the scan is not on disk: scan again; sounds as Bad
	Wait   // the scan is not on disk yet, and the hand waits too long; sounds as Bad, and answers nothing
	Heard  // taken, and the person was told already: no sound
)

// A Scanner is an open connection to one scanner.
type Scanner interface {
	// Next blocks until a scan is complete and returns it. A damaged frame is a
	// scan with Bad set, not an error. An error means that the scanner is gone;
	// ctx ending is an error wrapping ctx.Err.
	Next(ctx context.Context) (Scan, error)

	// Signal tells the person, and answers the scan that Next returned last where
	// the scanner waits for an answer. A scanner without beeper or light ignores
	// the signal.
	Signal(ctx context.Context, s Signal) error

	io.Closer
}

// An Identified scanner knows which device it is. Where one is found by a port's
// name, which another device may have tomorrow, this tells them apart.
type Identified interface{ Device() Device }

// Options is what a driver needs to talk to one scanner.
type Options struct {
	Name      string
	Role      Role
	Address   string // usb://VENDOR:PRODUCT/SERIAL, a port or device file, or host:port
	Line      Line
	Protocol  Protocol
	Handshake Handshake
	Resends   time.Duration // after how long without ACK it sends the same again; 0: it does not, but for NAK
	Kept      Kept          // the last scan before this connection, to know it where it is sent again
	Framing   Framing
	NoRead    []string // what the scanner sends when it found no barcode; such a scan is Bad
	Profile   Profile
	Layout    string // the keyboard that a scanner that types is set to: us, gb, de or fr; empty: us
	Now       func() time.Time
	Log       *slog.Logger
}

// FoundNothing reports whether raw is what the scanner sends when it found no
// barcode.
func (o Options) FoundNothing(raw []byte) bool { return slices.Contains(o.NoRead, string(raw)) }

// A Line is how bytes travel on a serial line. The zero Line is 9600 baud, eight
// bits, no parity, one stop bit, no flow control, over the best port there is.
type Line struct {
	Baud   int
	Bits   int    // 7 or 8; 0: 8
	Parity string // none, even or odd; empty: none
	Stop   int    // 1 or 2; 0: 1
	Flow   string // none, xonxoff or rtscts; empty: none
	Port   string // system: the operating system's own interface; library: go.bug.st/serial; empty: system where we have it
}

// A Protocol is how scans are told apart from everything else that a scanner
// sends.
type Protocol string

// The protocols.
const (
	Plain Protocol = "plain" // the data between marks, as Framing says
	SSI   Protocol = "ssi"   // Zebra's Simple Serial Interface: packets with a checksum, each acknowledged
)

// A Handshake is what a scanner waits for after a scan.
type Handshake string

// The handshakes. With AckNak a scan is acknowledged after it is durable, and a
// damaged one is asked for again.
const (
	NoHandshake Handshake = "none"
	AckNak      Handshake = "ack_nak" // ACK or NAK
	Enq         Handshake = "enq"     // ENQ before the scanner sends, and ACK or NAK after it
)

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
	// Appears, where not nil, returns the directories in which something changes
	// when the scanner with that address is plugged in.
	Appears func(address string) []string
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
