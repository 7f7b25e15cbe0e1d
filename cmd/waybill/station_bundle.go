package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"waybill/agent/desk"
	"waybill/configs"
	"waybill/internal/task"
	"waybill/shipment"
	"waybill/sync/downlink"
	"waybill/sync/uplink"
	"waybill/sync/wire"
)

// shelfOf returns where the station keeps what its hub gave it.
func shelfOf(cfg configs.Station) *downlink.Shelf { return downlink.NewShelf(cfg.Hub.Enrolled) }

// loadStation reads a station's configuration, with the hub's rules and templates
// where the station works by them. Where it cannot work by the bundle in use, it
// works by the one before, and says so by Hub.Amiss.
func loadStation(path string) (configs.Station, error) {
	cfg, err := configs.LoadStation(path)
	if err != nil {
		return cfg, err
	}
	return withBundle(cfg)
}

func withBundle(cfg configs.Station) (configs.Station, error) {
	if !cfg.Hub.Bundles {
		return cfg, nil
	}
	shelf := shelfOf(cfg)
	in, err := shelf.InUse()
	if err != nil || in.Version == 0 {
		return cfg, err
	}
	with, err := byPlaced(cfg, shelf, in)
	if err == nil {
		return with, nil
	}
	if in.Before != nil {
		if before, beforeErr := byPlaced(cfg, shelf, *in.Before); beforeErr == nil {
			before.Hub.Amiss = fmt.Errorf("the station works by version %d of the hub's rules and templates, since it cannot by version %d: %w", in.Before.Version, in.Version, err)
			return before, nil
		}
	}
	return with, fmt.Errorf("%w (put another bundle at the hub, or remove %s: the station then works by its own rules until the hub gives it the bundle again)", err, shelf.Current())
}

// byPlaced returns the configuration with a bundle that is on the shelf, whole and
// such that a station can start with it.
func byPlaced(cfg configs.Station, shelf *downlink.Shelf, p downlink.Placed) (configs.Station, error) {
	with := byBundle(cfg, shelf.Dir(p))
	err := shelf.Whole(p)
	if err == nil {
		err = loadable(with)
	}
	return with, err
}

// tellBundle tells that the station does not work by the newest of its hub's rules
// and templates that were put in place.
func (st *station) tellBundle(ctx context.Context) {
	amiss := st.cfg.Hub.Amiss
	if amiss == nil {
		return
	}
	st.log.ErrorContext(ctx, "the hub's newest rules and templates do not work here", "err", amiss)
	d := mistake("rules of the hub", amiss)
	d.Words, d.Todo = "Not usable", "The version before stays in use. Put another bundle at the hub."
	st.news.put(d)
}

// byBundle returns the configuration with rules and templates of a bundle. What the
// bundle has not is the station's own.
func byBundle(cfg configs.Station, dir string) configs.Station {
	if cfg.Hub.Bundle == "" {
		cfg.Hub.Own = configs.OwnRules{Rules: cfg.Rules, Templates: cfg.Templates}
	}
	cfg.Hub.Bundle, cfg.Rules, cfg.Templates = dir, cfg.Hub.Own.Rules, cfg.Hub.Own.Templates
	if rules := filepath.Join(dir, wire.BundleRules); there(rules) {
		cfg.Rules = rules
	}
	if templates := filepath.Join(dir, wire.BundleTemplates); there(templates) {
		cfg.Templates = templates
	}
	return cfg
}

func there(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// checkBundle says what is wrong with a bundle for a station: it would not start with
// it, its rules name files that are not in it, or a label cannot be made of one of its
// templates.
func checkBundle(ctx context.Context, cfg configs.Station, dir string) error {
	with := byBundle(cfg, dir)
	if err := errors.Join(checkNamed(dir, with.Rules), usable(with)); err != nil {
		return err
	}
	language, err := labelLanguage(with)
	if err != nil {
		return err
	}
	return trial{dir: dir, rules: with.Rules, res: resolution(with), language: language, fonts: systemFonts(with)}.templates(ctx)
}

// checkNamed refuses rules of a bundle that lead out of it.
func checkNamed(dir, rules string) error {
	if !there(filepath.Join(dir, wire.BundleRules)) {
		return nil
	}
	_, named, _ := rulesAndFiles(rules)
	for _, name := range named {
		if in, relErr := filepath.Rel(dir, name); relErr != nil || !filepath.IsLocal(in) {
			return fmt.Errorf("%s names %s, which is not in the bundle", wire.BundleRules, name)
		}
	}
	return nil // what is wrong with the rules themselves is told by whoever loads them
}

// downlink returns the task that brings what the hub has for the station.
func (st *station) downlink(hub *uplink.Client) task.Task {
	o := downlink.Options{Hub: hub, Desk: st.desk, Shelf: shelfOf(st.cfg), Station: shipment.StationID(st.cfg.ID), OnTrouble: st.downlinkTrouble, Log: st.log}
	if st.cfg.Hub.Bundles {
		o.Check = func(ctx context.Context, dir string) error { return checkBundle(ctx, st.cfg, dir) }
	}
	return task.Func("what the hub has for the station", downlink.New(o).Run)
}

// downlinkTrouble tells that what the hub says of orders, or its rules, cannot be
// taken: an order that it stops might leave.
func (st *station) downlinkTrouble(err error) {
	dev := desk.Device{Kind: "file", Name: "what the hub says", State: "ready"}
	if err != nil {
		dev.State, dev.Words, dev.Todo = "blocked", "Not taken", "Go on packing. Tell whoever runs the hub."
		dev.Detail, _, _ = strings.Cut(err.Error(), "\n")
	}
	st.news.put(dev)
}
