package agent

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"waybill/agent/packing"
	"waybill/shipment"
	"waybill/shipment/address"
	"waybill/shipment/carrier"
)

// Rules is what the desk decides new orders by.
type Rules struct {
	Carriers *carrier.Table
	Rules    *carrier.Rules
	Packing  packing.Rules    // what happens between an order and its label
	ShipFrom shipment.Address // the sender where an order names none
	Location *time.Location   // the warehouse's zone, for cut-offs; nil: that of the times handed in
	Hold     string           // why no order gets a carrier by them; empty: it does
}

// An Arrival is an order that came in.
type Arrival struct {
	Order  shipment.Order
	From   string // file name or "api"
	Digest string
	At     time.Time
	Twin   *Twin // the last order of the same content, if any
}

// fromRange is the origin of a number that the desk gave, not the order.
const fromRange = "range"

// ErrNoNumbers is returned by Numbers when the carrier's leased range is used
// up.
var ErrNoNumbers = errors.New("no tracking numbers are left")

// Numbers hands out the next tracking number of a carrier's service, and the
// range it came from. What it hands out is never handed out again.
type Numbers func(c shipment.CarrierID, s shipment.ServiceID) (n shipment.TrackingNumber, from string, err error)

// Taken says how an arrival ended.
type Taken string

// The ends of an arrival.
const (
	Accepted     Taken = "accepted"
	AlreadyTaken Taken = "already_taken" // the same order, seen before: nothing to do
	Changed      Taken = "changed"       // the same ID with other content: a person decides
	OnHold       Taken = "held"
	Rejected     Taken = "rejected"
)

// Clash says why other content under the order's ID is not taken, and what to
// do.
func (s State) Clash() (why, remedy string) {
	return fmt.Sprintf("the order was taken from %s before, with other content", s.From),
		"If this is the right one, void the order and send this again."
}

// Take decides about an order that came in. before is what the desk knows of
// its ID already, or nil. The error is one of Numbers other than ErrNoNumbers,
// and then nothing was decided.
func (r Rules) Take(before *State, in Arrival, numbers Numbers) (State, []Effect, Taken, error) {
	s := State{Order: in.Order, From: in.From, Digest: in.Digest, Taken: in.At, Since: in.At}
	if before != nil {
		if taken, known := before.known(in); known {
			s, effects := before.Step(came(in, taken))
			return s, effects, taken, nil
		}
		s = s.Replacing(*before)
	}
	if s.Order.ShipFrom == (shipment.Address{}) {
		s.Order.ShipFrom = r.ShipFrom
	}
	to := address.Check(s.Order.ShipTo)
	problems, answeredFor := s.checkAddress(to)
	in.Order = s.Order
	o, wrong, warnings := r.verify(in, to)
	problems = append(wrong, problems...)
	if len(problems) > 0 {
		s, effects := s.refuse(problems, in.At)
		return s, effects, Rejected, nil
	}
	warnings = append(warnings, answeredFor...)
	s.Order, s.Warnings = o, warnings
	effects := []Effect{Record{shipment.OrderAccepted{Order: o, Total: o.Total(), From: in.From, Warnings: warnings, Digest: in.Digest}}}
	effects = append(effects, dropped(before, o)...)
	if len(to.Changes) > 0 {
		effects = append(effects, Record{shipment.AddressCorrected{Changes: to.Changes}})
	}
	if len(answeredFor) > 0 {
		word := o.AddressOverride
		effects = append(effects, Record{shipment.AddressOverridden{By: word.By, Reason: word.Reason, Problems: answeredFor}})
	}
	s, effects, taken, err := r.assign(s, effects, in.At, numbers)
	if len(answeredFor) > 0 && before != nil && before.Stage() == Refused && taken != Rejected {
		// The order as it was refused may come again from the shop: it is this one.
		s.Past = append(s.Past[:len(s.Past):len(s.Past)], before.Digest)
	}
	return s, effects, taken, err
}

// known reports whether nothing is to be decided about an order that came
// before, and how it then ends. Other content is taken in the place of an order
// that was refused, still waits, or was voided: nothing of those travels.
func (s State) known(in Arrival) (Taken, bool) {
	same := s.Digest == in.Digest
	if slices.Contains(s.Past, in.Digest) {
		return AlreadyTaken, true // a late repeat of what has been corrected since
	}
	switch s.Stage() {
	case Refused:
		// The same refusal, told already; but what kept a label from being made
		// may be mended at the station.
		return Rejected, same && s.From == in.From && !s.labelRefused()
	case Held, Voided:
		return AlreadyTaken, same
	case ToPack:
		if !same && s.Replaceable() {
			return "", false
		}
	case Labelling, Printing, Unconfirmed, Unprinted, Printed, Checked, HandedOver:
	}
	if same {
		return AlreadyTaken, true
	}
	return Changed, true
}

// labelRefused reports whether the order was refused for its label.
func (s State) labelRefused() bool {
	return s.Why != nil && slices.ContainsFunc(s.Why.Problems, func(p shipment.Problem) bool { return p.Field == "label" })
}

// Replaceable reports whether other content may take the order's place: nothing
// of it travels.
func (s State) Replaceable() bool {
	switch s.Stage() {
	case Refused, Held, Voided:
		return true
	case ToPack: // nothing is in a box or on paper
		return s.Packing.Current() == 1 && !s.Packing.Begun()
	case Labelling, Printing, Unconfirmed, Unprinted, Printed, Checked, HandedOver:
	}
	return false
}

// Replacing returns s with what it takes over from the order it replaces:
// numbers that are still its own, those of labels that must never travel, and
// what content came before.
func (s State) Replacing(before State) State {
	s.Gone, s.GoneFor, s.Past = before.Gone, before.GoneFor, before.Past
	if before.Stage() != Refused && before.Digest != s.Digest {
		s.Past = append(s.Past[:len(s.Past):len(s.Past)], before.Digest)
	}
	if before.Void == "" {
		s.Carrier, s.Service, s.Parcels = before.Carrier, before.Service, before.Parcels
		return s
	}
	for _, p := range before.Parcels {
		if p.TrackingNumber != "" {
			s.Gone = append(s.Gone[:len(s.Gone):len(s.Gone)], p.TrackingNumber)
			s.GoneFor = s.goneFor(before, p.TrackingNumber)
		}
	}
	return s
}

// dropped tells of the parcels that the order had and the corrected one has not.
func dropped(before *State, o shipment.Order) []Effect {
	var effects []Effect
	if before != nil {
		for k := max(1, len(o.Parcels)) + 1; k <= len(before.Order.Parcels); k++ {
			effects = append(effects, Record{shipment.LabelVoided{Parcel: o.ID.Parcel(k), Reason: "the corrected order has fewer parcels"}})
		}
	}
	return effects
}

// Resume tries again to give a held order what it waits for.
func (r Rules) Resume(s State, at time.Time, numbers Numbers) (State, []Effect, Taken, error) {
	if s.Stage() != Held {
		return s, nil, AlreadyTaken, nil
	}
	held := *s.Why
	s.Why = nil
	next, effects, taken, err := r.assign(s, nil, at, numbers)
	if taken == OnHold && next.Why.Code == held.Code && next.Why.Message == held.Message && !numbered(effects) {
		return next, nil, OnHold, err // told already
	}
	return next, effects, taken, err
}

// numbered reports whether effects tell of a number.
func numbered(effects []Effect) bool {
	return slices.ContainsFunc(effects, func(e Effect) bool {
		r, ok := e.(Record)
		return ok && r.Fact.EventType() == shipment.TrackingAssignedType
	})
}

// assign chooses the carrier and gives each parcel its number.
func (r Rules) assign(s State, effects []Effect, at time.Time, numbers Numbers) (State, []Effect, Taken, error) {
	if r.Hold != "" {
		s, effects := s.hold(NoRule, r.Hold, effects, at)
		return s, effects, OnHold, nil
	}
	wanted := s.Order
	if wanted.Carrier == "" && wanted.TrackingNumber != "" { // a number that was bought says of whom
		wanted.Carrier, _ = r.Carriers.CarrierOf(wanted.TrackingNumber)
	}
	local := at
	if r.Location != nil {
		local = at.In(r.Location)
	}
	d := r.Rules.Assign(wanted, local)
	if d.Hold != nil {
		s, effects := s.hold(NoRule, d.Hold.Reason, effects, at)
		return s, effects, OnHold, nil
	}
	if number := s.Order.TrackingNumber; number != "" {
		if slices.Contains(s.Gone, number) {
			s, effects := s.refuse(shipment.Problems{{Field: "tracking_number", Code: "number_voided", Message: fmt.Sprintf(
				"%s was on a label that was voided, which may still lie about; give the parcel a new number, or none", number)}}, at)
			return s, effects, Rejected, nil
		}
		if other, wrong := r.mismatch(number, d.Carrier); wrong {
			s, effects := s.refuse(shipment.Problems{{Field: "tracking_number", Code: "carrier_mismatch", Message: fmt.Sprintf(
				"%s is a number of %s, but the parcel goes with %s; correct the number or the carrier", number, other, d.Carrier)}}, at)
			return s, effects, Rejected, nil
		}
	}
	s, kept := s.chosen(d)
	s.Unfit = unfit(s.Order.ShipTo, d.Carrier)
	effects = append(effects, Record{shipment.CarrierAssigned{
		Carrier: d.Carrier, Service: d.Service, Rule: d.Rule, Promise: d.Promise, Warnings: s.Unfit, Packing: r.Packing.Choice(),
	}})
	for i := range s.Parcels {
		p := &s.Parcels[i]
		switch {
		case s.Order.TrackingNumber != "":
			p.TrackingNumber, p.Origin, p.Range = s.Order.TrackingNumber, "order", ""
			p.Warnings = r.doubts(p.TrackingNumber, d.Carrier)
		case kept && p.Origin == fromRange:
			continue
		default:
			n, from, err := numbers(d.Carrier, d.Service)
			if errors.Is(err, ErrNoNumbers) {
				// Parcels that have their number keep it; the others get theirs later.
				s, effects := s.hold(NoNumber, whyNone(d.ServiceName, err), effects, at)
				return s, effects, OnHold, nil
			}
			if err != nil {
				return s, nil, "", err
			}
			p.TrackingNumber, p.Origin, p.Range, p.Warnings = n, fromRange, from, nil
		}
		effects = append(effects, Record{shipment.TrackingAssigned{
			Parcel: p.ID, Carrier: d.Carrier, TrackingNumber: p.TrackingNumber, Origin: p.Origin, Range: p.Range, Warnings: p.Warnings,
		}})
	}
	if r.Packing.On() {
		s.Packing = packing.Begin(r.Packing, len(s.Parcels))
	}
	return s, effects, Accepted, nil
}

// whyNone says why there is no number for a service.
func whyNone(service string, err error) string {
	if held := (*NumbersHeldError)(nil); errors.As(err, &held) {
		return held.Reason
	}
	why := ""
	if spent := (*NumbersSpentError)(nil); errors.As(err, &spent) {
		why = ": " + spent.Why
	}
	return fmt.Sprintf("no tracking numbers for %s are left%s; the order goes on by itself when the hub leases more", service, why)
}

// chosen returns s with the carrier decided and a parcel for each box. kept
// says that the parcels' numbers, of an earlier try, are still of this carrier.
func (s State) chosen(d carrier.Decision) (next State, kept bool) {
	boxes := s.Order.Parcels
	if len(boxes) == 0 {
		boxes = []shipment.Parcel{{Weight: s.Order.Weight()}}
	}
	kept = s.Carrier == d.Carrier && s.Service == d.Service && len(s.Parcels) == len(boxes)
	s.Carrier, s.Service, s.ServiceName, s.Rule, s.Promise = d.Carrier, d.Service, d.ServiceName, d.Rule, d.Promise
	if kept {
		s.Parcels = append([]Parcel(nil), s.Parcels...)
		for i, b := range boxes {
			s.Parcels[i].Weight = b.Weight // the order may have been mended
		}
		return s, true
	}
	s.Parcels = make([]Parcel, len(boxes))
	for i, b := range boxes {
		s.Parcels[i] = Parcel{ID: s.Order.ID.Parcel(i + 1), K: i + 1, Weight: b.Weight}
	}
	return s, false
}

func (s State) refuse(problems shipment.Problems, at time.Time) (State, []Effect) {
	s.Why = &Why{Stage: Refused, Code: problems[0].Code, Message: problems.Error(), Problems: problems}
	s.Since = at
	return s, []Effect{Record{shipment.OrderRejected{From: s.From, Problems: problems}}}
}

func (s State) hold(code, message string, effects []Effect, at time.Time) (State, []Effect) {
	s.Why = &Why{Stage: Held, Code: code, Message: message}
	s.Since = at
	return s, append(effects, Record{shipment.OrderHeld{Reason: code, Message: message}})
}
