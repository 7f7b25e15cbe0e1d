package main_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A listener stands before a hub and writes down which tokens it is shown.
type listener struct {
	*httptest.Server
	mu    sync.Mutex
	shown map[string]int
}

func listen(t *testing.T, hub string) *listener {
	t.Helper()
	to, err := url.Parse(hub)
	if err != nil {
		t.Fatal(err)
	}
	l := &listener{shown: map[string]int{}}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.mu.Lock()
		l.shown[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]++
		l.mu.Unlock()
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(l.Close)
	return l
}

func (l *listener) times(token string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.shown[token]
}

// TestHubsChangePlaces has a further hub become the station's own, and its own a further
// one. Neither is shown the other's token, and both take what the station sends.
func TestHubsChangePlaces(t *testing.T) {
	if testing.Short() {
		t.Skip("runs real processes for some seconds")
	}
	if runtime.GOOS == "windows" {
		t.Skip("needs a pseudo-terminal")
	}
	r := newRig(t)
	second := r.secondHub(t)
	r.startHub(t)
	r.runs(t, second)
	first := secondHub{process: r.hub, url: r.hubURL}
	at := map[string]*listener{first.url: listen(t, first.url), second.url: listen(t, second.url)}
	text, err := os.ReadFile(r.station.config)
	if err != nil {
		t.Fatal(err)
	}
	before := strings.NewReplacer(first.url, at[first.url].URL, second.url, at[second.url].URL).Replace(string(text))
	after := strings.NewReplacer(first.url, at[second.url].URL, second.url, at[first.url].URL).Replace(string(text))
	configure := func(text string) {
		t.Helper()
		if err := os.WriteFile(r.station.config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	configure(before)
	tokens := map[string]string{}
	for _, h := range []*secondHub{&first, second} {
		var made struct{ Code string }
		out := r.command(t, 0, "hub", "enrol", "--json", "--config", h.config, "bench-7")
		if err := json.Unmarshal([]byte(out), &made); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		var in struct {
			TokenFile string `json:"token_file"`
		}
		out = r.command(t, 0, "station", "enrol", "--config", r.station.config, "--hub", at[h.url].URL, made.Code)
		if err := json.Unmarshal([]byte(out), &in); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		token, err := os.ReadFile(in.TokenFile)
		if err != nil {
			t.Fatal(err)
		}
		tokens[h.url] = strings.TrimSpace(string(token))
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(r.station.config), "station-data", "hub", "token")); err != nil {
		t.Error(err) // where it always was
	}
	if err := r.station.start(); err != nil {
		t.Fatal(err)
	}
	r.ready(t, "http://"+r.stationAt)
	orders := sampleOrders(8)
	both := func(orders []sample) {
		t.Helper()
		r.dropAll(t, orders)
		r.inboxEmpty(t)
		r.has(t, first.url, tokens[first.url])
		r.has(t, second.url, tokens[second.url])
	}
	both(orders[:4])
	configure(after)
	if !eventually(t.Context(), 30*time.Second, func() bool {
		_, body := get("http://" + r.stationAt + "/v1/hubs")
		own, further := strings.TrimPrefix(at[second.url].URL, "http://"), strings.TrimPrefix(at[first.url].URL, "http://")
		return strings.Index(string(body), own) > 0 && strings.Index(string(body), own) < strings.Index(string(body), further)
	}) {
		t.Fatal("the station goes on with the old configuration")
	}
	both(orders[4:])
	r.station.end(syscall.SIGTERM)
	for hub, l := range at {
		for of, token := range tokens {
			if n := l.times(token); (n > 0) != (hub == of) {
				t.Errorf("%s was shown the token of %s %d times", hub, of, n)
			}
		}
		if n := l.times(""); n > 1 { // its enrolment, which shows the code
			t.Errorf("%s was asked %d times without a token", hub, n)
		}
	}
	second.end(syscall.SIGTERM)
	r.hub.end(syscall.SIGTERM)
}
