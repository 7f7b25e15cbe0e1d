package main

import (
	"waybill/configs"
	"waybill/internal/filewatch"
)

// loadStation reads a station's configuration, with the hub's rules and templates where
// the station works by them.
func loadStation(path string) (configs.Station, error) {
	c := stationServeCmd{Config: path}
	l, err := c.load()
	return l.Station, err
}

// A configured station is a configuration with how its files, and those that it names,
// looked before they were read.
type configured struct {
	configs.Station
	seen filewatch.Seen
}

// load reads the configuration. What changes from here on is seen by whoever watches for
// what has changed since.
func (c *stationServeCmd) load() (configured, error) {
	l := configured{seen: filewatch.Look(c.Config)}
	var err error
	if l.Station, err = configs.LoadStation(c.Config); err != nil {
		return l, err
	}
	if l.Hub.Bundles {
		l.seen.Note(shelfOf(l.Station).Current())
	}
	if l.Station, err = withBundle(l.Station); err != nil {
		return l, err
	}
	l.seen.Note(c.files(l.Station)...)
	return l, nil
}

// files returns what a running station is made from, besides its templates.
func (c *stationServeCmd) files(cfg configs.Station) []string {
	files := []string{c.Config}
	if cfg.Rules != "" && !ofBundle(cfg, cfg.Rules) {
		_, named, _ := rulesAndFiles(cfg.Rules) // what is wrong with them is told where they are used
		files = append(append(files, cfg.Rules), named...)
	}
	if cfg.Carriers != "" {
		files = append(files, cfg.Carriers)
	}
	if cfg.Hub.Bundles {
		files = append(files, shelfOf(cfg).Current())
	}
	for _, h := range cfg.HubLinks() {
		files = append(files, h.Authority()) // an enrolment may change by what the hub is known
	}
	return files
}
