// Package downlink brings to the station what the hub has for it: rules and label
// templates as a bundle, and words about orders. It believes nothing that the hub's
// key has not signed, and puts a bundle in place as a whole or not at all.
//
// What a bundle's files mean it does not know; whoever works by them looks at them
// before they are put in place. It sends nothing: that is package uplink's.
package downlink

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"waybill/internal/atomicfile"
	"waybill/internal/fault"
	"waybill/sync/wire"
)

// A Shelf is where a station keeps what the hub gave it: the key by which it knows
// the hub, and the bundles, each in a directory of its own. One process writes.
type Shelf struct{ dir string }

// NewShelf returns the shelf in a directory, which need not be there yet; the empty
// one is nowhere.
func NewShelf(dir string) *Shelf { return &Shelf{dir: dir} }

const (
	keyFile    = "signing.pub"
	bundlesDir = "bundles"
	current    = "current" // in bundlesDir; says which bundle counts
)

// A Placed is a bundle on the shelf.
type Placed struct {
	Version int64          `json:"version"`
	SHA256  string         `json:"sha256"` // of its files, as wire.DigestFiles has it
	Key     string         `json:"key"`    // that it was signed with; another hub's versions are other ones
	Made    wire.Timestamp `json:"made"`   // by the hub's clock

	// Before is the one whose place it took. It stays on the shelf, for a station that
	// cannot work by this one.
	Before *Placed `json:"before,omitempty"`
}

// name returns the name of its directory. Two bundles of one version, of two hubs,
// have two.
func (p Placed) name() string { return fmt.Sprintf("%d-%.12s", p.Version, p.SHA256) }

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
			Hint: "Remove the file: the station works by its own rules until the hub gives it the bundle again.",
		}
	}
	return p, nil
}

// Dir returns the directory of a bundle's files.
func (s *Shelf) Dir(p Placed) string { return filepath.Join(s.dir, bundlesDir, p.name()) }

// Whole says what is wrong with a bundle's files as they stand on the disk: nobody
// is to work by files that were edited, or of which some are gone.
func (s *Shelf) Whole(p Placed) error {
	files, err := readFiles(s.Dir(p))
	if err == nil && wire.DigestFiles(files) != p.SHA256 {
		err = errors.New("its files are not as the hub gave them")
	}
	if err != nil {
		return fmt.Errorf("bundle %d in %s: %w", p.Version, s.Dir(p), err)
	}
	return nil
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

// Key returns the hub's key; nil: the station does not know it yet.
func (s *Shelf) Key() (ed25519.PublicKey, error) {
	if s.dir == "" {
		return nil, nil
	}
	text, err := os.ReadFile(filepath.Join(s.dir, keyFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the hub's key: %w", err)
	}
	key, ok := keyOf(string(text))
	if !ok {
		return nil, &fault.Error{
			Op: filepath.Join(s.dir, keyFile), Kind: fault.Invalid, Err: errors.New("that is no key"),
			Hint: "Enrol the station again.",
		}
	}
	return key, nil
}

func keyOf(text string) (ed25519.PublicKey, bool) {
	key, err := hex.DecodeString(strings.TrimSpace(text))
	return key, err == nil && len(key) == ed25519.PublicKeySize
}

// Pin keeps the hub's key, in hex: at an enrolment in the place of another, since a
// person has said with the code which hub it is; otherwise only where there is none.
// A hub that tells no key at an enrolment has the one of before forgotten: it is not
// this hub's, and the first that is told will be kept.
func (s *Shelf) Pin(text string, enrolled bool) error {
	key, ok := keyOf(text)
	switch {
	case s.dir == "":
		return nil
	case !ok && enrolled:
		return s.unpin()
	case !ok:
		return nil // of a hub that signs nothing
	}
	have, err := s.Key()
	switch {
	case err == nil && bytes.Equal(have, key):
		return nil
	case enrolled || err == nil && have == nil:
	case err != nil:
		return err
	default:
		return &fault.Error{
			Op: "the hub's key", Kind: fault.Permanent, Err: errors.New("it is another than at the enrolment"),
			Hint: "If the hub's store was made anew, enrol the station again; if not, find out who answers in its place.",
		}
	}
	if err := makeDir(s.dir); err != nil {
		return fmt.Errorf("the hub's key: %w", err)
	}
	return atomicfile.WriteFile(filepath.Join(s.dir, keyFile), []byte(hex.EncodeToString(key)+"\n"), 0o600)
}

func (s *Shelf) unpin() error {
	err := os.Remove(filepath.Join(s.dir, keyFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = atomicfile.SyncDir(s.dir)
	}
	if err != nil {
		return fmt.Errorf("the key of the hub before: %w", err)
	}
	return nil
}

// makeDir makes a directory, durably: one whose name a power cut takes away takes
// what is in it along.
func makeDir(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	return atomicfile.SyncDir(filepath.Dir(dir))
}

// Lay writes the files of a bundle that a key has signed into a directory of their
// own. Nobody works by them yet. A directory that an earlier try left is made anew.
func (s *Shelf) Lay(b wire.Bundle, key ed25519.PublicKey) (p Placed, err error) {
	if err := b.Check(); err != nil {
		return p, err
	}
	p = Placed{Version: b.Version, SHA256: wire.DigestFiles(b.Files), Key: hex.EncodeToString(key), Made: b.Made}
	if err := s.lay(s.Dir(p), b.Files); err != nil {
		return p, fmt.Errorf("bundle %d: %w", b.Version, err)
	}
	return p, nil
}

func (s *Shelf) lay(dir string, files []wire.BundleFile) error {
	if err := errors.Join(makeDir(s.dir), makeDir(filepath.Dir(dir))); err != nil {
		return err
	}
	making := dir + ".new"
	if err := errors.Join(os.RemoveAll(making), os.RemoveAll(dir), os.Mkdir(making, 0o700)); err != nil {
		return err
	}
	dirs := map[string]bool{".": true} // with those that hold no file but a directory
	for _, f := range files {
		for d := path.Dir(f.Name); !dirs[d]; d = path.Dir(d) {
			dirs[d] = true
		}
		name := filepath.Join(making, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			return err
		}
		if err := atomicfile.WriteFile(name, f.Content, 0o600); err != nil {
			return err
		}
	}
	for d := range dirs {
		if err := atomicfile.SyncDir(filepath.Join(making, filepath.FromSlash(d))); err != nil {
			return err
		}
	}
	if err := os.Rename(making, dir); err != nil {
		return err
	}
	return atomicfile.SyncDir(filepath.Dir(dir))
}

// Use puts a bundle in place that was laid: with one rename, durably.
func (s *Shelf) Use(p Placed) error {
	was, err := s.InUse()
	switch {
	case err != nil:
		return err
	case was.Version > 0 && was.name() == p.name():
		p.Before = was.Before // it was laid again
	case was.Version > 0:
		was.Before = nil
		p.Before = &was
	}
	text, err := json.Marshal(p)
	if err == nil {
		err = atomicfile.WriteFile(s.Current(), append(text, '\n'), 0o600)
	}
	if err != nil {
		return fmt.Errorf("bundle %d: %w", p.Version, err)
	}
	return nil
}

// Tidy removes every bundle but the one in use and the one before it.
func (s *Shelf) Tidy() error {
	p, err := s.InUse()
	if err != nil || p.Version == 0 {
		return err
	}
	kept := map[string]bool{p.name(): true}
	if p.Before != nil {
		kept[p.Before.name()] = true
	}
	entries, err := os.ReadDir(filepath.Join(s.dir, bundlesDir))
	if err != nil {
		return fmt.Errorf("old bundles: %w", err)
	}
	var errs []error
	for _, e := range entries {
		if e.IsDir() && !kept[e.Name()] {
			errs = append(errs, os.RemoveAll(filepath.Join(s.dir, bundlesDir, e.Name())))
		}
	}
	return errors.Join(errs...)
}
