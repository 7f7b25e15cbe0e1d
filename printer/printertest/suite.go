package printertest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"waybill/internal/fault"
	"waybill/printer"
)

// A Suite is what Test needs to know about a driver.
type Suite struct {
	Driver  printer.Driver
	Content []byte // a label the driver takes
	// Link makes the link of drivers that do not talk over a byte stream, and
	// Kept returns the labels such a printer has kept. Both are nil for
	// drivers that talk over a stream: the suite brings its own.
	Link func(t *testing.T) string
	Kept func(t *testing.T, link string) [][]byte
	// Far makes the far end of drivers whose protocol wants answers before a
	// label goes, and Address is the link of such a printer.
	Far     func(t *testing.T) Far
	Address string
}

// Test runs the contract of package printer against one driver.
func Test(t *testing.T, s Suite) {
	t.Helper()
	t.Run("says what it is", s.testDescription)
	if s.Link != nil {
		t.Run("keeps every label as it is", s.testKeeps)
		t.Run("closes twice", func(t *testing.T) { s.testCloseTwice(t, s.Link(t), nil) })
		return
	}
	t.Run("out of reach is transient", s.testOutOfReach)
	if s.Far != nil {
		s.testFar(t)
		return
	}
	t.Run("sends the label as it is", s.testSends)
	t.Run("nothing sent is transient", s.testNothingSent)
	t.Run("part sent is uncertain", s.testPartSent)
	t.Run("a stalled link ends with the context", s.testStalled)
	t.Run("silence is an answer", s.testSilence)
	t.Run("a broken conversation is an error", s.testBroken)
	t.Run("a cancelled question ends", s.testCancelled)
	t.Run("closes twice", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { s.testCloseTwice(t, "", newWire()) })
	})
}

// open opens the driver over w, or over link.
func (s Suite) open(t *testing.T, link string, w *wire) printer.Printer {
	t.Helper()
	o := printer.Options{Name: "under-test", Link: link, Log: slog.New(slog.DiscardHandler)}
	if w != nil {
		o.Dial = func(context.Context) (io.ReadWriteCloser, error) { return w, nil }
	}
	p, err := s.Driver.Open(t.Context(), o)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func (s Suite) testDescription(t *testing.T) {
	if s.Driver.Name == "" || s.Driver.Doc == "" || s.Driver.Open == nil {
		t.Errorf("driver %+v lacks a name, a sentence or Open", s.Driver)
	}
}

func (s Suite) testOutOfReach(t *testing.T) {
	off := errors.New("connection refused")
	_, err := s.Driver.Open(t.Context(), printer.Options{
		Name: "off", Link: s.Address, Log: slog.New(slog.DiscardHandler),
		Dial: func(context.Context) (io.ReadWriteCloser, error) { return nil, off },
	})
	if !fault.Is(err, fault.Transient) || !errors.Is(err, off) {
		t.Errorf("Open of a printer that is off: %v, want a transient error that wraps the dialer's", err)
	}
}

func (s Suite) testSends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire()
		p := s.open(t, "", w)
		if err := p.Print(t.Context(), s.Content); err != nil {
			t.Fatalf("Print: %v", err)
		}
		if got := w.taken(); !bytes.Equal(got, s.Content) {
			t.Errorf("the link took %q, want %q", got, s.Content)
		}
	})
}

func (s Suite) testNothingSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire()
		w.breakAfter(0)
		p := s.open(t, "", w)
		if err := p.Print(t.Context(), s.Content); !fault.Is(err, fault.Transient) {
			t.Errorf("Print over a dead link: %v, want a transient error", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		w = newWire()
		p = s.open(t, "", w)
		if err := p.Print(ctx, s.Content); !fault.Is(err, fault.Transient) || len(w.taken()) > 0 {
			t.Errorf("Print after the end: %v and %d bytes, want a transient error and none", err, len(w.taken()))
		}
	})
}

func (s Suite) testPartSent(t *testing.T) {
	for _, n := range []int{1, len(s.Content) / 2, len(s.Content) - 1} {
		synctest.Test(t, func(t *testing.T) {
			w := newWire()
			w.breakAfter(n)
			p := s.open(t, "", w)
			if err := p.Print(t.Context(), s.Content); !fault.Is(err, fault.Uncertain) {
				t.Errorf("Print over a link that broke after %d bytes: %v, want an uncertain error", n, err)
			}
		})
	}
}

func (s Suite) testStalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire()
		w.stallAfter(2)
		p := s.open(t, "", w)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := p.Print(ctx, s.Content); !fault.Is(err, fault.Uncertain) {
			t.Errorf("Print over a stalled link: %v, want an uncertain error", err)
		}
	})
}

func (s Suite) testSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := s.open(t, "", newWire())
		st, err := p.Status(t.Context())
		if err != nil || !st.Has(printer.NoAnswer) {
			t.Errorf("Status of a silent printer: %+v, %v; want no answer and no error", st, err)
		}
		if id, err := p.Identity(t.Context()); err != nil || id.LanguageOK {
			t.Errorf("Identity of a silent printer: %+v, %v; want none and no error", id, err)
		}
		if c, ok := p.(printer.Counter); ok {
			if n, ok, err := c.Odometer(t.Context()); ok || err != nil {
				t.Errorf("Odometer of a silent printer: %d, %v, %v; want none and no error", n, ok, err)
			}
		}
	})
}

func (s Suite) testBroken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWire()
		p := s.open(t, "", w)
		w.hangUp()
		if st, err := p.Status(t.Context()); err == nil {
			t.Errorf("Status over a broken conversation: %+v, want an error", st)
		}
	})
}

func (s Suite) testCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := s.open(t, "", newWire())
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		began := time.Now()
		_, err := p.Status(ctx)
		if took := time.Since(began); took > 100*time.Millisecond {
			t.Errorf("Status took %s with a context of 1ms (%v)", took, err)
		}
	})
}

func (s Suite) testCloseTwice(t *testing.T, link string, w *wire) {
	p := s.open(t, link, w)
	for range 2 {
		if err := p.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
}

func (s Suite) testKeeps(t *testing.T) {
	link := s.Link(t)
	for range 2 { // the second time goes on where the first has ended
		p := s.open(t, link, nil)
		id, err := p.Identity(t.Context())
		if err != nil || !id.LanguageOK {
			t.Errorf("Identity: %+v, %v", id, err)
		}
		if st, err := p.Status(t.Context()); err != nil || !st.Idle() {
			t.Errorf("Status: %+v, %v", st, err)
		}
		if err := p.Print(t.Context(), s.Content); err != nil {
			t.Fatalf("Print: %v", err)
		}
		if k, ok := p.(printer.Storer); !ok || !k.Stores() {
			t.Error("a printer with neither stream nor status does not say that it stores")
		}
	}
	kept := s.Kept(t, link)
	if len(kept) != 2 {
		t.Fatalf("%d labels kept, want 2", len(kept))
	}
	for i, got := range kept {
		if !bytes.Equal(got, s.Content) {
			t.Errorf("label %d is %q, want %q", i+1, got, s.Content)
		}
	}
}

// wire is a link to a printer that never answers, and that can break.
type wire struct {
	mu     sync.Mutex
	got    []byte
	limit  int  // bytes it takes; -1 without end
	stalls bool // at the limit: blocks in place of breaking
	ended  chan struct{}
	once   sync.Once
}

func newWire() *wire { return &wire{limit: -1, ended: make(chan struct{})} }

func (w *wire) breakAfter(n int) { w.limit = n }
func (w *wire) stallAfter(n int) { w.limit, w.stalls = n, true }
func (w *wire) hangUp()          { w.once.Do(func() { close(w.ended) }) }

func (w *wire) taken() []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	return bytes.Clone(w.got)
}

func (w *wire) Write(p []byte) (int, error) {
	w.mu.Lock()
	n := len(p)
	if w.limit >= 0 {
		n = min(n, w.limit-len(w.got))
	}
	w.got = append(w.got, p[:n]...)
	w.mu.Unlock()
	if n < len(p) && w.stalls {
		<-w.ended
	}
	if n < len(p) {
		return n, errors.New("broken pipe")
	}
	return n, nil
}

func (w *wire) Read([]byte) (int, error) {
	<-w.ended
	return 0, io.EOF
}

func (w *wire) Close() error {
	w.hangUp()
	return nil
}
