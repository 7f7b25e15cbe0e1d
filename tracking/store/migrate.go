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
			if err := addColumn(ctx, tx, table, "service", `TEXT NOT NULL DEFAULT ''`); err != nil {
				return err
			}
		}
	}
	if version < 3 {
		// Leases end; those of before do not.
		for _, c := range [][2]string{{"ranges", "life"}, {"ranges", "ends"}, {"leases", "expires"}} {
			if err := addColumn(ctx, tx, c[0], c[1], `INTEGER NOT NULL DEFAULT 0`); err != nil {
				return err
			}
		}
	}
	return nil
}

// addColumn adds a column where the table has none of that name.
func addColumn(ctx context.Context, tx *sql.Tx, table, column, kind string) error {
	var have int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM pragma_table_info(?) WHERE name = ?`, table, column).Scan(&have)
	if err != nil || have > 0 {
		return err
	}
	_, err = tx.ExecContext(ctx, `ALTER TABLE `+table+` ADD COLUMN `+column+` `+kind)
	return err
}
