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
	tree  *powercut.Tree
	spoil func(*powercut.Tree) downlink.Disk // nil: the shelf is on the tree as it is
	found []string                           // what was wrong after a cut
}

func (c *cutStation) find(format string, args ...any) {
	c.found = append(c.found, fmt.Sprintf(format, args...))
}

func (c *cutStation) start() {
	var disk downlink.Disk = c.tree
	if c.spoil != nil {
		disk = c.spoil(c.tree)
	}
	c.shelf = downlink.NewShelfOn(filepath.Join(c.dir, "hub"), disk)
	c.o.Shelf = c.shelf
	c.link = downlink.New(c.o)
}

func newCutStation(dir string, spoil func(*powercut.Tree) downlink.Disk) *cutStation {
	c := &cutStation{rig: newRig(dir), tree: powercut.NewTree(dir), spoil: spoil}
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
		c.find("nobody can say what is in place: %v", err)
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
			c.find("a mixture: rules %q, %v, template %q, %v", rules, err1, template, err2)
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
	spoil  func(*powercut.Tree) downlink.Disk
}

// station returns one in a directory at which the next question is the one that is cut,
// and what it works by until then.
func (tt cutCase) station(t *testing.T, dir string) (c *cutStation, version int64) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	c = newCutStation(dir, tt.spoil)
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
		"the first":                       {put: true},
		"another":                         {before: []string{"one"}, put: true},
		"the third, where one is removed": {before: []string{"one", "two"}, put: true},
		"the first again, damaged":        {before: []string{"one"}, harm: true},
		"the second again, damaged":       {before: []string{"one", "two"}, harm: true},
		"the third, the second damaged":   {before: []string{"one", "two"}, harm: true, put: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, f := range tt.cutAll(t) {
				t.Error(f)
			}
		})
	}
}

// TestACarelessShelfIsNoticed holds that the test above sees a shelf that does not sync,
// or that has its disk say that it has.
func TestACarelessShelfIsNoticed(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(*powercut.Tree) downlink.Disk{
		"names are not synced": func(tree *powercut.Tree) downlink.Disk { return namesUnsynced{tree} },
		"files are not synced": func(tree *powercut.Tree) downlink.Disk { return filesUnsynced{tree} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := cutCase{before: []string{"one"}, put: true, spoil: spoil}.cutAll(t)
			if len(found) == 0 {
				t.Fatal("not noticed")
			}
			t.Logf("%d findings, the first: %s", len(found), found[0])
		})
	}
}

type namesUnsynced struct{ *powercut.Tree }

func (namesUnsynced) SyncDir(string) error { return nil }

type filesUnsynced struct{ *powercut.Tree }

func (f filesUnsynced) WriteFile(name string, content []byte) error {
	return f.WriteUnsynced(name, content)
}

// cutAll cuts at every step and returns what was wrong.
func (tt cutCase) cutAll(t *testing.T) (found []string) {
	t.Helper()
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
	for step := 1; step <= steps; step++ {
		for fate := range fates {
			c, was := station()
			if c.cut(t, tt, was, step, fate) {
				news++
			}
			for _, f := range c.found {
				found = append(found, fmt.Sprintf("step %d, fate %d: %s", step, fate, f))
			}
		}
	}
	t.Logf("%d steps, %d cuts, after %d of which the new one was in place", steps, runs-1, news)
	if steps < 10 || news == 0 || news == fates*steps {
		t.Error("this tries nothing")
	}
	return found
}

// The fates of a question: it is killed, or the power is cut, or it is killed and the power
// is cut when the next one has been answered, or in the midst of that. What a process that
// was killed has not synced the next one finds there, and the power takes away.
const (
	killed    = 0
	killCut   = 7  // and two after it, by other dice
	killMidst = 10 // and one
	fates     = 12
)

// end brings a fate about at a step that has failed. It reports whether all was done
// before the last cut, and so has to be there after it.
func (c *cutStation) end(t *testing.T, step, fate int) (done bool) {
	t.Helper()
	if fate == killed || fate >= killCut {
		c.tree.Resume()
	}
	if fate >= killCut {
		c.pin(t)
		c.start()
		c.worksBy(t)
		if fate >= killMidst {
			c.tree.FailAfter(1 + step%5)
		}
		err := c.link.Ask(t.Context())
		if done = err == nil; !done && fate < killMidst {
			c.find("after the kill: %v", err)
		}
	}
	if fate == killed {
		return false
	}
	if err := c.tree.Restore(rand.New(rand.NewPCG(uint64(step), uint64(fate)))); err != nil {
		t.Fatal(err)
	}
	return done
}

// cut cuts the next question at a step, and holds what comes of it against what the
// station worked by and what the hub has. It reports whether that was in place at once.
func (c *cutStation) cut(t *testing.T, tt cutCase, was int64, step, fate int) (isNew bool) {
	t.Helper()
	c.tree.FailAfter(step)
	if err := c.link.Ask(t.Context()); err == nil {
		t.Fatalf("step %d: the power failed, and nobody noticed", step)
	}
	done := c.end(t, step, fate)
	c.pin(t)
	c.start()
	version, _ := c.worksBy(t)
	if version != was && version != c.hub.bundle.Version {
		c.find("it works by version %d, and had %d", version, was)
	}
	if in, err := c.shelf.InUse(); err == nil && tt.put && in.Version == c.hub.bundle.Version && version != in.Version {
		c.find("version %d is in place, and not whole", in.Version) // it would be mended, and need not have been
	}
	isNew = version == c.hub.bundle.Version
	if done && !isNew {
		c.find("it was all done before the cut, and then it works by version %d", version)
	}
	if err := c.link.Ask(t.Context()); err != nil {
		c.find("%v", err)
	}
	version, text := c.worksBy(t)
	if want := string(c.hub.bundle.Files[0].Content); version != c.hub.bundle.Version || text != want {
		c.find("in the end it works by version %d, %q, want %q", version, text, want)
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
		c.find("version %d is in place, and before it is %+v, want a whole %d", in.Version, in.Before, was)
		return
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
		c.find("left on the shelf: %q, want %q", left, want)
	}
}
