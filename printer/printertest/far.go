package printertest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"waybill/internal/fault"
	"waybill/printer"
)

// A Far is the far end of a driver whose protocol wants answers.
type Far interface {
	// Serve serves one connection until it ends.
	Serve(conn net.Conn)
	// Took returns the labels that came whole, and whether a byte of one came.
	Took() (whole [][]byte, begun bool)
}

// testFar runs the contract against a driver with a far end.
func (s Suite) testFar(t *testing.T) {
	t.Run("sends the label as it is", s.testFarSends)
	t.Run("a cut anywhere is told for what it is", s.testFarCuts)
	t.Run("a stalled link ends with the context", s.testFarStalls)
	t.Run("silence is an answer", s.testFarSilence)
	t.Run("a broken conversation is an error", s.testFarBroken)
	t.Run("a cancelled question ends", s.testFarCancelled)
	t.Run("closes twice", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := s.openFar(t, newLine(t, s.Far(t)))
			for range 2 {
				if err := p.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			}
		})
	})
}

// openFar opens the driver over a line.
func (s Suite) openFar(t *testing.T, l *line) printer.Printer {
	t.Helper()
	p, err := s.Driver.Open(t.Context(), printer.Options{Name: "under-test", Link: s.Address, Dial: l.dial, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// ticket opens the label's account where the driver keeps accounts.
func ticket(ctx context.Context, p printer.Printer) error {
	if tracker, ok := p.(printer.Tracker); ok {
		_, err := tracker.Ticket(ctx)
		return err
	}
	return nil
}

func (s Suite) testFarSends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		far := s.Far(t)
		p := s.openFar(t, newLine(t, far))
		for range 2 {
			if err := ticket(t.Context(), p); err != nil {
				t.Fatalf("Ticket: %v", err)
			}
			if err := p.Print(t.Context(), s.Content); err != nil {
				t.Fatalf("Print: %v", err)
			}
		}
		whole, _ := far.Took()
		if len(whole) != 2 || !bytes.Equal(whole[0], s.Content) || !bytes.Equal(whole[1], s.Content) {
			t.Errorf("the printer took %q, want %q twice", whole, s.Content)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := p.Print(ctx, s.Content); !fault.Is(err, fault.Transient) {
			t.Errorf("Print after the end: %v, want a transient error", err)
		}
	})
}

// testFarCuts cuts the line after every byte that the driver writes, for good.
func (s Suite) testFarCuts(t *testing.T) {
	kinds := map[fault.Kind]int{}
	whole := 0
	for n := 0; whole == 0; n++ {
		synctest.Test(t, func(t *testing.T) {
			far := s.Far(t)
			l := newLine(t, far)
			l.limit = n
			p := s.openFar(t, l)
			err := ticket(t.Context(), p)
			if err == nil {
				err = p.Print(t.Context(), s.Content)
			} else {
				err = &fault.Error{Kind: fault.Transient, Err: err} // the label was not touched
			}
			synctest.Wait()
			took, begun := far.Took()
			kinds[fault.KindOf(err)]++
			switch {
			case err == nil:
				whole = n
				if len(took) != 1 || !bytes.Equal(took[0], s.Content) {
					t.Errorf("Print says that it is done after %d bytes, and the printer took %q", n, took)
				}
			case fault.Is(err, fault.Uncertain):
			case fault.Is(err, fault.Transient):
				if begun {
					t.Errorf("cut after %d bytes: transient, and the printer has some of the label (%v)", n, err)
				}
			default:
				t.Errorf("cut after %d bytes: %v, want a transient or an uncertain error", n, err)
			}
		})
		if n > 1<<20 {
			t.Fatal("a label is not printed in a million bytes")
		}
	}
	t.Logf("cut after each of %d bytes: %d transient, %d uncertain", whole, kinds[fault.Transient], kinds[fault.Uncertain])
	if kinds[fault.Transient] == 0 || kinds[fault.Uncertain] == 0 {
		t.Errorf("errors by kind: %v, want transient and uncertain ones", kinds)
	}
}

func (s Suite) testFarStalls(t *testing.T) {
	for n := 100; n < 5000; n += 300 {
		synctest.Test(t, func(t *testing.T) {
			far := s.Far(t)
			l := newLine(t, far)
			l.limit, l.stalls = n, true
			p := s.openFar(t, l)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			began := time.Now()
			err := ticket(ctx, p)
			if err == nil {
				err = p.Print(ctx, s.Content)
			}
			if took := time.Since(began); took > time.Minute+time.Second {
				t.Errorf("stalled after %d bytes: it took %s (%v)", n, took, err)
			}
			if _, begun := far.Took(); err != nil && begun && fault.Is(err, fault.Transient) {
				t.Errorf("stalled after %d bytes: transient, and the printer has some of the label (%v)", n, err)
			}
		})
	}
}

func (s Suite) testFarSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := s.openFar(t, newLine(t, mute{}))
		st, err := p.Status(t.Context())
		if err != nil || !st.Has(printer.NoAnswer) {
			t.Errorf("Status of a silent printer: %+v, %v; want no answer and no error", st, err)
		}
		if id, err := p.Identity(t.Context()); err != nil || id.LanguageOK {
			t.Errorf("Identity of a silent printer: %+v, %v; want none and no error", id, err)
		}
		if tracker, ok := p.(printer.Tracker); ok {
			if a, err := tracker.Account(t.Context(), "1"); a != (printer.Account{}) || err != nil {
				t.Errorf("Account of a silent printer: %+v, %v; want no news and no error", a, err)
			}
		}
	})
}

func (s Suite) testFarBroken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLine(t, s.Far(t))
		p := s.openFar(t, l)
		if _, err := p.Status(t.Context()); err != nil {
			t.Fatalf("Status: %v", err)
		}
		l.hangUp()
		if st, err := p.Status(t.Context()); err == nil {
			t.Errorf("Status over a broken conversation: %+v, want an error", st)
		}
	})
}

func (s Suite) testFarCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := s.openFar(t, newLine(t, mute{}))
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		began := time.Now()
		_, err := p.Status(ctx)
		if took := time.Since(began); took > 100*time.Millisecond {
			t.Errorf("Status took %s with a context of 1ms (%v)", took, err)
		}
	})
}

// mute is a far end that takes everything and says nothing.
type mute struct{}

func (mute) Serve(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

func (mute) Took() ([][]byte, bool) { return nil, false }

// line connects a driver with a far end, as often as it dials, until it is cut.
type line struct {
	far    Far
	wg     sync.WaitGroup
	mu     sync.Mutex
	limit  int // bytes that the driver may write; -1 without end
	stalls bool
	cut    bool
	open   []net.Conn
}

// newLine ends with the test.
func newLine(t *testing.T, far Far) *line {
	l := &line{far: far, limit: -1}
	t.Cleanup(func() {
		l.hangUp()
		l.wg.Wait()
	})
	return l
}

// dial connects.
func (l *line) dial(ctx context.Context) (io.ReadWriteCloser, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if l.cut {
		return nil, errors.New("connection refused")
	}
	ours, theirs := net.Pipe()
	l.open = append(l.open, ours)
	l.wg.Go(func() { l.far.Serve(theirs) })
	return &lineEnd{Conn: ours, line: l, closed: make(chan struct{})}, nil
}

// hangUp cuts the line for good.
func (l *line) hangUp() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = true
	for _, conn := range l.open {
		conn.Close()
	}
}

// lineEnd is the driver's end of a connection.
type lineEnd struct {
	net.Conn
	line   *line
	closed chan struct{}
	once   sync.Once
}

// Close ends what stalls.
func (e *lineEnd) Close() error {
	e.once.Do(func() { close(e.closed) })
	return e.Conn.Close()
}

// Write lets through what the limit allows.
func (e *lineEnd) Write(p []byte) (int, error) {
	l := e.line
	l.mu.Lock()
	n := len(p)
	if l.limit >= 0 {
		n = min(n, l.limit)
		l.limit -= n
	}
	l.mu.Unlock()
	written, err := e.Conn.Write(p[:n])
	if err != nil || n == len(p) {
		return written, err
	}
	if l.stalls {
		<-e.closed
		return written, net.ErrClosed
	}
	l.hangUp()
	return written, errors.New("broken pipe")
}
