package hub_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
	"waybill/tracking/hub"
	"waybill/tracking/store"
	"waybill/tracking/store/storetest"
)

// A bench is a hub over a store of its own, reached through real HTTP.
type bench struct {
	*httptest.Server
	store *store.Store
	hub   *hub.Hub
	log   *bytes.Buffer
}

func newBench(t testing.TB, change func(*hub.Options)) *bench {
	t.Helper()
	s, err := store.Open(t.Context(), t.TempDir(), store.Options{})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	b := &bench{store: s, log: &bytes.Buffer{}}
	b.Server = httptest.NewUnstartedServer(nil)
	o := hub.Options{Store: s, Addr: b.Listener.Addr(), Log: slog.New(slog.NewTextHandler(b.log, nil))}
	if change != nil {
		change(&o)
	}
	if b.hub, err = hub.New(o); err != nil {
		t.Fatalf("New: %v", err)
	}
	b.Config.Handler = b.hub
	b.Start()
	t.Cleanup(func() {
		b.CloseClientConnections()
		b.Close()
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return b
}

// A reply is what an answer says beside its text.
type reply struct {
	Asked      string // method and path
	Status     string
	StatusCode int
	Header     http.Header
}

// do asks and returns the answer with its whole text.
func (b *bench) do(t testing.TB, method, path string, body []byte, headers ...string) (reply, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, b.URL+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
			continue
		}
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := b.Client().Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return reply{Asked: method + " " + req.URL.Path, Status: resp.Status, StatusCode: resp.StatusCode, Header: resp.Header}, string(text)
}

func ndjson(in []tracking.Incoming) []byte {
	var b bytes.Buffer
	for _, ev := range in {
		b.Write(ev.Raw)
		b.WriteByte('\n')
	}
	return b.Bytes()
}

// send posts events as NDJSON and returns the results.
func (b *bench) send(t testing.TB, in []tracking.Incoming, headers ...string) []wire.Result {
	t.Helper()
	resp, text := b.do(t, "POST", "/v1/events", ndjson(in), append([]string{"Content-Type", wire.NDJSON}, headers...)...)
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("POST /v1/events: %s: %s", resp.Status, text)
	}
	return answer(t, text)
}

func answer(t testing.TB, text string) []wire.Result {
	t.Helper()
	var a wire.Answer
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		t.Fatalf("answer %q: %v", text, err)
	}
	return a.Results
}

func wantAll(t testing.TB, rs []wire.Result, n int, want wire.Status) {
	t.Helper()
	if len(rs) != n {
		t.Fatalf("%d results, want %d", len(rs), n)
	}
	for _, r := range rs {
		if r.Status != want {
			t.Fatalf("%s: %s (%s), want %s", r.ID, r.Status, r.Reason, want)
		}
	}
}

// wantProblem checks that an answer is an RFC 9457 problem with the status and
// says what the reader can do.
func wantProblem(t testing.TB, resp reply, text string, status int, says string) {
	t.Helper()
	var p struct {
		Status int    `json:"status"`
		Detail string `json:"detail"`
	}
	err := json.Unmarshal([]byte(text), &p)
	if resp.StatusCode != status || resp.Header.Get("Content-Type") != "application/problem+json" || err != nil || p.Status != status || !strings.Contains(p.Detail, says) {
		t.Errorf("%s: %s, %s, %q; want problem %d saying %q", resp.Asked, resp.Status, resp.Header.Get("Content-Type"), text, status, says)
	}
}

func hashed(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// withTokens makes a hub ask for tokens.
func withTokens(o *hub.Options) {
	o.StationTokens = map[shipment.StationID]string{"bench-1": hashed("one"), "bench-2": hashed("two")}
	o.APITokens = []string{hashed("reader"), hashed("other")}
}

var oneOrder = storetest.NewDesk("bench-1", 1).Journey("576461413038785752", "1Z999AA10123456784")

func TestExposedHubNeedsTokens(t *testing.T) {
	s, err := store.Open(t.Context(), t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	loop, lan := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9640}, &net.TCPAddr{IP: net.IPv4(192, 168, 1, 5), Port: 9640}
	anywhere := &net.TCPAddr{IP: net.IPv6zero, Port: 9640}
	tokens := hub.Options{}
	withTokens(&tokens)
	for _, tt := range []struct {
		name     string
		addr     net.Addr
		public   string
		stations map[shipment.StationID]string
		readers  []string
		ok       bool
	}{
		{"loopback", loop, "", nil, nil, true},
		{"loopback as localhost", loop, "http://localhost:9640", nil, nil, true},
		{"LAN", lan, "", nil, nil, false},
		{"every address", anywhere, "", nil, nil, false},
		{"behind a proxy", loop, "https://track.example.com", nil, nil, false},
		{"LAN, stations only", lan, "", tokens.StationTokens, nil, false},
		{"LAN, stations to be enrolled", lan, "", nil, tokens.APITokens, true},
		{"LAN, both", lan, "", tokens.StationTokens, tokens.APITokens, true},
		{"bad hash", loop, "", nil, []string{"abc"}, false},
		{"bad public URL", loop, "track.example.com", nil, nil, false},
	} {
		_, err := hub.New(hub.Options{Store: s, Addr: tt.addr, PublicURL: tt.public, StationTokens: tt.stations, APITokens: tt.readers})
		if (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestTokens(t *testing.T) {
	b := newBench(t, withTokens)
	post := []string{"Content-Type", wire.NDJSON, "Authorization"}
	for _, auth := range []string{"", "Bearer wrong", "Bearer reader", "one"} {
		resp, text := b.do(t, "POST", "/v1/events", ndjson(oneOrder), append(post, auth)...)
		wantProblem(t, resp, text, http.StatusUnauthorized, "token")
	}
	// bench-2 cannot speak for bench-1.
	rs := b.send(t, oneOrder, "Authorization", "Bearer two")
	wantAll(t, rs, len(oneOrder), wire.Rejected)
	wantAll(t, b.send(t, oneOrder, "Authorization", "Bearer one"), len(oneOrder), wire.Accepted)

	lease := []byte(`{"key":"k","station":"bench-1","carrier":"ups","count":1}`)
	resp, text := b.do(t, "POST", "/v1/leases", lease, "Content-Type", "application/json", "Authorization", "Bearer two")
	wantProblem(t, resp, text, http.StatusForbidden, "bench-1")
	resp, text = b.do(t, "POST", "/v1/leases", lease, "Content-Type", "application/json")
	wantProblem(t, resp, text, http.StatusUnauthorized, "token")

	for _, path := range []string{"/", "/metrics", "/v1/stations", "/v1/shipments", "/v1/shipments/1Z999AA10123456784"} {
		for _, auth := range []string{"", "Bearer one", "Bearer readerx", "Basic Om90aGVyeA=="} {
			resp, text := b.do(t, "GET", path, nil, "Authorization", auth)
			wantProblem(t, resp, text, http.StatusUnauthorized, "token")
		}
		for _, auth := range []string{"Bearer reader", "bearer other", "Basic Om90aGVy", "Basic YW55b25lOm90aGVy"} { // the password is "other"
			resp, text := b.do(t, "GET", path, nil, "Authorization", auth)
			if resp.StatusCode != http.StatusOK {
				t.Errorf("GET %s with %q: %s %s", path, auth, resp.Status, text)
			}
		}
	}
	// Buyers need none.
	rec, err := b.store.Shipment(t.Context(), "1Z999AA10123456784")
	if err != nil {
		t.Fatal(err)
	}
	if resp, _ := b.do(t, "GET", "/track/"+rec.Token, nil); resp.StatusCode != http.StatusOK {
		t.Errorf("the buyer's page: %s", resp.Status)
	}
}

func TestHosts(t *testing.T) {
	b := newBench(t, func(o *hub.Options) {
		withTokens(o) // a name of its own lets others in
		o.Hosts = []string{"Hub.local", "other.local:8080"}
	})
	port := b.Listener.Addr().(*net.TCPAddr).AddrPort().Port()
	at := func(host string) string { return net.JoinHostPort(host, jsonNumber(port)) }
	for _, host := range []string{at("127.0.0.1"), at("localhost"), at("LOCALHOST"), at("::1"), "hub.local", at("hub.local"), "other.local:8080"} {
		if resp, text := b.do(t, "GET", "/healthz", nil, "Host", host); resp.StatusCode != http.StatusOK {
			t.Errorf("Host %s: %s %s", host, resp.Status, text)
		}
	}
	for _, host := range []string{"evil.example", at("evil.example"), "127.0.0.1", "127.0.0.1:1", "localhost", "other.local", at("192.168.1.5"), "hub.local.evil.example"} {
		resp, text := b.do(t, "GET", "/healthz", nil, "Host", host)
		wantProblem(t, resp, text, http.StatusMisdirectedRequest, "name")
	}
}

// A hub on every address answers to the machine's addresses, not to a name
// that someone else points at them.
func TestHostsWhenExposed(t *testing.T) {
	b := newBench(t, func(o *hub.Options) {
		withTokens(o)
		o.Addr = &net.TCPAddr{IP: net.IPv4zero, Port: 9640}
		o.PublicURL = "https://track.example.com"
	})
	for host, want := range map[string]int{
		"192.168.1.5:9640": 200, "[fd00::5]:9640": 200, "track.example.com": 200,
		"192.168.1.5:80": 421, "evil.example:9640": 421, "localhost:9640": 421,
	} {
		if resp, _ := b.do(t, "GET", "/healthz", nil, "Host", host); resp.StatusCode != want {
			t.Errorf("Host %s: %s, want %d", host, resp.Status, want)
		}
	}
	if resp, _ := b.do(t, "GET", "/healthz", nil, "Host", "track.example.com"); resp.Header.Get("Strict-Transport-Security") == "" {
		t.Error("no Strict-Transport-Security over HTTPS")
	}
}

func TestCrossOrigin(t *testing.T) {
	b := newBench(t, nil)
	for _, headers := range [][]string{
		{"Sec-Fetch-Site", "cross-site"}, {"Sec-Fetch-Site", "same-site"}, {"Origin", "https://evil.example"}, {"Origin", "null"},
	} {
		resp, text := b.do(t, "POST", "/v1/events", ndjson(oneOrder), append([]string{"Content-Type", wire.NDJSON}, headers...)...)
		wantProblem(t, resp, text, http.StatusForbidden, "another site")
	}
	if rs, err := b.store.List(t.Context(), tracking.Filter{}, 1); err != nil || len(rs) != 0 {
		t.Errorf("another site's page brought in %v (%v)", rs, err)
	}
	wantAll(t, b.send(t, oneOrder, "Origin", b.URL, "Sec-Fetch-Site", "same-origin"), len(oneOrder), wire.Accepted)
}

func TestHeaders(t *testing.T) {
	b := newBench(t, nil)
	for _, path := range []string{"/", "/healthz", "/track/x", "/v1/shipments", "/nothing"} {
		resp, _ := b.do(t, "GET", path, nil)
		csp := resp.Header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
			t.Errorf("%s: Content-Security-Policy %q", path, csp)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow", "Cache-Control": "no-store",
		} {
			if got := resp.Header.Get(name); got != want {
				t.Errorf("%s: %s %q, want %q", path, name, got, want)
			}
		}
		for name := range resp.Header {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s: %s is given to other sites", path, name)
			}
		}
	}
}

func jsonNumber(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}
