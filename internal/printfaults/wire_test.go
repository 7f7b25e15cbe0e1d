package printfaults_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"slices"
	"sync"
	"time"

	"waybill/internal/process"
)

// A wire is the network between a station and one printer. It passes bytes on,
// and goes wrong when it is told to: at a byte of a label, for a while, or in
// what it brings back.
type wire struct {
	listener net.Listener
	printer  string // where the printer listens

	mu       sync.Mutex
	circuits map[*circuit]struct{}
	trap     *trap
	stalled  time.Time                     // nothing passes before
	reply    func(*circuit, []byte) []byte // what becomes of an answer on its way back; nil: nothing
	offsets  map[int]int                   // at which bytes traps went off
	answered []time.Time                   // when the station could see the printer
	label    int                           // the length of the label last seen
	seen     chan struct{}                 // closed and replaced when a label begins to pass
	wg       sync.WaitGroup
}

// A trap goes off once, before byte at of the next label passes, or after its
// last where the label is shorter. do is called by the goroutine that carries
// the label; it returns whether the rest may pass.
type trap struct {
	at   int
	do   func(*circuit) bool
	gone chan struct{} // closed when it went off
}

// A circuit is one connection through the wire.
type circuit struct {
	station, printer net.Conn
	at               int // bytes of the open label that have passed; -1 between labels
	tail             [3]byte
}

// newWire listens for the station and passes on to printer until ctx is done.
func newWire(ctx context.Context, printer string) (*wire, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w := &wire{
		listener: l, printer: printer, circuits: map[*circuit]struct{}{},
		offsets: map[int]int{}, seen: make(chan struct{}),
	}
	w.wg.Go(func() { w.accept(ctx) })
	context.AfterFunc(ctx, func() {
		l.Close()
		w.drop(true)
	})
	return w, nil
}

// accept takes the station's connections until the listener is closed.
func (w *wire) accept(ctx context.Context) {
	for {
		station, err := w.listener.Accept()
		if err != nil {
			return
		}
		w.wg.Go(func() { w.carry(ctx, station) })
	}
}

// carry is one connection's life.
func (w *wire) carry(ctx context.Context, station net.Conn) {
	defer station.Close()
	if !w.pass(ctx) {
		return
	}
	printer, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "tcp", w.printer)
	if err != nil {
		reset(station)
		return
	}
	defer printer.Close()
	c := &circuit{station: station, printer: printer, at: -1}
	w.mu.Lock()
	w.circuits[c] = struct{}{}
	w.mu.Unlock()
	var both sync.WaitGroup
	both.Go(func() {
		w.up(ctx, c)
		printer.Close() // the station has gone: the printer hears of it after the last byte
	})
	both.Go(func() {
		w.down(ctx, c)
		reset(station)
	})
	both.Wait()
	w.mu.Lock()
	delete(w.circuits, c)
	w.mu.Unlock()
}

// pass waits out a stall and reports whether ctx lasted.
func (w *wire) pass(ctx context.Context) bool {
	for ctx.Err() == nil {
		w.mu.Lock()
		left := time.Until(w.stalled)
		w.mu.Unlock()
		if left <= 0 {
			return true
		}
		process.Wait(ctx, left)
	}
	return false
}

// up carries bytes to the printer.
func (w *wire) up(ctx context.Context, c *circuit) {
	buf := make([]byte, 16<<10)
	for {
		n, err := c.station.Read(buf)
		if n > 0 && (!w.pass(ctx) || !w.forward(c, buf[:n])) {
			return
		}
		if err != nil {
			return
		}
	}
}

// forward passes bytes on, up to where a trap goes off. It reports whether the
// circuit lasts.
func (w *wire) forward(c *circuit, p []byte) bool {
	from := 0
	for i, b := range p {
		if c.at < 0 && b == '^' {
			c.at, c.tail = 0, [3]byte{}
			w.mu.Lock()
			close(w.seen)
			w.seen = make(chan struct{})
			w.mu.Unlock()
		}
		if c.at < 0 {
			continue
		}
		if t := w.sprung(c.at, false); t != nil {
			if _, err := c.printer.Write(p[from:i]); err != nil || !t.do(c) {
				return false
			}
			from = i
		}
		c.at++
		c.tail = [3]byte{c.tail[1], c.tail[2], b}
		if c.at > len("^XA") && string(c.tail[:]) == "^XZ" {
			t := w.sprung(c.at, true)
			w.mu.Lock()
			w.label = c.at
			w.mu.Unlock()
			c.at = -1
			if t != nil {
				if _, err := c.printer.Write(p[from : i+1]); err != nil || !t.do(c) {
					return false
				}
				from = i + 1
			}
		}
	}
	_, err := c.printer.Write(p[from:])
	return err == nil
}

// sprung returns the trap that goes off at byte at of a label; end says that the
// label has no more.
func (w *wire) sprung(at int, end bool) *trap {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.trap
	if t == nil || end && t.at < at || !end && t.at != at {
		return nil
	}
	w.trap = nil
	w.offsets[at]++
	close(t.gone)
	return t
}

// down carries the printer's answers back.
func (w *wire) down(ctx context.Context, c *circuit) {
	buf := make([]byte, 4<<10)
	for {
		n, err := c.printer.Read(buf)
		if n > 0 {
			if !w.pass(ctx) {
				return
			}
			p := bytes.Clone(buf[:n])
			w.mu.Lock()
			if w.reply != nil {
				p = w.reply(c, p)
			} else if sighted(p) {
				w.answered = append(w.answered, time.Now())
			}
			w.mu.Unlock()
			if _, werr := c.station.Write(p); werr != nil {
				// The station is gone; what it has sent still goes its way.
				_, _ = io.Copy(io.Discard, c.printer)
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// set puts a trap for the next label and returns when it went off. It reports
// false, and takes the trap back, when ctx ends first.
func (w *wire) set(ctx context.Context, at int, do func(*circuit) bool) bool {
	t := &trap{at: at, do: do, gone: make(chan struct{})}
	w.mu.Lock()
	w.trap = t
	w.mu.Unlock()
	select {
	case <-t.gone:
		return true
	case <-ctx.Done():
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.trap == t {
		w.trap = nil
	}
	select {
	case <-t.gone:
		return true
	default:
		return false
	}
}

// stall holds everything back for d, connections that begin as well.
func (w *wire) stall(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stalled = time.Now().Add(d)
}

// answers sets what becomes of the printer's answers.
func (w *wire) answers(f func(*circuit, []byte) []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reply = f
}

// sighted reports whether an answer shows the printer and what it still has: a
// status without a fault. One with a fault says nothing of its buffer, which may
// have been lost behind it, and loading paper may feed a label; who the printer is
// says nothing of it either.
func sighted(answer []byte) bool {
	return bytes.Contains(answer, []byte("ERRORS:         0"))
}

// unseen returns the longest time without an answer, of those that ended or went
// on between two moments.
func (w *wire) unseen(from, to time.Time) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	longest, before := time.Duration(0), time.Time{}
	for _, at := range append(slices.Clone(w.answered), to) {
		if at.After(to) {
			at = to
		}
		if at.After(from) && !before.IsZero() {
			longest = max(longest, at.Sub(before))
		}
		if before = at; at.Equal(to) {
			break
		}
	}
	return longest
}

// drop breaks every connection; hard resets the printer's side as well.
func (w *wire) drop(hard bool) {
	w.mu.Lock()
	var all []*circuit
	for c := range w.circuits {
		all = append(all, c)
	}
	w.mu.Unlock()
	for _, c := range all {
		c.sever(hard)
	}
}

// sever ends the circuit.
func (c *circuit) sever(hard bool) {
	reset(c.station)
	if hard {
		reset(c.printer)
		return
	}
	c.printer.Close()
}

// labelLength returns the length of the label last seen.
func (w *wire) labelLength() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.label
}

// reset closes a connection the hard way.
func reset(conn net.Conn) {
	if t, ok := conn.(*net.TCPConn); ok {
		_ = t.SetLinger(0) // where it fails, the connection is gone already
	}
	conn.Close()
}
