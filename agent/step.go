package agent

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"waybill/agent/handoff"
	"waybill/printer"
	"waybill/scanner"
	"waybill/shipment"
)

// An Input is something that happened to an order the desk has taken.
type Input interface{ isInput() }

// Labelled says that labels of the order were made and read back. Jobs has one
// print job for each of the parcels whose label was wanted, as its Ref.
type Labelled struct {
	Digest string // of the order they were made of
	Jobs   []printer.Job
	At     time.Time
}

// Unlabelled says that no label can be made of the order.
type Unlabelled struct {
	Digest  string // of the order that none can be made of
	Problem shipment.Problem
	At      time.Time
}

// LabelMoved says that the spool moved a job's labels.
type LabelMoved struct {
	Before, After printer.Job
	At            time.Time
}

// Scanned says that a scanner read the number of one of the order's parcels.
type Scanned struct {
	Number  shipment.TrackingNumber
	Scanner string
	Role    scanner.Role
	Handoff string           // the open pick-up it goes onto; empty: none
	Entry   int              // its place on it
	Refusal *handoff.Refusal // why it goes onto none, where more is known than that
	Left    handoff.Session  // the pick-up it has left with, if any
	Job     printer.Job      // the parcel's job; zero where it has none
	At      time.Time

	Clock func(time.Time) string // how times are said, in the station's zone; nil: as hours and minutes
}

func (in Scanned) clock(t time.Time) string {
	if in.Clock != nil {
		return in.Clock(t)
	}
	return t.Format("15:04")
}

// Reprint says that a person wants parcel K's label again. Job is the new job,
// whose label says that it is a reprint.
type Reprint struct {
	K      int
	Reason string
	Job    printer.Job
	Old    printer.Job
	At     time.Time
}

// Void says that a person or the hub takes the order back.
type Void struct {
	Reason string
	Code   string // one of VoidCodes, or empty
	Jobs   []printer.Job
	At     time.Time
}

func (Labelled) isInput()      {}
func (Unlabelled) isInput()    {}
func (LabelMoved) isInput()    {}
func (Scanned) isInput()       {}
func (Reprint) isInput()       {}
func (Void) isInput()          {}
func (TakenBack) isInput()     {}
func (CameOtherwise) isInput() {}
func (KeepLabel) isInput()     {}
func (Elsewhere) isInput()     {}

// An Effect is something to carry out in the transaction that keeps the new
// State.
type Effect interface{ isEffect() }

// Record appends an event to the journal.
type Record struct{ Fact shipment.Fact }

// Keep stores a print job. A job with a label queued is picked up by the spool.
type Keep struct{ Job printer.Job }

// Answer tells the person who scanned.
type Answer struct {
	Signal  scanner.Signal
	Code    string // accepted, handed_over, or why not
	Message string // what it was, and what to do
}

func (Record) isEffect() {}
func (Keep) isEffect()   {}
func (Answer) isEffect() {}

// Step returns the state after in, and what to do.
func (s State) Step(in Input) (State, []Effect) {
	switch in := in.(type) {
	case Labelled:
		return s.labelled(in)
	case Unlabelled:
		return s.unlabelled(in)
	case LabelMoved:
		return s.labelMoved(in)
	case Scanned:
		return s.scanned(in)
	case Reprint:
		return s.reprint(in)
	case Void:
		return s.void(in)
	case Pack:
		return s.pack(in)
	case Elsewhere:
		return s.elsewhere(in), nil
	case TakenBack:
		return s.takenBack(in)
	case TakenOver:
		return s.takenOver(in)
	case CameOtherwise:
		return s.cameOtherwise(in)
	case KeepLabel:
		return s.keepLabel(in)
	case Instructed:
		return s.instructed(in)
	}
	return s, nil
}

func (s State) labelled(in Labelled) (State, []Effect) {
	if in.Digest != s.Digest {
		return s, nil // the order is another by now
	}
	var effects []Effect
	for _, p := range s.ToLabel() { // of others another try was faster
		i := slices.IndexFunc(in.Jobs, func(j printer.Job) bool { return j.Ref == string(p.ID) })
		if i < 0 {
			continue
		}
		p.Job, p.Label = in.Jobs[i].ID, printer.Queued
		s = s.with(p, in.At)
		effects = append(effects, Keep{in.Jobs[i]})
	}
	return s, effects
}

func (s State) labelMoved(in LabelMoved) (State, []Effect) {
	p, ok := s.byJob(in.After.ID)
	if !ok { // of a label that was voided or replaced: it never prints again
		if after, changed := settle(in.After, in.At); changed {
			return s, []Effect{Keep{after}}
		}
		return s, nil
	}
	var effects []Effect
	if !p.Scanned.IsZero() { // a scanner has read it: what the printer cannot tell is known
		if after, changed := seen(stay(in.Before, in.After, in.At), in.At); changed || after.Done() != in.After.Done() {
			in.After = after
			effects = append(effects, Keep{after})
		}
	}
	if s.Void != "" { // nothing of it prints again, whatever the printer or a person says
		if after, changed := settle(in.After, in.At); changed {
			in.After = after
			effects = append(effects, Keep{after})
		}
	}
	for i, l := range in.After.Labels {
		var was printer.LabelState
		if i < len(in.Before.Labels) {
			was = in.Before.Labels[i].State
		}
		if was == l.State {
			continue
		}
		switch l.State {
		case printer.Confirmed:
			effects = append(effects, Record{shipment.LabelPrinted{
				Parcel: p.ID, Job: string(in.After.ID), Label: l.K, Of: len(in.After.Labels),
				Printer: in.After.Printer, Evidence: string(l.Evidence), SHA256: in.After.SHA256,
			}})
		case printer.Unconfirmed:
			effects = append(effects, Record{shipment.LabelUnconfirmed{
				Parcel: p.ID, Job: string(in.After.ID), Label: l.K, Of: len(in.After.Labels),
				Printer: in.After.Printer, Reason: l.Reason,
			}})
		case printer.Queued, printer.Cancelled:
			if f, ok := resolved(p, in.After, l, was); ok && s.Void == "" {
				effects = append(effects, Record{f})
			}
		case printer.Sending, printer.Sent, printer.Failed:
		}
	}
	l := summary(in.After)
	p.Label, p.Evidence, p.Reason, p.Doubtful = l.State, l.Evidence, l.Reason, len(in.After.Unconfirmed())
	return s.with(p, in.At), effects
}

// resolved returns the fact of a person's word that a label of the job is not on
// paper. What a printer says of one that it had is none.
func resolved(p Parcel, job printer.Job, l printer.Label, was printer.LabelState) (shipment.LabelResolved, bool) {
	f := shipment.LabelResolved{Parcel: p.ID, Job: string(job.ID), Label: l.K, Of: len(job.Labels), Printer: job.Printer}
	switch {
	case l.State == printer.Cancelled:
		f.Outcome, f.Reason = shipment.LabelCancelled, strings.TrimPrefix(strings.TrimPrefix(l.Reason, TakenBackWords), ": ")
		return f, true
	case was == printer.Unconfirmed:
		f.Outcome = shipment.LabelNotPrinted
		return f, true
	}
	return f, false
}

// stay returns after with the labels that a printer says it has not printed, of
// a parcel whose label a scanner has read: those are on paper and must not be
// sent again.
func stay(before, after printer.Job, at time.Time) printer.Job {
	if len(after.Labels) != 1 { // a scan cannot say which of several copies it was
		return after
	}
	for i, l := range after.Labels {
		if i >= len(before.Labels) || l.State != printer.Queued {
			continue
		}
		if was := before.Labels[i]; was.State == printer.Sending || was.State == printer.Sent {
			if next, err := was.Move(printer.Confirmed, at); err == nil {
				next.Evidence, next.Reason = printer.E4, ""
				after = after.With(next)
			}
		}
	}
	return after
}

// summary returns the label that stands for all of a job's: the one in the
// greatest need.
func summary(job printer.Job) printer.Label {
	var worst printer.Label
	for i, l := range job.Labels {
		if i == 0 || need[l.State] > need[worst.State] {
			worst = l
		}
	}
	return worst
}

// Copies taken back leave the parcel with the one it has.
var need = map[printer.LabelState]int{
	printer.Cancelled: 0, printer.Confirmed: 1, printer.Failed: 2, printer.Sent: 3,
	printer.Sending: 4, printer.Queued: 5, printer.Unconfirmed: 6,
}

func (s State) byJob(id printer.JobID) (Parcel, bool) {
	for _, p := range s.Parcels {
		if p.Job == id {
			return p, true
		}
	}
	return Parcel{}, false
}

// Reprintable reports whether another label of p may be printed: the last one
// is on paper, or certainly is not and will not be.
func (p Parcel) Reprintable() bool {
	switch p.Label {
	case printer.Confirmed, printer.Failed, printer.Cancelled:
		return p.HandedOver.IsZero()
	case printer.Queued, printer.Sending, printer.Sent, printer.Unconfirmed:
	}
	return false // nor where none was made yet
}

func (s State) reprint(in Reprint) (State, []Effect) {
	for _, p := range s.Parcels {
		if p.K != in.K || !p.Reprintable() {
			continue
		}
		p.Job, p.Label, p.Evidence, p.Reason, p.Doubtful = in.Job.ID, printer.Queued, printer.NoEvidence, "", 0
		p.Reprints++
		p.Scanned = time.Time{} // the new label must be read back like the first
		effects := []Effect{
			Record{shipment.LabelReprinted{Parcel: p.ID, Job: string(in.Job.ID), Reason: in.Reason}},
			Keep{in.Job},
		}
		if old, changed := settle(in.Old, in.At); changed {
			effects = append(effects, Keep{old})
		}
		return s.with(p, in.At), effects
	}
	return s, nil
}

func (s State) void(in Void) (State, []Effect) {
	if s.Void != "" {
		return s, nil
	}
	s.Void, s.VoidCode, s.Otherwise, s.Since = in.Reason, in.Code, nil, in.At
	var effects []Effect
	for _, p := range s.Parcels {
		effects = append(effects, Record{shipment.LabelVoided{Parcel: p.ID, Reason: in.Reason, Code: in.Code}})
	}
	if len(s.Parcels) == 0 && s.Why != nil && s.Why.Stage == Held { // whoever heard of the wait must hear of its end
		for k := range max(1, len(s.Order.Parcels)) {
			effects = append(effects, Record{shipment.LabelVoided{Parcel: s.Order.ID.Parcel(k + 1), Reason: in.Reason, Code: in.Code}})
		}
	}
	for _, job := range in.Jobs {
		if cancelled, changed := settle(job, in.At); changed {
			effects = append(effects, Keep{cancelled})
		}
	}
	return s, effects
}

// TakenBackWords begin the reason of a label that was taken back.
const TakenBackWords = "taken back"

// settle takes back every label of job that no printer has seen, and those that
// a person would otherwise be asked about.
func settle(job printer.Job, at time.Time) (printer.Job, bool) {
	changed := false
	for _, l := range job.Labels {
		if l.State != printer.Queued && l.State != printer.Unconfirmed {
			continue
		}
		if next, err := l.Move(printer.Cancelled, at); err == nil {
			next.Reason = TakenBackWords
			job, changed = job.With(next), true
		}
	}
	return job, changed
}

func (p Parcel) name() string { return fmt.Sprintf("parcel %s", p.ID) }
