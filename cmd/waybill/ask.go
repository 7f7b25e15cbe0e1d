package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"waybill/sync/wire"
)

// An answer is what a hub or a station says to a request.
type answer struct {
	code   int
	status string // the code in words
	date   string // the other's clock
	text   string // the reason of a refusal, never empty
	body   []byte // at most 1 MiB of it

	refusal wire.Refusal // the reason for programs; empty where none is given
	ends    time.Time    // of the other's certificate; zero where it showed none
}

// askWith sends a request with content of a media type where it is a POST.
func askWith(ctx context.Context, method, base, path, token, media string, content io.Reader) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(base, "/")+path, content)
	if err != nil {
		return answer{}, err
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", media)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return askOver(http.DefaultTransport, req)
}

// askOver sends a request over a transport and reads the answer.
func askOver(transport http.RoundTripper, req *http.Request) (answer, error) {
	// Ours do not redirect; the login page of a guest network does.
	client := http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return answer{}, fmt.Errorf("answer of %s: %w", req.URL.Host, err)
	}
	a := answer{code: resp.StatusCode, status: resp.Status, date: resp.Header.Get("Date"), text: "no reason given", body: body}
	if resp.TLS != nil && len(resp.TLS.PeerCertificates) > 0 {
		a.ends = resp.TLS.PeerCertificates[0].NotAfter
	}
	var problem struct {
		Detail string       `json:"detail"`
		Code   wire.Refusal `json:"code"`
	}
	if json.Unmarshal(body, &problem) == nil && problem.Detail != "" { // else a proxy's own page
		a.text, a.refusal = problem.Detail, problem.Code
	}
	return a, nil
}
