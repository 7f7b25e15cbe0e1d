package downlink_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"waybill/sync/downlink"
)

// TestADamagedBundleIsLaidAgain takes files away from the bundle in use, and edits one.
func TestADamagedBundleIsLaidAgain(t *testing.T) {
	t.Parallel()
	for name, harm := range map[string]func(dir string) error{
		"gone":   os.RemoveAll,
		"edited": func(dir string) error { return os.WriteFile(filepath.Join(dir, "rules.yaml"), []byte("mine"), 0o600) },
		"cut":    func(dir string) error { return os.Truncate(filepath.Join(dir, "rules.yaml"), 1) },
		"less":   func(dir string) error { return os.Remove(filepath.Join(dir, "templates", "a.yaml")) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t.TempDir())
			r.hub.put("one")
			if err := r.link.Ask(t.Context()); err != nil {
				t.Fatal(err)
			}
			in, err := r.shelf.InUse()
			if err == nil {
				err = harm(r.shelf.Dir(in))
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := r.shelf.Whole(in); err == nil {
				t.Error("nobody sees it")
			}
			r.start()
			asked := r.hub.asked
			for range 3 {
				if err := r.link.Ask(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if v, text := r.inUse(t); v != 1 || text != "one" || r.hub.asked != asked+1 {
				t.Errorf("version %d, %q, asked for %d times", v, text, r.hub.asked-asked)
			}
		})
	}
}

// TestWhatOthersLayThereIsNotLookedAt has a file manager leave its own beside the files
// of a bundle.
func TestWhatOthersLayThereIsNotLookedAt(t *testing.T) {
	t.Parallel()
	r := newRig(t.TempDir())
	r.hub.put("one")
	if err := r.link.Ask(t.Context()); err != nil {
		t.Fatal(err)
	}
	in, err := r.shelf.InUse()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{".DS_Store", "Thumbs.db", "desktop.ini", "templates/._a.yaml", "templates/b.yaml"} {
		if err := os.WriteFile(filepath.Join(r.shelf.Dir(in), filepath.FromSlash(name)), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r.start()
	asked := r.hub.asked
	if err := r.link.Ask(t.Context()); err != nil || r.hub.asked != asked {
		t.Errorf("asked for it again: %v", err)
	}
	if v, text := r.inUse(t); v != 1 || text != "one" {
		t.Errorf("version %d, %q", v, text)
	}
	in.Files = nil // as a version placed it that wrote no names
	if err := r.shelf.Whole(in); !errors.Is(err, downlink.ErrDamaged) {
		t.Errorf("without names: %v", err)
	}
}

// TestWhatIsInPlaceCannotBeRead damages the file that says which bundle is in place.
func TestWhatIsInPlaceCannotBeRead(t *testing.T) {
	t.Parallel()
	r := newRig(t.TempDir())
	r.hub.put("one")
	if err := r.link.Ask(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(r.shelf.Current(), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.start()
	if err := r.link.Ask(t.Context()); err != nil {
		t.Fatal(err)
	}
	if v, text := r.inUse(t); v != 1 || text != "one" {
		t.Errorf("version %d, %q", v, text)
	}
}

// TestTheLastGoodOneStays has a station work by the version before, since the one after
// it is damaged, when a third comes: what it worked by is what it goes back to.
func TestTheLastGoodOneStays(t *testing.T) {
	t.Parallel()
	r := newRig(t.TempDir())
	var first downlink.Placed
	for _, content := range []string{"one", "two"} {
		r.hub.put(content)
		if err := r.link.Ask(t.Context()); err != nil {
			t.Fatal(err)
		}
		in, err := r.shelf.InUse()
		if err != nil {
			t.Fatal(err)
		}
		if first.Version == 0 {
			first = in
		} else if err := os.RemoveAll(r.shelf.Dir(in)); err != nil {
			t.Fatal(err)
		}
	}
	r.start()
	r.o.Works = r.shelf.Dir(first)
	r.link = downlink.New(r.o)
	r.hub.put("three")
	if err := r.link.Ask(t.Context()); err != nil {
		t.Fatal(err)
	}
	in, err := r.shelf.InUse()
	if err != nil || in.Version != 3 || in.Before == nil || in.Before.Version != 1 || r.shelf.Whole(*in.Before) != nil {
		t.Errorf("%+v, %v: before version 3 should be a whole version 1", in, err)
	}
}
