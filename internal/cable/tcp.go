package cable

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// A tcpCable is a serial bridge on loopback that takes one host at a time.
type tcpCable struct{ addr string }

// NewTCP returns a cable to a loopback port, on every system.
func NewTCP() (Cable, error) {
	l, err := listenTCP("127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		return nil, fmt.Errorf("loopback port: %w", err)
	}
	return tcpCable{addr}, nil
}

func listenTCP(addr string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("loopback port: %w", err)
	}
	return l, nil
}

func (c tcpCable) Address() string { return c.addr }
func (c tcpCable) Serial() bool    { return false }
func (c tcpCable) Close() error    { return nil }

func (c tcpCable) Plug() (io.ReadWriteCloser, error) {
	lis, err := listenTCP(c.addr)
	if err != nil {
		return nil, err
	}
	e := &tcpEnd{lis: lis, stop: make(chan struct{}), changed: make(chan struct{})}
	go e.accept()
	return e, nil
}

// A tcpEnd is the device's side of the bridge.
type tcpEnd struct {
	lis  net.Listener
	stop chan struct{}

	mu      sync.Mutex
	conn    net.Conn      // the present host, or nil
	changed chan struct{} // closed when conn changes
}

// accept ends when Close closes the listener. A new host takes the old one's place.
func (e *tcpEnd) accept() {
	for {
		c, err := e.lis.Accept()
		if err != nil {
			return
		}
		e.set(nil, c)
	}
}

// set makes c the present host, if old is or is nil.
func (e *tcpEnd) set(old, c net.Conn) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if old != nil && e.conn != old {
		return
	}
	if e.conn != nil {
		e.conn.Close()
	}
	e.conn = c
	close(e.changed)
	e.changed = make(chan struct{})
	select {
	case <-e.stop: // it came while we were closing
		if c != nil {
			c.Close()
		}
	default:
	}
}

// host waits for a host at most the given time.
func (e *tcpEnd) host(limit <-chan time.Time) (net.Conn, error) {
	for {
		e.mu.Lock()
		c, changed := e.conn, e.changed
		e.mu.Unlock()
		if c != nil {
			return c, nil
		}
		select {
		case <-changed:
		case <-e.stop:
			return nil, io.ErrClosedPipe
		case <-limit:
			return nil, errors.New("nobody listens to the simulated device")
		}
	}
}

// Read returns what the present host says, and waits where there is none.
func (e *tcpEnd) Read(b []byte) (int, error) {
	for {
		c, err := e.host(nil)
		if err != nil {
			return 0, err
		}
		n, err := c.Read(b)
		if n > 0 || err == nil {
			return n, nil
		}
		select {
		case <-e.stop:
			return 0, io.ErrClosedPipe
		default:
			e.set(c, nil)
		}
	}
}

// Write sends to the present host; it waits a while for one.
func (e *tcpEnd) Write(b []byte) (int, error) {
	limit := time.NewTimer(5 * time.Second)
	defer limit.Stop()
	c, err := e.host(limit.C)
	if err != nil {
		return 0, err
	}
	if err := c.SetWriteDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return 0, err
	}
	return c.Write(b)
}

// Close hangs up.
func (e *tcpEnd) Close() error {
	close(e.stop)
	err := e.lis.Close()
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.conn != nil {
		err = errors.Join(err, e.conn.Close())
	}
	return err
}
