package tracking

import (
	"fmt"
	"strings"
	"time"

	"waybill/shipment"
)

// entry returns the line that the timeline has for f, after which a parcel at the
// dock has left, or not. Stations work where the order ships from, so that is the
// place.
func (s *Shipment) entry(f Fact, left bool) Entry {
	e := Entry{
		Time: f.Time, TZOffset: f.TZOffset, Type: f.Type, Parcel: f.Parcel,
		Place: s.Origin, Source: f.Source, Audience: ForShop, Info: true,
	}
	buyer := func(m Milestone, text string) {
		e.Audience, e.Milestone, e.Info, e.Text = ForBuyer, m, m == "", text
	}
	switch f.Type {
	case shipment.OrderAcceptedType:
		buyer(OrderConfirmed, "Order confirmed")
	case shipment.OrderRejectedType:
		e.Text = "Order not accepted: " + f.Reason.Message
	case shipment.OrderHeldType:
		e.Text = "On hold: " + f.Reason.Message
	case shipment.AddressCorrectedType:
		e.Text = "Address corrected"
	case shipment.AddressOverriddenType:
		e.Text = "Address kept as written, on a person's word"
	case shipment.CarrierAssignedType:
		e.Text = "Carrier chosen"
	case shipment.TrackingAssignedType:
		buyer("", "Tracking number assigned")
	case shipment.LabelPrintedType:
		buyer(LabelCreated, "Shipping label made")
		if f.Of > 1 {
			e.Text = fmt.Sprintf("Shipping label made (%d of %d)", f.Label, f.Of)
		}
		if f.Label > 1 {
			e.Audience = ForShop // one line about labels is enough for a buyer
		}
	case shipment.LabelUnconfirmedType:
		e.Text = "Label may or may not be on paper: " + f.Reason.Message
	case shipment.LabelResolvedType:
		e.Text = "No label came out, somebody says; it is printed again"
		if f.Reason.Code == string(shipment.LabelCancelled) {
			e.Text = strings.TrimSuffix("Label taken back before it was printed: "+f.Reason.Message, ": ")
		}
	case shipment.LabelReprintedType:
		e.Text = "Label printed again: " + f.Reason.Message
	case shipment.LabelVoidedType:
		buyer("", "Shipping label withdrawn")
	case shipment.ParcelScannedType:
		buyer(Packed, "Packed and checked")
	case shipment.ParcelHandedOverType:
		if e.Text = "Scanned onto a pick-up that it was taken back from"; left {
			buyer(HandedOver, "Handed to the carrier")
		}
	case shipment.ParcelPackedType:
		e.Text = "Everything is in the box"
	case shipment.ParcelWeighedType:
		e.Text = "Weighed"
	case shipment.ParcelTakenBackType:
		switch {
		case f.Twice:
			e.Text = "Off this station's pick-up: another has handed it over too, and it counts there"
		case left:
			e.Text = "Taken back from one pick-up, and on another still"
		default:
			buyer("", "Back at the warehouse, not with the carrier yet")
		}
	case shipment.OrderChangedType:
		e.Text = f.Reason.Message
	case shipment.OrderInstructedType:
		e.Text = instructed(f.Reason)
	case shipment.ScanAcceptedType, shipment.ScanRefusedType, shipment.HandoffOpenedType, shipment.HandoffClosedType,
		shipment.HandoffTakenOverType, shipment.HandoffYieldedType, shipment.HandoffMergedType,
		shipment.ParcelTakenOverType, shipment.ParcelYieldedType, shipment.ParcelMergedType, shipment.CutoffMissedType, shipment.DeviceChangedType,
		shipment.JournalPurgedType, shipment.JournalSalvagedType, shipment.BundleAppliedType, shipment.BundleRefusedType:
		// About the desk; no story has them.
	}
	return e
}

// ForBuyer returns the lines of the timeline that the buyer may see, oldest
// first. A milestone is told once for each parcel, and again after it was undone.
func (s Shipment) ForBuyer() []Entry {
	type once struct {
		p shipment.ParcelID
		m Milestone
	}
	told := map[once]bool{}
	var es []Entry
	for _, e := range s.Timeline {
		k := once{e.Parcel, e.Milestone}
		if e.Audience != ForBuyer || e.Milestone != "" && told[k] {
			continue
		}
		told[k] = true
		if e.Type == shipment.ParcelTakenBackType {
			told[once{e.Parcel, HandedOver}] = false
		}
		es = append(es, e)
	}
	return es
}

// Headline returns the shipment's state for the buyer, as one sentence.
func (s Shipment) Headline() string {
	switch {
	case s.Rejected != nil:
		return "The shop is looking into your order."
	case s.Held != nil && s.Milestone.rank() < HandedOver.rank():
		return "Your order is on hold at the shop."
	}
	if m, n := s.ahead(); n > 0 {
		return fmt.Sprintf("%d of %d parcels %s.", n, len(s.Parcels), several(m, n))
	}
	if len(s.Parcels) > 1 {
		return fmt.Sprintf("Your %d parcels %s.", len(s.Parcels), several(s.Milestone, len(s.Parcels)))
	}
	return one(s.Milestone)
}

// ahead returns the furthest milestone that some but not all parcels have
// reached, and how many have.
func (s Shipment) ahead() (Milestone, int) {
	var best Milestone
	for _, p := range s.Parcels {
		if p.Milestone.rank() > best.rank() {
			best = p.Milestone
		}
	}
	n := 0
	for _, p := range s.Parcels {
		if p.Milestone.rank() >= best.rank() {
			n++
		}
	}
	if n == len(s.Parcels) || best.rank() < Packed.rank() {
		return "", 0
	}
	return best, n
}

func one(m Milestone) string {
	switch m {
	case "":
		return "The shop is preparing your order."
	case OrderConfirmed:
		return "Your order is confirmed."
	case LabelCreated:
		return "Your parcel is being prepared."
	case Packed:
		return "Your parcel is packed."
	case HandedOver:
		return "Your parcel is with the carrier."
	case Accepted, InTransit:
		return "Your parcel is on its way."
	case OutForDelivery:
		return "Your parcel is out for delivery."
	case Attempted:
		return "The carrier tried to deliver your parcel."
	case ReadyForPickup:
		return "Your parcel is ready to be picked up."
	case Delivered:
		return "Your parcel was delivered."
	case Returning:
		return "Your parcel is on its way back to the shop."
	case Returned:
		return "Your parcel is back at the shop."
	case Lost:
		return "The carrier has lost your parcel."
	case Disposed:
		return "The carrier has disposed of your parcel."
	case Cancelled:
		return "The shipping label was withdrawn."
	default:
		return "Your parcel is on its way."
	}
}

func several(m Milestone, n int) string {
	verb := "are "
	if n == 1 {
		verb = "is "
	}
	switch m {
	case OrderConfirmed:
		return verb + "confirmed"
	case LabelCreated, "":
		return verb + "being prepared"
	case Packed:
		return verb + "packed"
	case HandedOver:
		return verb + "with the carrier"
	case OutForDelivery:
		return verb + "out for delivery"
	case ReadyForPickup:
		return verb + "ready to be picked up"
	case Delivered:
		return verb + "delivered"
	case Returning:
		return verb + "on the way back to the shop"
	case Returned:
		return verb + "back at the shop"
	case Lost:
		return verb + "lost"
	case Disposed:
		return verb + "disposed of by the carrier"
	case Cancelled:
		return verb + "without a valid label"
	default:
		return verb + "on the way"
	}
}

// Expectation returns when the parcel is expected or, where that is not known,
// why not yet; never nothing.
func (s Shipment) Expectation() string {
	switch s.Milestone {
	case Delivered:
		return "Delivered."
	case Returning, Returned, Lost, Disposed:
		return "Please ask the shop what happens next."
	case Cancelled:
		return "When the shop makes a new label, it shows here."
	default: // on its way: what is known of it decides
	}
	if s.Held != nil && s.Milestone.rank() < HandedOver.rank() {
		return "A delivery date follows as soon as the shop has cleared this up. Nothing is needed from you unless the shop asks."
	}
	if w := window(s.Promise); w != "" {
		return w
	}
	if len(s.Parcels) > 1 && s.Milestone.rank() < HandedOver.rank() {
		return "A delivery date follows once the carrier has every parcel."
	}
	if s.Milestone.rank() < HandedOver.rank() {
		return "A delivery date follows once the carrier has your parcel."
	}
	return "A delivery date follows after the carrier’s first scan, usually within 24 to 48 hours."
}

// window writes a promise for people, or nothing where it names no day.
func window(p shipment.Promise) string {
	from, fromOK := day(p.Earliest)
	to, toOK := day(p.Latest)
	switch {
	case fromOK && toOK && from.Equal(to), fromOK && !toOK:
		return "Expected " + from.Format("Monday, 2 January")
	case toOK && !fromOK:
		return "Expected by " + to.Format("Monday, 2 January")
	case fromOK && toOK && from.Month() == to.Month():
		return "Expected " + from.Format("Mon 2") + " – " + to.Format("Mon 2 January")
	case fromOK && toOK:
		return "Expected " + from.Format("Mon 2 January") + " – " + to.Format("Mon 2 January")
	}
	return ""
}

func day(s string) (time.Time, bool) {
	t, err := time.Parse(time.DateOnly, s)
	return t, err == nil
}

// instructed says what became of a word of the hub about an order.
func instructed(r Reason) string {
	words := map[string]string{
		"stopped": "Held at the dock on the hub's word", "released": "Goes on, on the hub's word",
		"voided": "Cancelled on the hub's word", "too_late": "A word of the hub came too late: the parcel had left",
	}[r.Code]
	switch {
	case words == "":
		return "The hub has said something about it"
	case r.Message == "":
		return words
	}
	return words + ": " + r.Message
}
