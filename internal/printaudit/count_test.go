package printaudit

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func n(v int64) *int64 { return &v }

func job(id string, labels ...Label) Job {
	for i := range labels {
		labels[i].K = i + 1
	}
	return Job{ID: id, Ref: id + "-1", Printer: "p", Format: "format of " + id, Labels: labels}
}

func paper(formats ...string) []Paper {
	p := Paper{Printer: "p", Device: "S1", Counts: true}
	for i, f := range formats {
		p.Labels = append(p.Labels, Printed{N: i + 1, Odometer: int64(i + 1), Format: f, Feed: f == ""})
	}
	return []Paper{p}
}

func TestCount(t *testing.T) {
	sure := Label{State: confirmed, Evidence: "E3"}
	unsure := Label{State: unconfirmed, Reason: "The connection broke."}
	told := Event{Type: "label.unconfirmed", Job: "a", Label: 1, Printer: "p", Reason: "The connection broke."}
	for _, tt := range []struct {
		name   string
		jobs   []Job
		events []Event
		paper  []Paper
		orders []Order
		want   Report
	}{
		{
			name: "all well", jobs: []Job{job("a", sure, sure), job("b", sure)}, paper: paper("format of a", "format of a", "", "stranger", "format of b"),
			orders: []Order{{"a", 2}, {"b", 1}}, want: Report{Jobs: 2, Labels: 3, Confirmed: 3, OnPaper: 3, Foreign: 2},
		},
		{
			name: "confirmed and not there", jobs: []Job{job("a", sure, sure)}, paper: paper("format of a"),
			want: Report{Jobs: 1, Labels: 2, Confirmed: 2, OnPaper: 1, Missing: []string{`job a of a-1, printer "p": 2 labels confirmed by ["E3" "E3"], 1 on paper`}},
		},
		{
			name: "an accepted order without its job", orders: []Order{{"a", 2}}, paper: paper(),
			want: Report{Missing: []string{"order a owes 2 labels, the journal has 0"}},
		},
		{
			name: "an order with two jobs", jobs: []Job{job("a", sure), job("a", sure)}, orders: []Order{{"a", 1}}, paper: paper("format of a", "format of a"),
			want: Report{
				Jobs: 2, Labels: 2, Confirmed: 2, OnPaper: 4, Foreign: -2,
				Duplicated: []string{
					`job a of a-1, printer "p": 1 labels confirmed and 0 unconfirmed, 2 on paper`, `job a of a-1, printer "p": 1 labels confirmed and 0 unconfirmed, 2 on paper`,
					"order a owes 1 labels, the journal has 2",
				},
			},
		},
		{
			name: "twice", jobs: []Job{job("a", sure)}, paper: paper("format of a", "format of a"),
			want: Report{Jobs: 1, Labels: 1, Confirmed: 1, OnPaper: 2, Duplicated: []string{`job a of a-1, printer "p": 1 labels confirmed and 0 unconfirmed, 2 on paper`}},
		},
		{
			name: "unconfirmed and there", jobs: []Job{job("a", unsure)}, events: []Event{told}, paper: paper("format of a"),
			want: Report{Jobs: 1, Labels: 1, Unconfirmed: 1, OnPaper: 1},
		},
		{
			name: "unconfirmed and there twice", jobs: []Job{job("a", unsure)}, events: []Event{told}, paper: paper("format of a", "format of a"),
			want: Report{
				Jobs: 1, Labels: 1, Unconfirmed: 1, OnPaper: 2,
				Duplicated: []string{`job a of a-1, printer "p": 0 labels confirmed and 1 unconfirmed, 2 on paper`},
			},
		},
		{
			name: "unconfirmed, and nobody told", jobs: []Job{job("a", Label{State: unconfirmed})}, paper: paper(),
			want: Report{
				Jobs: 1, Labels: 1, Unconfirmed: 1,
				Unnamed: []string{"job a, label 1: unconfirmed, and no reason", "job a, label 1: unconfirmed, and no event says so"},
			},
		},
		{
			name: "failed and there", jobs: []Job{job("a", Label{State: failed, Reason: "lost"})}, paper: paper("format of a"),
			want: Report{
				Jobs: 1, Labels: 1, Failed: 1, OnPaper: 1,
				Duplicated: []string{`job a of a-1, printer "p": 0 labels confirmed and 0 unconfirmed, 1 on paper`},
			},
		},
		{
			name: "not at rest", jobs: []Job{job("a", Label{State: "sent"})}, paper: paper("format of a"),
			want: Report{Jobs: 1, Labels: 1, OnPaper: 1, Unsettled: []string{`job a, label 1 of a-1, printer "p": sent`}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := Count(Journal{Jobs: tt.jobs, Events: tt.events}, tt.paper, tt.orders)
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}
		})
	}
}

func TestJudge(t *testing.T) {
	noon := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	ours, other := "format of a", "stranger"
	for _, tt := range []struct {
		name   string
		label  Label
		paper  []Paper
		change func(*Paper)
		want   bool
	}{
		{"nothing came out", Label{Baseline: n(0), Device: "S1", At: noon}, paper(), nil, true},
		{"ours came out", Label{Baseline: n(0), Device: "S1", At: noon}, paper(ours), nil, true},
		{"another's came out", Label{Baseline: n(0), Device: "S1", At: noon}, paper(other), nil, false},
		{"ours and another's", Label{Baseline: n(0), Device: "S1", At: noon}, paper(ours, other), nil, false},
		{"another's before", Label{Baseline: n(1), Device: "S1", At: noon}, paper(other, ours), nil, true},
		{"ours came out later", Label{Baseline: n(0), Device: "S1", At: noon}, paper(ours), func(p *Paper) { p.Labels[0].At = noon.Add(time.Hour) }, true},
		{"shared, and one came out", Label{Baseline: n(0), Device: "S1", At: noon}, paper(ours), func(p *Paper) { p.Shared = true }, false},
		{"shared, and none came out", Label{Baseline: n(0), Device: "S1", At: noon}, paper(), func(p *Paper) { p.Shared = true }, true},
		{"it does not count", Label{At: noon}, paper(), func(p *Paper) { p.Counts = false }, false},
		{"no baseline of one that counts", Label{Device: "S1", At: noon}, paper(), nil, true},
		{"another machine", Label{Baseline: n(0), Device: "S2", At: noon}, paper(), nil, false},
		{"another printer", Label{Baseline: n(0), Device: "S1", At: noon}, nil, nil, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.change != nil {
				tt.change(&tt.paper[0])
			}
			if got := Judge(job("a"), tt.label, tt.paper); got.Decidable != tt.want || got.Why == "" {
				t.Errorf("decidable %v (%s), want %v", got.Decidable, got.Why, tt.want)
			}
		})
	}
}
