package printaudit

import (
	"fmt"
	"slices"
)

// An Order is an order that the station has accepted, and how many labels it
// owes.
type Order struct {
	ID     string
	Labels int
}

// A Report is the outcome of a count. The lists name what breaks a promise; in a
// good report they are empty.
type Report struct {
	Jobs, Labels, OnPaper, Foreign            int
	Confirmed, Unconfirmed, Failed, Cancelled int

	Missing    []string // said to be on paper, or owed, and is not
	Duplicated []string // on paper more often than the journal knows
	Unsettled  []string // neither final nor before a person
	Unnamed    []string // unconfirmed or failed without telling why and where
}

// Broken returns everything that breaks a promise.
func (r Report) Broken() []string {
	return slices.Concat(r.Missing, r.Duplicated, r.Unsettled, r.Unnamed)
}

// String returns the figures.
func (r Report) String() string {
	return fmt.Sprintf("%d jobs, %d labels: %d confirmed, %d unconfirmed, %d failed, %d cancelled; %d of them on paper, and %d labels of others; "+
		"missing %d, silent duplicates %d, unsettled %d, unnamed %d",
		r.Jobs, r.Labels, r.Confirmed, r.Unconfirmed, r.Failed, r.Cancelled, r.OnPaper, r.Foreign,
		len(r.Missing), len(r.Duplicated), len(r.Unsettled), len(r.Unnamed))
}

// Count holds the journal against the paper of every printer and against the
// orders that were accepted. It is for a station at rest.
func Count(j Journal, papers []Paper, orders []Order) Report {
	var r Report
	paper := onPaper(papers)
	total := 0
	for _, n := range paper {
		total += n
	}
	owed := make(map[string]int) // by parcel
	for _, job := range j.Jobs {
		r.Jobs++
		owed[job.Ref] += len(job.Labels)
		r.count(job, paper[job.Format])
	}
	r.Foreign = total - r.OnPaper
	for _, p := range papers {
		for _, l := range p.Labels {
			if l.Feed {
				r.Foreign++
			}
		}
	}
	for _, o := range orders {
		// An order of one parcel has one job, whose parcel is named after it.
		switch n := owed[o.ID+"-1"]; {
		case n < o.Labels:
			r.Missing = append(r.Missing, fmt.Sprintf("order %s owes %d labels, the journal has %d", o.ID, o.Labels, n))
		case n > o.Labels:
			r.Duplicated = append(r.Duplicated, fmt.Sprintf("order %s owes %d labels, the journal has %d", o.ID, o.Labels, n))
		}
	}
	r.named(j)
	return r
}

// count adds one job, which is on paper n times.
func (r *Report) count(job Job, n int) {
	sure, open, settled, evidence := 0, 0, true, []string(nil)
	for _, l := range job.Labels {
		r.Labels++
		switch l.State {
		case confirmed:
			sure++
			evidence = append(evidence, l.Evidence)
			r.Confirmed++
		case unconfirmed:
			open++
			r.Unconfirmed++
		case failed:
			r.Failed++
		case cancelled:
			r.Cancelled++
		default:
			settled = false
			r.Unsettled = append(r.Unsettled, fmt.Sprintf("job %s, label %d of %s, printer %q: %s", job.ID, l.K, job.Ref, job.Printer, l.State))
		}
		if (l.State == failed || l.State == unconfirmed) && l.Reason == "" {
			r.Unnamed = append(r.Unnamed, fmt.Sprintf("job %s, label %d: %s, and no reason", job.ID, l.K, l.State))
		}
	}
	r.OnPaper += n
	if n < sure {
		r.Missing = append(r.Missing, fmt.Sprintf("job %s of %s, printer %q: %d labels confirmed by %q, %d on paper", job.ID, job.Ref, job.Printer, sure, evidence, n))
	}
	if settled && n > sure+open || n > len(job.Labels) {
		r.Duplicated = append(r.Duplicated, fmt.Sprintf("job %s of %s, printer %q: %d labels confirmed and %d unconfirmed, %d on paper",
			job.ID, job.Ref, job.Printer, sure, open, n))
	}
}

// named holds that the world was told of each unconfirmed label: which, where
// and why.
func (r *Report) named(j Journal) {
	type key struct {
		job string
		k   int
	}
	told := make(map[key]bool)
	for _, e := range j.Events {
		if e.Type == "label.unconfirmed" {
			told[key{e.Job, e.Label}] = true
			if e.Reason == "" || e.Printer == "" || e.Label == 0 {
				r.Unnamed = append(r.Unnamed, fmt.Sprintf("event of job %s: unconfirmed label %d, printer %q, reason %q", e.Job, e.Label, e.Printer, e.Reason))
			}
		}
	}
	for _, job := range j.Jobs {
		for _, l := range job.Labels {
			if l.State == unconfirmed && !told[key{job.ID, l.K}] {
				r.Unnamed = append(r.Unnamed, fmt.Sprintf("job %s, label %d: unconfirmed, and no event says so", job.ID, l.K))
			}
		}
	}
}

// onPaper counts the physical labels by format.
func onPaper(papers []Paper) map[string]int {
	n := make(map[string]int)
	for _, p := range papers {
		for _, l := range p.Labels {
			if l.label() {
				n[l.Format]++
			}
		}
	}
	return n
}

// Copies counts how often a job is on paper.
func Copies(job Job, papers []Paper) int { return onPaper(papers)[job.Format] }

// A Doubt says whether an unconfirmed label had to be one.
type Doubt struct {
	Why       string
	Decidable bool // the odometer could have told; no person need have been asked
}

// Judge says whether the odometer could have decided what became of an
// unconfirmed label, from what was on paper when that was written down.
func Judge(job Job, l Label, papers []Paper) Doubt {
	i := slices.IndexFunc(papers, func(p Paper) bool { return p.Printer == job.Printer })
	if i < 0 {
		return Doubt{Why: "its printer is not known"}
	}
	p := papers[i]
	switch {
	case !p.Counts:
		return Doubt{Why: "its printer does not count"}
	case l.Device != p.Device:
		return Doubt{Why: "another machine has taken its printer's place"}
	case l.Baseline == nil:
		return Doubt{Why: "its printer counts, and no baseline was taken", Decidable: true}
	}
	ours, others := 0, 0
	for _, d := range p.Labels {
		if d.Partial || d.Text || d.Odometer <= *l.Baseline || d.At.After(l.At) {
			continue
		}
		if d.Format == job.Format && d.label() {
			ours++
		} else {
			others++
		}
	}
	switch {
	case ours+others == 0:
		return Doubt{Why: "its printer has printed nothing since", Decidable: true}
	case others > 0 || p.Shared:
		return Doubt{Why: "another host prints there as well, and its printer counts for both"}
	}
	return Doubt{Why: "its printer has printed one label since", Decidable: true}
}

// Plus returns the sum of two reports.
func (r Report) Plus(o Report) Report {
	r.Jobs, r.Labels, r.OnPaper, r.Foreign = r.Jobs+o.Jobs, r.Labels+o.Labels, r.OnPaper+o.OnPaper, r.Foreign+o.Foreign
	r.Confirmed, r.Unconfirmed, r.Failed, r.Cancelled = r.Confirmed+o.Confirmed, r.Unconfirmed+o.Unconfirmed, r.Failed+o.Failed, r.Cancelled+o.Cancelled
	r.Missing, r.Duplicated = slices.Concat(r.Missing, o.Missing), slices.Concat(r.Duplicated, o.Duplicated)
	r.Unsettled, r.Unnamed = slices.Concat(r.Unsettled, o.Unsettled), slices.Concat(r.Unnamed, o.Unnamed)
	return r
}
