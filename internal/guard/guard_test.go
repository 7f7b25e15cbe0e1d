package guard_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"waybill/internal/guard"
)

const tokenHash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" // of "test"

func TestHandler(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name         string
		method, host string
		remote       string
		header       map[string]string
		want         int
		public       bool
		tokens       bool
	}{
		{name: "OK loopback", host: "127.0.0.1:9630", want: 200},
		{name: "OK localhost", host: "localhost:9630", want: 200},
		{name: "OK listed host", host: "packing.example", want: 200},
		{name: "bad rebound host", host: "evil.example:9630", want: 421},
		{name: "bad port", host: "127.0.0.1:80", want: 421},
		{name: "bad no port", host: "127.0.0.1", want: 421},
		{name: "OK own page posts", method: "POST", host: "127.0.0.1:9630", header: map[string]string{"Origin": "http://127.0.0.1:9630"}, want: 200},
		{name: "OK program posts", method: "POST", host: "127.0.0.1:9630", want: 200},
		{name: "OK listed origin", method: "POST", host: "127.0.0.1:9630", header: map[string]string{"Origin": "https://wms.example", "Sec-Fetch-Site": "cross-site"}, want: 200},
		{name: "bad origin", method: "POST", host: "127.0.0.1:9630", header: map[string]string{"Origin": "https://evil.example"}, want: 403},
		{name: "bad null origin", method: "POST", host: "127.0.0.1:9630", header: map[string]string{"Origin": "null"}, want: 403},
		{name: "bad cross-site form", method: "POST", host: "127.0.0.1:9630", header: map[string]string{"Sec-Fetch-Site": "cross-site"}, want: 403},
		{name: "bad this machine without the token", host: "127.0.0.1:9630", tokens: true, want: 401},
		{name: "OK this machine with the token", host: "127.0.0.1:9630", tokens: true, header: map[string]string{"Authorization": "Bearer test"}, want: 200},
		{name: "OK browser's log-in", host: "127.0.0.1:9630", tokens: true, header: map[string]string{"Authorization": "Basic OnRlc3Q="}, want: 200},
		{name: "OK listed origin asks first", method: "OPTIONS", tokens: true, host: "127.0.0.1:9630", header: map[string]string{"Origin": "https://wms.example", "Access-Control-Request-Method": "POST"}, want: 204},
		{name: "bad other origin asks first", method: "OPTIONS", tokens: true, host: "127.0.0.1:9630", header: map[string]string{"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}, want: 403},
		{name: "bad other machine", host: "127.0.0.1:9630", remote: "192.0.2.7:5000", want: 401},
		{name: "bad token", tokens: true, host: "127.0.0.1:9630", remote: "192.0.2.7:5000", header: map[string]string{"Authorization": "Bearer nope"}, want: 401},
		{name: "OK token", tokens: true, host: "127.0.0.1:9630", remote: "192.0.2.7:5000", header: map[string]string{"Authorization": "Bearer test"}, want: 200},
		{name: "OK public", tokens: true, host: "127.0.0.1:9630", remote: "192.0.2.7:5000", public: true, want: 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			o := guard.Options{
				Hosts: []string{"packing.example"}, Origins: []string{"https://wms.example"},
				Public: func(*http.Request) bool { return tt.public },
			}
			if tt.tokens {
				o.Tokens = map[string]string{tokenHash: "wms"}
			}
			h, err := guard.Handler(o, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
			if err != nil {
				t.Fatal(err)
			}
			if tt.method == "" {
				tt.method = "GET"
			}
			r := httptest.NewRequest(tt.method, "/", nil)
			r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9630}))
			r.Host, r.RemoteAddr = tt.host, "127.0.0.1:40000"
			if tt.remote != "" {
				r.RemoteAddr = tt.remote
			}
			for k, v := range tt.header {
				r.Header.Set(k, v)
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != tt.want {
				t.Errorf("status %d, want %d: %s", w.Code, tt.want, w.Body)
			}
		})
	}
}

// What a token may travels with the request, and with no other.
func TestScopes(t *testing.T) {
	t.Parallel()
	var got guard.Caller
	h, err := guard.Handler(guard.Options{
		Tokens: map[string]string{tokenHash: "wms"}, Scopes: map[string][]string{tokenHash: {"print:raw"}},
		Public: func(r *http.Request) bool { return r.URL.Path == "/healthz" },
	}, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = guard.CallerOf(r.Context()) }))
	if err != nil {
		t.Fatal(err)
	}
	for path, tt := range map[string]struct {
		auth string
		want guard.Caller
	}{
		"/v1/jobs": {"Bearer test", guard.Caller{Holder: "wms", Scopes: []string{"print:raw"}}},
		"/healthz": {"Bearer nope", guard.Caller{}},
	} {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r = r.WithContext(context.WithValue(r.Context(), http.LocalAddrContextKey, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9630}))
		r.Host = "127.0.0.1:9630"
		r.Header.Set("Authorization", tt.auth)
		h.ServeHTTP(httptest.NewRecorder(), r)
		if got.Holder != tt.want.Holder || got.May("print:raw") != tt.want.May("print:raw") || got.May("admin") {
			t.Errorf("%s: the caller is %+v, want %+v", path, got, tt.want)
		}
	}
}
