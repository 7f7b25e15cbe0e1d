package servertest

import (
	"os/exec"
	"regexp"
	"testing"
)

// A NATS is a nats-server with JetStream.
type NATS struct {
	bin, dir, port string
	server         *process
}

// StartNATS starts a new server with JetStream on loopback, which ends with the
// test. Where there is none on the machine the test is skipped, except in CI.
func StartNATS(t testing.TB) *NATS {
	t.Helper()
	bin, err := exec.LookPath("nats-server")
	if err != nil {
		missing(t, "nats-server", "nats-server")
	}
	n := &NATS{bin: bin, dir: t.TempDir(), port: "-1"}
	n.Start(t)
	t.Cleanup(func() { n.Kill() })
	return n
}

// Start starts the server again after Kill, at the same port and with the same
// files.
func (n *NATS) Start(t testing.TB) {
	t.Helper()
	var line string
	n.server, line = launch(t, nil, "Listening for client connections on", n.bin, "-a", "127.0.0.1", "-p", n.port, "-js", "-sd", n.dir)
	n.port = regexp.MustCompile(`\d+$`).FindString(line)
	if n.port == "" {
		t.Fatalf("no port in %q", line)
	}
}

// Kill ends the server at once.
func (n *NATS) Kill() { n.server.kill() }

// Forget throws away everything the server had, as a lost disk does. Kill it
// before.
func (n *NATS) Forget(t testing.TB) { n.dir = t.TempDir() }

// URL returns the server's address.
func (n *NATS) URL() string { return "nats://127.0.0.1:" + n.port }
