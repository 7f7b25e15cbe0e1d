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
	if j.doubted, err = doubted(j.o.Path); err != nil || j.doubted || info.Size() <= j.o.wholeAtStart {
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
// which damage was met is checked here, so that nobody works with it again.
func (j *Journal) checkFirst(ctx context.Context, conn *sql.Conn, path string) error {
	if j.unchecked {
		return nil
	}
	return checkWhole(ctx, conn, path)
}

// trust removes the note of damage from a file that has been found whole. Whoever had
// the damaged one mended has put a whole one in its place.
func (j *Journal) trust(_ context.Context, _ *sql.Conn, path string) error {
	if !j.doubted {
		return nil
	}
	if err := errors.Join(os.Remove(doubtNote(path)), atomicfile.SyncDir(filepath.Dir(path))); err != nil {
		return fmt.Errorf("journal %s: %w", path, err)
	}
	return nil
}

// doubted reports whether damage was met in the journal at path.
func doubted(path string) (bool, error) {
	_, err := os.Stat(doubtNote(path))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("journal %s: %w", path, err)
	}
	return err == nil, nil
}

// doubt leaves the note of damage, where err says that SQLite met some: the next start
// then checks all of the file before anybody works with it. The quick look at the start
// leaves the contents of documents to whoever reads them.
func (j *Journal) doubt(err error) error {
	if !errors.Is(err, ErrDamaged) || !j.noted.CompareAndSwap(false, true) {
		return nil
	}
	if err := atomicfile.WriteFile(doubtNote(j.o.Path), []byte(err.Error()+"\n"), 0o600); err != nil {
		j.noted.Store(false)
		return fmt.Errorf("note that journal %s is damaged: %w", j.o.Path, err)
	}
	return nil
}

// met is doubt where there is somebody else to answer.
func (j *Journal) met(err error) {
	if failed := j.doubt(err); failed != nil {
		j.o.Log.ErrorContext(context.Background(), "The journal is damaged, and the next start cannot be told to check all of it.", "path", j.o.Path, "err", errors.Join(err, failed))
	}
}

// checkDocuments compares the indexes of the documents with their tables, because a
// document that is there and not found would be made, and printed, a second time.
func (j *Journal) checkDocuments(ctx context.Context, conn *sql.Conn, path string) error {
	if err := check(ctx, conn, path, "integrity_check(cursors)", "integrity_check(parked)"); err != nil || j.findable {
		return err
	}
	return checkIndexes(ctx, conn, path)
}

// checkIndexes has SQLite do so. The events are left to Verify: their order is the
// table's own.
func checkIndexes(ctx context.Context, conn *sql.Conn, path string) error {
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
		err = checkIndexes(ctx, conn, j.o.Path)
	}
	return errors.Join(err, j.doubt(err))
}
