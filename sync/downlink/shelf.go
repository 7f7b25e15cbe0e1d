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
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
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
	current    = "current" // in bundlesDir; names the directory that counts
)

// Current returns the file that names the bundle in use. It changes when another
// bundle is put in place; the empty path is nowhere.
func (s *Shelf) Current() string {
	if s.dir == "" {
		return ""
	}
	return filepath.Join(s.dir, bundlesDir, current)
}

// InUse returns the version of the bundle in use and its directory; 0: none is.
func (s *Shelf) InUse() (version int64, dir string, err error) {
	if s.dir == "" {
		return 0, "", nil
	}
	data, err := os.ReadFile(s.Current())
	if errors.Is(err, fs.ErrNotExist) {
		return 0, "", nil
	}
	if err != nil {
		return 0, "", fmt.Errorf("bundle in use: %w", err)
	}
	version, err = strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64)
	if err != nil || version < 1 {
		return 0, "", &fault.Error{
			Op: s.Current(), Kind: fault.Invalid, Err: fmt.Errorf("%.20q is no version of a bundle", data),
			Hint: "Remove the file: the station gets the bundle again.",
		}
	}
	return version, s.place(version), nil
}

func (s *Shelf) place(version int64) string {
	return filepath.Join(s.dir, bundlesDir, strconv.FormatInt(version, 10))
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
func (s *Shelf) Pin(text string, enrolled bool) error {
	key, ok := keyOf(text)
	if !ok || s.dir == "" {
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
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("the hub's key: %w", err)
	}
	return atomicfile.WriteFile(filepath.Join(s.dir, keyFile), []byte(hex.EncodeToString(key)+"\n"), 0o600)
}

// Lay writes the files of a bundle into a directory of their own, and returns it.
// Nobody works by them yet. A directory that an earlier try left is made anew.
func (s *Shelf) Lay(b wire.Bundle) (dir string, err error) {
	if err := b.Check(); err != nil {
		return "", err
	}
	dir = s.place(b.Version)
	making := dir + ".new"
	if err := errors.Join(os.RemoveAll(making), os.RemoveAll(dir)); err != nil {
		return "", fmt.Errorf("bundle %d: %w", b.Version, err)
	}
	dirs := map[string]bool{making: true}
	for _, f := range b.Files {
		path := filepath.Join(making, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return "", fmt.Errorf("bundle %d: %w", b.Version, err)
		}
		dirs[filepath.Dir(path)] = true
		if err := atomicfile.WriteFile(path, f.Content, 0o600); err != nil {
			return "", fmt.Errorf("bundle %d: %w", b.Version, err)
		}
	}
	for d := range dirs {
		if err := atomicfile.SyncDir(d); err != nil {
			return "", fmt.Errorf("bundle %d: %w", b.Version, err)
		}
	}
	if err := os.Rename(making, dir); err != nil {
		return "", fmt.Errorf("bundle %d: %w", b.Version, err)
	}
	return dir, errors.Join(atomicfile.SyncDir(filepath.Dir(dir)), atomicfile.SyncDir(s.dir))
}

// Use puts a bundle in place that was laid: with one rename, durably.
func (s *Shelf) Use(version int64) error {
	if err := atomicfile.WriteFile(s.Current(), []byte(strconv.FormatInt(version, 10)+"\n"), 0o600); err != nil {
		return fmt.Errorf("bundle %d: %w", version, err)
	}
	return nil
}

// Tidy removes every bundle but those of the versions to keep.
func (s *Shelf) Tidy(keep ...int64) error {
	entries, err := os.ReadDir(filepath.Join(s.dir, bundlesDir))
	if err != nil {
		return fmt.Errorf("old bundles: %w", err)
	}
	kept := map[string]bool{current: true}
	for _, v := range keep {
		kept[strconv.FormatInt(v, 10)] = true
	}
	var errs []error
	for _, e := range entries {
		if e.IsDir() && !kept[e.Name()] {
			errs = append(errs, os.RemoveAll(filepath.Join(s.dir, bundlesDir, e.Name())))
		}
	}
	return errors.Join(errs...)
}
