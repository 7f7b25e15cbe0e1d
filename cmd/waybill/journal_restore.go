package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"waybill/agent/desk"
	"waybill/configs"
	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/journal"
	"waybill/sync/wire"
)

// journalRestoreCmd is `waybill journal restore`.
type journalRestoreCmd struct {
	journalFile `embed:""`
	File        string `arg:"" help:"The copy, of waybill journal backup or of an update (journal.db.schema-N)."`
	Epoch       int64  `help:"The least epoch to begin; 0 for the next after the copy's and the hub's." default:"0"`
}

// Help is shown under waybill journal restore --help.
func (*journalRestoreCmd) Help() string {
	return `Puts a copy in the place of a journal that is not there; nothing is written over. What
was recorded since the copy was made is not in it, so a new epoch begins, later than
any that the copy or the hub knows, and leases of tracking numbers are dropped: the
station leases anew. With --config the hub is asked what it has that is newer.

Print jobs that were queued when the copy was made are queued in it still, and most
were printed since: pause the printers before the station starts, and cancel these.

Examples:
  waybill journal restore --config station.yaml /mnt/backup/bench-1.db
  waybill journal restore --path station-data/journal.db --epoch 4 bench-1.db`
}

type restoreReport struct {
	Station shipment.StationID     `json:"station"`
	Path    string                 `json:"path"`
	Events  int64                  `json:"events"`
	Last    wire.Position          `json:"last"`                   // of the copy's events
	Epoch   int64                  `json:"epoch"`                  // that has begun
	Newer   []wire.Range           `json:"newer_at_hub,omitempty"` // events that the hub has and the copy has not
	Dropped map[journal.Kind]int64 `json:"dropped"`                // documents that were true in the lost journal only
	Message string                 `json:"message"`
}

// Run restores the journal and reports.
func (c *journalRestoreCmd) Run(con *console) error {
	if c.Epoch < 0 {
		return usage(fmt.Errorf("journal restore: --epoch %d: epochs begin at 1 (leave it out for the next)", c.Epoch))
	}
	path, err := c.path()
	if err != nil {
		return err
	}
	o := journal.Options{Path: path, Perishable: desk.PerishableKinds(), Log: con.log}
	var hub wire.StationPosition
	asked := errors.New("no configuration names one")
	if c.Config != "" {
		cfg, err := configs.LoadStation(c.Config)
		if err != nil {
			return usage(err)
		}
		o.Station = shipment.StationID(cfg.ID)
		hub, asked = knownAtHubs(con.ctx, cfg)
	}
	least := c.Epoch
	for _, e := range hub.Epochs {
		least = max(least, e.Epoch+1)
	}
	done, err := journal.Restore(con.ctx, c.File, o, least)
	if fault.Is(err, fault.Conflict) || fault.Is(err, fault.Invalid) {
		return usage(err)
	}
	if err != nil {
		return err
	}
	rep := restoreReport{
		Station: done.Station, Path: path, Events: done.Events, Last: done.Head, Epoch: done.Began.Head.Epoch,
		Dropped: done.Began.Dropped, Newer: newerThan(done.Head, hub),
	}
	rep.Message = restoreWords(rep, asked)
	return writeJSON(con.out, rep)
}

// hubPatience is how long the hub may take to say how far it has come.
const hubPatience = 15 * time.Second

// knownAtHubs asks the station's hubs what they have of the station, and returns the
// most that any has. A hub that has never heard of it has nothing.
func knownAtHubs(ctx context.Context, cfg configs.Station) (most wire.StationPosition, err error) {
	var errs []error
	for _, link := range cfg.HubLinks() {
		p, err := knownAtHub(ctx, cfg, link)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", link.URL, err))
			continue
		}
		most = mostOf(most, p)
	}
	return most, errors.Join(errs...)
}

func knownAtHub(ctx context.Context, cfg configs.Station, link configs.HubLink) (wire.StationPosition, error) {
	client, err := hubClient(link)
	if err != nil {
		return wire.StationPosition{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, hubPatience)
	defer cancel()
	return client.Position(ctx, shipment.StationID(cfg.ID))
}

// mostOf returns of each epoch how far it reaches at the hub that has more of it.
func mostOf(a, b wire.StationPosition) wire.StationPosition {
	a.Epochs = slices.Clone(a.Epochs)
	for _, e := range b.Epochs {
		i := slices.IndexFunc(a.Epochs, func(have wire.EpochPosition) bool { return have.Epoch == e.Epoch })
		switch {
		case i < 0:
			a.Epochs = append(a.Epochs, e)
		case e.Highest > a.Epochs[i].Highest:
			a.Epochs[i] = e
		}
	}
	slices.SortFunc(a.Epochs, func(x, y wire.EpochPosition) int { return cmp.Compare(x.Epoch, y.Epoch) })
	return a
}

// newerThan returns what a hub has after the last event of a copy.
func newerThan(last wire.Position, hub wire.StationPosition) (newer []wire.Range) {
	for _, e := range hub.Epochs {
		r := wire.Range{Epoch: e.Epoch, From: 1, To: e.Highest}
		if e.Epoch == last.Epoch {
			r.From = last.Sequence + 1
		}
		if e.Epoch >= last.Epoch && r.Count() > 0 {
			newer = append(newer, r)
		}
	}
	return newer
}

func restoreWords(rep restoreReport, asked error) string {
	words := fmt.Sprintf("Epoch %d has begun after %d events of the copy.", rep.Epoch, rep.Events)
	switch {
	case asked != nil:
		words += fmt.Sprintf(" The hub could not be asked what is newer (%v). If this journal was restored or built anew since the copy was made, begin an epoch later than any it had before the station starts: waybill journal new-epoch --epoch N.", asked)
	case len(rep.Newer) == 0:
		words += " The hub has nothing newer."
	default:
		n := int64(0)
		for _, r := range rep.Newer {
			n += r.Count()
		}
		words += fmt.Sprintf(" The hub has %d newer events, which this journal does not know of: look at the hub before an order of that time is printed.", n)
	}
	return words + " Pause the printers before the station starts: print jobs of the copy are queued, and most were printed since."
}
