package filewatch_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"waybill/internal/filewatch"
)

// woken reports whether something other than limit ended the wait.
func woken(t *testing.T, w *filewatch.Watcher, limit time.Duration) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	start := time.Now()
	if !w.WaitAtMost(ctx, limit) {
		t.Fatal("never woken")
	}
	return time.Since(start) < limit
}

func TestOnlyNamedFilesWake(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := filewatch.New(filewatch.Options{
		Dirs: []string{dir}, Every: time.Hour,
		Files: func(name string) bool { return strings.HasSuffix(name, ".json") },
	})
	defer w.Close()
	order := filepath.Join(dir, "order.json")
	write(t, filepath.Join(dir, "order.tmp"), "{}")
	if woken(t, w, 50*time.Millisecond) {
		t.Error("woken by a file of another name")
	}
	rename(t, filepath.Join(dir, "order.tmp"), order)
	if !woken(t, w, time.Hour) {
		t.Error("not woken by a file that got its name")
	}
	write(t, order, "[]")
	if !woken(t, w, time.Hour) {
		t.Error("not woken by a file that was written")
	}
	if err := os.Remove(order); err != nil {
		t.Fatal(err)
	}
	if woken(t, w, 50*time.Millisecond) {
		t.Error("woken by a file that went away")
	}
}

func TestRenewWatchesTheNewDirectory(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "hot")
	mkdir(t, dir)
	w := filewatch.New(filewatch.Options{Dirs: []string{dir}, Every: time.Hour, Files: func(string) bool { return true }})
	defer w.Close()
	if err := os.Remove(dir); err != nil {
		t.Fatal(err)
	}
	mkdir(t, dir) // often with the number of the old one
	w.Renew()
	write(t, filepath.Join(dir, "order.json"), "{}")
	if !woken(t, w, time.Hour) {
		t.Error("not woken by a file in the new directory")
	}
}

func TestWithoutNoticesItWakesAtItsPace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	w := filewatch.New(filewatch.Options{Dirs: []string{dir}, Every: 50 * time.Millisecond, PollOnly: true})
	defer w.Close()
	w.Renew()
	write(t, filepath.Join(dir, "order.json"), "{}")
	start := time.Now()
	if !w.Wait(t.Context()) || time.Since(start) < 50*time.Millisecond {
		t.Errorf("woken after %v, want its pace", time.Since(start))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if w.WaitAtMost(ctx, time.Hour) {
		t.Error("the wait outlives its context")
	}
}
