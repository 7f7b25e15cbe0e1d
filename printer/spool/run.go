package spool

import (
	"slices"

	"waybill/printer"
)

// A batch is equal labels of one job that went to the printer as one format.
type batch struct {
	job    printer.Job
	labels []printer.Label // of the job, those still in flight
}

// A run is the batches in flight at one printer, in the order in which they went
// out. There is one; or there are two, where the second was sent ahead so that the
// printer goes on without a pause.
type run []batch

// runOf returns the labels in flight of jobs in the order in which they went out,
// which their baselines tell. Where these do not follow one another, the run is the
// first job's alone, and the others are looked at later.
func runOf(jobs []printer.Job) run {
	var r run
	for _, j := range jobs {
		if labels := j.InFlight(); len(labels) > 0 {
			r = append(r, batch{j, labels})
		}
	}
	slices.SortStableFunc(r, func(a, b batch) int {
		if a.labels[0].Baseline == nil || b.labels[0].Baseline == nil {
			return 0
		}
		return int(*a.labels[0].Baseline - *b.labels[0].Baseline)
	})
	for i := range r[:max(0, len(r)-1)] {
		if !r[i].followedBy(r[i+1]) {
			return r[:1]
		}
	}
	return r
}

// followedBy reports whether o's labels can have gone out right after b's: on the
// same machine, and with the count going on where b's ends.
func (b batch) followedBy(o batch) bool {
	last, next := b.labels[len(b.labels)-1], o.labels[0]
	return b.job.Printer == o.job.Printer && last.Device == next.Device &&
		last.Baseline != nil && next.Baseline != nil && *last.Baseline+1 == *next.Baseline
}

// labels returns the labels of r in order.
func (r run) labels() []printer.Label {
	var all []printer.Label
	for _, b := range r {
		all = append(all, b.labels...)
	}
	return all
}

// last names the label of r that went out last.
func (r run) last() flying {
	b := r[len(r)-1]
	return flying{b.job.ID, b.labels[len(b.labels)-1].K}
}

// left returns how many labels of r the printer has not printed by its own account:
// those of the format at work, and the formats that wait behind it. ok is false
// where it says that it has nothing, or has more than r.
func (r run) left(s printer.Status) (n int, ok bool) {
	if s.Waiting+s.Remaining == 0 || s.Waiting > len(r) {
		return 0, false
	}
	n = s.Remaining
	for _, b := range r[len(r)-s.Waiting:] {
		n += len(b.labels)
	}
	return n, true
}
