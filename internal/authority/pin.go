package authority

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
)

// PinSize is the length of a Pin: as much of a SHA-256 as nobody finds a second
// certificate for.
const PinSize = 16

// A Pin is the fingerprint of an authority's certificate.
type Pin [PinSize]byte

// PinOf returns the fingerprint of a certificate.
func PinOf(cert *x509.Certificate) Pin {
	sum := sha256.Sum256(cert.Raw)
	return Pin(sum[:PinSize])
}

// ErrOtherServer is a server that does not show the authority that was expected.
var ErrOtherServer = errors.New("the server's certificate is not of the authority that was expected")

// FirstMeeting returns how to meet a server of which only its host name, or IP
// address, and its authority's fingerprint are known. The server must show the
// authority behind its own certificate, which must be good for the name; found is
// called with the authority then, before a byte is sent; its error ends the meeting.
func FirstMeeting(host string, pin Pin, found func(*x509.Certificate) error) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13,
		// The usual check needs the authority, which is what is looked for here;
		// VerifyConnection makes the same check once it is found.
		InsecureSkipVerify: true, //nolint:gosec // see VerifyConnection
		VerifyConnection: func(cs tls.ConnectionState) error {
			i := slices.IndexFunc(cs.PeerCertificates, func(c *x509.Certificate) bool {
				have := PinOf(c)
				return subtle.ConstantTimeCompare(have[:], pin[:]) == 1
			})
			if i < 0 {
				return ErrOtherServer
			}
			roots := x509.NewCertPool()
			roots.AddCert(cs.PeerCertificates[i])
			// Not cs.ServerName, which is empty where the host is an address.
			if _, err := cs.PeerCertificates[0].Verify(x509.VerifyOptions{DNSName: host, Roots: roots}); err != nil {
				return fmt.Errorf("certificate of the server: %w", err)
			}
			return found(cs.PeerCertificates[i])
		},
	}
}
