package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"waybill/internal/atomicfile"
)

// wholeAtStart is how large a file is checked as a whole before it is used. Reading
// more takes longer than a packer should wait: a million events are a gigabyte, and a
// second at best.
const wholeAtStart = 64 << 20

// checkLarge looks whether the file is large, and then whether its documents can be
// found. What keeps it from telling is no error: SQLite judges then.
func (j *Journal) checkLarge(ctx context.Context) error {
	info, err := os.Stat(j.o.Path)
	if err != nil {
		return fmt.Errorf("journal %s: %w", j.o.Path, err)
	}
	doubted, err := j.doubted()
	if err != nil || doubted || info.Size() <= j.o.wholeAtStart {
		return err
	}
	j.unchecked = true
	if err := findable(ctx, j.o.Path); err != nil {
		j.o.Log.DebugContext(ctx, "The journal's documents are checked at length, since a quick look did not find them in order.", "path", j.o.Path, "err", err)
		return nil
	}
	j.findable = true
	return nil
}

// checkFirst checks the file as a whole, or leaves a large one to CheckWhole. One in
// which CheckWhole has found damage is checked here, so that nobody works with it
// again.
func (j *Journal) checkFirst(ctx context.Context, conn *sql.Conn, path string) error {
	if j.unchecked {
		return nil
	}
	if err := checkWhole(ctx, conn, path); err != nil {
		return err
	}
	doubted, err := j.doubted()
	if err != nil || !doubted {
		return err
	}
	if err := checkDocuments(ctx, conn, path); err != nil {
		return err
	}
	// Whoever had the damaged file mended has put a whole one in its place.
	if err := errors.Join(os.Remove(doubtNote(path)), atomicfile.SyncDir(filepath.Dir(path))); err != nil {
		return fmt.Errorf("journal %s: %w", path, err)
	}
	return nil
}

func (j *Journal) doubted() (bool, error) {
	_, err := os.Stat(doubtNote(j.o.Path))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("journal %s: %w", j.o.Path, err)
	}
	return err == nil, nil
}

// checkDocuments compares the indexes of the documents with their tables, because a
// document that is there and not found would be made, and printed, a second time.
func (j *Journal) checkDocuments(ctx context.Context, conn *sql.Conn, path string) error {
	if err := check(ctx, conn, path, "integrity_check(cursors)", "integrity_check(parked)"); err != nil || j.findable {
		return err
	}
	return checkDocuments(ctx, conn, path)
}

// checkDocuments has SQLite do so. The events are left to Verify: their order is the
// table's own.
func checkDocuments(ctx context.Context, conn *sql.Conn, path string) error {
	return check(ctx, conn, path, "integrity_check(docs)", "integrity_check(keys)")
}

// doubtNote is the note that the journal at path is damaged.
func doubtNote(path string) string { return path + ".doubtful" }

// CheckWhole does what Open has left of checking the file, beside those who work with
// it. Its error is that the file is damaged, or that this could not be told. Whoever
// gets it should close the journal: it is checked before anybody works with it again.
func (j *Journal) CheckWhole(ctx context.Context) (err error) {
	if !j.unchecked {
		return nil
	}
	db, err := j.o.connect.open(j.o.Path, true, 1) // of its own: it takes long
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	conn, err := db.Conn(ctx)
	if err != nil {
		return classify("journal "+j.o.Path, err)
	}
	defer conn.Close()
	if err = checkWhole(ctx, conn, j.o.Path); err == nil && j.findable {
		err = checkDocuments(ctx, conn, j.o.Path)
	}
	if errors.Is(err, ErrDamaged) {
		return errors.Join(err, atomicfile.WriteFile(doubtNote(j.o.Path), []byte(err.Error()+"\n"), 0o600))
	}
	return err
}
