package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"waybill/configs"
	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// journalCmd is `waybill journal`.
type journalCmd struct {
	List     journalListCmd     `cmd:"" help:"List events, newest last, or those the hub has refused."`
	Export   journalExportCmd   `cmd:"" help:"Write the events for other programs."`
	Verify   journalVerifyCmd   `cmd:"" help:"Check that no event is missing, altered or out of place."`
	Replay   journalReplayCmd   `cmd:"" help:"Send events to a hub again; what it has already counts once."`
	NewEpoch journalNewEpochCmd `cmd:"" name:"new-epoch" help:"Begin a new history after a journal was lost or restored from a copy."`
}

// Help is shown under waybill journal --help.
func (*journalCmd) Help() string {
	return `Examples:
  waybill journal list --config station.yaml --limit 20
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

// eventFilter says which events a command is about.
type eventFilter struct {
	Type    []string `help:"Only these types, such as label.printed." placeholder:"TYPE"`
	Subject string   `help:"Only the events of this order." placeholder:"ORDER"`
}

func (f eventFilter) query() journal.EventQuery {
	q := journal.EventQuery{Subject: shipment.OrderID(f.Subject)}
	for _, t := range f.Type {
		q.Types = append(q.Types, shipment.EventType(t))
	}
	return q
}

// journalListCmd is `waybill journal list`.
type journalListCmd struct {
	journalFile `embed:""`
	eventFilter `embed:""`
	Limit       int  `help:"How many, counted from the newest; 0 for all." default:"100"`
	Parked      bool `help:"Only events that a hub has refused for good, each with the reason; all of them."`
	JSON        bool `help:"Write JSON lines, which is what list writes anyway."`
}

// Help is shown under waybill journal list --help.
func (*journalListCmd) Help() string {
	return `Example:
  waybill journal list --config station.yaml --subject 576461413038785752

What the hub has refused, and why:
  waybill journal list --config station.yaml --parked`
}

type journalLine struct {
	Epoch    int64              `json:"epoch"`
	Sequence int64              `json:"sequence"`
	ID       string             `json:"id"`
	Time     wire.Timestamp     `json:"time"`
	Type     shipment.EventType `json:"type"`
	Subject  shipment.OrderID   `json:"subject,omitempty"`
	Data     json.RawMessage    `json:"data,omitempty"`
}

// Run lists the newest events.
func (c *journalListCmd) Run(con *console) error {
	if c.Limit < 0 {
		return usage(errors.New("--limit must not be negative"))
	}
	r, err := c.open(con)
	if err != nil {
		return err
	}
	defer r.Close()
	if c.Parked {
		return c.parked(con, r)
	}
	q := c.query()
	q.Limit, q.Newest = c.Limit, c.Limit > 0
	out := bufio.NewWriter(con.out)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	write := func(rec wire.Record) error {
		var env wire.Envelope
		if err := json.Unmarshal(rec.Raw, &env); err != nil {
			return fmt.Errorf("event %d of epoch %d: %w (waybill journal verify says what else is damaged)", rec.Sequence, rec.Epoch, err)
		}
		return enc.Encode(journalLine{rec.Epoch, rec.Sequence, rec.ID, env.Time, rec.Type, rec.Subject, env.Data})
	}
	var newest []wire.Record
	err = r.View(con.ctx, func(tx *journal.ReadTx) error {
		return tx.Events(q, func(rec wire.Record) error {
			if !q.Newest {
				return write(rec)
			}
			newest = append(newest, rec)
			return nil
		})
	})
	for _, rec := range slices.Backward(newest) {
		if err == nil {
			err = write(rec)
		}
	}
	return errors.Join(err, out.Flush())
}

type parkedLine struct {
	Hub      string             `json:"hub"`
	Epoch    int64              `json:"epoch"`
	Sequence int64              `json:"sequence"`
	ID       string             `json:"id"`
	Type     shipment.EventType `json:"type"`
	Subject  shipment.OrderID   `json:"subject,omitempty"`
	Reason   string             `json:"reason"`
	ParkedAt wire.Timestamp     `json:"parked_at"`
}

// parked lists what the hubs have refused, oldest first.
func (c *journalListCmd) parked(con *console, r *journal.Reader) error {
	parked, err := r.Parked(con.ctx, "")
	if err != nil {
		return err
	}
	out := bufio.NewWriter(con.out)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for _, p := range parked {
		if (c.Subject != "" && c.Subject != string(p.Subject)) || (len(c.Type) > 0 && !slices.Contains(c.Type, string(p.Type))) {
			continue
		}
		err = errors.Join(err, enc.Encode(parkedLine{
			p.Upstream, p.Position.Epoch, p.Position.Sequence, p.ID, p.Type, p.Subject, p.Reason, wire.Timestamp(p.At),
		}))
	}
	return errors.Join(err, out.Flush())
}

// journalExportCmd is `waybill journal export`.
type journalExportCmd struct {
	journalFile `embed:""`
	eventFilter `embed:""`
	Format      string `help:"cloudevents: one event a line, byte for byte as it was recorded. epcis: not built yet." enum:"cloudevents,epcis" default:"cloudevents"`
}

// Help is shown under waybill journal export --help.
func (*journalExportCmd) Help() string {
	return `Example:
  waybill journal export --config station.yaml --format cloudevents > events.jsonl`
}

// Run writes the events as they were recorded.
func (c *journalExportCmd) Run(con *console) error {
	if c.Format == "epcis" {
		return notBuilt("journal export --format epcis")
	}
	r, err := c.open(con)
	if err != nil {
		return err
	}
	defer r.Close()
	out := bufio.NewWriter(con.out)
	err = r.View(con.ctx, func(tx *journal.ReadTx) error {
		return tx.Events(c.query(), func(rec wire.Record) error {
			_, err := out.Write(append(rec.Raw, '\n'))
			return err
		})
	})
	return errors.Join(err, out.Flush())
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
