package desk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"waybill/agent"
	"waybill/internal/fault"
	"waybill/printer"
	"waybill/sync/journal"
)

func (d *Desk) makeJob(ctx context.Context, s agent.State, p agent.Parcel) (printer.Job, error) {
	now := d.o.Now()
	content, err := d.o.Labels.Label(ctx, s, p, now)
	if err != nil {
		return printer.Job{}, err
	}
	sum := sha256.Sum256(content)
	job := printer.Job{
		ID: printer.JobID(d.o.NewID()), Ref: string(p.ID), Role: d.o.Labels.Role(), Language: d.o.Labels.Language(),
		Content: content, SHA256: hex.EncodeToString(sum[:]), Created: now,
	}
	if f, ok := d.o.Labels.(Former); ok {
		if job.Form, err = f.Form(s); err != nil {
			return printer.Job{}, err
		}
	}
	if job.Priority, err = printer.ParsePriority(s.Order.Label.Priority); err != nil {
		return printer.Job{}, err
	}
	if p.Reprints > 0 {
		job.Priority = printer.Urgent // somebody stands there and waits
	}
	for k := range max(1, s.Order.Label.Copies) {
		job.Labels = append(job.Labels, printer.Label{K: k + 1, State: printer.Queued, At: now})
	}
	return job, nil
}

// States of a job document, by which the spool finds its work: a job with
// something to print is filed under its route.
const (
	stateAsk     = "unconfirmed"
	stateDone    = "done"
	statePending = "pending:"

	stateRawFailed = "raw_failed" // no order tells of a raw label that cannot be printed
)

// jobState returns the state a job is filed under: a person's decision comes
// before more labels, and what is in flight before a person. Nothing else may go to
// the printer before that has its outcome, since its count would be taken for these.
func jobState(j printer.Job) string {
	if len(j.InFlight()) > 0 {
		return statePending + j.Route().String()
	}
	state := stateDone
	for _, l := range j.Labels {
		switch {
		case l.State == printer.Unconfirmed:
			return stateAsk
		case !l.State.Final():
			state = statePending + j.Route().String()
		case j.Raw && l.State == printer.Failed && state == stateDone:
			state = stateRawFailed
		}
	}
	return state
}

func isPending(state string) bool { return strings.HasPrefix(state, statePending) }

func (d *Desk) putJob(tx *journal.Tx, j printer.Job) error {
	j, err := d.keepContent(tx, j)
	if err != nil {
		return err
	}
	return tx.Put(kindJob, string(j.ID), j, journal.Index{State: jobState(j)})
}

// Pending returns up to limit jobs on a wanted route that the spool has work
// with: those in flight first, then the most urgent, then the oldest.
func (d *Desk) Pending(ctx context.Context, wanted func(printer.Route) bool, limit int) ([]printer.Job, error) {
	var jobs []printer.Job
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		groups, err := routes(tx, wanted)
		for _, states := range groups {
			if err != nil || len(jobs) >= limit {
				break
			}
			var more []printer.Job
			more, err = collect[printer.Job](tx, kindJob, journal.Query{States: states, Limit: limit - len(jobs)})
			jobs = append(jobs, more...)
		}
		if err != nil {
			return err
		}
		return d.withContent(ctx, tx, jobs)
	})
	return jobs, err
}

// routes returns the states of jobs on wanted routes: together where they come in
// the order of their age, apart where some go first.
func routes(tx *journal.ReadTx, wanted func(printer.Route) bool) ([][]string, error) {
	states, err := tx.States(kindJob, statePending)
	if err != nil {
		return nil, err
	}
	type filed struct {
		state string
		route printer.Route
	}
	var list []filed
	for _, s := range states {
		r, err := printer.ParseRoute(strings.TrimPrefix(s, statePending))
		if err != nil {
			return nil, fmt.Errorf("print jobs in the journal: %w", err)
		}
		if wanted(r) {
			list = append(list, filed{s, r})
		}
	}
	slices.SortStableFunc(list, func(a, b filed) int { return a.route.Compare(b.route) })
	var groups [][]string
	for i, f := range list {
		if i == 0 || list[i-1].route.Compare(f.route) != 0 {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], f.state)
	}
	return groups, nil
}

// Record makes the new states of jobs durable, all of them or none, with the events
// they mean for their orders. It refuses, with kind fault.Conflict, what contradicts a
// label's last durable state: a label taken back must not be sent.
func (d *Desk) Record(ctx context.Context, jobs ...printer.Job) error {
	var notices []Notice
	err := d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		for _, job := range jobs {
			told, moved, err := d.recordJob(tx, job)
			if err != nil {
				return fmt.Errorf("print job %s: %w", job.ID, err)
			}
			if moved { // otherwise the printer was merely seen once more
				notices = append(notices, told)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, n := range notices {
		d.say(n)
	}
	return nil
}

// recordJob keeps a job's new state in tx. It returns what is to be told of it once
// that is durable, and whether any label has moved.
func (d *Desk) recordJob(tx *journal.Tx, job printer.Job) (told Notice, moved bool, err error) {
	before, found, err := getJob(&tx.ReadTx, job.ID)
	if err != nil {
		return Notice{}, false, err
	}
	if !found {
		return Notice{}, false, &fault.Error{Kind: fault.NotFound, Err: errUnknown}
	}
	job = takenBack(before, job)
	moved = !slices.EqualFunc(before.Labels, job.Labels, func(a, b printer.Label) bool { return a.State == b.State })
	if err := before.Follows(job); err != nil {
		return Notice{}, false, &fault.Error{Kind: fault.Conflict, Err: err}
	}
	job.Only, job.Priority = before.Only, before.Priority // which people set, not the spool
	s, job, err := d.keepMoved(tx, before, job)
	return labelNotice(s, job, d.o.Now()), moved, err
}

// takenBack returns after with the labels that a person has taken back while the
// spool was busy with others of the job: what it says of those is of before.
func takenBack(before, after printer.Job) printer.Job {
	for i, l := range before.Labels {
		if l.State == printer.Cancelled && i < len(after.Labels) && after.Labels[i].State == printer.Queued {
			after = after.With(l)
		}
	}
	return after
}

// keepMoved keeps a job whose labels have moved, and what that means for its order.
// It returns both as they are kept: a voided order takes its labels back.
func (d *Desk) keepMoved(tx *journal.Tx, before, after printer.Job) (agent.State, printer.Job, error) {
	s, found, err := orderOf(tx, after)
	if err != nil {
		return s, after, err
	}
	if !found || after.Raw { // a raw label may be called as a parcel is, and is none
		return s, after, d.putJob(tx, after)
	}
	s, effects := s.Step(agent.LabelMoved{Before: before, After: after, At: d.o.Now()})
	if err := d.keep(tx, s, append([]agent.Effect{agent.Keep{Job: after}}, effects...)); err != nil {
		return s, after, err
	}
	kept, _, err := getJob(&tx.ReadTx, after.ID)
	return s, kept, err
}

func orderOf(tx *journal.Tx, job printer.Job) (agent.State, bool, error) {
	id, found, err := tx.Find(kindOrder, "parcel:"+job.Ref)
	if err != nil || !found {
		return agent.State{}, false, err
	}
	var s agent.State
	found, err = tx.Get(kindOrder, id, &s)
	return s, found, err
}

// Jobs returns up to limit print jobs, latest first, without the bytes of their
// labels.
func (d *Desk) Jobs(ctx context.Context, limit int) ([]printer.Job, error) {
	var jobs []printer.Job
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		var err error
		jobs, err = collect[printer.Job](tx, kindJob, journal.Query{Limit: limit, Newest: true})
		return err
	})
	return jobs, err
}

// Job returns a print job.
func (d *Desk) Job(ctx context.Context, id printer.JobID) (printer.Job, error) {
	var job printer.Job
	err := d.o.Journal.View(ctx, func(tx *journal.ReadTx) error {
		j, found, err := getJob(tx, id)
		if err == nil && !found {
			err = &fault.Error{Op: fmt.Sprintf("print job %q", id), Kind: fault.NotFound, Err: errUnknown}
		}
		if err != nil {
			return err
		}
		one := []printer.Job{j}
		err = d.withContent(ctx, tx, one)
		job = one[0]
		return err
	})
	return job, err
}
