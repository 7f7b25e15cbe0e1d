package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"

	"waybill/agent/api"
	"waybill/configs"
	"waybill/internal/fault"
	"waybill/shipment"
	"waybill/sync/journal"
)

// stationHubsCmd is `waybill station hubs`.
type stationHubsCmd struct {
	Config string `required:"" placeholder:"FILE" help:"The station's configuration."`
	JSON   bool   `help:"Write one JSON line per hub."`
}

// Help is shown under waybill station hubs --help.
func (*stationHubsCmd) Help() string {
	return `Tells how far each hub has come with the station's events, as its journal says: the
station's own, further ones, and former ones, to which no events go any more and which
lack some. It asks no hub, which waybill doctor does. The station may run meanwhile.

Example:
  waybill station hubs --config station.yaml`
}

// A hubLine is how far one hub has come.
type hubLine struct {
	Hub     string     `json:"hub"`
	Role    string     `json:"role"` // own, further, former; new: the station has not been started with it yet
	Lacks   int64      `json:"lacks"`
	Oldest  *time.Time `json:"oldest,omitempty"` // of what it lacks
	Refused int        `json:"refused"`
	Heard   *time.Time `json:"heard,omitempty"` // when it last took or refused something
}

// Run lists the hubs.
func (c *stationHubsCmd) Run(con *console) error {
	cfg, err := configs.LoadStation(c.Config)
	if err != nil {
		return usage(err)
	}
	r, err := journal.OpenReadOnly(con.ctx, filepath.Join(cfg.Data, "journal.db"))
	if fault.Is(err, fault.NotFound) || fault.Is(err, fault.Invalid) {
		return usage(fmt.Errorf("station hubs: %w", err))
	}
	if err != nil {
		return fmt.Errorf("station hubs: %w", err)
	}
	defer r.Close()
	all, err := r.Upstreams(con.ctx)
	if err != nil {
		return fmt.Errorf("station hubs: %w", err)
	}
	lines, err := hubLines(cfg, all)
	if err != nil {
		return usage(err)
	}
	return c.write(con.out, lines)
}

// hubLines returns a line for each hub of the configuration, in its order, and then for
// each other that the journal knows.
func hubLines(cfg configs.Station, all []journal.Upstream) ([]hubLine, error) {
	var lines []hubLine
	for i, link := range cfg.HubLinks() {
		client, err := hubClient(link)
		if err != nil {
			return nil, err
		}
		l := hubLine{Hub: client.Name(), Role: "new"}
		at := hubAt(all, client.Name())
		if at < 0 {
			at = hubAt(all, link.URL) // as it was written once
		}
		if at >= 0 {
			l = lineOf(all[at])
			l.Hub = client.Name()
			all = slices.Delete(slices.Clone(all), at, at+1)
			if l.Role = "further"; i == 0 {
				l.Role = "own"
			}
		}
		lines = append(lines, l)
	}
	for _, u := range all {
		lines = append(lines, lineOf(u))
	}
	return lines, nil
}

func lineOf(u journal.Upstream) hubLine {
	l := hubLine{Hub: u.Name, Role: "former", Lacks: u.Missing, Refused: u.Parked}
	if !u.Oldest.IsZero() {
		l.Oldest = new(u.Oldest)
	}
	if u.Position.Epoch > 0 {
		l.Heard = new(u.Moved)
	}
	return l
}

func (c *stationHubsCmd) write(out io.Writer, lines []hubLine) error {
	if c.JSON {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		for _, l := range lines {
			if err := enc.Encode(l); err != nil {
				return err
			}
		}
		return nil
	}
	at := func(t *time.Time) string {
		if t == nil {
			return "-"
		}
		return t.Local().Format("2006-01-02 15:04")
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "HUB\tROLE\tLACKS\tOLDEST\tREFUSED\tLAST HEARD")
	for _, l := range lines {
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%d\t%s\n", shipment.Visible(l.Hub), l.Role, l.Lacks, at(l.Oldest), l.Refused, at(l.Heard))
	}
	return w.Flush()
}

// stationForgetHubCmd is `waybill station forget-hub`.
type stationForgetHubCmd struct {
	stationLink `embed:""`
	Hub         string `arg:"" help:"The former hub, as waybill station hubs names it, or its address."`
	JSON        bool   `help:"Write JSON, which is what forget-hub writes anyway."`
}

// Help is shown under waybill station forget-hub --help.
func (*stationForgetHubCmd) Help() string {
	return `Says that a former hub, to which no events go any more and which lacks some, is not
waited for. What is kept for its sake alone may then go once it is old enough (retention
in the configuration). If it is to have those events after all, list it under further_hubs
instead. The station may run meanwhile. A hub to which events go is refused.

Example:
  waybill station forget-hub --config station.yaml old-hub.example.com`
}

type forgottenReport struct {
	api.FormerHub
	Message string `json:"message"`
}

// Run forgets the hub.
func (c *stationForgetHubCmd) Run(con *console) error {
	cfg, err := configs.LoadStation(c.Config)
	if err != nil {
		return usage(err)
	}
	j, err := openThere(con, cfg)
	var rep forgottenReport
	switch {
	case errors.Is(err, journal.ErrInUse): // the station runs, and has the journal
		err = c.ask(con, http.MethodPost, "/v1/hubs/forget", map[string]string{"hub": c.Hub}, &rep.FormerHub)
	case err == nil:
		var u journal.Upstream
		if u, err = forgetFormer(con.ctx, j, c.Hub); err == nil {
			rep.FormerHub = formerHub(u)
		}
		err = errors.Join(err, j.Close())
	case fault.Is(err, fault.NotFound):
		return usage(fmt.Errorf("station forget-hub: %w", err))
	}
	if err != nil {
		return fmt.Errorf("station forget-hub: %w", err)
	}
	rep.Message = fmt.Sprintf("Nothing is kept for %s any more: %d events never reached it, and it refused %d. They go once they are old enough.", rep.Hub, rep.Missing, rep.Parked)
	return writeJSON(con.out, rep)
}

// openThere opens a station's journal. One that is not there is not made: a command that
// finds none has been given another station's configuration.
func openThere(con *console, cfg configs.Station) (*journal.Journal, error) {
	path := filepath.Join(cfg.Data, "journal.db")
	if _, err := os.Stat(path); err != nil {
		return nil, &fault.Error{
			Op: "journal " + path, Kind: fault.NotFound, Err: err,
			Hint: "Name the configuration of a station that has been started once.",
		}
	}
	return journal.Open(con.ctx, journal.Options{Path: path, Station: shipment.StationID(cfg.ID), Log: con.log})
}
