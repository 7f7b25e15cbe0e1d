package store

import (
	"context"
	"database/sql"
)

// migrate brings the tables of a file of an earlier schema to where schema.sql
// can go on: it makes what is missing, but leaves a table that is there as it
// is.
func migrate(ctx context.Context, tx *sql.Tx, version int) error {
	if version < 2 {
		// Numbers are leased for a service; a range of before serves all of its
		// carrier's. Some files of schema 1 have the columns already.
		for _, table := range []string{"ranges", "leases"} {
			var have int
			err := tx.QueryRowContext(ctx, `SELECT count(*) FROM pragma_table_info(?) WHERE name = 'service'`, table).Scan(&have)
			if err != nil {
				return err
			}
			if have > 0 {
				continue
			}
			if _, err := tx.ExecContext(ctx, `ALTER TABLE `+table+` ADD COLUMN service TEXT NOT NULL DEFAULT ''`); err != nil {
				return err
			}
		}
	}
	return nil
}
