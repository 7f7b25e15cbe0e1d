package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"waybill/agent/api"
	"waybill/configs"
	"waybill/printer"
	"waybill/printer/spool"
)

// askStation asks the station that runs by a configuration how its printers are. A
// printer that serves one connection at a time is silent to anybody else. There are
// no answers where no station runs, and where one does and does not tell, as why says.
func askStation(ctx context.Context, cfg configs.Station, printers []spool.Config) (answers []printerAnswer, url, why string) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	s, err := stationOf(cfg)
	if err != nil {
		return nil, s.url, err.Error()
	}
	var told struct {
		Devices []api.DeviceView `json:"devices"`
	}
	err = s.ask(ctx, http.MethodGet, "/v1/printers", nil, &told)
	if nobodyListens(err) {
		return nil, s.url, ""
	}
	if err != nil {
		return nil, s.url, err.Error()
	}
	for _, p := range printers {
		i := slices.IndexFunc(told.Devices, func(d api.DeviceView) bool { return d.Name == p.Name })
		if i < 0 {
			return nil, s.url, fmt.Sprintf("the station at %s knows no printer %q: it runs by another configuration", s.url, p.Name)
		}
		answers = append(answers, stationAnswer(p, told.Devices[i]))
	}
	return answers, s.url, ""
}

// stationAnswer is what a station tells of a printer.
func stationAnswer(p spool.Config, d api.DeviceView) printerAnswer {
	a := printerAnswer{
		Name: p.Name, Driver: p.Driver.Name, Link: p.Link, Roles: p.Roles,
		State: d.Words, Todo: d.Todo, Why: d.Detail,
	}
	switch d.State {
	case "ready":
		a.Ready, a.State = true, cmp.Or(d.Words, "Ready")
	case "busy":
		a.Ready, a.State = true, cmp.Or(d.Words, "Printing")
	}
	a.Status.Detail = d.Detail
	for _, c := range d.Conditions {
		a.Status = a.Status.With(printer.Condition(c))
	}
	if a.Ready = a.Ready && a.Status.Clear(); a.Ready {
		a.Why = ""
	}
	if m := d.Machine; m != nil {
		a.Identity = printer.Identity{Model: m.Model, Serial: m.Serial, Firmware: m.Firmware, LanguageOK: true}
	}
	return a
}
