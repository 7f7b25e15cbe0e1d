package tracking

// A Milestone is how far a parcel has come. The empty milestone is a parcel of
// which nothing is known.
type Milestone string

// The milestones, in the order in which an ordinary parcel meets them. Stations
// report the first four; the rest come from carriers.
const (
	OrderConfirmed Milestone = "order_confirmed"
	LabelCreated   Milestone = "label_created"
	Packed         Milestone = "packed"
	HandedOver     Milestone = "handed_over"
	Accepted       Milestone = "accepted"
	InTransit      Milestone = "in_transit"
	OutForDelivery Milestone = "out_for_delivery"
	Attempted      Milestone = "attempted"
	ReadyForPickup Milestone = "ready_for_pickup"
	Delivered      Milestone = "delivered"
	Returning      Milestone = "returning"
	Returned       Milestone = "returned"
	Lost           Milestone = "lost"
	Disposed       Milestone = "disposed"
	Cancelled      Milestone = "cancelled"
)

// Milestones returns every milestone, in order.
func Milestones() []Milestone {
	return []Milestone{
		OrderConfirmed, LabelCreated, Packed, HandedOver, Accepted, InTransit, OutForDelivery, Attempted,
		ReadyForPickup, Delivered, Returning, Returned, Lost, Disposed, Cancelled,
	}
}

// rank orders the milestones that only go forward while the parcel is with the
// shop; everything a carrier says ranks above them.
func (m Milestone) rank() int {
	switch m {
	case "":
		return 0
	case OrderConfirmed:
		return 1
	case LabelCreated:
		return 2
	case Packed:
		return 3
	case HandedOver:
		return 4
	case Accepted:
		return 5
	case InTransit:
		return 6
	case OutForDelivery, Attempted, ReadyForPickup:
		return 7
	case Delivered, Returning, Returned, Lost, Disposed:
		return 8
	case Cancelled:
		return 1 // a withdrawn label puts the parcel back to where any progress may follow
	default:
		return 0
	}
}

// Steps is the number of steps of a buyer's progress bar.
const Steps = 5

// Step returns the step of the progress bar that m has reached, from 1 to
// Steps: confirmed, packed, with the carrier, on its way, delivered. It
// returns 0 where a bar would mislead: withdrawn, lost, on the way back.
func (m Milestone) Step() int {
	switch m {
	case OrderConfirmed, LabelCreated:
		return 1
	case Packed:
		return 2
	case HandedOver:
		return 3
	case Accepted, InTransit, OutForDelivery, Attempted, ReadyForPickup:
		return 4
	case Delivered:
		return Steps
	default:
		return 0
	}
}
