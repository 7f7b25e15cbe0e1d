package hub

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"

	"waybill/internal/fault"
	"waybill/internal/guard"
	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

// access decides who may ask what.
type access struct {
	hosts    guard.Hosts
	secure   bool         // buyers come over HTTPS
	exposed  bool         // other machines can reach it
	store    admissions   // of enrolled stations
	stations guard.Tokens // of the configuration
	readers  guard.Tokens
	orders   guard.Tokens // of those readers who may stop orders
	origins  *http.CrossOriginProtection
}

func newAccess(o Options, base *url.URL) (*access, error) {
	addr, err := netip.ParseAddrPort(o.Addr.String())
	if err != nil {
		return nil, fmt.Errorf("listen address %s: %w", o.Addr, err)
	}
	a := &access{hosts: hosts(o, base, addr), secure: base.Scheme == "https" || o.TLS, store: o.Store}
	if a.origins, err = guard.Origins("another site's page may not send here"); err != nil {
		return nil, err
	}
	for id, hash := range o.StationTokens {
		if err := a.stations.Add(string(id), hash); err != nil {
			return nil, fmt.Errorf("token of station %s: %w", id, err)
		}
	}
	for i, hash := range o.APITokens {
		if err := a.readers.Add("", hash); err != nil {
			return nil, fmt.Errorf("API token %d: %w", i+1, err)
		}
	}
	for i, hash := range o.OrderTokens {
		if err := a.orders.Add("", hash); err != nil {
			return nil, fmt.Errorf("API token %d for orders: %w", i+1, err)
		}
	}
	// A name of its own means that something lets others in, as a proxy does.
	a.exposed = !addr.Addr().IsLoopback() || !loopbackHost(base.Hostname()) || slices.ContainsFunc(o.Hosts, func(name string) bool {
		host, _, err := net.SplitHostPort(name)
		if err != nil {
			host = name
		}
		return !loopbackHost(host)
	})
	if a.exposed && a.readers.Len() == 0 {
		return nil, &fault.Error{
			Op: fmt.Sprintf("hub on %s as %s", o.Addr, base), Kind: fault.Invalid,
			Err:  errors.New("other machines can reach it, and api_tokens names nobody"),
			Hint: "List at least one API token, or listen on 127.0.0.1 without a public URL.",
		}
	}
	if !a.exposed && (a.stations.Len() == 0 || a.readers.Len() == 0) {
		o.Log.WarnContext(context.Background(), "The hub asks for no tokens, because only this machine can reach it: every program on it may read shipments and, until a station is enrolled, send events.",
			"address", o.Addr.String(), "stations_with_token", a.stations.Len(), "api_tokens", a.readers.Len())
	}
	return a, nil
}

// hosts returns what requests may call the hub.
func hosts(o Options, base *url.URL, addr netip.AddrPort) guard.Hosts {
	port := fmt.Sprint(addr.Port())
	h := guard.Hosts{Names: []string{base.Host, o.Addr.String()}}
	for _, name := range o.Hosts {
		h.Names = append(h.Names, name)
		if _, _, err := net.SplitHostPort(name); err != nil {
			h.Names = append(h.Names, net.JoinHostPort(name, port))
		}
	}
	if addr.Addr().IsLoopback() {
		for _, name := range []string{"localhost", "127.0.0.1", "::1"} {
			h.Names = append(h.Names, net.JoinHostPort(name, port))
		}
	} else {
		h.Port = addr.Port() // stations may use any of the machine's addresses
	}
	return h
}

func loopbackHost(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// wrap puts what holds for every request around next.
func (a *access) wrap(log *slog.Logger, next http.Handler) http.Handler {
	next = a.origins.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if v := recover(); v != nil && v != http.ErrAbortHandler { //nolint:errorlint // the value itself is the sentinel
				log.ErrorContext(r.Context(), "A request could not be answered because of a fault in the program. Please report it.", "path", r.URL.Path, "panic", v)
				panic(http.ErrAbortHandler)
			} else if v != nil {
				panic(v)
			}
		}()
		a.headers(w.Header())
		if !a.hosts.Known(r) {
			guard.Problem(w, http.StatusMisdirectedRequest, "this hub does not go by that name; add it to allowed_hosts if it should")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// contentPolicy lets a page load its own files, ask its own server and nothing
// else.
const contentPolicy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func (a *access) headers(h http.Header) {
	guard.Headers(h, contentPolicy) // among them that no other site hears of the buyer's link, which is the buyer's key
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("X-Robots-Tag", "noindex, nofollow")
	h.Set("Cache-Control", "no-store")
	if a.secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// reader lets those pass who may read.
func (a *access) reader(next http.Handler) http.Handler {
	if a.readers.Len() == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := a.readers.Holder(guard.Token(r)); !ok {
			// A browser asks its person for the token as the password.
			w.Header().Add("WWW-Authenticate", `Basic realm="waybill hub: the API token is the password", charset="UTF-8"`)
			guard.Problem(w, http.StatusUnauthorized, "show an API token: Authorization: Bearer …")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// instructor lets those of the readers pass who may stop orders. Where nobody needs
// a token to read, only this machine's programs ask.
func (a *access) instructor(next http.Handler) http.Handler {
	if a.readers.Len() == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := a.orders.Holder(guard.Token(r)); !ok {
			guard.Problem(w, http.StatusForbidden, "the token may read, but not hold, release or cancel orders; in the hub's configuration its scopes must have orders:instruct")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// admissions is what access needs of the store: what people have decided about
// stations while the hub runs.
type admissions interface {
	Admit(ctx context.Context, token string) (tracking.Admission, error)
	AdmitConfigured(ctx context.Context, station shipment.StationID) (tracking.Admission, error)
	Enrolled(ctx context.Context) (bool, error)
}

// A caller is the station that a request comes from.
type caller struct {
	tracking.Admission

	token      string // SHA-256 of what it showed, in hex
	configured bool   // the token stands in the configuration
}

type callerKey struct{}

type stationKey struct{}

// station lets stations pass and remembers which it is.
func (a *access) station(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, anyone, err := a.admit(r)
		switch {
		case err != nil:
			w.Header().Set("Retry-After", "5")
			guard.Problem(w, http.StatusServiceUnavailable, "the store did not say whether the station may pass; ask again shortly")
		case anyone:
			next.ServeHTTP(w, r)
		case c.Refusal != "":
			refuse(w, c.Admission)
		default:
			ctx := context.WithValue(r.Context(), callerKey{}, c)
			next.ServeHTTP(w, r.WithContext(context.WithValue(ctx, stationKey{}, c.Station)))
		}
	})
}

// admit says which station asks, or that anyone may.
func (a *access) admit(r *http.Request) (c caller, anyone bool, err error) {
	token := guard.Token(r)
	if !a.exposed && a.stations.Len() == 0 {
		enrolled, err := a.store.Enrolled(r.Context())
		if err != nil || !enrolled {
			return c, !enrolled, err
		}
	}
	if token == "" {
		c.Refusal = wire.RefusedNoToken
		return c, false, nil
	}
	if who, ok := a.stations.Holder(token); ok {
		c.configured = true
		c.Admission, err = a.store.AdmitConfigured(r.Context(), shipment.StationID(who))
		return c, false, err
	}
	sum := sha256.Sum256([]byte(token))
	c.token = hex.EncodeToString(sum[:])
	c.Admission, err = a.store.Admit(r.Context(), c.token)
	return c, false, err
}

// refuse tells a station why it may not pass.
func refuse(w http.ResponseWriter, a tracking.Admission) {
	status, day := http.StatusUnauthorized, a.At.UTC().Format("2 January 2006, 15:04 UTC")
	words := "show the station's token: Authorization: Bearer …"
	switch a.Refusal {
	case wire.RefusedExpired:
		words = fmt.Sprintf("the token of station %s ended on %s without being renewed", a.Station, day)
	case wire.RefusedRenewed:
		words = fmt.Sprintf("station %s has another token since; this one was good until %s", a.Station, day)
	case wire.RefusedReplaced:
		status = http.StatusForbidden
		words = fmt.Sprintf("station %s was enrolled anew on %s, with another token than this", a.Station, day)
	case wire.RefusedRevoked:
		status = http.StatusForbidden
		words = fmt.Sprintf("station %s was shut out on %s", a.Station, day)
		if a.Reason != "" {
			words += ": " + a.Reason
		}
	default:
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="waybill hub"`)
	}
	guard.CodedProblem(w, status, string(a.Refusal), words)
}

// callerOf returns the station that a request comes from; false where anyone may
// ask.
func callerOf(ctx context.Context) (caller, bool) {
	c, known := ctx.Value(callerKey{}).(caller)
	return c, known
}

// mayActAs reports whether the request of ctx may speak for station. Where nobody
// needs a token every request may, which New allows only on this machine.
func mayActAs(ctx context.Context, station shipment.StationID) bool {
	who, known := ctx.Value(stationKey{}).(shipment.StationID)
	return !known || who == station
}
