// Package authority makes a certification authority of a house's own and the
// certificates of servers under it, for a hub in a warehouse that has none. It
// also checks a server against the fingerprint of such an authority, for whoever
// meets the server for the first time.
//
// It keeps no files: callers do.
package authority

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"time"
)

// How long certificates are good. An authority outlives the machines that trust
// it; a server's certificate is made again by whoever has the authority, and its
// life stays under the 398 days that browsers grant one of a public authority.
const (
	authorityLife = 20 * 365 * 24 * time.Hour
	ServerLife    = 397 * 24 * time.Hour
	// Clocks of machines that never met a time server may be a day behind.
	backdated = 24 * time.Hour
)

// An Authority signs certificates of servers.
type Authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// New makes an authority. name is what people see where they look at it.
func New(name string, now time.Time) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("key of the authority: %w", err)
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	tmpl := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-backdated), NotAfter: now.Add(authorityLife),
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign, BasicConstraintsValid: true, IsCA: true, MaxPathLenZero: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("certificate of the authority: %w", err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("certificate of the authority: %w", err)
	}
	return &Authority{cert: cert, key: key}, nil
}

// Load returns the authority of a certificate and its key, both in PEM.
func Load(certPEM, keyPEM []byte) (*Authority, error) {
	certs, err := Certificates(certPEM)
	if err != nil {
		return nil, err
	}
	key, err := readKey(keyPEM)
	if err != nil {
		return nil, err
	}
	cert := certs[0]
	if !cert.IsCA || !key.PublicKey.Equal(cert.PublicKey) {
		return nil, errors.New("the certificate is no authority's, or the key is another's")
	}
	return &Authority{cert: cert, key: key}, nil
}

// Certificate returns the authority's own certificate.
func (a *Authority) Certificate() *x509.Certificate { return a.cert }

// PEM returns the authority's certificate and key.
func (a *Authority) PEM() (cert, key []byte, err error) {
	key, err = writeKey(a.key)
	return certPEM(a.cert.Raw), key, err
}

// NewKey returns a key for a server, in PEM.
func NewKey() ([]byte, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("key of the server: %w", err)
	}
	return writeKey(key)
}

// Issue returns a certificate for the server of a key, under names that are host
// names or IP addresses, with the authority's own behind it: whoever knows only
// the authority's fingerprint finds it there.
func (a *Authority) Issue(keyPEM []byte, names []string, now time.Time) ([]byte, error) {
	if len(names) == 0 {
		return nil, errors.New("a server's certificate needs a name")
	}
	key, err := readKey(keyPEM)
	if err != nil {
		return nil, err
	}
	serial, err := newSerial()
	if err != nil {
		return nil, err
	}
	end := now.Add(ServerLife)
	if end.After(a.cert.NotAfter) {
		end = a.cert.NotAfter
	}
	tmpl := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: names[0]}, NotBefore: now.Add(-backdated), NotAfter: end,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			tmpl.IPAddresses = append(tmpl.IPAddresses, ip)
		} else if u, err := url.Parse("https://" + name); err == nil && name != "" && u.Hostname() == name {
			tmpl.DNSNames = append(tmpl.DNSNames, name)
		} else {
			return nil, fmt.Errorf("name %q: want a host name or an IP address, without port", name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, &key.PublicKey, a.key)
	if err != nil {
		return nil, fmt.Errorf("certificate of %s: %w", names[0], err)
	}
	return append(certPEM(der), certPEM(a.cert.Raw)...), nil
}

// Issued reports whether the authority has signed a certificate.
func (a *Authority) Issued(cert *x509.Certificate) bool {
	return cert.CheckSignatureFrom(a.cert) == nil
}

// Names returns what a certificate says its server is called.
func Names(cert *x509.Certificate) []string {
	names := append([]string(nil), cert.DNSNames...)
	for _, ip := range cert.IPAddresses {
		names = append(names, ip.String())
	}
	return names
}

// Certificates returns the certificates in PEM data, of which there must be one.
func Certificates(data []byte) ([]*x509.Certificate, error) {
	var certs []*x509.Certificate
	for {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("certificate: %w", err)
		}
		certs = append(certs, cert)
	}
	if len(certs) == 0 {
		return nil, errors.New("there is no certificate in it (want PEM: -----BEGIN CERTIFICATE-----)")
	}
	return certs, nil
}

func certPEM(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func writeKey(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

func readKey(data []byte) (*ecdsa.PrivateKey, error) {
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("there is no key in it (want PEM: -----BEGIN PRIVATE KEY-----)")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	ec, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, errors.New("the key is not of the kind that is made here (ECDSA)")
	}
	return ec, nil
}

func newSerial() (*big.Int, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("serial number: %w", err)
	}
	return serial.Add(serial, big.NewInt(1)), nil // RFC 5280, 4.1.2.2: positive
}
