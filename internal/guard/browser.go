package guard

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
)

// Headers sets what keeps a browser from doing more than a page of ours needs.
// policy is the page's Content-Security-Policy.
func Headers(h http.Header, policy string) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
}

// Origins returns the protection from pages of other origins, except trusted
// ones. What such a page may not do is answered with a problem that says
// refusal.
func Origins(refusal string, trusted ...string) (*http.CrossOriginProtection, error) {
	p := http.NewCrossOriginProtection()
	for _, origin := range trusted {
		if err := p.AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("allowed origin %q: %w", origin, err)
		}
	}
	p.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		Problem(w, http.StatusForbidden, refusal)
	}))
	return p, nil
}

// share lets pages of the trusted origins read the answers, and answers a
// browser that asks first.
func share(trusted []string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin := r.Header.Get("Origin")
		known := slices.Contains(trusted, origin)
		if known {
			h := w.Header()
			h.Set("Access-Control-Allow-Origin", origin)
			h.Add("Vary", "Origin")
			h.Set("Access-Control-Allow-Methods", "GET, POST")
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, Last-Event-ID")
			h.Set("Access-Control-Max-Age", "600")
		}
		if !preflight(r) {
			next.ServeHTTP(w, r)
			return
		}
		if !known {
			Problem(w, http.StatusForbidden, "A page of another origin may not do this; list it in allowed_origins if it is yours.")
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
}

// preflight reports whether r is a browser asking what a page may do.
func preflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && r.Header.Get("Origin") != "" && r.Header.Get("Access-Control-Request-Method") != ""
}

// Problem writes an RFC 9457 problem document.
func Problem(w http.ResponseWriter, status int, detail string) { CodedProblem(w, status, "", detail) }

// CodedProblem writes an RFC 9457 problem document with the further member code,
// by which programs tell it from others of its status.
func CodedProblem(w http.ResponseWriter, status int, code, detail string) {
	h := w.Header()
	h.Del("Content-Length") // of the answer that this one replaces
	h.Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	// The client may be gone; there is nobody left to tell.
	_ = json.NewEncoder(w).Encode(struct {
		Type   string `json:"type"`
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
		Code   string `json:"code,omitempty"`
	}{"about:blank", http.StatusText(status), status, detail, code})
}
