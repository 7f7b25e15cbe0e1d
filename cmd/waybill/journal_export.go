package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"time"

	"waybill/configs"
	"waybill/shipment"
	"waybill/sync/epcis"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// journalExportCmd is `waybill journal export`.
type journalExportCmd struct {
	journalFile `embed:""`
	eventFilter `embed:""`
	Format      string `help:"cloudevents: one event a line, byte for byte as it was recorded. epcis: one document of GS1 EPCIS 2.0." enum:"cloudevents,epcis" default:"cloudevents"`
	BaseURI     string `help:"Of epcis: an address or URN of your own, under which everything is named that has no key of GS1; with --config, epcis.base_uri if left out." placeholder:"URI"`
	ReadPoint   string `help:"Of epcis: where the station reads, a GLN or a URI; with --config, epcis.read_point if left out." placeholder:"GLN"`
	BizLocation string `help:"Of epcis: where the parcels are until they leave; with --config, epcis.biz_location if left out." placeholder:"GLN"`
}

// Help is shown under waybill journal export --help.
func (*journalExportCmd) Help() string {
	return `The station may run meanwhile; what it records after the start is not in the output.

Examples:
  waybill journal export --config station.yaml --format cloudevents > events.jsonl
  waybill journal export --config station.yaml --format epcis --since 2026-11-20 --until 2026-11-21 > day.jsonld`
}

// Run writes the events for other programs.
func (c *journalExportCmd) Run(con *console) error {
	now := time.Now()
	q, err := c.query(now)
	if err != nil {
		return usage(err)
	}
	site, err := c.site()
	if err != nil {
		return usage(err)
	}
	r, err := c.open(con)
	if err != nil {
		return err
	}
	defer r.Close()
	out := bufio.NewWriterSize(con.out, 1<<16)
	err = r.View(con.ctx, func(tx *journal.ReadTx) error {
		if err := c.known(tx, q); err != nil {
			return err
		}
		if c.Format == "epcis" {
			return c.epcis(con, tx, q, site, out, now)
		}
		write := func(rec wire.Record) error {
			_, err := out.Write(append(rec.Raw, '\n'))
			return err
		}
		if !c.looksInside() {
			return tx.Events(q, write)
		}
		return c.walk(tx, q, func(rec wire.Record, _ wire.Envelope, _ error) error { return write(rec) })
	})
	return errors.Join(err, out.Flush())
}

// site says how an EPCIS document names things: as the flags say, else as the
// configuration does.
func (c *journalExportCmd) site() (epcis.Site, error) {
	site := epcis.Site{Base: c.BaseURI, ReadPoint: c.ReadPoint, BizLocation: c.BizLocation}
	if c.Format == "epcis" && c.Config != "" {
		cfg, err := configs.LoadStation(c.Config)
		if err != nil {
			return site, err
		}
		site = epcis.Site{
			Base:        cmp.Or(c.BaseURI, cfg.EPCIS.BaseURI),
			ReadPoint:   cmp.Or(c.ReadPoint, cfg.EPCIS.ReadPoint),
			BizLocation: cmp.Or(c.BizLocation, cfg.EPCIS.BizLocation),
		}
	}
	if err := site.Check(); err != nil {
		return site, fmt.Errorf("epcis.%w", err)
	}
	return site, nil
}

// epcis writes one document. What cannot be told does not keep the rest out; it
// is counted, told, and the command fails after the document is whole.
func (c *journalExportCmd) epcis(con *console, tx *journal.ReadTx, q journal.EventQuery, site epcis.Site, out *bufio.Writer, now time.Time) error {
	w, err := epcis.NewWriter(out, site, now, func(id shipment.OrderID) ([]wire.Envelope, error) { return historyOf(tx, id) })
	if err != nil {
		return err
	}
	lost := 0
	var first error
	err = c.walk(tx, q, func(_ wire.Record, env wire.Envelope, damage error) error {
		if damage == nil {
			damage = w.Add(env)
		}
		if damage != nil && w.Broken() {
			return damage
		}
		if damage != nil {
			lost++
			first = cmp.Or(first, damage)
		}
		return nil
	})
	if err := errors.Join(err, w.Close()); err != nil {
		return err
	}
	if site.Base == "" {
		fmt.Fprintf(con.err, "waybill: note: what has no key of GS1 is named under %s, which is nobody's; set epcis.base_uri before you hand the document on\n", epcis.DefaultBase)
	}
	if n := w.Untold(); n > 0 {
		fmt.Fprintf(con.err, "waybill: note: %d times a parcel of a pick-up is not told of: no event of this journal says its tracking number, or that it was loaded; another station's journal does\n", n)
	}
	if lost > 0 {
		return fmt.Errorf("journal export: %d events are not in the document, the first: %w", lost, first)
	}
	return nil
}

// historyOf returns what the journal says of an order and can be read.
func historyOf(tx *journal.ReadTx, id shipment.OrderID) ([]wire.Envelope, error) {
	var history []wire.Envelope
	err := tx.Events(journal.EventQuery{Subject: id}, func(rec wire.Record) error {
		if env, err := envelope(rec); err == nil {
			history = append(history, env)
		}
		return nil
	})
	return history, err
}
