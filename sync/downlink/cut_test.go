package downlink_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"waybill/internal/powercut"
	"waybill/sync/downlink"
	"waybill/sync/wire"
)

// A cutStation is a station whose disk loses its power, or that is killed, while a
// bundle is put in place.
type cutStation struct {
	*rig
	tree *powercut.Tree
}

func (c *cutStation) start() {
	c.shelf = downlink.NewShelfOn(filepath.Join(c.dir, "hub"), c.tree)
	c.o.Shelf = c.shelf
	c.link = downlink.New(c.o)
}

func newCutStation(dir string) *cutStation {
	c := &cutStation{rig: newRig(dir), tree: powercut.NewTree(dir)}
	c.o.Desk = poweredDesk{c.desk, c.tree}
	c.start()
	return c
}

// A poweredDesk has its journal on the same power.
type poweredDesk struct {
	*fakeDesk
	tree *powercut.Tree
}

func (d poweredDesk) BundleApplied(ctx context.Context, b wire.Bundle) error {
	if d.tree.Off() {
		return powercut.ErrOff
	}
	return d.fakeDesk.BundleApplied(ctx, b)
}

// worksBy returns what the station works by after a start, as the program has it: the
// bundle in place, or the one before, or its own rules, which are version 0.
func (c *cutStation) worksBy(t *testing.T) (version int64, text string) {
	t.Helper()
	in, err := c.shelf.InUse()
	if err != nil {
		t.Fatalf("nobody can say what is in place: %v", err)
	}
	c.o.Works = ""
	for p := &in; p != nil && p.Version > 0; p = p.Before {
		if c.shelf.Whole(*p) != nil {
			continue
		}
		c.o.Works, version = c.shelf.Dir(*p), p.Version
		rules, err1 := os.ReadFile(filepath.Join(c.o.Works, "rules.yaml"))
		template, err2 := os.ReadFile(filepath.Join(c.o.Works, "templates", "a.yaml"))
		if err1 != nil || err2 != nil || string(template) != "a "+string(rules) {
			t.Errorf("a mixture: rules %q, %v, template %q, %v", rules, err1, template, err2)
		}
		text = string(rules)
		break
	}
	if heard := c.desk.applied; version > 0 && heard[len(heard)-1] != version {
		c.desk.applied = append(heard, version) // as a start has it recorded
	}
	c.link = downlink.New(c.o)
	return version, text
}

// A cutCase is a station of which a question is cut.
type cutCase struct {
	before []string // bundles that were put in place before
	harm   bool     // the files of the last of them
	put    bool     // another, which is cut
}

// station returns one in a directory at which the next question is the one that is cut,
// and what it works by until then.
func (tt cutCase) station(t *testing.T, dir string) (c *cutStation, version int64) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	c = newCutStation(dir)
	c.pin(t)
	for _, content := range tt.before {
		c.hub.put(content)
		if err := c.link.Ask(t.Context()); err != nil {
			t.Fatal(err)
		}
		c.worksBy(t)
	}
	if tt.harm {
		in, err := c.shelf.InUse()
		if err == nil {
			err = c.tree.RemoveAll(filepath.Join(c.shelf.Dir(in), "templates"))
		}
		if err == nil {
			err = c.tree.SyncDir(c.shelf.Dir(in))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	version, _ = c.worksBy(t)
	if tt.put {
		c.hub.put("new")
	}
	return c, version
}

// TestACutWhileABundleIsPutInPlace kills the station, and cuts the power, at every step
// of putting a bundle in place: each file, each sync, each rename. It works by the
// bundle of before or by the new one afterwards, each as a whole, and gets the new one.
func TestACutWhileABundleIsPutInPlace(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]cutCase{
		"the first":                       {nil, false, true},
		"another":                         {[]string{"one"}, false, true},
		"the third, where one is removed": {[]string{"one", "two"}, false, true},
		"the first again, damaged":        {[]string{"one"}, true, false},
		"the second again, damaged":       {[]string{"one", "two"}, true, false},
		"the third, the second damaged":   {[]string{"one", "two"}, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, runs := t.TempDir(), 0
			station := func() (*cutStation, int64) {
				runs++
				return tt.station(t, filepath.Join(dir, fmt.Sprint(runs)))
			}
			c, _ := station()
			from := c.tree.Tally().Steps
			if err := c.link.Ask(t.Context()); err != nil {
				t.Fatal(err)
			}
			steps, news := c.tree.Tally().Steps-from, 0
			const fates = 7 // of which 0 is a kill
			for step := 1; step <= steps; step++ {
				for fate := range fates {
					c, was := station()
					if c.cut(t, was, step, fate) {
						news++
					}
				}
			}
			t.Logf("%d steps, %d cuts, after %d of which the new one was in place", steps, runs-1, news)
			if steps < 15 || news == 0 || news == fates*steps {
				t.Error("this tries nothing")
			}
		})
	}
}

// cut cuts the next question at a step, and holds what comes of it against what the
// station worked by and what the hub has. It reports whether that was in place at once.
func (c *cutStation) cut(t *testing.T, was int64, step, fate int) (isNew bool) {
	t.Helper()
	c.tree.FailAfter(step)
	if err := c.link.Ask(t.Context()); err == nil {
		t.Fatalf("step %d: the power failed, and nobody noticed", step)
	}
	if fate == 0 {
		c.tree.Resume()
	} else if err := c.tree.Restore(rand.New(rand.NewPCG(uint64(step), uint64(fate)))); err != nil {
		t.Fatal(err)
	}
	c.pin(t)
	c.start()
	version, _ := c.worksBy(t)
	if version != was && version != c.hub.bundle.Version {
		t.Errorf("step %d, fate %d: it works by version %d, and had %d", step, fate, version, was)
	}
	isNew = version == c.hub.bundle.Version
	if err := c.link.Ask(t.Context()); err != nil {
		t.Fatalf("step %d, fate %d: %v", step, fate, err)
	}
	version, text := c.worksBy(t)
	if want := string(c.hub.bundle.Files[0].Content); version != c.hub.bundle.Version || text != want {
		t.Errorf("step %d, fate %d: in the end it works by version %d, %q, want %q", step, fate, version, text, want)
	}
	c.oldOne(t, was)
	return isNew
}

// pin has the hub's key there, which is written by other means than this disk's.
func (c *cutStation) pin(t *testing.T) {
	t.Helper()
	hub := filepath.Join(c.dir, "hub")
	err := c.tree.MkdirAll(hub)
	if err == nil {
		err = c.tree.SyncDir(c.dir)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(hub, "signing.pub"), []byte(c.hub.public()), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// oldOne holds that what the station worked by before the cut is still there to go back
// to, where it is another.
func (c *cutStation) oldOne(t *testing.T, was int64) {
	t.Helper()
	in, err := c.shelf.InUse()
	if err != nil {
		t.Fatal(err)
	}
	if was == 0 || was == in.Version {
		return
	}
	if in.Before == nil || in.Before.Version != was || c.shelf.Whole(*in.Before) != nil {
		t.Errorf("version %d is in place, and before it is %+v, want a whole %d", in.Version, in.Before, was)
	}
	entries, err := os.ReadDir(filepath.Dir(c.shelf.Current()))
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	want := []string{filepath.Base(c.shelf.Dir(*in.Before)), filepath.Base(c.shelf.Dir(in)), "current"}
	if slices.Sort(want); !slices.Equal(left, want) {
		t.Errorf("left on the shelf: %q, want %q", left, want)
	}
}
