package driver

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// A deadlined file is one whose reads and writes can be broken off.
type deadlined interface {
	io.ReadWriteCloser
	SetReadDeadline(t time.Time) error
	SetWriteDeadline(t time.Time) error
}

// A filePort is a port over a file or a connection that holds no thread.
type filePort struct {
	f    deadlined
	what string // of errors
	gone error  // what the end of the stream means

	mu      sync.Mutex
	bounded bool // a read deadline is set
	stopped bool
}

func (p *filePort) read(b []byte, wait time.Duration) (int, error) {
	if err := p.bound(wait); err != nil {
		return 0, err
	}
	n, err := p.f.Read(b)
	switch {
	case err == nil || errors.Is(err, os.ErrDeadlineExceeded):
		return n, nil
	case errors.Is(err, io.EOF):
		return n, p.gone
	}
	return n, fmt.Errorf("%s: %w", p.what, err)
}

// bound sets the deadline of the next read, unless it shall not come at all.
func (p *filePort) bound(wait time.Duration) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stopped {
		return errClosed
	}
	if wait == 0 && !p.bounded {
		return nil
	}
	p.bounded = wait > 0
	var at time.Time
	if p.bounded {
		at = time.Now().Add(wait)
	}
	if err := p.f.SetReadDeadline(at); err != nil {
		return fmt.Errorf("%s: %w", p.what, err)
	}
	return nil
}

func (p *filePort) interrupt() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stopped = true
	_ = p.f.SetReadDeadline(time.Unix(1, 0)) // fails where the device is gone, and then no read waits
}

func (p *filePort) write(b []byte) error {
	if err := p.f.SetWriteDeadline(time.Now().Add(signalTimeout)); err != nil {
		return fmt.Errorf("%s: %w", p.what, err)
	}
	if _, err := p.f.Write(b); err != nil {
		return fmt.Errorf("%s: %w", p.what, err)
	}
	return nil
}

func (p *filePort) close() error { return p.f.Close() }
