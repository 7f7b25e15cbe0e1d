package spool_test

import (
	"testing"
	"time"

	"waybill/printer"
	"waybill/printer/virtual"
)

// A printer in another language would print the letters of what it is asked. It
// is asked for its language first, in the one way that all of them understand.
func TestAPrinterInAnotherLanguagePrintsNothing(t *testing.T) {
	for _, language := range []virtual.Language{virtual.CPCL, virtual.Line} {
		t.Run(string(language), func(t *testing.T) {
			inBubble(t, func(t *testing.T, r *rig) {
				v := r.printer("p", virtual.Options{Language: language})
				r.ledger.add("a", 1)
				r.start()
				time.Sleep(time.Hour)
				if got := r.ledger.label("a", 1).State; got != printer.Queued || !r.hasTold(printer.WrongLanguage) {
					t.Errorf("the label is %s; told %q", got, r.seen)
				}
				if n := len(v.Labels()); n != 0 {
					t.Errorf("%d labels of letters came out", n)
				}
			})
		})
	}
}

// One that does not understand even that is asked ever more seldom, and only
// what tells whether it understands by now.
func TestAPrinterThatUnderstandsNothingIsLeftInPeace(t *testing.T) {
	inBubble(t, func(t *testing.T, r *rig) {
		v := r.printer("p", virtual.Options{Language: virtual.Line})
		v.SetFaults(func(f *virtual.Faults) { f.Silent = true })
		r.ledger.add("a", 1)
		r.start()
		time.Sleep(time.Hour)
		if !r.hasTold(printer.NoAnswer) {
			t.Errorf("told %q", r.seen)
		}
		const most = 250 // two lines each half a minute, and some to begin with
		if n := len(v.Labels()); n > most {
			t.Errorf("%d labels of letters came out within an hour, want at most %d", n, most)
		}
	})
}
