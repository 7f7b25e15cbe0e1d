package spool

import (
	"fmt"
	"slices"

	"waybill/printer"
)

// A reading is what the printer says while labels are in flight.
type reading struct {
	status   printer.Status
	odometer int64
	counted  bool
	early    bool // the odometer is older than the status
	tracked  bool // the printer keeps accounts, and this is the labels'
	account  printer.Account
}

// same reports whether nothing has moved between two readings.
func (r reading) same(o reading) bool {
	return r.odometer == o.odometer && r.counted == o.counted && r.account == o.account &&
		r.status.Waiting == o.status.Waiting && r.status.Remaining == o.status.Remaining &&
		r.status.Partial == o.status.Partial && slices.Equal(r.status.Conditions, o.status.Conditions)
}

// silent reports whether the printer said nothing of use.
func (r reading) silent() bool {
	return r.status.Has(printer.NoAnswer) || r.status.Has(printer.WrongLanguage)
}

// holds reports whether the printer has something to print.
func (r reading) holds() bool { return r.status.Waiting > 0 || r.status.Remaining > 0 }

// since returns the labels counted since the first of labels was sent. ok is
// false where that cannot be said.
func (r reading) since(labels []printer.Label) (n int64, ok bool) {
	if !r.counted || labels[0].Baseline == nil {
		return 0, false
	}
	return r.odometer - *labels[0].Baseline, true
}

// alone reports whether nothing else than labels was counted since they were sent,
// where anything is counted.
func (r reading) alone(labels []printer.Label) bool {
	n, ok := r.since(labels)
	return !ok || n == int64(len(labels))
}

// A verdict says what became of labels in flight, which come out in their order:
// the first printed of them are on paper, nobody can tell of the next doubtful,
// and the others are lost or have to be waited for. The zero verdict is to wait.
type verdict struct {
	printed  int
	evidence printer.Evidence
	doubtful int
	reason   string // of the doubtful
	lost     bool   // it looks as if the others were never printed
}

// decide says what a reading means for labels that this very conversation has
// sent. The printer reads the stream in order, so that an answer of "idle" was
// given after the labels.
func decide(sent run, r reading) verdict {
	labels := sent.labels()
	all := len(labels)
	if r.tracked {
		return decideTracked(labels, r.account)
	}
	if labels[0].Baseline == nil {
		if r.status.Done() {
			return verdict{printed: all, evidence: printer.E2}
		}
		return verdict{}
	}
	n, ok := r.since(labels)
	switch {
	case !ok:
	case n < 0:
		return verdict{doubtful: all, reason: wentBack}
	case n >= int64(all) && r.status.Done():
		return verdict{printed: all, evidence: printer.E3}
	default:
		// In between, two counters must agree: what was counted and what is left.
		left, holds := sent.left(r.status)
		out := all - left
		if len(sent) == 1 { // its labels are equal: any of them will do
			out = int(min(n, int64(out)))
		} else if !r.early || n < int64(out) {
			// It has fewer left than it has not counted: one has vanished, and
			// the count does not say whose.
			out = 0
		}
		if holds && out > 0 {
			return verdict{printed: out, evidence: printer.E3}
		}
	}
	return verdict{}
}

// decideTracked says what the printer's account of labels means, whether or not
// this conversation has sent them.
func decideTracked(labels []printer.Label, a printer.Account) verdict {
	all := len(labels)
	switch a.Verdict {
	case printer.Printed:
		return verdict{printed: all, evidence: a.Evidence}
	case printer.NotPrinted:
		return verdict{lost: true}
	case printer.CannotTell:
		if a.Reason != "" {
			return verdict{doubtful: all, reason: a.Reason}
		}
	case printer.StillComes:
	}
	return verdict{}
}

const oneVanished = "One of the labels that were at the printer was cancelled there, and what it has counted since does not say which came out."

const wentBack = "The printer's label counter went back, or the label before this one has not come out."

// decideResumed says what a reading means for labels whose sending was
// interrupted. trusted says that what was counted since can only be they.
func decideResumed(sent run, r reading, trusted bool) verdict {
	labels := sent.labels()
	all := len(labels)
	if r.tracked {
		return decideTracked(labels, r.account)
	}
	n, counted := r.since(labels)
	first := labels[0]
	behind := first.Behind // went out before these, are looked at no more, and came out or did not
	if first.Baseline != nil {
		base := *first.Baseline - behind
		first.Baseline = &base
	}
	switch printer.Judge(first, r.odometer, r.counted, r.status) {
	case printer.Printed:
		if r.holds() || r.status.Partial {
			return verdict{} // perhaps ours are among those to come
		}
		return decideCounted(sent, n, behind, trusted)
	case printer.NotPrinted:
		return verdict{lost: true}
	case printer.CannotTell:
		if counted && n+behind < 0 && r.status.Done() { // else perhaps the label before these is still to come
			return verdict{doubtful: all, reason: wentBack}
		}
	case printer.StillComes:
	}
	return verdict{}
}

// decideCounted says what it means that the printer has counted n labels from the
// baseline of the first that was sent, or behind more from where that began, and has
// nothing left.
func decideCounted(sent run, n, behind int64, trusted bool) verdict {
	all := len(sent.labels())
	switch {
	case n > int64(all):
		return verdict{doubtful: all, reason: fmt.Sprintf(
			"The connection broke, and the printer has printed %d since, %d of which should be ours; nobody can say whether they are.", n, all)}
	case behind > 0 && n < int64(all): // which of them the printer has lost, or somebody has cancelled, the count does not say
		return verdict{doubtful: int(min(n+behind, int64(all))), reason: fmt.Sprintf(
			"The label before this one was not proved, and the printer has printed %d since; nobody can say which.", n+behind)}
	case !trusted && len(sent) > 1 && n < int64(all):
		return verdict{doubtful: all, reason: fmt.Sprintf(
			"The printer was out of sight, or had lost one of two labels, and has moved %d since: one of these, or one from its FEED button or from another computer.", n)}
	case !trusted && n == 1:
		return verdict{doubtful: 1, reason: "The printer was out of sight and has moved one label since: this one, or one from its FEED button or from another computer."}
	case !trusted:
		return verdict{doubtful: int(n), reason: fmt.Sprintf(
			"The printer was out of sight and has moved %d labels since: these, or some from its FEED button or from another computer.", n)}
	}
	return verdict{printed: int(n), evidence: printer.E3}
}
