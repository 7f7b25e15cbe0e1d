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
		want     printer.LabelState
	}{
		"counted":                {&base, reading{status: waits, odometer: 8, counted: true}, printer.Confirmed},
		"not counted":            {&base, reading{status: waits, odometer: 7, counted: true}, ""},
		"counted, more to come":  {&base, reading{status: more, odometer: 8, counted: true}, ""},
		"it counts nothing":      {nil, reading{status: waits}, printer.Confirmed},
		"nothing, more to come":  {nil, reading{status: more}, ""},
		"nothing, and a warning": {nil, reading{status: printer.Status{Warnings: []printer.Condition{printer.PaperLow}}}, printer.Confirmed},
	} {
		if got := decide(printer.Label{Baseline: tt.baseline}, tt.reading); got.state != tt.want {
			t.Errorf("%s: %q, want %q", name, got.state, tt.want)
		}
	}
}
