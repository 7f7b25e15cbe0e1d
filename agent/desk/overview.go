package desk

import (
	"context"
	"slices"
	"time"

	"waybill/agent"
	"waybill/agent/handoff"
	"waybill/printer"
	"waybill/shipment"
	"waybill/sync/journal"
)

const kindTally journal.Kind = "tally" // what happened on a day, by event type

// A refusal is an input that was no order.
type refusal struct {
	From     string            `json:"from"`
	Line     int               `json:"line"`
	At       time.Time         `json:"at"`
	Problems shipment.Problems `json:"problems"`
}

// A Refusal is an input that could not be read as an order.
type Refusal = refusal

// An Overview is the desk at one moment, for a page.
type Overview struct {
	Now       time.Time
	Told      Notice         // what the packer was told last
	Orders    []agent.State  // latest first
	Attention []agent.State  // refused, held and unconfirmed, latest first
	Refusals  []Refusal      // latest first
	Raw       []printer.Job  // labels of other programs that wait for a person, or failed within a day; latest first
	Flights   []printer.Job  // with a label on its way to a printer
	Tally     map[string]int // today's events by type
	Stages    map[agent.Stage]int
	Devices   []Device
	Holds     []printer.Hold // what people have paused
	Open      []handoff.Session
}

// Overview returns the desk as it is, with up to limit of each list.
func (d *Desk) Overview(ctx context.Context, limit int) (Overview, error) {
	now := d.o.Now().In(d.o.Location)
	paused, err := d.Holds(ctx)
	if err != nil {
		return Overview{}, err
	}
	o := Overview{Now: now, Told: d.lastTold(), Devices: d.Devices(), Holds: paused, Tally: map[string]int{}, Stages: map[agent.Stage]int{}}
	err = d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		var err error
		if o.Orders, err = listOrders(tx, limit); err != nil {
			return err
		}
		if o.Attention, err = listOrders(tx, limit, agent.Refused, agent.Held, agent.Unconfirmed, agent.Unprinted); err != nil {
			return err
		}
		if o.Refusals, err = collect[Refusal](tx, kindRefusal, journal.Query{Limit: limit, Newest: true}); err != nil {
			return err
		}
		if o.Raw, err = rawTroubles(tx, limit, now); err != nil {
			return err
		}
		if o.Flights, err = inFlight(tx, limit); err != nil {
			return err
		}
		if _, err = tx.Get(kindTally, now.Format(time.DateOnly), &o.Tally); err != nil {
			return err
		}
		for _, s := range []agent.Stage{agent.ToPack, agent.Labelling, agent.Printing, agent.Printed, agent.Checked, agent.Unconfirmed, agent.Unprinted, agent.Held, agent.Refused} {
			if o.Stages[s], err = tx.Count(kindOrder, string(s)); err != nil {
				return err
			}
		}
		sessions, err := collect[handoff.Session](tx, kindHandoff, journal.Query{Limit: limit, Newest: true})
		for _, s := range sessions {
			if s.Closed.IsZero() {
				o.Open = append(o.Open, s)
			}
		}
		return err
	})
	return o, err
}

// inFlight returns jobs with a label on its way to a printer: one a printer.
func inFlight(tx *journal.ReadTx, limit int) ([]printer.Job, error) {
	groups, err := routes(tx, func(r printer.Route) bool { return r.Flight != "" })
	if err != nil || len(groups) == 0 {
		return nil, err
	}
	return collect[printer.Job](tx, kindJob, journal.Query{States: slices.Concat(groups...), Limit: limit})
}

// toldFor is how long a raw label that failed is told of: its sender learns it
// from GET /v1/jobs, and nothing waits for a person.
const toldFor = 24 * time.Hour

// rawTroubles returns the labels of other programs that nobody else tells of.
func rawTroubles(tx *journal.ReadTx, limit int, now time.Time) ([]printer.Job, error) {
	q := journal.Query{States: []string{stateAsk, stateRawFailed}, Limit: limit, Newest: true}
	jobs, err := collect[printer.Job](tx, kindJob, q)
	return slices.DeleteFunc(jobs, func(j printer.Job) bool {
		return !j.Raw || jobState(j) == stateRawFailed && now.Sub(j.Created) > toldFor
	}), err
}

// tally counts an event on its day.
func (d *Desk) tally(tx *journal.Tx, e shipment.Event) error {
	day := e.Time.In(d.o.Location).Format(time.DateOnly)
	counts := map[string]int{}
	if _, err := tx.Get(kindTally, day, &counts); err != nil {
		return err
	}
	counts[string(e.Type)]++
	return tx.Put(kindTally, day, counts, journal.Index{})
}
