package spool

import (
	"context"
	"slices"
	"sync"

	"waybill/printer"
)

// lookahead is how many jobs are looked at to find one, beyond those that other
// printers may hold.
const lookahead = 8

// claims gives each job to one printer at a time. The lock spans reading the
// ledger and taking the job: a list read before another printer has finished
// would offer its label again.
type claims struct {
	ledger  Ledger
	workers []*worker

	mu    sync.Mutex
	taken map[printer.JobID]bool
}

// take finds the label w has to see to next: one that was interrupted on it or,
// when fresh, one that is queued. The caller gives the job back with release.
func (c *claims) take(ctx context.Context, w *worker, fresh bool) (printer.Job, printer.Label, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	jobs, err := c.ledger.Pending(ctx, w.config.Roles, lookahead+2*len(c.workers))
	if err != nil {
		return printer.Job{}, printer.Label{}, false, &ledgerError{err}
	}
	jobs = slices.DeleteFunc(jobs, func(j printer.Job) bool { return c.taken[j.ID] })
	for _, j := range jobs {
		if l, ok := interrupted(j); ok && (j.Printer == w.config.Name || !c.configured(j.Printer)) {
			c.taken[j.ID] = true
			return j, l, true, nil
		}
	}
	if !fresh {
		return printer.Job{}, printer.Label{}, false, nil
	}
	for _, j := range jobs {
		if _, busy := interrupted(j); busy || c.betterElsewhere(j, w) {
			continue
		}
		if l, ok := first(j, printer.Queued); ok {
			c.taken[j.ID] = true
			return j, l, true, nil
		}
	}
	return printer.Job{}, printer.Label{}, false, nil
}

// release gives a job back.
func (c *claims) release(id printer.JobID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.taken, id)
}

// configured reports whether there is a printer of that name.
func (c *claims) configured(name string) bool {
	return slices.ContainsFunc(c.workers, func(w *worker) bool { return w.config.Name == name })
}

// betterElsewhere reports whether w cannot speak the job's language and another
// printer of its role can.
func (c *claims) betterElsewhere(j printer.Job, w *worker) bool {
	return !w.config.Driver.Speaks(j.Language) && slices.ContainsFunc(c.workers, func(o *worker) bool {
		return slices.Contains(o.config.Roles, j.Role) && o.config.Driver.Speaks(j.Language)
	})
}

// interrupted returns the label of j whose sending began and has no outcome.
func interrupted(j printer.Job) (printer.Label, bool) {
	return first(j, printer.Sending, printer.Sent)
}

// first returns the first label of j in one of states.
func first(j printer.Job, states ...printer.LabelState) (printer.Label, bool) {
	for _, l := range j.Labels {
		if slices.Contains(states, l.State) {
			return l, true
		}
	}
	return printer.Label{}, false
}
