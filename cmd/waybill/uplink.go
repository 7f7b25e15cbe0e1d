package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"waybill/configs"
	"waybill/sync/uplink"
	"waybill/sync/wire"
)

// hubClient returns what speaks to a station's hub.
func hubClient(h configs.HubLink) (*uplink.Client, error) {
	u, err := url.Parse(h.URL)
	if err != nil {
		return nil, err
	}
	link, err := hubLink(h)
	if err != nil {
		return nil, err
	}
	return uplink.NewClient(uplink.ClientOptions{Hub: u, Link: link, MaxBytesPerSecond: h.MaxRate * 1000})
}

// hubLink returns the way to a station's hub, and by what the hub knows the
// station.
func hubLink(h configs.HubLink) (uplink.Link, error) {
	link := uplink.Link{Proxy: h.Proxy}
	if h.CAFile != "" {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool() // a machine without any
		}
		pem, err := os.ReadFile(h.CAFile)
		if err != nil {
			return link, fmt.Errorf("hub.ca_file: %w", err)
		}
		if !pool.AppendCertsFromPEM(pem) {
			return link, fmt.Errorf("hub.ca_file: %s: no certificate in PEM in it", h.CAFile)
		}
		link.CA = pool
	}
	credentials, err := hubCredentials(h)
	link.Credentials = credentials
	return link, err
}

// askHub sends the hub of a station a request without content, as the station
// would.
func askHub(ctx context.Context, h configs.HubLink, method, path string) (answer, error) {
	link, err := hubLink(h)
	if err != nil {
		return answer{}, err
	}
	transport, err := link.Transport()
	if err != nil {
		return answer{}, err
	}
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(h.URL, "/")+path, http.NoBody)
	if err != nil {
		return answer{}, err
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", wire.NDJSON)
	}
	who, err := link.Credentials()
	if err != nil {
		return answer{}, err
	}
	if who.Token != "" {
		req.Header.Set("Authorization", "Bearer "+who.Token)
	}
	a, err := askOver(transport, req)
	return a, uplink.Explain(err, time.Now())
}

// hubCredentials returns what gives the station's credentials. The token's file is
// read again each time, so that a token that was replaced is used at once.
func hubCredentials(h configs.HubLink) (func() (uplink.Credentials, error), error) {
	if h.TokenFile == "" {
		return func() (uplink.Credentials, error) { return uplink.Credentials{}, nil }, nil
	}
	token, err := configs.ReadToken(h.TokenFile)
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	return func() (uplink.Credentials, error) {
		mu.Lock()
		defer mu.Unlock()
		// One that is just being written may be empty or gone: the last one stays.
		if now, err := configs.ReadToken(h.TokenFile); err == nil {
			token = now
		}
		return uplink.Credentials{Token: token}, nil
	}, nil
}
