package store

import (
	"context"
	"database/sql"
	"fmt"
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
	if version < 5 {
		return migrateQuarantine(ctx, tx)
	}
	return nil
}

// migrateQuarantine makes room for decisions on events that were set aside, and
// for the gaps, which were looked for in the events before.
func migrateQuarantine(ctx context.Context, tx *sql.Tx) error {
	for _, c := range [][2]string{
		{"subject", `TEXT NOT NULL DEFAULT ''`},
		{"handoff", `TEXT NOT NULL DEFAULT ''`},
		{"code", `TEXT NOT NULL DEFAULT 'forked'`},
		{"decision", `TEXT NOT NULL DEFAULT ''`},
		{"decided", `INTEGER NOT NULL DEFAULT 0`},
		{"decided_by", `TEXT NOT NULL DEFAULT ''`},
		{"note", `TEXT NOT NULL DEFAULT ''`},
	} {
		if err := addColumn(ctx, tx, "quarantine", c[0], c[1]); err != nil {
			return err
		}
	}
	for _, q := range []string{
		`DROP INDEX IF EXISTS quarantine_station`,
		`UPDATE quarantine SET code = 'clash' WHERE reason = 'another event has this id already'`,
		// What stands there was valid JSON when it came; an event without a subject is a station's own.
		`UPDATE quarantine SET subject = coalesce(json_extract(CAST(raw AS TEXT), '$.subject'), ''),
			handoff = CASE WHEN json_extract(CAST(raw AS TEXT), '$.type') IN ('waybill.handoff.opened.v1', 'waybill.parcel.handed_over.v1', 'waybill.parcel.taken_back.v1', 'waybill.handoff.closed.v1')
				THEN coalesce(json_extract(CAST(raw AS TEXT), '$.data.handoff'), '') ELSE '' END
			WHERE json_valid(CAST(raw AS TEXT))`,
	} {
		if _, err := tx.ExecContext(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// findGaps finds the gaps in the events of a file that did not keep them.
func findGaps(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `INSERT OR IGNORE INTO gaps (station, epoch, low, high, since)
		SELECT station, epoch, before + 1, sequence - 1, received FROM (
		  SELECT e.station, e.epoch, e.sequence, e.received, lag(e.sequence, 1, 0) OVER (PARTITION BY e.station, e.epoch ORDER BY e.sequence) AS before
		  FROM events e JOIN epochs p ON p.station = e.station AND p.epoch = e.epoch WHERE p.events < p.highest)
		WHERE sequence > before + 1`)
	return err
}

// findNews has every station told, once, what changed hands and stands nowhere as
// news: what did before this was kept, or by a program that did not keep it.
func findNews(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO news (station, kind, subject, change, heard, epoch) SELECT station, kind, subject, 1, 0, 0 FROM (
		SELECT station, 'parcel' AS kind, number AS subject FROM parcel_takeovers UNION SELECT previous, 'parcel', number FROM parcel_takeovers
		UNION SELECT station, 'handoff', handoff FROM takeovers UNION SELECT previous, 'handoff', handoff FROM takeovers) AS moved
		WHERE true ON CONFLICT DO NOTHING`)
	if err != nil {
		return fmt.Errorf("what changed hands: %w", err)
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
