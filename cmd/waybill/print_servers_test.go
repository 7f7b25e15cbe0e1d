package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// insideNamespaces names, in the environment, the test that runs a second time.
const insideNamespaces = "WAYBILL_TEST_INSIDE_NAMESPACES"

// printServers runs the calling test a second time, in namespaces of its own for
// network, processes and mounts: there it may start print servers, which nobody
// else sees and which end with it. It returns true in that second run.
func printServers(t *testing.T, programs ...string) bool {
	t.Helper()
	if os.Getenv(insideNamespaces) == t.Name() {
		command(t, "ip", "link", "set", "lo", "up")
		command(t, "mount", "-t", "tmpfs", "tmpfs", "/run")
		return true
	}
	lacks := func(err error) {
		t.Helper()
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	for _, p := range append(programs, "unshare", "ip", "mount") {
		if _, err := program(p); err != nil {
			lacks(fmt.Errorf("%w (tools/install.sh installs it)", err))
		}
	}
	apart := []string{"--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"}
	if os.Getuid() != 0 {
		lacks(errors.New("print servers of the test's own are started by root only")) // cupsd runs its backends as others
	}
	if out, err := exec.CommandContext(t.Context(), "unshare", append(apart, "true")...).CombinedOutput(); err != nil {
		lacks(fmt.Errorf("no namespaces of its own for print servers: %w: %s", err, out))
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	again := exec.CommandContext(t.Context(), "unshare", append(apart, self, "-test.run=^"+t.Name()+"$", "-test.v", "-test.timeout=4m")...)
	again.Env = append(os.Environ(), insideNamespaces+"="+t.Name())
	if out, err := again.CombinedOutput(); err != nil {
		t.Errorf("in its namespaces: %v\n%s", err, out)
	} else {
		t.Logf("in its namespaces:\n%s", out)
	}
	return false
}

// program finds a program, where daemons are too.
func program(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		if path, sbinErr := exec.LookPath("/usr/sbin/" + name); sbinErr == nil {
			return path, nil
		}
	}
	return path, err
}

// command runs a program that has to succeed, and returns what it said.
func command(t *testing.T, name string, args ...string) string {
	t.Helper()
	path, err := program(name)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// daemon starts a program that runs until the returned function, or the end of
// the test.
func daemon(t *testing.T, name string, args ...string) (stop func()) {
	t.Helper()
	path, err := program(name)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, path, args...)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.WaitDelay = 2 * time.Second
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // it is killed
	}()
	stop = func() {
		cancel()
		<-ended
	}
	t.Cleanup(func() {
		stop()
		if t.Failed() {
			t.Logf("%s said:\n%.4000s", name, said.String())
		}
	})
	return stop
}

// listening waits until somebody takes connections there.
func listening(t *testing.T, network, address string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err := await(ctx, "a server on "+address, func() (bool, bool, error) {
		c, err := net.Dial(network, address)
		if err != nil {
			return false, false, nil
		}
		return true, true, c.Close()
	})
	if err != nil {
		t.Fatal(err)
	}
}

// write writes a file, with the directories above it.
func write(t *testing.T, path string, mode os.FileMode, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
}

// everywherePrinter is a running ippeveprinter.
type everywherePrinter struct {
	paper  string // the directory with what it has printed
	faults string // the directory of faults, by their names: media-empty, abort, uncounted
	stop   func()
}

const everywhereLink = "ipp://localhost:8631/ipp/print"

// startEverywhere starts a printer of IPP Everywhere. It announces itself by
// DNS-SD and does not start where it cannot.
func startEverywhere(t *testing.T, formats string) everywherePrinter {
	t.Helper()
	dir := t.TempDir()
	p := everywherePrinter{paper: filepath.Join(dir, "paper"), faults: filepath.Join(dir, "faults")}
	for _, d := range []string{p.paper, p.faults, filepath.Join(dir, "spool"), "/run/avahi-daemon"} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	bus := filepath.Join("/run", "bus")
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path="+bus)
	write(t, filepath.Join(dir, "dbus.conf"), 0o644, `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=`+bus+`</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_type="method_call"/><allow send_type="signal"/>
<allow send_requested_reply="true"/><allow receive_type="method_call"/><allow receive_type="signal"/>
<allow receive_type="method_return"/><allow receive_type="error"/></policy></busconfig>
`)
	daemon(t, "dbus-daemon", "--config-file="+filepath.Join(dir, "dbus.conf"), "--nofork", "--nopidfile")
	listening(t, "unix", bus)
	write(t, filepath.Join(dir, "avahi.conf"), 0o644, "[server]\nallow-interfaces=lo\nenable-dbus=yes\n")
	daemon(t, "avahi-daemon", "-f", filepath.Join(dir, "avahi.conf"), "--no-drop-root", "--no-chroot", "--no-rlimits")
	listening(t, "unix", "/run/avahi-daemon/socket")
	script := filepath.Join(dir, "print.sh")
	write(t, script, 0o755, `#!/bin/sh
if [ -e "`+p.faults+`/abort" ]; then exit 1; fi
if [ -e "`+p.faults+`/media-empty" ]; then
	echo "STATE: +media-empty-error" >&2
	while [ -e "`+p.faults+`/media-empty" ]; do sleep 0.05; done
	echo "STATE: -media-empty-error" >&2
fi
cp "$1" "`+p.paper+`/.$$" && mv "`+p.paper+`/.$$" "`+p.paper+`/$$.label"
if [ ! -e "`+p.faults+`/uncounted" ]; then echo "ATTR: job-impressions-completed=1" >&2; fi
`)
	p.stop = daemon(t, "ippeveprinter", "-p", "8631", "-n", "localhost", "-k", "-d", filepath.Join(dir, "spool"), "-c", script, "-f", formats, "Desk")
	listening(t, "tcp", "localhost:8631")
	return p
}

// fault sets or clears a fault.
func (p everywherePrinter) fault(t *testing.T, name string, on bool) {
	t.Helper()
	path := filepath.Join(p.faults, name)
	if on {
		write(t, path, 0o644, "")
	} else if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
}

// printed returns what it has printed.
func (p everywherePrinter) printed(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(p.paper, "*.label"))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(data))
	}
	return all
}

const (
	cupsAddress = "127.0.0.1:6631"
	cupsSecure  = "127.0.0.1:6632"
)

// cupsLink returns the link of a queue.
func cupsLink(queue string) string { return "ipp://" + cupsAddress + "/printers/" + queue }

// startCUPS starts a cupsd with a configuration of its own, and adds queues: a
// name, and where it sends to.
func startCUPS(t *testing.T, queues map[string]string) {
	t.Helper()
	const dir = "/run/cups" // its backends run as another user, who sees no test's directory
	write(t, filepath.Join(dir, "cupsd.conf"), 0o644, `Listen `+cupsAddress+`
SSLListen `+cupsSecure+`
Browsing Off
DefaultAuthType None
LogLevel info
PreserveJobHistory On
<Location />
Order allow,deny
Allow all
</Location>
<Location /admin>
Order allow,deny
Allow all
</Location>
<Location /printers/locked>
AuthType Basic
Require valid-user
</Location>
<Policy default>
<Limit All>
Order allow,deny
Allow all
</Limit>
</Policy>
`)
	write(t, filepath.Join(dir, "cups-files.conf"), 0o644, `ServerRoot `+dir+`/server
RequestRoot `+dir+`/requests
CacheDir `+dir+`/cache
StateDir `+dir+`/state
TempDir `+dir+`/tmp
AccessLog `+dir+`/access.log
ErrorLog `+dir+`/error.log
PageLog `+dir+`/page.log
ServerKeychain `+dir+`/server/ssl
SystemGroup root
`)
	for _, d := range []string{"server/ppd", "server/ssl", "requests", "cache", "state/certs", "tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("CUPS_SERVER", cupsAddress)
	daemon(t, "cupsd", "-f", "-c", filepath.Join(dir, "cupsd.conf"), "-s", filepath.Join(dir, "cups-files.conf"))
	t.Cleanup(func() {
		if log, err := os.ReadFile(filepath.Join(dir, "error.log")); err == nil && t.Failed() {
			t.Logf("the end of cupsd's log:\n%s", log[max(0, len(log)-6000):])
		}
	})
	listening(t, "tcp", cupsAddress)
	for name, uri := range queues {
		command(t, "lpadmin", "-p", name, "-E", "-v", uri, "-m", "raw", "-o", "printer-error-policy=abort-job")
	}
}

// sink is a printer of raw data, behind a queue.
type sink struct {
	got chan string // what came on each connection
}

// startSink takes each connection and hands it to serve, which returns what came.
func startSink(t *testing.T, address string, serve func(c *net.TCPConn) string) sink {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	s := sink{got: make(chan string, 16)}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.got <- serve(c.(*net.TCPConn))
		}
	}()
	return s
}

// next returns what came on the next connection.
func (s sink) next(t *testing.T) string {
	t.Helper()
	select {
	case got := <-s.got:
		return got
	case <-time.After(time.Minute):
		t.Fatal("nothing came to the printer behind the queue")
		return ""
	}
}
