package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"waybill/configs"
	"waybill/internal/fault"
	"waybill/internal/task"
	"waybill/internal/webserver"
	"waybill/shipment"
	"waybill/tracking"
	"waybill/tracking/hub"
	"waybill/tracking/store"
)

// hubCmd is `waybill hub`.
type hubCmd struct {
	Serve      hubServeCmd      `cmd:"" default:"withargs" name:"run" help:"Run the hub; the same as waybill hub alone."`
	Enrol      hubEnrolCmd      `cmd:"" help:"Make a one-time code with which a station comes in."`
	Stations   hubStationsCmd   `cmd:"" help:"List the stations, and how each stands."`
	Revoke     hubRevokeCmd     `cmd:"" help:"Shut a station out."`
	Bundles    hubBundlesCmd    `cmd:"" help:"Give stations their rules and label templates."`
	Rebuild    hubRebuildCmd    `cmd:"" name:"rebuild-bus" help:"Have the bus sent every event of the store again."`
	Quarantine hubQuarantineCmd `cmd:"" help:"Look at events that contradict others of their station, and decide on them."`
	InitTLS    hubInitTLSCmd    `cmd:"" name:"init-tls" help:"Make an authority and a certificate, for a hub in a house that has none."`
}

// Help is shown under waybill hub --help.
func (*hubCmd) Help() string {
	return `Runs until it is asked to stop; then requests in flight finish. With a command it does
that instead, also beside a hub that runs.

Alone it takes --config=FILE (required), and --example, which prints a configuration
with every key, each value of which is the default.

Example:
  waybill hub --example > hub.yaml
  waybill hub --config hub.yaml`
}

// hubServeCmd is `waybill hub` alone.
type hubServeCmd struct {
	Config  string     `required:"" placeholder:"FILE" help:"The hub's configuration; --example prints one with every key."`
	Example hubExample `help:"Print an annotated configuration, each value of which is the default."`
}

// Run runs the hub until the console's context ends.
func (c *hubServeCmd) Run(con *console) error {
	cfg, err := configs.LoadHub(c.Config)
	if err != nil {
		return usage(err)
	}
	con.log = newLogger(con.err, cfg.LogLevel)
	h, err := newHub(con, cfg)
	if err != nil {
		return err
	}
	err = task.Run(con.ctx, con.log, func() {
		con.log.InfoContext(con.ctx, "the hub is listening", "url", h.hub.BaseURL(), "address", h.web.Addr().String(), "data", h.data)
	}, h.tasks()...)
	return errors.Join(err, h.Close())
}

// A runningHub is a hub that listens and is served by web.
type runningHub struct {
	hub   *hub.Hub
	store *store.Store
	web   *webserver.Server
	more  []task.Task // beside web
	data  string      // where the store is, fit to be shown
}

// tasks returns what to run.
func (h *runningHub) tasks() []task.Task { return append([]task.Task{h.web}, h.more...) }

var _ io.Closer = (*runningHub)(nil)

// newHub opens the store and the listener of cfg. Run its tasks, then Close it.
func newHub(con *console, cfg configs.Hub) (*runningHub, error) {
	o := hub.Options{
		PublicURL: cfg.PublicURL, TLS: cfg.TLS.On(), Hosts: cfg.AllowedHosts, Log: con.log,
		StationTokens: map[shipment.StationID]string{}, TokenLife: time.Duration(cfg.TokenDays) * 24 * time.Hour,
	}
	for _, s := range cfg.Stations {
		hash, err := s.Token().Hash()
		if err != nil {
			return nil, usage(fmt.Errorf("station %s: %w", s.ID, err))
		}
		o.StationTokens[shipment.StationID(s.ID)] = hash
	}
	for _, t := range cfg.APITokens {
		hash, err := t.Hash()
		if err != nil {
			return nil, usage(fmt.Errorf("API token %s: %w", t.Name, err))
		}
		o.APITokens = append(o.APITokens, hash)
		if slices.Contains(t.Scopes, configs.InstructOrders) {
			o.OrderTokens = append(o.OrderTokens, hash)
		}
	}
	web, err := webserver.Listen(con.ctx, "hub", cfg.Listen, con.log)
	if err != nil {
		return nil, err
	}
	more, err := useTLS(con.ctx, web, cfg, con.log)
	if err != nil {
		return nil, errors.Join(err, web.Close())
	}
	s, err := openHubStore(con.ctx, con, cfg)
	if err != nil {
		return nil, errors.Join(err, web.Close())
	}
	o.Store, o.Addr, o.Stopping = s, web.Addr(), web.Stopping()
	h, err := hub.New(o)
	if err != nil {
		if fault.Is(err, fault.Invalid) {
			err = usage(err)
		}
		return nil, errors.Join(err, s.Close(), web.Close())
	}
	web.Handle(h)
	return &runningHub{hub: h, store: s, web: web, more: append(more, busTasks(con, cfg, s)...), data: store.Redacted(cfg.Data)}, nil
}

// Close closes the store and, where the hub never ran, the listener.
func (h *runningHub) Close() error { return errors.Join(h.web.Close(), h.store.Close()) }

func openHubStore(ctx context.Context, con *console, cfg configs.Hub) (*store.Store, error) {
	s, err := openData(ctx, con, cfg)
	if err != nil {
		return nil, fmt.Errorf("hub: %w", err)
	}
	ranges := make([]tracking.Range, len(cfg.Ranges))
	for i, r := range cfg.Ranges {
		ends, err := r.Ends()
		if err != nil {
			return nil, errors.Join(usage(fmt.Errorf("range %s: until: %w", r.ID, err)), s.Close())
		}
		ranges[i] = tracking.Range{
			ID: r.ID, Carrier: shipment.CarrierID(r.Carrier), Service: shipment.ServiceID(r.Service), Scheme: r.Scheme, Prefix: r.Prefix, From: r.From, To: r.To,
			Life: time.Duration(cfg.LeaseDays) * 24 * time.Hour, Ends: ends,
		}
	}
	if err := s.SetRanges(ctx, ranges); err != nil {
		if fault.Is(err, fault.Invalid) {
			err = usage(err)
		}
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}
