package agent

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"waybill/agent/packing"
	"waybill/printer"
	"waybill/shipment"
	"waybill/shipment/carrier"
)

// A Retelling is an order as its events tell it, for a desk that has nothing else:
// its disk was lost, and the hub gave the events back. The zero Retelling has
// heard nothing.
//
// What no event says is not made up. A label of which the events do not say that
// it is on paper may be: it is unconfirmed, and a person decides.
type Retelling struct {
	State State
	Jobs  []printer.Job // of the labels that the events speak of, without their bytes

	known   bool
	decided bool // the events say how the order is packed
	out     bool // they tell of a label of it
}

// Known reports whether the events told of an order that was taken.
func (r Retelling) Known() bool { return r.known }

// Retold is why a label is unconfirmed that the events leave open.
const Retold = "the station's disk was lost, and whether this label was printed is not known"

// RetoldAgain is the same of a label of which a person had said that it did not come
// out, and that was to be sent again.
const RetoldAgain = "somebody said that this label did not come out, the station's disk was lost, and whether it was printed since is not known"

// Tell takes in the next of the order's events. Events that change nothing of an
// order are passed over.
//
// How an order is packed stays as it was decided. rules are the station's of
// today, for events of before that was told: they hold for an order of which no
// label is told.
func (r *Retelling) Tell(e shipment.Event, rules packing.Rules) error {
	var err error
	switch e.Type {
	case shipment.OrderAcceptedType:
		err = tell(e, func(f shipment.OrderAccepted) { r.accepted(f, e.Time) })
	case shipment.OrderRejectedType:
		err = tell(e, func(f shipment.OrderRejected) {
			if len(f.Problems) > 0 {
				r.State.Why = &Why{Stage: Refused, Code: f.Problems[0].Code, Message: f.Problems.Error(), Problems: f.Problems}
			}
		})
	case shipment.OrderHeldType:
		err = tell(e, func(f shipment.OrderHeld) { r.State.Why = &Why{Stage: Held, Code: f.Reason, Message: f.Message} })
	case shipment.OrderChangedType:
		err = tell(e, func(f shipment.OrderChanged) { r.changed(f, e.Time) })
	case shipment.CarrierAssignedType:
		err = tell(e, func(f shipment.CarrierAssigned) { r.assigned(f, rules) })
	case shipment.TrackingAssignedType:
		err = tell(e, func(f shipment.TrackingAssigned) {
			r.parcel(f.Parcel, func(p *Parcel) {
				p.TrackingNumber, p.Origin, p.Range, p.Warnings = f.TrackingNumber, f.Origin, f.Range, f.Warnings
			})
		})
	case shipment.ParcelPackedType:
		err = tell(e, func(f shipment.ParcelPacked) { r.packed(f, e.Time) })
	case shipment.LabelPrintedType:
		err = tell(e, func(f shipment.LabelPrinted) {
			r.label(f.Parcel, f.Job, f.Label, f.Of, f.Printer, f.SHA256, printer.Label{
				K: f.Label, State: printer.Confirmed, Evidence: printer.Evidence(f.Evidence), At: e.Time,
			})
		})
	case shipment.LabelUnconfirmedType:
		err = tell(e, func(f shipment.LabelUnconfirmed) {
			r.label(f.Parcel, f.Job, f.Label, f.Of, f.Printer, "", printer.Label{K: f.Label, State: printer.Unconfirmed, Reason: f.Reason, At: e.Time})
		})
	case shipment.LabelResolvedType:
		err = tell(e, func(f shipment.LabelResolved) {
			l := printer.Label{K: f.Label, State: printer.Unconfirmed, Reason: RetoldAgain, At: e.Time}
			if f.Outcome == shipment.LabelCancelled {
				l.State, l.Reason = printer.Cancelled, strings.TrimSuffix(TakenBackWords+": "+f.Reason, ": ")
			}
			r.label(f.Parcel, f.Job, f.Label, f.Of, f.Printer, "", l)
		})
	case shipment.LabelReprintedType:
		err = tell(e, func(f shipment.LabelReprinted) { r.reprinted(f) })
	case shipment.LabelVoidedType:
		err = tell(e, func(f shipment.LabelVoided) { r.voided(f) })
	default:
		err = r.tellAtDock(e)
	}
	if err != nil {
		return fmt.Errorf("event %s, %s of %q: %w", e.ID, e.Type, e.Subject, err)
	}
	r.State.Since = e.Time
	return nil
}

// tellAtDock takes in what scanners saw, and what the hub said about it.
func (r *Retelling) tellAtDock(e shipment.Event) error {
	switch e.Type {
	case shipment.ParcelScannedType:
		return tell(e, func(f shipment.ParcelScanned) {
			r.parcel(f.Parcel, func(p *Parcel) { p.Scanned, p.ScannedBy = e.Time, f.Scanner })
		})
	case shipment.ParcelHandedOverType:
		return tell(e, func(f shipment.ParcelHandedOver) {
			r.travelling(f.Parcel, f.TrackingNumber, func(p *Parcel) {
				if by := cmp.Or(f.Scanner, f.ScanEvidence.Scanner); p.Handoff == f.Handoff {
					p.HandedOver, p.HandedBy = e.Time, by
				} else {
					*p = p.leaves(Departure{f.Handoff, e.Time, by})
				}
			})
		})
	case shipment.ParcelTakenBackType:
		return tell(e, func(f shipment.ParcelTakenBack) {
			r.travelling(f.Parcel, f.TrackingNumber, func(p *Parcel) { *p = p.stays(cmp.Or(f.From, f.Handoff)) })
		})
	case shipment.ParcelYieldedType:
		return tell(e, r.yielded)
	case shipment.ParcelMergedType:
		return tell(e, func(f shipment.ParcelMerged) { r.merged(f, e.Time) })
	case shipment.OrderInstructedType:
		return tell(e, r.instructed)
	default:
		return nil
	}
}

// instructed takes in a word of the hub. When the hub said it no event tells.
func (r *Retelling) instructed(f shipment.OrderInstructed) {
	told := Instruction{Sequence: f.Sequence, Action: f.Action, Reason: f.Reason, By: f.By}
	r.State.Told, r.State.Stop = &told, nil
	if f.Outcome == "stopped" || f.Outcome == "too_late" {
		r.State.Stop = &told
	}
}

func tell[F shipment.Fact](e shipment.Event, f func(F)) error {
	var fact F
	if err := json.Unmarshal(e.Data, &fact); err != nil {
		return err
	}
	f(fact)
	return nil
}

func (r *Retelling) accepted(f shipment.OrderAccepted, at time.Time) {
	s := State{Order: f.Order, From: f.From, Digest: f.Digest, Taken: at, Since: at, Warnings: f.Warnings}
	if r.known {
		s = s.Replacing(r.State)
	}
	r.State, r.known = s, true
}

func (r *Retelling) changed(f shipment.OrderChanged, at time.Time) {
	r.State.Otherwise = nil
	if slices.Contains(VoidCodes(), f.Code) {
		r.State.Otherwise = &Otherwise{Code: f.Code, Message: f.Message, From: f.From, At: at}
	}
}

func (r *Retelling) assigned(f shipment.CarrierAssigned, rules packing.Rules) {
	r.State.Why = nil
	r.State, _ = r.State.chosen(carrier.Decision{Carrier: f.Carrier, Service: f.Service, Rule: f.Rule, Promise: f.Promise})
	r.State.Unfit, r.out = f.Warnings, false
	if r.decided = f.Packing != nil; r.decided {
		rules = packing.RulesOf(*f.Packing)
	}
	if r.State.Packing = nil; rules.On() {
		r.State.Packing = packing.Begin(rules, len(r.State.Parcels))
	}
}

// printed is that a label of the order is told of. Where no event says how the
// order is packed, and nothing of it was packed before its label, it is as an order
// that nobody packs: it must not be stopped for rules that came later.
func (r *Retelling) printed() {
	if p := r.State.Packing; !r.decided && !r.out && p != nil && p.Current() == 1 {
		r.State.Packing = nil
	}
	r.out = true
}

// parcel changes one of the order's parcels; one that it has no more is let be.
func (r *Retelling) parcel(id shipment.ParcelID, change func(p *Parcel)) {
	for i := range r.State.Parcels {
		if r.State.Parcels[i].ID == id {
			change(&r.State.Parcels[i])
		}
	}
}

// travelling changes the parcel that goes by a number; of another station may be
// one with the same ID.
func (r *Retelling) travelling(id shipment.ParcelID, n shipment.TrackingNumber, change func(p *Parcel)) {
	r.parcel(id, func(p *Parcel) {
		if n == "" || n == p.TrackingNumber {
			change(p)
		}
	})
}

// Elsewhere takes in that another station has handed one of the order's parcels
// over, or taken it back. number is what the parcel goes by there; empty: the event
// does not say.
func (r *Retelling) Elsewhere(id shipment.ParcelID, number shipment.TrackingNumber, in Elsewhere) {
	for _, p := range r.State.Parcels {
		if p.ID == id && (number == "" || number == p.TrackingNumber) {
			in.K = p.K
			r.State = r.State.elsewhere(in)
			r.printed()
			return
		}
	}
}

// packed says what is in a box as far as it matters from here on: that it is, and
// how heavy and large it was declared. Pieces are the event's.
func (r *Retelling) packed(f shipment.ParcelPacked, at time.Time) {
	i := slices.IndexFunc(r.State.Parcels, func(p Parcel) bool { return p.ID == f.Parcel })
	if i < 0 {
		return
	}
	b := packing.Parcel{
		K: i + 1, Box: f.Box, Weight: f.Weight, Sides: packing.Sides{Length: f.Length, Width: f.Width, Height: f.Height}, SidesFrom: f.Sides,
		Packed: at, By: f.Operator, In: make([]packing.Pieces, len(r.State.Order.Items)),
	}
	for _, it := range f.Items {
		if it.Line >= 1 && it.Line <= len(b.In) {
			b.In[it.Line-1] = packing.Pieces{N: it.Quantity, Counted: it.Counted}
		}
	}
	r.State = r.State.asPacked(b)
	if !r.decided && r.State.Packing == nil { // it is this event that says so
		rules := packing.Rules{Check: packing.Check(f.Check), Weigh: packing.WeighOff, Print: packing.OnAccept}
		r.State.Packing = packing.Begin(rules, len(r.State.Parcels))
	}
	if p := r.State.Packing; p != nil && i < len(p.Parcels) {
		progress := *p
		if !r.decided {
			progress.Check = packing.Check(f.Check)
		}
		progress.Parcels = slices.Clone(p.Parcels)
		progress.Parcels[i] = b
		r.State.Packing = &progress
	}
}

// label enters what became of one label of a job. Of the job's others nothing is
// known until an event says so.
func (r *Retelling) label(parcel shipment.ParcelID, id string, k, of int, on, sum string, l printer.Label) {
	if k < 1 || k > of || of > 10_000 {
		return
	}
	i := slices.IndexFunc(r.Jobs, func(j printer.Job) bool { return string(j.ID) == id })
	if i < 0 {
		job := printer.Job{ID: printer.JobID(id), Ref: string(parcel), Created: l.At}
		for n := range of {
			job.Labels = append(job.Labels, printer.Label{K: n + 1, State: printer.Unconfirmed, Reason: Retold, At: l.At})
		}
		r.Jobs = append(r.Jobs, job)
		i = len(r.Jobs) - 1
	}
	job := &r.Jobs[i]
	job.Printer = cmp.Or(on, job.Printer)
	if sum != "" {
		job.SHA256 = sum
	}
	if k <= len(job.Labels) {
		job.Labels[k-1] = l
	}
	r.printed()
	r.parcel(parcel, func(p *Parcel) {
		if p.Job == "" {
			p.Job = job.ID
		}
	})
}

func (r *Retelling) reprinted(f shipment.LabelReprinted) {
	r.parcel(f.Parcel, func(p *Parcel) {
		p.Job, p.Scanned, p.ScannedBy = printer.JobID(f.Job), time.Time{}, ""
		p.Reprints++
	})
}

// voided takes a parcel's label back. A parcel that a corrected order has no more
// goes alone; with any other the whole order does.
func (r *Retelling) voided(f shipment.LabelVoided) {
	for k := range max(1, len(r.State.Order.Parcels)) {
		if r.State.Order.ID.Parcel(k+1) == f.Parcel {
			r.State.Void, r.State.VoidCode = f.Reason, f.Code
			hub := r.State.Told != nil && r.State.Told.Action == HubCancel
			switch {
			case f.Reason == byHub: // of before events had the code
				r.State.VoidCode = Cancelled
			case f.Reason != "":
			case hub && (f.Code == Cancelled || f.Code == ""):
				r.State.Void, r.State.VoidCode = byHub, Cancelled
			default: // a purge has taken it
				r.State.Void = Forgotten
			}
			if r.State.Otherwise != nil {
				r.State.VoidCode, r.State.Otherwise = r.State.Otherwise.Code, nil
			}
			return
		}
	}
}

// End says what the parcels' labels are, after the last event. newJob makes the
// job of a label that no event spoke of. It returns the facts that have to be
// recorded of it: the labels that a person is asked about because nobody knows.
func (r *Retelling) End(at time.Time, newJob func() printer.JobID) []shipment.LabelUnconfirmed {
	var asked []shipment.LabelUnconfirmed
	live := r.State.Void == "" && r.State.Why == nil
	for i := range r.State.Parcels {
		p := &r.State.Parcels[i]
		read := !p.Scanned.IsZero() || !p.HandedOver.IsZero()
		j := slices.IndexFunc(r.Jobs, func(j printer.Job) bool { return j.ID == p.Job && p.Job != "" })
		if j < 0 {
			if p.TrackingNumber == "" || !live && !read {
				continue // nothing to print
			}
			if p.Job == "" {
				p.Job = newJob()
			}
			job := printer.Job{ID: p.Job, Ref: string(p.ID), Created: at}
			for k := range max(1, r.State.Order.Label.Copies) {
				job.Labels = append(job.Labels, printer.Label{K: k + 1, State: printer.Unconfirmed, Reason: Retold, At: at})
			}
			r.Jobs = append(r.Jobs, job)
			j = len(r.Jobs) - 1
		}
		job := &r.Jobs[j]
		for k := range job.Labels {
			l := &job.Labels[k]
			switch {
			case l.State != printer.Unconfirmed:
			case !live:
				l.State, l.Reason = printer.Cancelled, TakenBackWords
			case read && len(job.Labels) == 1: // whoever read it held it
				l.State, l.Evidence, l.Reason = printer.Confirmed, printer.E4, ""
			case l.Reason == Retold || l.Reason == RetoldAgain:
				asked = append(asked, shipment.LabelUnconfirmed{Parcel: p.ID, Job: string(job.ID), Label: l.K, Of: len(job.Labels), Printer: job.Printer, Reason: l.Reason})
			}
		}
		l := summary(*job)
		p.Label, p.Evidence, p.Reason, p.Doubtful = l.State, l.Evidence, l.Reason, len(job.Unconfirmed())
	}
	// Labels of jobs that a later one took the place of never print again.
	for j := range r.Jobs {
		if _, current := r.State.byJob(r.Jobs[j].ID); !current {
			if settled, changed := settle(r.Jobs[j], at); changed {
				r.Jobs[j] = settled
			}
		}
	}
	return asked
}
