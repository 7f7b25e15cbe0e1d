package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

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
// where the station works by them.
func loadStation(path string) (configs.Station, error) {
	cfg, err := configs.LoadStation(path)
	if err != nil || !cfg.Hub.Bundles {
		return cfg, err
	}
	_, dir, err := shelfOf(cfg).InUse()
	if err != nil || dir == "" {
		return cfg, err
	}
	return byBundle(cfg, dir), nil
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
// it, or its rules name files that are not in it.
func checkBundle(cfg configs.Station, dir string) error {
	with := byBundle(cfg, dir)
	return errors.Join(checkNamed(dir, with.Rules), usable(with))
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
	o := downlink.Options{Hub: hub, Desk: st.desk, Shelf: shelfOf(st.cfg), Station: shipment.StationID(st.cfg.ID), Log: st.log}
	if st.cfg.Hub.Bundles {
		o.Check = func(dir string) error { return checkBundle(st.cfg, dir) }
	}
	return task.Func("what the hub has for the station", downlink.New(o).Run)
}
