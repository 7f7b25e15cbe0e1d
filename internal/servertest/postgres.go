package servertest

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A Postgres is a PostgreSQL server that listens at a socket of its own.
type Postgres struct {
	bin, dir string
	as       *credential
	server   *process
}

// StartPostgres starts a new server, which ends with the test. Where there is
// none on the machine the test is skipped, except in CI. settings are of the
// form name=value.
func StartPostgres(t testing.TB, settings ...string) *Postgres {
	t.Helper()
	bins, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		t.Fatal(err)
	}
	if len(bins) == 0 {
		missing(t, "PostgreSQL", "postgresql")
	}
	slices.Sort(bins)
	p := &Postgres{bin: bins[len(bins)-1], as: unprivileged(t)}
	if p.dir, err = os.MkdirTemp(parent(t), "waybill-pg-"); err != nil { //nolint:usetesting // others may not enter that, and a socket's path must be short
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(p.dir) }) //nolint:errcheck // a rest in the temporary directory harms nobody
	if err := p.as.give(p.dir); err != nil {
		t.Fatal(err)
	}
	initdb := exec.CommandContext(t.Context(), filepath.Join(p.bin, "initdb"), "-D", p.data(), "-U", "waybill", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	initdb.Dir = "/"
	p.as.apply(initdb)
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	p.Start(t, settings...)
	t.Cleanup(func() { p.Kill() })
	return p
}

// parent returns where a server's files go: into memory where there is such a
// place, because tests that write a thousand times are not about the disk; and to
// the disk for benchmarks, which are.
func parent(t testing.TB) string {
	if _, measures := t.(*testing.B); measures {
		return ""
	}
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		return "/dev/shm"
	}
	return ""
}

func (p *Postgres) data() string { return filepath.Join(p.dir, "data") }

// Start starts the server again after Kill.
func (p *Postgres) Start(t testing.TB, settings ...string) {
	t.Helper()
	args := []string{"-D", p.data(), "-k", p.dir, "-h", "", "-c", "logging_collector=off", "-c", "max_connections=200"}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	p.server, _ = launch(t, p.as, "ready to accept connections", filepath.Join(p.bin, "postgres"), args...)
}

// Kill ends the server at once; what it had not acknowledged may be gone. The
// processes that served connections end by themselves.
func (p *Postgres) Kill() { p.server.kill() }

// CPUTime returns how long the server's processes, those that serve a connection
// still among them, have had a processor; zero where the system does not tell.
func (p *Postgres) CPUTime() time.Duration {
	var all time.Duration
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is a good one
	for _, name := range stats {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		fields := strings.Fields(rest) // from the third field of proc(5) on: 4 is the parent, 14 and 15 are ticks of 10 ms
		if len(fields) < 13 || fields[1] != strconv.Itoa(p.server.cmd.Process.Pid) {
			continue
		}
		user, errUser := strconv.Atoi(fields[11])
		system, errSystem := strconv.Atoi(fields[12])
		if errUser == nil && errSystem == nil {
			all += time.Duration(user+system) * 10 * time.Millisecond
		}
	}
	return all
}

// URL returns the address of a database.
func (p *Postgres) URL(database string) string {
	return fmt.Sprintf("postgres://waybill@/%s?%s", database, url.Values{"host": {p.dir}}.Encode())
}

// Create makes an empty database and returns its address.
func (p *Postgres) Create(t testing.TB, database string) string {
	t.Helper()
	p.SQL(t, "postgres", `CREATE DATABASE "`+database+`"`)
	return p.URL(database)
}

// SQL runs a statement with psql and returns what it prints, bare.
func (p *Postgres) SQL(t testing.TB, database, statement string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), filepath.Join(p.bin, "psql"), "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-U", "waybill", "-h", p.dir, "-d", database, "-c", statement).CombinedOutput()
	if err != nil {
		t.Fatalf("psql: %v\n%s", err, out)
	}
	return string(out)
}
