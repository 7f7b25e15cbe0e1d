// Package printertest helps to test drivers: Playback answers like a recorded
// printer, and Test is the suite that every driver must pass.
//
// It does not emulate a printer; that is the business of package virtual.
package printertest

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"

	"waybill/printer"
)

// An IO is one exchange of a transcript: what the driver writes, and what the
// printer then sends. An empty R is silence.
type IO struct {
	W, R   string
	Hangup bool // the printer closes the connection after R
}

// Playback returns a dialer whose one connection replays a transcript. The test
// fails when the driver writes anything else, dials again, or leaves exchanges
// over at its end.
func Playback(t testing.TB, transcript ...IO) printer.Dialer {
	t.Helper()
	p := &playback{t: t, rest: transcript}
	p.changed = sync.NewCond(&p.mu)
	t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if len(p.rest) > 0 {
			t.Errorf("%d exchanges left; the next is %q", len(p.rest), p.rest[0].W)
		}
		if p.written != "" {
			t.Errorf("%q was written beyond the transcript", p.written)
		}
	})
	dialled := false
	return func(context.Context) (io.ReadWriteCloser, error) {
		if dialled {
			t.Error("a second connection was dialled")
			return nil, errors.New("the transcript has one connection")
		}
		dialled = true
		return p, nil
	}
}

// playback is the connection of a transcript.
type playback struct {
	t       testing.TB
	mu      sync.Mutex
	changed *sync.Cond
	rest    []IO
	written string // since the last complete exchange
	unread  string
	ended   bool
	closed  bool
}

// Write takes what the driver says and compares it with the transcript.
func (p *playback) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.ended {
		return 0, io.ErrClosedPipe
	}
	p.written += string(b)
	for len(p.rest) > 0 && strings.HasPrefix(p.written, p.rest[0].W) {
		step := p.rest[0]
		p.rest = p.rest[1:]
		p.written = p.written[len(step.W):]
		p.unread += step.R
		p.ended = p.ended || step.Hangup
		if step.W == "" { // an empty W would match for ever
			break
		}
	}
	p.changed.Broadcast()
	if p.written != "" && (len(p.rest) == 0 || !strings.HasPrefix(p.rest[0].W, p.written)) {
		next := "nothing"
		if len(p.rest) > 0 {
			next = p.rest[0].W
		}
		p.t.Errorf("%q was written, the transcript goes on with %q", p.written, next)
		p.written = ""
		return 0, errors.New("not in the transcript")
	}
	return len(b), nil
}

// Read gives out the replies that are due and blocks until there are some.
func (p *playback) Read(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.unread == "" && !p.ended && !p.closed {
		p.changed.Wait()
	}
	if p.closed {
		return 0, io.ErrClosedPipe
	}
	if p.unread == "" {
		return 0, io.EOF
	}
	n := copy(b, p.unread)
	p.unread = p.unread[n:]
	return n, nil
}

// Close ends the connection.
func (p *playback) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.changed.Broadcast()
	return nil
}
