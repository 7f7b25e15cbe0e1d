package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"waybill/agent"
	"waybill/agent/desk"
	"waybill/configs"
	"waybill/internal/atomicfile"
	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/downlink"
	"waybill/sync/journal"
	"waybill/sync/uplink"
	"waybill/sync/wire"
)

// stationRecoverCmd is `waybill station recover`.
type stationRecoverCmd struct {
	Config string `required:"" placeholder:"FILE" help:"The station's configuration."`
	JSON   bool   `help:"Write JSON, which is what recover writes anyway."`

	WithoutFurther bool `help:"Recover although a further hub has more than the station's own, or cannot be asked. What it alone has is lost."`
}

// Help is shown under waybill station recover --help.
func (*stationRecoverCmd) Help() string {
	return `For a station whose disk was lost. Enrol it first, under its old name, with a code that
replaces what it had (waybill hub enrol --replace). Its events come back from the hub,
and with them its orders, the numbers in use, its pick-ups and what was printed; it goes
on in a new epoch. No label is printed by it and no number given twice; a label of which
nobody knows is asked about. The report names what cannot be known.

Nothing is put in place while a further hub has events that the station's own hub has not,
or cannot be asked: enrol the station at each, and have hub.url name the one that has most.
With --without-further what a further hub alone has is done without.

Example:
  waybill station recover --config station.yaml`
}

type recoveryReport struct {
	Station   shipment.StationID `json:"station"`
	Epoch     int64              `json:"epoch"`  // that the station goes on in
	Events    int64              `json:"events"` // that came back
	LastEvent time.Time          `json:"last_event"`
	Gaps      []journal.Gap      `json:"gaps,omitempty"` // events that the hub never got, before others that it has

	desk.Rebuilt

	TakenOver  []string `json:"taken_over,omitempty"` // open pick-ups that go on here
	Elsewhere  []string `json:"elsewhere,omitempty"`  // what further hubs have that was not recovered
	Unknown    string   `json:"unknown"`              // what nobody can know
	NotRebuilt []string `json:"not_rebuilt"`
	Message    string   `json:"message"`
}

// Run makes the journal anew, under another name until it is whole.
func (c *stationRecoverCmd) Run(con *console) error {
	cfg, err := loadStation(c.Config)
	if err != nil {
		return usage(err)
	}
	path := filepath.Join(cfg.Data, "journal.db")
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return usage(errors.Join(err, fmt.Errorf("station recover: %s is there (if the station ran with it since its disk was lost, what happened since is in it alone: keep it, move it elsewhere, and say this again)", path)))
	}
	client, err := hubClient(cfg.Hub)
	if err != nil {
		return usage(err)
	}
	if err := os.MkdirAll(cfg.Data, 0o750); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	partial := path + ".recovering"
	if err := removeJournal(partial); err != nil { // of a recovery that was cut short
		return err
	}
	if err := cfg.NoteHub(); err != nil {
		return fmt.Errorf("station recover: %w", err)
	}
	r, err := c.recoverJournal(con, cfg, client, partial)
	if err != nil {
		return fmt.Errorf("station recover: %w (nothing was changed; say it again)", err)
	}
	if err := putInPlace(partial, path); err != nil {
		return fmt.Errorf("station recover: %w", err)
	}
	return writeJSON(con.out, r)
}

// recoverJournal makes a journal at path from what the hub has.
func (c *stationRecoverCmd) recoverJournal(con *console, cfg configs.Station, client *uplink.Client, path string) (r recoveryReport, err error) {
	ctx, station := con.ctx, shipment.StationID(cfg.ID)
	pos, err := client.Position(ctx, station)
	if err != nil {
		return r, err
	}
	r = recoveryReport{Station: station, NotRebuilt: desk.NotRebuilt()}
	for _, e := range pos.Epochs {
		r.Epoch = max(r.Epoch, e.Epoch)
	}
	known := r.Epoch > 0
	r.askFurther(ctx, cfg, pos)
	switch {
	case len(r.Elsewhere) > 0 && !c.WithoutFurther:
		return r, fmt.Errorf("%s; say --without-further to do without what a further hub alone may have", strings.Join(r.Elsewhere, "; "))
	case !known && len(r.Elsewhere) > 0:
		return r, &fault.Error{
			Op: "station " + cfg.ID, Kind: fault.NotFound, Err: errors.New("the hub has no events of it, and a further hub may"),
			Hint: "Name the further hub in hub.url, and say this again.",
		}
	case !known:
		return r, &fault.Error{
			Op: "station " + cfg.ID, Kind: fault.NotFound, Err: errors.New("the hub has no events of it"),
			Hint: "If the name is right, there is nothing to recover: start the station.",
		}
	}
	r.Epoch++
	location, err := cfg.Location()
	if err != nil {
		return r, usage(err)
	}
	j, err := journal.Open(ctx, journal.Options{Path: path, Station: station, Location: location, Epoch: r.Epoch, Log: con.log})
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	if err := r.fetch(ctx, j, client); err != nil {
		return r, err
	}
	d, err := recoveryDesk(con, cfg, j, location)
	if err != nil {
		return r, err
	}
	if r.Rebuilt, err = d.Rebuild(ctx); err != nil {
		return r, err
	}
	for _, id := range r.Open {
		switch _, err := d.TakeOverHandoff(ctx, client, id, desk.TakingOver{From: station, By: "recovery"}); {
		case fault.Is(err, fault.NotFound), fault.Is(err, fault.Conflict):
			r.NotRebuilt = append(r.NotRebuilt, fmt.Sprintf("pick-up %s, which was open: %v", id, err))
		case err != nil:
			return r, err
		default:
			r.TakenOver = append(r.TakenOver, id)
		}
	}
	r.Open = nil
	// What the hub holds is held from the first scan on.
	words := downlink.New(downlink.Options{Hub: client, Desk: d, Shelf: shelfOf(cfg), Station: station, Log: con.log})
	if err := words.Ask(ctx); err != nil && !fault.Is(err, fault.NotFound) { // an older hub has none
		return r, err
	}
	r.Unknown = fmt.Sprintf("What the station did after its last event at the hub, of %s, was lost with its disk: orders of later are unknown and would be labelled again, with other numbers. "+
		"Look for parcels with labels of later before their orders come in again.", r.LastEvent.In(location).Format("2006-01-02 15:04:05"))
	r.Message = fmt.Sprintf("Epoch %d begins. Start the station; %d parcels' labels are asked about, because nobody knows whether they were printed.", r.Epoch, len(r.Asked))
	return r, nil
}

// askFurther asks the further hubs what they have of the station: no epoch begins twice,
// and where one has what the station's own hub has not, that is told.
func (r *recoveryReport) askFurther(ctx context.Context, cfg configs.Station, own wire.StationPosition) {
	for _, link := range cfg.HubLinks()[1:] {
		p, err := knownAtHub(ctx, cfg, link)
		if err != nil {
			r.Elsewhere = append(r.Elsewhere, fmt.Sprintf("%s could not be asked whether it has events that the station's hub has not: %v (if its token was lost with the disk: waybill station enrol --hub %s CODE)", link.URL, err, link.URL))
			continue
		}
		for _, e := range p.Epochs {
			r.Epoch = max(r.Epoch, e.Epoch)
			have := int64(0)
			for _, o := range own.Epochs {
				if o.Epoch == e.Epoch {
					have = o.Highest
				}
			}
			if e.Highest > have {
				r.Elsewhere = append(r.Elsewhere, fmt.Sprintf("%s has events of epoch %d up to %d, the station's hub up to %d: to recover by those, name that hub in hub.url first", link.URL, e.Epoch, e.Highest, have))
			}
		}
	}
}

// fetch brings the station's events back, and has the uplink go on behind them.
func (r *recoveryReport) fetch(ctx context.Context, j *journal.Journal, client *uplink.Client) error {
	im := j.Importer()
	for {
		page, err := client.OwnEvents(ctx, r.Station, im.Last())
		if err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		if err := im.Import(ctx, page...); err != nil {
			return err
		}
		var last wire.Envelope
		if err := json.Unmarshal(page[len(page)-1], &last); err != nil {
			return fmt.Errorf("event after %d/%d: %w", im.Last().Epoch, im.Last().Sequence, err)
		}
		r.LastEvent = time.Time(last.Time)
	}
	r.Events, r.Gaps = im.Events, im.Gaps
	if im.Events == 0 {
		return errors.New("the hub gives no events of the station back")
	}
	return j.SetCursor(ctx, client.Name(), im.Last())
}

// recoveryDesk is a desk that rebuilds and does nothing else.
func recoveryDesk(con *console, cfg configs.Station, j *journal.Journal, location *time.Location) (*desk.Desk, error) {
	language, err := labelLanguage(cfg)
	rules, rulesErr := loadRules(cfg.Rules)
	carriers, carriersErr := carrierTable(cfg.Carriers)
	if err := errors.Join(err, rulesErr, carriersErr); err != nil {
		return nil, usage(err)
	}
	return desk.New(desk.Options{
		Journal: j, Labels: maker(cfg, language, carriers, nil, nil),
		Rules: agent.Rules{Carriers: carriers, Rules: rules, ShipFrom: shipFrom(cfg.ShipFrom), Location: location, Packing: packingRules(cfg.Packing)},
		Now:   time.Now, NewID: newID, Location: location, Log: con.log, Queued: func() {}, Low: func() {}, Packed: func() {},
		Docks: docks(cfg.Scanners),
	}), nil
}

// besides are the files that stand beside a journal's own.
var besides = [...]string{"", "-wal", "-shm", ".lock"}

// removeJournal removes what a recovery that was cut short has left.
func removeJournal(path string) error {
	for _, suffix := range besides {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("journal of a recovery that was cut short: %w", err)
		}
	}
	return nil
}

// putInPlace gives a journal that is closed its name. Closing has written all of
// it into the one file.
func putInPlace(partial, path string) error {
	if info, err := os.Stat(partial + "-wal"); err == nil && info.Size() > 0 {
		return fmt.Errorf("journal %s is not whole without its -wal (say it again)", partial)
	}
	f, err := os.OpenFile(partial, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("recovered journal: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("recovered journal: %w", err)
	}
	if err := os.Rename(partial, path); err != nil {
		return fmt.Errorf("recovered journal: %w", err)
	}
	return errors.Join(atomicfile.SyncDir(filepath.Dir(path)), removeJournal(partial))
}
