package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"waybill/printer"
	"waybill/printer/spool"
)

// judge says what the answers of the printer mean, held against what the
// configuration says of it.
func (a *printerAnswer) judge(c spool.Config) {
	st := a.Status
	switch id := a.Identity; {
	case !id.LanguageOK:
	case c.Serial != "" && c.Serial != id.Serial:
		st = st.With(printer.AnotherPrinter)
		st.Detail = strings.TrimSuffix(fmt.Sprintf("%s answers where serial number %s belongs; %s", id.Words(), c.Serial, st.Detail), "; ")
	case c.DotsPerMM != 0 && id.DotsPerMM != 0 && c.DotsPerMM != id.DotsPerMM:
		st = st.With(printer.WrongDensity)
	}
	a.Status, a.Ready = st, st.Clear()
	first, any := st.Foremost()
	switch {
	case any && !a.Ready:
		a.State, a.Todo = first.Words()
		if first == printer.AnotherPrinter && c.Serial != "" {
			a.Todo = "Nothing is sent. Put the right printer back, or correct serial in the configuration."
		}
		a.Also = st.Others()
		return
	case !st.Idle():
		a.State = "Printing"
	default:
		a.State = "Ready"
	}
	if any { // warnings stop nothing
		word, todo := first.Words()
		a.Todo, a.Also = todo, append([]string{word}, st.Others()...)
	}
}

// words says in a line how the printer is and what to do.
func (a *printerAnswer) words() string {
	parts := []string{a.State}
	if len(a.Also) > 0 {
		parts[0] += " (" + strings.ToLower(strings.Join(a.Also, ", ")) + ")"
	}
	for _, more := range []string{a.Todo, a.Why} {
		if more != "" {
			parts = append(parts, strings.TrimSuffix(more, "."))
		}
	}
	return strings.Join(parts, ". ")
}

type printersWatchCmd struct {
	printerChoice
	JSON bool `help:"Write a line of JSON for each change."`
}

// Help is shown under waybill printers watch --help.
func (printersWatchCmd) Help() string {
	return `Prints nothing and ends with Ctrl-C. A printer may serve one connection at a time: while a station is running, watch it by GET /v1/events.

Example:
  waybill printers watch --link tcp://192.0.2.7`
}

// A printerChange is one line of waybill printers watch.
type printerChange struct {
	At time.Time `json:"at"`
	printerAnswer
}

// Run keeps a conversation with each printer, as a station does, but has no
// labels for them.
func (c *printersWatchCmd) Run(con *console) error {
	list, _, err := c.printers()
	if err != nil {
		return usage(err)
	}
	known := make(map[string]spool.Config, len(list))
	for _, p := range list {
		known[p.Name] = p
	}
	var mu sync.Mutex
	s := spool.New(spool.Options{
		Ledger: noLabels{}, Printers: list, Log: slog.New(slog.DiscardHandler),
		OnStatus: func(name string, st printer.Status, id printer.Identity) {
			p := known[name]
			change := printerChange{At: time.Now(), printerAnswer: printerAnswer{
				Name: name, Driver: p.Driver.Name, Link: p.Link, Roles: p.Roles, Identity: id, Status: st, Why: st.Detail,
			}}
			change.judge(p)
			mu.Lock()
			defer mu.Unlock()
			c.write(con, change)
		},
	})
	return s.Run(con.ctx)
}

// write writes one change.
func (c *printersWatchCmd) write(con *console, change printerChange) {
	if c.JSON {
		change.At = change.At.UTC().Truncate(time.Millisecond)
		_ = json.NewEncoder(con.out).Encode(change) // whoever reads has gone; Ctrl-C is on its way
		return
	}
	fmt.Fprintf(con.out, "%s  %s  %s\n", change.At.Format(time.TimeOnly), change.Name, change.words())
}

// noLabels is a ledger of nothing.
type noLabels struct{}

// Pending returns no job.
func (noLabels) Pending(context.Context, func(printer.Route) bool, int) ([]printer.Job, error) {
	return nil, nil
}

// Holds returns that nothing is paused.
func (noLabels) Holds(context.Context) ([]printer.Hold, error) { return nil, nil }

// Record is never called: there is no label.
func (noLabels) Record(context.Context, ...printer.Job) error { return nil }
