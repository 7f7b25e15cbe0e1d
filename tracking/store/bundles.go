package store

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"waybill/internal/fault"
	"waybill/sync/wire"
	"waybill/tracking"
)

// signingKey is where the seed stands in meta: with the data, so that every hub of
// one database signs alike and a backup has it.
const signingKey = "signing_seed"

// SigningKey returns the key by which stations know what is the hub's, and makes it
// where there is none.
func (s *Store) SigningKey(ctx context.Context) (ed25519.PrivateKey, error) {
	text, err := s.metaValue(ctx, signingKey)
	if errors.Is(err, sql.ErrNoRows) {
		seed := make([]byte, ed25519.SeedSize)
		if _, err := rand.Read(seed); err != nil {
			return nil, fmt.Errorf("signing key: %w", err)
		}
		err = s.submit(ctx, func(ctx context.Context, b *batch) error {
			_, err := b.exec(ctx, `INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO NOTHING`, signingKey, hex.EncodeToString(seed))
			return err
		})
		if err == nil {
			text, err = s.metaValue(ctx, signingKey) // another hub may have been first
		}
	}
	if err != nil {
		return nil, fmt.Errorf("signing key: %w", err)
	}
	seed, err := hex.DecodeString(text)
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, &fault.Error{
			Op: "signing key", Kind: fault.Permanent, Err: errors.New("what the store has for it is none"),
			Hint: "Restore the store from a backup.",
		}
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

func (s *Store) metaValue(ctx context.Context, key string) (string, error) {
	var value string
	err := s.read.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = ?`, key).Scan(&value)
	return value, err
}

// maxVersion is the highest whole number below which every reader of JSON has each
// exactly (RFC 8259, section 6).
const maxVersion = 1<<53 - 1

// PutBundle makes files what stations work by, under the next version that is above
// what the draft says. Where they are what stations work by already, under such a
// version, nothing is made and that version returned: the same may be said twice.
func (s *Store) PutBundle(ctx context.Context, d tracking.BundleDraft) (tracking.BundleInfo, error) {
	files := slices.Clone(d.Files)
	slices.SortFunc(files, func(a, b wire.BundleFile) int { return strings.Compare(a.Name, b.Name) })
	if err := wire.CheckFiles(files); err != nil {
		return tracking.BundleInfo{}, &fault.Error{Op: "bundle", Kind: fault.Invalid, Err: err}
	}
	if err := checkAbove(d.Above); err != nil {
		return tracking.BundleInfo{}, err
	}
	blob, err := json.Marshal(files)
	if err != nil {
		return tracking.BundleInfo{}, fmt.Errorf("bundle: %w", err)
	}
	draft := tracking.BundleInfo{By: d.By, Note: d.Note, SHA256: wire.DigestFiles(files), Files: len(files)}
	for _, f := range files {
		draft.Bytes += int64(len(f.Content))
	}
	var next tracking.BundleInfo
	err = s.submit(ctx, func(ctx context.Context, b *batch) error {
		last, found, err := bundleBy(ctx, b.tx, "ORDER BY version DESC LIMIT 1")
		if err != nil {
			return errGiveUp{err}
		}
		if found && last.SHA256 == draft.SHA256 && last.Version > d.Above {
			next = last
			return nil
		}
		next = draft
		return s.addBundle(ctx, b, max(last.Version, d.Above), &next, blob)
	})
	if err != nil {
		return tracking.BundleInfo{}, fmt.Errorf("bundle: %w", err)
	}
	return next, nil
}

func checkAbove(version int64) error {
	if version < 0 || version >= maxVersion {
		return &fault.Error{
			Op: "bundle", Kind: fault.Invalid, Err: fmt.Errorf("above %d there is no version", version),
			Hint: "Give the version that the station says it works by.",
		}
	}
	return nil
}

// addBundle writes a bundle as the one after the version last.
func (s *Store) addBundle(ctx context.Context, b *batch, last int64, next *tracking.BundleInfo, blob []byte) error {
	now := s.now()
	next.Version, next.Made = last+1, wire.Timestamp(fromMillis(millis(now)))
	_, err := b.exec(ctx, `INSERT INTO bundles (version, made, made_by, note, again, sha256, files, bytes, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		next.Version, millis(now), next.By, next.Note, next.Again, next.SHA256, next.Files, next.Bytes, blob)
	return err
}

// RollBack makes the files of an earlier version what stations work by, under the next
// version that is above what is asked for: for a station versions only grow, so that no
// old bundle can be slipped in. Where those files are what stations work by already,
// under such a version, nothing is made.
func (s *Store) RollBack(ctx context.Context, to tracking.BundleReturn) (tracking.BundleInfo, error) {
	if err := checkAbove(to.Above); err != nil {
		return tracking.BundleInfo{}, err
	}
	var next tracking.BundleInfo
	err := s.submit(ctx, func(ctx context.Context, b *batch) error {
		last, _, err := bundleBy(ctx, b.tx, "ORDER BY version DESC LIMIT 1")
		if err != nil {
			return errGiveUp{err}
		}
		old, found, err := bundleBy(ctx, b.tx, "WHERE version = ?", to.To)
		if err != nil {
			return errGiveUp{err}
		}
		switch {
		case !found:
			return &fault.Error{
				Op: fmt.Sprintf("version %d", to.To), Kind: fault.NotFound, Err: errors.New("there is no such bundle"),
				Hint: "waybill hub bundles list names those that there are.",
			}
		case old.SHA256 == last.SHA256 && last.Version > to.Above:
			next = last
			return nil
		}
		var blob []byte
		if err := b.tx.QueryRowContext(ctx, `SELECT content FROM bundles WHERE version = ?`, to.To).Scan(&blob); err != nil {
			return errGiveUp{err}
		}
		next = old
		next.By, next.Note, next.Again = to.By, to.Note, to.To
		return s.addBundle(ctx, b, max(last.Version, to.Above), &next, blob)
	})
	if err != nil {
		return tracking.BundleInfo{}, fmt.Errorf("roll-back: %w", err)
	}
	return next, nil
}

// bundleBy returns a bundle without its files.
func bundleBy(ctx context.Context, tx rowQuerier, where string, args ...any) (info tracking.BundleInfo, found bool, err error) {
	err = scanBundle(tx.QueryRowContext(ctx, `SELECT `+bundleColumns+` FROM bundles `+where, args...), &info)
	if errors.Is(err, sql.ErrNoRows) {
		return info, false, nil
	}
	return info, err == nil, err
}

const bundleColumns = `version, made, made_by, note, again, sha256, files, bytes`

// scanner is a row.
type scanner interface{ Scan(into ...any) error }

func scanBundle(row scanner, info *tracking.BundleInfo) error {
	var made int64
	err := row.Scan(&info.Version, &made, &info.By, &info.Note, &info.Again, &info.SHA256, &info.Files, &info.Bytes)
	info.Made = wire.Timestamp(fromMillis(made))
	return err
}

// Bundles returns every bundle there ever was, the newest first.
func (s *Store) Bundles(ctx context.Context) ([]tracking.BundleInfo, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT `+bundleColumns+` FROM bundles ORDER BY version DESC`)
	if err != nil {
		return nil, fmt.Errorf("bundles: %w", err)
	}
	defer rows.Close()
	var list []tracking.BundleInfo
	for rows.Next() {
		var info tracking.BundleInfo
		if err := scanBundle(rows, &info); err != nil {
			return nil, fmt.Errorf("bundles: %w", err)
		}
		list = append(list, info)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("bundles: %w", err)
	}
	return list, nil
}

// Bundle returns what stations are to work by. The error is of kind fault.NotFound
// where nobody has said.
func (s *Store) Bundle(ctx context.Context) (wire.Bundle, error) {
	var info tracking.BundleInfo
	var made int64
	var blob []byte
	err := s.read.QueryRowContext(ctx, `SELECT version, made, made_by, note, again, content FROM bundles ORDER BY version DESC LIMIT 1`).
		Scan(&info.Version, &made, &info.By, &info.Note, &info.Again, &blob)
	if errors.Is(err, sql.ErrNoRows) {
		return wire.Bundle{}, &fault.Error{Op: "bundle", Kind: fault.NotFound, Err: errors.New("there is none")}
	}
	bundle := wire.Bundle{Version: info.Version, Made: wire.Timestamp(fromMillis(made)), By: info.By, Note: info.Note, Again: info.Again}
	if err == nil {
		err = json.Unmarshal(blob, &bundle.Files)
	}
	if err != nil {
		return wire.Bundle{}, fmt.Errorf("bundle: %w", err)
	}
	return bundle, nil
}

// BundleVersion returns the version of what stations are to work by, and what tells
// its files from others; 0: nobody has said.
func (s *Store) BundleVersion(ctx context.Context) (version int64, sha256 string, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT version, sha256 FROM bundles ORDER BY version DESC LIMIT 1`).Scan(&version, &sha256)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, "", fmt.Errorf("bundle: %w", err)
	}
	return version, sha256, nil
}
