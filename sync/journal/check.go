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

// checkFirst checks the file as a whole, or leaves a large one to CheckWhole. One in
// which CheckWhole has found damage is checked here, so that nobody works with it
// again.
func (j *Journal) checkFirst(ctx context.Context, conn *sql.Conn, path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("journal %s: %w", path, err)
	}
	_, err = os.Stat(doubtNote(path))
	doubted := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("journal %s: %w", path, err)
	}
	if info.Size() > j.o.wholeAtStart && !doubted {
		j.unchecked = true
		return nil
	}
	if err := checkWhole(ctx, conn, path); err != nil {
		return err
	}
	if !doubted {
		return nil
	}
	// Whoever had the damaged file mended has put a whole one in its place.
	if err := errors.Join(os.Remove(doubtNote(path)), atomicfile.SyncDir(filepath.Dir(path))); err != nil {
		return fmt.Errorf("journal %s: %w", path, err)
	}
	return nil
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
	if err = checkWhole(ctx, conn, j.o.Path); errors.Is(err, ErrDamaged) {
		return errors.Join(err, atomicfile.WriteFile(doubtNote(j.o.Path), []byte(err.Error()+"\n"), 0o600))
	}
	return err
}
