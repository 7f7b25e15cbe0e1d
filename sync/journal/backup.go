package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"waybill/internal/atomicfile"
)

// backUp keeps the journal at path, whose schema is of an older version, in a file of
// its own before that changes: whole or not at all, and durable before it returns.
// What stands there is of an update that was begun and not finished.
func backUp(ctx context.Context, conn *sql.Conn, path string, version int) (err error) {
	kept := fmt.Sprintf("%s.schema-%d", path, version)
	partial := kept + ".partial"
	op := fmt.Sprintf("copy of journal %s before its update", path)
	// SQLite writes into an empty file, and so into one that only this account may read.
	f, err := os.OpenFile(partial, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(partial) // the first error is the one to tell; the next update writes over it
		}
	}()
	if err := f.Close(); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	if _, err := conn.ExecContext(ctx, "VACUUM INTO ?", partial); err != nil {
		return classify(op, err)
	}
	if f, err = os.OpenFile(partial, os.O_RDWR, 0o600); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	if err := os.Rename(partial, kept); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	if err := atomicfile.SyncDir(filepath.Dir(path)); err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	return nil
}
