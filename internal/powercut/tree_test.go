package powercut_test

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"waybill/internal/powercut"
)

// must fails the test for an error of a step that is to work.
func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// TestWhatATreeKeeps cuts the power after steps that make a file durable, and after such
// that do not: the first is there after every cut, and of the second nothing after some
// and all after others.
func TestWhatATreeKeeps(t *testing.T) {
	t.Parallel()
	const cuts = 60
	for name, tt := range map[string]struct {
		steps func(tree *powercut.Tree, at func(string) string) error
		file  string
		kept  bool // for sure
	}{
		"its name is not synced": {func(tree *powercut.Tree, at func(string) string) error {
			return tree.WriteFile(at("a"), []byte("text"))
		}, "a", false},
		"its name is synced": {func(tree *powercut.Tree, at func(string) string) error {
			return errors.Join(tree.WriteFile(at("a"), []byte("text")), tree.SyncDir(at(".")))
		}, "a", true},
		"its directory's name is not": {func(tree *powercut.Tree, at func(string) string) error {
			return errors.Join(tree.MkdirAll(at("d")), tree.WriteFile(at("d/a"), []byte("text")), tree.SyncDir(at("d")))
		}, "d/a", false},
		"nor its new name": {func(tree *powercut.Tree, at func(string) string) error {
			return errors.Join(tree.WriteFile(at("b"), []byte("text")), tree.SyncDir(at(".")), tree.Rename(at("b"), at("a")))
		}, "a", false},
		"a whole directory is renamed": {func(tree *powercut.Tree, at func(string) string) error {
			return errors.Join(tree.MkdirAll(at("e")), tree.WriteFile(at("e/a"), []byte("text")), tree.SyncDir(at("e")), tree.Rename(at("e"), at("d")), tree.SyncDir(at(".")))
		}, "d/a", true},
		"it is removed, and nobody synced that": {func(tree *powercut.Tree, at func(string) string) error {
			return errors.Join(tree.WriteFile(at("a"), []byte("text")), tree.SyncDir(at(".")), tree.RemoveAll(at("a")))
		}, "a", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			there := 0
			for seed := range uint64(cuts) {
				dir := t.TempDir()
				tree := powercut.NewTree(dir)
				at := func(name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }
				must(t, tt.steps(tree, at), tree.Restore(rand.New(rand.NewPCG(1, seed))))
				text, err := os.ReadFile(at(tt.file))
				switch {
				case err == nil && string(text) == "text":
					there++
				case !errors.Is(err, fs.ErrNotExist):
					t.Errorf("%q, %v", text, err)
				}
			}
			if tt.kept && there < cuts || there == 0 || !tt.kept && there == cuts {
				t.Errorf("it is there after %d of %d cuts", there, cuts)
			}
		})
	}
}

// TestATreeIsKilled ends what works on a tree in the midst of a write: half of it stays,
// and whoever was killed does nothing more.
func TestATreeIsKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tree := powercut.NewTree(dir)
	tree.FailAfter(2) // the name, the content
	for range 2 {
		if err := tree.WriteFile(filepath.Join(dir, "a"), []byte("text")); err == nil {
			t.Fatal("nothing happened")
		}
	}
	if err := tree.MkdirAll(filepath.Join(dir, "d")); !errors.Is(err, powercut.ErrOff) || !tree.Off() {
		t.Errorf("it goes on: %v", err)
	}
	tree.Resume()
	must(t, tree.MkdirAll(filepath.Join(dir, "d")))
	if text, err := os.ReadFile(filepath.Join(dir, "a")); err != nil || string(text) != "te" {
		t.Errorf("%q, %v", text, err)
	}
	if got := tree.Tally(); got.Kills != 1 || got.Steps != 3 {
		t.Errorf("%+v", got)
	}
}
