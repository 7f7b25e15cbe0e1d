package hub

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"waybill/internal/fault"
	"waybill/shipment"
)

// A guard decides who may ask what.
type guard struct {
	hosts    map[string]bool
	port     string // Host may be any IP address with this port; empty: none but hosts
	secure   bool   // buyers come over HTTPS
	stations map[shipment.StationID][]byte
	readers  [][]byte
	origins  *http.CrossOriginProtection
}

func newGuard(o Options, base *url.URL) (*guard, error) {
	addr, err := netip.ParseAddrPort(o.Addr.String())
	if err != nil {
		return nil, fmt.Errorf("listen address %s: %w", o.Addr, err)
	}
	port := fmt.Sprint(addr.Port())
	g := &guard{
		hosts:    map[string]bool{strings.ToLower(base.Host): true, o.Addr.String(): true},
		secure:   base.Scheme == "https",
		stations: map[shipment.StationID][]byte{},
		origins:  http.NewCrossOriginProtection(),
	}
	for _, h := range o.Hosts {
		g.hosts[strings.ToLower(h)] = true
		if _, _, err := net.SplitHostPort(h); err != nil {
			g.hosts[strings.ToLower(net.JoinHostPort(h, port))] = true
		}
	}
	if addr.Addr().IsLoopback() {
		for _, name := range []string{"localhost", "127.0.0.1", "::1"} {
			g.hosts[net.JoinHostPort(name, port)] = true
		}
	} else {
		// A page elsewhere can point a name of its own at this hub, but not an
		// address: stations may use any of the machine's addresses.
		g.port = port
	}
	g.origins.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		problem(w, http.StatusForbidden, "another site's page may not send here")
	}))
	for id, hash := range o.StationTokens {
		b, err := digest(hash)
		if err != nil {
			return nil, fmt.Errorf("token of station %s: %w", id, err)
		}
		g.stations[id] = b
	}
	for i, hash := range o.APITokens {
		b, err := digest(hash)
		if err != nil {
			return nil, fmt.Errorf("API token %d: %w", i+1, err)
		}
		g.readers = append(g.readers, b)
	}
	exposed := !addr.Addr().IsLoopback() || !loopbackHost(base.Hostname())
	if exposed && (len(g.stations) == 0 || len(g.readers) == 0) {
		return nil, &fault.Error{
			Op: fmt.Sprintf("hub on %s as %s", o.Addr, base), Kind: fault.Invalid,
			Err:  errors.New("other machines can reach it, and stations or api_tokens name nobody"),
			Hint: "List the stations and at least one API token with their tokens, or listen on 127.0.0.1 without a public URL.",
		}
	}
	if len(g.stations) == 0 || len(g.readers) == 0 {
		o.Log.WarnContext(context.Background(), "The hub asks for no tokens, because only this machine can reach it: every program on it may send events and read shipments.",
			"address", o.Addr.String(), "stations_with_token", len(g.stations), "api_tokens", len(g.readers))
	}
	return g, nil
}

func loopbackHost(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

func digest(hash string) ([]byte, error) {
	b, err := hex.DecodeString(hash)
	if err != nil || len(b) != sha256.Size {
		return nil, errors.New("want the 64 hex digits of the token's SHA-256")
	}
	return b, nil
}

// wrap puts what holds for every request around next.
func (g *guard) wrap(log *slog.Logger, next http.Handler) http.Handler {
	next = g.origins.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if v := recover(); v != nil && v != http.ErrAbortHandler { //nolint:errorlint // the value itself is the sentinel
				log.ErrorContext(r.Context(), "A request could not be answered because of a fault in the program. Please report it.", "path", r.URL.Path, "panic", v)
				panic(http.ErrAbortHandler)
			} else if v != nil {
				panic(v)
			}
		}()
		g.headers(w.Header())
		if !g.ours(r.Host) {
			problem(w, http.StatusMisdirectedRequest, "this hub does not go by that name; add it to allowed_hosts if it should")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// ours reports whether host is one of the hub's names. A page elsewhere whose
// name is pointed at this machine is refused here.
func (g *guard) ours(host string) bool {
	if g.hosts[strings.ToLower(host)] {
		return true
	}
	ap, err := netip.ParseAddrPort(host)
	return g.port != "" && err == nil && fmt.Sprint(ap.Port()) == g.port
}

func (g *guard) headers(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "+
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer") // the buyer's link is the buyer's key
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("Cache-Control", "no-store")
	if g.secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// token returns the secret that r shows: a bearer token, or the password of a
// browser's log-in.
func token(r *http.Request) string {
	if _, password, ok := r.BasicAuth(); ok {
		return password
	}
	scheme, rest, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(rest)
}

// reader lets those pass who may read.
func (g *guard) reader(next http.Handler) http.Handler {
	if len(g.readers) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sum := sha256.Sum256([]byte(token(r)))
		ok := 0
		for _, want := range g.readers {
			ok |= subtle.ConstantTimeCompare(sum[:], want)
		}
		if ok != 1 {
			// A browser asks its person for the token as the password.
			w.Header().Add("WWW-Authenticate", `Basic realm="waybill hub: the API token is the password", charset="UTF-8"`)
			problem(w, http.StatusUnauthorized, "show an API token: Authorization: Bearer …")
			return
		}
		next.ServeHTTP(w, r)
	})
}

type stationKey struct{}

// station lets stations pass and remembers which it is.
func (g *guard) station(next http.Handler) http.Handler {
	if len(g.stations) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sum := sha256.Sum256([]byte(token(r)))
		var who shipment.StationID
		found := false
		for id, want := range g.stations {
			if subtle.ConstantTimeCompare(sum[:], want) == 1 {
				who, found = id, true
			}
		}
		if !found {
			w.Header().Set("WWW-Authenticate", `Bearer realm="waybill hub"`)
			problem(w, http.StatusUnauthorized, "show the station's token: Authorization: Bearer …")
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), stationKey{}, who)))
	})
}

// mayActAs reports whether the request of ctx may speak for station. Without
// tokens every request may, which New allows only on this machine.
func mayActAs(ctx context.Context, station shipment.StationID) bool {
	who, known := ctx.Value(stationKey{}).(shipment.StationID)
	return !known || who == station
}
