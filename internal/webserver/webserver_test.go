package webserver_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"waybill/internal/webserver"
)

// start runs a server until stop, and returns what Run returned then.
func start(t *testing.T, h http.Handler, grace time.Duration) (s *webserver.Server, log *bytes.Buffer, stop func() error) {
	t.Helper()
	log = &bytes.Buffer{}
	s, err := webserver.Listen(t.Context(), "test page", "127.0.0.1:0", slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	s.Handle(h)
	if grace > 0 {
		s.SetGrace(grace)
	}
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	<-s.Ready()
	return s, log, func() error { cancel(); return <-ended }
}

// get asks for the server's page and returns its text, or the error that cut it
// off.
func get(ctx context.Context, s *webserver.Server) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL(), nil)
	if err != nil {
		return "", err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return string(text), err
}

type answer struct {
	text string
	err  error
}

func TestStopLetsAnswersFinish(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{})
	var s *webserver.Server
	s, log, stop := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		close(asked)
		<-s.Stopping()
		if err := r.Context().Err(); err != nil {
			t.Errorf("the request was cancelled by the stop: %v", err)
		}
		io.WriteString(w, "whole")
	}), 0)
	answered := make(chan answer, 1)
	go func() {
		text, err := get(t.Context(), s)
		answered <- answer{text, err}
	}()
	<-asked
	if err := stop(); err != nil {
		t.Errorf("Run: %v, want nil after an orderly stop", err)
	}
	if a := <-answered; a.text != "whole" || a.err != nil {
		t.Errorf("answer %q, %v; want it whole", a.text, a.err)
	}
	if log.Len() > 0 {
		t.Errorf("an orderly stop was complained of: %s", log)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close after a run: %v", err)
	}
}

func TestStopCutsOffWhatNeverEnds(t *testing.T) {
	t.Parallel()
	asked, free := make(chan struct{}), make(chan struct{})
	s, log, stop := start(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(asked)
		<-free
	}), time.Millisecond)
	answered := make(chan answer, 1)
	go func() {
		text, err := get(t.Context(), s)
		answered <- answer{text, err}
	}()
	<-asked
	if err := stop(); err != nil {
		t.Errorf("Run: %v", err)
	}
	if a := <-answered; a.err == nil {
		t.Errorf("answer %q; want the connection closed", a.text)
	}
	close(free)
	if !strings.Contains(log.String(), "cut off") || !strings.Contains(log.String(), `server="test page"`) {
		t.Errorf("log %q does not say that requests were cut off", log)
	}
}

func TestListenSaysWhatToDo(t *testing.T) {
	t.Parallel()
	log := slog.New(slog.DiscardHandler)
	s, err := webserver.Listen(t.Context(), "test page", "127.0.0.1:0", log)
	if err != nil {
		t.Fatal(err)
	}
	addr := s.Addr().String()
	if _, err := webserver.Listen(t.Context(), "second page", addr, log); err == nil ||
		!strings.Contains(err.Error(), "second page on "+addr) || !strings.Contains(err.Error(), "running already") {
		t.Errorf("Listen on an address in use: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if s, err = webserver.Listen(t.Context(), "second page", addr, log); err != nil {
		t.Fatalf("the address is not free after Close: %v", err)
	}
	s.Close()
}

func TestRunSaysWhyItEnds(t *testing.T) {
	t.Parallel()
	s, err := webserver.Listen(t.Context(), "test page", "127.0.0.1:0", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if err := s.Run(t.Context()); err == nil {
		t.Error("Run without a listener returned nil")
	}
}
