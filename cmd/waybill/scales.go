package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"waybill/configs"
	"waybill/scale"
	scaledriver "waybill/scale/driver"
	"waybill/scale/watch"
	"waybill/shipment"
)

// scalesCmd is `waybill scales`.
type scalesCmd struct {
	List scalesListCmd `cmd:"" default:"withargs" help:"Try the configured scales; without a configuration, list the drivers."`
	Read scalesReadCmd `cmd:"" help:"Print what one scale says, as JSON lines."`
}

// Help is shown under waybill scales --help.
func (scalesCmd) Help() string {
	return "Examples:\n  waybill scales --config station.yaml\n  waybill scales read --link serial:///dev/ttyUSB0 --driver toledo-8217 --unit lb"
}

type scalesListCmd struct {
	Config string `help:"Station configuration; its scales are tried." placeholder:"FILE"`
	JSON   bool   `help:"Write JSON."`
}

// Help is shown under waybill scales list --help.
func (scalesListCmd) Help() string { return "Example:\n  waybill scales --config station.yaml --json" }

type scalesList struct {
	Scales  []triedScale  `json:"scales"`
	Drivers []scaleDriver `json:"drivers"`
}

type scaleDriver struct {
	Name string `json:"name"`
	Doc  string `json:"doc"`
	Line string `json:"line,omitempty"`
}

// A triedScale is a scale and what it said when it was tried.
type triedScale struct {
	Name   string `json:"name"`
	Driver string `json:"driver"`
	Link   string `json:"link"`
	Ready  bool   `json:"ready"`
	State  string `json:"state"`
	Todo   string `json:"todo,omitempty"`
	Why    string `json:"why,omitempty"`

	Reading *scaleReading `json:"reading,omitempty"`
}

// A scaleReading is a reading as it is printed.
type scaleReading struct {
	Scale     string          `json:"scale"`
	At        time.Time       `json:"at"`
	Weight    string          `json:"weight,omitempty"` // as the scale shows it
	Grams     *shipment.Grams `json:"weight_g,omitempty"`
	Size      string          `json:"size,omitempty"`
	Sides     *printedSides   `json:"sides,omitempty"`
	Stable    bool            `json:"stable"`
	New       bool            `json:"new,omitempty"`   // of something that was not weighed before
	Empty     bool            `json:"empty,omitempty"` // nothing lies on it, for sure
	Condition scale.Condition `json:"condition,omitempty"`
	Words     string          `json:"words,omitempty"`
	Detail    string          `json:"detail,omitempty"`
	Raw       []byte          `json:"raw_b64,omitempty"`
}

type printedSides struct {
	Length shipment.Millimetres `json:"length_mm"`
	Width  shipment.Millimetres `json:"width_mm"`
	Height shipment.Millimetres `json:"height_mm"`
}

func printedReading(r scale.Reading) scaleReading {
	p := scaleReading{Scale: r.Scale, At: r.At.UTC().Truncate(time.Millisecond), Stable: r.Stable, Condition: r.Condition, Detail: r.Detail, Raw: r.Raw}
	if r.Weight.Unit != "" {
		g := r.Weight.Grams()
		p.Weight, p.Grams = r.Weight.String(), &g
	}
	if r.Size != (scale.Size{}) {
		p.Size = r.Size.String()
		p.Sides = &printedSides{r.Size.Length.Millimetres(), r.Size.Width.Millimetres(), r.Size.Height.Millimetres()}
	}
	if r.Condition != scale.Fine {
		p.Words, _ = r.Condition.Words()
	}
	return p
}

// Run lists. A scale that does not weigh is a line of the list, not a failure of
// the command.
func (c *scalesListCmd) Run(con *console) error {
	list := scalesList{Scales: []triedScale{}, Drivers: []scaleDriver{}}
	if c.Config != "" {
		station, err := configs.LoadStation(c.Config)
		if err == nil {
			err = checkScaleOptions(station)
		}
		if err != nil {
			return usage(err)
		}
		for _, s := range station.Scales {
			list.Scales = append(list.Scales, tryScale(con, s))
		}
	}
	for _, d := range scaledriver.All() {
		list.Drivers = append(list.Drivers, scaleDriver{Name: d.Name, Doc: d.Doc, Line: d.Line})
	}
	slices.SortFunc(list.Drivers, func(a, b scaleDriver) int { return strings.Compare(a.Name, b.Name) })
	if c.JSON {
		return json.NewEncoder(con.out).Encode(list)
	}
	return list.write(con)
}

func (l scalesList) write(con *console) error {
	w := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', 0)
	if len(l.Scales) > 0 {
		fmt.Fprintln(w, "SCALE\tDRIVER\tLINK\tSTATE")
		for _, s := range l.Scales {
			words := s.State
			if s.Reading != nil && s.Reading.Weight != "" {
				words += ", shows " + s.Reading.Weight
			}
			if s.Why != "" {
				words += ": " + s.Why
			}
			if s.Todo != "" {
				words += ". " + s.Todo
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.Name, s.Driver, s.Link, words)
		}
		return w.Flush()
	}
	fmt.Fprintln(w, "DRIVER\tFOR\tUSUAL LINE")
	for _, d := range l.Drivers {
		fmt.Fprintf(w, "%s\t%s\t%s\n", d.Name, d.Doc, d.Line)
	}
	return w.Flush()
}

// tryReadings is how many readings a scale gets to say something sensible.
const tryReadings = 3

// tryScale opens a scale and listens to what it says.
func tryScale(con *console, sc configs.Scale) triedScale {
	t := triedScale{Name: sc.Name, Driver: sc.Driver, Link: sc.Link}
	away := func(err error) triedScale {
		t.State, t.Todo = scale.Away.Words()
		t.Why = err.Error()
		return t
	}
	d, o, err := scaleOptions(sc)
	if err != nil {
		return away(err)
	}
	t.Link, o.Log = o.Link, con.log
	ctx, cancel := context.WithTimeout(con.ctx, 10*time.Second)
	defer cancel()
	s, err := d.Open(ctx, o)
	if err != nil {
		return away(err)
	}
	defer s.Close()
	if d.Events {
		t.Ready, t.State = true, "Ready; it speaks when something is measured"
		return t
	}
	var r scale.Reading
	for range tryReadings {
		if r, err = s.Next(ctx); err != nil {
			return away(err)
		}
		if !r.Condition.Ails() {
			break
		}
	}
	p := printedReading(r)
	t.Reading, t.Ready, t.Why = &p, !r.Condition.Ails(), r.Detail
	t.State, t.Todo = r.Condition.Words()
	return t
}

type scalesReadCmd struct {
	Link       string `help:"Link of the scale, as serial:///dev/ttyUSB0 or tcp://HOST:PORT." placeholder:"LINK"`
	Driver     string `help:"Driver for --link; waybill scales lists them." default:"mt-sics"`
	Unit       string `help:"What the scale weighs in: g, kg, lb or oz."`
	LengthUnit string `help:"What a dimensioner measures in: mm, cm or in."`
	Format     string `help:"Format of a dimensioner's line."`
	Config     string `help:"Station configuration to take the scale from." placeholder:"FILE"`
	Name       string `help:"The scale's name in the configuration."`
	Count      int    `help:"Stop after this many lines; 0: on Ctrl-C."`
	New        bool   `help:"Only weights of something that was not weighed before."`
	Measure    bool   `help:"Order one measurement of a dimensioner."`
}

// Help is shown under waybill scales read --help.
func (scalesReadCmd) Help() string {
	return "A line comes whenever the scale says something else than before.\n\nExamples:\n  waybill scales read --link serial:///dev/ttyUSB0 --driver nci\n  waybill scales read --config station.yaml --name bench --new"
}

// Run prints readings until it is interrupted.
func (c *scalesReadCmd) Run(con *console) error {
	sc, err := c.choose()
	if err != nil {
		return usage(err)
	}
	d, o, err := scaleOptions(sc)
	if err != nil {
		return usage(err)
	}
	ctx, cancel := context.WithCancel(con.ctx)
	defer cancel()
	var out error
	enc, n := json.NewEncoder(con.out), 0
	enc.SetEscapeHTML(false)
	measure := make(chan struct{}, 1)
	w := watch.New(watch.Options{
		Driver: d, Scale: o, Log: con.log,
		OnState: func(s watch.State) {
			if s.Ready {
				nudge(measure)()
			}
		},
		OnReading: func(r watch.Weighing) {
			if c.New && !r.New {
				return
			}
			p := printedReading(r.Reading)
			p.New, p.Empty = r.New, r.Empty
			if out = enc.Encode(p); out != nil {
				cancel()
			}
			if n++; n == c.Count {
				cancel()
			}
		},
	})
	ordered := make(chan error, 1)
	go func() { // ends with the watch at the latest
		select {
		case <-ctx.Done():
			ordered <- nil
		case <-measure:
			var err error
			if c.Measure {
				if err = w.Measure(ctx); err != nil {
					cancel()
				}
			}
			ordered <- err
		}
	}()
	err = w.Run(ctx)
	cancel()
	return errors.Join(err, <-ordered, out)
}

func (c *scalesReadCmd) choose() (configs.Scale, error) {
	switch {
	case c.Link != "" && c.Config != "":
		return configs.Scale{}, errors.New("scales read: give --link or --config, not both")
	case c.Link != "":
		s := configs.Scale{Name: "scale", Driver: c.Driver, Link: c.Link, Unit: c.Unit, LengthUnit: c.LengthUnit, Format: c.Format}
		if _, known := scale.UnitNamed(c.Unit); c.Unit != "" && !known {
			return s, fmt.Errorf("scales read: --unit %q: want g, kg, lb or oz", c.Unit)
		}
		if _, known := scale.LengthUnitNamed(c.LengthUnit); c.LengthUnit != "" && !known {
			return s, fmt.Errorf("scales read: --length-unit %q: want mm, cm or in", c.LengthUnit)
		}
		return s, nil
	case c.Config == "":
		return configs.Scale{}, errors.New("scales read: which scale? (give --link LINK, or --config FILE --name NAME)")
	}
	station, err := configs.LoadStation(c.Config)
	if err != nil {
		return configs.Scale{}, err
	}
	have := ""
	for _, s := range station.Scales {
		if s.Name == c.Name || (c.Name == "" && len(station.Scales) == 1) {
			return s, nil
		}
		have += " " + s.Name
	}
	return configs.Scale{}, fmt.Errorf("scales read: no scale %q in %s (have%s)", c.Name, c.Config, have)
}
