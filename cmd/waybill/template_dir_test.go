package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
)

func TestTemplateDir(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	write := func(path string) {
		t.Helper()
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(outside, "secret.png"))
	write(filepath.Join(dir, "logo.png"))
	write(filepath.Join(dir, "own.yaml"))
	if err := fstest.TestFS(templateDir(dir), "logo.png", "own.yaml"); err != nil {
		t.Error(err)
	}
	if found, err := fs.Glob(templateDir(dir), "*.yaml"); err != nil || len(found) != 1 {
		t.Errorf("found %v (%v)", found, err)
	}
	if err := os.Symlink(filepath.Join(outside, "secret.png"), filepath.Join(dir, "link.png")); err != nil {
		t.Skip("no symbolic links here")
	}
	for _, name := range []string{"link.png", "../" + filepath.Base(outside) + "/secret.png", filepath.Join(outside, "secret.png")} {
		if data, err := fs.ReadFile(templateDir(dir), name); err == nil {
			t.Errorf("%s: reads %q", name, data)
		}
	}
	if _, err := fs.ReadFile(templateDir(dir), "none.png"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want that there is no such file", err)
	}
}
