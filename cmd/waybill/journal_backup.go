package main

import (
	"errors"

	"waybill/internal/fault"
)

// journalBackupCmd is `waybill journal backup`.
type journalBackupCmd struct {
	journalFile `embed:""`
	Out         string `required:"" help:"The file to write; one that is there is left as it is." placeholder:"FILE"`
}

// Help is shown under waybill journal backup --help.
func (*journalBackupCmd) Help() string {
	return `Copies the journal as it is at one moment, while the station runs or not. The copy is
read back, event by event, before it gets its name. It holds names and addresses, as
the journal does: keep it as safe, and delete it when it has had its time.

Example:
  waybill journal backup --config station.yaml --out /mnt/backup/bench-1.db`
}

// Run makes the copy and reports.
func (c *journalBackupCmd) Run(con *console) (err error) {
	r, err := c.open(con)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	b, err := r.Backup(con.ctx, c.Out)
	if fault.Is(err, fault.Conflict) {
		return usage(err)
	}
	if err != nil {
		return err
	}
	return writeJSON(con.out, b)
}
