package hub_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"waybill/internal/webserver"
	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking/hub"
	"waybill/tracking/store"
	"waybill/tracking/store/storetest"
)

func hashOf(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// A served hub listens as the real one does, with its limits on everything, and
// knows two stations: one that does its work, and one that does not.
type served struct {
	addr  string
	store *store.Store
	good  *storetest.Desk
}

func serveHub(t *testing.T, conns webserver.Connections) *served {
	t.Helper()
	s, err := store.Open(t.Context(), t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	web, err := webserver.Listen(t.Context(), "hub", "127.0.0.1:0", log)
	if err != nil {
		t.Fatal(err)
	}
	web.Limit(conns)
	h, err := hub.New(hub.Options{
		Store: s, Addr: web.Addr(), Log: log, Stopping: web.Stopping(),
		StationTokens: map[shipment.StationID]string{"good": hashOf("good-token"), "evil": hashOf("evil-token")},
		APITokens:     []string{hashOf("reader-token")},
	})
	if err != nil {
		t.Fatal(err)
	}
	web.Handle(h)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- web.Run(ctx) }()
	<-web.Ready()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return &served{addr: web.Addr().String(), store: s, good: storetest.NewDesk("good", 1)}
}

// post sends a body and returns the status and text of the answer. from is the
// sender's address, and empty where it does not matter.
func (s *served) post(t *testing.T, from, token string, body io.Reader, headers ...string) (int, string) {
	t.Helper()
	d := &net.Dialer{}
	if from != "" {
		d.LocalAddr = &net.TCPAddr{IP: net.ParseIP(from)}
	}
	client := &http.Client{Transport: &http.Transport{DialContext: d.DialContext, DisableKeepAlives: true}, Timeout: 30 * time.Second}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+s.addr+"/v1/events", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", wire.NDJSON)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// wantUnharmed has the good station deliver, as it must be able to whatever
// others do meanwhile.
func (s *served) wantUnharmed(t *testing.T, from string) {
	t.Helper()
	start := time.Now()
	es := storetest.Some(s.good, 6)
	status, text := s.post(t, from, "good-token", bytes.NewReader(ndjson(es)))
	if status != http.StatusOK {
		t.Fatalf("the good station is answered %d: %s", status, text)
	}
	wantAll(t, answer(t, text), 6, wire.Accepted)
	if took := time.Since(start); took > 5*time.Second { // it takes some milliseconds; this is a loaded machine
		t.Errorf("the good station waited %v", took)
	}
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	if mem.HeapInuse > 512<<20 {
		t.Errorf("%d MiB of heap in use", mem.HeapInuse>>20)
	}
}

// A zeros is a stream of so many bytes that nobody has to keep.
type zeros struct{ left int64 }

func (z *zeros) Read(b []byte) (int, error) {
	if z.left == 0 {
		return 0, io.EOF
	}
	n := min(int64(len(b)), z.left)
	clear(b[:n])
	z.left -= n
	return int(n), nil
}

func TestHostileBodies(t *testing.T) {
	s := serveHub(t, webserver.Connections{})
	const large = 100 << 20
	bomb := make([]byte, large)
	for _, tt := range []struct {
		name     string
		body     io.Reader
		encoding string
		status   int
	}{
		{"100 MB", bytes.NewReader(bomb), "", http.StatusRequestEntityTooLarge},
		{"100 MB as gzip", bytes.NewReader(gzipped(bomb)), "gzip", http.StatusRequestEntityTooLarge},
		{"gzip in gzip", bytes.NewReader(gzipped(gzipped(bomb))), "gzip", http.StatusOK}, // some lines that are no events
		{"100 MB as zstd", bytes.NewReader(zstded(t, bomb)), "zstd", http.StatusRequestEntityTooLarge},
		{"many zstd frames of 30 MB", bytes.NewReader(bytes.Repeat(zstded(t, bomb[:30<<20]), 100)), "zstd", http.StatusRequestEntityTooLarge},
		// A frame whose header asks for a window of 1 GiB (RFC 8878, 3.1.1.1.2), and an empty last block.
		{"a zstd window of 1 GiB", bytes.NewReader([]byte{0x28, 0xb5, 0x2f, 0xfd, 0, 20 << 3, 1, 0, 0}), "zstd", http.StatusRequestEntityTooLarge},
		{"a million events", bytes.NewReader(gzipped(bytes.Repeat([]byte("{}\n"), 1_000_000))), "gzip", http.StatusRequestEntityTooLarge},
		{"a million brackets", strings.NewReader(strings.Repeat("[", 1_000_000)), "", http.StatusOK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, text := s.post(t, "", "evil-token", tt.body, "Content-Encoding", tt.encoding)
			if status != tt.status {
				t.Fatalf("%d: %.200s", status, text)
			}
			if status == http.StatusOK {
				rs := answer(t, text)
				wantAll(t, rs, len(rs), wire.Rejected)
			}
			s.wantUnharmed(t, "")
		})
	}
	t.Run("an array of a million", func(t *testing.T) {
		body := gzipped([]byte("[" + strings.Repeat("0,", 1_000_000) + "0]"))
		status, text := s.post(t, "", "evil-token", bytes.NewReader(body), "Content-Encoding", "gzip", "Content-Type", wire.Batch)
		if status != http.StatusRequestEntityTooLarge {
			t.Errorf("%d: %.200s", status, text)
		}
		s.wantUnharmed(t, "")
	})
	t.Run("100 MB of unknown length", func(t *testing.T) {
		// Such a client writes on while the answer is there: it must find it.
		c := s.dial(t)
		fmt.Fprintf(c, "POST /v1/events HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer evil-token\r\nContent-Type: %s\r\nTransfer-Encoding: chunked\r\n\r\n", s.addr, wire.NDJSON)
		go func() {
			for z := (&zeros{large}); ; {
				var b [64 << 10]byte
				n, err := z.Read(b[:])
				if err != nil {
					return
				}
				if _, err := fmt.Fprintf(c, "%x\r\n%s\r\n", n, b[:n]); err != nil {
					return
				}
			}
		}()
		wantStatus(t, c, " 413 ")
		s.wantUnharmed(t, "")
	})
}

func (s *served) dial(t *testing.T) *net.TCPConn {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return c.(*net.TCPConn)
}

func wantStatus(t *testing.T, c net.Conn, status string) {
	t.Helper()
	b := make([]byte, 64)
	if n, err := io.ReadAtLeast(c, b, 16); err != nil || !strings.Contains(string(b[:n]), status) {
		t.Errorf("answered %q, %v; want%s", b[:n], err, status)
	}
}

// Events that are wrong each in its own way are answered one by one, beside one
// that is right.
func TestHostileEvents(t *testing.T) {
	s := serveHub(t, webserver.Connections{})
	desk := storetest.NewDesk("evil", 1)
	with := func(change func(e *wire.Envelope)) []byte {
		e := storetest.NewDesk("evil", 9).Journey("o9", "N9")[0].Env
		change(&e)
		raw, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	plain := with(func(*wire.Envelope) {})
	for _, tt := range []struct {
		name string
		raw  []byte
		code wire.Code // empty: it is taken
	}{
		{"another station's source", with(func(e *wire.Envelope) { e.Source = "/stations/good" }), wire.CodeForeignStation},
		{"an unknown version of CloudEvents", with(func(e *wire.Envelope) { e.SpecVersion = "2.0" }), wire.CodeMalformed},
		{"an unknown version of an event", with(func(e *wire.Envelope) { e.Type = "waybill.label.printed.v9"; e.ID = "v9" }), ""},
		{"sequence 2^63", bytes.Replace(plain, []byte(`"sequence":1`), []byte(`"sequence":9223372036854775808`), 1), wire.CodeMalformed},
		{"sequence 2^63-1", with(func(e *wire.Envelope) { e.Sequence = 1<<63 - 1 }), wire.CodeMalformed},
		{"a negative sequence", with(func(e *wire.Envelope) { e.Sequence = -1 }), wire.CodeMalformed},
		{"a negative epoch", with(func(e *wire.Envelope) { e.Epoch = -1 }), wire.CodeMalformed},
		{"sequence as text", bytes.Replace(plain, []byte(`"sequence":1`), []byte(`"sequence":"1"`), 1), wire.CodeMalformed},
		{"not UTF-8", bytes.Replace(plain, []byte(`"o9"`), []byte("\"\xff\""), 1), wire.CodeMalformed},
		{"a member twice", bytes.Replace(plain, []byte(`"id":`), []byte(`"id":"x","id":`), 1), wire.CodeMalformed},
		{"a member in capitals", bytes.Replace(plain, []byte(`"id":`), []byte(`"ID":"x","id":`), 1), wire.CodeMalformed},
		{"deep data", bytes.Replace(plain, []byte(`"data":`), []byte(`"deep":`+strings.Repeat("[", 100_000)+strings.Repeat("]", 100_000)+`,"data":`), 1), wire.CodeMalformed},
		{"NUL in its subject", with(func(e *wire.Envelope) { e.Subject = "a\x00b" }), wire.CodeMalformed},
		{"an endless id", with(func(e *wire.Envelope) { e.ID = strings.Repeat("x", 100_000) }), wire.CodeMalformed},
		{"data of another type", bytes.Replace(plain, []byte(`"order":{`), []byte(`"order":5,"x":{`), 1), wire.CodeForked}, // in the place of another
	} {
		t.Run(tt.name, func(t *testing.T) {
			next := storetest.Some(desk, 1)[0]
			status, text := s.post(t, "", "evil-token", bytes.NewReader(bytes.Join([][]byte{tt.raw, next.Raw}, []byte("\n"))))
			if status != http.StatusOK {
				t.Fatalf("%d: %s", status, text)
			}
			rs := answer(t, text)
			if len(rs) != 2 || rs[0].Code != tt.code || (rs[0].Status == wire.Rejected) != (tt.code != "") {
				t.Errorf("%+v", rs)
			}
			if rs[1].Status != wire.Accepted {
				t.Errorf("the one beside it: %+v", rs[1])
			}
			s.wantUnharmed(t, "")
		})
	}
	for token, want := range map[string]int{"": 401, "an-old-token": 401, "reader-token": 401, "evil-token": 200} {
		if status, text := s.post(t, "", token, bytes.NewReader(nil)); status != want {
			t.Errorf("token %q: %d, want %d: %s", token, status, want, text)
		}
	}
}

// Requests that never end keep nobody out: neither in their header, nor in their
// body, nor in the answer.
func TestSlowRequests(t *testing.T) {
	s := serveHub(t, webserver.Connections{})
	head := fmt.Sprintf("POST /v1/events HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer evil-token\r\nContent-Type: %s\r\n", s.addr, wire.NDJSON)
	for i := range 200 {
		c := s.dial(t)
		switch i % 2 {
		case 0:
			io.WriteString(c, head)
		case 1:
			io.WriteString(c, head+"Content-Length: 8000000\r\n\r\n{")
		}
	}
	s.wantUnharmed(t, "")
	// The station that holds all of its requests open has no more of them.
	c := s.dial(t)
	io.WriteString(c, head+"Content-Length: 1\r\n\r\n{")
	wantStatus(t, c, " 429 ")
	s.wantUnharmed(t, "")
}

// A connection whose sender stops in the middle of a body is answered, and
// nothing is taken of it.
func TestHalfClosed(t *testing.T) {
	s := serveHub(t, webserver.Connections{})
	es := storetest.Some(storetest.NewDesk("evil", 1), 6)
	c := s.dial(t)
	body := ndjson(es)
	fmt.Fprintf(c, "POST /v1/events HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer evil-token\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s",
		s.addr, wire.NDJSON, len(body)+1, body)
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, c, " 400 ")
	if ss, err := s.store.Stations(t.Context()); err != nil || len(ss) != 0 {
		t.Errorf("half a request left %+v, %v", ss, err)
	}
	s.wantUnharmed(t, "")
}

// Ten thousand connections from one address leave room for those from others.
func TestTenThousandConnections(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux has more than one address of its own without being told")
	}
	s := serveHub(t, webserver.Connections{PerAddress: 300})
	for range 10_000 {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.addr)
		if err != nil {
			continue // refused before it was open
		}
		defer c.Close()
		if c.LocalAddr().(*net.TCPAddr).Port%50 == 0 {
			io.WriteString(c, "POST /v1/events HTTP/1.1\r\n")
		}
	}
	s.wantUnharmed(t, "127.0.0.2")
}
