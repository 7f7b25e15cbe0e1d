package spool

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
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
	taken map[printer.JobID]*worker
}

// take finds the jobs w has to see to next: those that have labels in flight on it
// or, when fresh, one that is queued. The caller gives them back with releaseAll.
func (c *claims) take(ctx context.Context, w *worker, fresh bool) ([]printer.Job, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	holds, err := c.holds(ctx, w)
	if err != nil {
		return nil, err
	}
	want := func(r printer.Route) bool {
		if r.Flight != "" { // whatever its role is by now, somebody has to find out
			return r.Flight == w.config.Name || !c.configured(r.Flight)
		}
		return fresh && c.refuses(w, r, holds) == ""
	}
	jobs, err := c.pending(ctx, want)
	if err != nil || len(jobs) == 0 {
		return nil, err
	}
	first := jobs[0].Route().Flight
	jobs = slices.DeleteFunc(jobs, func(j printer.Job) bool { return j.Route().Flight != first })
	if first == "" {
		jobs = jobs[:1]
	}
	for _, j := range jobs {
		c.taken[j.ID] = w
	}
	return jobs, nil
}

// ahead finds the queued job that w, which has a label on the press, may be sent
// beside it. What another printer has time for is left to that one.
func (c *claims) ahead(ctx context.Context, w *worker) (printer.Job, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	holds, err := c.holds(ctx, w)
	if err != nil {
		return printer.Job{}, false, err
	}
	jobs, err := c.pending(ctx, func(r printer.Route) bool { return r.Flight == "" && c.refuses(w, r, holds) == "" })
	if err != nil || len(jobs) == 0 {
		return printer.Job{}, false, err
	}
	job := jobs[0]
	if !w.config.Driver.Speaks(job.Language) || c.another(w, job.Route(), holds) {
		return printer.Job{}, false, nil
	}
	c.taken[job.ID] = w
	return job, true, nil
}

// another reports whether a printer other than w would take a job of a route at once.
// c.mu is held.
func (c *claims) another(w *worker, r printer.Route, holds []printer.Hold) bool {
	return slices.ContainsFunc(c.workers, func(o *worker) bool {
		if o == w || c.refuses(o, r, holds) != "" || o.busy() != "" {
			return false
		}
		for _, by := range c.taken {
			if by == o {
				return false // it is about to print something
			}
		}
		return true
	})
}

// holds returns what people have paused, and notes it at w.
func (c *claims) holds(ctx context.Context, w *worker) ([]printer.Hold, error) {
	holds, err := c.ledger.Holds(ctx)
	if err != nil {
		return nil, &ledgerError{err}
	}
	w.held(holds)
	return holds, nil
}

// pending returns the ledger's jobs on wanted routes that no printer has taken. c.mu
// is held.
func (c *claims) pending(ctx context.Context, want func(printer.Route) bool) ([]printer.Job, error) {
	jobs, err := c.ledger.Pending(ctx, want, lookahead+2*len(c.workers))
	if err != nil {
		return nil, &ledgerError{err}
	}
	return slices.DeleteFunc(jobs, func(j printer.Job) bool {
		return c.taken[j.ID] != nil || !want(j.Route()) // a ledger that gives more than it was asked for must not print it
	}), nil
}

// releaseAll gives back whatever w has taken.
func (c *claims) releaseAll(w *worker) {
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.taken, func(_ printer.JobID, by *worker) bool { return by == w })
}

// release gives a job back that w has taken. Given back before, it may be another
// printer's by now, and stays that.
func (c *claims) release(w *worker, id printer.JobID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.taken[id] == w {
		delete(c.taken, id)
	}
}

// configured reports whether there is a printer of that name.
func (c *claims) configured(name string) bool {
	return slices.ContainsFunc(c.workers, func(w *worker) bool { return w.config.Name == name })
}

// refuses returns why w does not take jobs of a route; empty where it does.
func (c *claims) refuses(w *worker, r printer.Route, holds []printer.Hold) string {
	cfg := w.config
	hold, held := printer.Held(holds, cfg.Name, r.Role)
	form := r.Form
	if r.Only == cfg.Name { // a person has looked at the media; dots nobody can see
		form = printer.Form{DotsPerMM: form.DotsPerMM}
	}
	misfit := form.Misfit(w.form())
	switch {
	case r.Only != "" && r.Only != cfg.Name:
		return fmt.Sprintf("the job was moved to %q", r.Only)
	case !slices.Contains(cfg.Roles, r.Role) && r.Only != cfg.Name:
		return fmt.Sprintf("it takes no %q labels", r.Role)
	case held:
		return hold.Words()
	case misfit != "":
		return misfit
	case !cfg.Driver.Speaks(r.Language) && c.spoken(r):
		return fmt.Sprintf("it does not understand %q", r.Language)
	}
	return ""
}

// spoken reports whether a printer that may take jobs of the route understands
// their language. Where none does, any takes them, to say so.
func (c *claims) spoken(r printer.Route) bool {
	return slices.ContainsFunc(c.workers, func(w *worker) bool {
		mine := slices.Contains(w.config.Roles, r.Role) && r.Only == "" || r.Only == w.config.Name
		return mine && w.config.Driver.Speaks(r.Language)
	})
}

// Takes returns why the printer of that name cannot take the job; empty where it
// can, although it may have to wait.
func (s *Spool) Takes(name string, job printer.Job) string {
	job.Only = name
	for _, w := range s.workers {
		if w.config.Name != name {
			continue
		}
		if !w.config.Driver.Speaks(job.Language) {
			return fmt.Sprintf("it does not understand %q", job.Language)
		}
		return s.claims.refuses(w, job.Route(), nil)
	}
	return "there is no such printer"
}

// Waits returns what a job's queued labels wait for, printer by printer.
func (s *Spool) Waits(ctx context.Context, job printer.Job) (string, error) {
	holds, err := s.o.Ledger.Holds(ctx)
	if err != nil {
		return "", &ledgerError{err}
	}
	var why []string
	for _, w := range s.workers {
		if job.Only != "" && job.Only != w.config.Name || job.Only == "" && !slices.Contains(w.config.Roles, job.Role) {
			continue
		}
		reason := s.claims.refuses(w, job.Route(), holds)
		if reason == "" {
			if reason = w.busy(); reason == "" {
				return "", nil // it is about to go
			}
		}
		why = append(why, w.config.Name+": "+reason)
	}
	switch {
	case len(why) == 0 && job.Only != "":
		return fmt.Sprintf("there is no printer %q any more; move the job", job.Only), nil
	case len(why) == 0:
		return fmt.Sprintf("no printer takes %q labels", job.Role), nil
	}
	return strings.Join(why, "; "), nil
}

// Knows reports whether a printer has that name, or one has that role.
func (s *Spool) Knows(name, role string) bool {
	return slices.ContainsFunc(s.workers, func(w *worker) bool {
		return w.config.Name == name || slices.Contains(w.config.Roles, role)
	})
}

// Keeps returns what the printer of that name still has to print, in words; empty
// where it has nothing, or does not say. One that a fault has stopped prints by
// itself what it has once that is mended, and many do not say meanwhile that they
// have something. Where the driver hands on to a queue, the queue says it.
func (s *Spool) Keeps(name string) string {
	for _, w := range s.workers {
		if w.config.Name != name {
			continue
		}
		w.mu.Lock()
		st := w.state.Status
		w.mu.Unlock()
		if n := st.Waiting + st.Remaining; n > 0 {
			return fmt.Sprintf("%d to print", n)
		}
		if i := slices.IndexFunc(st.Conditions, stopped); i >= 0 && len(w.config.Driver.Schemes) == 0 {
			word, _ := st.Conditions[i].Words()
			return fmt.Sprintf("what it could not print (%s)", strings.ToLower(word))
		}
	}
	return ""
}

// stopped reports whether a printer with c may have labels that it goes on with
// when c is over: not one that is away or a stranger, nor one whose printed label
// waits to be taken.
func stopped(c printer.Condition) bool {
	return !slices.Contains([]printer.Condition{
		printer.Offline, printer.NoAnswer, printer.WrongLanguage, printer.AnotherPrinter, printer.WrongPath, printer.WrongDensity,
		printer.MemoryLost, printer.LabelWaiting,
	}, c)
}

// form returns what w has loaded.
func (w *worker) form() printer.Form {
	f := w.config.Media
	f.DotsPerMM = w.config.DotsPerMM
	return f
}

// busy returns why w takes no label now; empty where it would.
func (w *worker) busy() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	st := w.state.Status
	switch {
	case !st.Clear():
		word, _ := st.Conditions[0].Words()
		return strings.ToLower(word)
	case w.state.Job != "":
		return "printing"
	case !st.Idle():
		return "busy"
	}
	return ""
}

// held notes the hold on the whole printer, for Status.
func (w *worker) held(holds []printer.Hold) {
	i := slices.IndexFunc(holds, func(h printer.Hold) bool { return h.Printer == w.config.Name })
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.state.Hold = nil; i >= 0 {
		w.state.Hold = &holds[i]
	}
}
