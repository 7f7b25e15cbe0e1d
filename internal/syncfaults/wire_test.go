package syncfaults_test

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"waybill/internal/process"
)

// What can happen to a connection.
const (
	whole      = "" // nothing
	dropped    = "dropped"
	delayed    = "delayed"
	cutThere   = "request cut"
	cutBack    = "answer cut"
	resetThere = "reset"
	repeated   = "repeated"
	silent     = "silent"
)

var mishaps = []string{dropped, delayed, cutThere, cutBack, resetThere, repeated, silent}

// A wire is what lies between one station and the hub. It takes whole
// connections, and to some of them something happens.
type wire struct {
	listener net.Listener
	hub      string

	mu    sync.Mutex
	rand  *rand.Rand
	calm  bool
	done  map[string]int
	conns map[net.Conn]bool
}

func newWire(t *testing.T, addr, hub string, rnd *rand.Rand) *wire {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{listener: l, hub: hub, rand: rnd, done: map[string]int{}, conns: map[net.Conn]bool{}}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { w.carry(ctx, c) })
		}
	})
	t.Cleanup(func() {
		cancel()
		l.Close()
		w.cut()
		wg.Wait()
	})
	return w
}

// cut ends every connection.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.conns {
		c.Close()
	}
}

// settle lets nothing happen any more.
func (w *wire) settle() {
	w.mu.Lock()
	w.calm = true
	w.mu.Unlock()
	w.cut()
}

// A fate is what happens to one connection, and after how many bytes.
type fate struct {
	what  string
	after int64
	pause time.Duration
}

func (w *wire) fate() fate {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.calm || w.rand.IntN(3) == 0 {
		return fate{what: whole, pause: time.Duration(w.rand.IntN(4000)) * time.Millisecond}
	}
	f := fate{what: mishaps[w.rand.IntN(len(mishaps))], pause: time.Duration(w.rand.IntN(1000)) * time.Millisecond}
	// Most bytes are of events; but heads and first lines shall be cut as well.
	f.after = int64(w.rand.IntN(200))
	if w.rand.IntN(2) == 0 {
		f.after = int64(w.rand.IntN(200_000))
	}
	return f
}

func (w *wire) note(what string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done[what]++
}

func (w *wire) keep(c net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conns[c] = true
}

func (w *wire) forget(c net.Conn) {
	c.Close()
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.conns, c)
}

var errMishap = errors.New("mishap")

// carry carries one connection of a station to the hub.
func (w *wire) carry(ctx context.Context, station net.Conn) {
	w.keep(station)
	defer w.forget(station)
	f := w.fate()
	if f.what == dropped {
		w.note(f.what)
		return
	}
	hub, err := (&net.Dialer{}).DialContext(ctx, "tcp", w.hub)
	if err != nil {
		return // it was killed
	}
	w.keep(hub)
	defer w.forget(hub)

	if f.what == whole && f.pause > 0 {
		// No connection lasts for ever, or those on which nothing happens would carry everything.
		end := time.AfterFunc(f.pause, func() { closeBoth(hub, station) })
		defer end.Stop()
	}
	var said []byte // by the station, where it is said again
	var heard atomic.Int64
	there := func(b []byte, so int64) error {
		switch f.what {
		case delayed:
			process.Wait(ctx, f.pause/20)
			if so == 0 {
				w.note(f.what)
			}
		case cutThere, resetThere, silent:
			if so+int64(len(b)) <= f.after {
				return nil
			}
			_, _ = hub.Write(b[:max(0, f.after-so)])
			w.note(f.what)
			switch f.what {
			case resetThere:
				reset(station)
				reset(hub)
			case silent:
				process.Wait(ctx, f.pause)
			}
			return errMishap
		case repeated:
			said = append(said, b...)
			heard.Store(int64(len(said)))
		}
		return nil
	}
	back := func(b []byte, so int64) error {
		switch {
		case f.what == repeated && heard.Load() > f.after:
			_, _ = station.Write(b)
			return errMishap
		case f.what == cutBack && so+int64(len(b)) > f.after%500:
			_, _ = station.Write(b[:max(0, f.after%500-so)])
			w.note(f.what)
			return errMishap
		}
		return nil
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		pump(hub, station, there)
		closeBoth(hub, station)
	})
	pump(station, hub, back)
	closeBoth(hub, station)
	wg.Wait()
	if f.what == repeated && len(said) > 0 && ctx.Err() == nil {
		w.repeat(ctx, said)
	}
}

func closeBoth(a, b net.Conn) {
	a.Close()
	b.Close()
}

// reset ends a connection as a router does that has forgotten it.
func reset(c net.Conn) {
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	c.Close()
}

// pump copies from one to the other until see objects.
func pump(to io.Writer, from io.Reader, see func(b []byte, so int64) error) {
	buf := make([]byte, 16<<10)
	var so int64
	for {
		n, err := from.Read(buf)
		if n > 0 {
			if see(buf[:n], so) != nil {
				return
			}
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
			so += int64(n)
		}
		if err != nil {
			return
		}
	}
}

// repeat says again to the hub what a station has said, as a proxy may that got
// no answer. Nobody reads what the hub answers.
func (w *wire) repeat(ctx context.Context, said []byte) {
	hub, err := (&net.Dialer{}).DialContext(ctx, "tcp", w.hub)
	if err != nil {
		return
	}
	w.keep(hub)
	defer w.forget(hub)
	_ = hub.SetDeadline(time.Now().Add(5 * time.Second))
	var wg sync.WaitGroup
	wg.Go(func() {
		_, _ = hub.Write(said)
		if tcp, ok := hub.(*net.TCPConn); ok {
			_ = tcp.CloseWrite()
		}
	})
	_, _ = io.Copy(io.Discard, hub)
	wg.Wait()
	w.note(repeated)
}
