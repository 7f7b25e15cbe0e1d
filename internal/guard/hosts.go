package guard

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Hosts says what requests may call a server. A page elsewhere that points its
// own name at this machine still sends that name as Host, and is refused.
type Hosts struct {
	Names   []string // as name or name:port
	AnyPort bool     // a name alone is right with every port, as behind a proxy
	Port    uint16   // if not 0, every IP address is right with this port: no page elsewhere can point an address here
	Arrival bool     // the address at which a request arrived is right
}

// Known reports whether r calls the server by one of its names.
func (h Hosts) Known(r *http.Request) bool {
	name, port, err := net.SplitHostPort(r.Host)
	if err != nil {
		name, port = r.Host, ""
	}
	if slices.ContainsFunc(h.Names, func(n string) bool {
		return strings.EqualFold(n, r.Host) || h.AnyPort && strings.EqualFold(n, name)
	}) {
		return true
	}
	if at, err := netip.ParseAddrPort(r.Host); h.Port != 0 && err == nil && at.Port() == h.Port {
		return true
	}
	return h.Arrival && arrivedAt(r, name, port)
}

// arrivedAt reports whether name and port are the address at which r arrived. A
// Host without port is right on the ports that browsers leave out.
func arrivedAt(r *http.Request, name, port string) bool {
	at, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if at == nil {
		return false
	}
	own, err := netip.ParseAddrPort(at.String())
	if err != nil || port != "" && port != fmt.Sprint(own.Port()) || port == "" && own.Port() != 80 && own.Port() != 443 {
		return false
	}
	if strings.EqualFold(name, "localhost") {
		return own.Addr().Unmap().IsLoopback()
	}
	ip, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return err == nil && ip.Unmap() == own.Addr().Unmap()
}
