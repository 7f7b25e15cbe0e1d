// Package guard stands before an HTTP server of ours and decides who may talk
// to it: the right Host, no page of another origin, this machine's own programs
// or the holder of a token. It also sets the headers that keep a browser from
// doing more than the page needs.
package guard

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Options says who may talk to a server.
type Options struct {
	Hosts   []string          // further names the server is reached under, with or without port
	Origins []string          // pages of other origins that may call it, as https://wms.example.com
	Tokens  map[string]string // SHA-256 in hex of a token → whose it is
	// Public says which requests from other machines need no token. nil: none.
	Public func(r *http.Request) bool
}

// contentPolicy lets a page load its own files and nothing else.
const contentPolicy = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// Handler returns next behind the guard.
func Handler(o Options, next http.Handler) (http.Handler, error) {
	cross := http.NewCrossOriginProtection()
	for _, origin := range o.Origins {
		if err := cross.AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("allowed origin %q: %w", origin, err)
		}
	}
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		Problem(w, http.StatusForbidden, "A page of another origin may not do this; list it in allowed_origins if it is yours.")
	}))
	guarded := cross.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !hostAllowed(r, o.Hosts) {
			Problem(w, http.StatusMisdirectedRequest, fmt.Sprintf("This server is not known as %q; list the name in allowed_hosts if it is right.", r.Host))
			return
		}
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		if !local(r) && (o.Public == nil || !o.Public(r)) {
			if _, ok := o.Holder(r); !ok {
				h.Set("WWW-Authenticate", "Bearer")
				Problem(w, http.StatusUnauthorized, "A token is needed: send it as Authorization: Bearer TOKEN.")
				return
			}
		}
		guarded.ServeHTTP(w, r)
	}), nil
}

// Holder returns whose token r carries.
func (o Options) Holder(r *http.Request) (name string, ok bool) {
	token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !found {
		return "", false
	}
	sum := sha256.Sum256([]byte(strings.TrimSpace(token)))
	got := hex.EncodeToString(sum[:])
	for hash, holder := range o.Tokens {
		if subtle.ConstantTimeCompare([]byte(hash), []byte(got)) == 1 {
			name, ok = holder, true
		}
	}
	return name, ok
}

// hostAllowed keeps a page that has rebound its name to this machine out: it
// still sends its own name as Host.
func hostAllowed(r *http.Request, extra []string) bool {
	host, port, err := net.SplitHostPort(r.Host)
	if err != nil {
		host, port = r.Host, ""
	}
	if slices.ContainsFunc(extra, func(e string) bool { return strings.EqualFold(e, r.Host) || strings.EqualFold(e, host) }) {
		return true
	}
	at, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if at == nil {
		return false
	}
	own, err := netip.ParseAddrPort(at.String())
	if err != nil || port != "" && port != fmt.Sprint(own.Port()) || port == "" && own.Port() != 80 && own.Port() != 443 {
		return false
	}
	if strings.EqualFold(host, "localhost") {
		return own.Addr().Unmap().IsLoopback()
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.Unmap() == own.Addr().Unmap()
}

// local reports whether r comes from this machine.
func local(r *http.Request) bool {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && from.Addr().Unmap().IsLoopback()
}

// Problem writes an RFC 9457 problem document.
func Problem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	// The client may be gone; there is nobody left to tell.
	_ = json.NewEncoder(w).Encode(map[string]any{"type": "about:blank", "title": http.StatusText(status), "status": status, "detail": detail})
}
