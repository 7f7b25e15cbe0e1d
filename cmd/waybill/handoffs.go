package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"waybill/agent/handoff"
	"waybill/sync/wire"
)

// handoffsCmd is `waybill handoffs`.
type handoffsCmd struct {
	Elsewhere handoffsElsewhereCmd `cmd:"" help:"List the open pick-ups of other stations, as the hub tells."`
	TakeOver  handoffsTakeOverCmd  `cmd:"" help:"Go on here with a pick-up that another station has."`
	ParcelsOf handoffsParcelsOfCmd `cmd:"" help:"Say that parcels of a station that is gone may be handed over here, for a day."`
}

// Help is shown under waybill handoffs --help.
func (handoffsCmd) Help() string {
	return `All ask the station that runs by --config. The pick-ups of this station are on its page, /dock.

Example:
  waybill handoffs elsewhere --config station.yaml`
}

// handoffsElsewhereCmd is `waybill handoffs elsewhere`.
type handoffsElsewhereCmd struct {
	stationLink `embed:""`

	JSON bool `help:"Write JSON."`
}

// Help is shown under waybill handoffs elsewhere --help.
func (handoffsElsewhereCmd) Help() string {
	return `A pick-up of this station itself is listed where its journal was lost. Where the hub is away, what it said
last is listed, and the exit code is 1.

Example:
  waybill handoffs elsewhere --config station.yaml`
}

// Run lists them.
func (c *handoffsElsewhereCmd) Run(con *console) error {
	var away struct {
		Handoffs []wire.Handoff `json:"handoffs"`
		AsOf     time.Time      `json:"as_of,omitzero"`
		Problem  string         `json:"problem,omitempty"`
	}
	if err := c.ask(con, http.MethodGet, "/v1/hub/handoffs", nil, &away); err != nil {
		return err
	}
	if c.JSON {
		if err := writeJSON(con.out, away); err != nil {
			return err
		}
	} else {
		for _, h := range away.Handoffs {
			fmt.Fprintf(con.out, "%s  %s %s  station %s  handed over: %d  open since %s\n",
				h.ID, h.Carrier, h.Service, h.Station, h.Count, h.Opened.Local().Format("2 Jan 15:04"))
		}
		if len(away.Handoffs) == 0 && away.Problem == "" {
			fmt.Fprintln(con.out, "No other station has a pick-up open.")
		}
	}
	if away.Problem != "" {
		return errors.New("the hub does not answer, and only the hub can give a pick-up over: " + away.Problem)
	}
	return nil
}

// handoffsTakeOverCmd is `waybill handoffs take-over`.
type handoffsTakeOverCmd struct {
	stationLink `embed:""`

	ID   string `arg:"" help:"The pick-up, as waybill handoffs elsewhere lists it."`
	From string `required:"" placeholder:"STATION" help:"The station that has it."`
	By   string `required:"" placeholder:"NAME" help:"Who takes it over; it is kept."`
	Dock string `help:"The door; as it was where it is left out."`
}

// Help is shown under waybill handoffs take-over --help.
func (handoffsTakeOverCmd) Help() string {
	return `The hub gives a pick-up to one station. The other learns of it at its next contact and goes on no more.

Example:
  waybill handoffs take-over 0192a6c0-7d1e-7c3a-9a55-0242ac120002 --from dock-1 --by "S. Ito" --config station.yaml`
}

// Run takes it over.
func (c *handoffsTakeOverCmd) Run(con *console) error {
	var taken struct {
		handoff.Session

		Missing int `json:"missing_count"`
	}
	said := map[string]string{"from": c.From, "by": c.By, "dock": c.Dock}
	if err := c.ask(con, http.MethodPost, "/v1/handoffs/"+url.PathEscape(c.ID)+"/take-over", said, &taken); err != nil {
		return err
	}
	_, err := fmt.Fprintf(con.out, "The pick-up of %s goes on here: handed over %d, missing %d.\n", taken.Carrier, taken.Count, taken.Missing)
	return err
}

// handoffsParcelsOfCmd is `waybill handoffs parcels-of`.
type handoffsParcelsOfCmd struct {
	stationLink `embed:""`

	Station string `arg:"" help:"The station that is gone."`
	By      string `placeholder:"NAME" help:"Who says so; it is kept with every parcel."`
	End     bool   `help:"Take that word back."`
}

// Help is shown under waybill handoffs parcels-of --help.
func (handoffsParcelsOfCmd) Help() string {
	return `For labels that a station has printed and that no pick-up of it waits for. Scan the parcel at the dock here: the hub is
asked for it, gives it to one station, and the next scan hands it over. It counts for 24 hours.

Example:
  waybill handoffs parcels-of bench-3 --by "S. Ito" --config station.yaml`
}

// Run says so, or takes it back.
func (c *handoffsParcelsOfCmd) Run(con *console) error {
	path := "/v1/hub/stations/" + url.PathEscape(c.Station)
	if c.End {
		var still struct{}
		if err := c.ask(con, http.MethodPost, path+"/end-admission", nil, &still); err != nil {
			return err
		}
		_, err := fmt.Fprintf(con.out, "Parcels of station %s are handed over here no more, but for those that the hub has given already.\n", c.Station)
		return err
	}
	if c.By == "" {
		return usage(errors.New("--by is required: it is kept who says so"))
	}
	var said struct {
		Until time.Time `json:"until"`
	}
	if err := c.ask(con, http.MethodPost, path+"/admit", map[string]string{"by": c.By}, &said); err != nil {
		return err
	}
	_, err := fmt.Fprintf(con.out, "Parcels of station %s may be handed over here until %s. Scan each at the dock, and again when the page says so.\n",
		c.Station, said.Until.Local().Format("2 Jan 15:04"))
	return err
}
