package desk

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"waybill/agent"
	"waybill/internal/fault"
	"waybill/printer"
	"waybill/sync/journal"
)

// A Printers knows the station's printers, as the spool does.
type Printers interface {
	// Knows reports whether a printer has that name, or one has that role.
	Knows(name, role string) bool

	// Takes returns why the printer of that name cannot take the job; empty
	// where it can.
	Takes(name string, job printer.Job) string

	// Waits returns what a job's queued labels wait for; empty where they are
	// about to go.
	Waits(ctx context.Context, job printer.Job) (string, error)

	// Keeps returns what a printer still has to print, in words; empty where it
	// has nothing, or does not say.
	Keeps(name string) string
}

// UsePrinters tells the desk of the station's printers. It is called once, before
// anything is asked of the desk.
func (d *Desk) UsePrinters(p Printers) { d.printers = p }

// Waits returns what a job waits for: a person, or printers and why not they.
func (d *Desk) Waits(ctx context.Context, job printer.Job) (string, error) {
	switch state := jobState(job); {
	case state == stateAsk:
		return "a person: did its label come out?", nil
	case !isPending(state):
		return "", nil
	case len(job.InFlight()) > 0:
		return job.Printer + ": printing", nil
	case d.printers == nil:
		return "", nil
	}
	return d.printers.Waits(ctx, job)
}

// refuseJob is why a person's wish about a job is not done.
func refuseJob(id printer.JobID, hint, why string, args ...any) error {
	return &fault.Error{Op: fmt.Sprintf("print job %q", id), Kind: fault.Conflict, Err: fmt.Errorf(why, args...), Hint: hint}
}

// actOnJob changes a job on a person's word, and what that means for its order.
func (d *Desk) actOnJob(ctx context.Context, id printer.JobID, act func(printer.Job) (printer.Job, error)) (printer.Job, error) {
	return d.actOnce(ctx, Once{}, id, act)
}

// actOnce is actOnJob for a request that may come twice: then the job is returned
// as it is.
func (d *Desk) actOnce(ctx context.Context, once Once, id printer.JobID, act func(printer.Job) (printer.Job, error)) (printer.Job, error) {
	var job printer.Job
	var again bool
	err := d.o.Journal.Update(ctx, func(tx *journal.Tx) error {
		before, found, err := getJob(&tx.ReadTx, id)
		if err != nil {
			return err
		}
		if !found {
			return &fault.Error{Op: fmt.Sprintf("print job %q", id), Kind: fault.NotFound, Err: errUnknown}
		}
		if _, again, err = claim(tx, once, Request{Jobs: []printer.JobID{id}}); err != nil || again {
			job = before
			return err
		}
		if job, err = act(before); err != nil {
			return err
		}
		_, job, err = d.keepMoved(tx, before, job)
		return err
	})
	if err != nil || again {
		return job, err
	}
	d.o.Queued()
	d.say(Notice{Topic: "label", At: d.o.Now()})
	return job, nil
}

// A Resolution is what a person saw of labels in doubt.
type Resolution struct {
	Printed bool
	Count   *int // how many of several came out, where not all and not none did; what Printed says does not count then
	Label   int  // the only one it is about; 0: all that are in doubt
}

// Resolve settles a job's unconfirmed labels on a person's word: printed, or
// not. Labels that did not come out are printed.
func (d *Desk) Resolve(ctx context.Context, id printer.JobID, printed bool) (printer.Job, error) {
	return d.Settle(ctx, Once{}, id, Resolution{Printed: printed})
}

// ResolveCount settles a job's unconfirmed labels, which are equal, by how many
// of them came out. The others are printed.
func (d *Desk) ResolveCount(ctx context.Context, id printer.JobID, printed int) (printer.Job, error) {
	return d.Settle(ctx, Once{}, id, Resolution{Count: &printed})
}

// unsure returns the labels of a job that r is about, and how many of them came
// out.
func (r Resolution) unsure(job printer.Job) (labels []printer.Label, printed int, err error) {
	labels = job.Unconfirmed()
	if r.Label != 0 {
		labels = slices.DeleteFunc(labels, func(l printer.Label) bool { return l.K != r.Label })
	}
	switch {
	case r.Label < 0 || r.Label > len(job.Labels):
		return nil, 0, &fault.Error{Op: "label", Kind: fault.Invalid, Err: fmt.Errorf("the job has no label %d, only %d", r.Label, len(job.Labels))}
	case len(labels) == 0 && r.Label != 0:
		return nil, 0, refuseJob(job.ID, "", "label %d of it waits for no decision", r.Label)
	case len(labels) == 0:
		return nil, 0, refuseJob(job.ID, "", "no label of it waits for a decision")
	case r.Count != nil && (*r.Count < 0 || *r.Count > len(labels)):
		return nil, 0, &fault.Error{Op: "printed", Kind: fault.Invalid, Err: fmt.Errorf("%d of %d labels in doubt", *r.Count, len(labels))}
	case r.Count != nil:
		return labels, *r.Count, nil
	case r.Printed:
		return labels, len(labels), nil
	}
	return labels, 0, nil
}

// Settle settles a job's unconfirmed labels, or the one that r names, on a
// person's word. What did not come out is printed. The same request again changes
// nothing, whatever has become of the labels since.
func (d *Desk) Settle(ctx context.Context, once Once, id printer.JobID, r Resolution) (printer.Job, error) {
	return d.actOnce(ctx, once, id, func(job printer.Job) (printer.Job, error) {
		unsure, printed, err := r.unsure(job)
		if err != nil {
			return job, err
		}
		if d.printers != nil && printed < len(unsure) {
			if keeps := d.printers.Keeps(job.Printer); keeps != "" {
				return job, refuseJob(id, "Wait for it; or switch the printer off, which empties it, and answer then.",
					"the printer %q still has %s, which may be this label: sent again it would come out twice", job.Printer, keeps)
			}
		}
		for i, l := range unsure {
			to := printer.Queued
			if i < printed {
				to = printer.Confirmed
			}
			if unsure[i], err = l.Move(to, d.o.Now()); err != nil {
				return job, err
			}
			if to == printer.Confirmed {
				unsure[i].Evidence, unsure[i].Reason = printer.E4, ""
			} else {
				job.Priority = printer.Urgent // somebody stands there and waits
			}
		}
		return job.With(unsure...), nil
	})
}

// CancelJob takes a job's queued labels back. What is in flight can only be waited
// for, and what waits for an answer is answered first.
func (d *Desk) CancelJob(ctx context.Context, id printer.JobID, reason string) (printer.Job, error) {
	return d.actOnJob(ctx, id, func(job printer.Job) (printer.Job, error) {
		queued := job.Queued()
		switch {
		case len(queued) > 0:
		case len(job.InFlight()) > 0:
			return job, refuseJob(id, "Wait for it, or stop waiting for it and say whether it came out.", "its label is on the way to %q", job.Printer)
		case len(job.Unconfirmed()) > 0:
			return job, refuseJob(id, "Scan the label, or say whether it came out.", "nobody has said yet whether its label came out")
		default:
			return job, refuseJob(id, "", "it is done")
		}
		for i, l := range queued {
			var err error
			if queued[i], err = l.Move(printer.Cancelled, d.o.Now()); err != nil {
				return job, err
			}
			queued[i].Reason = agent.TakenBackWords + ": " + strings.TrimSpace(reason)
		}
		return job.With(queued...), nil
	})
}

// MoveJob sends a job's queued labels to the printer of that name and no other;
// an empty name lets any printer of its role take them again.
func (d *Desk) MoveJob(ctx context.Context, id printer.JobID, to string) (printer.Job, error) {
	return d.actOnJob(ctx, id, func(job printer.Job) (printer.Job, error) {
		switch flying := job.InFlight(); {
		case len(flying) > 0:
			return job, refuseJob(id, "Wait for it, or stop waiting for it and say whether it came out: it goes nowhere by itself.",
				"label %d is on the way to %q", flying[0].K, job.Printer)
		case len(job.Queued()) == 0 && len(job.Unconfirmed()) == 0:
			return job, refuseJob(id, "", "it is done")
		}
		if to != "" && d.printers != nil {
			if why := d.printers.Takes(to, job); why != "" {
				return job, refuseJob(id, "GET /v1/printers lists them.", "the printer %q cannot take it: %s", to, why)
			}
		}
		job.Only = to
		return job, nil
	})
}

// PrioritiseJob says how soon a job's queued labels go.
func (d *Desk) PrioritiseJob(ctx context.Context, id printer.JobID, p printer.Priority) (printer.Job, error) {
	return d.actOnJob(ctx, id, func(job printer.Job) (printer.Job, error) {
		if job.Done() {
			return job, refuseJob(id, "", "it is done")
		}
		job.Priority = p
		return job, nil
	})
}

// StopWaiting gives up labels in flight on a printer that does not get on, so that
// a person can say what became of them. It is not for labels that are merely slow:
// the printer may still bring them, and is listened to.
func (d *Desk) StopWaiting(ctx context.Context, id printer.JobID) (printer.Job, error) {
	return d.actOnJob(ctx, id, func(job printer.Job) (printer.Job, error) {
		flying := job.InFlight()
		if len(flying) == 0 {
			return job, refuseJob(id, "", "no label of it is on its way to a printer")
		}
		for i, l := range flying {
			var err error
			if flying[i], err = l.Move(printer.Unconfirmed, d.o.Now()); err != nil {
				return job, err
			}
			flying[i].Reason = fmt.Sprintf("Somebody stopped waiting for the printer %q. Switch it off before answering that none came out: what it has would still come.", job.Printer)
		}
		return job.With(flying...), nil
	})
}
