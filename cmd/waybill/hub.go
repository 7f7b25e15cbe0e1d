package main

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	Config  string     `required:"" placeholder:"FILE" help:"The hub's configuration; --example prints one with every key."`
	Example hubExample `help:"Print an annotated configuration, each value of which is the default."`
}

// Help is shown under waybill hub --help.
func (c *hubCmd) Help() string {
	return "Runs until it is asked to stop; then requests in flight finish.\n\nExample:\n  waybill hub --example > hub.yaml\n  waybill hub --config hub.yaml"
}

// Run runs the hub until the console's context ends.
func (c *hubCmd) Run(con *console) error {
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
		con.log.InfoContext(con.ctx, "the hub is listening", "url", h.hub.BaseURL(), "address", h.web.Addr().String(), "data", cfg.Data)
	}, h.web)
	return errors.Join(err, h.Close())
}

// A runningHub is a hub that listens and is served by web.
type runningHub struct {
	hub   *hub.Hub
	store *store.Store
	web   *webserver.Server
}

var _ io.Closer = (*runningHub)(nil)

// newHub opens the store and the listener of cfg. Run its web, then Close it.
func newHub(con *console, cfg configs.Hub) (*runningHub, error) {
	o := hub.Options{
		PublicURL: cfg.PublicURL, Hosts: cfg.AllowedHosts, Log: con.log,
		StationTokens: map[shipment.StationID]string{},
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
	}
	web, err := webserver.Listen(con.ctx, "hub", cfg.Listen, con.log)
	if err != nil {
		return nil, err
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
	return &runningHub{hub: h, store: s, web: web}, nil
}

// Close closes the store and, where the hub never ran, the listener.
func (h *runningHub) Close() error { return errors.Join(h.web.Close(), h.store.Close()) }

func openHubStore(ctx context.Context, con *console, cfg configs.Hub) (*store.Store, error) {
	s, err := store.Open(ctx, cfg.Data, store.Options{Log: con.log})
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
