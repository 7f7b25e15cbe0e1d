package webserver

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Connections bound how many connections a server holds. The zero value is
// right for a server that many reach.
type Connections struct {
	All        int // default 10000
	PerAddress int // from one address; behind a proxy all come from its own; default 2000
}

func (c Connections) orDefaults() Connections {
	if c.All <= 0 {
		c.All = 10_000
	}
	if c.PerAddress <= 0 {
		c.PerAddress = 2000
	}
	return c
}

// A bounded listener closes connections beyond its limits as soon as they come,
// which costs next to nothing, and leaves those that are open alone: whoever
// opens thousands shuts himself out and nobody at another address.
type bounded struct {
	net.Listener

	limits Connections
	log    *slog.Logger

	mu    sync.Mutex
	all   int
	from  map[netip.Addr]int
	told  time.Time // when the log last had a line about it
	since int       // refused since then
}

func newBounded(l net.Listener, limits Connections, log *slog.Logger) *bounded {
	return &bounded{Listener: l, limits: limits.orDefaults(), log: log, from: map[netip.Addr]int{}}
}

// Accept returns the next connection there is room for.
func (b *bounded) Accept() (net.Conn, error) {
	for {
		c, err := b.Listener.Accept()
		if err != nil {
			return nil, err
		}
		addr := addressOf(c)
		if b.take(addr) {
			return b.wrap(c, addr), nil
		}
		// Nothing is kept of it, not even its end.
		if tcp, ok := c.(*net.TCPConn); ok {
			tcp.SetLinger(0) //nolint:errcheck // then it takes a little longer
		}
		c.Close()
	}
}

func addressOf(c net.Conn) netip.Addr {
	at, err := netip.ParseAddrPort(c.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	addr := at.Addr().Unmap().WithZone("")
	if addr.Is6() { // a household has a whole /64 of them
		if p, err := addr.Prefix(64); err == nil {
			addr = p.Addr()
		}
	}
	return addr
}

func (b *bounded) take(addr netip.Addr) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.all < b.limits.All && b.from[addr] < b.limits.PerAddress {
		b.all++
		b.from[addr]++
		return true
	}
	b.since++
	if now := time.Now(); now.Sub(b.told) > time.Minute {
		b.log.WarnContext(context.Background(), "Connections were refused because there are too many; those that are open go on.",
			"refused", b.since, "open", b.all, "address", addr.String(), "open_from_it", b.from[addr])
		b.told, b.since = now, 0
	}
	return false
}

func (b *bounded) give(addr netip.Addr) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all--
	if b.from[addr]--; b.from[addr] == 0 {
		delete(b.from, addr)
	}
}

// wrap returns c with its place given back when it is closed. A TCP connection
// stays one, because a server ends those in two steps.
func (b *bounded) wrap(c net.Conn, addr netip.Addr) net.Conn {
	free := sync.OnceFunc(func() { b.give(addr) })
	if tcp, ok := c.(*net.TCPConn); ok {
		return &tcpConn{tcp, free}
	}
	return &conn{c, free}
}

type tcpConn struct {
	*net.TCPConn

	free func()
}

// Close closes the connection and gives its place back.
func (c *tcpConn) Close() error {
	defer c.free()
	return c.TCPConn.Close()
}

type conn struct {
	net.Conn

	free func()
}

// Close closes the connection and gives its place back.
func (c *conn) Close() error {
	defer c.free()
	return c.Conn.Close()
}
