package tracking

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"waybill/shipment"
	"waybill/sync/wire"
)

// MaxFacts is the most events that one story tells. A station that reports
// more about a single order is out of order itself; what it reports is kept,
// but the story stops growing.
const MaxFacts = 5000

// ErrTooLong is wrapped by Apply when a story has MaxFacts events already.
var ErrTooLong = errors.New("the shipment has more events than its story can tell")

// Apply returns the shipment after e. It never changes s: on an error the
// caller still holds the last good state.
//
// Events may come late, twice and in any order: the result depends only on
// which events were applied. An event that tells nothing leaves s as it is.
func (s Shipment) Apply(e wire.Envelope) (Shipment, error) {
	if s.OrderID == "" {
		s.OrderID = shipment.OrderID(e.Subject)
	}
	if e.Subject != string(s.OrderID) {
		return s, fmt.Errorf("event %s: it is about %q, not %q", e.ID, e.Subject, s.OrderID)
	}
	f, told, err := FactOf(e)
	if err != nil || !told {
		return s, err
	}
	if len(s.Facts) >= MaxFacts && !slices.ContainsFunc(s.Facts, f.same) {
		return s, fmt.Errorf("event %s: %w", e.ID, ErrTooLong)
	}
	return s.Tell(f), nil
}

// Tell returns the shipment after facts, which are of its order. Those that it
// knows tell nothing. However many they are, the story is made once; whoever
// calls sees to it that there are no more than MaxFacts.
func (s Shipment) Tell(facts ...Fact) Shipment {
	all := s.with(facts)
	if len(all) == len(s.Facts) {
		return s
	}
	return fold(s.OrderID, inOrder(all))
}

// Hear is Tell without the timeline, for those who do not look at it.
func (s Shipment) Hear(facts ...Fact) Shipment {
	all := s.with(facts)
	if len(all) == len(s.Facts) {
		return s
	}
	s, _ = stand(s.OrderID, inOrder(all))
	return s
}

// with returns the facts of s and those of others that it does not know.
func (s Shipment) with(others []Fact) []Fact {
	known := make(map[factKey]bool, len(s.Facts)+len(others))
	for _, f := range s.Facts {
		known[f.key()] = true
	}
	all := append(make([]Fact, 0, len(s.Facts)+len(others)), s.Facts...)
	for _, f := range others {
		if !known[f.key()] {
			known[f.key()] = true
			all = append(all, f)
		}
	}
	return all
}

// Without returns the shipment as if the events of source in an epoch, from one
// sequence to another, had never come.
func (s Shipment) Without(source string, epoch, from, to int64) Shipment {
	facts := slices.DeleteFunc(slices.Clone(s.Facts), func(f Fact) bool {
		return f.Branch == "" && f.Source == source && f.Epoch == epoch && f.Sequence >= from && f.Sequence <= to
	})
	if len(facts) == len(s.Facts) {
		return s
	}
	return fold(s.OrderID, inOrder(facts))
}

// A factKey is what tells one event from all others.
type factKey struct {
	source          string
	epoch, sequence int64
	branch          string
}

func (f Fact) key() factKey { return factKey{f.Source, f.Epoch, f.Sequence, f.Branch} }

func (f Fact) same(g Fact) bool { return f.key() == g.key() }

// inOrder sorts facts so that each station's come in its own order, which its
// clock cannot change, and the stations' are merged by time. A clock that was
// set back counts as standing still until it catches up.
func inOrder(facts []Fact) []Fact {
	slices.SortFunc(facts, func(a, b Fact) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.Epoch, b.Epoch), cmp.Compare(a.Sequence, b.Sequence), cmp.Compare(a.Branch, b.Branch))
	})
	if len(facts) < 2 || facts[0].Source == facts[len(facts)-1].Source {
		return facts // of one station
	}
	type at struct {
		Fact
		when time.Time
	}
	placed := make([]at, len(facts))
	for i, f := range facts {
		when := time.Time(f.Time)
		if i > 0 && facts[i-1].Source == f.Source && placed[i-1].when.After(when) {
			when = placed[i-1].when
		}
		placed[i] = at{f, when}
	}
	// The sort is stable, so equal times keep the order above.
	slices.SortStableFunc(placed, func(a, b at) int { return a.when.Compare(b.when) })
	for i := range placed {
		facts[i] = placed[i].Fact
	}
	return facts
}

// fold tells the story of facts, which are in order.
func fold(id shipment.OrderID, facts []Fact) Shipment {
	s, left := stand(id, facts)
	for _, f := range facts {
		s.Timeline = append(s.Timeline, s.entry(f, left[f.key()]))
	}
	return s
}

// stand tells of facts, which are in order, all but the timeline, and after which of
// them at the dock the parcel is with its carrier.
func stand(id shipment.OrderID, facts []Fact) (s Shipment, left map[factKey]bool) {
	s = Shipment{OrderID: id, Facts: facts}
	acceptedBy := "" // the station that took the order
	boxes := map[shipment.ParcelID]*aboard{}
	voided := map[shipment.ParcelID]bool{}
	left = map[factKey]bool{}
	for _, f := range facts {
		switch f.Type {
		case shipment.OrderAcceptedType:
			acceptedBy, s.Rejected = f.Source, nil
			s.Channel, s.Origin, s.Destination = f.Channel, f.Origin, f.Destination
			for k := 1; k <= f.Boxes; k++ {
				s.parcel(id.Parcel(k)).reach(OrderConfirmed)
			}
		case shipment.OrderRejectedType:
			// A bad copy of the order at another station does not undo what the
			// first one took.
			if acceptedBy == "" || acceptedBy == f.Source {
				s.Rejected = &Reason{f.Reason.Code, f.Reason.Message}
			}
		case shipment.OrderHeldType:
			s.Held = &Reason{f.Reason.Code, f.Reason.Message}
		case shipment.CarrierAssignedType:
			s.Carrier, s.Service, s.Promise = f.Carrier, f.Service, f.Promise
		default:
			if f.Parcel != "" && f.atDock() {
				box := aboardOf(boxes, f.Parcel)
				box.hear(f)
				left[f.key()] = box.counts(f.Number)
			}
			voided[f.Parcel] = f.Type == shipment.LabelVoidedType || voided[f.Parcel] && !f.labelsAnew()
			s.move(f, left[f.key()], voided[f.Parcel])
		}
		// Whatever moves the order on ends the wait.
		if f.Type != shipment.OrderHeldType && f.Type != shipment.OrderRejectedType {
			s.Held = nil
		}
	}
	s.settle()
	return s, left
}

// labelsAnew reports whether the parcel has a label again, whatever was voided before.
func (f Fact) labelsAnew() bool {
	return f.Type == shipment.TrackingAssignedType || f.Type == shipment.LabelPrintedType
}

// move carries a parcel's fact into its parcel, which after a fact at the dock has
// left, or not, and whose label was voided, or not.
func (s *Shipment) move(f Fact, left, voided bool) {
	if f.Parcel == "" {
		return
	}
	p := s.parcel(f.Parcel)
	if f.Number != "" {
		p.TrackingNumber = f.Number
	}
	if f.Carrier != "" {
		p.Carrier = f.Carrier
	}
	switch f.Type {
	case shipment.TrackingAssignedType:
		p.reach(OrderConfirmed)
	case shipment.LabelPrintedType:
		p.reach(LabelCreated)
	case shipment.ParcelScannedType:
		p.reach(Packed)
	case shipment.ParcelHandedOverType:
		p.reach(Packed)
		if left {
			p.reach(HandedOver)
		}
	case shipment.ParcelTakenBackType:
		if !left && p.Milestone == HandedOver { // what a carrier has scanned is not undone at the dock
			if p.Milestone = Packed; voided {
				p.Milestone = Cancelled
			}
		}
	case shipment.LabelVoidedType:
		// A parcel that has left cannot be called back by paper.
		if p.Milestone.rank() < HandedOver.rank() {
			p.Milestone = Cancelled
		}
	default: // told in the timeline, and no parcel is further for it
	}
}

// parcel returns the parcel called id, making it if it is new.
func (s *Shipment) parcel(id shipment.ParcelID) *Parcel {
	i := slices.IndexFunc(s.Parcels, func(p Parcel) bool { return p.ID == id })
	if i < 0 {
		i = len(s.Parcels)
		s.Parcels = append(s.Parcels, Parcel{ID: id})
	}
	return &s.Parcels[i]
}

// reach moves the parcel forward to m; it never moves it back.
func (p *Parcel) reach(m Milestone) {
	if p.Milestone == Cancelled || m.rank() > p.Milestone.rank() {
		p.Milestone = m
	}
}

// settle fills in what follows from the parcels together.
func (s *Shipment) settle() {
	slices.SortFunc(s.Parcels, func(a, b Parcel) int {
		return cmp.Or(cmp.Compare(len(a.ID), len(b.ID)), cmp.Compare(a.ID, b.ID))
	})
	for i := range s.Parcels {
		p := &s.Parcels[i]
		p.Carrier = cmp.Or(p.Carrier, s.Carrier)
		if p.Carrier == s.Carrier {
			p.Service = s.Service
		}
		if p.Milestone == "" {
			p.Milestone = OrderConfirmed // someone at the desk has it in hand
		}
		switch {
		case s.Milestone == "", s.Milestone == Cancelled:
			s.Milestone = p.Milestone
		case p.Milestone != Cancelled && p.Milestone.rank() < s.Milestone.rank():
			s.Milestone = p.Milestone
		}
	}
}
