package manyhubs_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"waybill/shipment"
	"waybill/sync/wire"
	"waybill/tracking"
)

// build compiles the released program.
func build(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "waybill")
	if out, err := exec.Command("go", "build", "-o", bin, "waybill/cmd/waybill").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}

// A hub is a process that is killed and started again at the same address.
type hub struct {
	bin, config, addr, log string

	mu    sync.Mutex
	cmd   *exec.Cmd
	gone  chan struct{}
	kills int
}

const configuration = `listen: %s
data: %q
bus: %q
ranges:
  - {id: r, carrier: ups, service: "", scheme: ups_1z, prefix: 999AA103, from: 1, to: 9999999}
log_level: info
`

func newHub(t *testing.T, bin, data, bus string) *hub {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	h := &hub{bin: bin, config: filepath.Join(dir, "hub.yaml"), addr: l.Addr().String(), log: filepath.Join(dir, "hub.log")}
	l.Close()
	if err := os.WriteFile(h.config, fmt.Appendf(nil, configuration, h.addr, data, bus), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.kill)
	return h
}

// start starts the process and waits until it is ready.
func (h *hub) start(ctx context.Context) error {
	out, err := os.OpenFile(h.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer out.Close()
	cmd := exec.Command(h.bin, "hub", "--config", h.config)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Start(); err != nil {
		return err
	}
	gone := make(chan struct{})
	go func() { _ = cmd.Wait(); close(gone) }() // how it ends is in its log
	h.mu.Lock()
	h.cmd, h.gone = cmd, gone
	h.mu.Unlock()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		resp, err := http.Get("http://" + h.addr + "/readyz")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-tick.C:
		case <-gone:
			return fmt.Errorf("the hub ended:\n%s", h.said())
		case <-ctx.Done():
			return fmt.Errorf("the hub is not ready (%w):\n%s", ctx.Err(), h.said())
		}
	}
}

func (h *hub) kill() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.cmd == nil {
		return
	}
	_ = h.cmd.Process.Kill() // already gone is as good
	<-h.gone
	h.cmd = nil
	h.kills++
}

func (h *hub) said() string {
	text, err := os.ReadFile(h.log)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-4000):])
}

// ask sends a request and reads the answer into out.
func (h *hub) ask(ctx context.Context, method, path, kind string, body []byte, out any) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, "http://"+h.addr+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %s: %s", method, path, resp.Status, text)
	}
	return json.Unmarshal(text, out)
}

// send sends events and returns the answers.
func (h *hub) send(ctx context.Context, events []tracking.Incoming) ([]wire.Result, error) {
	var body bytes.Buffer
	for _, ev := range events {
		body.Write(ev.Raw)
		body.WriteByte('\n')
	}
	var a wire.Answer
	if err := h.ask(ctx, http.MethodPost, "/v1/events", wire.NDJSON, body.Bytes(), &a); err != nil {
		return nil, err
	}
	if len(a.Results) != len(events) {
		return nil, fmt.Errorf("%d answers to %d events", len(a.Results), len(events))
	}
	return a.Results, nil
}

// follow opens the live updates of an order's page and returns the versions it
// is told of.
func (h *hub) follow(ctx context.Context, t *testing.T, order shipment.OrderID) <-chan string {
	t.Helper()
	var s struct {
		URL string `json:"tracking_url"`
	}
	if err := h.ask(ctx, http.MethodGet, "/v1/shipments/"+string(order), "", nil, &s); err != nil {
		t.Fatal(err)
	}
	_, token, _ := strings.Cut(s.URL, "/track/")
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+h.addr+"/track/"+token+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req) //nolint:bodyclose // by the goroutine that reads it
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("live page: %v, %v", resp, err)
	}
	versions := make(chan string)
	go func() {
		defer resp.Body.Close()
		defer close(versions)
		lines := bufio.NewScanner(resp.Body)
		for lines.Scan() {
			if v, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				select {
				case versions <- v:
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	return versions
}
