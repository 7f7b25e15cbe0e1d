package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/google/uuid"

	"waybill/agent"
	"waybill/agent/api"
	"waybill/agent/desk"
	"waybill/agent/intake"
	"waybill/agent/labelling"
	"waybill/configs"
	"waybill/internal/filewatch"
	"waybill/internal/guard"
	"waybill/internal/task"
	"waybill/internal/webserver"
	"waybill/labels"
	"waybill/labels/fonts"
	"waybill/printer/spool"
	"waybill/shipment"
	"waybill/shipment/carrier"
	"waybill/sync/journal"
	"waybill/sync/uplink"
)

// stationCmd is `waybill station`.
type stationCmd struct {
	Serve   stationServeCmd   `cmd:"" default:"withargs" name:"run" help:"Run the station; the same as waybill station alone."`
	Enrol   stationEnrolCmd   `cmd:"" help:"Come in at the hub with a one-time code."`
	Recover stationRecoverCmd `cmd:"" help:"Get back from the hub what a lost disk had."`
	Hubs    stationHubsCmd    `cmd:"" help:"Tell how far each hub has come with the station's events."`

	ForgetHub stationForgetHubCmd `cmd:"" name:"forget-hub" help:"Wait for a former hub no more."`
}

// Help is shown under waybill station --help.
func (*stationCmd) Help() string {
	return `Runs until SIGTERM or Ctrl-C. Changes of the configuration and of label templates are picked up while it runs.

Alone it takes --config=FILE (required), and --example, which prints a configuration
with every key, each value of which is the default.

Example:
  waybill station --example > station.yaml
  waybill station --config station.yaml`
}

// stationServeCmd is `waybill station` alone.
type stationServeCmd struct {
	Config  string         `required:"" placeholder:"FILE" help:"The station's configuration; --example prints one with every key."`
	Example stationExample `help:"Print an annotated configuration, each value of which is the default."`
}

// Run runs the station, anew after each good change of its configuration.
func (c *stationServeCmd) Run(con *console) error {
	cfg, err := c.load()
	if err != nil {
		return usage(err)
	}
	thrifty()
	var good *configured // the last configuration that ran
	var wrong error      // why the one after it does not
	for {
		ready := false
		next, err := c.runOnce(con, cfg, wrong, func() { ready = true })
		if ready {
			good = nil // what works is not undone by what goes wrong later
		}
		switch {
		case next != nil:
			ran := cfg
			good, cfg, wrong = &ran, *next, nil
		case err != nil && good != nil && con.ctx.Err() == nil:
			con.log.ErrorContext(con.ctx, "the new configuration does not work; going on with the last good one", "err", err)
			// What the wrong one was made from is looked at, too: it is mended there.
			seen := cfg.seen
			cfg, good, wrong = *good, nil, err
			seen.Note(c.files(cfg.Station)...)
			cfg.seen = seen
		default:
			return err
		}
	}
}

// runOnce runs the station with one configuration, and returns the next one when
// the file has changed for the better. wrong, if not nil, is why a newer
// configuration is not used; the page tells it.
func (c *stationServeCmd) runOnce(con *console, cfg configured, wrong error, ready func()) (*configured, error) {
	ctx, stop := context.WithCancel(con.ctx)
	defer stop()
	log := newLogger(con.err, cfg.LogLevel).With("station", cfg.ID)
	st, err := newStation(ctx, cfg.Station, systemFonts(cfg.Station), log)
	if err != nil {
		return nil, err
	}
	defer st.close()
	if wrong != nil {
		st.news.put(mistake("configuration", wrong))
	}
	st.tellBundle(ctx, cfg.Hub.Amiss)
	var next *configured
	reload := task.Func("configuration", func(ctx context.Context) error {
		filewatch.OnChangeSince(ctx, cfg.seen, 2*time.Second, log, func(ctx context.Context) {
			changed, err := c.load()
			if err == nil && undone(cfg, changed) {
				st.tellBundle(ctx, changed.Hub.Amiss)
				return
			}
			if err == nil {
				err = cmp.Or(usable(changed.Station), stays(cfg.Station, changed.Station))
			}
			if err != nil {
				log.ErrorContext(ctx, "the changed configuration is wrong; the last good one stays in use", "err", err)
				st.news.put(mistake("configuration", err))
				return
			}
			log.InfoContext(ctx, "configuration changed; starting anew")
			next = &changed
			stop()
		})
		return nil
	})
	err = st.run(ctx, func() {
		ready()
		log.InfoContext(ctx, "station is ready", "page", st.web.URL(), "hot_folder", cfg.Intake.Dir, "hub", cfg.Hub.URL)
	}, reload)
	return next, err
}

// A station is one packing station, wired.
type station struct {
	cfg     configs.Station
	journal *journal.Journal
	desk    *desk.Desk
	web     *webserver.Server
	news    *deviceNews
	hubs    hubs
	tasks   []task.Task
	labels  *labelling.Maker
	log     *slog.Logger
}

// newStation is the whole wiring of a station. Nothing runs before run. Where that meets
// damage of the journal, which of a large one may be the first to do so, it begins once
// more: now all of the file is checked as it is opened, and it is built anew.
func newStation(ctx context.Context, cfg configs.Station, faces *fonts.Set, log *slog.Logger) (*station, error) {
	st := &station{cfg: cfg, news: newDeviceNews(), log: log}
	err := st.wire(ctx, faces)
	if st.journal != nil && errors.Is(err, journal.ErrDamaged) && !errors.Is(err, journal.ErrGarbled) {
		log.ErrorContext(ctx, "The journal is damaged; it is opened once more and checked as a whole.", "err", err)
		st.close()
		st = &station{cfg: cfg, news: newDeviceNews(), log: log}
		err = st.wire(ctx, faces)
	}
	if err != nil {
		st.close()
		return nil, err
	}
	return st, nil
}

// wire puts the station together. What it has opened by then, an error leaves open.
func (st *station) wire(ctx context.Context, faces *fonts.Set) error {
	cfg, log := st.cfg, st.log
	location, err := cfg.Location()
	language, languageErr := labelLanguage(cfg)
	if err := errors.Join(err, languageErr); err != nil {
		return usage(err)
	}
	rules, err := loadRules(cfg.Rules)
	carriers, carriersErr := carrierTable(cfg.Carriers)
	if err := errors.Join(err, carriersErr); err != nil {
		return usage(err)
	}
	templates, err := loadTemplates(cfg)
	if err == nil {
		err = suits(cfg, templates, rules, carriers)
	}
	if err != nil {
		return usage(err)
	}
	if err := makeData(cfg); err != nil {
		return err
	}
	err = st.openJournal(ctx, journal.Options{
		Path: filepath.Join(cfg.Data, "journal.db"), Station: shipment.StationID(cfg.ID), Location: location, Log: log, Reserve: cfg.Journal.ReserveMiB << 20, OnSpace: st.diskState, Perishable: desk.PerishableKinds(),
	})
	if err != nil {
		return err
	}
	queued, low, packed := make(chan struct{}, 1), make(chan struct{}, 1), make(chan struct{}, 1)
	st.labels = maker(cfg, language, carriers, templates, faces)
	st.desk = desk.New(desk.Options{
		Journal: st.journal, Labels: st.labels, AutoOpen: cfg.Handoff.AutoOpen, LowWater: cfg.Hub.LowWater, ReserveDays: cfg.Hub.Reserve,
		Rules: agent.Rules{Carriers: carriers, Rules: rules, ShipFrom: shipFrom(cfg.ShipFrom), Location: location, Packing: packingRules(cfg.Packing), Hold: waitsForRules(cfg)},
		Now:   time.Now, NewID: newID, Location: location, Log: log,
		Queued: nudge(queued), Low: nudge(low), Packed: nudge(packed), Benches: benches(cfg), AskHub: true,
		RawRoles: rawRoles(cfg), RawFiles: rawFiles(cfg), Senders: senders(cfg.Scanners), Docks: docks(cfg.Scanners), Cutoffs: cutoffsOf(cfg),
	})
	if err := st.takeUp(ctx); err != nil {
		return err
	}
	if err := st.openHubs(ctx); err != nil {
		return err
	}
	hub := st.hubs.own().client
	links, err := printers(cfg)
	if err != nil {
		return usage(err)
	}
	sp := spool.New(spool.Options{Ledger: st.desk, Bindings: st.desk, Printers: links, Log: log, OnStatus: st.printerStatus, OnLedger: st.ledgerState})
	st.desk.UsePrinters(sp)
	watches, err := st.scanners()
	scales, scalesErr := st.scales()
	if err := errors.Join(err, scalesErr); err != nil {
		return usage(err)
	}
	if st.web, err = webserver.Listen(ctx, "packer's page", cfg.Listen, log); err != nil {
		return err
	}
	handler, err := st.handler(carriers, hub)
	if err != nil {
		return usage(err)
	}
	st.web.Handle(handler)
	st.tasks = append([]task.Task{
		sp, st.web, st.folder(),
		task.Func("wake the spool", forward(queued, sp.Wake)),
		task.Func("devices", st.tellDevices),
		task.Func("cut-offs", st.cutoffs), task.Func("pick-ups at other stations", st.meetHub(hub)),
		task.Func("parcels of other stations", func(ctx context.Context) error { return st.desk.AskHub(ctx, hub, st.hubs.own().awaySince) }),
		task.Func("labels not made", st.resume), task.Func("check of the journal", st.checkJournal), task.Func("retention", st.retention),
		task.Func("number ranges", st.refill(hub, rules, low)),
		task.Func("label templates", st.reloadTemplates(templates)), st.downlink(hub),
	}, slices.Concat(st.hubs.tasks(log), watches, scales, st.speakers(), []task.Task{task.Func("labels of packed parcels", st.labelPacked(packed))})...)
	return nil
}

// makeData makes the directory of the station's data, and notes of which hub
// the first folder of a hub is before anything is laid there.
func makeData(cfg configs.Station) error {
	if err := os.MkdirAll(cfg.Data, 0o750); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	return cfg.NoteHub()
}

// run runs the station until ctx ends.
func (st *station) run(ctx context.Context, ready func(), more ...task.Task) error {
	return task.Run(ctx, st.log, ready, append(st.tasks, more...)...)
}

func (st *station) close() {
	if st.web != nil {
		// It is closed already after a run.
		_ = st.web.Close()
	}
	if st.journal != nil {
		if err := st.journal.Close(); err != nil {
			st.log.Error("journal could not be closed", "err", err)
		}
	}
}

func (st *station) handler(carriers *carrier.Table, hub *uplink.Client) (_ httpHandler, err error) {
	location, err := st.cfg.Location()
	if err != nil {
		return nil, err
	}
	tokens, scopes := map[string]string{}, map[string][]string{}
	for _, t := range st.cfg.API.Tokens {
		hash, err := t.Hash()
		if err != nil {
			return nil, err
		}
		tokens[hash], scopes[hash] = t.Name, t.Scopes
	}
	return guard.Handler(
		guard.Options{Hosts: st.cfg.API.AllowedHosts, Origins: st.cfg.API.AllowedOrigins, Tokens: tokens, Scopes: scopes, Public: health},
		api.New(api.Options{
			Station: shipment.StationID(st.cfg.ID), Desk: st.desk, Journal: st.journal, Carriers: carriers,
			HotFolder: st.cfg.Intake.Dir, CSV: st.intakeOptions(), Version: version(), Now: time.Now, Log: st.log, Stopping: st.web.Stopping(),
			Preview: preview(resolution(st.cfg)), Commands: commandSheet{st.labels, packingRules(st.cfg.Packing)}, Manifest: st.manifest(location), Location: location, Hub: hub, Retry: st.retryParked, Uplinks: st.uplinkFigures, ForgetHub: st.forgetHub,
		}))
}

// startSpread is the longest that a restarted station waits before it speaks to the
// hub: after a power cut a thousand of them start at once.
const startSpread = 3 * time.Second

// resumeEvery is how often orders are looked for whose labels were not made.
const resumeEvery = 15 * time.Second

// resume takes up, now and then, the orders whose labels an error kept from
// being made.
func (st *station) resume(ctx context.Context) error {
	tick := time.NewTicker(resumeEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := st.desk.Resume(ctx, resumeEvery); err != nil && ctx.Err() == nil {
			st.log.ErrorContext(ctx, "labels that were not made could not be made now either", "retry_in", resumeEvery, "err", err)
		}
	}
}

// checkJournal ends the station where its journal turns out to be damaged, which a
// large one may only after the start. The next start deals with it before anything
// else.
func (st *station) checkJournal(ctx context.Context) error {
	err := untilChecked(ctx, st.journal.CheckWhole, st.log)
	settle()
	return err
}

// health reports whether r is a monitor's, who needs no token and learns nothing.
func health(r *http.Request) bool {
	return r.Method == http.MethodGet && (r.URL.Path == "/healthz" || r.URL.Path == "/readyz")
}

// refill keeps the station in tracking numbers.
func (st *station) refill(hub desk.Lessor, rules *carrier.Rules, low <-chan struct{}) func(context.Context) error {
	pools := poolsOf(rules)
	if st.cfg.Hub.NoRules {
		pools = nil // they are of the examples
	}
	return func(ctx context.Context) error {
		pause := time.Duration(0)
		for {
			err := st.desk.Refill(ctx, hub, shipment.StationID(st.cfg.ID), pools, st.cfg.Hub.LeaseBlock)
			if ctx.Err() != nil {
				return nil
			}
			if err != nil {
				pause = min(max(2*pause, time.Second), st.cfg.Hub.MaxBackoff)
				st.log.WarnContext(ctx, "tracking numbers could not be leased; those in hand go on", "retry_in", pause, "err", err)
			} else {
				pause = 0
			}
			wait := pause
			if wait == 0 {
				wait = time.Minute
			}
			timer := time.NewTimer(wait)
			wake := low
			if pause > 0 {
				wake = nil // the hub is away; asking faster does not bring it back
			}
			select {
			case <-ctx.Done():
				timer.Stop()
				return nil
			case <-wake:
			case <-timer.C:
			}
			timer.Stop()
		}
	}
}

// poolsOf returns what numbers are leased for: every service of the rules.
func poolsOf(rules *carrier.Rules) []desk.Pool {
	pools := make([]desk.Pool, 0, len(rules.Services()))
	for _, s := range rules.Services() {
		pools = append(pools, desk.Pool{Carrier: s.Carrier, Service: s.ID})
	}
	return pools
}

func (st *station) reloadTemplates(t *labelling.Templates) func(context.Context) error {
	return func(ctx context.Context) error {
		if st.cfg.Templates == "" || ofBundle(st.cfg, st.cfg.Templates) {
			<-ctx.Done()
			return nil
		}
		filewatch.OnChange(ctx, []string{st.cfg.Templates}, 2*time.Second, st.log, func(ctx context.Context) {
			if err := t.Reload(); err != nil {
				st.log.ErrorContext(ctx, "a changed label template is wrong; its last good version stays in use", "err", err)
				st.news.put(mistake("label templates", err))
				return
			}
			st.news.put(desk.Device{Kind: "file", Name: "label templates", State: "ready"})
			st.log.InfoContext(ctx, "label templates reloaded")
		})
		return nil
	}
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// nudge returns a function that wakes whoever waits on ch, and never blocks.
func nudge(ch chan<- struct{}) func() {
	return func() {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

// forward returns a task body that calls f for each nudge.
func forward(ch <-chan struct{}, f func()) func(context.Context) error {
	return func(ctx context.Context) error {
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-ch:
				f()
			}
		}
	}
}

func shipFrom(f configs.ShipFrom) shipment.Address {
	return shipment.Address{
		Name: f.Name, Company: f.Company, Line1: f.Line1, Line2: f.Line2, City: f.City,
		Region: f.Region, PostalCode: f.PostalCode, Country: f.Country, Phone: f.Phone,
	}
}

// loadTemplates reads the label templates that ship with Waybill, and the
// station's own.
func loadTemplates(cfg configs.Station) (*labelling.Templates, error) {
	shipped, err := fs.Sub(configs.Templates, "templates")
	if err != nil {
		return nil, err
	}
	var own fs.FS
	if cfg.Templates != "" {
		own = templateDir(cfg.Templates)
		if ofBundle(cfg, cfg.Templates) {
			own = bundleTemplates(cfg)
		}
	}
	return labelling.LoadTemplates(shipped, own, cfg.Template)
}

// choice returns what the configuration says of the labels of services and carriers.
func choice(cfg configs.Station) labelling.Choice {
	return labelling.Choice{Template: cfg.TemplateBy, Fields: cfg.LabelFields}
}

// maker returns what makes the labels for the station's shipping printers.
func maker(cfg configs.Station, language string, carriers *carrier.Table, templates *labelling.Templates, faces *fonts.Set) *labelling.Maker {
	p, _ := shippingPrinter(cfg)
	return &labelling.Maker{
		Carriers: carriers, Templates: templates, Choice: choice(cfg), Fonts: faces,
		Resolution: resolution(cfg), Compact: p.Format == configs.Compact, Write: language, DotsPerMM: dotsPerMM[p.DPI],
	}
}

// resolution returns the dots of the station's shipping printer; 203 dpi where
// there is none.
func resolution(cfg configs.Station) labels.Resolution {
	if p, ok := shippingPrinter(cfg); ok {
		return printerDots{DPI: p.DPI, PerMM: p.PerMM}.resolution()
	}
	return labels.DPI203
}

// shippingPrinter returns the first printer of shipping labels, which all are
// alike.
func shippingPrinter(cfg configs.Station) (configs.Printer, bool) {
	for _, p := range cfg.Printers {
		if slices.Contains(p.Roles, labelling.Role) {
			return p, true
		}
	}
	return configs.Printer{}, false
}

var errNoDriver = errors.New("no such driver")

func (st *station) intakeOptions() intake.Options { return intake.Options{Columns: st.cfg.Intake.CSV} }
