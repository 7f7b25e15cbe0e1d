package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"text/tabwriter"
	"time"

	"waybill/configs"
	"waybill/printer"
	printerdriver "waybill/printer/driver"
	"waybill/printer/spool"
)

// printersCmd is `waybill printers`.
type printersCmd struct {
	List printersListCmd `cmd:"" default:"withargs" help:"Ask each printer who and how it is."`
	Test printersTestCmd `cmd:"" help:"Print a small test label, and say what proves that it came out."`

	Watch printersWatchCmd `cmd:"" help:"Show each change of a printer as it happens."`
}

// Help is shown under waybill printers --help.
func (printersCmd) Help() string {
	return "Example:\n  waybill printers --config station.yaml\n  waybill printers --discover\n  waybill printers test --link tcp://192.0.2.7\n  waybill printers watch --config station.yaml"
}

// printerChoice is how a command says which printers it means.
type printerChoice struct {
	Config string `help:"Station configuration with the printers." placeholder:"FILE"`
	Link   string `help:"One printer, without a configuration: tcp://host:9100, usb://VENDOR:PRODUCT/SERIAL, serial:///dev/ttyUSB0?baud=9600, file:///dev/usb/lp0, ipp://host/ipp/print or ipps://host/printers/NAME." placeholder:"URL"`
	Driver string `help:"Driver for --link; without it ipp for links of IPP, else zpl."`
}

// station returns a station that has the printers meant and, where they are
// those of a configuration, is that one.
func (c printerChoice) station() (configs.Station, error) {
	switch {
	case c.Config != "" && c.Link != "":
		return configs.Station{}, errors.New("printers: give --config or --link, not both")
	case c.Link != "":
		driver := "zpl"
		if scheme, _, _ := strings.Cut(c.Link, "://"); scheme == "ipp" || scheme == "ipps" {
			driver = "ipp"
		}
		return configs.Station{Printers: []configs.Printer{{Name: c.Link, Driver: cmp.Or(c.Driver, driver), Link: c.Link, Roles: []string{"test"}}}}, nil
	case c.Config == "":
		return configs.Station{}, fmt.Errorf("printers: which ones? (give --config FILE, or --link URL with one of the drivers %s)", names(printerdriver.All()))
	}
	return configs.LoadStation(c.Config)
}

// printers returns the printers meant, and the station that has them.
func (c printerChoice) printers() ([]spool.Config, configs.Station, error) {
	station, err := c.station()
	if err != nil {
		return nil, station, err
	}
	list, err := printers(station)
	return list, station, err
}

// languageOf returns what the configuration says of a printer's labels; empty
// where it says nothing.
func languageOf(station configs.Station, name string) string {
	for _, p := range station.Printers {
		if p.Name == name {
			return p.Language
		}
	}
	return ""
}

type printersListCmd struct {
	printerChoice
	discoverFlags
	Direct bool `help:"Ask the printers themselves, even while a station is running."`
	JSON   bool `help:"Write JSON."`
}

// Help is shown under waybill printers list --help.
func (printersListCmd) Help() string {
	return `Without --config and --link, the label printers on USB.

With --discover, everything that could be configured, and what to write into the configuration for it. No printer is asked anything,
no port is opened; with --config it says what is configured already.

A printer may serve one connection at a time: while the station of --config is running, it is asked how its printers are. What only the printer
itself tells, such as its count, is not shown then; with --direct the printers are asked, and may look silent.

Example:
  waybill printers --config station.yaml --json
  waybill printers --discover --config station.yaml`
}

// printerAnswer is what one printer said.
type printerAnswer struct {
	Name     string           `json:"name"`
	Driver   string           `json:"driver"`
	Link     string           `json:"link"`
	Roles    []string         `json:"roles"`
	Ready    bool             `json:"ready"`
	State    string           `json:"state"`
	Todo     string           `json:"todo,omitempty"`
	Also     []string         `json:"also,omitempty"`
	Identity printer.Identity `json:"identity"`
	Status   printer.Status   `json:"status"`
	Odometer *int64           `json:"odometer"`
	Why      string           `json:"why,omitempty"`
}

// Run asks all printers at once. A printer that cannot be reached is a line of
// the list, not a failure of the command.
func (c *printersListCmd) Run(con *console) error {
	if c.Discover {
		return c.discoverPrinters(con)
	}
	list, station, err := c.printers()
	if c.Config == "" && c.Link == "" {
		list, err = attachedPrinters(con)
	}
	if err != nil {
		return usage(err)
	}
	if len(list) == 0 {
		fmt.Fprintln(con.err, "No printer is attached to this machine that can be seen. Everything that could be configured: waybill printers --discover. One that is known: --config FILE, or --link tcp://HOST.")
	}
	answers := c.answers(con, station, list)
	if c.JSON {
		return json.NewEncoder(con.out).Encode(answers)
	}
	w := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PRINTER\tROLES\tLINK\tMODEL\tSERIAL\tPRINTED\tSTATE")
	for _, a := range answers {
		count := "-"
		if a.Odometer != nil {
			count = strconv.FormatInt(*a.Odometer, 10)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n",
			a.Name, strings.Join(a.Roles, ","), a.Link, a.Identity.Model, a.Identity.Serial, count, a.words())
	}
	return w.Flush()
}

// answers asks the station that holds the printers how they are and, where none
// runs, the printers.
func (c *printersListCmd) answers(con *console, station configs.Station, list []spool.Config) []printerAnswer {
	if c.Config != "" && !c.Direct {
		answers, url, why := askStation(con.ctx, station, list)
		if answers != nil {
			fmt.Fprintf(con.err, "As the station that runs at %s has them.\n", url)
			return answers
		}
		if why != "" {
			fmt.Fprintf(con.err, "The station that runs does not tell: %s. The printers are asked, and may be silent while it holds them.\n", why)
		}
	}
	answers := make([]printerAnswer, len(list))
	var wg sync.WaitGroup
	for i, p := range list {
		wg.Go(func() { answers[i] = interview(con, p) })
	}
	wg.Wait()
	return answers
}

// interview asks one printer everything.
func interview(con *console, c spool.Config) printerAnswer {
	a := printerAnswer{Name: c.Name, Driver: c.Driver.Name, Link: c.Link, Roles: c.Roles}
	ctx, cancel := context.WithTimeout(con.ctx, 20*time.Second)
	defer cancel()
	if err := a.ask(ctx, con, c); err != nil {
		a.Status = printer.Status{Conditions: []printer.Condition{printer.Offline}}
		a.Why = err.Error()
	}
	a.judge(c)
	if !a.Ready {
		a.Why = cmp.Or(a.Why, a.Status.Detail)
	}
	if a.Status.Has(printer.NoAnswer) || a.Status.Has(printer.Offline) {
		a.Todo += " A station that runs may hold the printer: its page tells how it is, or stop it first."
	}
	return a
}

// ask fills in what the printer says.
func (a *printerAnswer) ask(ctx context.Context, con *console, c spool.Config) error {
	p, err := c.Driver.Open(ctx, printer.Options{Name: c.Name, Dial: c.Dial, Link: c.Link, Access: c.Access, Log: con.log})
	if err != nil {
		return err
	}
	defer p.Close()
	if a.Identity, err = p.Identity(ctx); err != nil {
		return err
	}
	if a.Status, err = p.Status(ctx); err != nil {
		return err
	}
	// What does not speak as a printer of this kind is asked nothing more.
	if counter, ok := p.(printer.Counter); ok && a.Identity.LanguageOK {
		n, counted, err := counter.Odometer(ctx)
		if err != nil {
			return err
		}
		if counted {
			a.Odometer = &n
		}
	}
	return nil
}
