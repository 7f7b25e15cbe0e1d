package powercut

import (
	"errors"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// A Tree is a directory on a real disk whose power fails, for programs that keep files
// in directories and use no SQLite. What is written goes to the real disk, too, where
// programs read it as ever. After a cut that has on it what of the Tree is left.
//
// A name is durable once its directory was synced, and not before: not by the sync of
// what it names, and a rename is two names, of which one, both or none may be there.
type Tree struct {
	root string

	mu    sync.Mutex
	top   *branch
	armed bool
	left  int
	off   bool
	tally Tally
}

// A branch is a directory without its name.
type branch struct{ now, synced map[string]node }

// A node is an *inode or a *branch.
type node interface{ left(f *fate) node }

func newBranch() *branch { return &branch{map[string]node{}, map[string]node{}} }

func (n *inode) left(f *fate) node { return n.after(f) }

func (b *branch) left(f *fate) node {
	names := maps.Clone(b.synced)
	maps.Copy(names, b.now)
	found := newBranch()
	for _, name := range slices.Sorted(maps.Keys(names)) {
		was, now := b.synced[name], b.now[name]
		if was != now && f.keep() {
			was = now
		}
		if was != nil {
			n := was.left(f)
			found.now[name], found.synced[name] = n, n
		}
	}
	return found
}

// NewTree returns the Tree in an empty directory.
func NewTree(dir string) *Tree { return &Tree{root: dir, top: newBranch()} }

// FailAfter has the power fail in the midst of the n-th step from now; 1 is the next.
// From then on nothing works, until Restore or Resume tells what it was.
func (t *Tree) FailAfter(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.armed, t.left = true, n
}

// Off reports whether the power has failed.
func (t *Tree) Off() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.off
}

// Tally returns what happened so far.
func (t *Tree) Tally() Tally {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.tally
}

// Resume ends whatever worked on the Tree, as kill -9 does: what was written stays.
func (t *Tree) Resume() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.off, t.armed = false, false
	t.tally.Kills++
}

// Restore cuts the power, where it has not failed yet, and brings it back. What had not
// been synced is there or not, as r has it.
func (t *Tree) Restore(r *rand.Rand) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.off, t.armed = false, false
	t.tally.Cuts++
	found, _ := t.top.left(newFate(r, &t.tally)).(*branch)
	t.top = found
	entries, err := os.ReadDir(t.root)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(t.root, e.Name())); err != nil {
			return err
		}
	}
	return found.write(t.root)
}

// write puts what is in a branch into a directory.
func (b *branch) write(dir string) error {
	for name, n := range b.now {
		var err error
		path := filepath.Join(dir, name)
		switch n := n.(type) {
		case *branch:
			if err = os.Mkdir(path, 0o700); err == nil {
				err = n.write(path)
			}
		case *inode:
			err = os.WriteFile(path, n.now, 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// step does a step on the Tree and on the real disk. A sync in which the power fails is
// not done; a change is, since it may have got through.
func (t *Tree) step(isSync bool, do func() error) error {
	if t.off {
		return ErrOff
	}
	t.tally.Steps++
	if t.armed {
		if t.left--; t.left <= 0 {
			t.off = true
		}
	}
	if !t.off || !isSync {
		if err := do(); err != nil {
			return err
		}
	}
	if t.off {
		return ErrOff
	}
	if isSync {
		t.tally.Syncs++
	}
	return nil
}

// find returns the directory in which a path is, and its name there.
func (t *Tree) find(op, path string) (dir *branch, name string, err error) {
	in, err := filepath.Rel(t.root, path)
	if err != nil || !filepath.IsLocal(in) || in == "." {
		return nil, "", &fs.PathError{Op: op, Path: path, Err: fs.ErrInvalid}
	}
	parts := strings.Split(filepath.ToSlash(in), "/")
	dir = t.top
	for _, part := range parts[:len(parts)-1] {
		next, ok := dir.now[part].(*branch)
		if !ok {
			return nil, "", &fs.PathError{Op: op, Path: path, Err: fs.ErrNotExist}
		}
		dir = next
	}
	return dir, parts[len(parts)-1], nil
}

// MkdirAll makes a directory and those above it that are not there.
func (t *Tree) MkdirAll(path string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.mkdirAll(path)
}

func (t *Tree) mkdirAll(path string) error {
	if path == t.root {
		return nil
	}
	if err := t.mkdirAll(filepath.Dir(path)); err != nil {
		return err
	}
	dir, name, err := t.find("mkdir", path)
	if err != nil {
		return err
	}
	switch dir.now[name].(type) {
	case *branch:
		return nil
	case *inode:
		return &fs.PathError{Op: "mkdir", Path: path, Err: fs.ErrExist}
	}
	return t.step(false, func() error {
		dir.now[name] = newBranch()
		return os.Mkdir(path, 0o700)
	})
}

// WriteFile writes a file that is not there, in three steps: its name, its content, and
// a sync of that. A write in which the power fails is cut short.
func (t *Tree) WriteFile(path string, content []byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	n, err := t.write(path, content)
	if err != nil {
		return err
	}
	return t.step(true, func() error { n.sync(); return nil })
}

// WriteUnsynced is WriteFile as a careless program has it, without the sync.
func (t *Tree) WriteUnsynced(path string, content []byte) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, err := t.write(path, content)
	return err
}

func (t *Tree) write(path string, content []byte) (*inode, error) {
	dir, name, err := t.find("open", path)
	if err != nil {
		return nil, err
	}
	if dir.now[name] != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrExist}
	}
	n := &inode{}
	err = t.step(false, func() error {
		dir.now[name] = n
		return os.WriteFile(path, nil, 0o600)
	})
	if err != nil || len(content) == 0 {
		return n, err
	}
	return n, t.step(false, func() error {
		if t.off {
			content = content[:len(content)/2]
		}
		n.change(change{data: slices.Clone(content)})
		return os.WriteFile(path, content, 0o600)
	})
}

// SyncDir makes the names in a directory durable.
func (t *Tree) SyncDir(path string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := t.top
	if path != t.root {
		dir, name, err := t.find("open", path)
		if err != nil {
			return err
		}
		var ok bool
		if at, ok = dir.now[name].(*branch); !ok {
			return &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		}
	}
	return t.step(true, func() error { at.synced = maps.Clone(at.now); return nil })
}

// Rename gives a file or a directory another name, in the place of a file that has it.
func (t *Tree) Rename(from, to string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	src, old, err := t.find("rename", from)
	dst, name, errTo := t.find("rename", to)
	if err := errors.Join(err, errTo); err != nil {
		return err
	}
	if src.now[old] == nil {
		return &fs.PathError{Op: "rename", Path: from, Err: fs.ErrNotExist}
	}
	return t.step(false, func() error {
		if err := os.Rename(from, to); err != nil {
			return err
		}
		dst.now[name] = src.now[old]
		delete(src.now, old)
		return nil
	})
}

// RemoveAll removes a file, or a directory with all that is in it, name by name.
func (t *Tree) RemoveAll(path string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	dir, name, err := t.find("remove", path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return t.removeAll(dir, name, path)
}

func (t *Tree) removeAll(dir *branch, name, path string) error {
	if t.off {
		return ErrOff
	}
	if b, ok := dir.now[name].(*branch); ok {
		for _, in := range slices.Sorted(maps.Keys(b.now)) {
			if err := t.removeAll(b, in, filepath.Join(path, in)); err != nil {
				return err
			}
		}
	}
	if dir.now[name] == nil {
		return nil
	}
	return t.step(false, func() error {
		delete(dir.now, name)
		return os.Remove(path)
	})
}
