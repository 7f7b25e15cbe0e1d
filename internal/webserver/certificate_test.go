package webserver_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"waybill/internal/authority"
	"waybill/internal/webserver"
)

// A pair is a certificate's two files.
type pair struct{ cert, key string }

func (p pair) write(t *testing.T, a *authority.Authority, name string) {
	t.Helper()
	key, err := authority.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	chain, err := a.Issue(key, []string{name}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	put(t, p.key, key)
	put(t, p.cert, chain)
}

func put(t *testing.T, file string, data []byte) {
	t.Helper()
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestCertificateIsTakenUpAnew(t *testing.T) {
	t.Parallel()
	a, err := authority.New("test", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	p := pair{filepath.Join(dir, "hub.crt"), filepath.Join(dir, "hub.key")}
	p.write(t, a, "first.test")
	var clock atomic.Int64 // seconds
	var log bytes.Buffer
	c, err := webserver.LoadCertificate(p.cert, p.key, slog.New(slog.NewTextHandler(&log, nil)), func() time.Time { return time.Unix(clock.Load(), 0) })
	if err != nil {
		t.Fatal(err)
	}
	served := func() string {
		t.Helper()
		clock.Add(10)
		pair, err := c.Get(nil)
		if err != nil {
			t.Fatal(err)
		}
		return pair.Leaf.DNSNames[0]
	}
	if got := served(); got != "first.test" {
		t.Errorf("serves %s", got)
	}
	p.write(t, a, "second.test")
	if got := served(); got != "second.test" {
		t.Errorf("after a change it serves %s", got)
	}
	// A certificate whose key is not there yet, then no certificate at all.
	other := pair{filepath.Join(dir, "third.crt"), filepath.Join(dir, "third.key")}
	other.write(t, a, "third.test")
	third, err := os.ReadFile(other.cert)
	if err != nil {
		t.Fatal(err)
	}
	thirdKey, err := os.ReadFile(other.key)
	if err != nil {
		t.Fatal(err)
	}
	put(t, p.cert, third)
	if got := served(); got != "second.test" {
		t.Errorf("half of a change serves %s", got)
	}
	if got := served(); got != "second.test" || strings.Count(log.String(), "cannot be used") != 1 {
		t.Errorf("serves %s; the log must tell it once: %s", got, &log)
	}
	put(t, p.key, thirdKey)
	if got := served(); got != "third.test" {
		t.Errorf("a change that is whole serves %s", got)
	}
	if err := os.Remove(p.cert); err != nil {
		t.Fatal(err)
	}
	if got := served(); got != "third.test" {
		t.Errorf("without its file it serves %s", got)
	}
	if _, err := webserver.LoadCertificate(p.cert, p.key, slog.New(slog.DiscardHandler), nil); err == nil {
		t.Error("a certificate that is not there was loaded")
	}
}

func TestServerSpeaksTLS13Alone(t *testing.T) {
	t.Parallel()
	a, err := authority.New("test", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	p := pair{filepath.Join(dir, "hub.crt"), filepath.Join(dir, "hub.key")}
	p.write(t, a, "127.0.0.1")
	log := slog.New(slog.DiscardHandler)
	c, err := webserver.LoadCertificate(p.cert, p.key, log, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := webserver.Listen(t.Context(), "test page", "127.0.0.1:0", log)
	if err != nil {
		t.Fatal(err)
	}
	s.Handle(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.TLS == nil || r.TLS.Version < tls.VersionTLS13 {
			t.Errorf("TLS %+v", r.TLS)
		}
	}))
	s.UseTLS(c)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	<-s.Ready()
	roots := x509.NewCertPool()
	roots.AddCert(a.Certificate())
	ask := func(url string, max uint16) (int, error) {
		tr := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12, MaxVersion: max}, ForceAttemptHTTP2: true}
		defer tr.CloseIdleConnections()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
		if err != nil {
			return 0, err
		}
		resp, err := (&http.Client{Transport: tr}).Do(req)
		if err != nil {
			return 0, err
		}
		return resp.StatusCode, resp.Body.Close()
	}
	if code, err := ask(s.URL(), tls.VersionTLS13); err != nil || code != http.StatusOK {
		t.Errorf("TLS 1.3: %d, %v", code, err)
	}
	if _, err := ask(s.URL(), tls.VersionTLS12); err == nil {
		t.Error("TLS 1.2 is spoken")
	}
	if code, err := ask(strings.Replace(s.URL(), "https", "http", 1), 0); err == nil && code != http.StatusBadRequest {
		t.Errorf("plain HTTP: %d", code)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("Run: %v", err)
	}
}
