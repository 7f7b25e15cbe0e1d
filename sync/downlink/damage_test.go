package downlink_test

import (
	"context"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"waybill/sync/downlink"
	"waybill/sync/wire"
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

// TestWhatIsUndoneAtOnce has something on the machine damage the files of a bundle each
// time that they are laid, and the station start anew now and then: the bundle is got
// again after ten minutes, then ever less often, up to every six hours, which is said, and
// the hub hears of it once. After a day in which it was not laid again it is counted anew.
func TestWhatIsUndoneAtOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(dir)
		r.o.Check = func(_ context.Context, dir string) error { return os.Truncate(filepath.Join(dir, "rules.yaml"), 1) }
		r.hub.put("one")
		for n := range 24 * 12 { // questions of a day
			if n%7 == 0 {
				r.link = downlink.New(r.o)
			}
			if err := r.link.Ask(t.Context()); err != nil {
				t.Fatal(err)
			}
			time.Sleep(5 * time.Minute) // virtual
		}
		// At once, then after 10, 20, 40, 80, 160, 320, 360 and 360 minutes.
		if r.hub.asked != 10 {
			t.Errorf("fetched %d times in a day", r.hub.asked)
		}
		in, err := r.shelf.InUse()
		if err != nil || in.Mends != 9 || in.Rests().Sub(time.Time(in.Mended)) != 6*time.Hour {
			t.Errorf("%d times, rests until %s: %v", in.Mends, in.Rests(), err)
		}
		r.watch(t)(time.Minute, func(*fakeHub) {}, "it was laid again 9 times, and is fetched again not before "+in.Rests().Local().Format("2 Jan 15:04"))
		r.hub.mu.Lock()
		r.hub.away = true
		r.hub.mu.Unlock()
		time.Sleep(25 * time.Hour)
		r.hub.mu.Lock()
		r.hub.away = false
		r.hub.mu.Unlock()
		if err := r.link.Ask(t.Context()); err != nil {
			t.Fatal(err)
		}
		if in, err = r.shelf.InUse(); err != nil || in.Mends != 1 {
			t.Errorf("after a day %d times: %v", in.Mends, err)
		}
		if !slices.Equal(r.desk.applied, []int64{1}) {
			t.Errorf("recorded: %v", r.desk.applied)
		}
	})
}

// TestNoTryIsToldOfThatHasPassed holds what people read of a bundle that was laid again.
func TestNoTryIsToldOfThatHasPassed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		in := downlink.Placed{Mends: 2, Mended: wire.Timestamp(time.Now())}
		next := in.Rests()
		for _, want := range []string{"it was laid again 2 times, and is fetched again not before " + next.Local().Format("2 Jan 15:04"), "it was laid again 2 times", ""} {
			if got := in.MendedWords(); got != want {
				t.Errorf("at %s %q, want %q", time.Now(), got, want)
			}
			time.Sleep(12 * time.Hour) // virtual
		}
	})
}

// TestDamageThatTheHubDoesNotMend damages a bundle that is not what the hub gives.
func TestDamageThatTheHubDoesNotMend(t *testing.T) {
	t.Parallel()
	const damaged = "not as the hub gave them"
	for name, tt := range map[string]struct {
		hub  func(h *fakeHub)
		want []string
	}{
		"it is away":             {func(h *fakeHub) { h.away = true }, []string{damaged}},
		"it has none any more":   {func(h *fakeHub) { h.bundle = wire.Bundle{} }, []string{damaged}},
		"its newest was refused": {func(h *fakeHub) { h.put("bad") }, []string{"a mistake", damaged}},
		"it has an older one":    {func(h *fakeHub) { h.bundle.Version = 1 }, []string{"older than 2", damaged}},
		"it gives it":            {func(*fakeHub) {}, nil},
	} {
		dir := t.TempDir()
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(dir)
				for _, content := range []string{"one", "two"} {
					r.hub.put(content)
					if err := r.link.Ask(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				in, err := r.shelf.InUse()
				if err == nil {
					err = os.RemoveAll(r.shelf.Dir(in))
				}
				if err != nil {
					t.Fatal(err)
				}
				r.watch(t)(2*time.Minute, tt.hub, tt.want...)
			})
		})
	}
}

// TestWhatIsInUseIsNotRemoved lays a bundle that is in place once more, and drops it.
func TestWhatIsInUseIsNotRemoved(t *testing.T) {
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
	beside := filepath.Join(r.shelf.Dir(in), "templates", "b.yaml")
	if err := os.WriteFile(beside, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(filepath.Join(r.shelf.Dir(in), "rules.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	public, err := hex.DecodeString(r.hub.public())
	if err != nil {
		t.Fatal(err)
	}
	laid, err := r.shelf.Lay(r.hub.bundle, public)
	if err == nil {
		err = r.shelf.Drop(laid)
	}
	if err != nil {
		t.Fatal(err)
	}
	after, err := os.Stat(filepath.Join(r.shelf.Dir(in), "rules.yaml"))
	if err != nil || !os.SameFile(before, after) {
		t.Errorf("the files are others: %v", err)
	}
	if _, err := os.Stat(beside); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what lies beside them is there, and would be tried: %v", err)
	}
	r.hub.put("two")
	laid, err = r.shelf.Lay(r.hub.bundle, public)
	if err == nil {
		err = r.shelf.Drop(laid)
	}
	if _, statErr := os.Stat(r.shelf.Dir(laid)); err != nil || !errors.Is(statErr, fs.ErrNotExist) {
		t.Errorf("one that nobody uses: %v, %v", err, statErr)
	}
}

// TestTheNewestThatIsWhole damages bundles on a shelf of which nobody can say which is in
// use.
func TestTheNewestThatIsWhole(t *testing.T) {
	t.Parallel()
	r := newRig(t.TempDir())
	if p := r.shelf.Newest(); p.Version != 0 {
		t.Errorf("an empty shelf has %+v", p)
	}
	var laid []downlink.Placed
	for _, content := range []string{"one", "two"} {
		r.hub.put(content)
		if err := r.link.Ask(t.Context()); err != nil {
			t.Fatal(err)
		}
		in, err := r.shelf.InUse()
		if err != nil {
			t.Fatal(err)
		}
		laid = append(laid, in)
	}
	for _, name := range []string{"9", "3-x", "0-" + laid[1].SHA256[:12], filepath.Base(r.shelf.Dir(laid[1])) + ".new"} {
		if err := os.Mkdir(filepath.Join(filepath.Dir(r.shelf.Current()), name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for i := len(laid) - 1; i >= 0; i-- {
		want := laid[i]
		want.Key, want.Before, want.Made = "", nil, wire.Timestamp{}
		slices.Sort(want.Files)
		if diff := cmp.Diff(want, r.shelf.Newest(), cmp.Comparer(func(a, b wire.Timestamp) bool { return time.Time(a).Equal(time.Time(b)) })); diff != "" {
			t.Errorf("version %d (-want +got):\n%s", want.Version, diff)
		}
		if err := os.WriteFile(filepath.Join(r.shelf.Dir(laid[i]), "rules.yaml"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if p := r.shelf.Newest(); p.Version != 0 {
		t.Errorf("none is whole: %+v", p)
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
