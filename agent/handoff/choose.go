package handoff

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"waybill/shipment"
)

// A Place is where a parcel is scanned at the dock.
type Place struct {
	Dock    string // the door the scanner belongs to; empty: any
	Handoff string // the one pick-up that is meant; empty: that of the parcel's carrier
}

// sees reports whether a scan at the place may be onto s without naming it. A
// correction is about a driver who has gone, so it must be named.
func (at Place) sees(s Session) bool {
	return s.Corrects == "" && (at.Dock == "" || s.Dock == "" || strings.EqualFold(s.Dock, at.Dock))
}

// A Refusal is why a parcel does not go onto a pick-up.
type Refusal struct {
	Code    string // stable, for programs
	Message string // what it is, and what to do with it
}

// The codes of refusals.
const (
	NoHandoff    = "no_handoff"
	Closed       = "handoff_closed"
	TakenOver    = "handoff_taken_over"
	OtherCarrier = "other_carrier"
	OtherService = "other_service"
	Unknown      = "unknown_handoff"
	Ambiguous    = "ambiguous_handoff"

	ParcelTakenOver = "parcel_taken_over" // another station hands the parcel over
)

// A Bound is a parcel on its way to a pick-up: what decides which.
type Bound struct {
	Carrier     shipment.CarrierID
	CarrierName string
	Service     shipment.ServiceID
	ServiceName string
	Names       func(shipment.CarrierID) string // of carriers; nil: their IDs
	Clock       func(time.Time) string          // how times are said; nil: as hours and minutes
}

func (b Bound) clock(t time.Time) string {
	if b.Clock != nil {
		return b.Clock(t)
	}
	return t.Format("15:04")
}

// Elsewhere returns why a parcel waits for no new pick-up here: another station
// has taken over the one it belongs onto, and has not closed it.
func (b Bound) Elsewhere(taken []Session, at Place) *Refusal {
	for _, s := range taken {
		if s.Taken != nil && s.Taken.Closed.IsZero() && s.Takes(b.Carrier, b.Service) && at.sees(s) {
			return b.went(s)
		}
	}
	return nil
}

func (b Bound) went(s Session) *Refusal {
	return &Refusal{TakenOver, fmt.Sprintf("Stop: this pick-up of %s was %s. Scan the parcel there, or take the pick-up over here again.", b.name(s.Carrier), s.Went(b.clock))}
}

func (b Bound) name(c shipment.CarrierID) string {
	if b.Names != nil {
		return b.Names(c)
	}
	return string(c)
}

func (b Bound) carrier() string {
	if b.CarrierName != "" {
		return b.CarrierName
	}
	return b.name(b.Carrier)
}

func (b Bound) service() string {
	if b.ServiceName != "" {
		return b.ServiceName
	}
	return string(b.Service)
}

// Choose returns the pick-up among open that a parcel goes onto. Where people
// have opened pick-ups at the place, the parcel belongs onto one of theirs and
// nowhere else: another carrier's driver stands there. Otherwise one that a scan
// has opened will do. Where two would do, nobody can tell in which van the parcel
// lies. The refusal is of code NoHandoff where nothing is open, and then the
// caller may open one.
func Choose(open []Session, at Place, b Bound) (Session, *Refusal) {
	if at.Handoff != "" {
		return b.onto(open, at.Handoff)
	}
	here := make([]Session, 0, len(open))
	opened := false // by a person
	for _, s := range open {
		if s.Open() && at.sees(s) {
			here, opened = append(here, s), opened || !s.Auto
		}
	}
	if opened {
		here = slices.DeleteFunc(here, func(s Session) bool { return s.Auto })
	}
	fits := slices.DeleteFunc(slices.Clone(here), func(s Session) bool { return !s.Takes(b.Carrier, b.Service) })
	switch {
	case len(fits) == 1:
		return fits[0], nil
	case len(fits) > 1:
		return Session{}, b.ambiguous(fits)
	case !opened:
		return Session{}, &Refusal{NoHandoff, fmt.Sprintf("No pick-up of %s is open. Open one, then scan again.", b.carrier())}
	}
	return Session{}, b.elsewhere(here)
}

// onto holds that the parcel belongs onto the one pick-up that is meant.
func (b Bound) onto(open []Session, id string) (Session, *Refusal) {
	i := slices.IndexFunc(open, func(s Session) bool { return s.ID == id })
	switch {
	case i < 0:
		return Session{}, &Refusal{Unknown, "The desk does not know this pick-up. Look which ones are open, then scan again."}
	case open[i].Closed.IsZero() && open[i].Taken != nil:
		return Session{}, b.went(open[i])
	case !open[i].Open():
		return Session{}, &Refusal{Closed, fmt.Sprintf("Stop: this pick-up of %s is closed. Open another one, then scan again.", b.name(open[i].Carrier))}
	case !open[i].Takes(b.Carrier, b.Service):
		return Session{}, b.elsewhere(open[i : i+1])
	}
	return open[i], nil
}

// ambiguous says that the parcel may go onto any of fits.
func (b Bound) ambiguous(fits []Session) *Refusal {
	names := make([]string, len(fits))
	for i, s := range fits {
		names[i] = s.Whereabouts(b.clock)
	}
	return &Refusal{Ambiguous, fmt.Sprintf("Stop: %s has %d pick-ups open, %s, and this scanner may be at any. Use a scanner of the dock, or choose the pick-up on the page, then scan again.",
		b.carrier(), len(fits), strings.Join(names, " and "))}
}

// elsewhere says where the parcel belongs, and not onto any of here.
func (b Bound) elsewhere(here []Session) *Refusal {
	var names []string
	for _, s := range here {
		name := b.name(s.Carrier)
		if s.Service != "" {
			name = fmt.Sprintf("%s (%s only)", name, s.Service)
		}
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	these := strings.Join(names, " and ")
	if slices.ContainsFunc(here, func(s Session) bool { return s.Carrier == b.Carrier }) {
		return &Refusal{OtherService, fmt.Sprintf("Stop: this parcel goes by %s, and the pick-up here is %s. Put it with the others of its service.", b.service(), these)}
	}
	return &Refusal{OtherCarrier, fmt.Sprintf("Stop: this is a parcel of %s, and the pick-up here is %s. Put it with %s.", b.carrier(), these, b.carrier())}
}

// A Left is a parcel that a carrier has already, as the dock remembers it.
type Left struct {
	At      time.Time
	Scanner string // who scanned it
	Handoff Session
}

// Again says what a scan of a parcel that has left means: nothing where its
// pick-up is still open and it may simply have been scanned twice; else that the
// carrier has signed for a parcel that is here.
func (l Left) Again(order shipment.OrderID, carrier string, clock func(time.Time) string) (here bool, message string) {
	by := ""
	if l.Scanner != "" {
		by = " by scanner " + l.Scanner
	}
	if l.Handoff.ID == "" || l.Handoff.Closed.IsZero() {
		return false, fmt.Sprintf("Order %s was handed over to %s already, at %s%s. It counts once.", order, carrier, clock(l.At), by)
	}
	return true, fmt.Sprintf("Stop: order %s was handed over to %s at %s%s, on the pick-up closed at %s. Why is it still here? Put it aside and ask.",
		order, carrier, clock(l.At), by, clock(l.Handoff.Closed))
}
