package authority_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"waybill/internal/authority"
)

// server returns the address of an HTTPS server with a certificate for names.
func server(t *testing.T, a *authority.Authority, now time.Time, names ...string) string {
	t.Helper()
	key, err := authority.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	chain, err := a.Issue(key, names, now)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13}
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // of clients that refuse it
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

func newAuthority(t *testing.T) *authority.Authority {
	t.Helper()
	a, err := authority.New("test authority", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// get connects to addr as host and asks for a page.
func get(ctx context.Context, addr, host string, c *tls.Config) error {
	tr := &http.Transport{TLSClientConfig: c, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, addr)
	}}
	defer tr.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+host+"/", http.NoBody)
	if err != nil {
		return err
	}
	resp, err := (&http.Client{Transport: tr}).Do(req)
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

func TestFirstMeeting(t *testing.T) {
	t.Parallel()
	a, other := newAuthority(t), newAuthority(t)
	now := time.Now()
	addr := server(t, a, now, "hub.test", "192.0.2.7")
	ended := server(t, a, now.Add(-2*authority.ServerLife), "hub.test")
	for _, tt := range []struct {
		name, addr, host string
		pin              authority.Pin
		says             string
	}{
		{"OK by name", addr, "hub.test", authority.PinOf(a.Certificate()), ""},
		{"OK by address", addr, "192.0.2.7", authority.PinOf(a.Certificate()), ""},
		{"bad name", addr, "other.test", authority.PinOf(a.Certificate()), "other.test"},
		{"bad address", addr, "192.0.2.8", authority.PinOf(a.Certificate()), "192.0.2.8"},
		{"bad authority", addr, "hub.test", authority.PinOf(other.Certificate()), authority.ErrOtherServer.Error()},
		{"bad end", ended, "hub.test", authority.PinOf(a.Certificate()), "expired"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var found *x509.Certificate
			err := get(t.Context(), tt.addr, tt.host, authority.FirstMeeting(tt.host, tt.pin, func(c *x509.Certificate) error { found = c; return nil }))
			if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
				t.Fatalf("got %v, want %q", err, tt.says)
			}
			if (found != nil) != (err == nil) || err == nil && !found.Equal(a.Certificate()) {
				t.Errorf("found %v", found)
			}
		})
	}
}

// A certificate that is signed by an impostor and carries the authority's public
// certificate behind it proves nothing.
func TestTheAuthorityMustHaveSigned(t *testing.T) {
	t.Parallel()
	a, impostor := newAuthority(t), newAuthority(t)
	key, err := authority.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	chain, err := impostor.Issue(key, []string{"hub.test"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(chain, key)
	if err != nil {
		t.Fatal(err)
	}
	pair.Certificate = [][]byte{pair.Certificate[0], a.Certificate().Raw}
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // of clients that refuse it
	s.StartTLS()
	defer s.Close()
	err = get(t.Context(), s.Listener.Addr().String(), "hub.test", authority.FirstMeeting("hub.test", authority.PinOf(a.Certificate()), func(*x509.Certificate) error {
		t.Error("found")
		return nil
	}))
	if err == nil {
		t.Error("an impostor was taken")
	}
}

func TestKeptAuthorityIsTheSame(t *testing.T) {
	t.Parallel()
	a, other := newAuthority(t), newAuthority(t)
	cert, key, err := a.PEM()
	if err != nil {
		t.Fatal(err)
	}
	again, err := authority.Load(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	if authority.PinOf(again.Certificate()) != authority.PinOf(a.Certificate()) {
		t.Error("another authority was read")
	}
	addr := server(t, again, time.Now(), "hub.test")
	roots := x509.NewCertPool()
	roots.AddCert(a.Certificate())
	if err := get(t.Context(), addr, "hub.test", &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13}); err != nil {
		t.Errorf("whoever trusts the authority: %v", err)
	}
	_, wrong, err := other.PEM()
	if err != nil {
		t.Fatal(err)
	}
	for name, in := range map[string][2][]byte{"key of another": {cert, wrong}, "no key": {cert, cert}, "no certificate": {key, key}, "nothing": {nil, nil}} {
		if _, err := authority.Load(in[0], in[1]); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
	hub, err := a.Issue(key, []string{"hub.test"}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := authority.Load(hub, key); err == nil {
		t.Error("a server's certificate was taken for an authority's")
	}
}

func TestIssueRefuses(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	key, err := authority.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	for _, names := range [][]string{nil, {""}, {"hub.test:9640"}, {"https://hub.test"}, {"a b"}} {
		if _, err := a.Issue(key, names, time.Now()); err == nil {
			t.Errorf("%q: taken", names)
		}
	}
	if _, err := authority.Certificates([]byte("nothing")); err == nil || errors.Is(err, authority.ErrOtherServer) {
		t.Errorf("no certificate: %v", err)
	}
}
