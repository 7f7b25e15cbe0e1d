// Package guard stands before an HTTP server of ours and decides who may talk
// to it: the right Host, no page of another origin, this machine's own programs
// or the holder of a token. It also sets the headers that keep a browser from
// doing more than the page needs.
//
// Handler is the guard of a server on a desk. A server with callers of several
// kinds puts its own together from the same parts.
package guard

import (
	"fmt"
	"net/http"
	"net/netip"
)

// Options says who may talk to a server. With tokens, everyone shows one,
// wherever the request comes from: a proxy on the same machine makes all the
// world look local. Without, only this machine's own programs get in.
type Options struct {
	Hosts   []string          // further names the server is reached under, with or without port
	Origins []string          // pages of other origins that may call it, as https://wms.example.com
	Tokens  map[string]string // SHA-256 in hex of a token → whose it is
	// Scopes are what a token may do beyond the usual, by the same key.
	Scopes map[string][]string
	// Public says which requests need no token. nil: none.
	Public func(r *http.Request) bool
}

// contentPolicy lets a page load its own files and nothing else.
const contentPolicy = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// Handler returns next behind the guard.
func Handler(o Options, next http.Handler) (http.Handler, error) {
	hosts := Hosts{Names: o.Hosts, AnyPort: true, Arrival: true}
	var tokens Tokens
	for hash, holder := range o.Tokens {
		if err := tokens.Add(hash, hash); err != nil {
			return nil, fmt.Errorf("token of %q: %w", holder, err)
		}
	}
	origins, err := Origins("A page of another origin may not do this; list it in allowed_origins if it is yours.", o.Origins...)
	if err != nil {
		return nil, err
	}
	guarded := origins.Handler(next)
	asked := share(o.Origins, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hash, holds := tokens.Holder(Token(r))
		if holds {
			r = r.WithContext(WithCaller(r.Context(), Caller{Holder: o.Tokens[hash], Scopes: o.Scopes[hash]}))
		}
		public := o.Public != nil && o.Public(r)
		if !public && (tokens.Len() > 0 && !holds || tokens.Len() == 0 && !local(r)) {
			// A browser asks its person for the token as the password.
			w.Header().Set("WWW-Authenticate", `Basic realm="waybill: the token is the password", charset="UTF-8"`)
			Problem(w, http.StatusUnauthorized, "A token is needed: send it as Authorization: Bearer TOKEN.")
			return
		}
		guarded.ServeHTTP(w, r)
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		Headers(w.Header(), contentPolicy)
		if !hosts.Known(r) {
			Problem(w, http.StatusMisdirectedRequest, fmt.Sprintf("This server is not known as %q; list the name in allowed_hosts if it is right.", r.Host))
			return
		}
		asked.ServeHTTP(w, r)
	}), nil
}

// local reports whether r comes from this machine.
func local(r *http.Request) bool {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && from.Addr().Unmap().IsLoopback()
}
