package hub

import (
	"net/http"
	"strings"

	"waybill/internal/guard"
)

// withProblems turns the mux's own plain refusals, unknown path and wrong
// method, into problem documents.
func withProblems(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		rec := &refusal{header: http.Header{}}
		handler.ServeHTTP(rec, r)
		switch {
		case rec.status == http.StatusMethodNotAllowed:
			w.Header().Set("Allow", rec.header.Get("Allow"))
			guard.Problem(w, rec.status, r.Method+" is not for this path; it takes "+strings.ReplaceAll(rec.header.Get("Allow"), ",", " or"))
		case rec.status >= 300 && rec.status < 400:
			mux.ServeHTTP(w, r) // a path to be cleaned
		default:
			guard.Problem(w, http.StatusNotFound, "there is nothing here")
		}
	})
}

// A refusal takes down what the mux would have answered.
type refusal struct {
	header http.Header
	status int
}

func (f *refusal) Header() http.Header         { return f.header }
func (f *refusal) Write(b []byte) (int, error) { return len(b), nil }
func (f *refusal) WriteHeader(status int)      { f.status = status }
