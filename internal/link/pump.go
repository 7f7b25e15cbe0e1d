package link

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// A pollPort is a port whose reads and writes cannot be broken off, and end by
// themselves soon.
type pollPort interface {
	// readSome returns what is there, at once; 0 and nil where nothing is.
	readSome(p []byte) (int, error)
	// writeSome returns how many bytes were taken, after some tenth of a second
	// at the latest; 0 and nil where the device takes none now.
	writeSome(p []byte) (int, error)
	close() error
}

const (
	pumpBlock = 256                   // bytes in one write: at 9600 baud a quarter of a second
	pumpPause = 10 * time.Millisecond // between two looks at an idle port

	pumpPatience = 2 * time.Second // for the port's driver to end a call
)

// A pump makes a stream of a pollPort. One goroutine does all the port's work,
// because systems let one call at a time into such a port.
type pump struct {
	port   pollPort
	in     chan []byte // what was read; closed when the stream ends
	orders chan *sending
	stop   chan struct{}
	once   sync.Once
	done   chan struct{} // the goroutine has ended and closed the port
	err    error         // why; set before in is closed
	closed error         // what closing the port gave; set before done

	reading sync.Mutex
	rest    []byte // read and not yet asked for

	mu       sync.Mutex
	deadline time.Time
}

// A sending is a Write under way.
type sending struct {
	p     []byte
	taken int
	err   error
	done  chan struct{}
}

func newPump(port pollPort) *pump {
	p := &pump{
		port: port, in: make(chan []byte, 64), orders: make(chan *sending),
		stop: make(chan struct{}), done: make(chan struct{}),
	}
	go p.run()
	return p
}

// run works the port until the stream ends.
func (p *pump) run() {
	defer close(p.done)
	defer func() { p.closed = p.port.close() }()
	defer close(p.in)
	pause := time.NewTimer(pumpPause)
	defer pause.Stop()
	buf := make([]byte, 4096)
	for {
		if p.err = p.look(buf); p.err != nil {
			return
		}
		pause.Reset(pumpPause)
		select {
		case s := <-p.orders:
			p.send(s, buf)
		case <-pause.C:
		case <-p.stop:
			p.err = os.ErrClosed
			return
		}
	}
}

// look takes in what has arrived. What nobody has asked for yet waits in the
// system: this goroutine, the only sender, must not wait for a reader.
func (p *pump) look(buf []byte) error {
	for len(p.in) < cap(p.in) {
		n, err := p.port.readSome(buf)
		if err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
		p.in <- append([]byte(nil), buf[:n]...) // there is room, and nobody else fills it
	}
	return nil
}

// send writes one order, block by block, and reads in between: a printer that
// nobody reads from may stop to listen.
func (p *pump) send(s *sending, buf []byte) {
	defer close(s.done)
	for s.taken < len(s.p) && s.err == nil {
		if s.err = p.look(buf); s.err != nil {
			return
		}
		select {
		case <-p.stop:
			s.err = os.ErrClosed
			return
		default:
		}
		if p.late() {
			s.err = os.ErrDeadlineExceeded
			return
		}
		var n int
		n, s.err = p.port.writeSome(s.p[s.taken:min(s.taken+pumpBlock, len(s.p))])
		s.taken += n
		if s.err != nil { // a write that failed may have sent some of it
			s.taken = max(1, s.taken)
		}
	}
}

// late reports whether the write deadline has passed.
func (p *pump) late() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.deadline.IsZero() && !time.Now().Before(p.deadline)
}

// Read waits for what the device says.
func (p *pump) Read(b []byte) (int, error) {
	p.reading.Lock()
	defer p.reading.Unlock()
	if len(p.rest) == 0 {
		next, ok := <-p.in
		if !ok {
			return 0, p.end()
		}
		p.rest = next
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// end is why there is nothing more. It is asked for when in is closed.
func (p *pump) end() error {
	if p.err == nil {
		return io.EOF
	}
	return p.err
}

// Write returns when the device has taken all of b, or how many bytes it has
// when the deadline passes.
func (p *pump) Write(b []byte) (int, error) {
	if p.late() {
		return 0, os.ErrDeadlineExceeded
	}
	s := &sending{p: b, done: make(chan struct{})}
	select {
	case p.orders <- s:
	case <-p.done:
		return 0, p.end()
	}
	<-s.done
	return s.taken, s.err
}

// SetWriteDeadline sets when a Write breaks off, one that is under way too.
func (p *pump) SetWriteDeadline(t time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.deadline = t
	return nil
}

// Close closes the port when its goroutine has let go of it.
func (p *pump) Close() error {
	first := false
	p.once.Do(func() { close(p.stop); first = true })
	if !first {
		return os.ErrClosed
	}
	limit := time.NewTimer(pumpPatience)
	defer limit.Stop()
	select {
	case <-p.done:
		return p.closed
	case <-limit.C: // the port's driver keeps a call for itself, and has the port
		return fmt.Errorf("the system does not let go of the port (pull its cable and plug it in again): %w", os.ErrDeadlineExceeded)
	}
}
