// Package servertest starts the servers that the hub can work with, PostgreSQL
// and NATS, for tests: the real programs, as Debian packages them, each with
// data of its own that goes when the test does. It is for tests alone, and
// installs nothing.
package servertest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long a server may take to start on a busy machine.
const patience = time.Minute

// missing ends a test that needs a program which is not there: it is skipped,
// except in CI, where everything must be there.
func missing(t testing.TB, program, pkg string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("no %s on this machine; in CI it must be there", program)
	}
	t.Skipf("no %s on this machine (apt-get install %s)", program, pkg)
}

// A process is a server that runs.
type process struct {
	cmd  *exec.Cmd
	mu   sync.Mutex
	text strings.Builder // what it said
	gone chan struct{}
}

// launch starts a program and returns the first line it writes to stderr that
// contains ready.
func launch(t testing.TB, as *credential, ready, program string, args ...string) (*process, string) {
	t.Helper()
	// It outlives the test's context, which ends before clean-up stops it.
	p := &process{cmd: exec.CommandContext(context.WithoutCancel(t.Context()), program, args...), gone: make(chan struct{})}
	as.apply(p.cmd)
	p.cmd.Dir = "/"
	out, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	found := make(chan string, 1)
	go p.listen(out, ready, found)
	select {
	case line := <-found:
		return p, line
	case <-p.gone:
		t.Fatalf("%s ended: %s", program, p.said())
	case <-time.After(patience):
		p.kill()
		t.Fatalf("%s is not ready after %v: %s", program, patience, p.said())
	}
	return nil, ""
}

// listen reads until the process ends, and waits for it.
func (p *process) listen(out io.Reader, ready string, found chan<- string) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		p.mu.Lock()
		if p.text.Len() < 1<<16 {
			fmt.Fprintln(&p.text, lines.Text())
		}
		p.mu.Unlock()
		if strings.Contains(lines.Text(), ready) {
			select {
			case found <- lines.Text():
			default:
			}
		}
	}
	_ = p.cmd.Wait() // how it ended is in what it said
	close(p.gone)
}

func (p *process) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// kill ends the process at once, as a crash would.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // already gone is as good
	<-p.gone
}
