package hub_test

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"waybill/internal/webserver"
	"waybill/tracking/hub"
	"waybill/tracking/store"
)

// listen opens a page's live updates until the test ends and returns a reader of
// the next version.
func listen(t *testing.T, b *bench, path string) (next func() string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.URL+path+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := b.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%s %s", resp.Status, resp.Header.Get("Content-Type"))
	}
	lines := bufio.NewScanner(resp.Body)
	return func() string {
		for lines.Scan() {
			if v, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				return v
			}
		}
		return ""
	}
}

func TestLiveUpdates(t *testing.T) {
	b := newBench(t, func(o *hub.Options) { o.MaxLive = 1 })
	b.send(t, oneOrder[:3])
	path := trackPath(t, b, "576461413038785752")
	next := listen(t, b, path)
	first := next()
	_, page := b.do(t, "GET", path, nil)
	if first == "" || !strings.Contains(page, `data-version="`+first+`"`) {
		t.Errorf("the page does not show version %q", first)
	}
	b.send(t, oneOrder[3:])
	second := next()
	_, page = b.do(t, "GET", path, nil)
	if second == first || !strings.Contains(page, `data-version="`+second+`"`) {
		t.Errorf("version %q after %q is not what the page shows", second, first)
	}
	resp, text := b.do(t, "GET", path+"/events", nil)
	wantProblem(t, resp, text, http.StatusServiceUnavailable, "too many")
}

func TestCleanStop(t *testing.T) {
	s, err := store.Open(t.Context(), t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	web, err := webserver.Listen(t.Context(), "hub", "127.0.0.1:0", slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	h, err := hub.New(hub.Options{Store: s, Addr: web.Addr(), Stopping: web.Stopping()})
	if err != nil {
		t.Fatal(err)
	}
	web.Handle(h)
	if _, err := s.Ingest(t.Context(), oneOrder); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error, 1)
	go func() { stopped <- web.Run(ctx) }()
	<-web.Ready()
	rec, err := s.Shipment(t.Context(), "576461413038785752")
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get(h.BaseURL() + "/track/" + rec.Token + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	start := time.Now()
	stop()
	if _, err := io.ReadAll(resp.Body); err != nil {
		t.Errorf("the waiting page was cut off: %v", err)
	}
	if err := <-stopped; err != nil {
		t.Errorf("Run: %v", err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("the stop took %v", took)
	}
}
