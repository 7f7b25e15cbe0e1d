package virtual

import (
	"context"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// A client is one host's connection.
type client struct {
	conn     io.ReadWriteCloser
	status   bool // on the second port
	serial   bool // on the serial line
	inFormat bool // a format has begun on it; guarded by the printer's mu

	writing sync.Mutex // one answer at a time
	mu      sync.Mutex
	unsent  [][]byte // of what the printer says by itself
	telling bool
}

// maxUnsent bounds what waits for a host that does not read.
const maxUnsent = 1000

// tell sends what no question asked for, without waiting for the host to read.
func (c *client) tell(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.unsent) >= maxUnsent {
		return
	}
	c.unsent = append(c.unsent, b)
	if c.telling {
		return
	}
	c.telling = true
	go func() { // ends with the connection at the latest
		for {
			c.mu.Lock()
			if len(c.unsent) == 0 {
				c.telling = false
				c.mu.Unlock()
				return
			}
			next := c.unsent[0]
			c.unsent = c.unsent[1:]
			c.mu.Unlock()
			_ = c.say(next) // a host that has gone misses it
		}
	}()
}

// say sends bytes as they are.
func (c *client) say(b []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	_, err := c.conn.Write(b)
	return err
}

// accept takes connections until the listener is closed. Those beyond the
// clients served at a time wait, as they do at most print servers.
func (p *Printer) accept(ctx context.Context, l net.Listener, queue *line, wg *sync.WaitGroup) error {
	for {
		conn, err := l.Accept()
		if err != nil {
			return fmt.Errorf("connection to the virtual printer: %w", err)
		}
		place := queue.enter(p.o.Refuse || queue == &p.status) // before the next one: first come, first served
		wg.Go(func() { p.converse(ctx, &client{conn: conn, status: queue == &p.status}, queue, place) })
	}
}

// Serve talks to one host until its connection ends, and closes it. Run calls it
// for every connection to the printer's port; tests call it with an end of a
// pipe.
func (p *Printer) Serve(ctx context.Context, conn net.Conn) {
	p.converse(ctx, &client{conn: conn}, &p.line, p.line.enter(p.o.Refuse))
}

// ServeStatus is Serve for the second port, which is not behind the buffer.
func (p *Printer) ServeStatus(ctx context.Context, conn net.Conn) {
	p.converse(ctx, &client{conn: conn, status: true}, &p.status, p.status.enter(true))
}

func (p *Printer) converse(ctx context.Context, c *client, queue *line, place *place) {
	defer queue.leave(place)
	p.mu.Lock()
	if p.off || ctx.Err() != nil {
		p.mu.Unlock()
		reset(c.conn)
		return
	}
	p.conns[c] = struct{}{} // before the turn: a power cut also breaks those who wait
	p.mu.Unlock()
	defer func() {
		c.conn.Close()
		p.do(func() { delete(p.conns, c) })
	}()
	stop := context.AfterFunc(ctx, func() { reset(c.conn) })
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
	parse := newParser()
	buf := make([]byte, 4096)
	for {
		if !c.status && !p.room(ctx, c) {
			return
		}
		n, err := c.conn.Read(buf)
		p.locked(func() { parse.chars, parse.language = p.set.prefixes, p.set.language })
		for rest := buf[:n]; len(rest) > 0; {
			through, cut, step := p.arrive(len(rest))
			for _, b := range rest[:through] {
				e, ok := parse.feed(b)
				if ok && !p.handle(ctx, c, e, parse) {
					return
				}
			}
			rest = rest[through:]
			p.locked(func() { c.inFormat = parse.partial() })
			if cut {
				reset(c.conn)
				return
			}
			if step != nil {
				p.carryOut(*step)
				if !p.serves(c) {
					return
				}
			}
		}
		if err != nil {
			return
		}
	}
}

// locked calls f with mu held; it tells nobody of a change.
func (p *Printer) locked(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f()
}

// serves reports whether a connection has not been broken.
func (p *Printer) serves(c *client) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, alive := p.conns[c]
	return alive
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

// arrive counts received bytes towards what comes behind a byte: the fault that
// drops the connection, or a step of the schedule. It returns how many of n got
// through until then.
func (p *Printer) arrive(n int) (through int, cut bool, step *Step) {
	p.mu.Lock()
	defer p.mu.Unlock()
	through = n
	if at, ok := p.schedule.bytes(); ok && at <= p.received+n {
		through = max(0, at-p.received)
		if s, ok := p.schedule.take(func(s Step) bool { return s.At.Bytes == at }); ok {
			step = &s
		}
	}
	if left := p.faults.CutAfter; left != nil {
		if *left <= through {
			through, cut = max(0, *left), true
			if step != nil { // it comes with the next byte
				p.schedule.steps, step = append(p.schedule.steps, *step), nil
			}
			p.faults.CutAfter = nil
		} else {
			*left -= through
		}
	}
	p.received += through
	return through, cut, step
}

// handle does what an event asks for. It reports false when the connection is
// over.
func (p *Printer) handle(ctx context.Context, c *client, e event, parse *parser) bool {
	p.mu.Lock()
	if _, alive := p.conns[c]; !alive || p.off {
		p.mu.Unlock()
		return false
	}
	c.inFormat = parse.partial()
	var later func() // what must not be done with mu held
	switch e.kind {
	case gotFormat:
		if c.status {
			p.noteUnknown("a format on the status port")
			break
		}
		e.format.from = c
		p.enqueue(e.format)
		p.changed()
	case gotControl:
		later = p.control(e.name)
		p.changed()
	case gotDownload:
		p.download(e.data)
	case gotPrefixes:
		p.set.prefixes = parse.chars
	case gotSetting:
		if !p.setVariable(e.name, e.value) && !(e.name == "alerts.add" && p.addAlert(e.value)) {
			p.noteUnknown("setvar " + readable(e.name))
		}
	case gotAction:
		later = func() { p.act(ctx, e.name) }
	case gotText:
		if !c.status {
			p.printLine(e.data)
			p.changed()
		}
	case gotUnknown:
		p.noteUnknown(e.name)
	case gotVariable:
	}
	answer, delay := p.reply(e), time.Duration(p.faults.Delay)
	p.mu.Unlock()
	if later != nil {
		later()
	}
	if answer == "" {
		return true
	}
	if delay > 0 && !wait(ctx, delay) {
		return false
	}
	return c.say([]byte(answer)) == nil
}

// control does what a ~ command orders. What it returns must be done without
// mu, which is held.
func (p *Printer) control(name string) (later func()) {
	switch name {
	case "JA":
		p.cancelAll()
	case "JP":
		p.cancelNext()
	case "JR":
		return p.PowerCut
	case "PP":
		p.paused = true
	case "PS":
		p.paused = false
	case "EG":
		p.erase("R:*.GRF")
	case "PH":
		return func() { _ = p.Feed() } // where paper cannot move, nothing comes
	case "PR":
		p.reprintLast()
	case "WC":
		return func() { p.OtherHost([]byte("^XA^FO40,40^A0N,40^FDprinter configuration^FS^XZ")) }
	}
	return nil
}

// reprintLast is ~PR: the last label once more, before what waits. mu is held.
func (p *Printer) reprintLast() {
	if p.last == nil {
		return
	}
	f := *p.last
	f.from, f.again = nil, true
	p.queue = append([]format{f}, p.queue...)
	p.queued += len(f.source)
}

// printLine puts a line of text on paper, which is no label: the odometer does
// not count it. mu is held.
func (p *Printer) printLine(text []byte) {
	if !p.canPrint() {
		return
	}
	l := Printed{At: p.o.Now(), Text: true, Language: p.set.language, odometerStays: true}
	if err := p.record.add(l, text); err != nil {
		p.o.Log.Error("A line of text could not be recorded.", "err", err)
	}
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
func reset(conn io.Closer) {
	if t, ok := conn.(*net.TCPConn); ok {
		_ = t.SetLinger(0) // where it fails, the connection is gone already
	}
	conn.Close()
}
