package driver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// A conversation asks questions over a byte stream, one at a time, and finds
// their answers among whatever else the printer sends.
type conversation struct {
	conn    io.ReadWriteCloser
	timeout time.Duration // for one reply

	in     chan []byte   // what the pump has read; closed when the stream ends
	ended  error         // why; set before in is closed
	closed chan struct{} // closed by close
	once   sync.Once

	framer cutter
	aside  func(frame) // told of what the printer says without being asked; may be nil
	ready  []frame     // received and not yet looked at
	head   []byte      // the first words received
	late   bool        // a question timed out: its answer may still come
}

// errEnded is what a question meets on a stream that the printer has closed.
var errEnded = errors.New("the printer closed the connection")

// converse starts a conversation over conn. Its reading goroutine ends when the
// stream does, at the latest with close.
func converse(conn io.ReadWriteCloser, timeout time.Duration) *conversation {
	c := &conversation{
		conn: conn, timeout: timeout,
		in: make(chan []byte, 16), closed: make(chan struct{}), framer: &framer{},
	}
	go c.pump()
	return c
}

// pump reads until the stream ends. Reading never stops between questions:
// it is how a dead connection is noticed.
func (c *conversation) pump() {
	defer close(c.in)
	for {
		buf := make([]byte, 1024)
		n, err := c.conn.Read(buf)
		if n > 0 {
			select {
			case c.in <- buf[:n]:
			case <-c.closed:
				c.ended = errEnded
				return
			}
		}
		if err != nil {
			c.ended = err
			if errors.Is(err, io.EOF) {
				c.ended = errEnded
			}
			return
		}
	}
}

// close ends the conversation. It may be called more than once.
func (c *conversation) close() error {
	var err error
	c.once.Do(func() {
		close(c.closed)
		err = c.conn.Close()
	})
	return err
}

// write sends p and returns how many bytes the link took. When ctx ends first,
// the write is broken off.
func (c *conversation) write(ctx context.Context, p []byte) (int, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	breakOff := func() { c.conn.Close() }
	if d, ok := c.conn.(interface{ SetWriteDeadline(t time.Time) error }); ok {
		breakOff = func() {
			if d.SetWriteDeadline(time.Unix(1, 0)) != nil { // long past: now
				c.conn.Close()
			}
		}
	}
	stop := context.AfterFunc(ctx, breakOff)
	n, err := c.conn.Write(p)
	stop()
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	if err != nil && ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", errNotTaken, ctx.Err())
	}
	return n, err
}

// ask sends a question and returns the answer. answered is false where the
// printer stayed silent for the whole timeout; an error means that the
// conversation is over. want picks the frames that count; it returns true with
// the last of them.
//
// A caller that may have asked the same before calls resynchronise first.
func (c *conversation) ask(ctx context.Context, question string, want func(frame) bool) (answered bool, err error) {
	c.discard()
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	if _, err := c.write(ctx, []byte(question)); err != nil {
		return false, fmt.Errorf("question %.12q: %w", question, err)
	}
	for {
		f, err := c.next(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			c.late = true
			return false, nil
		}
		if err != nil {
			c.late = true
			return false, fmt.Errorf("answer to %.12q: %w", question, err)
		}
		if want(f) {
			return true, nil
		}
	}
}

// next returns the next frame.
func (c *conversation) next(ctx context.Context) (frame, error) {
	for {
		if len(c.ready) > 0 {
			f := c.ready[0]
			c.ready = c.ready[1:]
			c.overhear(f)
			return f, nil
		}
		select {
		case p, ok := <-c.in:
			if !ok {
				return frame{}, c.ended
			}
			c.ready = append(c.ready, c.framer.feed(c.received(p))...)
		case <-ctx.Done():
			return frame{}, ctx.Err()
		}
	}
}

// overhear passes on what nobody has asked for.
func (c *conversation) overhear(frames ...frame) {
	for _, f := range frames {
		if c.aside != nil {
			c.aside(f)
		}
	}
}

// discard drops what has arrived without being asked for, such as alerts.
func (c *conversation) discard() {
	c.overhear(c.ready...)
	c.ready = nil
	for {
		select {
		case p, ok := <-c.in:
			if !ok {
				return
			}
			c.overhear(c.framer.feed(c.received(p))...)
		default:
			c.framer.reset()
			return
		}
	}
}

// resynchronise waits for answers that are late and drops them, until the
// printer has been quiet for a while: the answer to an old question must not be
// taken for the answer to a new one.
func (c *conversation) resynchronise(ctx context.Context) error {
	if !c.late {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	quiet := time.NewTimer(c.timeout / 2)
	defer quiet.Stop()
	for {
		select {
		case p, ok := <-c.in:
			if !ok {
				return c.ended
			}
			c.overhear(c.framer.feed(c.received(p))...)
			quiet.Reset(c.timeout / 2)
		case <-quiet.C:
			c.late = false
			c.framer.reset()
			return nil
		case <-ctx.Done(): // still talking: stay late and let the question decide
			return nil
		}
	}
}
