// Package process runs the real program in tests: built once, started, asked
// over HTTP, killed, and started again.
package process

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
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"
)

// Skip skips what needs real processes where there is no time for them or no way
// to kill them.
func Skip(t testing.TB) {
	t.Helper()
	if testing.Short() {
		t.Skip("runs real processes for half a minute")
	}
	if runtime.GOOS == "windows" {
		t.Skip("kills processes as Unix does")
	}
}

// Number returns a whole number from the environment.
func Number(t testing.TB, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s=%s is no number", name, text)
	}
	return n
}

// Build compiles the program and returns its path. replace says which files of the
// source another file stands for: what a test changes of it reaches the compiler by
// an overlay, and never lies in the tree.
func Build(t testing.TB, replace map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	bin, overlay := filepath.Join(dir, "waybill"), filepath.Join(dir, "overlay.json")
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(overlay, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", bin, "-overlay", overlay, "waybill/cmd/waybill").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return bin
}

// FreeAddrs returns n addresses of this machine on which nobody listens, no two of
// them the same: asked for one by one, the system may give one out twice.
func FreeAddrs(t testing.TB, n int) []string {
	t.Helper()
	addrs := make([]string, n)
	for i := range addrs {
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		addrs[i] = l.Addr().String()
	}
	return addrs
}

// A Process is a station or a hub, or its absence between a kill and the next
// start. Its methods may be called by many goroutines at once.
type Process struct {
	Env []string // of the next start; nil: this process's

	args []string
	addr string
	log  *os.File

	mu    sync.Mutex
	cmd   *exec.Cmd
	kills int
}

// New writes files into dir, among them KIND.yaml, the configuration by which
// bin runs as kind (station, hub) and serves addr. The test's end kills it.
func New(t testing.TB, bin, kind, dir, addr string, files map[string]string) *Process {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	log, err := os.Create(filepath.Join(dir, kind+".log"))
	if err != nil {
		t.Fatal(err)
	}
	p := &Process{args: []string{bin, kind, "--config", filepath.Join(dir, kind+".yaml")}, addr: addr, log: log}
	t.Cleanup(func() {
		p.Stop(os.Kill)
		log.Close()
	})
	return p
}

// Start starts the process, if it does not run.
func (p *Process) Start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd != nil {
		return nil
	}
	cmd := exec.CommandContext(context.Background(), p.args[0], p.args[1:]...)
	cmd.Stdout, cmd.Stderr, cmd.Env = p.log, p.log, p.Env
	if err := cmd.Start(); err != nil {
		return err
	}
	p.cmd = cmd
	return nil
}

// Command returns another command of the same program with the process's
// configuration.
func (p *Process) Command(ctx context.Context, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, p.args[0], append(args, p.args[2:]...)...)
}

// Stop signals the process and waits for its end. It reports whether there was
// one.
func (p *Process) Stop(sig os.Signal) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return false
	}
	_ = p.cmd.Process.Signal(sig) // it may be gone already
	_ = p.cmd.Wait()              // killed: that is no error here
	p.cmd = nil
	if sig == os.Kill {
		p.kills++
	}
	return true
}

// Pid returns the number of the process that runs, or 0.
func (p *Process) Pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cmd == nil {
		return 0
	}
	return p.cmd.Process.Pid
}

// Kills returns how often the process was killed while it ran.
func (p *Process) Kills() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.kills
}

// Restart kills the process and starts it again after a pause.
func (p *Process) Restart(ctx context.Context, pause time.Duration) error {
	p.Stop(os.Kill)
	Wait(ctx, pause)
	return p.Start()
}

// Up starts the process and waits until path answers 200.
func (p *Process) Up(ctx context.Context, path string) error {
	if err := p.Start(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		if status, _, err := Call(ctx, http.MethodGet, p.URL(path), nil); err == nil && status == http.StatusOK {
			return nil
		}
		Wait(ctx, 20*time.Millisecond)
	}
	return fmt.Errorf("%v does not come up:\n%s", p.args, p.Tail())
}

// Log returns what the process has logged, over all its starts.
func (p *Process) Log() string {
	text, err := os.ReadFile(p.log.Name())
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// Tail returns the end of what the process has logged.
func (p *Process) Tail() string {
	text := p.Log()
	return text[max(0, len(text)-4000):]
}

// URL returns the address of path at the process.
func (p *Process) URL(path string) string { return "http://" + p.addr + path }

// Call asks the process's API.
func (p *Process) Call(ctx context.Context, method, path string, body []byte) (int, []byte, error) {
	return Call(ctx, method, p.URL(path), body)
}

// Call asks url over a connection of its own, and returns the answer's status
// and body.
func Call(ctx context.Context, method, url string, body []byte) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	if len(body) > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
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

// Wait returns after d, or earlier with false when ctx ends.
func Wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
