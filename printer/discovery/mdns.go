package discovery

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"syscall"
	"time"
)

// Where multicast DNS listens (RFC 6762, section 3).
var (
	group4 = netip.AddrPortFrom(netip.AddrFrom4([4]byte{224, 0, 0, 251}), 5353)
	group6 = netip.AddrPortFrom(netip.AddrFrom16([16]byte{0: 0xff, 1: 0x02, 15: 0xfb}), 5353)
)

// A mouth is a socket that asks on one interface.
type mouth struct {
	conn *net.UDPConn
	to   netip.AddrPort
}

// announced asks every network that this machine is on.
func announced(ctx context.Context, wait time.Duration) ([]Found, error) {
	mouths, err := openMouths(ctx)
	if len(mouths) == 0 {
		return nil, err // no network, or none that may be asked
	}
	return ask(ctx, mouths, wait), nil
}

// openMouths opens a socket on every interface that is up and does multicast.
// The error is of the last that could not be opened.
func openMouths(ctx context.Context) ([]mouth, error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("network interfaces: %w", err)
	}
	var mouths []mouth
	var last error
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 || i.Flags&net.FlagMulticast == 0 {
			continue
		}
		addresses, err := i.Addrs()
		if err != nil {
			continue // it went away meanwhile
		}
		four, six := false, false
		for _, a := range addresses {
			prefix, err := netip.ParsePrefix(a.String())
			if err != nil {
				continue
			}
			var m mouth
			switch ip := prefix.Addr().Unmap(); {
			case ip.Is4() && !four:
				four = true
				m, err = openMouth(ctx, ip, group4)
			case ip.Is6() && ip.IsLinkLocalUnicast() && !six:
				six = true
				m, err = openMouth(ctx, ip.WithZone(i.Name), netip.AddrPortFrom(group6.Addr().WithZone(i.Name), group6.Port()))
			default:
				continue
			}
			if err != nil {
				last = err
				continue
			}
			mouths = append(mouths, m)
		}
	}
	return mouths, last
}

// openMouth opens a socket that asks from one of the machine's addresses. Its
// port is any: the answer then comes to it alone (RFC 6762, section 6.7).
func openMouth(ctx context.Context, from netip.Addr, to netip.AddrPort) (mouth, error) {
	lc := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		if !from.Is4() {
			return nil // the zone says which interface
		}
		var err error
		cerr := c.Control(func(fd uintptr) { err = multicastFrom(fd, from.As4()) })
		return errors.Join(cerr, err)
	}}
	network := "udp6"
	if from.Is4() {
		network = "udp4"
	}
	conn, err := lc.ListenPacket(ctx, network, netip.AddrPortFrom(from, 0).String())
	if err != nil {
		return mouth{}, fmt.Errorf("question on %s: %w", from, err)
	}
	udp, ok := conn.(*net.UDPConn)
	if !ok {
		conn.Close()
		return mouth{}, fmt.Errorf("question on %s: not a UDP socket", from)
	}
	return mouth{udp, to}, nil
}

// maxPackets bounds what one socket takes in.
const maxPackets = 2000

// ask asks through every mouth, listens for so long, and closes them. It asks a
// second time, and then also for what was left out: packets get lost.
func ask(ctx context.Context, mouths []mouth, wait time.Duration) []Found {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	// A deadline in the past ends every read when it is over.
	stop := context.AfterFunc(ctx, func() {
		for _, m := range mouths {
			_ = m.conn.SetReadDeadline(time.Unix(1, 0)) // its only error is a closed socket
		}
	})
	defer stop()
	k := newBook()
	var mu sync.Mutex
	var wg sync.WaitGroup
	for _, m := range mouths {
		wg.Go(func() { listen(m, func(r []record, from netip.Addr) { mu.Lock(); k.note(r, from); mu.Unlock() }) })
	}
	first := make([]question, 0, len(services()))
	for _, s := range services() {
		first = append(first, question{s, typePTR})
	}
	say(mouths, first)
	half := time.NewTimer(wait / 2)
	defer half.Stop()
	select {
	case <-half.C:
		mu.Lock()
		open := k.gaps()
		mu.Unlock()
		say(mouths, first)
		if len(open) > 0 {
			say(mouths, open)
		}
	case <-ctx.Done():
	}
	wg.Wait()
	for _, m := range mouths {
		m.conn.Close()
	}
	return k.found()
}

// say sends questions through every mouth. A network that takes none has none to
// answer either.
func say(mouths []mouth, questions []question) {
	b := query(questions)
	for _, m := range mouths {
		_, _ = m.conn.WriteToUDPAddrPort(b, m.to)
	}
}

// listen takes in answers until the deadline.
func listen(m mouth, note func([]record, netip.Addr)) {
	b := make([]byte, maxMessage+1)
	for range maxPackets {
		n, from, err := m.conn.ReadFromUDPAddrPort(b)
		if err != nil {
			return
		}
		records, _ := parse(b[:n]) // what could be read of a damaged message counts
		note(records, from.Addr().Unmap())
	}
}
