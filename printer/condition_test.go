package printer_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"waybill/printer"
)

func TestEveryConditionHasWords(t *testing.T) {
	states := map[string]printer.Condition{}
	for _, c := range printer.Conditions() {
		state, todo := c.Words()
		if state == "" || strings.Contains(state, string(c)) || !strings.HasSuffix(todo, ".") {
			t.Errorf("%s: %q, %q", c, state, todo)
		}
		if n := len(strings.Fields(state)); n > 4 || len(state) > 18 {
			t.Errorf("%s: %q is too long to be read from three metres", c, state)
		}
		if other, taken := states[state]; taken {
			t.Errorf("%s and %s have the same words %q", c, other, state)
		}
		states[state] = c
	}
	state, todo := printer.Condition("on_fire").Words()
	if !strings.Contains(state, "on_fire") || todo == "" || printer.Condition("on_fire").Warns() {
		t.Errorf("a condition nobody knows: %q, %q", state, todo)
	}
}

func TestForemost(t *testing.T) {
	is := func(cs ...printer.Condition) []printer.Condition { return cs }
	for name, tt := range map[string]struct {
		status printer.Status
		want   printer.Condition
		others []string
	}{
		"nothing":              {printer.Status{}, "", nil},
		"head before paper":    {printer.Status{Conditions: is(printer.PaperOut, printer.HeadOpen)}, printer.HeadOpen, []string{"Out of labels"}},
		"fault before warning": {printer.Status{Conditions: is(printer.Paused), Warnings: is(printer.PaperLow)}, printer.Paused, []string{"Few labels left"}},
		"a warning alone":      {printer.Status{Warnings: is(printer.RibbonLow)}, printer.RibbonLow, nil},
		"nobody knows it":      {printer.Status{Conditions: is(printer.Paused, "on_fire")}, "on_fire", []string{"Paused"}},
		"another machine":      {printer.Status{Conditions: is(printer.PaperOut, printer.AnotherPrinter)}, printer.AnotherPrinter, []string{"Out of labels"}},
		"what belongs together": {
			printer.Status{Conditions: is(printer.Paused, printer.PaperOut, printer.RibbonOut)},
			printer.PaperOut,
			[]string{"Out of ribbon", "Paused"},
		},
	} {
		got, ok := tt.status.Foremost()
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s: %q, %v; want %q", name, got, ok, tt.want)
		}
		if diff := cmp.Diff(tt.others, tt.status.Others()); diff != "" {
			t.Errorf("%s: others (-want +got):\n%s", name, diff)
		}
	}
}

// Whatever a printer reports, only what stops labels makes it less than clear,
// and the foremost condition is one of those while there are any.
func TestWarningsStopNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s printer.Status
		drawn := rapid.SliceOfN(rapid.SampledFrom(printer.Conditions()), 0, 5).Draw(t, "conditions")
		stops := false
		for _, c := range drawn {
			before := slices.Clone(s.Conditions)
			with := s.With(c)
			if !slices.Equal(before, s.Conditions) {
				t.Fatal("With changed the status it was asked on")
			}
			s = with
			stops = stops || !c.Warns()
		}
		if s.Clear() == stops || s.Idle() == stops {
			t.Fatalf("%+v: clear %v, idle %v, want %v", s, s.Clear(), s.Idle(), !stops)
		}
		first, ok := s.Foremost()
		if ok != (len(drawn) > 0) || ok && first.Warns() == stops {
			t.Fatalf("%+v: foremost is %s, %v", s, first, ok)
		}
		for _, c := range drawn {
			if !s.Has(c) {
				t.Fatalf("%+v has not %s", s, c)
			}
		}
	})
}

func TestDone(t *testing.T) {
	is := func(cs ...printer.Condition) []printer.Condition { return cs }
	for name, tt := range map[string]struct {
		status printer.Status
		want   bool
	}{
		"idle":                   {printer.Status{}, true},
		"a label to take":        {printer.Status{Conditions: is(printer.LabelWaiting)}, true},
		"a label to take, more":  {printer.Status{Conditions: is(printer.LabelWaiting), Remaining: 1}, false},
		"a label to take, fault": {printer.Status{Conditions: is(printer.LabelWaiting, printer.PaperOut)}, false},
		"paused":                 {printer.Status{Conditions: is(printer.Paused)}, false},
		"few labels left":        {printer.Status{Warnings: is(printer.PaperLow)}, true},
	} {
		if got := tt.status.Done(); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}
