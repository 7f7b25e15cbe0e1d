package main

import (
	"fmt"

	"waybill/agent/desk"
	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/journal"
)

// journalNewEpochCmd is `waybill journal new-epoch`.
type journalNewEpochCmd struct {
	journalFile `embed:""`
	Epoch       int64 `help:"The epoch to begin; 0 for the next. Later ones are for a journal that was lost after several." default:"0"`
}

// Help is shown under waybill journal new-epoch --help.
func (*journalNewEpochCmd) Help() string {
	return `Stop the station first. After a journal was restored from a copy, or lost, what it
would record now stands where the hub has other events, and what it says of leased
tracking numbers is not true any more. A new epoch is a history of its own, and the
leases are dropped: the station leases anew. Nothing recorded is lost.

Example:
  waybill journal new-epoch --config station.yaml`
}

type epochReport struct {
	Station shipment.StationID     `json:"station"`
	Epoch   int64                  `json:"epoch"`   // the one that has begun
	Dropped map[journal.Kind]int64 `json:"dropped"` // documents that were true in the old one
	Message string                 `json:"message"`
}

// Run begins the epoch.
func (c *journalNewEpochCmd) Run(con *console) (err error) {
	if c.Epoch < 0 {
		return usage(fmt.Errorf("journal new-epoch: --epoch %d: epochs begin at 1 (leave it out for the next)", c.Epoch))
	}
	r, err := c.open(con)
	if err != nil {
		return err
	}
	path, err := c.path()
	station := r.Station()
	if closed := r.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	j, err := journal.Open(con.ctx, journal.Options{Path: path, Station: station, Log: con.log})
	if err != nil {
		return err
	}
	defer func() {
		if closed := j.Close(); err == nil {
			err = closed
		}
	}()
	done, err := j.NewEpoch(con.ctx, c.Epoch, desk.PerishableKinds()...)
	if fault.Is(err, fault.Invalid) {
		return usage(err)
	}
	if err != nil {
		return err
	}
	return writeJSON(con.out, epochReport{
		Station: station, Epoch: done.Head.Epoch, Dropped: done.Dropped,
		Message: fmt.Sprintf("Epoch %d has begun. Dropped leases of tracking numbers: %d. Start the station; it leases anew.",
			done.Head.Epoch, done.Dropped["lease"]),
	})
}
