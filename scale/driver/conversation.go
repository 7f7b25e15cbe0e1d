package driver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"waybill/internal/fault"
	"waybill/scale"
)

const (
	longestAnswer = 256             // bytes; more without an answer is noise
	closeTimeout  = 2 * time.Second // the system may hold a port whose device is stuck
)

var errClosed = errors.New("closed by this program")

// A conversation is a Scale over a byte stream. One goroutine reads, so that the
// stream never holds old answers; it ends when Close closes the stream.
type conversation struct {
	o    scale.Options
	lang language
	conn io.ReadWriteCloser

	mu  sync.Mutex
	buf []byte    // what came and was not understood yet
	at  time.Time // when the last of it came
	err error     // why nothing comes any more

	news    chan struct{} // room for one
	done    chan struct{} // the reader has ended
	closed  chan struct{}
	closing sync.Once

	// Of the caller of Next, of whom there is one at a time.
	last   time.Time // when the last reading was handed out
	asked  bool      // a language that repeats was told to
	silent bool      // the last answer did not come, and may yet
}

func newConversation(o scale.Options, l language, conn io.ReadWriteCloser) *conversation {
	c := &conversation{
		o: o, lang: l, conn: conn,
		news: make(chan struct{}, 1), done: make(chan struct{}), closed: make(chan struct{}),
	}
	go c.listen()
	return c
}

// listen keeps what the scale says, and of too much the end.
func (c *conversation) listen() {
	defer close(c.done)
	b := make([]byte, 1024)
	for {
		n, err := c.conn.Read(b)
		c.mu.Lock()
		if n > 0 {
			c.buf, c.at = append(c.buf, b[:n]...), c.o.Now()
			if over := len(c.buf) - 2*longestAnswer; over > 0 {
				c.buf = append(c.buf[:0], c.buf[over:]...)
			}
		}
		if err != nil {
			c.err = err
		}
		c.mu.Unlock()
		select {
		case c.news <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// Next returns what the scale says now.
func (c *conversation) Next(ctx context.Context) (scale.Reading, error) {
	if err := c.pause(ctx); err != nil {
		return scale.Reading{}, err
	}
	r, err := c.exchange(ctx)
	if err != nil {
		return scale.Reading{}, err
	}
	c.last = time.Now()
	c.silent = r.Condition == scale.NoAnswer || r.Condition == scale.Garbled
	at, raw := r.At, r.Raw
	r = finish(r, c.o)
	r.Scale, r.At, r.Raw = c.o.Name, at, raw
	return r, nil
}

// pause waits until the scale may be asked again.
func (c *conversation) pause(ctx context.Context) error {
	timer := time.NewTimer(time.Until(c.last.Add(c.o.Poll)))
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
			return nil
		case <-ctx.Done():
			return c.stopped(ctx)
		case <-c.done:
			if c.lang.ask == nil || c.lang.repeats { // what it said last is not lost
				return nil
			}
			return c.gone()
		}
	}
}

// exchange asks, where the language has a question, and takes the answer.
func (c *conversation) exchange(ctx context.Context) (scale.Reading, error) {
	if c.lang.ask != nil && (!c.lang.repeats || !c.asked || c.silent) {
		if c.silent {
			if err := c.quiet(ctx); err != nil {
				return scale.Reading{}, err
			}
		}
		c.take() // what is left of an earlier answer is none to this question
		if err := c.say(c.lang.ask); err != nil {
			if errors.Is(err, os.ErrDeadlineExceeded) {
				return scale.Reading{Condition: scale.NoAnswer, Detail: "it takes no bytes", At: c.o.Now()}, nil
			}
			return scale.Reading{}, c.lost(err)
		}
		c.asked = true
	}
	return c.answer(ctx)
}

// answer waits for an answer.
func (c *conversation) answer(ctx context.Context) (scale.Reading, error) {
	limit := time.NewTimer(c.o.Answer)
	defer limit.Stop()
	var linger <-chan time.Time // runs while a whole answer waits for what may follow
	for {
		r, ok, more := c.understand(false)
		switch {
		case ok && !more:
			return r, nil
		case ok && linger == nil:
			linger = time.After(c.lang.linger)
		}
		select {
		case <-c.news:
			if c.lang.events { // half a measurement may stand there for as long as it takes
				limit.Reset(c.o.Answer)
			}
		case <-linger:
			if r, ok, _ := c.understand(true); ok {
				return r, nil
			}
			linger = nil
		case <-limit.C:
			if r, ok := c.late(); ok {
				return r, nil
			}
		case <-ctx.Done():
			return scale.Reading{}, c.stopped(ctx)
		case <-c.done:
			if r, ok, _ := c.understand(true); ok {
				return r, nil
			}
			return scale.Reading{}, c.gone()
		}
	}
}

// understand takes an answer out of what has come; of a scale that speaks by
// itself, the latest. more says that it was left there, for something may follow
// it, unless final.
func (c *conversation) understand(final bool) (r scale.Reading, ok, more bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	stream := c.lang.ask == nil && !c.lang.events || c.lang.repeats
	if stream && len(c.buf) > 0 && c.o.Now().Sub(c.at) > c.o.Answer { // it fell silent while nobody listened
		c.buf = nil
	}
	from, to := c.lang.cut(c.buf)
	if to == 0 {
		if len(c.buf) <= longestAnswer {
			return r, false, false
		}
		from, to = 0, len(c.buf)
	}
	if stream {
		for rest := c.buf[to:]; ; rest = c.buf[to:] {
			f, t := c.lang.cut(rest)
			if t == 0 {
				break
			}
			from, to = to+f, to+t
		}
	}
	if to == len(c.buf) && c.lang.linger > 0 && !final {
		return r, true, true
	}
	answer := bytes.Clone(c.buf[from:to])
	c.buf = append(c.buf[:0], c.buf[to:]...)
	r = c.lang.read(answer)
	if r.Condition == scale.Garbled {
		r.Detail += hint(c.lang, answer)
	}
	r.Raw, r.At = keep(answer), c.at
	return r, true, false
}

// late returns what to make of an answer that has not come in time.
func (c *conversation) late() (scale.Reading, bool) {
	b, at := c.take()
	switch {
	case len(b) > 0:
		r := garbled("no whole answer in %v: %.60q%s", c.o.Answer, b, hint(c.lang, b))
		r.Raw, r.At = keep(b), at
		return r, true
	case c.lang.events:
		return scale.Reading{}, false
	}
	r := amiss(scale.NoAnswer, "nothing for %v", c.o.Answer)
	r.At = c.o.Now()
	return r, true
}

// take throws away what has come, and returns it.
func (c *conversation) take() ([]byte, time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	b := c.buf
	c.buf = nil
	return b, c.at
}

// quiet waits until the scale has said nothing for a poll's time, so that a late
// answer is not taken for that to the next question. A scale that never stops
// speaks another language; it is asked all the same.
func (c *conversation) quiet(ctx context.Context) error {
	limit, still := time.NewTimer(c.o.Answer), time.NewTimer(c.o.Poll)
	defer limit.Stop()
	defer still.Stop()
	for {
		select {
		case <-c.news:
			still.Reset(c.o.Poll)
		case <-still.C:
			return nil
		case <-limit.C:
			return nil
		case <-ctx.Done():
			return c.stopped(ctx)
		case <-c.done:
			return c.gone()
		}
	}
}

// say sends a question.
func (c *conversation) say(b []byte) error {
	if d, ok := c.conn.(interface{ SetWriteDeadline(t time.Time) error }); ok {
		if err := d.SetWriteDeadline(time.Now().Add(c.o.Answer)); err != nil {
			return err
		}
	}
	_, err := c.conn.Write(b)
	return err
}

// A measurer is a conversation in which measurements can be ordered.
type measurer struct{ *conversation }

// Measure orders one.
func (m measurer) Measure(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return m.stopped(ctx)
	}
	if err := m.say(m.lang.measure); err != nil {
		return m.lost(err)
	}
	return nil
}

func (c *conversation) stopped(ctx context.Context) error {
	return fmt.Errorf("reading of scale %q: %w", c.o.Name, ctx.Err())
}

// gone is why there is nothing more to read. It is asked for when the reader has
// ended.
func (c *conversation) gone() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.lost(c.err)
}

// lost is the error of a stream that is no more.
func (c *conversation) lost(err error) error {
	kind := fault.Transient
	select {
	case <-c.closed:
		kind, err = fault.Permanent, errClosed
	default:
	}
	if errors.Is(err, io.EOF) {
		err = errors.New("the other side hung up")
	}
	return &fault.Error{Op: fmt.Sprintf("reading of scale %q", c.o.Name), Kind: kind, Err: err}
}

// Close closes the stream.
func (c *conversation) Close() error {
	var err error
	c.closing.Do(func() {
		close(c.closed)
		err = c.conn.Close()
		limit := time.NewTimer(closeTimeout)
		defer limit.Stop()
		select {
		case <-c.done:
		case <-limit.C:
			err = errors.Join(err, errors.New("the system does not let go of the port (pull its cable and plug it in again)"))
		}
	})
	if err != nil {
		return fmt.Errorf("close scale %q: %w", c.o.Name, err)
	}
	return nil
}

// keep returns as much of b as a reading keeps.
func keep(b []byte) []byte { return bytes.Clone(b[:min(len(b), scale.MaxRaw)]) }
