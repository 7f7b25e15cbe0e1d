package printer_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/printer"
)

var states = []printer.LabelState{
	printer.Queued, printer.Sending, printer.Sent, printer.Confirmed,
	printer.Unconfirmed, printer.Failed, printer.Cancelled,
}

func TestMoves(t *testing.T) {
	allowed := map[printer.LabelState][]printer.LabelState{
		printer.Queued:      {printer.Sending, printer.Failed, printer.Cancelled, printer.Confirmed},
		printer.Sending:     {printer.Sent, printer.Confirmed, printer.Unconfirmed, printer.Queued},
		printer.Sent:        {printer.Confirmed, printer.Unconfirmed, printer.Queued},
		printer.Unconfirmed: {printer.Confirmed, printer.Queued, printer.Cancelled},
	}
	at := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	for _, from := range states {
		for _, to := range states {
			want := false
			for _, a := range allowed[from] {
				want = want || a == to
			}
			l := printer.Label{K: 1, State: from, Evidence: printer.E0, Reason: "r"}
			got, err := l.Move(to, at)
			if (err == nil) != want {
				t.Errorf("%s to %s: error %v, want allowed %v", from, to, err, want)
			}
			if err != nil && got != l {
				t.Errorf("%s to %s: a refused move changed the label", from, to)
			}
			if err == nil && (got.State != to || !got.At.Equal(at)) {
				t.Errorf("%s to %s: label is %+v", from, to, got)
			}
		}
	}
}

func TestMoveBackToQueuedForgetsTheAttempt(t *testing.T) {
	n := int64(7)
	l := printer.Label{K: 2, State: printer.Sent, Evidence: printer.E0, Baseline: &n, Device: "S1", Reason: "r"}
	got, err := l.Move(printer.Queued, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(printer.Label{K: 2, State: printer.Queued}, got); diff != "" {
		t.Errorf("label (-want +got):\n%s", diff)
	}
}

func TestFinalStatesHaveNoWayOut(t *testing.T) {
	for _, from := range states {
		for _, to := range states {
			if _, err := (printer.Label{State: from}).Move(to, time.Time{}); from.Final() && err == nil {
				t.Errorf("%s is final and yet goes to %s", from, to)
			}
		}
	}
}

func TestJudge(t *testing.T) {
	base := int64(100)
	idle := printer.Status{}
	has := func(c printer.Condition) printer.Status {
		return printer.Status{Conditions: []printer.Condition{c}}
	}
	for _, tt := range []struct {
		name     string
		baseline *int64
		odometer int64
		counted  bool
		status   printer.Status
		want     printer.Verdict
	}{
		{"no baseline", nil, 101, true, idle, printer.CannotTell},
		{"no reading", &base, 0, false, idle, printer.CannotTell},
		{"counted once", &base, 101, true, idle, printer.Printed},
		{"counted once, now out of paper", &base, 101, true, has(printer.PaperOut), printer.Printed},
		{"counter went back", &base, 5, true, idle, printer.CannotTell},
		{"not counted, idle", &base, 100, true, idle, printer.NotPrinted},
		{"not counted, silent", &base, 100, true, has(printer.NoAnswer), printer.CannotTell},
		{"not counted, offline", &base, 100, true, has(printer.Offline), printer.CannotTell},
		{"not counted, out of paper", &base, 100, true, has(printer.PaperOut), printer.StillComes},
		{"not counted, format waits", &base, 100, true, printer.Status{Waiting: 1}, printer.StillComes},
		{"not counted, label remains", &base, 100, true, printer.Status{Remaining: 1}, printer.StillComes},
		{"not counted, half a format", &base, 100, true, printer.Status{Partial: true}, printer.StillComes},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := printer.Label{K: 1, State: printer.Sending, Baseline: tt.baseline}
			if got := printer.Judge(l, tt.odometer, tt.counted, tt.status); got != tt.want {
				t.Errorf("Judge = %v, want %v", got, tt.want)
			}
		})
	}
}

// A label may be sent again only where the printer, answering and idle, still
// stands at the baseline.
func TestJudgeNeverSendsAgainOnDoubt(t *testing.T) {
	conditions := []printer.Condition{
		printer.PaperOut, printer.Paused, printer.NoAnswer, printer.Offline, printer.UnknownFault,
	}
	rapid.Check(t, func(t *rapid.T) {
		var base *int64
		if rapid.Bool().Draw(t, "has baseline") {
			n := rapid.Int64Range(0, 5).Draw(t, "baseline")
			base = &n
		}
		s := printer.Status{
			Waiting:    rapid.IntRange(0, 1).Draw(t, "waiting"),
			Remaining:  rapid.IntRange(0, 1).Draw(t, "remaining"),
			Partial:    rapid.Bool().Draw(t, "partial"),
			Conditions: rapid.SliceOfN(rapid.SampledFrom(conditions), 0, 2).Draw(t, "conditions"),
		}
		odometer := rapid.Int64Range(0, 6).Draw(t, "odometer")
		counted := rapid.Bool().Draw(t, "counted")
		v := printer.Judge(printer.Label{Baseline: base}, odometer, counted, s)
		certain := base != nil && counted && odometer == *base && s.Idle()
		if (v == printer.NotPrinted) != certain {
			t.Fatalf("verdict %v, certainly not printed: %v", v, certain)
		}
	})
}

func TestJobNextAndWith(t *testing.T) {
	j := printer.Job{Labels: []printer.Label{{K: 1, State: printer.Confirmed}, {K: 2, State: printer.Queued}}}
	l, ok := j.Next()
	if !ok || l.K != 2 {
		t.Fatalf("Next = %+v, %v", l, ok)
	}
	l.State = printer.Confirmed
	done := j.With(l)
	if !done.Done() || j.Done() {
		t.Errorf("With: new job done %v, old job done %v", done.Done(), j.Done())
	}
}

func TestDevice(t *testing.T) {
	for want, id := range map[string]printer.Identity{
		"":    {},
		"ZD4": {Model: "ZD4"},
		"S1":  {Model: "ZD4", Serial: "S1"},
	} {
		if got := id.Device(); got != want {
			t.Errorf("Device of %+v = %q, want %q", id, got, want)
		}
	}
}

func TestSame(t *testing.T) {
	is := func(model, serial string) printer.Identity { return printer.Identity{Model: model, Serial: serial} }
	for name, tt := range map[string]struct {
		bound, now printer.Identity
		want       bool
	}{
		"itself":                    {is("ZD4", "S1"), is("ZD4", "S1"), true},
		"new firmware, other model": {is("ZD4", "S1"), is("ZD4-203", "S1"), true},
		"swapped":                   {is("ZD4", "S1"), is("ZD4", "S2"), false},
		"keeps its number back":     {is("ZD4", "S1"), is("ZD4", ""), true},
		"another model, no number":  {is("ZD4", "S1"), is("LP2844", ""), false},
		"tells its number at last":  {is("ZD4", ""), is("ZD4", "S1"), true},
		"says nothing":              {is("ZD4", "S1"), is("", ""), true},
		"nobody yet":                {is("", ""), is("ZD4", "S1"), true},
		"number alone":              {is("", "S1"), is("ZD4", ""), true},
	} {
		if got := tt.bound.Same(tt.now); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

// That a label which a person has queued again came out after all, only the count
// of the printer that had it may say.
func TestQueuedIsConfirmedByACountAlone(t *testing.T) {
	n := int64(7)
	before := printer.Job{Printer: "p", Labels: []printer.Label{{K: 1, State: printer.Queued}}}
	for name, tt := range map[string]struct {
		had, by string
		label   printer.Label
		want    bool
	}{
		"counted":           {"p", "p", printer.Label{Evidence: printer.E3, Baseline: &n}, true},
		"idle":              {"p", "p", printer.Label{Evidence: printer.E2, Baseline: &n}, false},
		"seen":              {"p", "p", printer.Label{Evidence: printer.E4}, false},
		"no baseline":       {"p", "p", printer.Label{Evidence: printer.E3}, false},
		"by another":        {"p", "q", printer.Label{Evidence: printer.E3, Baseline: &n}, false},
		"it was never sent": {"", "", printer.Label{Evidence: printer.E3, Baseline: &n}, false},
	} {
		tt.label.K, tt.label.State = 1, printer.Confirmed
		before.Printer = tt.had
		after := before.With(tt.label)
		after.Printer = tt.by
		if err := before.Follows(after); (err == nil) != tt.want {
			t.Errorf("%s: %v, want allowed %v", name, err, tt.want)
		}
	}
}
