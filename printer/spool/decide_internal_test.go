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
