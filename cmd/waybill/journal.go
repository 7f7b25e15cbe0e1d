package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"

	"waybill/configs"
	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/uplink"
	"waybill/sync/wire"
)

// journalCmd is `waybill journal`.
type journalCmd struct {
	List   journalListCmd   `cmd:"" help:"List events, newest last."`
	Export journalExportCmd `cmd:"" help:"Write the events for other programs."`
	Verify journalVerifyCmd `cmd:"" help:"Check that no event is missing, altered or out of place."`
	Replay journalReplayCmd `cmd:"" help:"Send events to a hub again; what it has already counts once."`
}

// journalFile names the journal to read. A station may be running on it.
type journalFile struct {
	Path   string `help:"The journal file." placeholder:"FILE"`
	Config string `help:"The station's configuration, which says where its journal is." placeholder:"FILE"`
}

func (f journalFile) open(con *console) (*journal.Reader, error) {
	path := f.Path
	switch {
	case (f.Path == "") == (f.Config == ""):
		return nil, usage(errors.New("journal: name it by either --path or --config"))
	case f.Config != "":
		cfg, err := configs.LoadStation(f.Config)
		if err != nil {
			return nil, usage(err)
		}
		path = filepath.Join(cfg.Data, "journal.db")
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
	JSON        bool `help:"Write JSON lines, which is what list writes anyway."`
}

// Help is shown under waybill journal list --help.
func (*journalListCmd) Help() string {
	return `Example:
  waybill journal list --config station.yaml --subject 576461413038785752`
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

// journalReplayCmd is `waybill journal replay`.
type journalReplayCmd struct {
	journalFile `embed:""`
	To          string `help:"The hub's address; with --config, the station's own hub if left out." placeholder:"URL"`
	Token       string `help:"The station's token at that hub." env:"WAYBILL_HUB_TOKEN"`
	From        int64  `help:"The first sequence to send." default:"1"`
	Epoch       int64  `help:"The epoch of --from; 0 for the current one." default:"0"`
}

// Help is shown under waybill journal replay --help.
func (*journalReplayCmd) Help() string {
	return `The station may run meanwhile, and what it has still to send is not touched.

Example:
  WAYBILL_HUB_TOKEN=… waybill journal replay --config station.yaml --to https://hub.example.com --from 1`
}

type replayReport struct {
	Sent      int64         `json:"sent"`
	Accepted  int64         `json:"accepted"`
	Duplicate int64         `json:"duplicate"`
	Rejected  int64         `json:"rejected"`
	Refusals  []wire.Result `json:"refusals,omitempty"` // the first ones
}

const (
	replayBatch    = 500
	replayBytes    = 512 << 10
	replayRefusals = 100
)

// Run sends events again.
func (c *journalReplayCmd) Run(con *console) error {
	if c.From < 1 || c.Epoch < 0 {
		return usage(errors.New("--from starts at 1, --epoch at 0"))
	}
	client, err := c.client()
	if err != nil {
		return usage(err)
	}
	r, err := c.open(con)
	if err != nil {
		return err
	}
	defer r.Close()
	pos := wire.Position{Epoch: c.Epoch, Sequence: c.From - 1}
	if pos.Epoch == 0 {
		head, err := r.Head(con.ctx)
		if err != nil {
			return err
		}
		pos.Epoch = head.Epoch
	}
	var rep replayReport
	for {
		recs, err := r.After(con.ctx, pos, replayBatch, replayBytes)
		if err != nil {
			return err
		}
		if len(recs) == 0 {
			break
		}
		d, err := client.Send(con.ctx, recs)
		if err != nil {
			return fmt.Errorf("replay after sequence %d of epoch %d: %w (go on with --epoch %d --from %d)",
				pos.Sequence, pos.Epoch, err, recs[0].Epoch, recs[0].Sequence)
		}
		rep.add(recs, d.Results)
		pos = recs[len(recs)-1].Position
	}
	if err := writeJSON(con.out, rep); err != nil {
		return err
	}
	if rep.Rejected > 0 {
		return errReported
	}
	return nil
}

func (c *journalReplayCmd) client() (*uplink.Client, error) {
	if c.To == "" {
		if c.Config == "" {
			return nil, errors.New("replay: name the hub by --to or the station by --config")
		}
		cfg, err := configs.LoadStation(c.Config)
		if err != nil {
			return nil, err
		}
		return hubClient(cfg.Hub)
	}
	u, err := url.Parse(c.To)
	if err != nil {
		return nil, err
	}
	return uplink.NewClient(uplink.ClientOptions{Hub: u, Token: c.Token})
}

func (rep *replayReport) add(recs []wire.Record, results []wire.Result) {
	for i, r := range results {
		rep.Sent++
		switch r.Status {
		case wire.Accepted:
			rep.Accepted++
		case wire.Duplicate:
			rep.Duplicate++
		case wire.Rejected:
			rep.Rejected++
			if len(rep.Refusals) < replayRefusals {
				r.ID, r.Sequence = recs[i].ID, recs[i].Sequence
				rep.Refusals = append(rep.Refusals, r)
			}
		}
	}
}
