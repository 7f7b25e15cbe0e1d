// Package downlink brings to the station what the hub has for it: rules and label
// templates as a bundle, and words about orders. It believes nothing that the hub's
// key has not signed, and puts a bundle in place as a whole or not at all.
//
// What a bundle's files mean it does not know; whoever works by them looks at them
// before they are put in place. It sends nothing: that is package uplink's.
package downlink

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"

	"waybill/internal/fault"
	"waybill/sync/wire"
)

// A Shelf is where a station keeps what the hub gave it: the key by which it knows
// the hub, and the bundles, each in a directory of its own. One process writes.
type Shelf struct {
	dir  string
	disk disk
}

// NewShelf returns the shelf in a directory, which need not be there yet; the empty
// one is nowhere.
func NewShelf(dir string) *Shelf { return &Shelf{dir: dir, disk: realDisk{}} }

// ErrDamaged is why nobody works by a bundle whose files are not as the hub gave them.
var ErrDamaged = errors.New("its files are not as the hub gave them")

const (
	keyFile    = "signing.pub"
	bundlesDir = "bundles"
	current    = "current" // in bundlesDir; says which bundle counts
	making     = ".new"    // ends the name of what is not whole yet
)

// A Placed is a bundle on the shelf.
type Placed struct {
	Version int64          `json:"version"`
	SHA256  string         `json:"sha256"` // of its files, as wire.DigestFiles has it
	Key     string         `json:"key"`    // that it was signed with; another hub's versions are other ones
	Made    wire.Timestamp `json:"made"`   // by the hub's clock

	// Files are the names of its files; whatever else lies in its directory is not part
	// of it. Empty where a version before this one has placed it: all that is there.
	Files []string `json:"files,omitempty"`

	// Mended is when it was laid again, because its files had been damaged, by the station's
	// clock; zero: never.
	Mended wire.Timestamp `json:"mended,omitzero"`

	// Mends is how often that was so, one time soon after the other.
	Mends int `json:"mends,omitempty"`

	// Before is the one that the station worked by. It stays on the shelf, for a station
	// that cannot work by this one.
	Before *Placed `json:"before,omitempty"`
}

// name returns the name of its directory. Two bundles of one version, of two hubs,
// have two.
func (p Placed) name() string { return fmt.Sprintf("%d-%.12s", p.Version, p.SHA256) }

// same reports whether both are one bundle of one hub.
func (p Placed) same(o Placed) bool { return p.name() == o.name() && p.Key == o.Key }

// Current returns the file that names the bundle in use. It changes when another
// bundle is put in place; the empty path is nowhere.
func (s *Shelf) Current() string {
	if s.dir == "" {
		return ""
	}
	return filepath.Join(s.dir, bundlesDir, current)
}

// InUse returns the bundle that was put in place; version 0: none was.
func (s *Shelf) InUse() (p Placed, err error) {
	if s.dir == "" {
		return p, nil
	}
	data, err := os.ReadFile(s.Current())
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return p, fmt.Errorf("bundle in use: %w", err)
	}
	if err = json.Unmarshal(data, &p); err == nil && (p.Version < 1 || len(p.SHA256) != hex.EncodedLen(sha256.Size)) {
		err = errors.New("it names no bundle")
	}
	if err != nil {
		return Placed{}, &fault.Error{
			Op: s.Current(), Kind: fault.Invalid, Err: err,
			Hint: "The station works by its own rules until the hub gives it the bundle again.",
		}
	}
	return p, nil
}

// Dir returns the directory of a bundle's files.
func (s *Shelf) Dir(p Placed) string { return filepath.Join(s.dir, bundlesDir, p.name()) }

// Whole says what is wrong with a bundle's files as they stand on the disk: nobody
// is to work by files that were edited, or of which some are gone. What a file manager
// has put beside them is not looked at.
func (s *Shelf) Whole(p Placed) error {
	read := readFiles
	if len(p.Files) > 0 {
		read = func(dir string) ([]wire.BundleFile, error) { return readNamed(dir, p.Files) }
	}
	files, err := read(s.Dir(p))
	switch {
	case err != nil:
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	case wire.DigestFiles(files) != p.SHA256:
		err = ErrDamaged
	default:
		return nil
	}
	return fmt.Errorf("bundle %d in %s: %w", p.Version, s.Dir(p), err)
}

// readNamed returns the files of a directory that have one of the names.
func readNamed(dir string, names []string) ([]wire.BundleFile, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	files, size := make([]wire.BundleFile, 0, len(names)), int64(0)
	for _, name := range names {
		info, err := root.Stat(filepath.FromSlash(name))
		if err != nil {
			return nil, err
		}
		if size += info.Size(); size > wire.MaxBundleBytes {
			return nil, fmt.Errorf("%s: it is longer than any file of a bundle", name)
		}
		content, err := root.ReadFile(filepath.FromSlash(name))
		if err != nil {
			return nil, err
		}
		files = append(files, wire.BundleFile{Name: name, Content: content})
	}
	return files, nil
}

// readFiles returns what is in a directory, and no more of it than fits a bundle.
func readFiles(dir string) (files []wire.BundleFile, err error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	size := int64(0)
	err = fs.WalkDir(root.FS(), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		if size += info.Size(); size > wire.MaxBundleBytes || len(files) >= wire.MaxBundleFiles {
			return errors.New("there is more in it than a bundle has")
		}
		content, err := root.ReadFile(name)
		files = append(files, wire.BundleFile{Name: name, Content: content})
		return err
	})
	return files, err
}

// makeDir makes a directory, durably: one whose name a power cut takes away takes
// what is in it along. One that is there may be of a process that was killed before it
// could sync the name.
func (s *Shelf) makeDir(dir string) error {
	if err := s.disk.MkdirAll(dir); err != nil {
		return err
	}
	return s.disk.SyncDir(filepath.Dir(dir))
}

// Lay writes the files of a bundle that a key has signed into a directory of their
// own. Nobody works by them yet. A directory that is there already is kept if the files
// in it are those, since somebody may work by them, and made anew if not.
func (s *Shelf) Lay(b wire.Bundle, key ed25519.PublicKey) (p Placed, err error) {
	if err := b.Check(); err != nil {
		return p, err
	}
	p = Placed{Version: b.Version, SHA256: wire.DigestFiles(b.Files), Key: hex.EncodeToString(key), Made: b.Made}
	for _, f := range b.Files {
		p.Files = append(p.Files, f.Name)
	}
	if err := s.lay(p, b.Files); err != nil {
		return p, fmt.Errorf("bundle %d: %w", b.Version, err)
	}
	return p, nil
}

func (s *Shelf) lay(p Placed, files []wire.BundleFile) error {
	dir := s.Dir(p)
	if err := errors.Join(s.makeDir(s.dir), s.makeDir(filepath.Dir(dir))); err != nil {
		return err
	}
	if s.Whole(p) == nil {
		return errors.Join(s.clear(dir, p.Files), s.disk.SyncDir(filepath.Dir(dir)))
	}
	half := dir + making
	err := errors.Join(s.disk.RemoveAll(half), s.disk.MkdirAll(half))
	if err == nil {
		err = s.fill(half, files)
	}
	if err != nil {
		return errors.Join(err, s.disk.RemoveAll(half)) // a full disk is not to be kept full
	}
	if err := errors.Join(s.disk.RemoveAll(dir), s.disk.Rename(half, dir)); err != nil {
		return err
	}
	return s.disk.SyncDir(filepath.Dir(dir))
}

// clear removes what lies beside the files of a bundle: whoever tries it reads all that
// is in its directory.
func (s *Shelf) clear(dir string, names []string) error {
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil || slices.Contains(names, filepath.ToSlash(name)) {
			return err
		}
		return s.disk.RemoveAll(path)
	})
}

// Drop removes a bundle that was laid and is not to be used, unless it is in place or the
// one before that.
func (s *Shelf) Drop(p Placed) error {
	in, err := s.InUse()
	if err != nil || in.name() == p.name() || in.Before != nil && in.Before.name() == p.name() {
		return nil // nobody can say what is in use, or it is
	}
	return s.disk.RemoveAll(s.Dir(p))
}

// fill writes files into a new directory, durably but for the directory's own name.
func (s *Shelf) fill(dir string, files []wire.BundleFile) error {
	dirs := map[string]bool{".": true} // with those that hold no file but a directory
	for _, f := range files {
		for d := path.Dir(f.Name); !dirs[d]; d = path.Dir(d) {
			dirs[d] = true
		}
		name := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := s.disk.MkdirAll(filepath.Dir(name)); err != nil {
			return err
		}
		if err := s.disk.WriteFile(name, f.Content); err != nil {
			return err
		}
	}
	for _, d := range slices.Sorted(maps.Keys(dirs)) {
		if err := s.disk.SyncDir(filepath.Join(dir, filepath.FromSlash(d))); err != nil {
			return err
		}
	}
	return nil
}

// Use puts a bundle in place that was laid: with one rename, durably. works is the
// directory of the bundle that the station works by at this time, empty where it works
// by its own rules. That one is kept as the one before, if it is whole.
func (s *Shelf) Use(p Placed, works string) error {
	was, err := s.InUse()
	if err != nil {
		was = Placed{} // what cannot be read is written anew
	}
	p.Before = s.before(p, was, works)
	text, err := json.Marshal(p)
	if err == nil {
		err = s.point(append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("bundle %d: %w", p.Version, err)
	}
	return nil
}

// before returns what a station goes back to that cannot work by p: what it works by
// now, or else the newest that is whole; nil: there is none.
func (s *Shelf) before(p, was Placed, works string) *Placed {
	var old []Placed
	if was.Version > 0 {
		old = append(old, was)
	}
	if was.Before != nil {
		old = append(old, *was.Before)
	}
	if len(old) == 2 && s.Dir(old[1]) == works {
		slices.Reverse(old)
	}
	for _, o := range old {
		if o.name() != p.name() && s.Whole(o) == nil {
			o.Before = nil
			return &o
		}
	}
	return nil
}

// point has the file that names the bundle in use say something else.
func (s *Shelf) point(text []byte) error {
	half := s.Current() + making
	if err := errors.Join(s.disk.RemoveAll(half), s.disk.WriteFile(half, text)); err != nil {
		return err
	}
	if err := s.disk.Rename(half, s.Current()); err != nil {
		return err
	}
	return s.disk.SyncDir(filepath.Dir(s.Current()))
}

// Tidy removes every bundle but the one in use and the one before it, and what a crash
// has left half made.
func (s *Shelf) Tidy() error {
	p, err := s.InUse()
	if err != nil || p.Version == 0 {
		return err
	}
	kept := map[string]bool{p.name(): true}
	if p.Before != nil {
		kept[p.Before.name()] = true
	}
	// What names the one in use may not be durable yet, after a kill: a power cut is not to
	// bring back the name of what is removed here.
	dir := filepath.Join(s.dir, bundlesDir)
	err = s.disk.SyncDir(dir)
	entries, readErr := os.ReadDir(dir)
	if err := errors.Join(err, readErr); err != nil {
		return fmt.Errorf("old bundles: %w", err)
	}
	var errs []error
	for _, e := range entries {
		if e.IsDir() && !kept[e.Name()] || e.Name() == current+making {
			errs = append(errs, s.disk.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return errors.Join(errs...)
}
