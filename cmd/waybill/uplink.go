package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"waybill/configs"
	"waybill/sync/credential"
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
// station. A hub whose own authority the station has met is trusted by that, and by
// what its ca_file names, alone.
func hubLink(h configs.HubLink) (uplink.Link, error) {
	link := uplink.Link{Proxy: h.Proxy}
	met, err := readIfThere(h.Authority())
	if err != nil {
		return link, fmt.Errorf("authority of the hub: %w", err)
	}
	if h.CAFile != "" || met != nil {
		if link.CA, err = x509.SystemCertPool(); err != nil || met != nil {
			link.CA = x509.NewCertPool() // a machine without any, or a hub that needs none of its
		}
	}
	if met != nil && !link.CA.AppendCertsFromPEM(met) {
		return link, fmt.Errorf("authority of the hub: %s: no certificate in PEM in it (enrol the station again)", h.Authority())
	}
	if h.CAFile != "" {
		pem, err := os.ReadFile(h.CAFile)
		if err != nil {
			return link, fmt.Errorf("%s: %w", h.Key("ca_file"), err)
		}
		if !link.CA.AppendCertsFromPEM(pem) {
			return link, fmt.Errorf("%s: %s: no certificate in PEM in it", h.Key("ca_file"), h.CAFile)
		}
	}
	keeper := hubKeeper(h)
	if _, err := keeper.Token(); err != nil {
		return link, err
	}
	link.Credentials = shown(keeper)
	return link, nil
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

// readIfThere returns what a file has; nil where there is none.
func readIfThere(path string) ([]byte, error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return data, err
}

// hubKeeper returns what keeps the station's token.
func hubKeeper(h configs.HubLink) *credential.Keeper { return credential.New(h.Token()) }

// shown returns what the station shows the hub: the token as it is at that moment,
// so that one that was renewed or enrolled for is used at once.
func shown(k *credential.Keeper) func() (uplink.Credentials, error) {
	return func() (uplink.Credentials, error) {
		token, err := k.Token()
		return uplink.Credentials{Token: token}, err
	}
}
