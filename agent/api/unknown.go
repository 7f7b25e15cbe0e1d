package api

import (
	"fmt"
	"net/http"

	"waybill/internal/guard"
)

// withProblems returns mux with problem documents where it has no route: its own
// answers are plain text.
func withProblems(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r) // and not h: mux sets the path's values
			return
		}
		only := &statusOnly{ResponseWriter: w, status: http.StatusNotFound}
		h.ServeHTTP(only, r)
		guard.Problem(w, only.status, fmt.Sprintf("There is no %s %s here; /openapi.json lists what there is.", r.Method, r.URL.Path))
	})
}

// A statusOnly keeps an answer's headers and status and drops its body.
type statusOnly struct {
	http.ResponseWriter
	status int
}

// WriteHeader keeps the status.
func (s *statusOnly) WriteHeader(status int) { s.status = status }

// Write drops the body.
func (s *statusOnly) Write(b []byte) (int, error) { return len(b), nil }
