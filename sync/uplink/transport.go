package uplink

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"waybill/internal/fault"
)

// Credentials are by what a hub knows a station.
type Credentials struct {
	Token       string           // sent as a bearer token; empty: none
	Certificate *tls.Certificate // shown to a hub that asks for one; nil: none
}

// A Link says how to reach a hub. The zero value is right where nothing stands
// between.
type Link struct {
	// Proxy is what to go through: an address, or "none" for no proxy whatever the
	// environment says. Empty, HTTPS_PROXY, HTTP_PROXY and NO_PROXY count.
	Proxy string
	// CA are the authorities that may vouch for the hub; nil for those that the
	// machine trusts.
	CA *x509.CertPool
	// Credentials returns what to show. It is asked before each request and each
	// connection, so that what was renewed is used without a restart. nil: nothing
	// is shown.
	Credentials func() (Credentials, error)
}

// proxyNone is the Proxy that stands for none.
const proxyNone = "none"

// Transport returns what carries requests over the link: TLS 1.3 or later, and a
// deadline for every step.
func (l Link) Transport() (*http.Transport, error) {
	t := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: 45 * time.Second,
		IdleConnTimeout:       90 * time.Second,
		MaxIdleConns:          4,
		ForceAttemptHTTP2:     true,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: l.CA},
	}
	if l.Credentials != nil {
		t.TLSClientConfig.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			c, err := l.Credentials()
			if err != nil || c.Certificate == nil {
				return &tls.Certificate{}, err
			}
			return c.Certificate, nil
		}
	}
	switch l.Proxy {
	case "":
	case proxyNone:
		t.Proxy = nil
	default:
		u, err := ParseProxy(l.Proxy)
		if err != nil {
			return nil, err
		}
		t.Proxy = http.ProxyURL(u)
	}
	return t, nil
}

// ParseProxy reads the address of a proxy. The error says how to write one.
func ParseProxy(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err == nil && (u.Host == "" || (u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5")) {
		err = errors.New("it is no address of a proxy")
	}
	if err != nil {
		return nil, &fault.Error{
			Op: "proxy", Kind: fault.Invalid, Err: err,
			Hint: "Write it as http://proxy.example.com:3128, or none for no proxy at all.",
		}
	}
	return u, nil
}

// The alerts of TLS by which a hub says what it has against the station's
// certificate or version (RFC 8446, section 6).
const (
	alertBadCertificate     tls.AlertError = 42
	alertCertificateRevoked tls.AlertError = 44
	alertCertificateExpired tls.AlertError = 45
	alertCertificateUnknown tls.AlertError = 46
	alertUnknownCA          tls.AlertError = 48
	alertAccessDenied       tls.AlertError = 49
	alertProtocolVersion    tls.AlertError = 70
	alertCertificateNeeded  tls.AlertError = 116
)

// Explain returns err, of a request over a link, with what a person can do about
// it where that is known. now is what the machine's clock showed.
func Explain(err error, now time.Time) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	why, hint := diagnose(err, now)
	if hint == "" {
		return err
	}
	if why != "" {
		err = fmt.Errorf("%s: %w", why, err)
	}
	return &fault.Error{Kind: fault.Transient, Err: err, Hint: hint}
}

func diagnose(err error, now time.Time) (why, hint string) {
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var record tls.RecordHeaderError
	var said *net.OpError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && invalid.Cert != nil && now.Before(invalid.Cert.NotBefore):
		return fmt.Sprintf("this machine's clock shows %s, and the hub's certificate begins on %s", day(now), day(invalid.Cert.NotBefore)),
			"Set the machine's clock; nothing can be sent to the hub while it is so far behind."
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired && invalid.Cert != nil:
		return fmt.Sprintf("this machine's clock shows %s, and the hub's certificate ended on %s", day(now), day(invalid.Cert.NotAfter)),
			"If the date is wrong, set the machine's clock; if it is right, whoever runs the hub must renew its certificate."
	case errors.As(err, &unknown):
		return "nobody this machine trusts vouches for the hub's certificate",
			"Name the authority's certificate in the hub's ca_file in the configuration. If this network opens TLS connections or asks for a login, ask who runs it."
	case errors.As(err, &host):
		return "what answers is not the hub by that name", "Check the hub's url in the configuration, and whether this network asks for a login first."
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return "what answers speaks no TLS", "Check whether the hub's url is https or http, and whether this network asks for a login first."
	case strings.Contains(err.Error(), "tls: server selected unsupported protocol version"):
		return diagnoseAlert(alertProtocolVersion.Error())
	case errors.As(err, &said) && said.Op == "remote error":
		return diagnoseAlert(said.Err.Error()) // the alert's type is not exported, its text is
	}
	return "", ""
}

func diagnoseAlert(alert string) (why, hint string) {
	switch alert {
	case alertProtocolVersion.Error():
		return "the hub, or what stands before it, does not speak TLS 1.3", "Switch TLS 1.3 on there."
	case alertCertificateExpired.Error():
		return "the hub finds this station's certificate out of date", "Check the clocks of both; else enrol the station again."
	case alertCertificateRevoked.Error(), alertAccessDenied.Error():
		return "the hub has withdrawn this station's certificate", "If that is a mistake, enrol the station again."
	case alertBadCertificate.Error(), alertCertificateUnknown.Error(), alertUnknownCA.Error(), alertCertificateNeeded.Error():
		return "the hub does not take this station's certificate, or misses one", "Enrol the station at this hub."
	}
	return "", ""
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") + " UTC" }
