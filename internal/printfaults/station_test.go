package printfaults_test

import (
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
	"sync"
	"testing"
	"time"
)

// build compiles the station's program into dir. overlay, if any, is a file for
// go build -overlay.
func build(dir, overlay string) (string, error) {
	bin := filepath.Join(dir, "waybill")
	args := []string{"build", "-o", bin}
	if overlay != "" {
		args = append(args, "-overlay", overlay)
	}
	out, err := exec.Command("go", append(args, "waybill/cmd/waybill")...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return bin, nil
}

// A station is a real station process, which is killed and started again.
type station struct {
	bin, dir, addr string
	env            []string
	log            *os.File

	mu    sync.Mutex
	cmd   *exec.Cmd
	kills int
}

// template is a label small enough that every byte of it can be cut at.
const template = `name: small
about: A small label.
size_mm: [60, 25]
elements:
  - {name: bars, kind: barcode, symbology: code128, at: [1, 3], width: 58, height: 15, align: centre, value: tracking_number}
`

// newStation writes the configuration of a station with printers in dir.
func newStation(t *testing.T, bin, dir, printers string) *station {
	t.Helper()
	s := &station{bin: bin, dir: dir, addr: freeAddr(t)}
	config := fmt.Sprintf("station: faults\nlisten: %s\ndata: data\ntemplate: small\ntemplates: templates\nintake: {dir: orders}\nscanners: []\nprinters:\n%s"+
		"hub: {url: \"http://127.0.0.1:1\", max_backoff: 1h}\nlog_level: info\n", s.addr, printers)
	for name, text := range map[string]string{"station.yaml": config, "templates/small.yaml": template} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	log, err := os.Create(filepath.Join(dir, "station.log"))
	if err != nil {
		t.Fatal(err)
	}
	s.log = log
	t.Cleanup(func() {
		s.stop(os.Kill)
		log.Close()
	})
	return s
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// start starts the process, if it does not run.
func (s *station) start() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd != nil {
		return nil
	}
	cmd := exec.Command(s.bin, "station", "--config", filepath.Join(s.dir, "station.yaml"))
	cmd.Stdout, cmd.Stderr, cmd.Env = s.log, s.log, s.env
	if err := cmd.Start(); err != nil {
		return err
	}
	s.cmd = cmd
	return nil
}

// stop signals the process and waits for its end. It reports whether there was
// one.
func (s *station) stop(sig os.Signal) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil {
		return false
	}
	_ = s.cmd.Process.Signal(sig) // it may be gone already
	_ = s.cmd.Wait()              // killed: that is no error here
	s.cmd = nil
	return true
}

// die kills the process, if there is one.
func (s *station) die() {
	if s.stop(os.Kill) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.kills++
	}
}

// kill kills the process and starts it again after a pause.
func (s *station) kill(ctx context.Context, pause time.Duration) error {
	s.die()
	wait(ctx, pause)
	return s.start()
}

// ready waits until the station takes orders.
func (s *station) ready(ctx context.Context) bool {
	for ctx.Err() == nil {
		if status, _, err := s.call(ctx, http.MethodGet, "/readyz", nil); err == nil && status == http.StatusOK {
			return true
		}
		wait(ctx, 20*time.Millisecond)
	}
	return false
}

// call asks the station's API.
func (s *station) call(ctx context.Context, method, path string, body []byte) (int, []byte, error) {
	return call(ctx, method, "http://"+s.addr+path, body)
}

func call(ctx context.Context, method, url string, body []byte) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	// A connection kept from before may be closed just now by a server that was killed.
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Do(r)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return answer.StatusCode, text, err
}

// order hands an order in until the station says that it has it.
func (s *station) order(ctx context.Context, id string, n, copies int, large bool) error {
	label := map[string]any{"copies": copies}
	if large {
		label["template"] = "generic-4x6"
	}
	body, err := json.Marshal(map[string]any{
		"order_id": id,
		"ship_to":  map[string]any{"name": "Ann Other", "line1": "350 5th Ave", "city": "New York", "region": "NY", "postal_code": "10118", "country": "US", "phone": "+12025550137"},
		"items":    []any{map[string]any{"sku": "S-1", "title": "Sample", "quantity": 1, "unit_price": map[string]any{"amount": 1999, "currency": "USD"}, "weight_g": 200}},
		"service":  "ups_ground", "tracking_number": upsNumber(n), "label": label,
	})
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		status, text, err := s.call(ctx, http.MethodPost, "/v1/orders", body)
		switch {
		case err != nil: // killed: whether it has the order, only asking again can tell
		case status == http.StatusCreated, status == http.StatusOK:
			return nil
		case status < http.StatusInternalServerError:
			return fmt.Errorf("order %s: the station answers %d: %s", id, status, text)
		}
		wait(ctx, 20*time.Millisecond)
	}
	return ctx.Err()
}

// upsNumber returns the n-th tracking number of an account, with its check
// digit: letters count as they come after the digits, every second place twice.
func upsNumber(n int) string {
	body := fmt.Sprintf("12345E03%07d", n)
	sum := 0
	for i, c := range body {
		v := int(c - '0')
		if c >= 'A' {
			v = int(c-'A'+2) % 10
		}
		if i%2 == 1 {
			v *= 2
		}
		sum += v
	}
	return fmt.Sprintf("1Z%s%d", body, (10-sum%10)%10)
}
