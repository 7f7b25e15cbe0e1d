package driver

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"waybill/printer"
)

// streamConn is any byte stream as net/http wants it. What ends a question over
// a stream without deadlines is that it is closed.
type streamConn struct {
	io.ReadWriteCloser
	gone func()
	once sync.Once
	err  error
}

// Close closes the stream once.
func (c *streamConn) Close() error {
	c.once.Do(func() {
		c.err = c.ReadWriteCloser.Close()
		c.gone()
	})
	return c.err
}

// LocalAddr has nothing to tell.
func (c *streamConn) LocalAddr() net.Addr { return streamAddr{} }

// RemoteAddr has nothing to tell.
func (c *streamConn) RemoteAddr() net.Addr { return streamAddr{} }

// SetDeadline sets it where the stream has one.
func (c *streamConn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// SetReadDeadline sets it where the stream has one.
func (c *streamConn) SetReadDeadline(t time.Time) error {
	if d, ok := c.ReadWriteCloser.(interface{ SetReadDeadline(t time.Time) error }); ok {
		return d.SetReadDeadline(t)
	}
	return nil
}

// SetWriteDeadline sets it where the stream has one.
func (c *streamConn) SetWriteDeadline(t time.Time) error {
	if d, ok := c.ReadWriteCloser.(interface{ SetWriteDeadline(t time.Time) error }); ok {
		return d.SetWriteDeadline(t)
	}
	return nil
}

// streamAddr is the address of a stream.
type streamAddr struct{}

// Network returns a word.
func (streamAddr) Network() string { return "stream" }

// String returns a word.
func (streamAddr) String() string { return "stream" }

// ippTLSConfig returns whom to trust: the certificate with the configured
// fingerprint and no other, else those that the configured authority has
// signed, else those of the system's.
func ippTLSConfig(a printer.Access, host string) (*tls.Config, error) {
	config := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if len(a.CA) > 0 {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(a.CA) {
			return nil, errors.New("the file of the authority holds no certificate in PEM")
		}
	}
	want, err := fingerprint(a.Fingerprint)
	if err != nil {
		return nil, err
	}
	roots := config.RootCAs
	// Verified by hand, so that a refusal can tell the fingerprint.
	config.InsecureSkipVerify = true
	config.VerifyConnection = func(s tls.ConnectionState) error {
		leaf := s.PeerCertificates[0]
		sum := sha256.Sum256(leaf.Raw)
		have := hex.EncodeToString(sum[:])
		if want != "" {
			if have != want {
				return fmt.Errorf("the printer's certificate has the fingerprint %s, not the configured one (was the printer swapped or reset?)", have)
			}
			return nil
		}
		between := x509.NewCertPool()
		for _, c := range s.PeerCertificates[1:] {
			between.AddCert(c)
		}
		_, err := leaf.Verify(x509.VerifyOptions{DNSName: host, Roots: roots, Intermediates: between})
		if err != nil {
			return fmt.Errorf("the printer's certificate: %w (name its authority as ca_file; or, if the printer's own page shows the fingerprint %s, set it as fingerprint)", err, have)
		}
		return nil
	}
	return config, nil
}

// CheckAccess reports what is wrong with how a printer is to prove itself, before
// anything is sent to it.
func CheckAccess(a printer.Access) error {
	_, err := ippTLSConfig(a, "")
	return err
}

// fingerprint returns the SHA-256 in plain hexadecimal digits; printers show it
// with colons or spaces.
func fingerprint(s string) (string, error) {
	plain := strings.NewReplacer(":", "", " ", "").Replace(strings.ToLower(strings.TrimPrefix(s, "sha256:")))
	if plain == "" {
		return "", nil
	}
	if sum, err := hex.DecodeString(plain); err != nil || len(sum) != sha256.Size {
		return "", fmt.Errorf("fingerprint %q: want the 64 hexadecimal digits of the certificate's SHA-256", s)
	}
	return plain, nil
}
