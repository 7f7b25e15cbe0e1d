package filewatch_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"waybill/internal/filewatch"
)

func TestAppear(t *testing.T) {
	dir := t.TempDir()
	there := filepath.Join(dir, "there")
	if err := os.WriteFile(there, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	told, stop := filewatch.Appear([]string{filepath.Join(dir, "gone"), dir})
	defer stop()
	wait := func(what string, do func() error) {
		t.Helper()
		if err := do(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-told:
		case <-time.After(10 * time.Second):
			t.Fatalf("%s was not told", what)
		}
	}
	wait("a new file", func() error { return os.Symlink("x", filepath.Join(dir, "new")) })
	wait("other rights", func() error { return os.Chmod(there, 0o640) })
	if err := os.WriteFile(there, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	wait("a removed file", func() error { return os.Remove(there) })
	select {
	case <-told:
		t.Error("something more was told: what is written must not be")
	default:
	}
	if none, end := filewatch.Appear([]string{filepath.Join(dir, "gone")}); none != nil {
		t.Error("a directory that is not there is watched")
		end()
	}
}
