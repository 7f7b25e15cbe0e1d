package agent

import (
	"fmt"
	"maps"
	"time"

	"waybill/agent/handoff"
	"waybill/printer"
	"waybill/scanner"
	"waybill/shipment"
	"waybill/shipment/address"
)

// Codes of why a label must not travel, beside voided.
const (
	Cancelled      = "cancelled"       // the order was cancelled
	AddressChanged = "address_changed" // the label has the address of before
)

// VoidCodes returns what the reason of a voided order may be for programs.
func VoidCodes() []string { return []string{Cancelled, AddressChanged} }

// An Otherwise is that an order came again with other content after its label was
// made. The parcel stays until a person voids the order, says that the label is
// right, or the order comes as it was.
type Otherwise struct {
	Code    string    `json:"code"` // Cancelled or AddressChanged
	Message string    `json:"message"`
	From    string    `json:"from"`
	Digest  string    `json:"digest"` // of the content that came, so that it is told once
	At      time.Time `json:"at"`
}

// TakenBack says that parcel K does not leave with the pick-up after all.
type TakenBack struct {
	K       int
	Handoff string // the pick-up that says so
	From    string // the pick-up it was on
	Entry   int
	By      string
	Reason  string
	Twice   bool // another station has handed it over, and it counts there
	At      time.Time
}

// Elsewhere says that another station has handed parcel K over with a pick-up
// that it shares with this one, or, where At is zero, has taken it back. The
// events of it are that station's.
type Elsewhere struct {
	K       int
	Handoff string
	By      string    // who scanned it, and where
	At      time.Time // when it left
	Learned time.Time
}

// CameOtherwise says that the order came again after its label was made, with
// other content or, where Order is nil, as it was.
type CameOtherwise struct {
	Order  *shipment.Order
	From   string
	Digest string
	At     time.Time
}

// KeepLabel says that a person has looked at what came otherwise, and that the
// label is right.
type KeepLabel struct {
	By     string
	Reason string
	At     time.Time
}

// came returns what an arrival that changes nothing else says of a labelled
// order.
func came(in Arrival, taken Taken) CameOtherwise {
	c := CameOtherwise{From: in.From, Digest: in.Digest, At: in.At}
	if taken == Changed {
		c.Order = &in.Order
	}
	return c
}

func (s State) cameOtherwise(in CameOtherwise) (State, []Effect) {
	switch s.Stage() {
	case Refused, Held, Voided, HandedOver:
		return s, nil
	case ToPack, Labelling, Printing, Unconfirmed, Unprinted, Printed, Checked:
	}
	if in.Order == nil {
		if s.Otherwise == nil || in.Digest != s.Digest {
			return s, nil // a late repeat of what was corrected since says nothing new
		}
		s.Otherwise = nil
		return s, []Effect{Record{shipment.OrderChanged{From: in.From, Code: "as_before", Message: "It came again as its label has it."}}}
	}
	c := Otherwise{From: in.From, Digest: in.Digest, At: in.At}
	switch {
	case s.Otherwise != nil && s.Otherwise.Digest == in.Digest:
		return s, nil // told already
	case in.Order.Payment == shipment.PaymentCancelled:
		c.Code, c.Message = Cancelled, "The order was cancelled after its label was made."
	case address.Check(in.Order.ShipTo).Address != s.Order.ShipTo:
		c.Code, c.Message = AddressChanged, "The order came again with another address after its label was made."
	default:
		return s, nil // its answer says that it was not taken; the parcel is where it should go
	}
	s.Otherwise = &c
	return s, []Effect{Record{shipment.OrderChanged{From: in.From, Code: c.Code, Message: c.Message}}}
}

func (s State) keepLabel(in KeepLabel) (State, []Effect) {
	if s.Otherwise == nil {
		return s, nil
	}
	message := "A person keeps the label: " + in.Reason
	if in.By != "" {
		message = in.By + " keeps the label: " + in.Reason
	}
	s.Otherwise, s.Since = nil, in.At
	return s, []Effect{Record{shipment.OrderChanged{Code: "label_kept", Message: message}}}
}

// voidCode returns the code of a scan of a voided order.
func (s State) voidCode() string {
	if s.VoidCode != "" {
		return s.VoidCode
	}
	return "voided"
}

// goneFor returns why the numbers of replaced labels must not travel, with that
// of n, whose order was before.
func (s State) goneFor(before State, n shipment.TrackingNumber) map[string]string {
	code := before.VoidCode
	if code == "" && address.Check(s.Order.ShipTo).Address != before.Order.ShipTo {
		code = AddressChanged
	}
	if code == "" {
		return s.GoneFor
	}
	all := maps.Clone(s.GoneFor)
	if all == nil {
		all = map[string]string{}
	}
	all[string(n)] = code
	return all
}

// goneWords says what is wrong with a label that was replaced.
func (s State) goneWords(n shipment.TrackingNumber) (code, message string) {
	switch s.GoneFor[string(n)] {
	case AddressChanged:
		return AddressChanged, fmt.Sprintf("Stop: the address of order %s was changed after label %s was made. Take the box out and put its new label on.", s.Order.ID, n)
	case Cancelled:
		return Cancelled, fmt.Sprintf("Stop: order %s was cancelled when label %s was made. Put it aside.", s.Order.ID, n)
	}
	return "voided", fmt.Sprintf("Stop: the label %s of order %s was voided. Put it aside.", n, s.Order.ID)
}

// handedOver answers the scan of a parcel that has left: a second scan, or a
// parcel that a driver has signed for and that is here all the same.
func (s State) handedOver(p Parcel, in Scanned) []Effect {
	left := handoff.Left{At: p.HandedOver, Scanner: p.HandedBy, Handoff: in.Left}
	here, message := left.Again(s.Order.ID, s.ServiceName, in.clock)
	if here {
		return in.refuse("already_handed_over", message)
	}
	return []Effect{Answer{scanner.Warn, "already_handed_over", message}}
}

// staysHere returns why a parcel with a label does not leave.
func (s State) staysHere(p Parcel, in Scanned) *handoff.Refusal {
	switch {
	case s.Stop != nil:
		return s.stopped()
	case s.Otherwise != nil:
		return &handoff.Refusal{Code: s.Otherwise.Code, Message: fmt.Sprintf("Stop, order %s: %s Put it aside; a person decides on the page.", s.Order.ID, s.Otherwise.Message)}
	case s.Packing != nil && !s.Packing.Done():
		return &handoff.Refusal{Code: "order_incomplete", Message: fmt.Sprintf("Stop: order %s is not packed yet: parcel %d of %d is missing. Put this one aside until it is there.", s.Order.ID, s.Packing.Current(), len(s.Parcels))}
	case p.Label == printer.Unconfirmed && len(in.Job.Labels) > 1:
		// A scan cannot say which of several copies it has read; another box may
		// bear the same number.
		return &handoff.Refusal{Code: "unconfirmed", Message: fmt.Sprintf("Stop: nobody has said yet how many labels of %s came out. Count them, say it on the page, then scan again.", p.name())}
	case p.Away != nil:
		return s.away(p, in)
	case in.Refusal != nil:
		return in.Refusal
	case in.Handoff == "":
		return &handoff.Refusal{Code: handoff.NoHandoff, Message: fmt.Sprintf("No pick-up of %s is open. Open one, then scan again.", s.Carrier)}
	}
	return nil
}

// leaves is the fact that p goes with its carrier.
func (s State) leaves(p Parcel, in Scanned) shipment.ParcelHandedOver {
	return shipment.ParcelHandedOver{
		Parcel: p.ID, TrackingNumber: in.Number, Carrier: s.Carrier, Handoff: in.Handoff, Entry: in.Entry,
		Service: s.Service, ServiceName: s.ServiceName, Weight: p.Weight,
		PostalCode: s.Order.ShipTo.PostalCode, Country: s.Order.ShipTo.Country, Scanner: in.Scanner,
	}
}

func (s State) elsewhere(in Elsewhere) State {
	for _, p := range s.Parcels {
		switch {
		case p.K != in.K:
		case in.At.IsZero() && p.On(in.Handoff):
			return s.with(p.stays(in.Handoff), in.Learned)
		case !in.At.IsZero() && !p.On(in.Handoff):
			return s.with(p.leaves(Departure{in.Handoff, in.At, in.By}), in.Learned)
		}
	}
	return s
}

func (s State) takenBack(in TakenBack) (State, []Effect) {
	for _, p := range s.Parcels {
		if p.K != in.K {
			continue
		}
		p = p.stays(in.From)
		fact := shipment.ParcelTakenBack{
			Parcel: p.ID, TrackingNumber: p.TrackingNumber, Carrier: s.Carrier, Handoff: in.Handoff, Entry: in.Entry, By: in.By, Reason: in.Reason, Twice: in.Twice,
		}
		if in.From != in.Handoff {
			fact.From = in.From
		}
		return s.with(p, in.At), []Effect{Record{fact}}
	}
	return s, nil
}
