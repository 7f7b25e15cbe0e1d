package spool

import (
	"testing"

	"waybill/printer"
)

// A label that waits at the peel bar is on paper; it only keeps the next one.
func TestALabelThatWaitsToBeTakenIsPrinted(t *testing.T) {
	base := int64(7)
	waits := printer.Status{Conditions: []printer.Condition{printer.LabelWaiting}}
	more := waits
	more.Remaining = 1
	for name, tt := range map[string]struct {
		baseline *int64
		reading  reading
		want     bool // it is known to be printed
	}{
		"counted":                {&base, reading{status: waits, odometer: 8, counted: true}, true},
		"not counted":            {&base, reading{status: waits, odometer: 7, counted: true}, false},
		"counted, more to come":  {&base, reading{status: more, odometer: 8, counted: true}, false},
		"it counts nothing":      {nil, reading{status: waits}, true},
		"nothing, more to come":  {nil, reading{status: more}, false},
		"nothing, and a warning": {nil, reading{status: printer.Status{Warnings: []printer.Condition{printer.PaperLow}}}, true},
	} {
		if got := decide(run{{labels: []printer.Label{{Baseline: tt.baseline}}}}, tt.reading); (got.printed == 1) != tt.want {
			t.Errorf("%s: %+v, want printed %v", name, got, tt.want)
		}
	}
}

// Of a run of two jobs the first is known to be out where what was counted and what
// the printer has left agree; nothing else is known from less than the whole count.
func TestTheFirstOfTwoJobs(t *testing.T) {
	base, next := int64(7), int64(8)
	two := run{
		{job: printer.Job{ID: "a"}, labels: []printer.Label{{K: 1, Baseline: &base}}},
		{job: printer.Job{ID: "b"}, labels: []printer.Label{{K: 1, Baseline: &next}}},
	}
	has := func(waiting, remaining int) printer.Status {
		return printer.Status{Waiting: waiting, Remaining: remaining}
	}
	for name, tt := range map[string]struct {
		status printer.Status
		count  int64
		late   bool // the count is younger than the status
		want   int
	}{
		"both there":                          {has(1, 1), 7, false, 0},
		"the second on the press":             {has(0, 1), 8, false, 1},
		"the second about to be":              {has(1, 0), 8, false, 1},
		"both out":                            {has(0, 0), 9, false, 2},
		"the first has vanished":              {has(0, 1), 7, false, 0},
		"the first has vanished, second out":  {has(0, 0), 8, false, 0},
		"counted after it was asked":          {has(0, 1), 8, true, 0},
		"counted, and both are still there":   {has(1, 1), 8, false, 0},
		"somebody else's wait behind ours":    {has(3, 1), 8, false, 0},
		"one of ours and somebody else's out": {has(0, 1), 9, false, 1},
	} {
		r := reading{status: tt.status, odometer: tt.count, counted: true, early: !tt.late}
		if got := decide(two, r); got.printed != tt.want || got.doubtful != 0 || got.lost {
			t.Errorf("%s: %+v, want %d printed", name, got, tt.want)
		}
	}
}

// What is in flight is taken up again in the order of its baselines; what does not go
// on where the one before ends is no part of the run.
func TestRunsAreInOrder(t *testing.T) {
	job := func(id printer.JobID, device string, baselines ...int64) printer.Job {
		j := printer.Job{ID: id, Printer: "p"}
		for i := range baselines {
			j.Labels = append(j.Labels, printer.Label{K: i + 1, State: printer.Sent, Device: device, Baseline: &baselines[i]})
		}
		return j
	}
	for name, tt := range map[string]struct {
		jobs []printer.Job
		want string
	}{
		"one":             {[]printer.Job{job("a", "S", 3)}, "a"},
		"two":             {[]printer.Job{job("b", "S", 5), job("a", "S", 3, 4)}, "ab"},
		"a gap":           {[]printer.Job{job("a", "S", 3), job("b", "S", 5)}, "a"},
		"one baseline":    {[]printer.Job{job("a", "S", 3), job("b", "S", 3)}, "a"},
		"two machines":    {[]printer.Job{job("a", "S", 3), job("b", "T", 4)}, "a"},
		"nothing is left": {[]printer.Job{job("a", "S")}, ""},
	} {
		got := ""
		for _, b := range runOf(tt.jobs) {
			got += string(b.job.ID)
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}
