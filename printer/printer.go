// Package printer is the vocabulary of label printers: what a driver owes, what
// a printer can say about itself, and the states of a print job, label by label.
//
// The package does no I/O and reads no clock.
package printer

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"
)

// A Printer is an open conversation with one printer.
type Printer interface {
	// Identity asks the printer who it is. Fields the printer does not tell
	// are empty.
	Identity(ctx context.Context) (Identity, error)

	// Status asks the printer how it is. A printer that does not answer is
	// StatusNoAnswer with a nil error: silence is an answer, and never "ready".
	// An error means that the conversation is broken.
	Status(ctx context.Context) (Status, error)

	// Print sends one label and returns when the link has taken every byte.
	//
	// An error of kind fault.Uncertain means that some bytes left the machine:
	// the label may be on paper. Callers must not send it again before the
	// printer or a person has said that it is not. An error of kind
	// fault.Transient means that no byte left, or that the printer has taken
	// none of them; fault.Permanent means the same, and that it never will.
	Print(ctx context.Context, content []byte) error

	io.Closer
}

// A Counter is a Printer that counts the labels it has printed in its life.
// It is optional: test for it with a type assertion.
type Counter interface {
	// Odometer returns the labels printed so far. ok is false where this
	// printer does not tell them.
	Odometer(ctx context.Context) (labels int64, ok bool, err error)

	// MayCount reports whether a printer that has not told its odometer may have
	// one all the same. It is false once it has been asked in vain often enough.
	MayCount() bool
}

// A Relay is a Printer that hands labels on to another program, such as a print
// queue, and hears from that program alone. Whatever it reports, a label that it
// took is known to have left this machine and nothing more. It is optional: test
// for it with a type assertion.
type Relay interface {
	// Relays reports whether the state of the printer itself stays unknown.
	Relays() bool
}

// A Batcher is a Printer that can be told to print one label several times. It is
// optional: test for it with a type assertion.
type Batcher interface {
	// Batch returns content so changed that it prints n equal labels. ok is false
	// where the content says itself how many it prints, or cannot be changed.
	Batch(content []byte, n int) (many []byte, ok bool)
}

// A Discarder is a Printer that can be told to forget what it has received and
// not printed. It is optional: test for it with a type assertion.
type Discarder interface {
	// Discard returns when the link has taken the order. A label that is being
	// printed may still come out, and counts as usual.
	Discard(ctx context.Context) error
}

// A Storer is a Printer that keeps labels instead of putting them on paper. It
// is optional: test for it with a type assertion.
type Storer interface {
	// Stores reports whether a nil error of Print is proof that the label is
	// kept for good.
	Stores() bool
}

// An Identity is who a printer says it is. The zero Identity said nothing.
type Identity struct {
	Model      string `json:"model,omitempty"`
	Firmware   string `json:"firmware,omitempty"`
	Serial     string `json:"serial,omitempty"`
	DotsPerMM  int    `json:"dots_per_mm,omitempty"`
	LanguageOK bool   `json:"language_ok"`      // it answered in the language the driver speaks
	Counts     bool   `json:"counts,omitempty"` // of a machine that is known: it has shown an odometer before
}

// Device names the machine as well as it can be named: by its serial number,
// else by its model. It is empty for a printer that said nothing. An odometer's
// baseline is worth something only on the same device.
func (id Identity) Device() string {
	if id.Serial != "" {
		return id.Serial
	}
	return id.Model
}

// Same reports whether now, as a printer says now who it is, is the machine id. A
// serial number decides; where one of them keeps it back, the model does, as far
// as it is told. Nothing is the same as nobody in particular.
func (id Identity) Same(now Identity) bool {
	if id.Serial != "" && now.Serial != "" {
		return id.Serial == now.Serial
	}
	return id.Model == "" || now.Model == "" || id.Model == now.Model
}

// Words names the machine for people.
func (id Identity) Words() string {
	switch {
	case id.Serial != "" && id.Model != "":
		return id.Model + ", serial number " + id.Serial
	case id.Serial != "":
		return "serial number " + id.Serial
	case id.Model != "":
		return id.Model
	}
	return "a printer that does not say who it is"
}

// A Status is how a printer is. The zero Status is a printer that answered,
// has no fault and nothing left to do.
type Status struct {
	Conditions []Condition `json:"conditions,omitempty"` // what stops labels
	Warnings   []Condition `json:"warnings,omitempty"`   // what stops nothing yet
	Waiting    int         `json:"waiting,omitempty"`    // formats received and not started
	Remaining  int         `json:"remaining,omitempty"`  // labels of the running batch still to come
	Partial    bool        `json:"partial,omitempty"`    // a format has begun and not ended
	Detail     string      `json:"detail,omitempty"`     // the raw words, for the IT person
}

// Clear reports whether nothing keeps the printer from printing.
func (s Status) Clear() bool { return len(s.Conditions) == 0 }

// Idle reports whether the printer is clear and has nothing left to print.
func (s Status) Idle() bool {
	return s.Clear() && s.Waiting == 0 && s.Remaining == 0 && !s.Partial
}

// Has reports whether c is among the conditions or the warnings.
func (s Status) Has(c Condition) bool {
	return slices.Contains(s.Conditions, c) || slices.Contains(s.Warnings, c)
}

// Done reports whether the printer has nothing left to print and no fault: it is
// idle, or it merely waits for a printed label to be taken.
func (s Status) Done() bool {
	s.Conditions = slices.DeleteFunc(slices.Clone(s.Conditions), func(c Condition) bool { return c == LabelWaiting })
	return s.Idle()
}

// A Dialer opens a fresh byte stream to one device, whatever the link is.
type Dialer func(ctx context.Context) (io.ReadWriteCloser, error)

// Options is what a driver needs to talk to one printer.
type Options struct {
	Name    string        // the printer's name in the configuration
	Dial    Dialer        // for drivers that talk over a byte stream
	Link    string        // the link as configured, for drivers that need more of it
	Access  Access        // for drivers whose printers ask who we are, or must prove who they are
	Timeout time.Duration // how long a reply may take; 0 is the driver's default
	Log     *slog.Logger  // never nil
}

// Access is how we and a printer on a network prove ourselves to each other. The
// zero Access is nobody to the printer, and trusts whom the system trusts.
type Access struct {
	User, Password string
	CA             []byte // certificates in PEM of who may vouch for the printer
	Fingerprint    string // SHA-256 of the printer's own certificate; then no other is taken
}

// A Driver is a way to talk to a kind of printer.
type Driver struct {
	Name string // as in the configuration
	Doc  string // one sentence for help texts
	// Languages are the label languages the driver can pass on. None listed
	// means that it takes whatever it is given.
	Languages []string
	// Schemes are those of the links that the driver opens by itself, such as
	// "ipp". None listed means that it talks over a byte stream, whatever the
	// link is.
	Schemes []string
	// Open starts a conversation. Its error is of kind fault.Transient where
	// the printer is merely out of reach.
	Open func(ctx context.Context, o Options) (Printer, error)
}

// Speaks reports whether the driver can pass on labels in language.
func (d Driver) Speaks(language string) bool {
	return len(d.Languages) == 0 || slices.Contains(d.Languages, language)
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

// NewRegistry returns the registry of ds. Two drivers of one name are a
// programmer's mistake, and only the last is kept.
func NewRegistry(ds ...Driver) Registry {
	r := make(Registry, len(ds))
	for _, d := range ds {
		r[d.Name] = d
	}
	return r
}
