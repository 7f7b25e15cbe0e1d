package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What a further hub has alone is told before anything is put in place, and so is that
// it could not be asked: afterwards it would be too late.
func TestRecoverAsksFurtherHubsFirst(t *testing.T) {
	t.Parallel()
	own, further := newTestHub(t, nil), newTestHub(t, nil)
	dir := t.TempDir()
	config, path := filepath.Join(dir, "station.yaml"), filepath.Join(dir, "data", "journal.db")
	hubs := func(own, further string) {
		t.Helper()
		text := fmt.Sprintf("station: bench-1\ndata: data\nhub: {url: %q}\nfurther_hubs: [{url: %q}]\n", own, further)
		if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	hubs(own.URL, further.URL)
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	j := openJournal(t, path)
	done := func(args ...string) {
		t.Helper()
		if code, _, errOut := waybill(t, args...); code != 0 {
			t.Fatalf("%d: %s", code, errOut)
		}
	}
	appendOrders(t, j, 2, 0)
	done("journal", "replay", "--config", config)
	appendOrders(t, j, 1, 0)
	done("journal", "replay", "--config", config, "--to", further.URL)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	lose := func() {
		t.Helper()
		if err := os.RemoveAll(filepath.Dir(path)); err != nil {
			t.Fatal(err)
		}
	}
	lose()
	refused := func(says string) {
		t.Helper()
		if code, out, errOut := waybill(t, "station", "recover", "--config", config); code != 1 || !strings.Contains(errOut, says) || !strings.Contains(errOut, "--without-further") {
			t.Errorf("%d: %s%s, want %q", code, out, errOut, says)
		}
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("a journal was put in place: %v", err)
		}
	}
	refused(further.URL + " has events of epoch 1 up to 3, the station's hub up to 2")
	further.away.Store(true)
	refused(further.URL + " could not be asked")
	if code, out, errOut := waybill(t, "station", "recover", "--config", config, "--without-further"); code != 0 || !strings.Contains(out, `"events": 2`) || !strings.Contains(out, "could not be asked") {
		t.Errorf("without it: %d: %s%s", code, out, errOut)
	}
	lose()
	further.away.Store(false)
	hubs(further.URL, own.URL)
	if code, out, errOut := waybill(t, "station", "recover", "--config", config); code != 0 || !strings.Contains(out, `"events": 3`) || strings.Contains(out, "elsewhere") {
		t.Errorf("by the hub that has most: %d: %s%s", code, out, errOut)
	}
}

// A station that only a further hub knows is not told to start: that one would have two
// histories of it.
func TestRecoverFromAHubThatKnowsNothing(t *testing.T) {
	t.Parallel()
	own, further := newTestHub(t, nil), newTestHub(t, nil)
	dir := t.TempDir()
	config := filepath.Join(dir, "station.yaml")
	text := fmt.Sprintf("station: bench-1\ndata: data\nhub: {url: %q}\nfurther_hubs: [{url: %q}]\n", own.URL, further.URL)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	tried := func(says string, args ...string) {
		t.Helper()
		if code, out, errOut := waybill(t, append([]string{"station", "recover", "--config", config}, args...)...); code != 1 || !strings.Contains(errOut, says) {
			t.Errorf("%d: %s%s, want %q", code, out, errOut, says)
		}
	}
	tried("there is nothing to recover")
	j := openJournal(t, filepath.Join(dir, "journal.db"))
	appendOrders(t, j, 1, 0)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if code, _, errOut := waybill(t, "journal", "replay", "--path", filepath.Join(dir, "journal.db"), "--to", further.URL); code != 0 {
		t.Fatalf("%d: %s", code, errOut)
	}
	tried("the station's hub up to 0")
	tried("Name the further hub in hub.url", "--without-further")
}

// A command that is given the configuration of another station, or a directory that is
// mistyped there, leaves no journal behind.
func TestCommandsMakeNoJournal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	config := filepath.Join(dir, "station.yaml")
	if err := os.WriteFile(config, []byte("station: bench-1\ndata: data\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "data"), 0o750); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"station", "forget-hub", "old.example"}, {"journal", "retry", "--all"}} {
		if code, out, errOut := waybill(t, append(args, "--config", config)...); code != 2 || !strings.Contains(errOut, "a station that has been started once") {
			t.Errorf("%q: %d: %s%s", args, code, out, errOut)
		}
		if left, err := os.ReadDir(filepath.Join(dir, "data")); err != nil || len(left) > 0 {
			t.Errorf("%q left %v, %v", args, left, err)
		}
	}
}
