package virtual

import (
	"context"
	"fmt"
	"net"
	"sync"
	"time"
)

// A client is one host's connection.
type client struct {
	conn     net.Conn
	inFormat bool // a format has begun on it; guarded by the printer's mu
}

// accept takes connections until the listener is closed. Those beyond the
// clients served at a time wait, as they do at most print servers.
func (p *Printer) accept(ctx context.Context, l net.Listener, wg *sync.WaitGroup) error {
	for {
		conn, err := l.Accept()
		if err != nil {
			return fmt.Errorf("connection to the virtual printer: %w", err)
		}
		place := p.line.enter(p.o.Refuse) // before the next one: first come, first served
		wg.Go(func() { p.converse(ctx, conn, place) })
	}
}

// Serve talks to one host until its connection ends, and closes it. Run calls it
// for every connection to the printer's port; tests call it with an end of a
// pipe.
func (p *Printer) Serve(ctx context.Context, conn net.Conn) {
	p.converse(ctx, conn, p.line.enter(p.o.Refuse))
}

func (p *Printer) converse(ctx context.Context, conn net.Conn, place *place) {
	defer p.line.leave(place)
	c := &client{conn: conn}
	p.mu.Lock()
	if p.off || ctx.Err() != nil {
		p.mu.Unlock()
		reset(conn)
		return
	}
	p.conns[c] = struct{}{} // before the turn: a power cut also breaks those who wait
	p.mu.Unlock()
	defer func() {
		conn.Close()
		p.do(func() { delete(p.conns, c) })
	}()
	stop := context.AfterFunc(ctx, func() { reset(conn) })
	defer stop()
	if place == nil {
		return
	}
	select {
	case <-place.turn:
		p.listen(ctx, c)
	case <-ctx.Done():
	}
}

// listen reads the stream, answers questions and queues formats.
func (p *Printer) listen(ctx context.Context, c *client) {
	var parse parser
	buf := make([]byte, 4096)
	for {
		if !p.room(ctx, c) {
			return
		}
		n, err := c.conn.Read(buf)
		n, cut := p.cut(n)
		for _, b := range buf[:n] {
			e, ok := parse.feed(b)
			if ok && !p.handle(ctx, c, e, parse.partial()) {
				return
			}
		}
		p.mu.Lock()
		c.inFormat = parse.partial()
		p.mu.Unlock()
		if cut {
			reset(c.conn)
		}
		if err != nil || cut {
			return
		}
	}
}

// room waits until the buffer takes more: a full printer stops reading, and
// questions wait behind the data.
func (p *Printer) room(ctx context.Context, c *client) bool {
	for {
		p.mu.Lock()
		_, alive := p.conns[c]
		full, change := p.full(), p.change
		p.mu.Unlock()
		if !alive || ctx.Err() != nil {
			return false
		}
		if !full {
			return true
		}
		select {
		case <-change:
		case <-ctx.Done():
			return false
		}
	}
}

// cut counts received bytes towards the fault that drops the connection, and
// returns how many of n still got through.
func (p *Printer) cut(n int) (through int, cut bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	left := p.faults.CutAfter
	if left == nil || n == 0 {
		return n, false
	}
	if n < *left {
		*left -= n
		return n, false
	}
	through = *left
	p.faults.CutAfter = nil
	return through, true
}

// handle does what an event asks for. It reports false when the connection is
// over. partial says whether a format is still open after the event.
func (p *Printer) handle(ctx context.Context, c *client, e event, partial bool) bool {
	p.mu.Lock()
	if _, alive := p.conns[c]; !alive || p.off {
		p.mu.Unlock()
		return false
	}
	c.inFormat = partial
	switch {
	case e.kind == gotFormat:
		p.queue = append(p.queue, e.format)
		p.queued += len(e.bytes)
		p.changed()
	case e.name == "JA":
		p.cancelAll()
		p.changed()
	case e.name == "PP", e.name == "PS":
		p.paused = e.name == "PP"
		p.changed()
	}
	answer, delay := p.reply(e), time.Duration(p.faults.Delay)
	p.mu.Unlock()
	if answer == "" {
		return true
	}
	if delay > 0 && !wait(ctx, delay) {
		return false
	}
	_, err := c.conn.Write([]byte(answer))
	return err == nil
}

// wait waits for d and reports whether ctx lasted.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// dropClients breaks every connection.
func (p *Printer) dropClients() {
	p.mu.Lock()
	var all []*client
	for c := range p.conns {
		all = append(all, c)
		delete(p.conns, c)
	}
	p.changed()
	p.mu.Unlock()
	for _, c := range all {
		reset(c.conn)
	}
}

// reset closes a connection the hard way, as a switched-off printer does.
func reset(conn net.Conn) {
	if t, ok := conn.(*net.TCPConn); ok {
		_ = t.SetLinger(0) // where it fails, the connection is gone already
	}
	conn.Close()
}
