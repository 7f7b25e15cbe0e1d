package atomicfile_test

import (
	"os"
	"path/filepath"
	"testing"

	"waybill/internal/atomicfile"
)

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.json")
	for _, want := range []string{"first", "second, longer than the first", ""} {
		if err := atomicfile.WriteFile(path, []byte(want), 0o640); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("content is %q, want %q", got, want)
		}
	}
	onlyFile(t, dir, "a.json")
}

func TestWriteFileLeavesNothingBehindOnError(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.json")
	if err := os.Mkdir(path, 0o750); err != nil { // a directory cannot be replaced by a file
		t.Fatal(err)
	}
	if err := atomicfile.WriteFile(path, []byte("x"), 0o640); err == nil {
		t.Fatal("no error for a path that is a directory")
	}
	onlyFile(t, dir, "a.json")
	if err := atomicfile.WriteFile(filepath.Join(dir, "no", "b"), nil, 0o640); err == nil {
		t.Fatal("no error for a directory that does not exist")
	}
}

// onlyFile fails the test if dir holds anything but name.
func onlyFile(t *testing.T, dir, name string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 1 || entries[0].Name() != name {
		t.Errorf("directory holds %v, want only %s", entries, name)
	}
}
