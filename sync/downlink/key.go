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
	"strings"

	"waybill/internal/atomicfile"
	"waybill/internal/fault"
)

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
	if err := s.makeDir(s.dir); err != nil {
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
