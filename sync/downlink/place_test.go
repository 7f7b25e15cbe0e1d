package downlink_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"waybill/internal/fault"
	"waybill/sync/downlink"
	"waybill/sync/wire"
)

// TestWhatSaysNothingOfABundleDoesNotRefuseIt has a good bundle come at a bad moment.
// The station takes it as soon as that is over, without a new start.
func TestWhatSaysNothingOfABundleDoesNotRefuseIt(t *testing.T) {
	t.Parallel()
	for name, moment := range map[string]func(t *testing.T, r *rig, stop func()) (over func()){
		"no place for its files": func(t *testing.T, r *rig, _ func()) func() {
			t.Helper()
			dir := filepath.Join(r.dir, "hub", "bundles")
			err := os.MkdirAll(filepath.Dir(dir), 0o700)
			if err == nil {
				err = os.Symlink(filepath.Join(r.dir, "nowhere"), dir)
			}
			if err != nil {
				t.Skip(err)
			}
			return func() {
				if err := os.Remove(dir); err != nil {
					t.Fatal(err)
				}
			}
		},
		"the station is stopped": func(_ *testing.T, r *rig, stop func()) func() {
			return r.checkBy(func(ctx context.Context) error { stop(); return ctx.Err() })
		},
		"something for a while": func(_ *testing.T, r *rig, _ func()) func() {
			return r.checkBy(func(context.Context) error { return errAway })
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t.TempDir())
			r.hub.put("one")
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			over := moment(t, r, stop)
			if err := r.link.Ask(ctx); err == nil {
				t.Error("nothing is wrong")
			}
			if v, _ := r.inUse(t); v != 0 {
				t.Errorf("version %d is in use", v)
			}
			over()
			if err := r.link.Ask(t.Context()); err != nil {
				t.Error(err)
			}
			if v, text := r.inUse(t); v != 1 || text != "one" || r.hub.asked != 2 {
				t.Errorf("version %d, %q, asked for %d times", v, text, r.hub.asked)
			}
			if len(r.desk.refused) != 0 {
				t.Errorf("refused: %q", r.desk.refused)
			}
		})
	}
}

// TestAFullDiskIsNotFilledAgainAndAgain has a disk stay full for a day: the bundle is
// got ever less often, and soon after there is room.
func TestAFullDiskIsNotFilledAgainAndAgain(t *testing.T) {
	t.Parallel()
	r := newRig(t.TempDir())
	r.hub.put("one")
	over := r.checkBy(func(context.Context) error { return errAway })
	const day = 24 * 60 * 4 // questions
	for n := range day {
		if err := r.link.Ask(t.Context()); err == nil {
			t.Fatal("nothing is wrong")
		}
		if n == 3 && r.hub.asked != 3 {
			t.Errorf("fetched %d times with 4 questions", r.hub.asked)
		}
	}
	if r.hub.asked < 100 || r.hub.asked > 200 {
		t.Errorf("fetched %d times in a day", r.hub.asked)
	}
	over()
	for range 41 {
		_ = r.link.Ask(t.Context())
	}
	if v, _ := r.inUse(t); v != 1 {
		t.Errorf("there is room, and version %d is in use", v)
	}
	r.hub.put("two") // another one is got at once
	over = r.checkBy(func(context.Context) error { return errAway })
	_ = r.link.Ask(t.Context())
	over()
	r.hub.put("three")
	if err := r.link.Ask(t.Context()); err != nil {
		t.Error(err)
	}
	if v, _ := r.inUse(t); v != 3 {
		t.Errorf("version %d is in use", v)
	}
}

// A busy hub says when to come again.
type busy struct {
	error
	wait time.Duration
}

func (b busy) Wait() time.Duration { return b.wait }

// TestABusyHubIsAskedWhenItSays has a hub that gives no bundle for a while: the station
// asks when it was told to, says that it waits after some minutes, and hears of orders
// all the while.
func TestABusyHubIsAskedWhenItSays(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(dir)
		after := r.watch(t)
		after(2*time.Minute, func(h *fakeHub) {
			h.put("one")
			h.busy = &fault.Error{Op: "bundle", Kind: fault.Transient, Err: busy{errors.New("busy"), 90 * time.Second}}
		})
		if r.hub.asked > 2 {
			t.Errorf("asked for %d times in two minutes", r.hub.asked)
		}
		after(8*time.Minute, func(h *fakeHub) { h.say("A", wire.ActionHold) }, "could not be fetched since")
		if len(r.desk.heard) != 1 {
			t.Errorf("heard of orders: %v", r.desk.heard)
		}
		after(15*time.Minute, func(h *fakeHub) { h.busy = nil }, "")
		if len(r.desk.applied) != 1 {
			t.Errorf("applied: %v", r.desk.applied)
		}
	})
}

// TestNobodyKeepsABundleBackForDays has an answer ask for a year.
func TestNobodyKeepsABundleBackForDays(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		r := newRig(dir)
		after := r.watch(t)
		after(time.Minute, func(h *fakeHub) {
			h.put("one")
			h.busy = &fault.Error{Op: "bundle", Kind: fault.Transient, Err: busy{errors.New("busy"), 365 * 24 * time.Hour}}
		})
		after(11*time.Minute, func(h *fakeHub) { h.busy = nil })
		if v, _ := r.inUse(t); v != 1 {
			t.Errorf("version %d is in use", v)
		}
	})
}

// TestWhatCannotBePutInPlaceIsRecordedOnce has a directory where the file is to be that
// says what is in place.
func TestWhatCannotBePutInPlaceIsRecordedOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t.TempDir())
	r.hub.put("one")
	if err := os.MkdirAll(filepath.Join(r.shelf.Current(), "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if err := r.link.Ask(t.Context()); err == nil {
			t.Fatal("nothing is wrong")
		}
	}
	if err := os.RemoveAll(r.shelf.Current()); err != nil {
		t.Fatal(err)
	}
	tries := r.hub.asked
	for range 20 {
		_ = r.link.Ask(t.Context())
	}
	if v, _ := r.inUse(t); v != 1 || tries < 3 || len(r.desk.applied) != 1 {
		t.Errorf("version %d is in use after %d tries, recorded %v", v, tries, r.desk.applied)
	}
}

// checkBy has bundles checked by another function until what it returns is called.
func (r *rig) checkBy(check func(ctx context.Context) error) (over func()) {
	o, bad := r.o, true
	o.Check = func(ctx context.Context, dir string) error {
		if bad {
			return check(ctx)
		}
		return r.o.Check(ctx, dir)
	}
	r.link = downlink.New(o)
	return func() { bad = false }
}

// TestSignedIsNotGoodYet has the hub's key sign a bundle whose file would be written
// elsewhere.
func TestSignedIsNotGoodYet(t *testing.T) {
	t.Parallel()
	r := newRig(t.TempDir())
	r.hub.put("one")
	r.hub.bundle.Files[0].Name = "../rules.yaml"
	if err := r.link.Ask(t.Context()); !fault.Is(err, fault.Permanent) || !strings.Contains(err.Error(), "../rules.yaml") {
		t.Errorf("it was taken: %v", err)
	}
	if err := r.link.Ask(t.Context()); err != nil || r.hub.asked != 1 || len(r.desk.refused) != 1 {
		t.Errorf("asked for %d times, refused %q, %v", r.hub.asked, r.desk.refused, err)
	}
}
