package webserver

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// recheck is how often the files of a certificate are looked at, where somebody
// connects.
const recheck = 5 * time.Second

// A Certificate is what a server proves itself with, from two files. It is read
// again when they change; where what stands there then is no pair, the last good
// one goes on and the log says so.
type Certificate struct {
	certFile, keyFile string
	log               *slog.Logger
	now               func() time.Time

	mu       sync.Mutex
	pair     *tls.Certificate
	read     []byte // what pair was made of
	looked   time.Time
	lastFail string
}

// LoadCertificate reads a certificate, with its chain, and its key, both in PEM.
// now is the clock; nil is the machine's.
func LoadCertificate(certFile, keyFile string, log *slog.Logger, now func() time.Time) (*Certificate, error) {
	if now == nil {
		now = time.Now
	}
	c := &Certificate{certFile: certFile, keyFile: keyFile, log: log, now: now}
	if err := c.load(); err != nil {
		return nil, err
	}
	c.looked = now()
	return c, nil
}

// Get returns the certificate as the files have it; it is for tls.Config.
func (c *Certificate) Get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); now.Sub(c.looked).Abs() >= recheck {
		c.looked = now
		switch err := c.load(); {
		case err == nil:
			c.lastFail = ""
		case err.Error() != c.lastFail: // once, not at every connection
			c.lastFail = err.Error()
			c.log.ErrorContext(context.Background(), "The changed certificate cannot be used; the last good one goes on.", "err", err)
		}
	}
	return c.pair, nil
}

// Expires returns when the certificate ends.
func (c *Certificate) Expires() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pair.Leaf.NotAfter
}

// load reads the files, and makes a pair of them where they have changed.
func (c *Certificate) load() error {
	cert, err := os.ReadFile(c.certFile)
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	key, err := os.ReadFile(c.keyFile)
	if err != nil {
		return fmt.Errorf("key of the certificate: %w", err)
	}
	read := append(append(cert[:len(cert):len(cert)], 0), key...)
	if c.pair != nil && bytes.Equal(read, c.read) {
		return nil
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return fmt.Errorf("certificate %s with key %s: %w", c.certFile, c.keyFile, err)
	}
	if c.pair != nil {
		c.log.InfoContext(context.Background(), "The certificate has changed and is in use.", "file", c.certFile, "expires", pair.Leaf.NotAfter)
	}
	c.pair, c.read = &pair, read
	return nil
}

// UseTLS has the server speak TLS alone, 1.3 or later. Call it before Run.
func (s *Server) UseTLS(c *Certificate) {
	s.tls = &tls.Config{MinVersion: tls.VersionTLS13, GetCertificate: c.Get}
}
