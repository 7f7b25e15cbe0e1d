package guard_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"waybill/internal/guard"
)

func TestHosts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		hosts guard.Hosts
		host  string
		want  bool
	}{
		{"OK listed", guard.Hosts{Names: []string{"hub.example"}}, "HUB.example", true},
		{"OK listed with port", guard.Hosts{Names: []string{"hub.example:8080"}}, "hub.example:8080", true},
		{"bad other port", guard.Hosts{Names: []string{"hub.example"}}, "hub.example:8080", false},
		{"OK any port", guard.Hosts{Names: []string{"hub.example"}, AnyPort: true}, "hub.example:8080", true},
		{"bad port other than the listed one", guard.Hosts{Names: []string{"hub.example:80"}, AnyPort: true}, "hub.example:8080", false},
		{"bad name that begins alike", guard.Hosts{Names: []string{"hub.example"}, AnyPort: true}, "hub.example.evil.example", false},
		{"OK any address", guard.Hosts{Port: 9640}, "192.0.2.5:9640", true},
		{"OK any IPv6 address", guard.Hosts{Port: 9640}, "[2001:db8::5]:9640", true},
		{"bad port of an address", guard.Hosts{Port: 9640}, "192.0.2.5:80", false},
		{"bad name on the port", guard.Hosts{Port: 9640}, "evil.example:9640", false},
		{"OK where it arrived", guard.Hosts{Arrival: true}, "127.0.0.1:9640", true},
		{"bad other address", guard.Hosts{Arrival: true}, "192.0.2.5:9640", false},
		{"bad without a rule", guard.Hosts{}, "127.0.0.1:9640", false},
		{"bad empty", guard.Hosts{Names: []string{"hub.example"}, AnyPort: true, Port: 9640, Arrival: true}, "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9640}))
			r.Host = tt.host
			if got := tt.hosts.Known(r); got != tt.want {
				t.Errorf("Known(%q) = %v, want %v", tt.host, got, tt.want)
			}
		})
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	const hashOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	var tokens guard.Tokens
	for holder, hash := range map[string]string{"wms": tokenHash, "upper": strings.ToUpper(tokenHash[:62]) + "00", "nobody": hashOfNothing} {
		if err := tokens.Add(holder, hash); err != nil {
			t.Fatal(err)
		}
	}
	if got := tokens.Len(); got != 3 {
		t.Errorf("%d tokens, want 3", got)
	}
	for _, hash := range []string{"", "abc", tokenHash[:62], tokenHash + "00", strings.Repeat("g", 64)} {
		if err := tokens.Add("x", hash); err == nil {
			t.Errorf("Add(%q) = nil, want an error", hash)
		}
	}
	for auth, want := range map[string]string{
		"Bearer test": "wms", "bearer  test ": "wms", "Bearer tes": "", "Bearer": "", "Bearer ": "", "": "", "test": "",
		"Basic OnRlc3Q=": "", // the password is "test"
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Authorization", auth)
		if got, ok := tokens.Holder(guard.Bearer(r)); got != want && ok || ok != (want != "") {
			t.Errorf("%q is of %q, %v; want %q", auth, got, ok, want)
		}
	}
}

func TestProblem(t *testing.T) {
	t.Parallel()
	w := httptest.NewRecorder()
	w.Header().Set("Content-Length", "3")
	guard.Problem(w, http.StatusConflict, `the order "A" is taken`)
	var got map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"type": "about:blank", "title": "Conflict", "status": 409.0, "detail": `the order "A" is taken`}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("problem (-want +got):\n%s", d)
	}
	if w.Code != http.StatusConflict || w.Header().Get("Content-Type") != "application/problem+json" || w.Header().Get("Content-Length") != "" {
		t.Errorf("status %d, headers %v", w.Code, w.Header())
	}
}
