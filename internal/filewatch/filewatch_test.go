package filewatch_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"waybill/internal/filewatch"
)

func TestOnChangeTellsOfEditsReplacementsAndNewFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "station.yaml")
	templates := filepath.Join(dir, "templates")
	write(t, file, "one")
	if err := os.Mkdir(templates, 0o755); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	told, ended := make(chan struct{}, 16), make(chan struct{})
	go func() {
		defer close(ended)
		filewatch.OnChange(ctx, []string{file, templates}, 20*time.Millisecond, slog.New(slog.DiscardHandler), func(context.Context) { told <- struct{}{} })
	}()
	change := []func(){
		func() { write(t, file, "edited") },
		func() { write(t, file+".new", "replaced!"); rename(t, file+".new", file) },
		func() { write(t, filepath.Join(templates, "a.yaml"), "new") },
		func() { rename(t, templates, templates+".old"); mkdir(t, templates) },
		func() { write(t, filepath.Join(templates, "b.yaml"), "in the new directory") },
	}
	for i, f := range change {
		// The watcher takes its first look when it starts; a change before that
		// look is part of it, so the change is made until it is told.
		for i == 0 && len(told) == 0 {
			f()
			select {
			case <-told:
				told <- struct{}{}
			case <-time.After(100 * time.Millisecond):
				write(t, file, "edited again")
			}
		}
		if i > 0 {
			f()
		}
		select {
		case <-told:
		case <-time.After(10 * time.Second):
			t.Fatalf("change %d was not told", i)
		}
	}
	cancel()
	<-ended
}

// TestAChangeSinceALookIsTold has a file change after it was looked at, and before
// anybody watches it: what was read of it in between may be either.
func TestAChangeSinceALookIsTold(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "station.yaml")
	write(t, file, "one")
	seen := filewatch.Look(file)
	write(t, file, "another")
	seen.Note(file) // it was looked at
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	told := false
	filewatch.OnChangeSince(ctx, seen, 20*time.Millisecond, slog.New(slog.DiscardHandler), func(context.Context) {
		told = true
		cancel()
	})
	if !told {
		t.Error("nobody is told")
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func mkdir(t *testing.T, path string) {
	t.Helper()
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
}
