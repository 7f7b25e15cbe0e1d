// Package powercut has disks for tests whose power fails. What was written and not yet
// synced is lost then, or part of it, in any order, as on a real one. What was synced is
// never lost: a disk that lies about that is not what they are for.
//
// SQLite works on a Disk, through a VFS, and anything else by Open. It is one folder, in
// memory. Its syncs can be made to fail as well, after which it does as Linux does.
//
// Programs that keep files in folders work on a Tree, which is beside a real directory:
// names, too, are lost with the power there, unless the folder that they are in was synced.
package powercut

import (
	"errors"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/vfs"

	"waybill/internal/raced"
)

// ErrOff is why nothing can be done while the power is off, or the process killed.
var ErrOff = errors.New("the power is off")

// ErrSync is how a sync fails that FailSyncs has spoilt.
var ErrSync = errors.New("input/output error")

// A Disk is a folder of files and the power that it needs. Its methods may be
// called by many goroutines at once.
type Disk struct {
	name string
	dir  string

	mu      sync.Mutex
	entries map[string]*inode // as programs see the folder
	synced  map[string]*inode // as it is found after a cut, at the least
	life    int               // how often the power came back: what was opened before is of no use
	armed   bool
	left    int // steps until the power fails, where armed
	inSync  bool
	off     bool
	failing *failing // nil: syncs do not fail
	tally   Tally
}

// failing says which syncs fail, and what becomes of what they were to write.
type failing struct {
	r      *rand.Rand
	which  func(n int) bool
	synced int // tried since
}

// A Tally is what happened to a disk.
type Tally struct {
	Steps int // writes, truncations, syncs, new and deleted files
	Syncs int // of files, among them
	Cuts  int
	Kills int
	Kept  int // steps that had not been synced when the power failed, and were there afterwards
	Lost  int // those that were not
	Torn  int // writes of which some sectors were there

	FailedSyncs int
}

// Skip skips a test where SQLite has no disks of this kind: its connections share no
// memory on every system. It also leaves it to the run without the race detector.
func Skip(t testing.TB) {
	t.Helper()
	raced.Skip(t)
	if !vfs.SupportsSharedMemory {
		t.Skip("SQLite's connections share no memory here")
	}
}

// New returns an empty disk. dir is a folder of its own on a real one, for the memory
// that SQLite's connections share, which no power cut survives.
func New(dir string) *Disk {
	d := &Disk{name: "powercut:" + dir, dir: dir, entries: map[string]*inode{}, synced: map[string]*inode{}}
	vfs.Register(d.name, (*system)(d))
	return d
}

// Close forgets the disk.
func (d *Disk) Close() { vfs.Unregister(d.name) }

// VFS returns the name by which SQLite finds the disk.
func (d *Disk) VFS() string { return d.name }

// FailAfter has the power fail in the midst of the n-th step from now that changes
// the disk; 1 is the next. From then on nothing works, until Restore or Resume tells
// what it was.
func (d *Disk) FailAfter(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.armed, d.left = true, n
}

// FailInSync has the power fail in the next sync: what comes before it is written.
func (d *Disk) FailInSync() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.inSync = true
}

// FailSyncs has those syncs of files fail of which which says so, counted from 1, until
// Restore or Resume. What was to be written is on disk then or not, as r has it, and
// taken for written either way: a later sync leaves it as it is.
func (d *Disk) FailSyncs(r *rand.Rand, which func(n int) bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failing = &failing{r: r, which: which}
}

// Off reports whether the power has failed.
func (d *Disk) Off() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.off
}

// Tally returns what happened so far.
func (d *Disk) Tally() Tally {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.tally
}

// Restore cuts the power, where it has not failed yet, and brings it back. What had
// not been synced is there or not, as r has it.
func (d *Disk) Restore(r *rand.Rand) {
	d.mu.Lock()
	defer d.mu.Unlock()
	fate := newFate(r, &d.tally)
	names := maps.Clone(d.synced)
	maps.Copy(names, d.entries)
	found := map[string]*inode{}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		n, now := d.synced[name], d.entries[name]
		if n != now && fate.keep() {
			n = now
		}
		if n != nil {
			found[name] = n.after(fate)
		}
	}
	d.entries, d.synced = found, maps.Clone(found)
	d.life++
	d.off, d.armed, d.inSync, d.failing = false, false, false, nil
	d.tally.Cuts++
}

// Resume ends whatever worked on the disk, as kill -9 does, and leaves what was written
// where it was: in the system's memory, synced or not.
func (d *Disk) Resume() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.life++
	d.off, d.armed, d.inSync, d.failing = false, false, false, nil
	d.tally.Kills++
}

// Remove takes away, durably, what has a name that gone says.
func (d *Disk) Remove(gone func(name string) bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, names := range []map[string]*inode{d.entries, d.synced} {
		maps.DeleteFunc(names, func(name string, _ *inode) bool { return gone(name) })
	}
}

// step is called for each step, under the lock. do is not done where it is the sync
// in which the power fails; a change is, since it may have got through.
func (d *Disk) step(isSync bool, do func()) error {
	if d.off {
		return ErrOff
	}
	d.tally.Steps++
	if d.armed {
		if d.left--; d.left <= 0 {
			d.off = true
		}
	}
	if isSync && d.inSync {
		d.off = true
	}
	if !d.off || !isSync {
		do()
	}
	if d.off {
		return ErrOff
	}
	if isSync {
		d.tally.Syncs++
	}
	return nil
}

// syncFails reports whether a sync of n fails, and has it fail.
func (d *Disk) syncFails(n *inode) bool {
	f := d.failing
	if f == nil {
		return false
	}
	f.synced++
	if !f.which(f.synced) {
		return false
	}
	n.failSync(f.r)
	d.tally.FailedSyncs++
	return true
}

// Open opens a file that is there, beside SQLite.
func (d *Disk) Open(name string) (*File, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off {
		return nil, ErrOff
	}
	n := d.entries[name]
	if n == nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &File{d: d, n: n, name: name, life: d.life}, nil
}

// system is a disk as SQLite wants it.
type system Disk

// Open opens a file, and makes it where SQLite asks for that.
func (s *system) Open(name string, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	d := (*Disk)(s)
	const kept = vfs.OPEN_MAIN_DB | vfs.OPEN_MAIN_JOURNAL | vfs.OPEN_WAL
	if name == "" || flags&kept == 0 {
		return nil, flags, sqlite3.CANTOPEN // temporary files, which a journal keeps in memory
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off {
		return nil, flags, vfs.SystemError(ErrOff, sqlite3.CANTOPEN)
	}
	f := &File{d: d, n: d.entries[name], name: name, life: d.life, readOnly: flags&vfs.OPEN_READONLY != 0}
	if f.n == nil {
		if flags&vfs.OPEN_CREATE == 0 {
			return nil, flags, sqlite3.CANTOPEN
		}
		f.n = &inode{}
		if err := d.step(false, func() { d.entries[name] = f.n }); err != nil {
			return nil, flags, vfs.SystemError(err, sqlite3.CANTOPEN)
		}
		if flags&vfs.OPEN_MAIN_DB != 0 {
			d.synced[name] = f.n // whoever has a journal made has made its name durable first
		}
	}
	f.syncFolder = flags&vfs.OPEN_CREATE != 0 && flags&vfs.OPEN_MAIN_DB == 0 // as SQLite does on Unix, new or not
	if flags&vfs.OPEN_MAIN_DB != 0 {
		f.shm = vfs.NewSharedMemory(d.dir+"/shm-"+strconv.Itoa(d.life), flags)
	}
	return f, flags, nil
}

// Delete takes a file out of the folder.
func (s *system) Delete(name string, syncDir bool) error {
	d := (*Disk)(s)
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.off && d.entries[name] == nil {
		return sqlite3.IOERR_DELETE_NOENT
	}
	if err := d.step(false, func() { delete(d.entries, name) }); err != nil {
		return vfs.SystemError(err, sqlite3.IOERR_DELETE)
	}
	if !syncDir {
		return nil
	}
	return vfs.SystemError(d.step(true, d.syncFolder), sqlite3.IOERR_DIR_FSYNC)
}

func (d *Disk) syncFolder() { d.synced = maps.Clone(d.entries) }

// Access reports whether a file is there.
func (s *system) Access(name string, _ vfs.AccessFlag) (bool, error) {
	d := (*Disk)(s)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.off {
		return false, vfs.SystemError(ErrOff, sqlite3.IOERR_ACCESS)
	}
	return d.entries[name] != nil, nil
}

// FullPathname returns the name as it is.
func (*system) FullPathname(name string) (string, error) { return name, nil }
