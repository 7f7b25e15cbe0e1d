package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"waybill/agent/desk"
	"waybill/agent/packing"
	"waybill/configs"
	"waybill/internal/link"
	"waybill/internal/task"
	"waybill/scale"
	scaledriver "waybill/scale/driver"
	scalewatch "waybill/scale/watch"
)

// scaleOptions returns how to open one scale of a configuration.
func scaleOptions(s configs.Scale) (scale.Driver, scale.Options, error) {
	drivers := scaledriver.All()
	wrong := func(d scale.Driver, err error) (scale.Driver, scale.Options, error) {
		return d, scale.Options{}, fmt.Errorf("scale %q: %w", s.Name, err)
	}
	d, ok := drivers[s.Driver]
	if !ok {
		return wrong(d, fmt.Errorf("driver %q: %w (have %s)", s.Driver, errNoDriver, names(drivers)))
	}
	o := scale.Options{Name: s.Name, Link: s.Link, Format: s.Format, Net: s.Net, Poll: s.Poll, Answer: s.Answer}
	o.Unit, _ = scale.UnitNamed(s.Unit) // the configuration is checked
	o.LengthUnit, _ = scale.LengthUnitNamed(s.LengthUnit)
	if s.Unit == "" {
		o.Unit = ""
	}
	if s.LengthUnit == "" {
		o.LengthUnit = ""
	}
	if d.Unitless && o.Unit == "" {
		return wrong(d, fmt.Errorf("unit: the driver %s needs it, for such scales do not say in what they weigh (write unit: lb, or kg)", d.Name))
	}
	own, err := d.OpensLink(s.Link)
	if err == nil && !own {
		o.Link, o.Dial, err = scaleLink(s.Link, d.Line)
	}
	if err != nil {
		return wrong(d, err)
	}
	return d, o, nil
}

// scaleLink returns a link with what it leaves out of its line added, as such
// scales leave the factory, and what opens it.
func scaleLink(address, line string) (string, scale.Dialer, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return address, nil, fmt.Errorf("link %q: %w", address, err)
	case u.Scheme != "serial" && u.Scheme != "tcp":
		return address, nil, fmt.Errorf("link %q: scales are on serial:///dev/ttyUSB0 (on Windows serial://COM3) or tcp://HOST:PORT", address)
	case u.Scheme == "tcp" && u.Port() == "":
		return address, nil, fmt.Errorf("link %q: it has no port; write tcp://HOST:PORT, with the port of the serial bridge", address)
	}
	if u.Scheme == "serial" {
		address = withLine(address, line)
	}
	dial, err := link.Parse(address)
	return address, dial, err
}

// withLine adds to a serial link the settings that it leaves out.
func withLine(address, line string) string {
	base, query, _ := strings.Cut(address, "?")
	settings := []string{}
	if query != "" {
		settings = append(settings, query)
	}
	given, err := url.ParseQuery(query)
	if err != nil {
		return address // link.Parse says what is wrong with it
	}
	for _, setting := range strings.Split(line, "&") {
		if key, _, _ := strings.Cut(setting, "="); setting != "" && !given.Has(key) {
			settings = append(settings, setting)
		}
	}
	return base + "?" + strings.Join(settings, "&")
}

// scales returns the tasks that keep the scales open.
func (st *station) scales() ([]task.Task, error) {
	tasks := make([]task.Task, 0, len(st.cfg.Scales))
	for _, s := range st.cfg.Scales {
		d, o, err := scaleOptions(s)
		if err != nil {
			return nil, err
		}
		o.Log = st.log
		tasks = append(tasks, scalewatch.New(scalewatch.Options{
			Driver: d, Scale: o, Log: st.log,
			OnState:   func(state scalewatch.State) { st.scaleState(s.Name, state) },
			OnReading: st.weigh,
		}))
	}
	return tasks, nil
}

// weigh tells the desk what a scale says.
func (st *station) weigh(r scalewatch.Weighing) {
	w := desk.Weight{Scale: r.Scale, Grams: r.Weight.Grams(), Step: r.Weight.Step(), Stable: r.Usable(), Weighed: r.New && r.Weight.Unit != "", Empty: r.Empty, Lost: r.Lost, At: r.At}
	if r.Size != (scale.Size{}) && r.Usable() {
		w.Sides = packing.Sides{Length: r.Size.Length.Millimetres(), Width: r.Size.Width.Millimetres(), Height: r.Size.Height.Millimetres()}
	}
	if r.Condition != scale.Fine {
		state, todo := r.Condition.Words()
		w.Words = state + ". " + todo
	}
	ctx, cancel := context.WithTimeout(context.Background(), weighPatience)
	defer cancel()
	if err := st.desk.Weigh(ctx, w); err != nil {
		st.log.ErrorContext(ctx, "a weight could not be stored; put the parcel on the scale again", "scale", r.Scale, "err", err)
	}
}

// weighPatience is how long a weight waits for the journal. Meanwhile the scale is
// not asked.
const weighPatience = 10 * time.Second

// checkScaleOptions returns what is wrong with the scales of a configuration.
func checkScaleOptions(cfg configs.Station) error {
	var errs []error
	for _, s := range cfg.Scales {
		_, _, err := scaleOptions(s)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (st *station) scaleState(name string, s scalewatch.State) {
	dev := desk.Device{Kind: "scale", Name: name, State: s.Word()}
	if !s.Ready {
		dev.Words, dev.Todo = s.Condition.Words()
		dev.Detail, dev.Conditions = s.Why, []string{string(s.Condition)}
	}
	st.news.put(dev)
}
