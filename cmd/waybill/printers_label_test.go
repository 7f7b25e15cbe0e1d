package main

import (
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// A test label goes to nobody who has not said that he is a printer and ready.
func TestTestLabelsWaitForAPrinter(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		serve func(c net.Conn, got io.Writer)
		want  string
	}{
		"silent": {func(c net.Conn, got io.Writer) { io.Copy(got, c) }, "nothing was sent within 6s: Does not answer: no answer to ~HI"},
		"closes": {func(c net.Conn, _ io.Writer) { c.Close() }, "nothing was sent within 6s: Offline"},
		"a web server": {func(c net.Conn, got io.Writer) {
			io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n")
			io.Copy(got, c)
		}, "nothing was sent within 6s: Does not answer: a web server answers there"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			var got lockedText
			go func() {
				for {
					c, err := l.Accept()
					if err != nil {
						return
					}
					go func() {
						defer c.Close()
						tt.serve(c, &got)
					}()
				}
			}()
			var out, errOut strings.Builder
			args := []string{"printers", "test", "--link", "tcp://" + l.Addr().String(), "--wait", "6s"}
			if code := run(t.Context(), args, strings.NewReader(""), &out, &errOut); code != 1 || !strings.Contains(errOut.String(), tt.want) {
				t.Errorf("exit %d, %q; want 1 and %q", code, errOut.String(), tt.want)
			}
			if sent := got.String(); strings.Contains(sent, "^XA") {
				t.Errorf("sent %q", sent)
			}
		})
	}
}

// The list says what answers in a printer's place, and that a station may have it.
func TestPrintersListSaysWhy(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(nil)
	defer srv.Close()
	_, address, _ := strings.Cut(srv.URL, "://")
	for link, want := range map[string]string{
		"tcp://" + address:                "web server answers there, and no label printer",
		"tcp://127.0.0.1:1":               "A station that runs may hold the printer",
		"ipp://" + address + "/ipp/print": "404",
	} {
		var out, errOut strings.Builder
		if code := run(t.Context(), []string{"printers", "--link", link}, strings.NewReader(""), &out, &errOut); code != 0 || !strings.Contains(out.String(), want) {
			t.Errorf("%s: exit %d, %q; want %q", link, code, out.String(), want)
		}
	}
}

// lockedText is text that several goroutines write.
type lockedText struct {
	mu sync.Mutex
	b  strings.Builder
}

func (t *lockedText) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.Write(p)
}

func (t *lockedText) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.b.String()
}
