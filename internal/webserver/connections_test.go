package webserver_test

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"waybill/internal/webserver"
)

// lines is what the server logs, from whichever goroutine.
type lines struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// serve runs a server with limits until the test ends.
func serve(t *testing.T, change func(*webserver.Server)) (*webserver.Server, *lines) {
	t.Helper()
	log := &lines{}
	s, err := webserver.Listen(t.Context(), "test page", "127.0.0.1:0", slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	s.Handle(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "here") }))
	change(s)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	<-s.Ready()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return s, log
}

func dial(t *testing.T, s *webserver.Server) net.Conn {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.Addr().String())
	if err != nil {
		return refusedConn{} // it may be closed as soon as it is open
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return c
}

// A refusedConn is one that was closed before anything could be sent.
type refusedConn struct{ net.Conn }

func (refusedConn) Write([]byte) (int, error) { return 0, net.ErrClosed }

// answered asks over c and reports whether there was an answer.
func answered(c net.Conn) bool {
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		return false
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return err == nil && resp.StatusCode == http.StatusOK && string(text) == "here"
}

// Connections beyond the limit are closed, those before go on, and each that
// ends makes room.
func TestTooManyConnections(t *testing.T) {
	s, log := serve(t, func(s *webserver.Server) { s.Limit(webserver.Connections{PerAddress: 3}) })
	var open []net.Conn
	for range 3 {
		c := dial(t, s)
		if !answered(c) {
			t.Fatal("one within the limit is not answered")
		}
		open = append(open, c)
	}
	for range 50 {
		if answered(dial(t, s)) {
			t.Fatal("one beyond the limit is answered")
		}
	}
	for _, c := range open {
		if !answered(c) {
			t.Error("one that is open is cut off")
		}
	}
	open[0].Close()
	for !answered(dial(t, s)) { // the server may hear of the end a moment later
	}
	if n := strings.Count(log.String(), "refused because there are too many"); n != 1 {
		t.Errorf("%d lines in the log about it, want one: %s", n, log)
	}
}

// A header that trickles in is cut off, and nobody waits for it meanwhile.
func TestASlowHeaderIsCutOff(t *testing.T) {
	s, _ := serve(t, func(s *webserver.Server) { s.SetHeaderDeadline(200 * time.Millisecond) })
	slow := dial(t, s)
	if _, err := io.WriteString(slow, "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "); err != nil {
		t.Fatal(err)
	}
	if !answered(dial(t, s)) {
		t.Error("another one is not answered")
	}
	if text, err := io.ReadAll(slow); err != nil || strings.Contains(string(text), "200 OK") {
		t.Errorf("the slow one got %q, %v", text, err)
	}
}
