package uplink_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/uplink"
)

// An authority signs certificates.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority(t *testing.T) authority {
	t.Helper()
	a := authority{}
	c := a.issue(t, "an authority", time.Now().Add(-24*time.Hour), time.Now().Add(24*time.Hour))
	a.key, a.cert = c.PrivateKey.(*ecdsa.PrivateKey), c.Leaf
	return a
}

// issue returns a certificate; of an authority without one of its own it is that.
func (a authority) issue(t *testing.T, name string, from, to time.Time) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, NotBefore: from, NotAfter: to,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	parent, signer := a.cert, a.key
	if parent == nil {
		c.IsCA, c.BasicConstraintsValid, c.KeyUsage = true, true, x509.KeyUsageCertSign
		parent, signer = c, key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func (a authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

func mustParse(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// TestWhatIsWrongWithTLSIsSaid meets every fault of a certificate that a warehouse
// meets, each over a real connection.
func TestWhatIsWrongWithTLSIsSaid(t *testing.T) {
	ours, others := newAuthority(t), newAuthority(t)
	now := time.Now()
	good := ours.issue(t, "hub", now.Add(-time.Hour), now.Add(time.Hour))
	station := ours.issue(t, "desk-1", now.Add(-time.Hour), now.Add(time.Hour))
	for name, tt := range map[string]struct {
		server *tls.Config
		plain  bool
		ca     *x509.CertPool
		shown  *tls.Certificate
		says   string // empty: it works
	}{
		"all in order":           {server: &tls.Config{Certificates: []tls.Certificate{good}}, ca: ours.pool()},
		"an authority not known": {server: &tls.Config{Certificates: []tls.Certificate{good}}, says: "the hub's ca_file"},
		"another authority":      {server: &tls.Config{Certificates: []tls.Certificate{good}}, ca: others.pool(), says: "the hub's ca_file"},
		"a clock behind": {
			server: &tls.Config{Certificates: []tls.Certificate{ours.issue(t, "hub", now.Add(time.Hour), now.Add(2*time.Hour))}}, ca: ours.pool(), says: "Set the machine's clock",
		},
		"out of date": {
			server: &tls.Config{Certificates: []tls.Certificate{ours.issue(t, "hub", now.Add(-2*time.Hour), now.Add(-time.Hour))}}, ca: ours.pool(), says: "renew its certificate",
		},
		"TLS 1.2 at most": {server: &tls.Config{Certificates: []tls.Certificate{good}, MaxVersion: tls.VersionTLS12}, ca: ours.pool(), says: "Switch TLS 1.3 on"},
		"no TLS":          {plain: true, ca: ours.pool(), says: "https or http"},
		"no certificate shown": {
			server: &tls.Config{Certificates: []tls.Certificate{good}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ours.pool()}, ca: ours.pool(), says: "Enrol the station",
		},
		"a certificate shown": {
			server: &tls.Config{Certificates: []tls.Certificate{good}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ours.pool()}, ca: ours.pool(), shown: &station,
		},
		"a certificate of another hub": {
			server: &tls.Config{Certificates: []tls.Certificate{good}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: others.pool()}, ca: ours.pool(), shown: &station, says: "Enrol the station",
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewUnstartedServer(newHub())
			server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
			if tt.plain {
				server.Start()
			} else {
				server.TLS = tt.server
				server.StartTLS()
			}
			defer server.Close()
			address := mustParse(t, server.URL)
			address.Scheme = "https"
			c, err := uplink.NewClient(uplink.ClientOptions{Hub: address, Link: uplink.Link{
				Proxy: "none", CA: tt.ca,
				Credentials: func() (uplink.Credentials, error) { return uplink.Credentials{Certificate: tt.shown}, nil },
			}})
			if err != nil {
				t.Fatal(err)
			}
			m := newMemory(1)
			_, err = c.Send(t.Context(), m.recs)
			switch {
			case tt.says == "" && err != nil:
				t.Error(err)
			case tt.says != "" && (!fault.Is(err, fault.Transient) || !strings.Contains(err.Error(), tt.says)):
				t.Errorf("want %q, got %v", tt.says, err)
			}
		})
	}
}

func TestCredentialsAreAskedForEachRequest(t *testing.T) {
	var shown []string
	h := newHub()
	h.before = func(_ http.ResponseWriter, r *http.Request, _ [][]byte) bool {
		shown = append(shown, r.Header.Get("Authorization"))
		return false
	}
	token := "first"
	c, err := uplink.NewClient(uplink.ClientOptions{
		Hub: mustParse(t, "https://hub.example"), Token: "ignored", HTTP: &http.Client{Transport: h},
		Link: uplink.Link{Credentials: func() (uplink.Credentials, error) { return uplink.Credentials{Token: token}, nil }},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, token = range []string{"first", "second"} {
		if _, err := c.Send(t.Context(), newMemory(1).recs); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(shown, ","); got != "Bearer first,Bearer second" {
		t.Errorf("shown %s", got)
	}
}

func TestAProxyIsGoneThrough(t *testing.T) {
	asked := ""
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r.URL.String()
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"station":"desk-1","store":"s","epochs":[]}`))
	}))
	defer proxy.Close()
	c, err := uplink.NewClient(uplink.ClientOptions{Hub: mustParse(t, "http://hub.invalid/waybill"), Link: uplink.Link{Proxy: proxy.URL}})
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Position(t.Context(), shipment.StationID("desk-1"))
	if err != nil || p.Store != "s" || asked != "http://hub.invalid/waybill/v1/stations/desk-1/position" {
		t.Errorf("%+v %v, the proxy was asked for %q", p, err, asked)
	}
	for _, bad := range []string{"proxy:3128", "ftp://proxy", "http://"} {
		if _, err := (uplink.Link{Proxy: bad}).Transport(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestAPositionThatIsNone(t *testing.T) {
	for name, body := range map[string]string{
		"of another station": `{"station":"desk-2","store":"s","epochs":[]}`,
		"of no store":        `{"station":"desk-1","epochs":[]}`,
		"nothing":            `{}`,
		"no JSON":            `<html>`,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(body))
		}))
		c, err := uplink.NewClient(uplink.ClientOptions{Hub: mustParse(t, server.URL)})
		if err != nil {
			t.Fatal(err)
		}
		if p, err := c.Position(t.Context(), "desk-1"); !fault.Is(err, fault.Transient) {
			t.Errorf("%s: %+v %v", name, p, err)
		}
		server.Close()
	}
}
