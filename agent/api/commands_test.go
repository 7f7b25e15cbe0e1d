package api_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestControlBarcodes(t *testing.T) {
	r := newRig(t)
	for path, want := range map[string]string{
		"/v1/commands.pdf":                 "%PDF on a4",
		"/v1/commands.pdf?size=4x6":        "%PDF on 4x6",
		"/v1/commands.png":                 "\x89PNG on a4, page 1",
		"/v1/commands.png?size=4x6&page=3": "\x89PNG on 4x6, page 3",
	} {
		if a := r.call(t, http.MethodGet, path, ""); a.status != http.StatusOK || string(a.body) != want {
			t.Errorf("%s: %d %q, want %q", path, a.status, a.body, want)
		}
	}
	for path, want := range map[string]int{"/v1/commands.pdf?size=a5": http.StatusUnprocessableEntity, "/v1/commands.png?page=6": http.StatusNotFound} {
		if a := r.call(t, http.MethodGet, path, ""); a.status != want || !strings.Contains(a.header.Get("Content-Type"), "problem+json") {
			t.Errorf("%s: %d %s, want %d", path, a.status, a.body, want)
		}
	}
}
