package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"waybill/configs"
	"waybill/internal/fault"
	"waybill/sync/journal"
)

// journalCmd is `waybill journal`.
type journalCmd struct {
	List     journalListCmd     `cmd:"" help:"List events, newest last, or those the hub has refused."`
	Export   journalExportCmd   `cmd:"" help:"Write the events for other programs."`
	Verify   journalVerifyCmd   `cmd:"" help:"Check that no event is missing, altered or out of place."`
	Replay   journalReplayCmd   `cmd:"" help:"Send events to a hub again; what it has already counts once."`
	Retry    journalRetryCmd    `cmd:"" help:"Send events that the hub has refused for good once more."`
	Backup   journalBackupCmd   `cmd:"" help:"Copy the journal, while the station runs."`
	Restore  journalRestoreCmd  `cmd:"" help:"Put a copy in the place of a journal that is not there."`
	NewEpoch journalNewEpochCmd `cmd:"" name:"new-epoch" help:"Begin a new history after a journal was lost or restored from a copy."`
}

// Help is shown under waybill journal --help.
func (*journalCmd) Help() string {
	return `Examples:
  waybill journal list --config station.yaml --limit 20
  waybill journal retry --config station.yaml --all
  waybill journal verify --config station.yaml`
}

// journalFile names the journal to read. A station may be running on it.
type journalFile struct {
	Path   string `help:"The journal file." placeholder:"FILE"`
	Config string `help:"The station's configuration, which says where its journal is." placeholder:"FILE"`
}

func (f journalFile) path() (string, error) {
	if (f.Path == "") == (f.Config == "") {
		return "", usage(errors.New("journal: name it by either --path or --config"))
	}
	if f.Config == "" {
		return f.Path, nil
	}
	cfg, err := configs.LoadStation(f.Config)
	if err != nil {
		return "", usage(err)
	}
	return filepath.Join(cfg.Data, "journal.db"), nil
}

func (f journalFile) open(con *console) (*journal.Reader, error) {
	path, err := f.path()
	if err != nil {
		return nil, err
	}
	r, err := journal.OpenReadOnly(con.ctx, path)
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid) {
		return nil, usage(err)
	}
	return r, err
}

// journalVerifyCmd is `waybill journal verify`.
type journalVerifyCmd struct {
	journalFile `embed:""`
	JSON        bool `help:"Write JSON, which is what verify writes anyway."`
}

// Help is shown under waybill journal verify --help.
func (*journalVerifyCmd) Help() string {
	return `The report names the last event's hash. Written down elsewhere, it proves the
history up to that event for ever.

Example:
  waybill journal verify --path station-data/journal.db`
}

// Run checks the journal and reports.
func (c *journalVerifyCmd) Run(con *console) error {
	r, err := c.open(con)
	if err != nil {
		return err
	}
	defer r.Close()
	rep, err := r.Verify(con.ctx)
	if err != nil {
		return err
	}
	if err := writeJSON(con.out, rep); err != nil {
		return err
	}
	if !rep.Whole {
		first := rep.Problems[0]
		return fmt.Errorf("journal: %d problems, the first at sequence %d of epoch %d: %s (keep a copy of the file and its -wal; nothing in it was changed)",
			rep.Broken, first.Sequence, first.Epoch, first.Message)
	}
	return nil
}

func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
